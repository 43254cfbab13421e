"""Component types → the arenas of a `Resolve`.

Types are appended in order of first use, parts before the type itself, anonymous ones once per
interface, as in the reference implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import assert_never

from witgen.component import types as t
from witgen.component.draft import Draft
from witgen.component.wit_names import function_shape, interface_name
from witgen.resolve import model as m
from witgen.value import state


class Unliftable(ValueError):
    """A component type that WIT cannot express; the caller names the file."""


@state
class _Frame:
    """What names refer to in one component type.

    Attributes:
        interfaces: (space, name) → interface.
        types: (space, name) → type of the world itself.
    """

    interfaces: dict[tuple[t.Space, str], m.InterfaceId] = field(default_factory=dict)
    types: dict[tuple[t.Space, str], m.TypeId] = field(default_factory=dict)


@state
class _Place:
    """The context in which types are lifted.

    Attributes:
        owner: The owner of named types.
        own: Named types of the owner.
        memo: Anonymous types already appended.
        known: Types that refer to an earlier definition.
        frame: Names of the enclosing component type.
        inside: Whether this is an interface, one scope further in than the frame.
    """

    owner: m.TypeOwner
    own: dict[str, m.TypeId]
    memo: dict[int, m.TypeId]
    frame: _Frame
    inside: bool


@state
class Lifter:
    """Fills a draft."""

    draft: Draft
    _memos: dict[tuple[str, int], dict[int, m.TypeId]] = field(default_factory=dict)

    # --- component types ---

    def world(
        self,
        world: m.WorldId,
        order: list[tuple[t.Space, str]],
        type: t.ComponentType,
    ) -> None:
        """Lift imports and exports into a world.

        Args:
            world: The world.
            order: Imports and exports, in the order of the binary.
            type: Their types.

        Raises:
            Unliftable: WIT cannot express one of them.
        """
        frame = _Frame()
        for space, name in order:
            imported = space is t.Space.IMPORT
            extern = (type.imports if imported else type.exports)[name]
            options = (type.import_options if imported else type.export_options).get(name)
            self._world_item(world, frame, space, name, extern, options)

    def interface(self, type: t.ComponentType, name: str) -> m.InterfaceId:
        """Lift the exported interface of an encoded interface, and what it imports.

        Raises:
            Unliftable: WIT cannot express it.
        """
        frame = _Frame()
        for key, extern in type.imports.items():
            self._instance(frame, t.Space.IMPORT, key, extern, type.import_options.get(key))
        options = type.export_options.get(name)
        return self._instance(frame, t.Space.EXPORT, name, type.exports[name], options)

    def _instance(
        self,
        frame: _Frame,
        space: t.Space,
        name: str,
        extern: t.Extern,
        options: t.NameOptions | None,
    ) -> m.InterfaceId:
        if not isinstance(extern, t.InstanceType):
            raise Unliftable(f"`{name}` is not an interface")
        full = _full_name(name, options)
        named = interface_name(full)
        if named is None:
            id = self.draft.inline()
        else:
            id = self.draft.interface(full, *named)
        frame.interfaces[space, name] = id
        self._members(id, extern, frame)
        return id

    def _world_item(
        self,
        world: m.WorldId,
        frame: _Frame,
        space: t.Space,
        name: str,
        extern: t.Extern,
        options: t.NameOptions | None,
    ) -> None:
        draft = self.draft.worlds[world]
        items = draft.imports if space is t.Space.IMPORT else draft.exports
        external = options.external_id if options else None
        match extern:
            case t.InstanceType():
                implements = options.implements if options else None
                if implements is not None and interface_name(name) is None:
                    full = _full_name(implements, options)
                    id = self._instance_named(frame, space, name, full, extern)
                else:
                    id = self._instance(frame, space, name, extern, options)
                key: m.WorldKey = id if interface_name(name) else name
                items[key] = m.InterfaceItem(id, external_id=external)
            case t.FuncType():
                place = self._world_place(world, frame)
                items[name] = m.FunctionItem(self._function(name, extern, place, external))
            case t.TypeEq() | t.TypeSub() if space is t.Space.IMPORT:
                place = self._world_place(world, frame)
                id_ = self._named(name, extern, place, external)
                frame.types[space, name] = id_
                items[name] = m.TypeItem(id_)
            case _:
                what = "import" if space is t.Space.IMPORT else "export"
                raise Unliftable(f"{what} `{name}` has no form in WIT")

    def _instance_named(
        self, frame: _Frame, space: t.Space, name: str, implements: str, extern: t.InstanceType
    ) -> m.InterfaceId:
        """An interface under a label: the interface that it implements."""
        named = interface_name(implements)
        if named is None:
            raise Unliftable(f"`{implements}` is not the name of an interface")
        id = self.draft.interface(implements, *named)
        frame.interfaces[space, name] = id
        self._members(id, extern, frame)
        return id

    def _world_place(self, world: m.WorldId, frame: _Frame) -> _Place:
        memo = self._memos.setdefault(("world", world), {})
        own = {name: id for (space, name), id in frame.types.items() if space is t.Space.IMPORT}
        return _Place(m.WorldOwner(world), own, memo, frame, False)

    def _members(self, id: m.InterfaceId, type: t.InstanceType, frame: _Frame) -> None:
        draft = self.draft.interfaces[id]
        memo = self._memos.setdefault(("interface", id), {})
        place = _Place(m.InterfaceOwner(id), draft.types, memo, frame, True)
        for name, extern in type.exports.items():
            options = type.options.get(name)
            external = options.external_id if options else None
            match extern:
                case t.TypeEq() | t.TypeSub():
                    if name not in draft.types:
                        draft.types[name] = self._named(name, extern, place, external)
                case t.FuncType():
                    if name not in draft.functions:
                        draft.functions[name] = self._function(name, extern, place, external)
                case _:
                    raise Unliftable(f"`{name}` in an interface has no form in WIT")

    # --- types ---

    def _named(
        self, name: str, extern: t.TypeEq | t.TypeSub, place: _Place, external: str | None
    ) -> m.TypeId:
        kind: m.TypeDefKind
        if isinstance(extern, t.TypeSub):
            kind = m.Resource()
        elif isinstance(extern.type, t.FuncType | t.InstanceType | t.ComponentType):
            raise Unliftable(f"type `{name}` is not a value type")
        elif isinstance(extern.type, t.Prim | t.Ref):
            kind = m.Alias(self._type(extern.type, place))
        else:
            kind = self._kind(extern.type, place)
        return self.draft.add_type(m.TypeDef(name, kind, place.owner, external_id=external))

    def _ref(self, ref: t.Ref, place: _Place) -> m.TypeId:
        if place.inside and ref.up == 0:
            found = place.own.get(ref.path[0]) if len(ref.path) == 1 else None
        elif ref.up != (1 if place.inside else 0):
            found = None
        elif len(ref.path) == 1:
            found = place.frame.types.get((ref.space, ref.path[0]))
        else:
            interface = place.frame.interfaces.get((ref.space, ref.path[0]))
            types: Mapping[str, m.TypeId] = {}
            if interface is not None and len(ref.path) == 2:
                types = self.draft.interfaces[interface].types
            found = types.get(ref.path[-1])
        if found is None:
            raise Unliftable(f"the type `{'.'.join(ref.path)}` is not known where it is used")
        return found

    def _optional(self, type: t.ValType | None, place: _Place) -> m.Type | None:
        return None if type is None else self._type(type, place)

    def _type(self, type: t.ValType, place: _Place) -> m.Type:
        if isinstance(type, t.Prim):
            return type
        if isinstance(type, t.Ref):
            return self._ref(type, place)
        found = place.memo.get(id(type))
        if found is None:
            kind = self._kind(type, place)
            if isinstance(kind, m.Record | m.Variant | m.Enum | m.Flags):
                raise Unliftable("a record, variant, enum or flags type has no name")
            found = place.memo[id(type)] = self.draft.add_type(m.TypeDef(None, kind))
        return found

    def _kind(self, type: t.ValType, place: _Place) -> m.TypeDefKind:
        match type:
            case t.Record(fields):
                return m.Record(tuple(m.Field(n, self._type(x, place)) for n, x in fields))
            case t.Variant(cases):
                return m.Variant(tuple(m.Case(n, self._optional(x, place)) for n, x in cases))
            case t.Enum(names):
                return m.Enum(tuple(m.Label(n) for n in names))
            case t.Flags(names):
                return m.Flags(tuple(m.Label(n) for n in names))
            case t.Tuple(types):
                return m.Tuple(tuple(self._type(x, place) for x in types))
            case t.List(element):
                return m.List(self._type(element, place))
            case t.FixedList(element, length):
                return m.FixedLengthList(self._type(element, place), length)
            case t.Map(key, value):
                return m.Map(self._type(key, place), self._type(value, place))
            case t.Option(element):
                return m.Option(self._type(element, place))
            case t.Result(ok, err):
                return m.Result(self._optional(ok, place), self._optional(err, place))
            case t.Own(resource):
                return m.Own(self._resource(resource, place))
            case t.Borrow(resource):
                return m.Borrow(self._resource(resource, place))
            case t.Stream(payload):
                return m.Stream(self._optional(payload, place))
            case t.Future(payload):
                return m.Future(self._optional(payload, place))
            case t.Prim() | t.Ref():
                return m.Alias(self._type(type, place))
            case _:
                assert_never(type)

    def _resource(self, type: t.ValType, place: _Place) -> m.TypeId:
        if not isinstance(type, t.Ref):
            raise Unliftable("a handle needs a resource")
        return self._ref(type, place)

    def _function(
        self, name: str, type: t.FuncType, place: _Place, external: str | None
    ) -> m.Function:
        described = function_shape(name, type)
        if described is None:
            raise Unliftable(f"`{name}` is not the name of a function in WIT")
        shape, resource = described
        owner = place.own.get(resource) if resource is not None else None
        if resource is not None and owner is None:
            raise Unliftable(f"the resource of `{name}` is not known")
        params = tuple(m.Param(n, self._type(x, place)) for n, x in type.params)
        result = self._optional(type.result, place)
        kind = m.FunctionKind(shape, owner)
        return m.Function(name, kind, params, result, external_id=external)


def _full_name(name: str, options: t.NameOptions | None) -> str:
    """The name of an interface with its whole version: `a:b/c@1` and the suffix `.2.3`."""
    return name + ((options.version_suffix if options else None) or "")
