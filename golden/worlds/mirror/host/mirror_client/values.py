"""A part of the world `acme:mirror/mirror@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from dataclasses import (
    KW_ONLY,
    dataclass,
)
from enum import (
    Enum,
    Flag,
)
from typing import (
    Optional,
    Protocol,
    TypeAlias,
)

from runtime_shim.typed import (
    EnumOf,
    FlagsOf,
    Function,
    Import,
    ListOf,
    OptionOf,
    Prim,
    RecordOf,
    Remote,
    Result,
    ResultOf,
    Some,
    TupleOf,
    VariantOf,
    made_for,
)

__all__ = [
    "Color",
    "Deep",
    "Person",
    "Point",
    "Rights",
    "Shape",
    "ShapeBlob",
    "ShapeDot",
    "ShapeLine",
    "ShapeNothing",
    "ShapeNum",
    "Stamp",
    "Values",
    "ValuesImport",
]

made_for(2)


class Color(Enum):
    """The enum `color`."""

    RED = "red"
    DARK_BLUE = "dark-blue"


class Rights(Flag):
    """The flags `rights`."""

    READ = 1 << 0
    WRITE = 1 << 1
    CLOSE_EARLY = 1 << 2


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: float
    """To the east."""
    y: float


@dataclass(frozen=True, slots=True)
class Person:
    """The record `person`."""

    name: str
    from_: Color
    _: KW_ONLY
    home: Point | None = None
    tags: list[str]
    rights: Rights


@dataclass(frozen=True, slots=True)
class ShapeDot:
    """The case `dot` of `shape`."""

    value: Point


@dataclass(frozen=True, slots=True)
class ShapeLine:
    """The case `line` of `shape`."""

    value: tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class ShapeBlob:
    """The case `blob` of `shape`."""

    value: bytes


@dataclass(frozen=True, slots=True)
class ShapeNothing:
    """The case `nothing` of `shape`."""


@dataclass(frozen=True, slots=True)
class ShapeNum:
    """The case `num` of `shape`."""

    value: int


Shape: TypeAlias = ShapeDot | ShapeLine | ShapeBlob | ShapeNothing | ShapeNum
"""What is drawn."""


Stamp: TypeAlias = tuple[int, int, str, bool]


@dataclass(frozen=True, slots=True)
class Deep:
    """The record `deep`."""

    _: KW_ONLY
    nested: Optional[Some[int | None]] = None
    maybe: Optional[Some[Person | None]] = None
    plain: Result[None, None]
    good: Result[Person, None]
    bad: Result[None, Color]
    either: Result[list[Shape], tuple[Rights]]
    bytes_: bytes
    rows: list[list[Point]]
    stamp: Stamp


class ValuesImport(Protocol):
    """Values of every type, given back as they came."""

    def bools(self, value: list[bool]) -> list[bool]: ...

    def octets(self, value: bytes) -> bytes: ...

    def tinies(self, value: list[int]) -> list[int]: ...

    def shorts(self, value: list[int]) -> list[int]: ...

    def signed_shorts(self, value: list[int]) -> list[int]: ...

    def words(self, value: list[int]) -> list[int]: ...

    def signed_words(self, value: list[int]) -> list[int]: ...

    def longs(self, value: list[int]) -> list[int]: ...

    def signed_longs(self, value: list[int]) -> list[int]: ...

    def singles(self, value: list[float]) -> list[float]: ...

    def doubles(self, value: list[float]) -> list[float]: ...

    def chars(self, value: list[str]) -> list[str]: ...

    def strings(self, value: list[str]) -> list[str]: ...

    def colors(self, value: list[Color]) -> list[Color]: ...

    def sets(self, value: list[Rights]) -> list[Rights]:
        """Sets of rights."""
        ...

    def people(self, value: list[Person]) -> list[Person]: ...

    def shapes(self, value: list[Shape]) -> list[Shape]: ...

    def stamps(self, value: list[Stamp]) -> list[Stamp]: ...

    def deeps(self, value: list[Deep]) -> list[Deep]: ...


class Values:
    """Values of every type, given back as they came."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def bools(self, value: list[bool]) -> list[bool]:
        return self._remote.call(VALUES_BOOLS, value)

    async def bools_async(self, value: list[bool]) -> list[bool]:
        """Like `bools`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_BOOLS, value)

    def octets(self, value: bytes) -> bytes:
        return self._remote.call(VALUES_OCTETS, value)

    async def octets_async(self, value: bytes) -> bytes:
        """Like `octets`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_OCTETS, value)

    def tinies(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_TINIES, value)

    async def tinies_async(self, value: list[int]) -> list[int]:
        """Like `tinies`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_TINIES, value)

    def shorts(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_SHORTS, value)

    async def shorts_async(self, value: list[int]) -> list[int]:
        """Like `shorts`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SHORTS, value)

    def signed_shorts(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_SIGNED_SHORTS, value)

    async def signed_shorts_async(self, value: list[int]) -> list[int]:
        """Like `signed_shorts`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SIGNED_SHORTS, value)

    def words(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_WORDS, value)

    async def words_async(self, value: list[int]) -> list[int]:
        """Like `words`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_WORDS, value)

    def signed_words(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_SIGNED_WORDS, value)

    async def signed_words_async(self, value: list[int]) -> list[int]:
        """Like `signed_words`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SIGNED_WORDS, value)

    def longs(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_LONGS, value)

    async def longs_async(self, value: list[int]) -> list[int]:
        """Like `longs`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_LONGS, value)

    def signed_longs(self, value: list[int]) -> list[int]:
        return self._remote.call(VALUES_SIGNED_LONGS, value)

    async def signed_longs_async(self, value: list[int]) -> list[int]:
        """Like `signed_longs`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SIGNED_LONGS, value)

    def singles(self, value: list[float]) -> list[float]:
        return self._remote.call(VALUES_SINGLES, value)

    async def singles_async(self, value: list[float]) -> list[float]:
        """Like `singles`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SINGLES, value)

    def doubles(self, value: list[float]) -> list[float]:
        return self._remote.call(VALUES_DOUBLES, value)

    async def doubles_async(self, value: list[float]) -> list[float]:
        """Like `doubles`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_DOUBLES, value)

    def chars(self, value: list[str]) -> list[str]:
        return self._remote.call(VALUES_CHARS, value)

    async def chars_async(self, value: list[str]) -> list[str]:
        """Like `chars`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_CHARS, value)

    def strings(self, value: list[str]) -> list[str]:
        return self._remote.call(VALUES_STRINGS, value)

    async def strings_async(self, value: list[str]) -> list[str]:
        """Like `strings`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_STRINGS, value)

    def colors(self, value: list[Color]) -> list[Color]:
        return self._remote.call(VALUES_COLORS, value)

    async def colors_async(self, value: list[Color]) -> list[Color]:
        """Like `colors`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_COLORS, value)

    def sets(self, value: list[Rights]) -> list[Rights]:
        """Sets of rights."""
        return self._remote.call(VALUES_SETS, value)

    async def sets_async(self, value: list[Rights]) -> list[Rights]:
        """Like `sets`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SETS, value)

    def people(self, value: list[Person]) -> list[Person]:
        return self._remote.call(VALUES_PEOPLE, value)

    async def people_async(self, value: list[Person]) -> list[Person]:
        """Like `people`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_PEOPLE, value)

    def shapes(self, value: list[Shape]) -> list[Shape]:
        return self._remote.call(VALUES_SHAPES, value)

    async def shapes_async(self, value: list[Shape]) -> list[Shape]:
        """Like `shapes`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_SHAPES, value)

    def stamps(self, value: list[Stamp]) -> list[Stamp]:
        return self._remote.call(VALUES_STAMPS, value)

    async def stamps_async(self, value: list[Stamp]) -> list[Stamp]:
        """Like `stamps`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_STAMPS, value)

    def deeps(self, value: list[Deep]) -> list[Deep]:
        return self._remote.call(VALUES_DEEPS, value)

    async def deeps_async(self, value: list[Deep]) -> list[Deep]:
        """Like `deeps`, in a thread of the event loop's executor."""
        return await self._remote.call_async(VALUES_DEEPS, value)


