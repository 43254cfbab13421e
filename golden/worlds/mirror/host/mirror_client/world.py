"""The world `acme:mirror/mirror@1.0.0` in Python, made by witgen for programs that embed it.

`Mirror` calls what the component exports: an instance of it in this process
(`runtime_shim.Instance`), or a worker of a `runtime_shim.Host` that has
it deployed as `acme:mirror`. With `_async` behind its name a method is awaited.

The program implements `Imports`; `bind` puts what it implements in the form that an
`Instance` and a `Deployment` take.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import (
    Enum,
    Flag,
)
from typing import (
    Optional,
    Protocol,
    TypeAlias,
    assert_never,
)

from runtime_shim.typed import (
    Case,
    Err,
    HostImports,
    Invoker,
    Members,
    Ok,
    Remote,
    RemoteResource,
    Result,
    Some,
    Value,
    borrow,
    flag_names,
    flags_of,
    in_thread,
    made_for,
    own,
    resource_of,
    restorer,
)

__all__ = [
    "Admin",
    "Box",
    "COMPONENT",
    "Cell",
    "Color",
    "Deep",
    "Door",
    "Imports",
    "Log",
    "Mirror",
    "Pair",
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
    "Store",
    "Tools",
    "Values",
    "ValuesImport",
    "bind",
]

made_for(1)

COMPONENT = "acme:mirror"


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
    home: Point | None
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

    nested: Optional[Some[int | None]]
    maybe: Optional[Some[Person | None]]
    plain: Result[None, None]
    good: Result[Person, None]
    bad: Result[None, Color]
    either: Result[list[Shape], tuple[Rights]]
    bytes_: bytes
    rows: list[list[Point]]
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Pair:
    """The record `pair`."""

    left: Cell
    right: Cell | None


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


class Cell(Protocol):
    """Holds a text."""

    def get(self) -> str:
        """What it holds."""
        ...

    def set(self, text: str) -> None: ...

    def drop(self) -> None:
        """The component is done with it."""


class Store(Protocol):
    """Where cells are kept."""

    def cell(self, text: str) -> Cell:
        """Begins with a text."""
        ...

    def cell_merged(self, first: Cell, second: Cell) -> Cell:
        """Puts the text of both into the first."""
        ...

    def find(self, name: str) -> Cell | None:
        """The cell of this name, if there is one."""
        ...


class Log(Protocol):
    """What implements the imported interface `log`."""

    def write(self, line: str) -> None:
        """Notes a line."""
        ...


class Imports(Protocol):
    """What `acme:mirror/mirror@1.0.0` imports."""

    def tick(self) -> int:
        """Counts up."""
        ...

    @property
    def values(self) -> ValuesImport:
        """What implements `acme:mirror/values@1.0.0`."""
        ...

    @property
    def store(self) -> Store:
        """What implements `acme:mirror/store@1.0.0`."""
        ...

    @property
    def log(self) -> Log:
        """What implements `log`."""
        ...


class Values:
    """Values of every type, given back as they came."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def bools(self, value: list[bool]) -> list[bool]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{bools}",
            (list(value),),
        )

    async def bools_async(self, value: list[bool]) -> list[bool]:
        """Like `bools`, in a thread of the event loop's executor."""
        return await in_thread(self.bools, value)

    def octets(self, value: bytes) -> bytes:
        return self._remote.call(None, "acme:mirror/values@1.0.0.{octets}", (value,))

    async def octets_async(self, value: bytes) -> bytes:
        """Like `octets`, in a thread of the event loop's executor."""
        return await in_thread(self.octets, value)

    def tinies(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{tinies}",
            (list(value),),
        )

    async def tinies_async(self, value: list[int]) -> list[int]:
        """Like `tinies`, in a thread of the event loop's executor."""
        return await in_thread(self.tinies, value)

    def shorts(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{shorts}",
            (list(value),),
        )

    async def shorts_async(self, value: list[int]) -> list[int]:
        """Like `shorts`, in a thread of the event loop's executor."""
        return await in_thread(self.shorts, value)

    def signed_shorts(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{signed-shorts}",
            (list(value),),
        )

    async def signed_shorts_async(self, value: list[int]) -> list[int]:
        """Like `signed_shorts`, in a thread of the event loop's executor."""
        return await in_thread(self.signed_shorts, value)

    def words(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{words}",
            (list(value),),
        )

    async def words_async(self, value: list[int]) -> list[int]:
        """Like `words`, in a thread of the event loop's executor."""
        return await in_thread(self.words, value)

    def signed_words(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{signed-words}",
            (list(value),),
        )

    async def signed_words_async(self, value: list[int]) -> list[int]:
        """Like `signed_words`, in a thread of the event loop's executor."""
        return await in_thread(self.signed_words, value)

    def longs(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{longs}",
            (list(value),),
        )

    async def longs_async(self, value: list[int]) -> list[int]:
        """Like `longs`, in a thread of the event loop's executor."""
        return await in_thread(self.longs, value)

    def signed_longs(self, value: list[int]) -> list[int]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{signed-longs}",
            (list(value),),
        )

    async def signed_longs_async(self, value: list[int]) -> list[int]:
        """Like `signed_longs`, in a thread of the event loop's executor."""
        return await in_thread(self.signed_longs, value)

    def singles(self, value: list[float]) -> list[float]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{singles}",
            (_lower_list_f32(value),),
        )

    async def singles_async(self, value: list[float]) -> list[float]:
        """Like `singles`, in a thread of the event loop's executor."""
        return await in_thread(self.singles, value)

    def doubles(self, value: list[float]) -> list[float]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{doubles}",
            (_lower_list_f64(value),),
        )

    async def doubles_async(self, value: list[float]) -> list[float]:
        """Like `doubles`, in a thread of the event loop's executor."""
        return await in_thread(self.doubles, value)

    def chars(self, value: list[str]) -> list[str]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{chars}",
            (list(value),),
        )

    async def chars_async(self, value: list[str]) -> list[str]:
        """Like `chars`, in a thread of the event loop's executor."""
        return await in_thread(self.chars, value)

    def strings(self, value: list[str]) -> list[str]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{strings}",
            (list(value),),
        )

    async def strings_async(self, value: list[str]) -> list[str]:
        """Like `strings`, in a thread of the event loop's executor."""
        return await in_thread(self.strings, value)

    def colors(self, value: list[Color]) -> list[Color]:
        return self._remote.call(
            _lift_list_color,
            "acme:mirror/values@1.0.0.{colors}",
            (_lower_list_color(value),),
        )

    async def colors_async(self, value: list[Color]) -> list[Color]:
        """Like `colors`, in a thread of the event loop's executor."""
        return await in_thread(self.colors, value)

    def sets(self, value: list[Rights]) -> list[Rights]:
        """Sets of rights."""
        return self._remote.call(
            _lift_list_rights,
            "acme:mirror/values@1.0.0.{sets}",
            (_lower_list_rights(value),),
        )

    async def sets_async(self, value: list[Rights]) -> list[Rights]:
        """Like `sets`, in a thread of the event loop's executor."""
        return await in_thread(self.sets, value)

    def people(self, value: list[Person]) -> list[Person]:
        return self._remote.call(
            _lift_list_person,
            "acme:mirror/values@1.0.0.{people}",
            (_lower_list_person(value),),
        )

    async def people_async(self, value: list[Person]) -> list[Person]:
        """Like `people`, in a thread of the event loop's executor."""
        return await in_thread(self.people, value)

    def shapes(self, value: list[Shape]) -> list[Shape]:
        return self._remote.call(
            _lift_list_shape,
            "acme:mirror/values@1.0.0.{shapes}",
            (_lower_list_shape(value),),
        )

    async def shapes_async(self, value: list[Shape]) -> list[Shape]:
        """Like `shapes`, in a thread of the event loop's executor."""
        return await in_thread(self.shapes, value)

    def stamps(self, value: list[Stamp]) -> list[Stamp]:
        return self._remote.call(
            list,
            "acme:mirror/values@1.0.0.{stamps}",
            (list(value),),
        )

    async def stamps_async(self, value: list[Stamp]) -> list[Stamp]:
        """Like `stamps`, in a thread of the event loop's executor."""
        return await in_thread(self.stamps, value)

    def deeps(self, value: list[Deep]) -> list[Deep]:
        return self._remote.call(
            _lift_list_deep,
            "acme:mirror/values@1.0.0.{deeps}",
            (_lower_list_deep(value),),
        )

    async def deeps_async(self, value: list[Deep]) -> list[Deep]:
        """Like `deeps`, in a thread of the event loop's executor."""
        return await in_thread(self.deeps, value)


