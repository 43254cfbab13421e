"""The members of a client resource: their parameters and routing.

A function `f` of the target becomes `blocking-f`, `f` (with a future, or fire-and-forget when it
returns nothing) and `schedule-f`, as in Golem's generator, and, on request, `try-f` and
`trigger-f`. If two members would get the same name, or a parameter the name of an added one,
another name is chosen with a warning. Requested extras never rename anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from witgen.client.entities import STATIC, Entity, Sort
from witgen.client.gates import Gates
from witgen.client.host_types import HostTypes
from witgen.client.kinds import is_handle
from witgen.client.model import FutureResource, Member, Mode, Remote, Routing
from witgen.client.names import Scope
from witgen.client.naming import Names
from witgen.client.warnings import Warn, warning
from witgen.resolve import model as m
from witgen.value import value

_UNSAFE = ("self", "cls")
"""Parameters that a method of WIT or Python already has."""


@value
class Terms:
    """What the members of all resources of a client go by.

    Attributes:
        target: The target, whose types `type` takes.
        type: Converts a type of the target into one of the client.
        durable: Whether workers have names.
        host: The host's types.
        gates: The gates of the target.
        warn: Receives warnings.
    """

    target: m.Resolve
    type: Callable[[m.Type], m.Type]
    durable: bool
    host: HostTypes
    gates: Gates
    warn: Warn


@value
class Maker:
    """Makes the members of one client resource.

    Attributes:
        entity: What the resource represents.
        name: The resource's name in the client interface.
        resource: Its type there.
        own: `own` of it.
        borrow: `borrow` of it.
        terms: What it shares with the other resources.
    """

    entity: Entity
    name: str
    resource: m.TypeId
    own: m.Type
    borrow: m.Type
    terms: Terms

    @property
    def can_fail(self) -> bool:
        """Whether the remote constructor returns a `result`."""
        made = None if self.entity.constructor is None else self.entity.constructor.result
        return made is not None and not is_handle(self.terms.target, made)

    def constructor(self, remote: Remote | None) -> m.Function:
        """`constructor(worker-name: string, …)`, without the name if ephemeral."""
        params = () if remote is None else remote.params
        if self.terms.durable:
            params = (m.Param(self._added("worker-name", params), m.Prim.STRING), *params)
        return m.Function(
            f"[constructor]{self.name}",
            m.FunctionKind(m.FunctionShape.CONSTRUCTOR, self.resource),
            params,
            self._made(remote),
            self._docs(remote),
            self._constructor_gate(),
        )

    def custom(self, remote: Remote | None) -> m.Function:
        """`custom: static func(worker-id, …)`, or `component-id` if ephemeral."""
        params = () if remote is None else remote.params
        if self.terms.durable:
            first = m.Param(self._added("worker-id", params), self.terms.host.worker_id)
        else:
            first = m.Param(self._added("component-id", params), self.terms.host.component_id)
        return m.Function(
            f"[static]{self.name}.custom",
            m.FunctionKind(m.FunctionShape.STATIC, self.resource),
            (first, *params),
            self._made(remote),
            self._docs(remote),
            self._constructor_gate(),
        )

    def remote(self, function: m.Function) -> Remote:
        """A function of the target in the client's types, without `self`."""
        method = function.kind.shape is m.FunctionShape.METHOD
        params = function.params[1:] if method else function.params
        scope = Scope()
        scope.reserve(p.name for p in params if p.name.lower() not in _UNSAFE)
        mapped = []
        for param in params:
            name = param.name
            if name.lower() in _UNSAFE:
                name = scope.pick(f"{name.lower()}-value")
                self.terms.warn(
                    warning(
                        "GEN2204",
                        f"the parameter `{param.name}` of `{self.entity.invocation(function)}` is"
                        f" named `{name}` in the client, where its own name is taken",
                    )
                )
            mapped.append(m.Param(name, self.terms.type(param.type)))
        result = None if function.result is None else self.terms.type(function.result)
        return Remote(
            function.item_name,
            self.entity.invocation(function),
            tuple(mapped),
            result,
            function.docs,
            function.stability,
        )

    def members(
        self,
        function: m.Function,
        names: Names,
        future: FutureResource | None,
        own_future: m.Type | None,
        tried: m.Type | None,
    ) -> Iterator[Member]:
        """The blocking, the asynchronous or fire-and-forget, and the scheduled member, and extras.

        Args:
            function: The function of the target.
            names: Their names.
            future: The future of its result.
            own_future: `own` of that future.
            tried: The result or the error of a call, if errors are visible.
        """
        remote = self.remote(function)
        routing, handle = self._routing(function)
        gate = self.terms.gates.member(self.entity, function)
        first = self._first(remote, routing)
        static = function.kind.shape in STATIC
        later = m.Param(
            self._added("scheduled-for", (*first, *remote.params)), self.terms.host.datetime
        )
        base, extras = names.base, names.extras
        plan: list[tuple[str, Mode, tuple[m.Param, ...], m.Type | None]] = [
            (f"blocking-{base}", Mode.BLOCKING, (), remote.result)
        ]
        if "try" in extras:
            plan.append((extras["try"], Mode.TRY, (), tried))
        if future is not None or remote.result is None:  # else the client is synchronous only
            plan.append((base, Mode.TRIGGER if future is None else Mode.ASYNC, (), own_future))
        if "trigger" in extras:
            plan.append((extras["trigger"], Mode.TRIGGER, (), None))
        plan.append((f"schedule-{base}", Mode.SCHEDULED, (later,), self.terms.host.token))
        for member, mode, extra, returns in plan:
            params = (*first, *remote.params, *extra)
            declared = self._function(member, params, returns, remote.docs, gate, static=static)
            named = future.name if future is not None and mode is Mode.ASYNC else None
            yield Member(declared, remote, mode, routing, named, handle)

    def _function(
        self,
        name: str,
        params: tuple[m.Param, ...],
        result: m.Type | None,
        docs: str | None,
        gate: m.Stability,
        *,
        static: bool,
    ) -> m.Function:
        shape = m.FunctionShape.STATIC if static else m.FunctionShape.METHOD
        if not static:
            params = (m.Param("self", self.borrow), *params)
        full = f"[{shape.value}]{self.name}.{name}"
        return m.Function(full, m.FunctionKind(shape, self.resource), params, result, docs, gate)

    def _routing(self, function: m.Function) -> tuple[Routing, int]:
        """Where members find their worker, and which argument knows it."""
        if self.entity.sort is not Sort.RESOURCE:
            return Routing.INTERFACE, 0
        if function.kind.shape not in STATIC:
            return Routing.HANDLE, 0
        for index, param in enumerate(function.params):
            if is_handle(self.terms.target, param.type):
                return Routing.ARGUMENT, index
        return Routing.WORKER, 0

    def _first(self, remote: Remote, routing: Routing) -> tuple[m.Param, ...]:
        """The parameter that a static needs to know its worker."""
        if routing is not Routing.WORKER or not self.terms.durable:
            return ()
        self.terms.warn(
            warning(
                "GEN2206",
                f"`{remote.invocation}` is static and has no handle among its arguments, so its"
                " members take the worker's name first",
            )
        )
        return (m.Param(self._added("worker-name", remote.params), m.Prim.STRING),)

    def _added(self, name: str, params: tuple[m.Param, ...]) -> str:
        scope = Scope()
        scope.reserve(p.name for p in params)
        chosen = scope.pick(name, f"golem-{name}")
        if chosen != name:
            self.terms.warn(
                warning(
                    "GEN2204",
                    f"`{self.entity.stands_for}` already has a parameter `{name}`; the one that"
                    f" the client adds is named `{chosen}`",
                )
            )
        return chosen

    def _made(self, remote: Remote | None) -> m.Type:
        result = remote.result if remote is not None and self.can_fail else None
        return self.own if result is None else result

    def _constructor_gate(self) -> m.Stability:
        if self.entity.constructor is not None:
            return self.terms.gates.member(self.entity, self.entity.constructor)
        gate = self.terms.gates.entity(self.entity)
        return gate if isinstance(gate, m.Unstable) else None

    def _docs(self, remote: Remote | None) -> str | None:
        return None if remote is None else remote.docs
