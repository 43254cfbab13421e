"""Where the types of a client interface are declared.

A `use` of an interface with functions or resources makes componentize-py and ComponentizeJS import
all of it. So a type is `use`d from its owner only if the owner has nothing but types; otherwise it
is declared again in an interface of types of the client package. A type that holds handles of an
exported resource is declared in the client interface, since the resource is the client's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from witgen.client.assembly import Assembly, Graft, uses
from witgen.client.gates import Gates
from witgen.client.kinds import children, definition
from witgen.client.model import TypesMode
from witgen.client.names import PYTHON_BREAKING, Scope, ambiguous, canonical
from witgen.client.travel import Travel
from witgen.resolve import model as m
from witgen.resolve.kinds import map_types
from witgen.value import state, value


class Home(StrEnum):
    """Where a type of the client is declared."""

    OWNER = "owner"  # where the target declares it
    TYPES = "types"  # in the client package's interface of types
    CLIENT = "client"  # in the client interface


@value
class Wanted:
    """A type of the target that the client uses.

    Attributes:
        ref: Its declaration.
        source: What the client `use`s if its home is the owner: the declaration, or its alias in
            the exported interface.
        name: Its name in the exported interface.
        qualified: Its name, unique among packages: `ns-pkg-iface-type`.
        home: Where the client declares it.
    """

    ref: m.TypeId
    source: m.TypeId
    name: str
    qualified: str
    home: Home


@state
class Census:
    """Collects the types that a client needs.

    Attributes:
        resolve: The target.
        travel: Which types can be sent.
        mode: The user's choice.
        supplied: The packages of which witgen has its own copies.
        shown: The types that the client interface names.
        hidden: The types that those need but the client interface does not name.
    """

    resolve: m.Resolve
    travel: Travel
    mode: TypesMode
    supplied: frozenset[m.PackageName]
    shown: dict[m.TypeId, Wanted] = field(default_factory=dict)
    hidden: dict[m.TypeId, Wanted] = field(default_factory=dict)
    _types_only: dict[m.InterfaceId, bool] = field(default_factory=dict)

    def show(self, ref: m.TypeId, name: str, qualified: str) -> None:
        """Add a type that the client interface names, as `name` if that is free."""
        declared = definition(self.resolve, ref)
        if declared in self.shown or not self._is_data(declared):
            return
        self.hidden.pop(declared, None)
        source = ref if self.mode == "use" else declared
        wanted = Wanted(declared, source, name, qualified, self._home(declared))
        self.shown[declared] = wanted
        self._need(wanted)

    def show_signature(self, function: m.Function, qualified: str) -> None:
        """Add the types that a world's own function mentions."""
        types = [p.type for p in function.params]
        types += [] if function.result is None else [function.result]
        for ty in types:
            self._show_mentioned(ty, qualified)

    def _show_mentioned(self, ty: m.Type, qualified: str) -> None:
        if isinstance(ty, m.Prim):
            return
        typedef = self.resolve.types[ty]
        if typedef.name is not None:
            self.show(ty, typedef.name, f"{qualified}-{typedef.name}")
            return
        for child in children(typedef.kind):
            self._show_mentioned(child, qualified)

    def _is_data(self, ref: m.TypeId) -> bool:
        """Whether it is a type that can be sent and not an alias of a resource."""
        behind = self.resolve.dealias(ref)
        if not isinstance(behind, m.Prim) and isinstance(
            self.resolve.types[behind].kind, m.Resource
        ):
            return False
        return self.travel.reason(ref) is None

    def _need(self, wanted: Wanted) -> None:
        """Add the named types in a redeclared type."""
        if wanted.home is Home.OWNER:
            return
        for child in children(self.resolve.types[wanted.ref].kind):
            self._need_type(child)

    def _need_type(self, ty: m.Type) -> None:
        if isinstance(ty, m.Prim):
            return
        typedef = self.resolve.types[ty]
        if typedef.name is None:
            for child in children(typedef.kind):
                self._need_type(child)
            return
        declared = definition(self.resolve, ty)
        if declared in self.shown or declared in self.hidden or not self._is_data(declared):
            return
        name = self.resolve.types[declared].name or typedef.name
        qualified = f"{self._owner(declared)}-{name}"
        source = ty if self.mode == "use" else declared
        wanted = Wanted(declared, source, name, qualified, self._home(declared))
        self.hidden[declared] = wanted
        self._need(wanted)

    def _owner(self, ref: m.TypeId) -> str:
        owner = self.resolve.types[ref].owner
        match owner:
            case m.InterfaceOwner(interface):
                body = self.resolve.interfaces[interface]
                package = self.resolve.packages[body.package].name
                return f"{package.namespace}-{package.name}-{body.name or 'inline'}"
            case m.WorldOwner(world):
                package = self.resolve.packages[self.resolve.worlds[world].package].name
                return f"{package.namespace}-{package.name}-{self.resolve.worlds[world].name}"
            case None:
                raise ValueError("a named type has an owner")

    def _home(self, ref: m.TypeId) -> Home:
        if self.mode == "inline" or self.travel.reaches_resource(ref):
            return Home.CLIENT
        if self.mode == "use":
            return Home.OWNER
        owner = self.resolve.types[ref].owner
        if isinstance(owner, m.InterfaceOwner) and self._has_types_only(owner.id):
            return Home.OWNER
        return Home.TYPES

    def _has_types_only(self, ref: m.InterfaceId) -> bool:
        """Whether an interface and everything it uses can be imported without functions."""
        if ref not in self._types_only:
            body = self.resolve.interfaces[ref]
            package = self.resolve.packages[body.package].name
            self._types_only[ref] = (
                body.name is not None
                and not body.functions
                and package not in self.supplied
                and all(self._is_data(ty) for ty in body.types.values())
                and all(self._has_types_only(used) for used in uses(self.resolve, ref))
            )
        return self._types_only[ref]


