"""Invocation names: `ns:pkg/iface[@v].{function}` and related forms, and what they refer to.

Grammar and aliases follow Golem's function names (`{res.new}`, `{res.method}`, `{res.drop}`, the
component-model spellings, the `-exports` package of its generator) for the last release that had
WIT clients. The exact name always wins; an alias only counts if it is unambiguous.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from runtime_shim.boundary.reflect import Function, Interface, Shape
from runtime_shim.errors import UnknownFunction
from runtime_shim.values import types as t


class Kind(StrEnum):
    """What an invocation does."""

    FUNCTION = "function"  # a plain function, a constructor, a method or a static
    DROP = "drop"  # drops a resource of the worker


@dataclass(frozen=True, slots=True)
class Export:
    """Something that can be invoked.

    Attributes:
        name: Its canonical invocation name, which no other export of the component has.
        interface: The exported instance, empty for the world.
        member: The export's own name, `[method]r.m`; the resource's name for a drop.
        function: The reflected function; None for a drop.
        type: Its type with `self` as the first parameter of methods; None if it cannot be sent.
    """

    name: str
    kind: Kind
    interface: str
    member: str
    function: Function | None
    type: t.FunctionType | None


def annotated(item: Export) -> str:
    """A member's own name with its annotation, which is unique: `[drop]r` for a drop."""
    return f"[drop]{item.member}" if item.kind is Kind.DROP else item.member


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
    """The plain spelling of a member: `[constructor]r` is `r.new`, `[method]r.m` is `r.m`.

    Members are called by it unless the resource has a method or a static named `new` or `drop`:
    those share their plain spelling with the constructor and the drop.
    """
    match = _ANNOTATED.fullmatch(member)
    if match is None:
        return member
    kind, rest = match.groups()
    if kind == "constructor":
        return f"{rest}.new"
    if kind in {"drop", "resource-drop"}:
        return f"{rest}.drop"
    return rest


def readings(member: str) -> tuple[str, ...]:
    """The exported members that a spelling may refer to, in order of preference.

    `r.new` is the constructor and `r.drop` the drop, and a method or a static only if there is no
    constructor or drop. An annotation decides between them; Golem's host also calls statics
    `[method]`.
    """
    match = _ANNOTATED.fullmatch(member)
    if match is not None:
        kind, rest = match.groups()
        match kind:
            case "constructor":
                return (member,)
            case "method":
                return member, f"[static]{rest}"
            case "static":
                return member, f"[method]{rest}"
            case _:
                return (f"[drop]{rest}",)
    resource, dot, plain = member.rpartition(".")
    if not dot:
        return (member,)
    special = {"new": (f"[constructor]{resource}",), "drop": (f"[drop]{resource}",)}
    return (*special.get(plain, ()), f"[method]{member}", f"[static]{member}", member)


def without_version(interface: str) -> str:
    """`ns:pkg/iface@1.0.0` as `ns:pkg/iface`."""
    return _VERSION.sub("", interface)


def swap_exports(interface: str) -> str:
    """Golem's alias: `ns:pkg/iface` as `ns:pkg-exports/iface`, and vice versa."""
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
        drops = [f"[drop]{name}" for name in _owned(shape, interface)]
        known = {*interface.functions, *drops}
        for function in interface.functions.values():
            member = _spelling(function.name, known)
            name = f"{prefix}{{{member}}}" if prefix or "." in member else member
            found.append(
                Export(name, Kind.FUNCTION, interface.name, function.name, function, function.type)
            )
        for drop in drops:
            resource = drop.removeprefix("[drop]")
            ty = t.FunctionType((("self", t.Own(resource)),), None)
            name = f"{prefix}{{{_spelling(drop, known)}}}"
            found.append(Export(name, Kind.DROP, interface.name, resource, None, ty))
    return tuple(found)


def _owned(shape: Shape, interface: Interface) -> Iterator[str]:
    """The resources that an exported interface declares itself."""
    for resource, ty in interface.resources.items():
        owner = shape.exported.find(ty)
        if owner is not None and (owner.interface, owner.name) == (interface.name, resource):
            yield resource


def _spelling(member: str, known: Collection[str]) -> str:
    """The plain spelling if unique in `known`, else the annotated one."""
    plain = member_name(member)
    return member if sum(m in known for m in readings(plain)) > 1 else plain


class Names:
    """The invocation names of one component; answers are remembered."""

    def __init__(
        self, component: str, items: tuple[Export, ...], interfaces: tuple[str, ...]
    ) -> None:
        self._component = component
        self._items = items
        self.interfaces = interfaces  # those of types only included
        self._exact: dict[tuple[str, str], Export] = {}
        for item in items:
            self._exact.setdefault((item.interface, annotated(item)), item)
        self._known: dict[str, Export] = {}

    @property
    def all(self) -> tuple[Export, ...]:
        """The exports, in order."""
        return self._items

    def resolve(self, name: str) -> Export:
        """The export that `name` refers to.

        Raises:
            UnknownFunction: None, or an ambiguous alias; with similar names.
        """
        found = self._known.get(name)
        if found is None:
            found = self._find(name)
            if len(self._known) < 4 * len(self._items) + 16:  # hostile names must not pile up
                self._known[name] = found
        return found

    def _find(self, name: str) -> Export:
        interface, member = split(name)
        spellings = readings(member)
        for spelling in spellings:
            exact = self._exact.get((interface, spelling))
            if exact is not None:
                return exact
        for candidates in self._aliases(interface, spellings):
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                names = ", ".join(item.name for item in candidates)
                raise UnknownFunction(f"`{name}` is ambiguous: {names}")
        raise UnknownFunction(f"{self._component} has no function `{name}`{self._hint(name)}")

    def _aliases(self, interface: str, spellings: tuple[str, ...]) -> Iterator[list[Export]]:
        """Increasingly loose readings of the interface, each with its matches."""
        bare = without_version(interface)
        swapped = swap_exports(interface)
        tail = bare.rpartition("/")[2]
        unversioned = "@" not in interface
        fits: tuple[Callable[[str], bool], ...] = (
            lambda i: i == swapped,
            lambda i: unversioned and without_version(i) == bare,
            lambda i: unversioned and without_version(i) == swap_exports(bare),
            # World-level functions and inline interfaces, by the names of Golem's generator.
            lambda i: tail.endswith("-inline-functions") and not i,
            lambda i: _is_inline(i) and tail.endswith(f"-{i}"),
            lambda i: not i and bool(interface) and self._is_package(bare),
            lambda i: not bare.count("/") and _is_split_world(i),
        )
        for fit in fits:
            for spelling in spellings:
                yield [i for i in self._items if annotated(i) == spelling and fit(i.interface)]

    def _is_package(self, name: str) -> bool:
        return "/" not in name and name in {self._component, swap_exports(self._component)}

    def _hint(self, name: str) -> str:
        names = [item.name for item in self._items]
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
        if not close:
            member = member_name(split(name)[1])
            same = (i.name for i in self._items if member_name(annotated(i)) == member)
            close = list(islice(same, 3))
        return f"; did you mean {' or '.join(f'`{n}`' for n in close)}?" if close else ""


def _is_inline(interface: str) -> bool:
    return bool(interface) and ":" not in interface


def _is_split_world(interface: str) -> bool:
    return without_version(interface).endswith("-inline-functions")
