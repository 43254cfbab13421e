"""Building a `Client` from a target's world."""

from __future__ import annotations

from witgen.client import packages
from witgen.client.assembly import Assembly, Graft
from witgen.client.entities import Entity, Sort
from witgen.client.exports import exports_graft
from witgen.client.gates import Gates, both, hold
from witgen.client.members import HostTypes, Maker, Warn, member_names, warning
from witgen.client.model import (
    Client,
    ClientResource,
    Extra,
    FutureResource,
    GolemRpc,
    Kind,
    Member,
    TypesMode,
)
from witgen.client.names import ERROR, FIXED, Scope
from witgen.client.naming import future_names, resource_names
from witgen.client.placement import Census, Home, Placement, type_names
from witgen.client.travel import Travel
from witgen.client.worlds import home
from witgen.diagnostics import Sink
from witgen.resolve import model as m
from witgen.value import value


@value
class Options:
    """What the user chose; see `witgen.client.client`."""

    kind: Kind
    component: str
    types: TypesMode
    golem_rpc: GolemRpc
    extras: tuple[Extra, ...] = ()
    sync_only: bool = False

    @property
    def tries(self) -> bool:
        """Whether errors of calls are shown."""
        return "try" in self.extras


def build(
    resolve: m.Resolve,
    world: m.World,
    entities: tuple[Entity, ...],
    travel: Travel,
    options: Options,
    sink: Sink,
) -> Client:
    """Build the client of entities whose functions all travel.

    Args:
        resolve: The target.
        world: Its world.
        entities: What becomes a client resource.
        travel: What of the target can travel.
        options: What the user chose.
        sink: Takes warnings.
    """
    made = _build(resolve, world, entities, travel, options, sink, features_open=False)
    if not hold(made.resolve):
        made = _build(resolve, world, entities, travel, options, sink, features_open=True)
    return made


def _build(
    resolve: m.Resolve,
    world: m.World,
    entities: tuple[Entity, ...],
    travel: Travel,
    options: Options,
    sink: Sink,
    *,
    features_open: bool,
) -> Client:
    host = packages.host(options.golem_rpc)
    host = packages.synchronous(host) if options.sync_only else host
    own = home(resolve, world)
    assembly = Assembly()
    package = assembly.package(m.PackageName(own.namespace, f"{own.name}-client", own.version))
    scope = Scope()
    scope.reserve((*FIXED, "custom", *((ERROR,) if options.tries else ())))
    names = resource_names(entities, scope, sink.add)
    futures = {} if options.sync_only else future_names(entities, names, scope, sink.add)
    census = _census(
        resolve, entities, travel, options.types, host, resolve.packages[world.package].name
    )
    needs_types = any(
        w.home is Home.TYPES for w in (*census.shown.values(), *census.hidden.values())
    )
    types = assembly.interface(package, f"{world.name}-types") if needs_types else None
    interface = assembly.interface(package, f"{world.name}-client", world.docs)
    host_types = _use_host(
        assembly, host, interface, tries=options.tries, waits=not options.sync_only
    )
    if options.types == "use":
        graft = exports_graft(resolve, world, entities, assembly)
    else:
        graft = Graft(assembly, resolve)
    gates = Gates(resolve, world, own, features_open)
    placement = _placement(graft, census, interface, types, scope, gates, sink.add)
    inner = _Build(assembly, interface, entities, names, futures, options, travel, sink.add)
    resources, future_resources = inner.run(placement, census, host_types)
    return _finish(
        _Parts(assembly, host, package, interface, types),
        world,
        own,
        options,
        resources,
        future_resources,
        sink,
    )


def _census(
    resolve: m.Resolve,
    entities: tuple[Entity, ...],
    travel: Travel,
    mode: TypesMode,
    host: m.Resolve,
    own: m.PackageName,
) -> Census:
    supplied = frozenset(package.name for package in host.packages)
    census = Census(resolve, travel, mode, supplied)
    for entity in entities:
        prefix = entity.qualified
        if mode == "use" and entity.package == own:
            # Golem's aliases name the package that it moves the target's interfaces to.
            prefix = f"{own.namespace}-{own.name}-exports-{entity.interface}"
        match entity.sort:
            case Sort.INTERFACE:
                for name, ref in resolve.interfaces[entity.id].types.items():
                    census.show(ref, name, f"{prefix}-{name}")
            case Sort.FUNCTIONS:
                for function in entity.functions:
                    census.show_signature(function, prefix)
            case Sort.RESOURCE:
                pass
    return census


