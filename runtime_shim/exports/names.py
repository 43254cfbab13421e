"""Invocation names: `ns:pkg/iface[@v].{function}` and related forms, and what they refer to.

Grammar and aliases follow Golem's function names (`{res.new}`, `{res.method}`, `{res.drop}`, the
component-model spellings, the `-exports` package of its generator) for the last release that had
WIT clients. The exact name always wins; an alias only counts if it is unambiguous.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from runtime_shim.boundary.reflect import Interface, Shape
from runtime_shim.exports.members import Export, Kind, annotated, member_name, readings, split
from runtime_shim.values import types as t


def exports(shape: Shape) -> tuple[Export, ...]:
    """Everything that can be invoked on a component, in the order of its exports."""
    found: list[Export] = []
    for interface in shape.exports.values():
        params = [[p for p, _ in f.type.params] for f in interface.functions.values() if f.type]
        if interface.name == "exports" and params == [["app-name", "symbols", "stub-wasi"]]:
            continue  # componentize-py leaves its initialiser, called when it built the component
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
        from runtime_shim.exports.aliases import Aliases  # exact names are the rule

        return Aliases(self._component, self._items).find(name, interface, spellings)
