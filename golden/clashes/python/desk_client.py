"""The client of `acme:desk/desk`, made by witgen.

The resources of `acme:desk-client/desk-client`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Any,
    List,
    Optional,
    Self,
)

from client_types import (
    ACME_DESK_ORDERS_NOTE,
    OTHER_DESK_ORDERS_NOTE,
)
from componentize_py_types import Result
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
    BOOL,
    Codec,
    ListOf,
    NOTHING,
    ResultOf,
    STRING,
    U32,
    U64,
    U8,
)
from wit_world.exports.desk_types import (
    AcmeDeskOrdersNote,
    OtherDeskOrdersNote,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import desk_client as _protocols

COMPONENT = "acme:desk"


class FutureDoorResult(Resource, _protocols.FutureDoorResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[bool]:
        return self._pending.get(BOOL)


class FutureAcmeDeskOrdersGetResult(Resource, _protocols.FutureAcmeDeskOrdersGetResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[AcmeDeskOrdersNote]:
        return self._pending.get(ACME_DESK_ORDERS_NOTE)


class FutureListResult(Resource, _protocols.FutureListResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[List[AcmeDeskOrdersNote]]:
        return self._pending.get(ListOf(ACME_DESK_ORDERS_NOTE))


class FutureOtherDeskOrdersGetResult(
    Resource,
    _protocols.FutureOtherDeskOrdersGetResult,
):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[OtherDeskOrdersNote]:
        return self._pending.get(OTHER_DESK_ORDERS_NOTE)


class FutureForgetResult(Resource, _protocols.FutureForgetResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[None, None]]:
        return self._pending.get(ResultOf(NOTHING, NOTHING))


class FutureBlockingDimResult(Resource, _protocols.FutureBlockingDimResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U8)


class FutureLampLampNewResult(Resource, _protocols.FutureLampLampNewResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.LampLamp]:
        return self._pending.get(LAMP_LAMP_HANDLE)


class FutureLampLampCustomResult(Resource, _protocols.FutureLampLampCustomResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U8)


class Door(RemoteInterface, _protocols.Door):
    """An interface with a function of its own name."""

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

    def blocking_door_function(self) -> bool:
        return self._remote.call(
            "acme:desk/door.{door}",
            BOOL,
        )

    def door_function(self) -> FutureDoorResult:
        return FutureDoorResult(
            self._remote.start(
                "acme:desk/door.{door}",
            ),
        )

    def schedule_door_function(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/door.{door}",
        )


class AcmeDeskOrders(RemoteInterface, _protocols.AcmeDeskOrders):
    """`list`, `get` and `note` are in `orders` of another package as well."""

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

    def blocking_get(
        self,
        id: int,
    ) -> AcmeDeskOrdersNote:
        return self._remote.call(
            "acme:desk/orders.{get}",
            ACME_DESK_ORDERS_NOTE,
            Param(U32, id),
        )

    def get(
        self,
        id: int,
    ) -> FutureAcmeDeskOrdersGetResult:
        return FutureAcmeDeskOrdersGetResult(
            self._remote.start(
                "acme:desk/orders.{get}",
                Param(U32, id),
            ),
        )

    def schedule_get(
        self,
        id: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/orders.{get}",
            Param(U32, id),
        )

    def blocking_list(self) -> List[AcmeDeskOrdersNote]:
        return self._remote.call(
            "acme:desk/orders.{list}",
            ListOf(ACME_DESK_ORDERS_NOTE),
        )

    def list(self) -> FutureListResult:
        return FutureListResult(
            self._remote.start(
                "acme:desk/orders.{list}",
            ),
        )

    def schedule_list(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/orders.{list}",
        )


class OtherDeskOrders(RemoteInterface, _protocols.OtherDeskOrders):
    """Stands for `other:desk/orders@0.3.0`."""

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

    def blocking_get(
        self,
        id: int,
    ) -> OtherDeskOrdersNote:
        return self._remote.call(
            "other:desk/orders@0.3.0.{get}",
            OTHER_DESK_ORDERS_NOTE,
            Param(U64, id),
        )

    def get(
        self,
        id: int,
    ) -> FutureOtherDeskOrdersGetResult:
        return FutureOtherDeskOrdersGetResult(
            self._remote.start(
                "other:desk/orders@0.3.0.{get}",
                Param(U64, id),
            ),
        )

    def schedule_get(
        self,
        id: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "other:desk/orders@0.3.0.{get}",
            Param(U64, id),
        )

    def blocking_forget(
        self,
        id: int,
    ) -> None:
        return self._remote.call_fallible(
            "other:desk/orders@0.3.0.{forget}",
            ResultOf(NOTHING, NOTHING),
            Param(U64, id),
        )

    def forget(
        self,
        id: int,
    ) -> FutureForgetResult:
        return FutureForgetResult(
            self._remote.start(
                "other:desk/orders@0.3.0.{forget}",
                Param(U64, id),
            ),
        )

    def schedule_forget(
        self,
        id: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "other:desk/orders@0.3.0.{forget}",
            Param(U64, id),
        )


class Lamp(RemoteInterface, _protocols.Lamp):
    """A resource of its interface's name, and functions named like members."""

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

    def blocking_dim(
        self,
        scheduled_for: int,
        self_value: bool,
    ) -> None:
        self._remote.call(
            "acme:desk/lamp.{dim}",
            NOTHING,
            Param(U64, scheduled_for),
            Param(BOOL, self_value),
        )

    def dim(
        self,
        scheduled_for: int,
        self_value: bool,
    ) -> None:
        self._remote.trigger(
            "acme:desk/lamp.{dim}",
            Param(U64, scheduled_for),
            Param(BOOL, self_value),
        )

    def schedule_dim(
        self,
        scheduled_for: int,
        self_value: bool,
        golem_scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            golem_scheduled_for,
            "acme:desk/lamp.{dim}",
            Param(U64, scheduled_for),
            Param(BOOL, self_value),
        )

    def blocking_blocking_dim_function(self) -> int:
        return self._remote.call(
            "acme:desk/lamp.{blocking-dim}",
            U8,
        )

    def blocking_dim_function(self) -> FutureBlockingDimResult:
        return FutureBlockingDimResult(
            self._remote.start(
                "acme:desk/lamp.{blocking-dim}",
            ),
        )

    def schedule_blocking_dim_function(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/lamp.{blocking-dim}",
        )

    def blocking_schedule_dim_function(self) -> None:
        self._remote.call(
            "acme:desk/lamp.{schedule-dim}",
            NOTHING,
        )

    def schedule_dim_function(self) -> None:
        self._remote.trigger(
            "acme:desk/lamp.{schedule-dim}",
        )

    def schedule_schedule_dim_function(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/lamp.{schedule-dim}",
        )


