"""The types of the component model, as values.

A type is a tree; named types are referred to by name. A `Ref` gives the number of scopes up where
the name was declared (0 is the innermost), whether it was imported, exported or made there, and its
path: `Ref(1, IMPORT, ("wasi:io/poll@0.2.0", "pollable"))` inside an instance type is the resource
`pollable` of an instance that the enclosing component imports. So two types are equal exactly when
they have the same shape and refer to the same names, wherever they were read.

Source: component-model `design/mvp/Binary.md`, "Type Definitions".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from operator import is_
from types import MappingProxyType
from typing import Any, assert_never

from witgen.prim import Prim as Prim  # noqa: PLC0414 -- said again for those who import the model
from witgen.value import value


class Space(StrEnum):
    """The origin of a name in a scope."""

    IMPORT = "import"
    EXPORT = "export"
    LOCAL = "local"  # made in a component's body: an instantiation or a resource


@value
class Ref:
    """A named type or resource: `up` scopes out, the entity `path[0]`, then exports of it."""

    up: int
    space: Space
    path: tuple[str, ...]


@value
class Record:
    """`record`: (name, type) of each field."""

    fields: tuple[tuple[str, ValType], ...]


@value
class Variant:
    """`variant`: (name, payload) of each case."""

    cases: tuple[tuple[str, ValType | None], ...]


@value
class List:
    """`list<…>`."""

    type: ValType


@value
class FixedList:
    """`list<…, N>`."""

    type: ValType
    length: int


@value
class Map:
    """`map<key, value>`."""

    key: ValType
    value: ValType


@value
class Tuple:
    """`tuple<…>`."""

    types: tuple[ValType, ...]


@value
class Flags:
    """`flags`."""

    names: tuple[str, ...]


@value
class Enum:
    """`enum`."""

    names: tuple[str, ...]


@value
class Option:
    """`option<…>`."""

    type: ValType


@value
class Result:
    """`result<ok, err>`."""

    ok: ValType | None
    err: ValType | None


@value
class Own:
    """`own<resource>`."""

    resource: ValType  # a `Ref`, or its substitution


@value
class Borrow:
    """`borrow<resource>`."""

    resource: ValType


@value
class Stream:
    """`stream<…>`."""

    type: ValType | None


@value
class Future:
    """`future<…>`."""

    type: ValType | None


# Types made of types; those that have one, which is never missing, are the most frequent.
_Compound = Record | Variant | FixedList | Map | Tuple | Result | Stream | Future
ValType = Prim | Ref | Flags | Enum | List | Option | Own | Borrow | _Compound


@value
class FuncType:
    """`func`, with its effect: `is_async` functions may block."""

    params: tuple[tuple[str, ValType], ...]
    result: ValType | None = None
    is_async: bool = False


@value
class ModuleType:
    """A core module's type.

    Attributes:
        raw: The encoded core type, or None if it was not examined (a module in the file).
    """

    raw: bytes | None = None


@value
class ValueType:
    """A value import or export."""

    type: ValType


@value
class TypeEq:
    """A type export or import that is equal to `type`."""

    type: DefType


@value
class TypeSub:
    """A fresh resource."""


@value
class NameOptions:
    """Options of the name of an import or export."""

    implements: str | None = None
    version_suffix: str | None = None
    external_id: str | None = None


_NONE: Mapping[str, NameOptions] = MappingProxyType({})


@value
class InstanceType:
    """An instance: its exports in order, a scope of its own."""

    exports: Mapping[str, Extern]
    options: Mapping[str, NameOptions] = _NONE


@value
class ComponentType:
    """A component: imports and exports in order, a scope of its own.

    Attributes:
        import_options: Options of import names, if any.
        export_options: Options of export names, if any.
    """

    imports: Mapping[str, Extern]
    exports: Mapping[str, Extern]
    import_options: Mapping[str, NameOptions] = _NONE
    export_options: Mapping[str, NameOptions] = _NONE


# What a type index can refer to.
DefType = ValType | FuncType | InstanceType | ComponentType
Extern = ModuleType | FuncType | ValueType | TypeEq | TypeSub | InstanceType | ComponentType

# Returns the replacement of a free reference, as seen from outside the rewritten type.
Leaf = Callable[[Ref], ValType]


def shift(type: DefType, by: int) -> DefType:
    """The type as seen from `by` scopes further in."""
    if not by:
        return type
    return rewrite(type, lambda ref: Ref(ref.up + by, ref.space, ref.path))


def shift_value(type: ValType, by: int) -> ValType:
    """`shift` for value types."""
    if isinstance(type, Ref):
        return Ref(type.up + by, type.space, type.path)
    return rewrite_value(type, lambda ref: Ref(ref.up + by, ref.space, ref.path)) if by else type


def shift_component(type: ComponentType, by: int) -> ComponentType:
    """`shift` for component types."""
    if not by:
        return type
    return rewrite_component(type, lambda ref: Ref(ref.up + by, ref.space, ref.path))


def shift_extern(extern: Extern, by: int) -> Extern:
    """`shift` for what is imported or exported."""
    if not by:
        return extern
    return rewrite_extern(extern, lambda ref: Ref(ref.up + by, ref.space, ref.path))


def rewrite(type: DefType, leaf: Leaf, depth: int = 0) -> DefType:
    """Replace every free reference in a type.

    Args:
        type: The type; references to scopes inside it are kept.
        leaf: Maps references, both as seen from outside the type.
        depth: The number of entered scopes of the type.
    """
    match type:
        case FuncType():
            return rewrite_func(type, leaf, depth)
        case InstanceType():
            return rewrite_instance(type, leaf, depth)
        case ComponentType():
            return rewrite_component(type, leaf, depth)
        case _:
            return rewrite_value(type, leaf, depth)


def rewrite_func(type: FuncType, leaf: Leaf, depth: int = 0) -> FuncType:
    """`rewrite` for function types."""
    params = tuple([(name, rewrite_value(t, leaf, depth)) for name, t in type.params])
    return FuncType(params, _optional(type.result, leaf, depth), type.is_async)


def rewrite_instance(type: InstanceType, leaf: Leaf, depth: int = 0) -> InstanceType:
    """`rewrite` for instance types."""
    return InstanceType(_externs(type.exports, leaf, depth + 1), type.options)


def rewrite_component(type: ComponentType, leaf: Leaf, depth: int = 0) -> ComponentType:
    """`rewrite` for component types."""
    return ComponentType(
        _externs(type.imports, leaf, depth + 1),
        _externs(type.exports, leaf, depth + 1),
        type.import_options,
        type.export_options,
    )


def rewrite_value(type: ValType, leaf: Leaf, depth: int = 0) -> ValType:
    """`rewrite` for value types; a type in which nothing is replaced stays the same object."""
    match type:
        case Prim() | Flags() | Enum():
            return type
        case Ref(up, space, path):
            if up < depth:
                return type
            found = shift_value(leaf(Ref(up - depth, space, path)), depth)
            return type if found == type else found
        case List(part) | Option(part) | Own(part) | Borrow(part):
            # Most types that are made of types are these.
            new_part = rewrite_value(part, leaf, depth)
            return type if new_part is part else type.__class__(new_part)
        case _:
            old = parts(type)
            new = [_optional(part, leaf, depth) for part in old]
            return type if all(map(is_, old, new)) else of_parts(type, new)


def parts(type: ValType) -> Sequence[ValType | None]:
    """The types that a type is made of; None where a payload is missing."""
    match type:
        case Prim() | Ref() | Flags() | Enum():
            return ()
        case List(part) | Option(part) | Own(part) | Borrow(part):
            return (part,)
        case Record(fields):
            return [part for _, part in fields]
        case Variant(cases):
            return [part for _, part in cases]
        case Tuple(types):
            return types
        case Map(key, value):
            return key, value
        case Result(ok, err):
            return ok, err
        case FixedList(part) | Stream(part) | Future(part):
            return (part,)
        case _:
            assert_never(type)


def of_parts(type: ValType, parts: Sequence[Any]) -> ValType:
    """The type with other parts, as many as `parts` answers and optional where it has them so."""
    match type:
        case Prim() | Ref() | Flags() | Enum():
            return type
        case List() | Option() | Own() | Borrow():
            return type.__class__(*parts)
        case Record(fields):
            return Record(tuple([(name, p) for (name, _), p in zip(fields, parts, strict=True)]))
        case Variant(cases):
            return Variant(tuple([(name, p) for (name, _), p in zip(cases, parts, strict=True)]))
        case Tuple():
            return Tuple(tuple(parts))
        case Map():
            return Map(*parts)
        case Result():
            return Result(*parts)
        case FixedList(_, length):
            return FixedList(parts[0], length)
        case Stream() | Future():
            return type.__class__(*parts)
        case _:
            assert_never(type)


def rewrite_extern(extern: Extern, leaf: Leaf, depth: int = 0) -> Extern:
    """`rewrite` for what is imported or exported."""
    match extern:
        case ModuleType() | TypeSub():
            return extern
        case ValueType(type):
            return ValueType(rewrite_value(type, leaf, depth))
        case TypeEq(defined):
            return TypeEq(rewrite(defined, leaf, depth))
        case FuncType():
            return rewrite_func(extern, leaf, depth)
        case InstanceType():
            return rewrite_instance(extern, leaf, depth)
        case ComponentType():
            return rewrite_component(extern, leaf, depth)
        case _:
            assert_never(extern)


def _optional(type: ValType | None, leaf: Leaf, depth: int) -> ValType | None:
    return None if type is None else rewrite_value(type, leaf, depth)


def _externs(items: Mapping[str, Extern], leaf: Leaf, depth: int) -> dict[str, Extern]:
    return {name: rewrite_extern(extern, leaf, depth) for name, extern in items.items()}


def opened(extern: Extern, space: Space, path: tuple[str, ...]) -> Extern:
    """A member of an instance type, as seen beside the instance.

    Args:
        extern: The member as declared in the instance type.
        space: The origin of the instance in its scope.
        path: The instance's path in its scope.
    """
    return rewrite_extern(extern, _opening(space, path))


def opened_func(type: FuncType, space: Space, path: tuple[str, ...]) -> FuncType:
    """`opened` for functions."""
    return rewrite_func(type, _opening(space, path))


def _opening(space: Space, path: tuple[str, ...]) -> Leaf:
    def leaf(ref: Ref) -> ValType:
        if ref.up == 0:
            return Ref(0, space, path + ref.path)
        return Ref(ref.up - 1, ref.space, ref.path)

    return leaf


def weight(node: object) -> int:
    """The nodes of a type's tree, roughly: what a walk over it costs."""
    if node is None or isinstance(node, str | int | bytes):
        return 1
    if isinstance(node, tuple):
        return 1 + sum([weight(item) for item in node])
    if isinstance(node, Mapping):
        return 1 + sum([weight(item) for item in node.values()])
    return sum([weight(getattr(node, name)) for name in getattr(node, "__slots__", ())])
