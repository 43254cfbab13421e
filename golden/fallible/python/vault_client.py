"""The client of `acme:vault/vault@1.0.0`, made by witgen.

The resources of `acme:vault-client/vault-client@1.0.0`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Any,
    Optional,
    Self,
    Tuple,
)

from client_types import REFUSAL
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
    NOTHING,
    ResultOf,
    STRING,
    TupleOf,
    U32,
)
from wit_world.exports.vault_types import Refusal
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import vault_client as _protocols

COMPONENT = "acme:vault"


class FutureBoxSplitResult(Resource, _protocols.FutureBoxSplitResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[Tuple[_protocols.Box, _protocols.Box], Refusal]]:
        return self._pending.get(ResultOf(TupleOf(BOX_HANDLE, BOX_HANDLE), REFUSAL))


class FutureBoxSizeResult(Resource, _protocols.FutureBoxSizeResult):
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


class FutureKeyFitsResult(Resource, _protocols.FutureKeyFitsResult):
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


class Api(RemoteInterface, _protocols.Api):
    """Stands for `acme:vault/api@1.0.0`."""

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


class Box(RemoteResource, _protocols.Box):
    """Something that is kept."""

    _drop = "acme:vault/api@1.0.0.{box.drop}"

    def __init__(
        self,
        worker_name: str,
        owner: str,
        size: int,
    ) -> None:
        """Fails when there is no room."""
        self._construct_fallible(
            Remote.worker(COMPONENT, worker_name),
            "acme:vault/api@1.0.0.{box.new}",
            ResultOf(HandleOf(type(self)), REFUSAL),
            Param(STRING, owner),
            Param(U32, size),
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
        owner: str,
        size: int,
    ) -> Self:
        """Fails when there is no room."""
        return cls._constructed_fallible(
            Remote.worker_id(worker_id),
            "acme:vault/api@1.0.0.{box.new}",
            ResultOf(HandleOf(cls), REFUSAL),
            Param(STRING, owner),
            Param(U32, size),
        )

    @classmethod
    def blocking_split(
        cls,
        box: Self,
    ) -> Tuple[Self, Self]:
        return Remote.of(box).call_fallible(
            "acme:vault/api@1.0.0.{box.split}",
            ResultOf(TupleOf(HandleOf(cls), HandleOf(cls)), REFUSAL),
            Param(HandleOf(cls), box),
        )

    @classmethod
    def split(
        cls,
        box: Self,
    ) -> FutureBoxSplitResult:
        return FutureBoxSplitResult(
            Remote.of(box).start(
                "acme:vault/api@1.0.0.{box.split}",
                Param(HandleOf(cls), box),
            ),
        )

    @classmethod
    def schedule_split(
        cls,
        box: Self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.of(box).schedule(
            scheduled_for,
            "acme:vault/api@1.0.0.{box.split}",
            Param(HandleOf(cls), box),
        )

    def blocking_size(self) -> int:
        return self._remote.call(
            "acme:vault/api@1.0.0.{box.size}",
            U32,
            self._self(),
        )

    def size(self) -> FutureBoxSizeResult:
        return FutureBoxSizeResult(
            self._remote.start(
                "acme:vault/api@1.0.0.{box.size}",
                self._self(),
            ),
        )

    def schedule_size(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:vault/api@1.0.0.{box.size}",
            self._self(),
        )


class Key(RemoteResource, _protocols.Key):
    """Stands for `acme:vault/api@1.0.0.key`."""

    _drop = "acme:vault/api@1.0.0.{key.drop}"

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._construct_fallible(
            Remote.worker(COMPONENT, worker_name),
            "acme:vault/api@1.0.0.{key.new}",
            ResultOf(HandleOf(type(self)), NOTHING),
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._constructed_fallible(
            Remote.worker_id(worker_id),
            "acme:vault/api@1.0.0.{key.new}",
            ResultOf(HandleOf(cls), NOTHING),
        )

    def blocking_fits(
        self,
        box: _protocols.Box,
    ) -> bool:
        return self._remote.call(
            "acme:vault/api@1.0.0.{key.fits}",
            BOOL,
            self._self(),
            Param(BOX_HANDLE, box),
        )

    def fits(
        self,
        box: _protocols.Box,
    ) -> FutureKeyFitsResult:
        return FutureKeyFitsResult(
            self._remote.start(
                "acme:vault/api@1.0.0.{key.fits}",
                self._self(),
                Param(BOX_HANDLE, box),
            ),
        )

    def schedule_fits(
        self,
        box: _protocols.Box,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:vault/api@1.0.0.{key.fits}",
            self._self(),
            Param(BOX_HANDLE, box),
        )


BOX_HANDLE: Codec[_protocols.Box] = HandleOf[Any](Box)

KEY_HANDLE: Codec[_protocols.Key] = HandleOf[Any](Key)
