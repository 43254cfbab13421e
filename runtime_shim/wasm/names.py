"""Invocation names: `ns:pkg/iface[@v].{function}` and its relatives, and what they stand for.

Grammar and aliases follow Golem's function names (`{res.new}`, `{res.method}`, `{res.drop}`, the
component-model spellings, the `-exports` package of its generator) for the last release that had
WIT clients. The exact name always goes first; an alias counts only where it is unambiguous.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

from runtime_shim import types as t
from runtime_shim.protocol import UnknownFunction
from runtime_shim.wasm.reflect import Function, Shape


class Kind(StrEnum):
    """What an invocation does."""

    FUNCTION = "function"  # a plain function, a constructor, a method or a static
    DROP = "drop"  # drops a resource of the worker


@dataclass(frozen=True, slots=True)
class Export:
    """Something that can be invoked.

    Attributes:
        name: Its canonical invocation name.
        interface: The exported instance, empty for the world.
        member: The export's own name, `[method]r.m`; the resource's name for a drop.
        function: The reflected function; None for a drop.
        type: Its type with `self` as the first parameter of methods; None when it cannot travel.
    """

    name: str
    kind: Kind
    interface: str
    member: str
    function: Function | None
    type: t.FunctionType | None


_ANNOTATED = re.compile(r"\[(constructor|method|static|drop|resource-drop)\](.+)")
_CALL = re.compile(r"(?P<interface>[^{]*?)\.?\{(?P<member>.*)\}", re.DOTALL)
_VERSION = re.compile(r"@[^/.{}]+(?:\.[^/{}]+)*$")


def split(name: str) -> tuple[str, str]:
    """An invocation name as (interface or package or empty, member)."""
    match = _CALL.fullmatch(name)
    if match is None:
        return "", name
    return match["interface"], match["member"]


def member_name(member: str) -> str:
    """The canonical spelling of a member: `[constructor]r` is `r.new`, `[method]r.m` is `r.m`."""
    match = _ANNOTATED.fullmatch(member)
    if match is None:
        return member
    kind, rest = match.groups()
    if kind == "constructor":
        return f"{rest}.new"
    if kind in {"drop", "resource-drop"}:
        return f"{rest}.drop"
    return rest


def without_version(interface: str) -> str:
    """`ns:pkg/iface@1.0.0` as `ns:pkg/iface`."""
    return _VERSION.sub("", interface)


def swap_exports(interface: str) -> str:
    """Golem's alias: `ns:pkg/iface` as `ns:pkg-exports/iface`, and the other way round."""
    package, slash, rest = interface.partition("/")
    if ":" not in package:
        return interface
    head, at, version = package.partition("@")
    swapped = head.removesuffix("-exports") if head.endswith("-exports") else f"{head}-exports"
    return swapped + at + version + slash + rest


def exports(shape: Shape) -> tuple[Export, ...]:
    """Everything that can be invoked on a component, in the order of its exports."""
    found: list[Export] = []
    for interface in shape.exports.values():
        prefix = f"{interface.name}." if interface.name else ""
        for function in interface.functions.values():
            member = member_name(function.name)
            name = f"{prefix}{{{member}}}" if prefix or "." in member else member
            found.append(
                Export(name, Kind.FUNCTION, interface.name, function.name, function, function.type)
            )
        for resource, ty in interface.resources.items():
            owner = shape.exported.find(ty)
            if owner is None or owner.interface != interface.name or owner.name != resource:
                continue
            drop = t.FunctionType((("self", t.Own(resource)),), None)
            found.append(
                Export(
                    f"{prefix}{{{resource}.drop}}",
                    Kind.DROP,
                    interface.name,
                    resource,
                    None,
                    drop,
                )
            )
    return tuple(found)


class Names:
    """The invocation names of one component; answers are remembered."""

    def __init__(self, component: str, items: tuple[Export, ...]) -> None:
        self._component = component
        self._items = items
        self._exact: dict[tuple[str, str], Export] = {}
        for item in items:
            self._exact.setdefault((item.interface, _member(item)), item)
        self._known: dict[str, Export] = {}

    @property
    def all(self) -> tuple[Export, ...]:
        """The exports, in order."""
        return self._items

    def resolve(self, name: str) -> Export:
        """The export that `name` stands for.

        Raises:
            UnknownFunction: none, or an alias that fits several; with names that are nearly right.
        """
        found = self._known.get(name)
        if found is None:
            found = self._find(name)
            if len(self._known) < 4 * len(self._items) + 16:  # hostile names must not pile up
                self._known[name] = found
        return found

    def _find(self, name: str) -> Export:
        interface, spelled = split(name)
        member = member_name(spelled)
        exact = self._exact.get((interface, member))
        if exact is not None:
            return exact
        for candidates in self._aliases(interface, member):
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                names = ", ".join(item.name for item in candidates)
                raise UnknownFunction(f"`{name}` is ambiguous: {names}")
        raise UnknownFunction(f"{self._component} has no function `{name}`{self._hint(name)}")

    def _aliases(self, interface: str, member: str) -> list[list[Export]]:
        """Looser and looser readings of the name, each with what it fits."""
        same = [item for item in self._items if _member(item) == member]
        bare = without_version(interface)
        swapped = swap_exports(interface)
        tail = bare.rpartition("/")[2]
        unversioned = "@" not in interface
        return [
            [i for i in same if i.interface == swapped],
            [i for i in same if unversioned and without_version(i.interface) == bare],
            [i for i in same if unversioned and without_version(i.interface) == swap_exports(bare)],
            # World-level functions and inline interfaces, by the names of Golem's generator.
            [i for i in same if tail.endswith("-inline-functions") and not i.interface],
            [i for i in same if _is_inline(i.interface) and tail.endswith(f"-{i.interface}")],
            [i for i in same if not i.interface and interface and self._is_package(bare)],
            [i for i in same if not bare.count("/") and _is_split_world(i.interface)],
        ]

    def _is_package(self, name: str) -> bool:
        return "/" not in name and name in {self._component, swap_exports(self._component)}

    def _hint(self, name: str) -> str:
        names = [item.name for item in self._items]
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
        if not close:
            member = member_name(split(name)[1])
            close = [item.name for item in self._items if _member(item) == member][:3]
        return f"; did you mean {' or '.join(f'`{n}`' for n in close)}?" if close else ""


def _member(item: Export) -> str:
    return f"{item.member}.drop" if item.kind is Kind.DROP else member_name(item.member)


def _is_inline(interface: str) -> bool:
    return bool(interface) and ":" not in interface


def _is_split_world(interface: str) -> bool:
    return without_version(interface).endswith("-inline-functions")
