"""The client of `acme:depot/depot@0.2.0`, made by witgen.

The resources of `acme:depot-client/depot-client@0.2.0`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Any,
    Optional,
    Self,
)

from client_types import CRATE
from componentize_py_types import (
    Result,
    Some,
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
    OptionOf,
    ResultOf,
    STRING,
    U32,
    U64,
    U8,
)
from wit_world.exports.depot_types import Crate
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    RpcError,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import depot_client as _protocols

COMPONENT = "acme:depot"


class FutureCountResult(Resource, _protocols.FutureCountResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U32)

    def try_get(self) -> Optional[Result[int, RpcError]]:
        return self._pending.try_get(U32)

    def cancel(self) -> None:
        self._pending.cancel()


class FutureTakeResult(Resource, _protocols.FutureTakeResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[Optional[Crate], str]]:
        return self._pending.get(ResultOf(OptionOf(CRATE), STRING))

    def try_get(self) -> Optional[Result[Result[Optional[Crate], str], RpcError]]:
        return self._pending.try_get(ResultOf(OptionOf(CRATE), STRING))

    def cancel(self) -> None:
        self._pending.cancel()


class FutureTryCountResult(Resource, _protocols.FutureTryCountResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U32)

    def try_get(self) -> Optional[Result[int, RpcError]]:
        return self._pending.try_get(U32)

    def cancel(self) -> None:
        self._pending.cancel()


class FutureShelfMergeResult(Resource, _protocols.FutureShelfMergeResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.Shelf]:
        return self._pending.get(SHELF_HANDLE)

    def try_get(self) -> Optional[Result[_protocols.Shelf, RpcError]]:
        return self._pending.try_get(SHELF_HANDLE)

    def cancel(self) -> None:
        self._pending.cancel()


class FutureShelfFindResult(Resource, _protocols.FutureShelfFindResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[_protocols.Shelf]]]:
        return self._pending.get_some(OptionOf(SHELF_HANDLE))

    def try_get(self) -> Optional[Result[Optional[_protocols.Shelf], RpcError]]:
        return self._pending.try_get(OptionOf(SHELF_HANDLE))

    def cancel(self) -> None:
        self._pending.cancel()


class FutureShelfGetResult(Resource, _protocols.FutureShelfGetResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[Crate]]]:
        return self._pending.get_some(OptionOf(CRATE))

    def try_get(self) -> Optional[Result[Optional[Crate], RpcError]]:
        return self._pending.try_get(OptionOf(CRATE))

    def cancel(self) -> None:
        self._pending.cancel()


class Stock(RemoteInterface, _protocols.Stock):
    """Has functions that are called like members."""

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

    def blocking_count(self) -> int:
        """How many there are."""
        return self._remote.call(
            "acme:depot/stock@0.2.0.{count}",
            U32,
        )

    def try_count_function(self) -> int:
        """How many there are."""
        return self._remote.attempt(
            "acme:depot/stock@0.2.0.{count}",
            U32,
        )

    def count(self) -> FutureCountResult:
        """How many there are."""
        return FutureCountResult(
            self._remote.start(
                "acme:depot/stock@0.2.0.{count}",
            ),
        )

    def trigger_count_function(self) -> None:
        """How many there are."""
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{count}",
        )

    def schedule_count(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """How many there are."""
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{count}",
        )

    def blocking_take(
        self,
        name: str,
        at: int,
    ) -> Optional[Crate]:
        """With a result that may itself be an error, and an option inside."""
        return self._remote.call_fallible(
            "acme:depot/stock@0.2.0.{take}",
            ResultOf(OptionOf(CRATE), STRING),
            Param(STRING, name),
            Param(U64, at),
        )

    def try_take(
        self,
        name: str,
        at: int,
    ) -> Result[Optional[Crate], str]:
        """With a result that may itself be an error, and an option inside."""
        return self._remote.attempt(
            "acme:depot/stock@0.2.0.{take}",
            ResultOf(OptionOf(CRATE), STRING),
            Param(STRING, name),
            Param(U64, at),
        )

    def take(
        self,
        name: str,
        at: int,
    ) -> FutureTakeResult:
        """With a result that may itself be an error, and an option inside."""
        return FutureTakeResult(
            self._remote.start(
                "acme:depot/stock@0.2.0.{take}",
                Param(STRING, name),
                Param(U64, at),
            ),
        )

    def trigger_take(
        self,
        name: str,
        at: int,
    ) -> None:
        """With a result that may itself be an error, and an option inside."""
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{take}",
            Param(STRING, name),
            Param(U64, at),
        )

    def schedule_take(
        self,
        name: str,
        at: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """With a result that may itself be an error, and an option inside."""
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{take}",
            Param(STRING, name),
            Param(U64, at),
        )

    def blocking_put(
        self,
        crate: Crate,
    ) -> None:
        self._remote.call(
            "acme:depot/stock@0.2.0.{put}",
            NOTHING,
            Param(CRATE, crate),
        )

    def try_put(
        self,
        crate: Crate,
    ) -> None:
        self._remote.attempt(
            "acme:depot/stock@0.2.0.{put}",
            NOTHING,
            Param(CRATE, crate),
        )

    def put(
        self,
        crate: Crate,
    ) -> None:
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{put}",
            Param(CRATE, crate),
        )

    def schedule_put(
        self,
        crate: Crate,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{put}",
            Param(CRATE, crate),
        )

    def blocking_try_count(
        self,
        times: int,
    ) -> int:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        return self._remote.call(
            "acme:depot/stock@0.2.0.{try-count}",
            U32,
            Param(U8, times),
        )

    def try_try_count(
        self,
        times: int,
    ) -> int:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        return self._remote.attempt(
            "acme:depot/stock@0.2.0.{try-count}",
            U32,
            Param(U8, times),
        )

    def try_count(
        self,
        times: int,
    ) -> FutureTryCountResult:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        return FutureTryCountResult(
            self._remote.start(
                "acme:depot/stock@0.2.0.{try-count}",
                Param(U8, times),
            ),
        )

    def trigger_try_count(
        self,
        times: int,
    ) -> None:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{try-count}",
            Param(U8, times),
        )

    def schedule_try_count(
        self,
        times: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{try-count}",
            Param(U8, times),
        )

    def blocking_trigger_count(self) -> None:
        self._remote.call(
            "acme:depot/stock@0.2.0.{trigger-count}",
            NOTHING,
        )

    def try_trigger_count(self) -> None:
        self._remote.attempt(
            "acme:depot/stock@0.2.0.{trigger-count}",
            NOTHING,
        )

    def trigger_count(self) -> None:
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{trigger-count}",
        )

    def schedule_trigger_count(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{trigger-count}",
        )


class Shelf(RemoteResource, _protocols.Shelf):
    """Stands for `acme:depot/stock@0.2.0.shelf`."""

    _drop = "acme:depot/stock@0.2.0.{shelf.drop}"

    def __init__(
        self,
        worker_name: str,
        name: str,
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, worker_name),
            "acme:depot/stock@0.2.0.{shelf.new}",
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
            "acme:depot/stock@0.2.0.{shelf.new}",
            Param(STRING, name),
        )

    @classmethod
    def blocking_merge(
        cls,
        first: Self,
        second: Self,
    ) -> Self:
        return Remote.of(first).call(
            "acme:depot/stock@0.2.0.{shelf.merge}",
            HandleOf(cls),
            Param(HandleOf(cls), first),
            Param(HandleOf(cls), second),
        )

    @classmethod
    def try_merge(
        cls,
        first: Self,
        second: Self,
    ) -> Self:
        return Remote.of(first).attempt(
            "acme:depot/stock@0.2.0.{shelf.merge}",
            HandleOf(cls),
            Param(HandleOf(cls), first),
            Param(HandleOf(cls), second),
        )

    @classmethod
    def merge(
        cls,
        first: Self,
        second: Self,
    ) -> FutureShelfMergeResult:
        return FutureShelfMergeResult(
            Remote.of(first).start(
                "acme:depot/stock@0.2.0.{shelf.merge}",
                Param(HandleOf(cls), first),
                Param(HandleOf(cls), second),
            ),
        )

    @classmethod
    def trigger_merge(
        cls,
        first: Self,
        second: Self,
    ) -> None:
        Remote.of(first).trigger(
            "acme:depot/stock@0.2.0.{shelf.merge}",
            Param(HandleOf(cls), first),
            Param(HandleOf(cls), second),
        )

    @classmethod
    def schedule_merge(
        cls,
        first: Self,
        second: Self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.of(first).schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{shelf.merge}",
            Param(HandleOf(cls), first),
            Param(HandleOf(cls), second),
        )

    @classmethod
    def blocking_find(
        cls,
        worker_name: str,
        name: str,
    ) -> Optional[Self]:
        return Remote.worker(COMPONENT, worker_name).call(
            "acme:depot/stock@0.2.0.{shelf.find}",
            OptionOf(HandleOf(cls)),
            Param(STRING, name),
        )

    @classmethod
    def try_find(
        cls,
        worker_name: str,
        name: str,
    ) -> Optional[Self]:
        return Remote.worker(COMPONENT, worker_name).attempt(
            "acme:depot/stock@0.2.0.{shelf.find}",
            OptionOf(HandleOf(cls)),
            Param(STRING, name),
        )

    @classmethod
    def find(
        cls,
        worker_name: str,
        name: str,
    ) -> FutureShelfFindResult:
        return FutureShelfFindResult(
            Remote.worker(COMPONENT, worker_name).start(
                "acme:depot/stock@0.2.0.{shelf.find}",
                Param(STRING, name),
            ),
        )

    @classmethod
    def trigger_find(
        cls,
        worker_name: str,
        name: str,
    ) -> None:
        Remote.worker(COMPONENT, worker_name).trigger(
            "acme:depot/stock@0.2.0.{shelf.find}",
            Param(STRING, name),
        )

    @classmethod
    def schedule_find(
        cls,
        worker_name: str,
        name: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, worker_name).schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{shelf.find}",
            Param(STRING, name),
        )

    def blocking_get(
        self,
        index: int,
    ) -> Optional[Crate]:
        """Its member `try-get` is no future's."""
        return self._remote.call(
            "acme:depot/stock@0.2.0.{shelf.get}",
            OptionOf(CRATE),
            self._self(),
            Param(U32, index),
        )

    def try_get(
        self,
        index: int,
    ) -> Optional[Crate]:
        """Its member `try-get` is no future's."""
        return self._remote.attempt(
            "acme:depot/stock@0.2.0.{shelf.get}",
            OptionOf(CRATE),
            self._self(),
            Param(U32, index),
        )

    def get(
        self,
        index: int,
    ) -> FutureShelfGetResult:
        """Its member `try-get` is no future's."""
        return FutureShelfGetResult(
            self._remote.start(
                "acme:depot/stock@0.2.0.{shelf.get}",
                self._self(),
                Param(U32, index),
            ),
        )

    def trigger_get(
        self,
        index: int,
    ) -> None:
        """Its member `try-get` is no future's."""
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{shelf.get}",
            self._self(),
            Param(U32, index),
        )

    def schedule_get(
        self,
        index: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """Its member `try-get` is no future's."""
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{shelf.get}",
            self._self(),
            Param(U32, index),
        )

    def blocking_clear(self) -> None:
        self._remote.call(
            "acme:depot/stock@0.2.0.{shelf.clear}",
            NOTHING,
            self._self(),
        )

    def try_clear(self) -> None:
        self._remote.attempt(
            "acme:depot/stock@0.2.0.{shelf.clear}",
            NOTHING,
            self._self(),
        )

    def clear(self) -> None:
        self._remote.trigger(
            "acme:depot/stock@0.2.0.{shelf.clear}",
            self._self(),
        )

    def schedule_clear(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:depot/stock@0.2.0.{shelf.clear}",
            self._self(),
        )


SHELF_HANDLE: Codec[_protocols.Shelf] = HandleOf[Any](Shelf)
