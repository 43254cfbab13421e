"""The client of `acme:counters/counters`, made by witgen.

The resources of `acme:counters-client/counters-client`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Any,
    Optional,
    Self,
)

from remote import (
    HandleOf,
    Param,
    Pending,
    Remote,
    RemoteInterface,
    RemoteResource,
    Resource,
)
from wit_value import (
    Codec,
    NOTHING,
    STRING,
    U64,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import counters_client as _protocols

COMPONENT = "acme:counters"


class FutureTotalResult(Resource, _protocols.FutureTotalResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U64)


class FutureCounterValueResult(Resource, _protocols.FutureCounterValueResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U64)


class Api(RemoteInterface, _protocols.Api):
    """Stands for `acme:counters/api`."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_add_to_all(
        self,
        value: int,
    ) -> None:
        self._remote.call(
            "acme:counters/api.{add-to-all}",
            NOTHING,
            Param(U64, value),
        )

    def add_to_all(
        self,
        value: int,
    ) -> None:
        self._remote.trigger(
            "acme:counters/api.{add-to-all}",
            Param(U64, value),
        )

    def schedule_add_to_all(
        self,
        value: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:counters/api.{add-to-all}",
            Param(U64, value),
        )

    def blocking_total(self) -> int:
        return self._remote.call(
            "acme:counters/api.{total}",
            U64,
        )

    def total(self) -> FutureTotalResult:
        return FutureTotalResult(
            self._remote.start(
                "acme:counters/api.{total}",
            ),
        )

    def schedule_total(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:counters/api.{total}",
        )


class Counter(RemoteResource, _protocols.Counter):
    """Stands for `acme:counters/api.counter`."""

    _drop = "acme:counters/api.{counter.drop}"

    def __init__(
        self,
        worker_name: str,
        name: str,
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, worker_name),
            "acme:counters/api.{counter.new}",
            Param(STRING, name),
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
        name: str,
    ) -> Self:
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:counters/api.{counter.new}",
            Param(STRING, name),
        )

    def blocking_add(
        self,
        value: int,
    ) -> None:
        self._remote.call(
            "acme:counters/api.{counter.add}",
            NOTHING,
            self._self(),
            Param(U64, value),
        )

    def add(
        self,
        value: int,
    ) -> None:
        self._remote.trigger(
            "acme:counters/api.{counter.add}",
            self._self(),
            Param(U64, value),
        )

    def schedule_add(
        self,
        value: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:counters/api.{counter.add}",
            self._self(),
            Param(U64, value),
        )

    def blocking_value(self) -> int:
        return self._remote.call(
            "acme:counters/api.{counter.value}",
            U64,
            self._self(),
        )

    def value(self) -> FutureCounterValueResult:
        return FutureCounterValueResult(
            self._remote.start(
                "acme:counters/api.{counter.value}",
                self._self(),
            ),
        )

    def schedule_value(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:counters/api.{counter.value}",
            self._self(),
        )


COUNTER_HANDLE: Codec[_protocols.Counter] = HandleOf[Any](Counter)
