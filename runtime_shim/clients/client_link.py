"""Linking a client interface to deployed workers: what a `ClientLink` says, as host functions.

The link may come from reflection (`convention`) or from a generated stub; both run the same code.
The types of both sides are compared here, so a stub that does not fit fails at link time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.boundary.reflect import Function, Interface
from runtime_shim.boundary.resources import Stored
from runtime_shim.clients.convention import FUTURE, MEMBER
from runtime_shim.clients.views import ANY, caller_view, plain, plain_option
from runtime_shim.errors import BadArguments, BadValue, LinkError, RpcError, UnknownFunction
from runtime_shim.golem.registry import Registry
from runtime_shim.golem.remote import (
    RPC_ERROR,
    Client,
    Pending,
    Token,
    addressed,
    cancel,
    due,
    ephemeral_worker,
    error_value,
    failed,
    future_of,
    subscribe,
    unknown_component,
)
from runtime_shim.link import ClientLink, ClientResource, Member, Mode
from runtime_shim.offers.provide import HostFunction, HostResource, Offer, Run, stored
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.values import Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.check import check

# The target of a call: the worker, and the arguments that are passed on.
_Locate = Callable[[Context, tuple[Value, ...]], tuple[WorkerId, tuple[Value, ...]]]


@dataclass(frozen=True, slots=True)
class _Travelling:
    """A client resource as a value: the remote handle inside it."""

    number: int
    registry: Registry

    def lift(self, context: Context, rep: int, owned: bool) -> Handle:
        """The handle; if given away, it belongs to the receiver, and this caller drops nothing."""
        client: Client = context.table[rep]
        if client.handle is None:
            raise HostFailure("a client of an interface is not a resource and cannot be passed on")
        if owned:
            del context.table[rep]
        return client.handle

    def lower(self, context: Context, value: Handle) -> int:
        """A new client for a handle that a worker returned, or that a caller passes.

        Raises:
            BadArguments: it is a handle of no worker.
        """
        worker = self.registry.worker_of(value.uri)
        if worker is None:
            raise BadArguments(unknown_component(value.uri))
        return context.insert(Client(worker, value))


class Linker:
    """Makes the offers for client interfaces."""

    def __init__(self, registry: Registry, *, strict: bool = True) -> None:
        self._registry = registry
        self._strict = strict  # whether the types of both sides have to be the same

    def offer(self, link: ClientLink, interface: Interface) -> Offer:
        """The offer for the import `interface`.

        Raises:
            LinkError: the link lacks a function or a resource of the import, or the types of
                caller and target differ.
        """
        resources = {resource.name: resource for resource in link.resources}
        functions = {
            name: self._function(link, resources, interface, function)
            for name, function in interface.functions.items()
        }
        return Offer(
            functions,
            {
                **{name: self._client_resource(r) for name, r in resources.items()},
                **dict.fromkeys(link.futures, stored),
            },
        )

    def _client_resource(self, resource: ClientResource) -> Callable[[int], HostResource]:
        def make(number: int) -> HostResource:
            return HostResource(
                Stored(number), _Travelling(number, self._registry), self._drop(resource)
            )

        return make

    def _drop(self, resource: ClientResource) -> Callable[[Context, int], None]:
        def drop(context: Context, representation: int) -> None:
            client: Client = context.table.pop(representation)
            if resource.drop is None or client.handle is None:
                return
            _call(context, client.worker, resource.drop, (client.handle,))

        return drop

    def _function(
        self,
        link: ClientLink,
        resources: dict[str, ClientResource],
        interface: Interface,
        function: Function,
    ) -> HostFunction:
        match = MEMBER.fullmatch(function.name)
        if match is None:
            raise LinkError(
                f"`{function.name}` of `{link.interface}` does not belong to a resource"
            )
        kind, owner, member = match.groups()
        if owner in link.futures and kind == "method" and member in FUTURE:
            return HostFunction(self._future(function, member), unfit=_unfit(link, owner, function))
        resource = resources.get(owner)
        if resource is None:
            raise LinkError(f"the link of `{link.interface}` has no resource `{owner}`")
        if kind == "constructor" or (kind, member) == ("static", "custom"):
            made = function.type.result if function.type else None
            if isinstance(made, t.Result) and resource.constructor is not None:
                return HostFunction(self._fallible(link, resource.constructor, kind))
            return HostFunction(self._constructor(link, resource, kind), makes=True)
        for known in resource.members:
            if known.name == function.name:
                self._check(link, resource, known, interface, function)
                return HostFunction(
                    self._member(link, known, kind),
                    makes=known.mode in {Mode.ASYNC, Mode.SCHEDULED},
                    unfit=_unfit(link, known.function, function),
                )
        raise LinkError(f"the link of `{link.interface}` has no member `{function.name}`")

    def _by_name(self, link: ClientLink) -> _Locate:
        """The worker of a name, or a new one of an ephemeral component; and the other arguments.

        If errors are visible, a missing component is only noticed by the first call.
        """
        tries = any(member.mode is Mode.TRY for r in link.resources for member in r.members)

        def locate(context: Context, args: tuple[Value, ...]) -> tuple[WorkerId, tuple[Value, ...]]:
            missing = not tries and self._registry.program(link.component) is None
            if missing and not context.current.replaying:  # else it was there
                raise HostFailure(unknown_component(link.component))
            if link.durable:
                return WorkerId(link.component, args[0]), args[1:]
            return ephemeral_worker(context, link.component), args

        return locate

    def _maker(self, link: ClientLink, kind: str) -> _Locate:
        """Where the constructor, or `custom`, finds the worker."""

        def by_id(context: Context, args: tuple[Value, ...]) -> tuple[WorkerId, tuple[Value, ...]]:
            return addressed(self._registry, context, args[0]), args[1:]

        return self._by_name(link) if kind == "constructor" else by_id

    def _fallible(self, link: ClientLink, function: str, kind: str) -> Run:
        """A constructor that returns a `result`: what the remote one returns, whose handle it is."""
        locate = self._maker(link, kind)
        return lambda context, *args: _call(context, *_target(locate(context, args), function))

    def _constructor(self, link: ClientLink, resource: ClientResource, kind: str) -> Run:
        locate = self._maker(link, kind)

        def construct(context: Context, *args: Value) -> Client:
            worker, rest = locate(context, args)
            if resource.constructor is None:
                return Client(worker)
            return Client(worker, _call(context, worker, resource.constructor, rest))

        return construct

    def _route(self, link: ClientLink, member: Member, kind: str) -> _Locate:
        """The worker and the remote arguments: `self` first, where it is a resource."""
        if member.worker:
            return self._by_name(link)

        def by_self(_: Context, args: tuple[Value, ...]) -> tuple[WorkerId, tuple[Value, ...]]:
            client: Client = args[0]
            rest = args[1:]
            return client.worker, rest if client.handle is None else (client.handle, *rest)

        def by_argument(_: Context, args: tuple[Value, ...]) -> tuple[WorkerId, tuple[Value, ...]]:
            for value in args:
                worker = self._registry.worker_of(value.uri) if isinstance(value, Handle) else None
                if worker is not None:
                    return worker, args
            raise HostFailure(
                f"{member.function} is static: without a handle among its arguments it has no "
                "worker to call"
            )

        return by_self if kind == "method" else by_argument

    def _member(self, link: ClientLink, member: Member, kind: str) -> Run:
        function, route = member.function, self._route(link, member, kind)
        match member.mode:
            case Mode.BLOCKING:

                def blocking(context: Context, *args: Value) -> Value:
                    worker, rest = route(context, args)
                    try:
                        return context.current.call(worker, function, rest)
                    except RpcError as error:
                        raise failed(worker, function, error) from None

                return blocking
            case Mode.TRY:
                return lambda context, *args: _try(
                    context, *_target(route(context, args), function)
                )
            case Mode.TRIGGER:
                return lambda context, *args: _trigger(
                    context, *_target(route(context, args), function)
                )
            case Mode.ASYNC:
                return lambda context, *args: _start(
                    context, *_target(route(context, args), function)
                )
            case Mode.SCHEDULED:
                return lambda context, *args: _schedule(
                    context, *_target(route(context, args[:-1]), function), args[-1]
                )
            case _:
                assert_never(member.mode)

    def _future(self, function: Function, member: str) -> Run:
        if member == "subscribe":
            return subscribe
        if member == "try-get":
            return _try_get
        if member == "cancel":
            return cancel
        result = function.type.result if function.type else None
        nested = isinstance(result, t.Option) and isinstance(result.item, t.Option)

        def get(context: Context, pending: Pending) -> Value:
            try:
                value = future_of(context, pending).get()
            except RpcError as error:
                raise failed(pending.worker, pending.function, error) from None
            return Some(value) if nested else value

        return get

    def _check(
        self,
        link: ClientLink,
        resource: ClientResource,
        member: Member,
        interface: Interface,
        function: Function,
    ) -> None:
        """Compare the caller's type of the function with the target's."""
        program = self._registry.program(link.component)
        if program is None or function.type is None or not self._strict:
            return  # constructing a client traps; the linker rejects what cannot be sent
        try:
            target = program.signature(member.function)
        except (UnknownFunction, BadArguments) as error:
            raise LinkError(f"`{member.name}` of `{link.interface}`: {error}") from None
        seen = caller_view(member, interface, function, named=member.worker and link.durable)
        if seen is None:
            named = (
                " with the worker's name as its first parameter"
                if member.worker and link.durable
                else ""
            )
            raise LinkError(
                f"`{member.name}` of `{link.interface}` is not a valid {member.mode} member{named}"
            )
        params, result = seen
        remote = resource.constructor is not None or resource.drop is not None
        skip = 1 if member.name.startswith("[method]") and remote else 0
        wanted = [ty for _, ty in target.params[skip:]]
        told = member.mode in {Mode.BLOCKING, Mode.TRY, Mode.ASYNC}
        checks_result = told and result is not ANY
        if [plain(p) for p in params] != [plain(p) for p in wanted] or (
            checks_result and plain_option(result) != plain_option(target.result)
        ):
            from runtime_shim.clients.differences import difference

            results = (result, target.result) if checks_result else (None, None)
            where = difference(params, target.params[skip:], results)
            raise LinkError(
                f"type mismatch: `{member.name}` of `{link.interface}` does not fit "
                f"`{member.function}` of the component deployed as `{link.component}`: {where}"
            )


def _unfit(link: ClientLink, called: str, function: Function) -> Run:
    """What a caller gets for a result that does not fit: the worker belongs to another build."""
    result = function.type.result if function.type else None
    inner = result.item if isinstance(result, t.Option) else result  # of a future, when it is there
    tries = isinstance(inner, t.Result) and inner.err == RPC_ERROR

    def unfit(context: Context, value: Value) -> Value:
        problem = "its result does not fit"
        expected, given = result, value
        if tries and isinstance(inner, t.Result) and isinstance(value, Ok):
            expected, given = inner.ok, value.value  # the client has put it there
        if expected is not None:
            try:
                check(expected, given, "its result")
            except BadValue as error:
                problem = str(error)
        refused = RpcError("protocol-error", f"{called}: {problem}")
        context.hint = f"calling {called} of {link.component} failed: {refused}"
        if tries:
            return Err(Case(refused.kind, refused.message))
        raise HostFailure(context.hint)

    return unfit


def _target(
    route: tuple[WorkerId, tuple[Value, ...]], function: str
) -> tuple[WorkerId, str, tuple[Value, ...]]:
    worker, args = route
    return worker, function, args


def _call(context: Context, worker: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
    try:
        return context.current.call(worker, function, args)
    except RpcError as error:
        raise failed(worker, function, error) from None


def _try(context: Context, worker: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
    try:
        return Ok(context.current.call(worker, function, args))
    except RpcError as error:
        return error_value(context, worker, function, error)


def _try_get(context: Context, pending: Pending) -> Value:
    try:
        return Ok(future_of(context, pending).get())
    except RpcError as error:
        return error_value(context, pending.worker, pending.function, error)


def _trigger(context: Context, worker: WorkerId, function: str, args: tuple[Value, ...]) -> None:
    try:
        context.current.send(worker, function, args)
    except RpcError as error:
        raise failed(worker, function, error) from None


def _start(context: Context, worker: WorkerId, function: str, args: tuple[Value, ...]) -> Pending:
    try:
        invocation = context.current
        future = invocation.spawn(worker, function, args)
        return Pending(worker, function, future, invocation)
    except RpcError as error:
        raise failed(worker, function, error) from None


def _schedule(
    context: Context, worker: WorkerId, function: str, args: tuple[Value, ...], at: Value
) -> Token:
    try:
        return Token(context.current.send(worker, function, args, due(at)))
    except RpcError as error:
        raise failed(worker, function, error) from None
