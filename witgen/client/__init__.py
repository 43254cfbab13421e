"""Client interfaces: a target's exports, packaged into resources that name a worker."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast, get_args

from witgen.client.build import Options, build
from witgen.client.entities import Entity, Sort, entities
from witgen.client.model import (
    Client,
    ClientResource,
    Extra,
    FutureResource,
    GolemRpc,
    Kind,
    Member,
    Mode,
    Remote,
    Routing,
    TypesMode,
)
from witgen.client.travel import Travel
from witgen.client.warnings import warning
from witgen.client.worlds import choose, home
from witgen.diagnostics import Diagnostic, Sink, WitError, did_you_mean
from witgen.resolve import model as m
from witgen.value import replace

__all__ = [
    "Client",
    "ClientResource",
    "Extra",
    "FutureResource",
    "GolemRpc",
    "Kind",
    "Member",
    "Mode",
    "Remote",
    "Routing",
    "TypesMode",
    "client",
]


def client(
    resolve: m.Resolve,
    world: str | None = None,
    *,
    kind: str = "durable",
    component: str | None = None,
    types: str = "auto",
    golem_rpc: str = "0.2.0",
    skip_unsupported: bool = False,
    extras: Collection[str] = (),
    sync_only: bool = False,
) -> Client:
    """The typed client interface of a target.

    Args:
        resolve: The target.
        world: Its world, by name or as `ns:pkg/world@version`; by default the only one.
        kind: `durable` (workers have names) or `ephemeral` (each call has its own worker).
        component: The name the target is deployed under, by default `ns:pkg`.
        types: Where to declare types: `auto` (`use`d if the owner has only types, else in an
            interface of types), `use` (Golem's way) or `inline` (in the client interface).
        golem_rpc: The version of golem:rpc, which determines those of golem:api and WASI.
        skip_unsupported: Leave out, with a warning, functions that cannot be called remotely,
            instead of failing.
        extras: Members beyond Golem's rules: `try` (a failed call is a `result`, futures can be
            cancelled) and `trigger` (fire and forget for functions with results, too).
        sync_only: Leave out asynchronous members and their futures, so that wasi:io is not needed.

    Returns:
        The client, with its warnings.

    Raises:
        WitError: There is no such world, it exports nothing, or some of its functions cannot be
            called from another worker; one diagnostic per function.
    """
    sink = Sink()
    _check_option("kind", kind, get_args(Kind), sink)
    _check_option("types", types, get_args(TypesMode), sink)
    _check_option("golem_rpc", golem_rpc, get_args(GolemRpc), sink)
    for extra in extras:
        _check_option("extras", extra, get_args(Extra), sink)
    if component == "":
        sink.add(Diagnostic("GEN2004", "the component's name is empty"))
    if sink.errors:
        raise WitError(sink.diagnostics)
    chosen = choose(resolve, world)
    found = entities(resolve, chosen)
    own = home(resolve, chosen)
    if not found:
        message = f"the world `{own.interface(chosen.name)}` exports nothing that can be called"
        hint = ("`--emit host` alone generates typed Python for any world, to embed a component",)
        raise WitError([Diagnostic("GEN2003", message, help=hint)])
    exported = frozenset(e.resource for e in found if e.resource is not None)
    travel = Travel(resolve, exported)
    kept = tuple(_travelling(entity, travel, sink, skip=skip_unsupported) for entity in found)
    if sink.errors:
        raise WitError(sink.diagnostics)
    _warn_of_handles(kept, kind, sink)
    options = Options(
        cast("Kind", kind),
        component or f"{own.namespace}:{own.name}",
        cast("TypesMode", types),
        cast("GolemRpc", golem_rpc),
        tuple(extra for extra in get_args(Extra) if extra in extras),
        sync_only,
    )
    return build(resolve, chosen, kept, travel, options, sink)


def _check_option(name: str, value: str, known: tuple[str, ...], sink: Sink) -> None:
    if value not in known:
        listed = ", ".join(f"`{k}`" for k in known)
        hint = (*did_you_mean(value, known), f"one of {listed}")
        sink.add(Diagnostic("GEN2004", f"`{value}` is not a valid `{name}`", help=hint))


def _travelling(entity: Entity, travel: Travel, sink: Sink, *, skip: bool) -> Entity:
    """An entity with only the functions that can be called remotely; the others are reported."""

    def keeps(function: m.Function) -> bool:
        reason = travel.function(function)
        if reason is None:
            return True
        name = entity.invocation(function)
        if skip:
            sink.add(warning("GEN2102", f"`{name}` is left out: {reason}"))
        else:
            hint = ("`--skip-unsupported` leaves it out",)
            message = f"`{name}` cannot be called from another worker: {reason}"
            sink.add(Diagnostic("GEN2101", message, help=hint))
        return False

    constructor = entity.constructor
    if constructor is not None and not keeps(constructor):
        constructor = None
    functions = tuple(function for function in entity.functions if keeps(function))
    return replace(entity, constructor=constructor, functions=functions)


def _warn_of_handles(found: tuple[Entity, ...], kind: str, sink: Sink) -> None:
    """Warn about resources of a worker that is gone after one call."""
    for entity in found:
        if kind == "ephemeral" and entity.sort is Sort.RESOURCE:
            sink.add(
                warning(
                    "GEN2207",
                    f"`{entity.stands_for}` is a resource of an ephemeral component: its worker is"
                    " gone when the call that created it returns",
                )
            )
