"""What can be imported, exported and aliased, and how it enters an index space."""

from __future__ import annotations

from typing import assert_never

from witgen.component import types as t
from witgen.component.cursor import Cursor, Malformed
from witgen.component.scope import Component, Defined, Function, Instance, Scope
from witgen.value import value


@value
class Declared:
    """The type of an import or export, with the nodes and depth of its tree."""

    extern: t.Extern
    size: int = 1
    depth: int = 1


def read_name(cursor: Cursor) -> tuple[str, t.NameOptions | None]:
    """The name of an import or export, with its options."""
    kind = cursor.byte()
    start = cursor.position
    name = cursor.name()
    if "=<" in name:
        # Names of dependencies and places, which the component model gave up.
        raise Malformed(f"`{name}` is not a valid name of an import or export", start)
    match kind:
        case 0x00:
            return name, None
        case 0x01:
            # The first form of a version suffix; a file without one may carry the marker too.
            return name, None
        case 0x02:
            found: dict[int, str] = {}
            for _ in range(cursor.count("name option")):
                option = cursor.byte()
                if option > 0x02 or option in found:
                    raise cursor.fail(f"invalid name option 0x{option:02x}")
                found[option] = cursor.name()
            return name, t.NameOptions(found.get(0), found.get(1), found.get(2))
        case other:
            raise cursor.fail(f"invalid kind of name 0x{other:02x}")


def declare(
    cursor: Cursor,
    scope: Scope,
    space: t.Space,
    name: str,
    options: t.NameOptions | None,
    declared: Declared,
) -> None:
    """Add an import or export under its name and to the index space of its sort.

    Raises:
        Malformed: The name is taken, or the type is too large.
    """
    items = scope.imports if space is t.Space.IMPORT else scope.exports
    if name in items:
        raise cursor.fail(f"{space.value} name `{name}` is not unique")
    match declared.extern:
        case t.TypeEq(t.Ref(0, t.Space.EXPORT, path)) if space is t.Space.IMPORT:
            raise cursor.fail(f"import `{name}` mentions `{path[-1]}`, an export")
    items[name] = declared.extern
    scope.order.append((space, name))
    if options is not None:
        (scope.import_options if space is t.Space.IMPORT else scope.export_options)[name] = options
    scope.grow(declared.size, declared.depth, cursor)
    scope.budget.charge(1, cursor)
    enter(scope, declared, space, (name,))


def enter(scope: Scope, declared: Declared, space: t.Space, path: tuple[str, ...]) -> None:
    """Append the item under a path to the index space of its sort."""
    size, depth = declared.size, declared.depth
    match declared.extern:
        case t.ModuleType() as module:
            scope.modules.append(module)
        case t.FuncType() as function:
            scope.functions.append(Function(function, size, depth))
        case t.ValueType(value):
            scope.values.append(Defined(value, size, depth))
        case t.TypeEq(type):
            # A function, instance or component type has no identity beyond its shape.
            shape = isinstance(type, t.FuncType | t.InstanceType | t.ComponentType)
            scope.types.append(
                Defined(type, size, depth) if shape else Defined(t.Ref(0, space, path))
            )
        case t.TypeSub():
            scope.types.append(Defined(t.Ref(0, space, path)))
        case t.InstanceType() as instance:
            scope.instances.append(Instance(instance, space, path, size, depth))
        case t.ComponentType() as component:
            scope.components.append(Component(component, size, depth))
        case _:
            assert_never(declared.extern)


def sort_of(extern: t.Extern) -> tuple[int, int]:
    """The bytes of the sort: (sort, core sort)."""
    match extern:
        case t.ModuleType():
            return 0x00, 0x11
        case t.FuncType():
            return 0x01, 0
        case t.ValueType():
            return 0x02, 0
        case t.TypeEq() | t.TypeSub():
            return 0x03, 0
        case t.ComponentType():
            return 0x04, 0
        case t.InstanceType():
            return 0x05, 0
        case _:
            assert_never(extern)
