"""A `Resolve` under construction from component types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from witgen.resolve import model as m
from witgen.value import state


@state
class DraftInterface:
    """An interface; `package` is its package's name, None in the package that is decoded."""

    name: str | None
    package: str | None
    types: dict[str, m.TypeId] = field(default_factory=dict)
    functions: dict[str, m.Function] = field(default_factory=dict)


@state
class DraftWorld:
    """A world of the package that is decoded."""

    name: str
    imports: dict[m.WorldKey, m.WorldItem] = field(default_factory=dict)
    exports: dict[m.WorldKey, m.WorldItem] = field(default_factory=dict)


@state
class DraftPackage:
    """A package: its named interfaces and worlds."""

    name: m.PackageName
    interfaces: dict[str, m.InterfaceId] = field(default_factory=dict)
    worlds: dict[str, m.WorldId] = field(default_factory=dict)


@state
class Draft:
    """The arenas.

    Attributes:
        packages: Packages by full name, in the order of first use.
        named: Interfaces by their id, such as `wasi:io/poll@0.2.0`.
    """

    worlds: list[DraftWorld] = field(default_factory=list)
    interfaces: list[DraftInterface] = field(default_factory=list)
    types: list[m.TypeDef] = field(default_factory=list)
    packages: dict[str, DraftPackage] = field(default_factory=dict)
    named: dict[str, m.InterfaceId] = field(default_factory=dict)

    def add_type(self, typedef: m.TypeDef) -> m.TypeId:
        """Append a type."""
        self.types.append(typedef)
        return m.TypeId(len(self.types) - 1)

    def package(self, name: m.PackageName) -> DraftPackage:
        """The package of that name, new if need be."""
        return self.packages.setdefault(str(name), DraftPackage(name))

    def interface(self, id: str, package: m.PackageName, name: str) -> m.InterfaceId:
        """The interface with that id, new if need be."""
        found = self.named.get(id)
        if found is None:
            found = m.InterfaceId(len(self.interfaces))
            self.interfaces.append(DraftInterface(name, str(package)))
            self.named[id] = found
            self.package(package).interfaces[name] = found
        return found

    def inline(self) -> m.InterfaceId:
        """A new interface without a name."""
        self.interfaces.append(DraftInterface(None, None))
        return m.InterfaceId(len(self.interfaces) - 1)

    def finish(self, root: m.PackageName) -> m.Resolve:
        """The `Resolve`: packages in order of first use, but after those they depend on."""
        order: list[str] = []
        for name in self.packages:
            self._visit(name, order)
        ids = {name: m.PackageId(index) for index, name in enumerate(order)}
        root_id = ids[str(root)]
        return m.Resolve(
            worlds=tuple(m.World(w.name, w.imports, w.exports, root_id) for w in self.worlds),
            interfaces=tuple(
                m.Interface(
                    i.name,
                    i.types,
                    i.functions,
                    root_id if i.package is None else ids[i.package],
                )
                for i in self.interfaces
            ),
            types=tuple(self.types),
            packages=tuple(
                m.Package(p.name, p.interfaces, p.worlds)
                for p in (self.packages[name] for name in order)
            ),
            root=root_id,
        )

    def _visit(self, name: str, order: list[str]) -> None:
        # Each entry: a package and what remains of its dependencies.
        stack = [(name, self._dependencies(name))]
        entered = {name}
        while stack:
            current, rest = stack[-1]
            following = next((d for d in rest if d not in order and d not in entered), None)
            if following is not None:
                entered.add(following)
                stack.append((following, self._dependencies(following)))
                continue
            stack.pop()
            if current not in order:
                order.append(current)

    def _dependencies(self, name: str) -> Iterator[str]:
        found: dict[str, None] = {}
        for id in self.packages[name].interfaces.values():
            for used in self._uses(id):
                other = self.interfaces[used].package
                if other is not None and other != name:
                    found[other] = None
        return iter(found)

    def _uses(self, id: m.InterfaceId) -> Iterator[m.InterfaceId]:
        """The interfaces of whose types an interface has aliases."""
        for type in self.interfaces[id].types.values():
            kind = self.types[type].kind
            if isinstance(kind, m.Alias) and not isinstance(kind.type, m.Prim):
                owner = self.types[kind.type].owner
                if isinstance(owner, m.InterfaceOwner) and owner.id != id:
                    yield owner.id
