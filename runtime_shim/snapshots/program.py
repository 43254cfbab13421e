"""Programs whose instances can be taken and made again.

What such a guest prints, and all streams that it has, are the host's: those of wasmtime cannot be made
again. What the host gives it is noted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import wasmtime
from wasmtime.component import Component, FuncType
from wasmtime.component import Instance as RawInstance

from runtime_shim.adapter.state import RESERVED, VERSION
from runtime_shim.boundary import signals
from runtime_shim.boundary.compile import NO_DEADLINE, EngineOptions
from runtime_shim.boundary.context import HostFailure, enter
from runtime_shim.boundary.reflect import Shape
from runtime_shim.boundary.resources import Exported
from runtime_shim.offers.provide import HostResource, Offer
from runtime_shim.program.program import WasmInstance, WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.snapshots import memories, objects, tables
from runtime_shim.snapshots.content import Snapshot
from runtime_shim.snapshots.loading import load_stateful
from runtime_shim.snapshots.memories import Mismatch
from runtime_shim.snapshots.parts import Adapter, Part, Resource, parts
from runtime_shim.snapshots.start import Started, Starting
from runtime_shim.snapshots.tables import NotNow
from runtime_shim.values import Value
from runtime_shim.values.codec import encode
from runtime_shim.wasi import virtual

if TYPE_CHECKING:
    from runtime_shim.program.loading import Nesting
    from runtime_shim.protocol.seams import Invocation

_T = TypeVar("_T")
_MUCH = 1 << 60
"""Of fuel: what is done here is not the guest's."""


class SnapshotProgram(WasmProgram):
    """A program whose instances can be taken, where its component allows it.

    Attributes:
        parts: The component instances that have state; None where they cannot be read.
        numbers: The number of the type of each resource that the host gives to guests.
    """

    parts: tuple[Part, ...] | None = None
    numbers: Mapping[Resource, int] = MappingProxyType({})

    def _load(
        self, data: bytes, known: str, options: EngineOptions, name: str
    ) -> tuple[Component, EngineOptions, Nesting | None]:
        found = load_stateful(data, known, options, name) if self.durable else None
        self._stateful = found is not None
        return found or super()._load(data, known, options, name)

    def _shape(
        self, component: Component, engine: wasmtime.Engine, *, packed: bool = False
    ) -> Shape:
        shape = super()._shape(component, engine, packed=packed)
        if not self._stateful:
            return shape
        exports = {name: item.ty for name, item in component.type.exports(engine).items()}
        added = {
            name: ty
            for name, ty in exports.items()
            if name.startswith(RESERVED) and isinstance(ty, FuncType)
        }
        self.parts = parts(added, shape)
        kept = {}
        for name, interface in shape.exports.items():
            functions = {n: f for n, f in interface.functions.items() if name or n not in added}
            if name or functions or interface.types:
                kept[name] = replace(interface, functions=functions)
        return replace(shape, exports=kept)

    def _offers(self) -> dict[str, Offer]:
        offers = super()._offers()
        if self.parts is None:
            return offers
        offers = {**virtual.offers(self.shape, self.deployment.grants), **offers}
        numbers: dict[Resource, int] = {}
        self.numbers = numbers
        return {name: _noted(name, offer, numbers) for name, offer in offers.items()}

    def _instance(self, worker: WorkerId, environment: Environment) -> WasmInstance:
        return SnapshotInstance(self, worker, environment)

    def restore(
        self, snapshot: Snapshot, invocation: Invocation
    ) -> tuple[SnapshotInstance, RetryPolicy | None]:
        """An instance in the state of a snapshot, and the policy that its guest has set.

        Args:
            snapshot: The state.
            invocation: What it is made for.

        Raises:
            Mismatch: It cannot be put into that state.
        """
        worker, environment = invocation.worker, invocation.environment
        if snapshot.version != VERSION or snapshot.component != self.digest:
            raise Mismatch("it was taken of another build")
        if snapshot.environment != digest(environment) or self.parts is None:
            raise Mismatch("it was taken of a worker that was created with something else")
        instance = SnapshotInstance(self, worker, environment)
        try:
            return instance, instance.become(snapshot)
        except BaseException as error:
            instance.close()
            if isinstance(error, Exception):  # whatever values stand in it
                raise Mismatch(str(error)) from None
            raise


def _noted(interface: str, offer: Offer, numbers: dict[Resource, int]) -> Offer:
    def noted(name: str, make: Callable[[int], HostResource]) -> Callable[[int], HostResource]:
        def made(number: int) -> HostResource:
            numbers[interface, name] = number
            return tables.watched(make(number), (interface, name))

        return made

    return Offer(offer.functions, {name: noted(name, m) for name, m in offer.resources.items()})


def digest(environment: Environment) -> str:
    """What distinguishes what workers are created with."""
    given = encode((dict(environment.variables), environment.arguments))
    return hashlib.sha256(given).hexdigest()