VALUES_BOOLS = Function(
    "acme:mirror/values@1.0.0.{bools}",
    ("value", ListOf(Prim.BOOL)),
    result=ListOf(Prim.BOOL),
)
VALUES_OCTETS = Function(
    "acme:mirror/values@1.0.0.{octets}",
    ("value", ListOf(Prim.U8)),
    result=ListOf(Prim.U8),
)
VALUES_TINIES = Function(
    "acme:mirror/values@1.0.0.{tinies}",
    ("value", ListOf(Prim.S8)),
    result=ListOf(Prim.S8),
)
VALUES_SHORTS = Function(
    "acme:mirror/values@1.0.0.{shorts}",
    ("value", ListOf(Prim.U16)),
    result=ListOf(Prim.U16),
)
VALUES_SIGNED_SHORTS = Function(
    "acme:mirror/values@1.0.0.{signed-shorts}",
    ("value", ListOf(Prim.S16)),
    result=ListOf(Prim.S16),
)
VALUES_WORDS = Function(
    "acme:mirror/values@1.0.0.{words}",
    ("value", ListOf(Prim.U32)),
    result=ListOf(Prim.U32),
)
VALUES_SIGNED_WORDS = Function(
    "acme:mirror/values@1.0.0.{signed-words}",
    ("value", ListOf(Prim.S32)),
    result=ListOf(Prim.S32),
)
VALUES_LONGS = Function(
    "acme:mirror/values@1.0.0.{longs}",
    ("value", ListOf(Prim.U64)),
    result=ListOf(Prim.U64),
)
VALUES_SIGNED_LONGS = Function(
    "acme:mirror/values@1.0.0.{signed-longs}",
    ("value", ListOf(Prim.S64)),
    result=ListOf(Prim.S64),
)
VALUES_SINGLES = Function(
    "acme:mirror/values@1.0.0.{singles}",
    ("value", ListOf(Prim.F32)),
    result=ListOf(Prim.F32),
)
VALUES_DOUBLES = Function(
    "acme:mirror/values@1.0.0.{doubles}",
    ("value", ListOf(Prim.F64)),
    result=ListOf(Prim.F64),
)
VALUES_CHARS = Function(
    "acme:mirror/values@1.0.0.{chars}",
    ("value", ListOf(Prim.CHAR)),
    result=ListOf(Prim.CHAR),
)
VALUES_STRINGS = Function(
    "acme:mirror/values@1.0.0.{strings}",
    ("value", ListOf(Prim.STRING)),
    result=ListOf(Prim.STRING),
)
COLOR = EnumOf(Color)
VALUES_COLORS = Function(
    "acme:mirror/values@1.0.0.{colors}",
    ("value", ListOf(COLOR)),
    result=ListOf(COLOR),
)
RIGHTS = FlagsOf(Rights, "read", "write", "close-early")
VALUES_SETS = Function(
    "acme:mirror/values@1.0.0.{sets}",
    ("value", ListOf(RIGHTS)),
    result=ListOf(RIGHTS),
)
POINT = RecordOf(
    Point,
    ("x", Prim.F64),
    ("y", Prim.F32),
)
PERSON = RecordOf(
    Person,
    ("name", Prim.STRING),
    ("from", COLOR),
    ("home", OptionOf(POINT)),
    ("tags", ListOf(Prim.STRING)),
    ("rights", RIGHTS),
)
VALUES_PEOPLE = Function(
    "acme:mirror/values@1.0.0.{people}",
    ("value", ListOf(PERSON)),
    result=ListOf(PERSON),
)
SHAPE = VariantOf(
    "shape",
    ("dot", ShapeDot, POINT),
    ("line", ShapeLine, TupleOf(POINT, POINT)),
    ("blob", ShapeBlob, ListOf(Prim.U8)),
    ("nothing", ShapeNothing, None),
    ("num", ShapeNum, Prim.U64),
)
VALUES_SHAPES = Function(
    "acme:mirror/values@1.0.0.{shapes}",
    ("value", ListOf(SHAPE)),
    result=ListOf(SHAPE),
)
STAMP = TupleOf(Prim.U64, Prim.S64, Prim.CHAR, Prim.BOOL)
VALUES_STAMPS = Function(
    "acme:mirror/values@1.0.0.{stamps}",
    ("value", ListOf(STAMP)),
    result=ListOf(STAMP),
)
OPTION_OPTION_U8 = OptionOf(OptionOf(Prim.U8))
OPTION_OPTION_PERSON = OptionOf(OptionOf(PERSON))
RESULT_LIST_SHAPE_TUPLE_RIGHTS = ResultOf(ListOf(SHAPE), TupleOf(RIGHTS))
LIST_LIST_POINT = ListOf(ListOf(POINT))
DEEP = RecordOf(
    Deep,
    ("nested", OPTION_OPTION_U8),
    ("maybe", OPTION_OPTION_PERSON),
    ("plain", ResultOf(None, None)),
    ("good", ResultOf(PERSON, None)),
    ("bad", ResultOf(None, COLOR)),
    ("either", RESULT_LIST_SHAPE_TUPLE_RIGHTS),
    ("bytes", ListOf(Prim.U8)),
    ("rows", LIST_LIST_POINT),
    ("stamp", STAMP),
)
VALUES_DEEPS = Function(
    "acme:mirror/values@1.0.0.{deeps}",
    ("value", ListOf(DEEP)),
    result=ListOf(DEEP),
)
VALUES_IMPORT_BOOLS = Function(
    "bools",
    ("value", ListOf(Prim.BOOL)),
    result=ListOf(Prim.BOOL),
)
VALUES_IMPORT_OCTETS = Function(
    "octets",
    ("value", ListOf(Prim.U8)),
    result=ListOf(Prim.U8),
)
VALUES_IMPORT_TINIES = Function(
    "tinies",
    ("value", ListOf(Prim.S8)),
    result=ListOf(Prim.S8),
)
VALUES_IMPORT_SHORTS = Function(
    "shorts",
    ("value", ListOf(Prim.U16)),
    result=ListOf(Prim.U16),
)
VALUES_IMPORT_SIGNED_SHORTS = Function(
    "signed-shorts",
    ("value", ListOf(Prim.S16)),
    result=ListOf(Prim.S16),
)
VALUES_IMPORT_WORDS = Function(
    "words",
    ("value", ListOf(Prim.U32)),
    result=ListOf(Prim.U32),
)
VALUES_IMPORT_SIGNED_WORDS = Function(
    "signed-words",
    ("value", ListOf(Prim.S32)),
    result=ListOf(Prim.S32),
)
VALUES_IMPORT_LONGS = Function(
    "longs",
    ("value", ListOf(Prim.U64)),
    result=ListOf(Prim.U64),
)
VALUES_IMPORT_SIGNED_LONGS = Function(
    "signed-longs",
    ("value", ListOf(Prim.S64)),
    result=ListOf(Prim.S64),
)
VALUES_IMPORT_SINGLES = Function(
    "singles",
    ("value", ListOf(Prim.F32)),
    result=ListOf(Prim.F32),
)
VALUES_IMPORT_DOUBLES = Function(
    "doubles",
    ("value", ListOf(Prim.F64)),
    result=ListOf(Prim.F64),
)
VALUES_IMPORT_CHARS = Function(
    "chars",
    ("value", ListOf(Prim.CHAR)),
    result=ListOf(Prim.CHAR),
)
VALUES_IMPORT_STRINGS = Function(
    "strings",
    ("value", ListOf(Prim.STRING)),
    result=ListOf(Prim.STRING),
)
VALUES_IMPORT_COLORS = Function(
    "colors",
    ("value", ListOf(COLOR)),
    result=ListOf(COLOR),
)
VALUES_IMPORT_SETS = Function("sets", ("value", ListOf(RIGHTS)), result=ListOf(RIGHTS))
VALUES_IMPORT_PEOPLE = Function(
    "people",
    ("value", ListOf(PERSON)),
    result=ListOf(PERSON),
)
VALUES_IMPORT_SHAPES = Function(
    "shapes",
    ("value", ListOf(SHAPE)),
    result=ListOf(SHAPE),
)
VALUES_IMPORT_STAMPS = Function(
    "stamps",
    ("value", ListOf(STAMP)),
    result=ListOf(STAMP),
)
VALUES_IMPORT_DEEPS = Function("deeps", ("value", ListOf(DEEP)), result=ListOf(DEEP))
VALUES_IMPORT_PARTS = Import(
    "acme:mirror/values@1.0.0",
    "values",
    (
        ("bools", VALUES_IMPORT_BOOLS),
        ("octets", VALUES_IMPORT_OCTETS),
        ("tinies", VALUES_IMPORT_TINIES),
        ("shorts", VALUES_IMPORT_SHORTS),
        ("signed_shorts", VALUES_IMPORT_SIGNED_SHORTS),
        ("words", VALUES_IMPORT_WORDS),
        ("signed_words", VALUES_IMPORT_SIGNED_WORDS),
        ("longs", VALUES_IMPORT_LONGS),
        ("signed_longs", VALUES_IMPORT_SIGNED_LONGS),
        ("singles", VALUES_IMPORT_SINGLES),
        ("doubles", VALUES_IMPORT_DOUBLES),
        ("chars", VALUES_IMPORT_CHARS),
        ("strings", VALUES_IMPORT_STRINGS),
        ("colors", VALUES_IMPORT_COLORS),
        ("sets", VALUES_IMPORT_SETS),
        ("people", VALUES_IMPORT_PEOPLE),
        ("shapes", VALUES_IMPORT_SHAPES),
        ("stamps", VALUES_IMPORT_STAMPS),
        ("deeps", VALUES_IMPORT_DEEPS),
    ),
)