class LampLamp(RemoteResource, _protocols.LampLamp):
    """Stands for `acme:desk/lamp.lamp`."""

    _drop = "acme:desk/lamp.{[drop]lamp}"

    def __init__(
        self,
        golem_worker_name: str,
        worker_name: str,
        self_value: int,
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, golem_worker_name),
            "acme:desk/lamp.{[constructor]lamp}",
            Param(STRING, worker_name),
            Param(U8, self_value),
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
        worker_name: str,
        self_value: int,
    ) -> Self:
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:desk/lamp.{[constructor]lamp}",
            Param(STRING, worker_name),
            Param(U8, self_value),
        )

    @classmethod
    def blocking_new(
        cls,
        worker_name: str,
        worker_id: str,
    ) -> Self:
        return Remote.worker(COMPONENT, worker_name).call(
            "acme:desk/lamp.{[static]lamp.new}",
            HandleOf(cls),
            Param(STRING, worker_id),
        )

    @classmethod
    def new(
        cls,
        worker_name: str,
        worker_id: str,
    ) -> FutureLampLampNewResult:
        return FutureLampLampNewResult(
            Remote.worker(COMPONENT, worker_name).start(
                "acme:desk/lamp.{[static]lamp.new}",
                Param(STRING, worker_id),
            ),
        )

    @classmethod
    def schedule_new(
        cls,
        worker_name: str,
        worker_id: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, worker_name).schedule(
            scheduled_for,
            "acme:desk/lamp.{[static]lamp.new}",
            Param(STRING, worker_id),
        )

    def blocking_custom_function(
        self,
        cls_value: int,
    ) -> int:
        return self._remote.call(
            "acme:desk/lamp.{lamp.custom}",
            U8,
            self._self(),
            Param(U8, cls_value),
        )

    def custom_function(
        self,
        cls_value: int,
    ) -> FutureLampLampCustomResult:
        return FutureLampLampCustomResult(
            self._remote.start(
                "acme:desk/lamp.{lamp.custom}",
                self._self(),
                Param(U8, cls_value),
            ),
        )

    def schedule_custom_function(
        self,
        cls_value: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/lamp.{lamp.custom}",
            self._self(),
            Param(U8, cls_value),
        )

    def blocking_drop(self) -> None:
        self._remote.call(
            "acme:desk/lamp.{[method]lamp.drop}",
            NOTHING,
            self._self(),
        )

    def drop(self) -> None:
        self._remote.trigger(
            "acme:desk/lamp.{[method]lamp.drop}",
            self._self(),
        )

    def schedule_drop(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:desk/lamp.{[method]lamp.drop}",
            self._self(),
        )


LAMP_LAMP_HANDLE: Codec[_protocols.LampLamp] = HandleOf[Any](LampLamp)
