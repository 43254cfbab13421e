"""The client of `acme:scale/scale`, made by witgen.

The resources of `acme:scale-client/scale-client`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Optional,
    Self,
)

from componentize_py_types import Result
from remote import (
    Param,
    Pending,
    Remote,
    RemoteInterface,
    Resource,
)
from wit_value import (
    Bytes,
    F64,
    NOTHING,
    U8,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    ComponentId,
    RpcError,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import scale_client as _protocols

COMPONENT = "acme:scale"


class FutureWeighResult(Resource, _protocols.FutureWeighResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[float]:
        return self._pending.get(F64)

    def try_get(self) -> Optional[Result[float, RpcError]]:
        return self._pending.try_get(F64)

    def cancel(self) -> None:
        self._pending.cancel()


class Api(RemoteInterface, _protocols.Api):
    """Stands for `acme:scale/api`."""

    def __init__(self) -> None:
        self._remote = Remote.component(COMPONENT)

    @classmethod
    def custom(
        cls,
        component_id: ComponentId,
    ) -> Self:
        return cls._connected(Remote.component_id(component_id))

    def blocking_weigh(
        self,
        what: bytes,
    ) -> float:
        return self._remote.call(
            "acme:scale/api.{weigh}",
            F64,
            Param(Bytes(U8), what),
        )

    def try_weigh(
        self,
        what: bytes,
    ) -> float:
        return self._remote.attempt(
            "acme:scale/api.{weigh}",
            F64,
            Param(Bytes(U8), what),
        )

    def weigh(
        self,
        what: bytes,
    ) -> FutureWeighResult:
        return FutureWeighResult(
            self._remote.start(
                "acme:scale/api.{weigh}",
                Param(Bytes(U8), what),
            ),
        )

    def schedule_weigh(
        self,
        what: bytes,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:scale/api.{weigh}",
            Param(Bytes(U8), what),
        )

    def blocking_reset(self) -> None:
        self._remote.call(
            "acme:scale/api.{reset}",
            NOTHING,
        )

    def try_reset(self) -> None:
        self._remote.attempt(
            "acme:scale/api.{reset}",
            NOTHING,
        )

    def reset(self) -> None:
        self._remote.trigger(
            "acme:scale/api.{reset}",
        )

    def schedule_reset(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:scale/api.{reset}",
        )