class Box(RemoteResource):
    """Keeps a cell."""

    _DROP = "acme:mirror/tools@1.0.0.{[drop]box}"

    def peek(self) -> str:
        """What the cell holds."""
        return self._remote.call(
            None,
            "acme:mirror/tools@1.0.0.{[method]box.peek}",
            (borrow(self),),
        )

    async def peek_async(self) -> str:
        """Like `peek`, in a thread of the event loop's executor."""
        return await in_thread(self.peek)


class Door(RemoteResource):
    """A door that does not open without a key."""

    _DROP = "acme:mirror/tools@1.0.0.{[drop]door}"


class Tools:
    """What is done with cells."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def box(self, cell: Cell) -> Box:
        return self._remote.call_for_resource(
            _lift_own_box,
            "acme:mirror/tools@1.0.0.{[constructor]box}",
            (cell,),
        )

    async def box_async(self, cell: Cell) -> Box:
        """Like `box`, in a thread of the event loop's executor."""
        return await in_thread(self.box, cell)

    def box_unbox(self, box: Box) -> Cell:
        return self._remote.call(
            None,
            "acme:mirror/tools@1.0.0.{[static]box.unbox}",
            (own(box),),
        )

    async def box_unbox_async(self, box: Box) -> Cell:
        """Like `box_unbox`, in a thread of the event loop's executor."""
        return await in_thread(self.box_unbox, box)

    def door(self, key: str) -> Result[Door, str]:
        return self._remote.call_for_resource(
            _lift_result_own_door_string,
            "acme:mirror/tools@1.0.0.{[constructor]door}",
            (key,),
        )

    async def door_async(self, key: str) -> Result[Door, str]:
        """Like `door`, in a thread of the event loop's executor."""
        return await in_thread(self.door, key)

    def read(self, cell: Cell) -> str:
        return self._remote.call(None, "acme:mirror/tools@1.0.0.{read}", (cell,))

    async def read_async(self, cell: Cell) -> str:
        """Like `read`, in a thread of the event loop's executor."""
        return await in_thread(self.read, cell)

    def write(self, cell: Cell, text: str) -> None:
        self._remote.run("acme:mirror/tools@1.0.0.{write}", (cell, text))

    async def write_async(self, cell: Cell, text: str) -> None:
        """Like `write`, in a thread of the event loop's executor."""
        await in_thread(self.write, cell, text)

    def pass_(self, cell: Cell) -> Cell:
        return self._remote.call(None, "acme:mirror/tools@1.0.0.{pass}", (cell,))

    async def pass_async(self, cell: Cell) -> Cell:
        """Like `pass_`, in a thread of the event loop's executor."""
        return await in_thread(self.pass_, cell)

    def swap(self, pair: Pair) -> Pair:
        return self._remote.call(
            _lift_pair,
            "acme:mirror/tools@1.0.0.{swap}",
            (_lower_pair(pair),),
        )

    async def swap_async(self, pair: Pair) -> Pair:
        """Like `swap`, in a thread of the event loop's executor."""
        return await in_thread(self.swap, pair)

    def merge(self, first: Cell, second: Cell) -> Cell:
        return self._remote.call(
            None,
            "acme:mirror/tools@1.0.0.{merge}",
            (first, second),
        )

    async def merge_async(self, first: Cell, second: Cell) -> Cell:
        """Like `merge`, in a thread of the event loop's executor."""
        return await in_thread(self.merge, first, second)

    def make(self, text: str) -> Cell:
        """Makes a cell."""
        return self._remote.call(None, "acme:mirror/tools@1.0.0.{make}", (text,))

    async def make_async(self, text: str) -> Cell:
        """Like `make`, in a thread of the event loop's executor."""
        return await in_thread(self.make, text)

    def look(self, name: str) -> Cell | None:
        return self._remote.call(None, "acme:mirror/tools@1.0.0.{look}", (name,))

    async def look_async(self, name: str) -> Cell | None:
        """Like `look`, in a thread of the event loop's executor."""
        return await in_thread(self.look, name)


