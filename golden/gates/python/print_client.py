"""The client of `acme:print/print@1.2.0`, made by witgen.

The resources of `acme:print-client/print-client@1.2.0`. Each member is one call over golem:rpc: its
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
    INK,
    SHEET,
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
    BOOL,
    Codec,
    ListOf,
    U32,
)
from wit_world.exports.print_types import (
    Ink,
    Sheet,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import print_client as _protocols

COMPONENT = "acme:print"


class FuturePrintResult(Resource, _protocols.FuturePrintResult):
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


class FutureTintResult(Resource, _protocols.FutureTintResult):
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


class FuturePaletteMixResult(Resource, _protocols.FuturePaletteMixResult):
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


class Jobs(RemoteInterface, _protocols.Jobs):
    """Prints."""

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

    def blocking_print(
        self,
        sheets: List[Sheet],
    ) -> int:
        return self._remote.call(
            "acme:print/jobs@1.2.0.{print}",
            U32,
            Param(ListOf(SHEET), sheets),
        )

    def print(
        self,
        sheets: List[Sheet],
    ) -> FuturePrintResult:
        return FuturePrintResult(
            self._remote.start(
                "acme:print/jobs@1.2.0.{print}",
                Param(ListOf(SHEET), sheets),
            ),
        )

    def schedule_print(
        self,
        sheets: List[Sheet],
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:print/jobs@1.2.0.{print}",
            Param(ListOf(SHEET), sheets),
        )

    def blocking_tint(
        self,
        ink: Ink,
    ) -> bool:
        """Behind a feature that is on."""
        return self._remote.call(
            "acme:print/jobs@1.2.0.{tint}",
            BOOL,
            Param(INK, ink),
        )

    def tint(
        self,
        ink: Ink,
    ) -> FutureTintResult:
        """Behind a feature that is on."""
        return FutureTintResult(
            self._remote.start(
                "acme:print/jobs@1.2.0.{tint}",
                Param(INK, ink),
            ),
        )

    def schedule_tint(
        self,
        ink: Ink,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """Behind a feature that is on."""
        return self._remote.schedule(
            scheduled_for,
            "acme:print/jobs@1.2.0.{tint}",
            Param(INK, ink),
        )


class Palette(RemoteResource, _protocols.Palette):
    """Stands for `acme:print/jobs@1.2.0.palette`."""

    _drop = "acme:print/jobs@1.2.0.{palette.drop}"

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, worker_name),
            "acme:print/jobs@1.2.0.{palette.new}",
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:print/jobs@1.2.0.{palette.new}",
        )

    def blocking_mix(
        self,
        ink: Ink,
    ) -> int:
        return self._remote.call(
            "acme:print/jobs@1.2.0.{palette.mix}",
            U32,
            self._self(),
            Param(INK, ink),
        )

    def mix(
        self,
        ink: Ink,
    ) -> FuturePaletteMixResult:
        return FuturePaletteMixResult(
            self._remote.start(
                "acme:print/jobs@1.2.0.{palette.mix}",
                self._self(),
                Param(INK, ink),
            ),
        )

    def schedule_mix(
        self,
        ink: Ink,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:print/jobs@1.2.0.{palette.mix}",
            self._self(),
            Param(INK, ink),
        )


PALETTE_HANDLE: Codec[_protocols.Palette] = HandleOf[Any](Palette)
