"""The client of `acme:clock/clock@0.1.0-rc.1`, made by witgen.

The resources of `acme:clock-client/clock-client@0.1.0-rc.1`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Optional,
    Self,
)

from remote import (
    Param,
    Pending,
    Remote,
    RemoteInterface,
    Resource,
)
from wit_value import (
    NOTHING,
    STRING,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    ComponentId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import clock_client as _protocols

COMPONENT = 'the "clock" of acme'


class FutureNowResult(Resource, _protocols.FutureNowResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[str]:
        return self._pending.get(STRING)


class Api(RemoteInterface, _protocols.Api):
    """Stands for `acme:clock/api@0.1.0-rc.1`."""

    def __init__(self) -> None:
        self._remote = Remote.component(COMPONENT)

    @classmethod
    def custom(
        cls,
        component_id: ComponentId,
    ) -> Self:
        return cls._connected(Remote.component_id(component_id))

    def blocking_now(
        self,
        zone: str,
    ) -> str:
        return self._remote.call(
            "acme:clock/api@0.1.0-rc.1.{now}",
            STRING,
            Param(STRING, zone),
        )

    def now(
        self,
        zone: str,
    ) -> FutureNowResult:
        return FutureNowResult(
            self._remote.start(
                "acme:clock/api@0.1.0-rc.1.{now}",
                Param(STRING, zone),
            ),
        )

    def schedule_now(
        self,
        zone: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:clock/api@0.1.0-rc.1.{now}",
            Param(STRING, zone),
        )

    def blocking_tick(self) -> None:
        self._remote.call(
            "acme:clock/api@0.1.0-rc.1.{tick}",
            NOTHING,
        )

    def tick(self) -> None:
        self._remote.trigger(
            "acme:clock/api@0.1.0-rc.1.{tick}",
        )

    def schedule_tick(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:clock/api@0.1.0-rc.1.{tick}",
        )
