"""Adds to a component what reads and writes the state of its instances.

A core module exports its own memories and mutable globals. A component that instantiates such modules,
or that can hold handles, gets one more core instance at its end, so that no number changes: the adapter,
of which it exports functions. A component exports again what the components in it export for this.

What cannot be seen from outside cannot be taken, as tables that change and segments that are dropped. A
component that has those is not changed, and the reasons are named.
"""

from __future__ import annotations

from collections.abc import Mapping

from witgen.component import types as t
from witgen.component.cursor import Buffer, Cursor
from witgen.component.scope import Scope
from witgen.component.state.ending import append
from witgen.component.state.level import Level, read_level
from witgen.component.state.module import PREFIX
from witgen.value import value

VERSION = 1
"""Of what the functions do that are added."""

Resource = tuple[str, str]
"""An interface, empty for the world itself, and the name of a resource in it."""


@value
class Part:
    """A component instance that has state.

    Attributes:
        name: The exported function that reads and writes it.
        memories: For each memory, whether its addresses have 64 bits.
        globals: The type of each mutable global.
        adopting: For imported resources, the functions that take a handle into its table, and that
            give it away again.
        owned: For exported resources, the functions that make a handle for a representation, and
            that tell the representation.
    """

    name: str
    memories: tuple[bool, ...]
    globals: tuple[str, ...]
    adopting: Mapping[Resource, tuple[str, str]]
    owned: Mapping[Resource, tuple[str, str]]


@value
class Instrumented:
    """A component with functions for its state, and what they are."""

    data: bytes
    parts: tuple[Part, ...]


@value
class Refused:
    """Why the state of a component cannot be taken: sentences about it."""

    reasons: tuple[str, ...]


def instrument(data: Buffer) -> Instrumented | Refused:
    """Add to a component what reads and writes its state.

    Raises:
        Malformed: The bytes are not a component.
    """
    level = read_level(Cursor(data), None, append)
    if any(name.startswith(PREFIX) for name in level.exports):
        level.reasons[f"it has exports whose names begin with `{PREFIX}`"] = None
    if level.reasons:
        return Refused(tuple(level.reasons))
    return Instrumented(b"".join(level.pieces), tuple(_part(level, name) for name in level.parts))


def _part(level: Level, name: str) -> Part:
    path = name.removesuffix("do")
    found: dict[str, dict[Resource, str]] = {kind: {} for kind in ("adopt", "give", "new", "rep")}
    for function in level.added:
        type = level.scope.exports[function]
        kind = function.removeprefix(path).rstrip("0123456789")
        match type:
            case t.FuncType(((_, t.Own(t.Ref() as ref) | t.Borrow(t.Ref() as ref)),)):
                pass
            case t.FuncType(_, t.Own(t.Ref() as ref)):
                pass
            case _:
                continue
        ref = _origin(level.scope, ref)
        if kind in found and (kind in {"adopt", "give"}) == (ref.space is t.Space.IMPORT):
            found[kind][("", *ref.path)[-2], ref.path[-1]] = function
    adopting = {key: (one, found["give"][key]) for key, one in found["adopt"].items()}
    owned = {key: (one, found["rep"][key]) for key, one in found["new"].items()}
    return Part(name, *level.parts[name], adopting, owned)


def _origin(scope: Scope, ref: t.Ref) -> t.Ref:
    """The first name of an imported resource."""
    while ref.space is t.Space.IMPORT and ref.up == 0:
        extern = scope.imports.get(ref.path[0])
        for depth, name in enumerate(ref.path[1:], 1):
            inner = extern.exports.get(name) if isinstance(extern, t.InstanceType) else None
            extern = inner and t.opened(inner, t.Space.IMPORT, ref.path[:depth])
        if not isinstance(extern, t.TypeEq) or not isinstance(extern.type, t.Ref):
            break
        ref = extern.type
    return ref
