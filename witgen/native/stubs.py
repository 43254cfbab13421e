"""The core function of each function that a client exports: a call of the runtime with constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from witgen.client import Client, ClientResource, FutureResource, Member, Mode, Routing
from witgen.component.abi import Abi
from witgen.component.name_section import end
from witgen.native.describe import Descriptions
from witgen.native.forms import Form, identifier, short_name
from witgen.native.frame import Frame, load
from witgen.resolve import model as m


@dataclass(frozen=True, slots=True)
class Lifted:
    """An exported function.

    Attributes:
        core: The name of its core function; of one of the host, if it is called without a change.
        hosted: Whether it is one of the host.
        memory: Whether pointers pass.
        allocates: Whether pointers pass to it.
        releases: Whether its result lies in memory, to be given back when it was read.
    """

    core: str
    releases: bool
    memory: bool = False
    allocates: bool = False
    hosted: bool = False


@dataclass(slots=True)
class Stubs:
    """Makes the functions of a client.

    Attributes:
        client: The client.
        abi: Layouts.
        data: The static data, which is added to.
        forms: What was made.
        lifted: The exported functions, by name.
        failures: The functions to fail with, in the order of their table.
    """

    client: Client
    abi: Abi
    data: Descriptions
    forms: list[Form] = field(default_factory=list)
    lifted: dict[str, Lifted] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    _futures: dict[str, int] = field(default_factory=dict)

    def make(self) -> None:
        """All functions of the client interface."""
        for resource in self.client.resources:
            for maker in (resource.constructor, resource.custom):
                if maker is not None:
                    self._maker(resource, maker)
            for member in resource.members:
                self._member(resource, member)
            if resource.remote_drop is not None:
                self._destructor(resource)
        for future in self.client.futures:
            self._future(future)

    # --- the parts ---

    def _add(
        self,
        frame: Frame,
        sent: Sequence[int],
        body: str,
        *,
        connects: str | None = None,
    ) -> None:
        """The core function: parameters into memory, the body, the end of the call."""
        lines = list(frame.prologue(sent, self.data))
        if connects is not None:
            lines.append(f"(local.set $rpc {connects})")
        lines.append(body)
        if connects is not None:
            lines.append("(call $disconnect (local.get $rpc))")
        if not frame.signature.result_spilled:
            lines.append("(call $leave)")
        self._define(frame, lines)

    def _define(self, frame: Frame, lines: Sequence[str]) -> None:
        core = short_name(len(self.lifted))
        name = identifier(frame.function.name)
        code = "\n  ".join(lines)
        local_names = [n for n in ("$frame", "$rpc") if f"(local.set {n} " in code]
        locals_ = "".join(f" (local {n} i32)" for n in local_names)
        text = f'(func {name} (export "{core}"){frame.core_type}{locals_}\n  {code})'
        self.forms.append(Form(name, text))
        released, allocates = frame.signature.result_spilled, frame.takes_pointers
        memory = released or allocates
        self.lifted[frame.function.name] = Lifted(core, released, memory, allocates)

    def _remote(
        self,
        invocation: str,
        params: Sequence[tuple[int, m.Type]],
        result: m.Type | None,
    ) -> int:
        """The description of a remote function whose parameters lie there."""
        failure = end("rpc", invocation)
        if failure not in self.failures:
            self.failures[failure] = identifier(failure)
            self.forms.append(
                Form(identifier(failure), f"(func {identifier(failure)} unreachable)")
            )
        number = list(self.failures).index(failure)
        described = 0 if result is None else self.data.type(result)
        where = self.data.record(params, 0)
        return self.data.words(*self.data.text(invocation), number, described, where)

    # --- functions ---

    def _maker(self, resource: ClientResource, function: m.Function) -> None:
        """The constructor, or `custom`."""
        frame = Frame.of(function, self.abi)
        remote = resource.remote_constructor
        count = 0 if remote is None else len(remote.params)
        added = len(function.params) - count
        located = frame.values(0) if added else []
        if function.kind.shape is not m.FunctionShape.CONSTRUCTOR:
            how = "connect" if self.client.durable else "connect-ephemeral"
        else:
            how = "worker" if self.client.durable else "ephemeral"
        made = f"(call ${' '.join([how, *located])})"
        sent = range(added, len(function.params))
        if resource.remote_constructor_name is not None:
            described = self._remote(
                resource.remote_constructor_name, frame.fields(sent), function.result
            )
            where = frame.pointer(sent)
            if resource.can_fail:
                arguments = f"(i32.const {described}) (local.get $rpc) (i32.const 0) {where}"
                self._add(frame, sent, self._called(frame, arguments), connects=made)
                return
            made = f"(call $construct (i32.const {described}) {made} {where})"
        self._add(frame, sent, f"(call {new_name(resource.name)} {made})")

    def _member(self, resource: ClientResource, member: Member) -> None:
        function, remote = member.function, member.remote
        frame = Frame.of(function, self.abi)
        static = function.kind.shape is m.FunctionShape.STATIC
        named = member.routing is Routing.WORKER and self.client.durable
        first = (0 if static else 1) + int(named)
        sent = range(first, first + len(remote.params))
        described = self._remote(remote.invocation, frame.fields(sent), remote.result)
        rpc, own, connects = self._target(frame, member, sent)
        arguments = f"(i32.const {described}) {rpc} {own} {frame.pointer(sent)}"
        self._add(frame, sent, self._body(frame, member, arguments), connects=connects)
        if member.future is not None:
            self._futures[member.future] = described

    def _called(self, frame: Frame, arguments: str) -> str:
        """A call that is waited for."""
        result = frame.function.result
        size = 0 if result is None else self.abi.layout(result).size
        called = f"(call $call {arguments} (i32.const {size}))"
        if result is None:
            return f"(drop {called})"
        if frame.signature.result_spilled:
            return called
        return load(frame.signature.results[0], size, 0, called)

    def _body(self, frame: Frame, member: Member, arguments: str) -> str:
        result = member.function.result
        layout = None if result is None else self.abi.layout(result)
        size = 0 if layout is None else layout.size
        match member.mode:
            case Mode.BLOCKING:
                return self._called(frame, arguments)
            case Mode.TRY:
                payload = 0 if layout is None else layout.payload
                return f"(call $try {arguments} (i32.const {size}) (i32.const {payload}))"
            case Mode.TRIGGER:
                return f"(call $trigger {arguments})"
            case Mode.ASYNC:
                return f"(call {new_name(member.future or '')} (call $start {arguments}))"
            case Mode.SCHEDULED:
                time = " ".join(frame.values(len(member.function.params) - 1))
                return f"(call $schedule {arguments} {time})"
            case _:
                assert_never(member.mode)

    def _target(
        self, frame: Frame, member: Member, sent: Sequence[int]
    ) -> tuple[str, str, str | None]:
        """The connection to call through, `self` on the wire, and what makes a connection."""
        match member.routing:
            case Routing.INTERFACE:
                return frame.values(0)[0], "(i32.const 0)", None
            case Routing.HANDLE:
                own = frame.values(0)[0]
                return f"(call $connection {own})", own, None
            case Routing.ARGUMENT:
                index = sent[member.handle]
                return f"(call $connection {self._stands_for(frame, index)})", "(i32.const 0)", None
            case Routing.WORKER:
                name = " ".join(frame.values(0)) if self.client.durable else ""
                how = f"worker {name}" if self.client.durable else "ephemeral"
                return "(local.get $rpc)", "(i32.const 0)", f"(call ${how})"
            case _:
                assert_never(member.routing)

    def _stands_for(self, frame: Frame, index: int) -> str:
        """What a handle among the parameters represents."""
        behind = self.abi.resolve.dealias(frame.function.params[index].type)
        kind = None if isinstance(behind, m.Prim) else self.abi.resolve.types[behind].kind
        (value,) = frame.values(index)
        if not isinstance(kind, m.Own):
            return value
        resource = self.abi.resolve.dealias(kind.resource)
        if isinstance(resource, m.Prim):
            raise TypeError("a handle refers to a resource")
        return f"(call $representation (i32.const {self.data.resources[resource]}) {value})"

    def _destructor(self, resource: ClientResource) -> None:
        described = self._remote(resource.remote_drop or "", (), None)
        name = destructor_name(resource.name)
        text = f"(func {name} (param i32) (call $destroy (i32.const {described}) (local.get 0)))"
        self.forms.append(Form(name, text))

    def _future(self, future: FutureResource) -> None:
        described = f"(i32.const {self._futures[future.name]})"
        self._direct(future.subscribe, "subscribe")
        self._define(Frame.of(future.get, self.abi), self._getter("get", described, future.get))
        if future.try_get is not None:
            lines = self._getter("try-get", described, future.try_get)
            self._define(Frame.of(future.try_get, self.abi), lines)
        if future.cancel is not None:
            self._direct(future.cancel, "cancel")

    def _direct(self, function: m.Function, host: str) -> None:
        """A method of a future that is the host's own, since both have the same representation."""
        self.lifted[function.name] = Lifted(host, releases=False, hosted=True)

    def _getter(self, how: str, described: str, function: m.Function) -> list[str]:
        if function.result is None:
            raise TypeError("a future has a result")
        layout = self.abi.layout(function.result)
        where = f"(i32.const {layout.size}) (i32.const {layout.payload})"
        if how == "try-get":
            behind = self.abi.resolve.dealias(function.result)
            kind = None if isinstance(behind, m.Prim) else self.abi.resolve.types[behind].kind
            if not isinstance(kind, m.Option):
                raise TypeError("the outcome of a future is an option")
            where += f" (i32.const {self.abi.layout(kind.type).payload})"
        called = f"(call ${how} {described} (local.get 0) {where})"
        return ["(drop (call $enter (i32.const 0)))", called]


def new_name(resource: str) -> str:
    """The identifier of the function that makes handles of a client resource."""
    return identifier(f"new {resource}")


def destructor_name(resource: str) -> str:
    """The identifier of the destructor of a remote resource."""
    return identifier(f"drop {resource}")
