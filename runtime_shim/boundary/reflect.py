"""wasmtime's component types as `runtime_shim.values.types`, and what a component imports and exports.

Resources are identified by type, never by name: within one component an alias of a resource equals
its owner, and two resources of one name in two interfaces differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wasmtime import Engine
from wasmtime import component as c

from runtime_shim.errors import UnsupportedType
from runtime_shim.values import types as t

PRIMITIVES: dict[type[c.ValType], t.Prim] = {
    c.Bool: t.Prim.BOOL,
    c.U8: t.Prim.U8,
    c.U16: t.Prim.U16,
    c.U32: t.Prim.U32,
    c.U64: t.Prim.U64,
    c.S8: t.Prim.S8,
    c.S16: t.Prim.S16,
    c.S32: t.Prim.S32,
    c.S64: t.Prim.S64,
    c.F32: t.Prim.F32,
    c.F64: t.Prim.F64,
    c.Char: t.Prim.CHAR,
    c.String: t.Prim.STRING,
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in a component's type: where it is defined, and its type there."""

    interface: str
    name: str
    type: c.ResourceType
    imported: bool


@dataclass(frozen=True, slots=True)
class Resources:
    """All resources of a component, each once, by its first (its owner's) occurrence.

    Attributes:
        known: The resources.
        packed: Whether a `tuple<string>` of the component stands for bytes.
    """

    known: tuple[Resource, ...]
    packed: bool = False

    def find(self, ty: c.ResourceType) -> Resource | None:
        """The resource with this type, through whichever alias."""
        return next((resource for resource in self.known if resource.type == ty), None)

    def named(self, ty: c.ResourceType) -> tuple[str, bool]:
        """The WIT name of this type, for messages, and whether the component imports it."""
        found = self.find(ty)
        return (found.name, found.imported) if found else ("resource", False)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an interface (or of the world, when `interface` is empty).

    Attributes:
        raw: wasmtime's type, for the converters. None when `problem` is set.
        problem: Why the function cannot be called, if one of its types cannot be sent.
        packed: Whether a `tuple<string>` in `raw` stands for bytes.
    """

    interface: str
    name: str
    type: t.FunctionType | None
    raw: c.FuncType | None
    problem: str | None = None
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Interface:
    """An imported or exported instance.

    Attributes:
        name: Its name; empty for the world.
        functions: Its functions by name.
        resources: Its resources by name, those of others that it lists included.
        owned: Those that it defines itself.
        types: All its types by name, resources among them.
    """

    name: str
    functions: dict[str, Function]
    resources: dict[str, c.ResourceType]
    owned: dict[str, c.ResourceType]
    types: dict[str, c.ResourceType | c.ValType]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a component imports and exports.

    World-level functions are in the interface with the empty name. `other_imports` are those that
    are neither functions, instances nor types (modules, components).
    """

    imports: dict[str, Interface]
    exports: dict[str, Interface]
    imported: Resources
    exported: Resources
    other_imports: tuple[str, ...]

    @property
    def resources(self) -> Resources:
        """Imported and exported resources, the imported first: an export may re-export one."""
        return Resources(self.imported.known + self.exported.known)


def shape(component: c.Component, engine: Engine, *, packed: bool = False) -> Shape:
    """Reflect on `component`, in which a `tuple<string>` may stand for bytes (`packed`)."""
    ty = component.type
    raw_imports = {name: item.ty for name, item in ty.imports(engine).items()}
    raw_exports = {name: item.ty for name, item in ty.exports(engine).items()}
    imported = _resources(raw_imports, engine, (), imported=True)
    exported = _resources(raw_exports, engine, imported, imported=False)
    everything = Resources(imported + exported, packed)
    known = (c.ComponentInstanceType, c.FuncType, c.ValType, c.ResourceType)
    return Shape(
        imports=_interfaces(raw_imports, engine, everything),
        exports=_interfaces(raw_exports, engine, everything),
        imported=Resources(imported),
        exported=Resources(exported),
        other_imports=tuple(n for n, item in raw_imports.items() if not isinstance(item, known)),
    )