def _placement(
    graft: Graft,
    census: Census,
    interface: m.InterfaceId,
    types: m.InterfaceId | None,
    scope: Scope,
    gates: Gates,
    warn: Warn,
) -> Placement:
    hidden_here = [w for w in census.hidden.values() if w.home is Home.CLIENT]
    hidden_there = [w for w in census.hidden.values() if w.home is not Home.CLIENT]
    shown = list(census.shown.values())
    mentioned = [w for w in hidden_there if w.home is Home.OWNER or types is None]
    client_names = type_names([*shown, *hidden_here, *mentioned], scope)
    there = [w for w in [*shown, *hidden_there] if w.home is not Home.CLIENT]
    types_names = type_names(there, Scope())
    for want in shown:
        if client_names[want.ref] != want.name:
            what = f"the type `{want.name}` is `{client_names[want.ref]}` in the client"
            warn(warning("GEN2205", f"{what}, because its own name is ambiguous or taken"))
    wanted = census.shown | census.hidden
    return Placement(
        census.resolve,
        graft.assembly,
        graft,
        interface,
        types,
        wanted,
        client_names,
        types_names,
        gates,
    )


def _use_host(
    assembly: Assembly, host: m.Resolve, interface: m.InterfaceId, *, tries: bool, waits: bool
) -> HostTypes:
    graft = Graft(assembly, host)
    clock = graft.interface(packages.interface(host, "wasi:clocks", "wall-clock"))
    rpc = graft.interface(packages.interface(host, "golem:rpc", "types"))

    def use(owner: m.InterfaceId, name: str, local: str) -> m.TypeId:
        found = assembly.named(owner, name)
        assert found is not None  # our own copies have it
        return assembly.use(interface, found, local)

    pollable = None
    if waits:
        poll = graft.interface(packages.interface(host, "wasi:io", "poll"))
        pollable = assembly.anonymous(m.Own(use(poll, "pollable", FIXED[0])))
    datetime = use(clock, "datetime", FIXED[1])
    component = use(rpc, "component-id", FIXED[2])
    worker = use(rpc, "worker-id", FIXED[3])
    token = use(rpc, "cancellation-token", FIXED[4])
    error = use(rpc, "rpc-error", ERROR) if tries else None
    own = assembly.anonymous
    return HostTypes(pollable, datetime, component, worker, own(m.Own(token)), error)


