"""Check for what WIT can express but the binary format cannot, before encoding a package.

The rules are those of the component model's validation ("Binary.md", "Explainer.md"); the limits of
nesting and size are those of the reference implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from witgen.diagnostics import Diagnostic
from witgen.resolve import model as m
from witgen.resolve.kinds import types_in

T = TypeVar("T")

DEEPEST = 100
"""How deep types may be nested, counting the enclosing component and instance types."""
LARGEST = 1_000_000
"""How many types a type may contain, counting each mention."""

# The component types of the document, of the item and of the interface, and the type itself.
_ROUND_TYPE = 4


def problems(resolve: m.Resolve, package: m.PackageId) -> Iterator[Diagnostic]:
    """Why a package cannot be encoded; empty if it can."""
    home = resolve.packages[package]
    name = f"{home.name.namespace}:{home.name.name}"
    if name != name.lower():
        yield Diagnostic("CMP3031", f"the package name `{name}` has upper-case letters")
    yield from _clashes([*home.interfaces, *home.worlds])
    shape = _Shape(resolve)
    for interface in home.interfaces.values():
        yield from shape.interface(interface, 0)
    for world in home.worlds.values():
        yield from shape.world(world)


def _clashes(names: list[str]) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(name.lower().replace("-", ""), name)
        if first != name:
            yield Diagnostic(
                "CMP3032",
                f"`{name}` and `{first}` differ only in case or dashes",
                help=("rename one of them",),
            )


@dataclass(frozen=True, slots=True)
class _Shape:
    """Measures types; each type of the arena once."""

    resolve: m.Resolve
    _measured: dict[m.TypeId, tuple[int, int]] = field(default_factory=dict)
    _borrowing: dict[m.TypeId, bool] = field(default_factory=dict)
    _structures: dict[m.TypeId, m.Prim | int] = field(default_factory=dict)
    _numbers: dict[tuple[type, object, tuple[m.Prim | int, ...]], int] = field(default_factory=dict)

    def interface(self, id: m.InterfaceId, round_it: int) -> Iterator[Diagnostic]:
        interface = self.resolve.interfaces[id]
        label = interface.name or "an inline interface"
        total = 1
        for name, type in interface.types.items():
            depth, size = self.measure(type)
            total += size
            yield from self._limits(f"`{name}` of {label}", depth + round_it, size)
            yield from self._forbidden(type, name)
        yield from self._functions(interface.functions, label, round_it)
        if total > LARGEST:
            yield _too_large(f"the types of {label}")

    def world(self, id: m.WorldId) -> Iterator[Diagnostic]:
        world = self.resolve.worlds[id]
        for items in (world.imports, world.exports):
            functions: dict[str, m.Function] = {}
            for key, item in items.items():
                match item:
                    case m.FunctionItem(function):
                        functions[str(key)] = function
                    case m.TypeItem(type):
                        depth, size = self.measure(type)
                        yield from self._limits(f"`{key}` of {world.name}", depth, size)
                        yield from self._forbidden(type, str(key))
                    case m.InterfaceItem(interface):
                        if self.resolve.interfaces[interface].name is None:
                            yield from self.interface(interface, 1)
            yield from self._functions(functions, world.name, 0)

    def _functions(
        self, functions: Mapping[str, m.Function], label: str, round_it: int
    ) -> Iterator[Diagnostic]:
        for name, function in functions.items():
            types = [p.type for p in function.params]
            types += [function.result] if function.result is not None else []
            for type in types:
                depth, size = self.measure(type)
                yield from self._limits(f"`{name}` of {label}", depth + 1 + round_it, size)
                if not isinstance(type, m.Prim) and self.resolve.types[type].name is None:
                    yield from self._forbidden(type, name)
            if "[set]" in name:
                getter = functions.get(name.replace("[set]", "[get]"))
                if getter is not None and getter.result is not None:
                    yield from self._setter(function, getter.result)

    def _setter(self, setter: m.Function, wanted: m.Type) -> Iterator[Diagnostic]:
        if self.structure(setter.params[-1].type) != self.structure(wanted):
            yield Diagnostic(
                "CMP3033",
                f"the parameter of `{setter.name}` does not have the type that its getter returns",
            )

    def _limits(self, what: str, depth: int, size: int) -> Iterator[Diagnostic]:
        if depth + _ROUND_TYPE > DEEPEST:
            yield Diagnostic("CMP3037", f"the types of {what} are nested too deeply")
        if size > LARGEST:
            yield _too_large(what)

    def _forbidden(self, type: m.Type, name: str) -> Iterator[Diagnostic]:
        """Payloads that the binary format does not support, in a type and its anonymous parts."""
        if isinstance(type, m.Prim):
            return
        kind = self.resolve.types[type].kind
        match kind:
            case m.FixedLengthList(_, 0):
                yield Diagnostic("CMP3036", f"`{name}` has a fixed-length list of length 0")
            case m.Stream(payload) if payload is not None:
                if self.resolve.dealias(payload) is m.Prim.CHAR:
                    yield Diagnostic(
                        "CMP3035",
                        f"`{name}` has a `stream<char>`",
                        help=("use `stream<u8>` and document the encoding of characters",),
                    )
            case _:
                pass
        if isinstance(kind, m.Future | m.Stream):
            word = "future" if isinstance(kind, m.Future) else "stream"
            if kind.type is not None and self._has_borrow(kind.type):
                yield Diagnostic("CMP3034", f"`{name}` has a borrowed handle in a `{word}`")
        for part in types_in(kind):
            if not isinstance(part, m.Prim) and self.resolve.types[part].name is None:
                yield from self._forbidden(part, name)

    def _has_borrow(self, type: m.Type) -> bool:
        if isinstance(type, m.Prim):
            return False

        def found(type: m.TypeId) -> bool:
            kind = self.resolve.types[type].kind
            return isinstance(kind, m.Borrow) or any(
                self._borrowing[part] for part in types_in(kind) if not isinstance(part, m.Prim)
            )

        return self._of_each(type, self._borrowing, found)

    def measure(self, type: m.Type) -> tuple[int, int]:
        """How deeply a type is nested, and how many mentions of types it contains."""
        if isinstance(type, m.Prim):
            return 0, 1

        def measured(type: m.TypeId) -> tuple[int, int]:
            kind = self.resolve.types[type].kind
            inner = [(0, 1) if isinstance(p, m.Prim) else self._measured[p] for p in types_in(kind)]
            depth = max((d for d, _ in inner), default=0)
            size = sum(s for _, s in inner)
            own = 0 if isinstance(kind, m.Alias) else 1
            return depth + own, min(size + own, 2 * LARGEST)

        return self._of_each(type, self._measured, measured)

    def structure(self, type: m.Type) -> m.Prim | int:
        """A value that is equal for equal types; resources are equal only to themselves."""
        if isinstance(type, m.Prim):
            return type

        def numbered(type: m.TypeId) -> m.Prim | int:
            kind = self.resolve.types[type].kind
            inner = tuple(
                p if isinstance(p, m.Prim) else self._structures[p] for p in types_in(kind)
            )
            if isinstance(kind, m.Alias):
                return inner[0]
            key = (kind.__class__, self._distinction(type, kind), inner)
            return self._numbers.setdefault(key, len(self._numbers))

        return self._of_each(type, self._structures, numbered)

    def _distinction(self, type: m.TypeId, kind: m.TypeDefKind) -> object:
        """What distinguishes a kind from others of its class and parts."""
        match kind:
            case m.Resource():
                return type
            case m.Own(resource) | m.Borrow(resource):
                return self.resolve.dealias(resource)
            case m.Record(fields):
                return tuple(f.name for f in fields)
            case m.Variant(cases):
                return tuple((c.name, c.type is None) for c in cases)
            case m.Enum(labels) | m.Flags(labels):
                return tuple(label.name for label in labels)
            case m.Result(ok, err):
                return ok is None, err is None
            case m.FixedLengthList(_, length):
                return length
            case _:
                return None

    def _of_each(
        self, type: m.TypeId, known: dict[m.TypeId, T], answer: Callable[[m.TypeId], T]
    ) -> T:
        """Evaluate `answer` for a type after its parts, without recursion: chains may be long."""
        stack = [type]
        while stack:
            top = stack[-1]
            missing = [
                part
                for part in types_in(self.resolve.types[top].kind)
                if not isinstance(part, m.Prim) and part not in known
            ]
            if missing and top not in known:
                stack += missing
            else:
                stack.pop()
                if top not in known:
                    known[top] = answer(top)
        return known[type]


def _too_large(what: str) -> Diagnostic:
    return Diagnostic(
        "CMP3038", f"{what} would be made of more than {LARGEST:,} types, each mention counted"
    )