def _resources(
    items: dict[str, Any], engine: Engine, before: tuple[Resource, ...], *, imported: bool
) -> tuple[Resource, ...]:
    """The resources that `items` define, without aliases of earlier ones."""
    found: list[Resource] = []
    seen = [resource.type for resource in before]
    for name, item in items.items():
        inner = (
            _members(item, engine) if isinstance(item, c.ComponentInstanceType) else {name: item}
        )
        interface = name if isinstance(item, c.ComponentInstanceType) else ""
        for inner_name, inner_item in inner.items():
            if isinstance(inner_item, c.ResourceType) and inner_item not in seen:
                seen.append(inner_item)
                found.append(Resource(interface, inner_name, inner_item, imported))
    return tuple(found)


def _members(instance: c.ComponentInstanceType, engine: Engine) -> dict[str, Any]:
    return {name: item.ty for name, item in instance.exports(engine).items()}


def _interfaces(
    items: dict[str, Any], engine: Engine, resources: Resources
) -> dict[str, Interface]:
    result: dict[str, Interface] = {}
    world = {name: i for name, i in items.items() if isinstance(i, (c.FuncType, c.ResourceType))}
    if world:
        result[""] = _interface("", world, resources)
    for name, item in items.items():
        if isinstance(item, c.ComponentInstanceType):
            result[name] = _interface(name, _members(item, engine), resources)
    return result


def _interface(name: str, members: dict[str, Any], resources: Resources) -> Interface:
    functions = {
        member: _function(name, member, item, resources)
        for member, item in members.items()
        if isinstance(item, c.FuncType)
    }
    listed = {member: item for member, item in members.items() if isinstance(item, c.ResourceType)}
    owned = {r.name: r.type for r in resources.known if r.interface == name and r.name in listed}
    types = {n: item for n, item in members.items() if isinstance(item, c.ResourceType | c.ValType)}
    return Interface(name, functions, listed, owned, types)


def _function(interface: str, name: str, raw: c.FuncType, resources: Resources) -> Function:
    try:
        ty = function_type(raw, resources)
    except UnsupportedType as error:
        return Function(interface, name, None, None, str(error))
    except TypeError as error:  # wasmtime-py does not know the kind (map, fixed-length list)
        problem = f"a type that wasmtime-py does not convert ({error})"
        return Function(interface, name, None, None, problem)
    return Function(interface, name, ty, raw, packed=resources.packed)


def function_type(raw: c.FuncType, resources: Resources) -> t.FunctionType:
    """The type of a function.

    Raises:
        UnsupportedType: One of its types cannot be sent.
    """
    params, result = raw.params, raw.result
    return t.FunctionType(
        tuple((name, value_type(ty, resources)) for name, ty in params),
        None if result is None else value_type(result, resources),
    )


def value_type(ty: c.ValType, resources: Resources) -> t.Type:
    """The type of a value.

    Raises:
        UnsupportedType: The type, or a part of it, cannot be sent.
    """
    primitive = PRIMITIVES.get(type(ty))
    if primitive is not None:
        return primitive

    def inner(part: c.ValType) -> t.Type:
        return value_type(part, resources)

    def payload(part: c.ValType | None) -> t.Type | None:
        return None if part is None else value_type(part, resources)

    match ty:
        case c.ListType():
            return t.List(inner(ty.element))
        case c.OptionType():
            return t.Option(inner(ty.payload))
        case c.ResultType():
            return t.Result(payload(ty.ok), payload(ty.err))
        case c.TupleType():
            if resources.packed:
                from runtime_shim.boundary.packed import stands_for

                if (meant := stands_for(ty)) is not None:
                    return meant
            return t.Tuple(tuple(inner(part) for part in ty.elements))
        case c.RecordType():
            return t.Record(tuple((name, inner(part)) for name, part in ty.fields))
        case c.VariantType():
            return t.Variant(tuple((name, payload(part)) for name, part in ty.cases))
        case c.EnumType():
            return t.Enum(tuple(ty.names))
        case c.FlagsType():
            return t.Flags(tuple(ty.names))
        case c.OwnType():
            return t.Own(*resources.named(ty.ty))
        case c.BorrowType():
            return t.Borrow(*resources.named(ty.ty))
        case _:
            kind = type(ty).__name__.removesuffix("Type").lower()
            raise UnsupportedType(f"a {kind} cannot pass between guest and host")
