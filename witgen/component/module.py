"""The world of a core module as in the reference: included into `root:root/root`.

Everything the included world owns is cloned (its types, inline interfaces and the anonymous types
of its functions), and ids of packages and worlds increase by one.
"""

from __future__ import annotations

from dataclasses import field

from witgen.resolve import model as m
from witgen.resolve.kinds import map_types
from witgen.value import replace, state

_ROOT = m.PackageName("root", "root")


def included(resolve: m.Resolve, world: m.WorldId) -> m.Resolve:
    """The `Resolve` with a new first package `root:root` whose world `root` includes `world`."""
    clone = _Clone(list(resolve.types), list(resolve.interfaces), world)
    source = resolve.worlds[world]
    imports = {key: clone.item(item) for key, item in source.imports.items()}
    exports = {key: clone.item(item) for key, item in source.exports.items()}
    root = m.World("root", imports, exports, m.PackageId(0))
    types = [
        (
            replace(typedef, owner=m.WorldOwner(m.WorldId(typedef.owner.id + 1)))
            if isinstance(typedef.owner, m.WorldOwner) and id < len(resolve.types)
            else typedef
        )
        for id, typedef in enumerate(clone.types)
    ]
    interfaces = [
        (
            replace(interface, package=m.PackageId(interface.package + 1))
            if id < len(resolve.interfaces)
            else interface
        )
        for id, interface in enumerate(clone.interfaces)
    ]
    worlds = [replace(w, package=m.PackageId(w.package + 1)) for w in resolve.worlds]
    packages = [
        replace(p, worlds={name: m.WorldId(id + 1) for name, id in p.worlds.items()})
        for p in resolve.packages
    ]
    return m.Resolve(
        worlds=(root, *worlds),
        interfaces=tuple(interfaces),
        types=tuple(types),
        packages=(m.Package(_ROOT, {}, {"root": m.WorldId(0)}), *packages),
        root=m.PackageId(0),
    )


@state
class _Clone:
    """Copies what a world owns; new ids are appended."""

    types: list[m.TypeDef]
    interfaces: list[m.Interface]
    world: m.WorldId
    mapped: dict[m.TypeId, m.TypeId] = field(default_factory=dict)

    def item(self, item: m.WorldItem) -> m.WorldItem:
        """A copy of a world's item."""
        match item:
            case m.TypeItem(id):
                return m.TypeItem(
                    self._id(id, m.WorldOwner(self.world), m.WorldOwner(m.WorldId(0)))
                )
            case m.FunctionItem(function):
                old = m.WorldOwner(self.world)
                return m.FunctionItem(self._function(function, old, m.WorldOwner(m.WorldId(0))))
            case m.InterfaceItem(id) if self.interfaces[id].name is None:
                return replace(item, id=self._interface(id))
            case _:
                return item

    def _interface(self, id: m.InterfaceId) -> m.InterfaceId:
        interface = self.interfaces[id]
        new = m.InterfaceId(len(self.interfaces))
        old_owner, owner = m.InterfaceOwner(id), m.InterfaceOwner(new)
        types = {name: self._id(type, old_owner, owner) for name, type in interface.types.items()}
        functions = {
            name: self._function(function, old_owner, owner)
            for name, function in interface.functions.items()
        }
        self.interfaces.append(
            replace(
                interface, types=types, functions=functions, package=m.PackageId(0), clone_of=id
            )
        )
        return new

    def _type(self, type: m.Type, old: m.TypeOwner, new: m.TypeOwner) -> m.Type:
        return type if isinstance(type, m.Prim) else self._id(type, old, new)

    def _id(self, id: m.TypeId, old: m.TypeOwner, new: m.TypeOwner) -> m.TypeId:
        typedef = self.types[id]
        if id in self.mapped:
            return self.mapped[id]
        if typedef.owner is not None and typedef.owner != old:
            return id
        kind: m.TypeDefKind
        match typedef.kind:
            case m.Own(resource):
                kind = m.Own(self._id(resource, old, new))
            case m.Borrow(resource):
                kind = m.Borrow(self._id(resource, old, new))
            case _:
                kind = map_types(typedef.kind, lambda type: self._type(type, old, new))
        owner = None if typedef.owner is None else new
        self.types.append(replace(typedef, kind=kind, owner=owner))
        self.mapped[id] = m.TypeId(len(self.types) - 1)
        return self.mapped[id]

    def _function(self, function: m.Function, old: m.TypeOwner, new: m.TypeOwner) -> m.Function:
        kind = function.kind
        if kind.resource is not None:
            kind = m.FunctionKind(kind.shape, self._id(kind.resource, old, new))
        params = tuple(m.Param(p.name, self._type(p.type, old, new)) for p in function.params)
        result = None if function.result is None else self._type(function.result, old, new)
        return replace(function, kind=kind, params=params, result=result)
