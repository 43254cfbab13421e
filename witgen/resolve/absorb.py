"""Add packages read elsewhere (from a component) to the arenas."""

from __future__ import annotations

from dataclasses import field

from witgen.resolve import model as m
from witgen.resolve.arena import Arena
from witgen.resolve.kinds import map_types
from witgen.value import replace, state


def absorb(arena: Arena, resolve: m.Resolve) -> None:
    """Append a `Resolve`; interfaces and worlds already known by name are not added again."""
    _Absorb(arena, resolve).run()


@state
class _Absorb:
    arena: Arena
    source: m.Resolve
    packages: list[m.PackageId] = field(default_factory=list)
    interfaces: dict[int, m.InterfaceId] = field(default_factory=dict)
    worlds: dict[int, m.WorldId] = field(default_factory=dict)
    types: dict[int, m.TypeId] = field(default_factory=dict)

    def run(self) -> None:
        arena, source = self.arena, self.source
        for package in source.packages:
            id = arena.names.get(package.name)
            if id is None:
                id = arena.names[package.name] = m.PackageId(len(arena.packages))
                arena.packages.append(m.Package(package.name, {}, {}, package.docs))
            self.packages.append(id)
        fresh_interfaces = self._find_interfaces()
        fresh_worlds = self._find_worlds()
        for index, type in enumerate(source.types):
            known = self._known(type)
            self.types[index] = known if known is not None else self._add(type)
        for index in fresh_interfaces:
            old = source.interfaces[index]
            arena.interfaces[self.interfaces[index]] = replace(
                old,
                types={name: self.types[id] for name, id in old.types.items()},
                functions={name: self._function(f) for name, f in old.functions.items()},
                package=self.packages[old.package],
            )
        for index in fresh_worlds:
            world = source.worlds[index]
            arena.worlds[self.worlds[index]] = replace(
                world,
                imports={self._key(k): self._item(i) for k, i in world.imports.items()},
                exports={self._key(k): self._item(i) for k, i in world.exports.items()},
                package=self.packages[world.package],
            )

    def _find_interfaces(self) -> list[int]:
        fresh = []
        for index, interface in enumerate(self.source.interfaces):
            package = self.packages[interface.package]
            named = self.arena.packages[package].interfaces
            if interface.name is not None and interface.name in named:
                self.interfaces[index] = named[interface.name]
                continue
            fresh.append(index)
            id = self.interfaces[index] = m.InterfaceId(len(self.arena.interfaces))
            self.arena.interfaces.append(interface)
            if interface.name is not None:
                self._enter(package, interfaces={**named, interface.name: id})
        return fresh

    def _find_worlds(self) -> list[int]:
        fresh = []
        for index, world in enumerate(self.source.worlds):
            package = self.packages[world.package]
            named = self.arena.packages[package].worlds
            if world.name in named:
                self.worlds[index] = named[world.name]
                continue
            fresh.append(index)
            id = self.worlds[index] = m.WorldId(len(self.arena.worlds))
            self.arena.worlds.append(world)
            self._enter(package, worlds={**named, world.name: id})
        return fresh

    def _enter(
        self,
        id: m.PackageId,
        interfaces: dict[str, m.InterfaceId] | None = None,
        worlds: dict[str, m.WorldId] | None = None,
    ) -> None:
        package = self.arena.packages[id]
        self.arena.packages[id] = replace(
            package,
            interfaces=package.interfaces if interfaces is None else interfaces,
            worlds=package.worlds if worlds is None else worlds,
        )

    def _known(self, type: m.TypeDef) -> m.TypeId | None:
        """The type of an interface that already existed."""
        if not isinstance(type.owner, m.InterfaceOwner) or type.name is None:
            return None
        interface = self.arena.interfaces[self.interfaces[type.owner.id]]
        if interface is self.source.interfaces[type.owner.id]:
            # A fresh one, whose ids are still those of the source.
            return None
        return interface.types.get(type.name)

    def _add(self, type: m.TypeDef) -> m.TypeId:
        owner: m.TypeOwner = None
        match type.owner:
            case m.InterfaceOwner(id):
                owner = m.InterfaceOwner(self.interfaces[id])
            case m.WorldOwner(id):
                owner = m.WorldOwner(self.worlds[id])
            case None:
                pass
        kind = type.kind
        match kind:
            case m.Own(resource):
                kind = m.Own(self.types[resource])
            case m.Borrow(resource):
                kind = m.Borrow(self.types[resource])
            case _:
                kind = map_types(kind, self._type)
        return self.arena.add_type(replace(type, kind=kind, owner=owner))

    def _type(self, type: m.Type) -> m.Type:
        return type if isinstance(type, m.Prim) else self.types[type]

    def _function(self, function: m.Function) -> m.Function:
        kind = function.kind
        if kind.resource is not None:
            kind = m.FunctionKind(kind.shape, self.types[kind.resource])
        return replace(
            function,
            kind=kind,
            params=tuple(m.Param(p.name, self._type(p.type)) for p in function.params),
            result=None if function.result is None else self._type(function.result),
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
