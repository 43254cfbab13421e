"""Building a `Client` from a target's world."""

from __future__ import annotations

from witgen.client import packages
from witgen.client.assembly import Assembly, Graft
from witgen.client.entities import Entity, Sort
from witgen.client.exports import exports_graft
from witgen.client.gates import Gates, hold
from witgen.client.host_types import use_host
from witgen.client.model import (
    Client,
    ClientResource,
    Extra,
    FutureResource,
    GolemRpc,
    Kind,
    TypesMode,
)
from witgen.client.names import ERROR, FIXED, Scope
from witgen.client.naming import future_names, resource_names
from witgen.client.placement import Census, Home, Placement, type_names
from witgen.client.resources import Declaration
from witgen.client.travel import Travel
from witgen.client.warnings import Warn, warning
from witgen.client.worlds import home
from witgen.diagnostics import Sink
from witgen.resolve import model as m
from witgen.value import value


@value
class Options:
    """The user's options; see `witgen.client.client`."""

    kind: Kind
    component: str
    types: TypesMode
    golem_rpc: GolemRpc
    extras: tuple[Extra, ...] = ()
    sync_only: bool = False

    @property
    def tries(self) -> bool:
        """Whether errors of calls are visible."""
        return "try" in self.extras


def build(
    resolve: m.Resolve,
    world: m.World,
    entities: tuple[Entity, ...],
    travel: Travel,
    options: Options,
    sink: Sink,
) -> Client:
    """Build the client of entities whose functions can all be called remotely.

    Args:
        resolve: The target.
        world: Its world.
        entities: What becomes a client resource.
        travel: Which types and functions of the target can be sent.
        options: The user's options.
        sink: Receives warnings.
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
    host_types = use_host(
        assembly, host, interface, tries=options.tries, waits=not options.sync_only
    )
    if options.types == "use":
        graft = exports_graft(resolve, world, entities, assembly)
    else:
        graft = Graft(assembly, resolve)
    gates = Gates(resolve, world, own, features_open)
    placement = _placement(graft, census, interface, types, scope, gates, sink.add)
    declaration = Declaration(
        assembly=assembly,
        interface=interface,
        entities=entities,
        names=names,
        future_names=futures,
        durable=options.kind == "durable",
        extras=options.extras,
        travel=travel,
        placement=placement,
        host=host_types,
        warn=sink.add,
    )
    resources = declaration.run(census)
    parts = _Parts(assembly, host, package, interface, types)
    return _finish(parts, world, own, options, resources, sink)


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
        resolve=census.resolve,
        assembly=graft.assembly,
        graft=graft,
        client=interface,
        types=types,
        wanted=wanted,
        client_names=client_names,
        types_names=types_names,
        gates=gates,
    )


@value
class _Parts:
    """The assembly and the ids of its items."""

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
    declared: tuple[tuple[ClientResource, ...], tuple[FutureResource, ...]],
    sink: Sink,
) -> Client:
    resources, futures = declared
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
        resolve=parts.assembly.finish(parts.package),
        interface=parts.interface,
        types=parts.types,
        world=callers,
        component_world_id=component,
        component=options.component,
        kind=options.kind,
        golem_rpc=options.golem_rpc,
        target=own.interface(world.name),
        target_world=world.name,
        resources=resources,
        futures=futures,
        warnings=sink.warnings,
        extras=options.extras,
        cancellation=cancellation,
        sync_only=options.sync_only,
    )
