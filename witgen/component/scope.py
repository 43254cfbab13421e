"""Index spaces of a component, component type or instance type while reading it.

Everything in a scope is kept as a type as seen from that scope; an instance also records its
origin, so that its types can be referred to by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TypeVar

from witgen.component import types as t
from witgen.component.coretypes import CoreType
from witgen.component.cursor import Cursor
from witgen.value import state, value

T = TypeVar("T")

# Sizes and depths are counted in nodes of the tree. The reference implementation has the same kinds
# of limits; hand-written types stay far below.
MAX_TYPE_SIZE = 300_000
MAX_DEPTH = 100
# Nodes that may be visited or copied for one file: more means that a few bytes expand to very much,
# through instances of instances of large types. Real components of 18 MB take 20 000, the largest
# WIT packages 40 000.
MAX_WORK = 1_000_000
# The cost of copying a node.
COPY = 8


class Exhausted(ValueError):
    """A file exceeds the work budget; the caller knows where."""


@state
class Budget:
    """The work that one file has caused so far, and what was seen in it.

    Attributes:
        spent: Nodes.
        components: Whether it has imports or exports that are components or core modules.
        compares: Whether it has instances, or exports with a type of their own.
        modules: (offset, size) of each core module.
        labels: The names of fields, cases, flags and parameters.
    """

    spent: int = 0
    components: bool = False
    compares: bool = False
    modules: list[tuple[int, int]] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)

    def take(self, nodes: int) -> None:
        """Count visited nodes.

        Raises:
            Exhausted: The file exceeds the work budget.
        """
        self.spent += nodes
        if self.spent > MAX_WORK:
            raise Exhausted(f"the types of this file unfold to more than {MAX_WORK} nodes")

    def charge(self, nodes: int, cursor: Cursor) -> None:
        """Count visited nodes.

        Raises:
            Malformed: The file exceeds the work budget.
        """
        try:
            self.take(nodes)
        except Exhausted as error:
            raise cursor.fail(str(error)) from None


@value
class Defined:
    """A type in an index space, with the nodes and the depth of its tree."""

    type: t.DefType
    size: int = 1
    depth: int = 1


@value
class Instance:
    """An instance in an index space: its type, seen from the scope, and its origin."""

    type: t.InstanceType
    space: t.Space
    path: tuple[str, ...]
    size: int = 1
    depth: int = 1


@value
class Function:
    """A function in an index space.

    Attributes:
        declared: Its type, as declared in `owner` if there is one.
        owner: The instance of which it is an alias. Most such functions are only lowered, so their
            types are converted to the scope on demand.
    """

    declared: t.FuncType
    size: int = 1
    depth: int = 1
    owner: Instance | None = None

    @property
    def weight(self) -> int:
        """The nodes of its type."""
        return self.size if self.owner is None else t.weight(self.declared)

    @property
    def type(self) -> t.FuncType:
        """Its type, seen from the scope."""
        if self.owner is None:
            return self.declared
        return t.opened_func(self.declared, self.owner.space, self.owner.path)


@value
class Component:
    """A component in an index space."""

    type: t.ComponentType
    size: int = 1
    depth: int = 1


@state
class Scope:
    """The index spaces of one scope, its imports and its exports."""

    parent: Scope | None
    budget: Budget
    is_component: bool
    level: int = 1
    types: list[Defined] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    modules: list[t.ModuleType] = field(default_factory=list)
    values: list[Defined] = field(default_factory=list)
    core_types: list[CoreType] = field(default_factory=list)
    imports: dict[str, t.Extern] = field(default_factory=dict)
    exports: dict[str, t.Extern] = field(default_factory=dict)
    import_options: dict[str, t.NameOptions] = field(default_factory=dict)
    export_options: dict[str, t.NameOptions] = field(default_factory=dict)
    # Imports and exports, in the order of the file.
    order: list[tuple[t.Space, str]] = field(default_factory=list)
    # The nodes and depth of what was imported and exported, a lower bound for the whole.
    size: int = 1
    depth: int = 1

    def component_type(self) -> t.ComponentType:
        """The imports and exports as a type."""
        return t.ComponentType(self.imports, self.exports, self.import_options, self.export_options)

    def outer(self, count: int, cursor: Cursor) -> Scope:
        """The enclosing scope, `count` levels up.

        Raises:
            Malformed: There are not that many.
        """
        scope = self
        for _ in range(count):
            if scope.parent is None:
                raise cursor.fail(f"invalid outer alias count {count}")
            scope = scope.parent
        return scope

    def grow(self, size: int, depth: int, cursor: Cursor) -> None:
        """Count a part of this scope's type.

        Raises:
            Malformed: The type is too large or nested too deeply.
        """
        self.size += size
        self.depth = max(self.depth, depth + 1)
        check_size(self.size, self.depth, cursor)


def check_size(size: int, depth: int, cursor: Cursor) -> None:
    """Reject types that are too large.

    Raises:
        Malformed: The type is too large or nested too deeply.
    """
    if size > MAX_TYPE_SIZE:
        raise cursor.fail(f"type is larger than {MAX_TYPE_SIZE} nodes")
    if depth > MAX_DEPTH:
        raise cursor.fail(f"type is nested deeper than {MAX_DEPTH}")


def at(items: Sequence[T], index: int, what: str, cursor: Cursor) -> T:
    """The item of an index space.

    Raises:
        Malformed: There is no such item.
    """
    if index >= len(items):
        raise cursor.fail(f"unknown {what} {index}: index out of bounds ({len(items)} are defined)")
    return items[index]
