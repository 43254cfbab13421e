"""Read type definitions, aliases, imports and exports into a `Scope`.

Source: component-model `design/mvp/Binary.md`, "Type Definitions" and "Import and Export
Definitions", with the name options of wasm-tools 1.262.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from witgen.component import types as t
from witgen.component.aliases import read_alias
from witgen.component.coretypes import CoreType, read_core_types
from witgen.component.cursor import Cursor
from witgen.component.entities import Declared, declare, read_name
from witgen.component.scope import Defined, Scope, at, check_size
from witgen.value import state

PRIMITIVES: Mapping[int, t.Prim] = MappingProxyType(
    {
        0x7F: t.Prim.BOOL,
        0x7E: t.Prim.S8,
        0x7D: t.Prim.U8,
        0x7C: t.Prim.S16,
        0x7B: t.Prim.U16,
        0x7A: t.Prim.S32,
        0x79: t.Prim.U32,
        0x78: t.Prim.S64,
        0x77: t.Prim.U64,
        0x76: t.Prim.F32,
        0x75: t.Prim.F64,
        0x74: t.Prim.CHAR,
        0x73: t.Prim.STRING,
        0x64: t.Prim.ERROR_CONTEXT,
    }
)


@state
class _Tally:
    """Nodes and depth of the type being read."""

    size: int = 1
    depth: int = 1


@state
class ValueTypes:
    """Reads value type definitions at a cursor."""

    cursor: Cursor
    scope: Scope
    tally: _Tally

    def value(self) -> t.ValType:
        """A value type: a primitive or the index of a definition."""
        start = self.cursor.position
        code = self.cursor.s33()
        self.tally.size += 1
        if code >= 0:
            return self._indexed(code)
        primitive = PRIMITIVES.get(code & 0x7F) if code >= -64 else None
        if primitive is None:
            self.cursor.position = start
            raise self.cursor.fail("invalid value type")
        return primitive

    def _indexed(self, index: int) -> t.ValType:
        defined = at(self.scope.types, index, "type", self.cursor)
        if isinstance(defined.type, t.FuncType | t.InstanceType | t.ComponentType):
            raise self.cursor.fail(f"type index {index} is not a defined value type")
        self.tally.size += defined.size
        self.tally.depth = max(self.tally.depth, defined.depth + 1)
        check_size(self.tally.size, self.tally.depth, self.cursor)
        return defined.type

    def optional(self) -> t.ValType | None:
        """A value type or nothing."""
        match self.cursor.byte():
            case 0x00:
                return None
            case 0x01:
                return self.value()
            case other:
                raise self.cursor.fail(f"invalid marker 0x{other:02x} of an optional type")

    def named(self) -> tuple[str, t.ValType]:
        """A name and a type."""
        return self.label(), self.value()

    def case(self) -> tuple[str, t.ValType | None]:
        """A case of a variant."""
        case = self.label(), self.optional()
        self.cursor.expect(0x00, "end of a variant case")
        return case

    def label(self) -> str:
        """The name of a field, a case, a flag or a parameter."""
        name = self.cursor.name()
        self.scope.budget.labels.add(name)
        return name

    def bare(self) -> str:
        """A case of an enum, a flag."""
        self.tally.size += 1
        return self.label()

    def resource(self) -> t.Ref:
        """The index of a resource."""
        index = self.cursor.u32()
        type = at(self.scope.types, index, "type", self.cursor).type
        if not isinstance(type, t.Ref):
            raise self.cursor.fail(f"type index {index} is not a resource")
        return type

    def defined(self, code: int) -> t.ValType:
        """The definition that starts with the byte `code`."""
        cursor = self.cursor
        match code:
            case 0x72:
                return t.Record(cursor.vector(self.named, "field"))
            case 0x71:
                return t.Variant(cursor.vector(self.case, "case"))
            case 0x70:
                return t.List(self.value())
            case 0x67:
                return t.FixedList(self.value(), cursor.u32())
            case 0x6F:
                return t.Tuple(cursor.vector(self.value, "type"))
            case 0x6E:
                return t.Flags(cursor.vector(self.bare, "flag"))
            case 0x6D:
                return t.Enum(cursor.vector(self.bare, "case"))
            case 0x6B:
                return t.Option(self.value())
            case 0x6A:
                return t.Result(self.optional(), self.optional())
            case 0x69:
                return t.Own(self.resource())
            case 0x68:
                return t.Borrow(self.resource())
            case 0x66:
                return t.Stream(self.optional())
            case 0x65:
                return t.Future(self.optional())
            case 0x63:
                return t.Map(self.value(), self.value())
            case _ if code in PRIMITIVES:
                return PRIMITIVES[code]
            case _:
                cursor.position -= 1
                raise cursor.fail(f"invalid type 0x{code:02x}")

    def function(self, is_async: bool) -> t.FuncType:
        """Parameters and result of a function type."""
        params = self.cursor.vector(self.named, "parameter")
        match self.cursor.byte():
            case 0x00:
                return t.FuncType(params, self.value(), is_async)
            case 0x01:
                self.cursor.expect(0x00, "result list")
                return t.FuncType(params, None, is_async)
            case other:
                raise self.cursor.fail(f"invalid result list 0x{other:02x}")


def read_value_type(cursor: Cursor, scope: Scope) -> Defined:
    """A value type used inline."""
    reader = ValueTypes(cursor, scope, _Tally())
    type = reader.value()
    return Defined(type, reader.tally.size, reader.tally.depth)


def read_type(cursor: Cursor, scope: Scope) -> Defined:
    """A type definition; resources are handled by the component's body.

    Raises:
        Malformed: It is not one.
    """
    reader = ValueTypes(cursor, scope, _Tally())
    code = cursor.byte()
    type: t.DefType
    match code:
        case 0x40 | 0x43:
            type = reader.function(code == 0x43)
        case 0x41 | 0x42:
            return _read_scope(cursor, scope, code == 0x41)
        case _:
            type = reader.defined(code)
    tally = reader.tally
    check_size(tally.size, tally.depth, cursor)
    scope.budget.charge(tally.size, cursor)
    return Defined(type, tally.size, tally.depth)


def _read_scope(cursor: Cursor, parent: Scope, is_component: bool) -> Defined:
    scope = Scope(parent, parent.budget, is_component, level=parent.level + 1)
    check_size(1, scope.level, cursor)
    for _ in range(cursor.count("declaration")):
        _declaration(cursor, scope)
    type: t.DefType
    if is_component:
        type = scope.component_type()
    else:
        type = t.InstanceType(scope.exports, scope.export_options)
    return Defined(type, scope.size, scope.depth)


def _declaration(cursor: Cursor, scope: Scope) -> None:
    match cursor.byte():
        case 0x00:
            read_core_type(cursor, scope)
        case 0x01:
            scope.types.append(read_type(cursor, scope))
        case 0x02:
            read_alias(cursor, scope)
        case 0x03 if scope.is_component:
            read_import(cursor, scope)
        case 0x04:
            name, options = read_name(cursor)
            declare(cursor, scope, t.Space.EXPORT, name, options, read_extern(cursor, scope))
        case other:
            raise cursor.fail(f"invalid declaration 0x{other:02x}")


def read_core_type(cursor: Cursor, scope: Scope) -> None:
    """Read a core type definition into the scope."""

    def outer(count: int, index: int) -> CoreType:
        return at(scope.outer(count, cursor).core_types, index, "core type", cursor)

    scope.core_types += read_core_types(cursor, outer)


# --- names, imports, exports --------------------------------------------------------------------


def read_extern(cursor: Cursor, scope: Scope) -> Declared:
    """The description of an import or export.

    Raises:
        Malformed: An index or form does not exist.
    """
    match cursor.byte():
        case 0x00:
            scope.budget.components = True
            cursor.expect(0x11, "core sort")
            index = cursor.u32()
            type = at(scope.core_types, index, "core type", cursor)
            if not type.is_module:
                raise cursor.fail(f"core type index {index} is not a module type")
            return Declared(t.ModuleType(type.raw))
        case 0x02:
            # The explainer has a bound here, an index or a type; the tools only have a type.
            value = read_value_type(cursor, scope)
            return _declared_value(value, cursor)
        case 0x03:
            match cursor.byte():
                case 0x00:
                    defined = at(scope.types, cursor.u32(), "type", cursor)
                    return Declared(t.TypeEq(defined.type), defined.size + 1, defined.depth)
                case 0x01:
                    return Declared(t.TypeSub())
                case other:
                    raise cursor.fail(f"invalid type bound 0x{other:02x}")
        case 0x01 | 0x04 | 0x05 as kind:
            return _indexed_extern(cursor, scope, kind)
        case other:
            raise cursor.fail(f"invalid kind of import or export 0x{other:02x}")


def _declared_value(value: Defined, cursor: Cursor) -> Declared:
    if isinstance(value.type, t.FuncType | t.InstanceType | t.ComponentType):
        raise cursor.fail("a value needs a value type")
    return Declared(t.ValueType(value.type), value.size, value.depth)


def _indexed_extern(cursor: Cursor, scope: Scope, kind: int) -> Declared:
    index = cursor.u32()
    defined = at(scope.types, index, "type", cursor)
    scope.budget.components |= kind == 0x04
    match kind, defined.type:
        case (0x01, t.FuncType() as type):
            return Declared(type, defined.size, defined.depth)
        case (0x04, t.ComponentType() as component):
            return Declared(component, defined.size, defined.depth)
        case (0x05, t.InstanceType() as instance):
            return Declared(instance, defined.size, defined.depth)
        case _:
            what = {0x01: "a function", 0x04: "a component", 0x05: "an instance"}[kind]
            raise cursor.fail(f"type index {index} is not {what} type")


def read_import(cursor: Cursor, scope: Scope) -> None:
    """An import of a component or component type."""
    name, options = read_name(cursor)
    declare(cursor, scope, t.Space.IMPORT, name, options, read_extern(cursor, scope))