@state
class Placement:
    """Declares the types of a client, each once, at its home.

    Attributes:
        resolve: The target.
        assembly: The client under construction.
        graft: Copies the target's interfaces into it.
        client: The client interface.
        types: The interface of redeclared types.
        wanted: The needed types, by declaration.
        gates: The gates of the target.
        resources: The client's resource for each resource of the target.
    """

    resolve: m.Resolve
    assembly: Assembly
    graft: Graft
    client: m.InterfaceId
    types: m.InterfaceId | None
    wanted: Mapping[m.TypeId, Wanted]
    client_names: Mapping[m.TypeId, str]
    types_names: Mapping[m.TypeId, str]
    gates: Gates
    resources: dict[m.TypeId, m.TypeId] = field(default_factory=dict)
    _placed: dict[tuple[m.TypeId, m.InterfaceId], m.TypeId] = field(default_factory=dict)

    def type(self, ty: m.Type) -> m.Type:
        """A type of the target in the client interface."""
        return self._type(ty, self.client)

    def declare(self, ref: m.TypeId) -> m.TypeId:
        """Declare or `use` a type in the client interface."""
        return self._named(ref, self.client)

    def _type(self, ty: m.Type, scope: m.InterfaceId) -> m.Type:
        if isinstance(ty, m.Prim):
            return ty
        typedef = self.resolve.types[ty]
        if typedef.name is not None:
            return self._named(ty, scope)
        return self.assembly.anonymous(self._kind(typedef.kind, scope))

    def _kind(self, kind: m.TypeDefKind, scope: m.InterfaceId) -> m.TypeDefKind:
        if isinstance(kind, m.Own | m.Borrow):
            return type(kind)(self._resource(kind.resource))
        return map_types(kind, lambda ty: self._type(ty, scope))

    def _resource(self, ref: m.TypeId) -> m.TypeId:
        behind = self.resolve.dealias(ref)
        if isinstance(behind, m.Prim):
            raise TypeError("a handle refers to a resource")
        return self.resources[behind]

    def _named(self, ref: m.TypeId, scope: m.InterfaceId) -> m.TypeId:
        behind = self.resolve.dealias(ref)
        if not isinstance(behind, m.Prim) and behind in self.resources:
            return self.resources[behind]
        declared = definition(self.resolve, ref)
        key = (declared, scope)
        if key not in self._placed:
            self._placed[key] = self._place(self.wanted[declared], scope)
        return self._placed[key]

    def _place(self, wanted: Wanted, scope: m.InterfaceId) -> m.TypeId:
        names = self.client_names if scope == self.client else self.types_names
        name = names[wanted.ref]
        gate = self.gates.type(wanted.ref)
        match wanted.home:
            case Home.OWNER:
                return self.assembly.use(scope, self.graft.named(wanted.source), name, gate)
            case Home.TYPES if self.types is not None and scope != self.types:
                return self.assembly.use(scope, self._named(wanted.ref, self.types), name, gate)
            case Home.TYPES | Home.CLIENT:
                typedef = self.resolve.types[wanted.ref]
                kind = self._kind(typedef.kind, scope)
                return self.assembly.define(scope, name, kind, typedef.docs, gate)


def type_names(wanted: list[Wanted], scope: Scope) -> dict[m.TypeId, str]:
    """A name for each type of a scope: its own, or the qualified one if that is ambiguous."""
    doubtful = ambiguous([want.name for want in wanted])
    names = {}
    for want in wanted:
        key = canonical(want.name)
        breaking = want.home is not Home.OWNER and key in PYTHON_BREAKING
        plain = key not in doubtful and not breaking
        candidates = (want.name, want.qualified) if plain else (want.qualified,)
        names[want.ref] = scope.pick(*candidates)
    return names
