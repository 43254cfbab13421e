"""Build a `Resolve` piece by piece, from new and copied interfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from witgen.client.documentation import safe, safe_function, safe_type
from witgen.client.names import Scope
from witgen.resolve import model as m
from witgen.resolve.kinds import map_types
from witgen.value import replace, state


@state
class _Open:
    """An interface under construction."""

    name: str
    package: m.PackageId
    docs: str | None
    stability: m.Stability
    types: dict[str, m.TypeId] = field(default_factory=dict)
    functions: dict[str, m.Function] = field(default_factory=dict)


@state
class Assembly:
    """The growing arenas of a `Resolve`; anonymous types are shared."""

    types: list[m.TypeDef] = field(default_factory=list)
    worlds: list[m.World] = field(default_factory=list)
    _interfaces: list[_Open] = field(default_factory=list)
    _packages: dict[m.PackageName, m.PackageId] = field(default_factory=dict)
    _ids: dict[tuple[m.PackageId, str], m.InterfaceId] = field(default_factory=dict)
    _anonymous: dict[m.TypeDefKind, m.TypeId] = field(default_factory=dict)

    def package(self, name: m.PackageName) -> m.PackageId:
        """The package of that name, created if needed."""
        return self._packages.setdefault(name, m.PackageId(len(self._packages)))

    def interface(
        self,
        package: m.PackageId,
        name: str,
        docs: str | None = None,
        stability: m.Stability = None,
    ) -> m.InterfaceId:
        """The interface of that name, created if needed."""
        key = (package, name)
        if key not in self._ids:
            self._ids[key] = m.InterfaceId(len(self._interfaces))
            self._interfaces.append(_Open(name, package, docs, stability))
        return self._ids[key]

    def named(self, owner: m.InterfaceId, name: str) -> m.TypeId | None:
        """The type of that name in an interface."""
        return self._interfaces[owner].types.get(name)

    def is_empty(self, interface: m.InterfaceId) -> bool:
        """Whether an interface has neither types nor functions yet."""
        open_ = self._interfaces[interface]
        return not open_.types and not open_.functions

    def define(
        self,
        owner: m.InterfaceId,
        name: str,
        kind: m.TypeDefKind,
        docs: str | None = None,
        stability: m.Stability = None,
    ) -> m.TypeId:
        """Declare a type in an interface."""
        ref = m.TypeId(len(self.types))
        self.types.append(m.TypeDef(name, kind, m.InterfaceOwner(owner), docs, stability))
        self._interfaces[owner].types[name] = ref
        return ref

    def use(
        self,
        owner: m.InterfaceId,
        target: m.TypeId,
        name: str | None = None,
        stability: m.Stability = None,
    ) -> m.TypeId:
        """Alias the type `target` of another interface in this one."""
        local = name or self.types[target].name or ""
        known = self.named(owner, local)
        if known is not None:
            return known
        return self.define(owner, local, m.Alias(target), stability=stability)

    def anonymous(self, kind: m.TypeDefKind) -> m.TypeId:
        """Add an anonymous type."""
        if kind not in self._anonymous:
            self._anonymous[kind] = m.TypeId(len(self.types))
            self.types.append(m.TypeDef(None, kind))
        return self._anonymous[kind]

    def function(self, owner: m.InterfaceId, function: m.Function) -> None:
        """Add a function to an interface."""
        self._interfaces[owner].functions[function.name] = function

    def has_function(self, owner: m.InterfaceId, name: str) -> bool:
        """Whether an interface has a function of that full name."""
        return name in self._interfaces[owner].functions

    def world(self, world: m.World) -> m.WorldId:
        """Add a world; its imports are completed by `finish`."""
        self.worlds.append(world)
        return m.WorldId(len(self.worlds) - 1)

    def finish(self, root: m.PackageId) -> m.Resolve:
        """The `Resolve`; worlds import everything that their interfaces use."""
        interfaces = tuple(
            m.Interface(
                open_.name,
                open_.types,
                {name: safe_function(f) for name, f in open_.functions.items()},
                open_.package,
                safe(open_.docs),
                open_.stability,
            )
            for open_ in self._interfaces
        )
        packages = []
        for name, ref in self._packages.items():
            own = {k: i for (p, k), i in self._ids.items() if p == ref}
            worlds = {w.name: m.WorldId(i) for i, w in enumerate(self.worlds) if w.package == ref}
            packages.append(m.Package(name, own, worlds))
        types = tuple(safe_type(typedef) for typedef in self.types)
        resolve = m.Resolve((), interfaces, types, tuple(packages), root)
        return replace(resolve, worlds=tuple(_elaborated(resolve, w) for w in self.worlds))


def uses(resolve: m.Resolve, interface: m.InterfaceId) -> tuple[m.InterfaceId, ...]:
    """The interfaces that an interface `use`s types of, in order."""
    found: dict[m.InterfaceId, None] = {}
    for ref in resolve.interfaces[interface].types.values():
        kind = resolve.types[ref].kind
        if isinstance(kind, m.Alias) and not isinstance(kind.type, m.Prim):
            owner = resolve.types[kind.type].owner
            if isinstance(owner, m.InterfaceOwner) and owner.id != interface:
                found[owner.id] = None
    return tuple(found)


def _elaborated(resolve: m.Resolve, world: m.World) -> m.World:
    """A world with complete imports, dependencies first."""
    imports: dict[m.WorldKey, m.WorldItem] = {}

    def add(interface: m.InterfaceId) -> None:
        for used in uses(resolve, interface):
            if used not in world.exports:
                add(used)
                imports.setdefault(used, m.InterfaceItem(used))

    for item in world.imports.values():
        if isinstance(item, m.InterfaceItem):
            add(item.id)
            imports[item.id] = item
    for item in world.exports.values():
        if isinstance(item, m.InterfaceItem):
            add(item.id)
    return m.World(world.name, imports, world.exports, world.package, world.docs, world.stability)


@state
class Graft:
    """Copies interfaces of one `Resolve` into an assembly.

    What the assembly already has under the same names is kept, so that the first copy of a package
    wins and later ones add what is missing.

    Attributes:
        assembly: The destination.
        source: The source.
        moved: The interfaces that get another package and name.
        keeps: Whether to copy a type of the source, or what a function mentions.
    """

    assembly: Assembly
    source: m.Resolve
    moved: Mapping[m.InterfaceId, tuple[m.PackageName, str]] = field(default_factory=dict)
    keeps: Callable[[m.TypeId | m.Function], bool] = lambda _: True
    _interfaces: dict[m.InterfaceId, m.InterfaceId] = field(default_factory=dict)
    _worlds: dict[m.WorldId, m.InterfaceId] = field(default_factory=dict)
    _renamed: dict[m.TypeId, str] = field(default_factory=dict)

    def interface(self, ref: m.InterfaceId) -> m.InterfaceId:
        """Copy a named interface and everything that it uses."""
        if ref in self._interfaces:
            return self._interfaces[ref]
        old = self.source.interfaces[ref]
        for used in uses(self.source, ref):
            self.interface(used)
        home = (self.source.packages[old.package].name, old.name or "")
        package, name = self.moved.get(ref, home)
        owner = self.assembly.package(package)
        new = self.assembly.interface(owner, name, old.docs, old.stability)
        self._interfaces[ref] = new
        self._fill(new, old.types.values(), old.functions.values())
        return new

    def world(
        self,
        ref: m.WorldId,
        package: m.PackageName,
        name: str,
        types: Iterable[m.TypeId],
        functions: Iterable[m.Function],
    ) -> m.InterfaceId:
        """Make an interface of the functions that a world exports and the types they need."""
        new = self.assembly.interface(self.assembly.package(package), name)
        self._worlds[ref] = new
        types, functions = tuple(types), tuple(functions)
        scope = Scope()
        scope.reserve(function.name for function in functions)
        for type_ref in types:
            # A world may import a type and export a function of one name, an interface may not.
            plain = self.source.types[type_ref].name or ""
            self._renamed[type_ref] = scope.pick(plain, f"{plain}-type")
        self._fill(new, types, functions)
        return new

    def _fill(
        self, new: m.InterfaceId, types: Iterable[m.TypeId], functions: Iterable[m.Function]
    ) -> None:
        for type_ref in types:
            typedef = self.source.types[type_ref]
            name = self._renamed.get(type_ref, typedef.name or "")
            if self.assembly.named(new, name) is None and self.keeps(type_ref):
                kind = self._kind(typedef.kind)
                self.assembly.define(new, name, kind, typedef.docs, typedef.stability)
        for function in functions:
            if not self.assembly.has_function(new, function.name) and self.keeps(function):
                self.assembly.function(new, self._function(function))

    def named(self, ref: m.TypeId) -> m.TypeId:
        """The copy of a type that an interface owns; copies the interface."""
        typedef = self.source.types[ref]
        name = self._renamed.get(ref, typedef.name or "")
        match typedef.owner:
            case m.InterfaceOwner(interface):
                owner = self._interfaces.get(interface)
                if owner is None:
                    owner = self.interface(interface)
            case m.WorldOwner(world):
                owner = self._worlds[world]
            case None:
                raise ValueError("an anonymous type cannot be copied by name")
        found = self.assembly.named(owner, name)
        if found is None:
            raise ValueError(f"`{name}` is used before it is defined")
        return found

    def _type(self, ty: m.Type) -> m.Type:
        if isinstance(ty, m.Prim):
            return ty
        typedef = self.source.types[ty]
        if typedef.name is not None:
            return self.named(ty)
        return self.assembly.anonymous(self._kind(typedef.kind))

    def _kind(self, kind: m.TypeDefKind) -> m.TypeDefKind:
        if isinstance(kind, m.Own | m.Borrow):
            return type(kind)(self.named(kind.resource))
        return map_types(kind, self._type)

    def _function(self, function: m.Function) -> m.Function:
        resource = function.kind.resource
        return m.Function(
            function.name,
            m.FunctionKind(function.kind.shape, None if resource is None else self.named(resource)),
            tuple(m.Param(p.name, self._type(p.type)) for p in function.params),
            None if function.result is None else self._type(function.result),
            function.docs,
            function.stability,
        )