class Admin:
    """The exported interface `admin`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def note(self, line: str) -> None:
        self._remote.run("admin.{note}", (line,))

    async def note_async(self, line: str) -> None:
        """Like `note`, in a thread of the event loop's executor."""
        await in_thread(self.note, line)


class Mirror:
    """Gives back what it gets, and works with what others keep."""

    def __init__(self, caller: Invoker, worker: str | None = None) -> None:
        self._remote = Remote(caller, COMPONENT, worker)
        self.values = Values(self._remote)
        self.tools = Tools(self._remote)
        self.admin = Admin(self._remote)

    def ticks(self, count: int) -> int:
        """The sum of so many ticks."""
        return self._remote.call(None, "ticks", (count,))

    async def ticks_async(self, count: int) -> int:
        """Like `ticks`, in a thread of the event loop's executor."""
        return await in_thread(self.ticks, count)

    def hold(self, text: str) -> None:
        """Makes a cell and keeps it."""
        self._remote.run("hold", (text,))

    async def hold_async(self, text: str) -> None:
        """Like `hold`, in a thread of the event loop's executor."""
        await in_thread(self.hold, text)

    def held(self) -> str:
        """What the cell that is kept holds."""
        return self._remote.call(None, "held", ())

    async def held_async(self) -> str:
        """Like `held`, in a thread of the event loop's executor."""
        return await in_thread(self.held)

    def release(self) -> None:
        self._remote.run("release", ())

    async def release_async(self) -> None:
        """Like `release`, in a thread of the event loop's executor."""
        await in_thread(self.release)

    def boom(self) -> None:
        self._remote.run("boom", ())

    async def boom_async(self) -> None:
        """Like `boom`, in a thread of the event loop's executor."""
        await in_thread(self.boom)


