"""What the values of a WIT type are in generated Python: plain data, which conversions are made from.

A generated module has one of these for each of its types. They refer to the classes of the module, and are
compared by identity.
"""

from __future__ import annotations

from enum import Enum, Flag

from runtime_shim.typed.held import Held
from runtime_shim.values.types import Prim


class ListOf:
    """A list; of `Prim.U8`, bytes."""

    __slots__ = ("item",)

    def __init__(self, item: Kind) -> None:
        self.item = item


class OptionOf:
    """None or a value; of an option, None or `Some`."""

    __slots__ = ("item",)

    def __init__(self, item: Kind) -> None:
        self.item = item


class ResultOf:
    """`Ok` or `Err`; None is a side without a payload."""

    __slots__ = ("err", "ok")

    def __init__(self, ok: Kind | None, err: Kind | None) -> None:
        self.ok, self.err = ok, err


class TupleOf:
    """A tuple."""

    __slots__ = ("items",)

    def __init__(self, *items: Kind) -> None:
        self.items = items


class RecordOf:
    """A dataclass, and the WIT name and the type of each of its fields, in order."""

    __slots__ = ("fields", "of")

    def __init__(self, of: type, *fields: tuple[str, Kind]) -> None:
        self.of, self.fields = of, fields


class VariantOf:
    """A union of dataclasses: of each the WIT name of the case, and the type of its payload."""

    __slots__ = ("cases", "name")

    def __init__(self, name: str, *cases: tuple[str, type, Kind | None]) -> None:
        self.name, self.cases = name, cases


class EnumOf:
    """An enum, whose members have the WIT names of the cases as their values."""

    __slots__ = ("of",)

    def __init__(self, of: type[Enum]) -> None:
        self.of = of


class FlagsOf:
    """A flag enum, and the WIT names of its bits."""

    __slots__ = ("names", "of")

    def __init__(self, of: type[Flag], *names: str) -> None:
        self.of, self.names = of, names


class HandleOf:
    """A resource of a worker; when `owned`, its receiver drops it."""

    __slots__ = ("of", "owned")

    def __init__(self, of: type[Held], *, owned: bool) -> None:
        self.of, self.owned = of, owned


class HostedBy:
    """A resource that the program implements: any object with these methods."""

    __slots__ = ("methods", "name")

    def __init__(self, name: str, *methods: str) -> None:
        self.name, self.methods = name, methods


Kind = (
    Prim
    | ListOf
    | OptionOf
    | ResultOf
    | TupleOf
    | RecordOf
    | VariantOf
    | EnumOf
    | FlagsOf
    | HandleOf
    | HostedBy
)