class SnapshotInstance(WasmInstance):
    """An instance that can be taken between two calls."""

    _program: SnapshotProgram
    started: Starting | None = None

    def _instance(self) -> RawInstance:
        """The started component; what starting asks of the host is noted."""
        if self._raw is not None:
            return self._raw
        context = self._context
        self.started = Starting(context.current)
        context.invocation = self.started.noting
        try:
            return super()._instance()
        finally:
            context.invocation = self.started.invocation

    def snapshot(self) -> Snapshot:
        """The state that the instance is in; it can go on afterwards.

        Raises:
            NotNow: It cannot be taken as it is, and may be later.
            WasmtimeError, Mismatch: It cannot be taken, and the instance is not to be used again.
        """
        program, context, started = self._program, self._context, self.started
        if program.parts is None or self._raw is None or started is None:
            raise NotNow("it has no state that can be read")
        if started.asked_others:
            raise NotNow("its component calls others when it starts")
        counts = objects.counted(context)
        kept = {rep: objects.dumped(value) for rep, value in context.table.items()}
        fresh = SnapshotInstance(program, context.worker, context.environment)
        try:
            try:
                begun = fresh._begun(started.entries)
            except wasmtime.WasmtimeError as error:  # there is no room for another one
                raise NotNow(f"no fresh instance can be made to compare it with: {error}") from None
            return self._inside(self._take, begun, counts, kept)
        finally:
            fresh.close()

    def _take(self, fresh: Sequence[Adapter], counts: Value, kept: dict[int, Value]) -> Snapshot:
        context, adapters = self._context, self._adapters()
        found = tables.taken(context, adapters)
        assert self.started is not None
        return Snapshot(
            self._program.digest,
            VERSION,
            digest(context.environment),
            self.started.entries,
            tuple(memories.taken(a, b) for a, b in zip(adapters, fresh, strict=True)),
            found,
            kept,
            tuple(self._given(adapters)),
            dict(self._implicit_resources),
            counts,
        )

    def become(self, snapshot: Snapshot) -> RetryPolicy | None:
        """Take the state of a snapshot; returns the policy that its guest has set.

        Raises:
            Mismatch: What came out differs.
        """
        adapters = self._begun(snapshot.start)
        self.started = Starting.over(snapshot.start)
        return self._inside(self._put, adapters, snapshot)

    def _put(self, adapters: Sequence[Adapter], snapshot: Snapshot) -> RetryPolicy | None:
        context, program = self._context, self._program
        if len(adapters) != len(snapshot.parts):
            raise Mismatch("it has another number of parts")
        for number, interface, name, part, rep in snapshot.given:
            made, _ = adapters[part].part.owned[interface, name]
            kind = Exported(name, interface)
            context.handles[number] = kind, adapters[part].call(made, rep)
        tables.put(context, adapters, snapshot.tables, program.numbers)
        if {rep for table in snapshot.tables for _, rep, _ in table.handles} != {*snapshot.objects}:
            raise Mismatch("it holds other objects than those that were taken")
        for rep, value in snapshot.objects.items():
            context.table[rep] = objects.loaded(value, program.deployment.grants)
        for adapter, state in zip(adapters, snapshot.parts, strict=True):
            memories.put(adapter, state)
        self._implicit_resources.update(snapshot.implicit)
        return objects.remember(context, snapshot.counts)

    def _given(self, adapters: Sequence[Adapter]) -> list[tuple[int, str, str, int, int]]:
        found = []
        for number, (kind, resource) in self._context.handles.items():
            if not isinstance(kind, Exported):
                raise NotNow("it gave out something that cannot be made again")
            for part, adapter in enumerate(adapters):
                functions = adapter.part.owned.get((kind.interface, kind.name))
                if functions is not None:
                    rep = adapter.call(functions[1], resource)
                    found.append((number, kind.interface, kind.name, part, rep))
                    break
            else:
                raise NotNow(f"it gave out a `{kind.name}`, which cannot be made again")
        return found

    def _begun(self, start: tuple[tuple[str, Value], ...]) -> list[Adapter]:
        """Start the component as it was started before."""
        started = Started(start, self._context.worker, self._context.environment)
        self._context.invocation = cast("Invocation", started)
        try:
            self._inside(super()._instance)
            started.finish()
        finally:
            self._context.invocation = None
        return self._adapters()

    def _adapters(self) -> list[Adapter]:
        if self._raw is None:
            raise HostFailure("the instance is not started")
        return [Adapter(part, self._context.store, self._raw) for part in self._program.parts or ()]

    def _inside(self, act: Callable[..., _T], *args: Any) -> _T:
        """What `act` gives, which runs code of the component outside any call."""
        context = self._context
        if self._program.deployment.limits.fuel is not None:
            context.store.set_fuel(_MUCH)
        if self._program.deployment.limits.deadline is not None and context.slice is None:
            context.store.set_epoch_deadline(NO_DEADLINE)
        context.deadline = None
        guard = context.guard = signals.guard()
        stack = enter(context)
        try:
            return act(*args) if guard is None else guard.run(act, *args)
        finally:
            stack.pop()