def bind(imports: Imports) -> HostImports:
    """The imports as `Instance` and `Deployment` take them."""
    return {
        "": _bind(imports),
        "acme:mirror/values@1.0.0": _bind_values(imports.values),
        "acme:mirror/store@1.0.0": _bind_store(imports.store),
        "log": _bind_log(imports.log),
    }


def _bind(host: Imports) -> Members:
    def tick() -> Value:
        return host.tick()

    return {
        "tick": tick,
    }


def _bind_values(host: ValuesImport) -> Members:
    def bools(value: Value) -> Value:
        result = host.bools(list(value))
        return list(result)

    def octets(value: Value) -> Value:
        return host.octets(value)

    def tinies(value: Value) -> Value:
        result = host.tinies(list(value))
        return list(result)

    def shorts(value: Value) -> Value:
        result = host.shorts(list(value))
        return list(result)

    def signed_shorts(value: Value) -> Value:
        result = host.signed_shorts(list(value))
        return list(result)

    def words(value: Value) -> Value:
        result = host.words(list(value))
        return list(result)

    def signed_words(value: Value) -> Value:
        result = host.signed_words(list(value))
        return list(result)

    def longs(value: Value) -> Value:
        result = host.longs(list(value))
        return list(result)

    def signed_longs(value: Value) -> Value:
        result = host.signed_longs(list(value))
        return list(result)

    def singles(value: Value) -> Value:
        result = host.singles(list(value))
        return _lower_list_f32(result)

    def doubles(value: Value) -> Value:
        result = host.doubles(list(value))
        return _lower_list_f64(result)

    def chars(value: Value) -> Value:
        result = host.chars(list(value))
        return list(result)

    def strings(value: Value) -> Value:
        result = host.strings(list(value))
        return list(result)

    def colors(value: Value) -> Value:
        result = host.colors(_lift_list_color(value))
        return _lower_list_color(result)

    def sets(value: Value) -> Value:
        result = host.sets(_lift_list_rights(value))
        return _lower_list_rights(result)

    def people(value: Value) -> Value:
        result = host.people(_lift_list_person(value))
        return _lower_list_person(result)

    def shapes(value: Value) -> Value:
        result = host.shapes(_lift_list_shape(value))
        return _lower_list_shape(result)

    def stamps(value: Value) -> Value:
        result = host.stamps(list(value))
        return list(result)

    def deeps(value: Value) -> Value:
        result = host.deeps(_lift_list_deep(value))
        return _lower_list_deep(result)

    return {
        "bools": bools,
        "octets": octets,
        "tinies": tinies,
        "shorts": shorts,
        "signed-shorts": signed_shorts,
        "words": words,
        "signed-words": signed_words,
        "longs": longs,
        "signed-longs": signed_longs,
        "singles": singles,
        "doubles": doubles,
        "chars": chars,
        "strings": strings,
        "colors": colors,
        "sets": sets,
        "people": people,
        "shapes": shapes,
        "stamps": stamps,
        "deeps": deeps,
    }


