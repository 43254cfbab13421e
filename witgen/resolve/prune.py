"""Reduce a `Resolve` to one world and what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import assert_never

from witgen.resolve import model as m
from witgen.resolve.kinds import map_types, types_in
from witgen.value import replace, state


def only_world(resolve: m.Resolve, world: m.WorldId) -> m.Resolve:
    """Keep a world with its package and the interfaces and types that it needs.

    Interfaces are kept whole. Everything keeps its order but gets new ids; the root is the world's
    package.

    Args:
        resolve: The `Resolve` that contains the world.
        world: The world, the only one of the new `Resolve`.
    """
    needed = _Needed(resolve)
    needed.find(world)
    return _Kept(resolve, needed, world).resolve()


@state
class _Needed:
    """Collects what a world needs, with a work list, as chains of types may be long."""

    source: m.Resolve
    interfaces: set[m.InterfaceId] = field(default_factory=set)
    types: set[m.TypeId] = field(default_factory=set)
    waiting: list[m.TypeId] = field(default_factory=list)

    def find(self, world: m.WorldId) -> None:
        """Collect everything that the world leads to."""
        body = self.source.worlds[world]
        for item in (*body.imports.values(), *body.exports.values()):
            match item:
                case m.InterfaceItem(id):
                    self._interface(id)
                case m.FunctionItem(function):
                    self._function(function)
                case m.TypeItem(id):
                    self.waiting.append(id)
                case _:
                    assert_never(item)
        while self.waiting:
            self._type(self.waiting.pop())

    def _interface(self, id: m.InterfaceId) -> None:
        if id in self.interfaces:
            return
        self.interfaces.add(id)
        interface = self.source.interfaces[id]
        self.waiting += interface.types.values()
        for function in interface.functions.values():
            self._function(function)

    def _function(self, function: m.Function) -> None:
        self._wait(parameter.type for parameter in function.params)
        if function.result is not None:
            self._wait((function.result,))
        if function.kind.resource is not None:
            self.waiting.append(function.kind.resource)

    def _wait(self, types: Iterable[m.Type]) -> None:
        self.waiting += (type for type in types if not isinstance(type, m.Prim))

    def _type(self, id: m.TypeId) -> None:
        if id in self.types:
            return
        self.types.add(id)
        type = self.source.types[id]
        if isinstance(type.kind, m.Own | m.Borrow):
            self.waiting.append(type.kind.resource)
        self._wait(types_in(type.kind))
        if isinstance(type.owner, m.InterfaceOwner):
            self._interface(type.owner.id)


class _Kept:
    """The kept parts of a `Resolve`, with their new ids."""

    def __init__(self, source: m.Resolve, needed: _Needed, world: m.WorldId) -> None:
        self.source = source
        self.world = world
        home = source.worlds[world].package
        packages = {home, *(source.interfaces[id].package for id in needed.interfaces)}
        self.packages = {old: m.PackageId(new) for new, old in enumerate(sorted(packages))}
        self.interfaces = {
            old: m.InterfaceId(new) for new, old in enumerate(sorted(needed.interfaces))
        }
        self.types = {old: m.TypeId(new) for new, old in enumerate(sorted(needed.types))}

    def resolve(self) -> m.Resolve:
        source = self.source
        world = source.worlds[self.world]
        return m.Resolve(
            (self._world(world),),
            tuple(self._interface(source.interfaces[id]) for id in self.interfaces),
            tuple(self._typedef(source.types[id]) for id in self.types),
            tuple(self._package(source.packages[id]) for id in self.packages),
            self.packages[world.package],
        )

    def _package(self, package: m.Package) -> m.Package:
        interfaces = {
            name: self.interfaces[id]
            for name, id in package.interfaces.items()
            if id in self.interfaces
        }
        worlds = {name: m.WorldId(0) for name, id in package.worlds.items() if id == self.world}
        return replace(package, interfaces=interfaces, worlds=worlds)

    def _world(self, world: m.World) -> m.World:
        return replace(
            world,
            imports={self._key(key): self._item(item) for key, item in world.imports.items()},
            exports={self._key(key): self._item(item) for key, item in world.exports.items()},
            package=self.packages[world.package],
        )

    def _key(self, key: m.WorldKey) -> m.WorldKey:
        return key if isinstance(key, str) else self.interfaces[key]

    def _item(self, item: m.WorldItem) -> m.WorldItem:
        match item:
            case m.InterfaceItem(id):
                return replace(item, id=self.interfaces[id])
            case m.FunctionItem(function):
                return m.FunctionItem(self._function(function))
            case m.TypeItem(id):
                return m.TypeItem(self.types[id])
            case _:
                assert_never(item)

    def _interface(self, interface: m.Interface) -> m.Interface:
        origin = interface.clone_of
        return replace(
            interface,
            types={name: self.types[id] for name, id in interface.types.items()},
            functions={name: self._function(f) for name, f in interface.functions.items()},
            package=self.packages[interface.package],
            clone_of=None if origin is None else self.interfaces.get(origin),
        )

    def _function(self, function: m.Function) -> m.Function:
        kind = function.kind
        if kind.resource is not None:
            kind = replace(kind, resource=self.types[kind.resource])
        return replace(
            function,
            kind=kind,
            params=tuple(replace(p, type=self._type(p.type)) for p in function.params),
            result=None if function.result is None else self._type(function.result),
        )

    def _type(self, type: m.Type) -> m.Type:
        return type if isinstance(type, m.Prim) else self.types[type]

    def _typedef(self, type: m.TypeDef) -> m.TypeDef:
        kind = type.kind
        if isinstance(kind, m.Own | m.Borrow):
            kind = replace(kind, resource=self.types[kind.resource])
        owner: m.TypeOwner = None
        match type.owner:
            case m.InterfaceOwner(id):
                owner = m.InterfaceOwner(self.interfaces[id])
            case m.WorldOwner():
                owner = m.WorldOwner(m.WorldId(0))
            case None:
                pass
            case _:
                assert_never(type.owner)
        return replace(type, kind=map_types(kind, self._type), owner=owner)