@value
class _Build:
    """Declares the resources of a client interface and their members."""

    assembly: Assembly
    interface: m.InterfaceId
    entities: tuple[Entity, ...]
    names: tuple[str, ...]
    future_names: dict[tuple[int, str], str]
    options: Options
    travel: Travel
    warn: Warn

    def run(
        self, placement: Placement, census: Census, host: HostTypes
    ) -> tuple[tuple[ClientResource, ...], tuple[FutureResource, ...]]:
        """Types first, then futures and resources, then their functions."""
        late = []
        for ref, want in census.shown.items():
            if want.home is Home.CLIENT and self.travel.reaches_resource(ref):
                late.append(ref)
            else:
                placement.declare(ref)
        define, gates = self.assembly.define, placement.gates
        future_refs = {
            key: define(self.interface, name, m.Resource(), None, self._future_gate(key, gates))
            for key, name in self.future_names.items()
        }
        refs = []
        for entity, name in zip(self.entities, self.names, strict=True):
            gate = gates.entity(entity)
            ref = define(self.interface, name, m.Resource(), entity.docs, gate)
            refs.append(ref)
            if entity.resource is not None:
                placement.resources.setdefault(entity.resource, ref)
        for ref in late:
            placement.declare(ref)
        futures = {key: self._future(ref, key, placement, host) for key, ref in future_refs.items()}
        resources = [
            self._resource(index, ref, placement, host, futures) for index, ref in enumerate(refs)
        ]
        return tuple(resources), tuple(futures.values())

    def _function(self, key: tuple[int, str]) -> m.Function:
        index, full = key
        return next(f for f in self.entities[index].functions if f.name == full)

    def _result(self, key: tuple[int, str]) -> m.Type:
        found = self._function(key).result
        assert found is not None  # only functions with a result have a future
        return found

    def _future_gate(self, key: tuple[int, str], gates: Gates) -> m.Stability:
        """A future stands beside the resource of its function, not inside."""
        entity = self.entities[key[0]]
        return both(gates.function(entity, self._function(key)), gates.entity(entity))

    def _future(
        self, ref: m.TypeId, key: tuple[int, str], placement: Placement, host: HostTypes
    ) -> FutureResource:
        name, result = self.future_names[key], self._result(key)
        gate = self._future_gate(key, placement.gates)
        gate = gate if isinstance(gate, m.Unstable) else None
        this = (m.Param("self", self.assembly.anonymous(m.Borrow(ref))),)
        kind = m.FunctionKind(m.FunctionShape.METHOD, ref)
        mapped = placement.type(result)

        def method(plain: str, returns: m.Type | None) -> m.Function:
            full = f"[method]{name}.{plain}"
            function = m.Function(full, kind, this, returns, stability=gate)
            self.assembly.function(self.interface, function)
            return function

        option = self.assembly.anonymous(m.Option(mapped))
        subscribe, get = method("subscribe", host.pollable), method("get", option)
        tried = self._tried(result, placement, host)
        if tried is None:
            return FutureResource(name, ref, mapped, subscribe, get)
        try_get = method("try-get", self.assembly.anonymous(m.Option(tried)))
        return FutureResource(name, ref, mapped, subscribe, get, try_get, method("cancel", None))

    def _tried(self, result: m.Type | None, placement: Placement, host: HostTypes) -> m.Type | None:
        """`result<T, rpc-error>` for a result of the target, where errors are shown."""
        if host.error is None:
            return None
        mapped = None if result is None else placement.type(result)
        return self.assembly.anonymous(m.Result(mapped, host.error))

    def _resource(
        self,
        index: int,
        ref: m.TypeId,
        placement: Placement,
        host: HostTypes,
        futures: dict[tuple[int, str], FutureResource],
    ) -> ClientResource:
        entity, name = self.entities[index], self.names[index]
        anonymous = self.assembly.anonymous
        maker = Maker(
            entity,
            name,
            ref,
            anonymous(m.Own(ref)),
            anonymous(m.Borrow(ref)),
            self.options.kind == "durable",
            host,
            placement.type,
            self._is_handle,
            placement.gates,
            self.warn,
        )
        remote = None if entity.constructor is None else maker.remote(entity.constructor)
        constructor, custom = maker.constructor(remote), maker.custom(remote)
        self.assembly.function(self.interface, constructor)
        self.assembly.function(self.interface, custom)
        names = member_names(entity, name, self.options.extras, self.warn)
        members: list[Member] = []
        for function in entity.functions:
            future = futures.get((index, function.name))
            own = None if future is None else anonymous(m.Own(future.resource))
            tried = self._tried(function.result, placement, host)
            members += maker.members(function, names[function.name], future, own, tried)
        for member in members:
            self.assembly.function(self.interface, member.function)
        return ClientResource(
            name,
            ref,
            entity.stands_for,
            constructor,
            custom,
            remote,
            entity.new,
            entity.drop,
            tuple(members),
            entity.docs,
            maker.can_fail,
        )

    def _is_handle(self, ty: m.Type) -> bool:
        resolve = self.travel.resolve
        behind = resolve.dealias(ty)
        if isinstance(behind, m.Prim):
            return False
        return isinstance(resolve.types[behind].kind, m.Own | m.Borrow)


@value
class _Parts:
    """The assembly and the ids of what stands in it."""

    assembly: Assembly
    host: m.Resolve
    package: m.PackageId
    interface: m.InterfaceId
    types: m.InterfaceId | None


def _finish(
    parts: _Parts,
    world: m.World,
    own: m.PackageName,
    options: Options,
    resources: tuple[ClientResource, ...],
    futures: tuple[FutureResource, ...],
    sink: Sink,
) -> Client:
    exports: dict[m.WorldKey, m.WorldItem] = {}
    if parts.types is not None:
        exports[parts.types] = m.InterfaceItem(parts.types)
    exports[parts.interface] = m.InterfaceItem(parts.interface)
    name = f"wasm-rpc-client-{world.name}"
    callers = parts.assembly.world(m.World(name, {}, exports, parts.package))
    graft = Graft(parts.assembly, parts.host)
    api = graft.interface(packages.interface(parts.host, "golem:api", packages.HOST))
    imports: dict[m.WorldKey, m.WorldItem] = {api: m.InterfaceItem(api)}
    cancellation = None
    if options.tries and futures:
        ref = packages.interface(parts.host, "witgen:rpc", packages.CANCELLATION)
        cancellation = graft.interface(ref)
        imports[cancellation] = m.InterfaceItem(cancellation)
    component = parts.assembly.world(m.World(f"static-{name}", imports, exports, parts.package))
    return Client(
        parts.assembly.finish(parts.package),
        parts.interface,
        parts.types,
        callers,
        component,
        options.component,
        options.kind,
        options.golem_rpc,
        own.interface(world.name),
        world.name,
        resources,
        futures,
        sink.warnings,
        options.extras,
        cancellation,
        options.sync_only,
    )