def _bind_store(host: Store) -> Members:
    def cell(text: Value) -> Value:
        return host.cell(text)

    def cell_get(it: Cell) -> Value:
        return it.get()

    def cell_set(it: Cell, text: Value) -> None:
        it.set(text)

    def cell_merged(first: Value, second: Value) -> Value:
        return host.cell_merged(first, second)

    def find(name: Value) -> Value:
        return host.find(name)

    def cell_drop(it: Cell) -> None:
        it.drop()

    return {
        "[constructor]cell": cell,
        "[method]cell.get": cell_get,
        "[method]cell.set": cell_set,
        "[static]cell.merged": cell_merged,
        "find": find,
        "[drop]cell": cell_drop,
        "[restore]": restorer(host),
    }


def _bind_log(host: Log) -> Members:
    def write(line: Value) -> None:
        host.write(line)

    return {
        "write": write,
    }


def _lower_list_f32(value: list[float]) -> Value:
    return [float(item) for item in value]


def _lower_list_f64(value: list[float]) -> Value:
    return [float(item) for item in value]


def _lower_list_color(value: list[Color]) -> Value:
    return [item.value for item in value]


def _lift_list_color(value: Value) -> list[Color]:
    return [Color(item) for item in value]


_RIGHTS = (
    ("read", Rights.READ),
    ("write", Rights.WRITE),
    ("close-early", Rights.CLOSE_EARLY),
)


def _lower_rights(value: Rights) -> Value:
    return flag_names(_RIGHTS, value)


def _lower_list_rights(value: list[Rights]) -> Value:
    return [_lower_rights(item) for item in value]


def _lift_rights(value: Value) -> Rights:
    return flags_of(_RIGHTS, value, Rights(0))


def _lift_list_rights(value: Value) -> list[Rights]:
    return [_lift_rights(item) for item in value]


def _lower_point(value: Point) -> Value:
    return {
        "x": float(value.x),
        "y": float(value.y),
    }


def _lower_option_point(value: Point | None) -> Value:
    if value is None:
        return None
    return _lower_point(value)


def _lower_person(value: Person) -> Value:
    return {
        "name": value.name,
        "from": value.from_.value,
        "home": _lower_option_point(value.home),
        "tags": list(value.tags),
        "rights": _lower_rights(value.rights),
    }


def _lower_list_person(value: list[Person]) -> Value:
    return [_lower_person(item) for item in value]


def _lift_point(value: Value) -> Point:
    return Point(
        x=value["x"],
        y=value["y"],
    )


def _lift_option_point(value: Value) -> Point | None:
    if value is None:
        return None
    return _lift_point(value)


def _lift_person(value: Value) -> Person:
    return Person(
        name=value["name"],
        from_=Color(value["from"]),
        home=_lift_option_point(value["home"]),
        tags=list(value["tags"]),
        rights=_lift_rights(value["rights"]),
    )


def _lift_list_person(value: Value) -> list[Person]:
    return [_lift_person(item) for item in value]


def _lower_tuple_point_point(value: tuple[Point, Point]) -> Value:
    return (_lower_point(value[0]), _lower_point(value[1]))


def _lower_shape(value: Shape) -> Value:
    match value:
        case ShapeDot():
            return Case("dot", _lower_point(value.value))
        case ShapeLine():
            return Case("line", _lower_tuple_point_point(value.value))
        case ShapeBlob():
            return Case("blob", value.value)
        case ShapeNothing():
            return Case("nothing")
        case ShapeNum():
            return Case("num", value.value)
        case _:
            assert_never(value)


def _lower_list_shape(value: list[Shape]) -> Value:
    return [_lower_shape(item) for item in value]


def _lift_tuple_point_point(value: Value) -> tuple[Point, Point]:
    return (_lift_point(value[0]), _lift_point(value[1]))


def _lift_shape(value: Value) -> Shape:
    match value.name:
        case "dot":
            return ShapeDot(_lift_point(value.value))
        case "line":
            return ShapeLine(_lift_tuple_point_point(value.value))
        case "blob":
            return ShapeBlob(value.value)
        case "nothing":
            return ShapeNothing()
        case "num":
            return ShapeNum(value.value)
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_list_shape(value: Value) -> list[Shape]:
    return [_lift_shape(item) for item in value]


def _lower_option_person(value: Person | None) -> Value:
    if value is None:
        return None
    return _lower_person(value)


def _lower_option_option_person(value: Optional[Some[Person | None]]) -> Value:
    if value is None:
        return None
    return Some(_lower_option_person(value.value))


def _lower_result_person_none(value: Result[Person, None]) -> Value:
    if isinstance(value, Ok):
        return Ok(_lower_person(value.value))
    return Err(None)


def _lower_result_none_color(value: Result[None, Color]) -> Value:
    if isinstance(value, Ok):
        return Ok(None)
    return Err(value.value.value)


def _lower_tuple_rights(value: tuple[Rights]) -> Value:
    return (_lower_rights(value[0]),)


def _lower_result_list_shape_tuple_rights(
    value: Result[list[Shape], tuple[Rights]],
) -> Value:
    if isinstance(value, Ok):
        return Ok(_lower_list_shape(value.value))
    return Err(_lower_tuple_rights(value.value))


def _lower_list_point(value: list[Point]) -> Value:
    return [_lower_point(item) for item in value]


def _lower_list_list_point(value: list[list[Point]]) -> Value:
    return [_lower_list_point(item) for item in value]


def _lower_deep(value: Deep) -> Value:
    return {
        "nested": value.nested,
        "maybe": _lower_option_option_person(value.maybe),
        "plain": value.plain,
        "good": _lower_result_person_none(value.good),
        "bad": _lower_result_none_color(value.bad),
        "either": _lower_result_list_shape_tuple_rights(value.either),
        "bytes": value.bytes_,
        "rows": _lower_list_list_point(value.rows),
        "stamp": value.stamp,
    }


def _lower_list_deep(value: list[Deep]) -> Value:
    return [_lower_deep(item) for item in value]


def _lift_option_person(value: Value) -> Person | None:
    if value is None:
        return None
    return _lift_person(value)


def _lift_option_option_person(value: Value) -> Optional[Some[Person | None]]:
    if value is None:
        return None
    return Some(_lift_option_person(value.value))


def _lift_result_person_none(value: Value) -> Result[Person, None]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_person(payload))
    return Err(None)


def _lift_result_none_color(value: Value) -> Result[None, Color]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(None)
    return Err(Color(payload))


def _lift_tuple_rights(value: Value) -> tuple[Rights]:
    return (_lift_rights(value[0]),)


def _lift_result_list_shape_tuple_rights(
    value: Value,
) -> Result[list[Shape], tuple[Rights]]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_list_shape(payload))
    return Err(_lift_tuple_rights(payload))


def _lift_list_point(value: Value) -> list[Point]:
    return [_lift_point(item) for item in value]


def _lift_list_list_point(value: Value) -> list[list[Point]]:
    return [_lift_list_point(item) for item in value]


def _lift_deep(value: Value) -> Deep:
    return Deep(
        nested=value["nested"],
        maybe=_lift_option_option_person(value["maybe"]),
        plain=value["plain"],
        good=_lift_result_person_none(value["good"]),
        bad=_lift_result_none_color(value["bad"]),
        either=_lift_result_list_shape_tuple_rights(value["either"]),
        bytes_=value["bytes"],
        rows=_lift_list_list_point(value["rows"]),
        stamp=value["stamp"],
    )


def _lift_list_deep(value: Value) -> list[Deep]:
    return [_lift_deep(item) for item in value]


def _lift_own_box(value: Value, remote: Remote) -> Box:
    return resource_of(Box, value, remote)


def _lift_own_door(value: Value, remote: Remote) -> Door:
    return resource_of(Door, value, remote)


def _lift_result_own_door_string(value: Value, remote: Remote) -> Result[Door, str]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_own_door(payload, remote))
    return Err(payload)


def _lower_pair(value: Pair) -> Value:
    return {
        "left": value.left,
        "right": value.right,
    }


def _lift_pair(value: Value) -> Pair:
    return Pair(
        left=value["left"],
        right=value["right"],
    )
