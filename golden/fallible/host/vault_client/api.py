"""The client of `acme:vault/vault@1.0.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:vault`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from runtime_shim.typed import (
    Caller,
    Err,
    Ok,
    Remote,
    RemoteResource,
    Result,
    Sent,
    Value,
    borrow,
    in_thread,
    made_for,
    own,
    remote_of,
    resource_of,
)

__all__ = [
    "Api",
    "Box",
    "COMPONENT",
    "Key",
    "Refusal",
    "RefusalFull",
    "RefusalUnknown",
]

made_for(1)

COMPONENT = "acme:vault"


@dataclass(frozen=True, slots=True)
class RefusalFull:
    """The case `full` of `refusal`."""


@dataclass(frozen=True, slots=True)
class RefusalUnknown:
    """The case `unknown` of `refusal`."""

    value: str


Refusal: TypeAlias = RefusalFull | RefusalUnknown


class Api:
    """Stands for `acme:vault/api@1.0.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)


class Box(RemoteResource):
    """Something that is kept."""

    _DROP = "acme:vault/api@1.0.0.{box.drop}"

    @staticmethod
    def new(
        caller: Caller,
        worker: str,
        owner: str,
        size: int,
        *,
        key: str | None = None,
    ) -> Result[Box, Refusal]:
        """Fails when there is no room."""
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_result_own_box_refusal,
            "acme:vault/api@1.0.0.{box.new}",
            (owner, size),
            key,
        )

    @staticmethod
    async def new_async(
        caller: Caller,
        worker: str,
        owner: str,
        size: int,
        *,
        key: str | None = None,
    ) -> Result[Box, Refusal]:
        """Like `new`, in a thread of the event loop's executor."""
        return await in_thread(Box.new, caller, worker, owner, size, key=key)

    @staticmethod
    def split(box: Box, *, key: str | None = None) -> Result[tuple[Box, Box], Refusal]:
        return remote_of(box).call_for_resource(
            _lift_result_tuple_own_box_own_box_refusal,
            "acme:vault/api@1.0.0.{box.split}",
            (own(box),),
            key,
        )

    @staticmethod
    async def split_async(
        box: Box,
        *,
        key: str | None = None,
    ) -> Result[tuple[Box, Box], Refusal]:
        """Like `split`, in a thread of the event loop's executor."""
        return await in_thread(Box.split, box, key=key)

    @staticmethod
    def tell_split(
        box: Box,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `split`, to run at `at` if given; its result is dropped."""
        return remote_of(box).send(
            "acme:vault/api@1.0.0.{box.split}",
            (own(box),),
            at,
            key,
        )

    def size(self, *, key: str | None = None) -> int:
        return self._remote.call(
            None,
            "acme:vault/api@1.0.0.{box.size}",
            (borrow(self),),
            key,
        )

    async def size_async(self, *, key: str | None = None) -> int:
        """Like `size`, in a thread of the event loop's executor."""
        return await in_thread(self.size, key=key)

    def tell_size(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `size`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:vault/api@1.0.0.{box.size}",
            (borrow(self),),
            at,
            key,
        )


class Key(RemoteResource):
    """Stands for `acme:vault/api@1.0.0.key`."""

    _DROP = "acme:vault/api@1.0.0.{key.drop}"

    @staticmethod
    def new(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Result[Key, None]:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_result_own_key_none,
            "acme:vault/api@1.0.0.{key.new}",
            (),
            key,
        )

    @staticmethod
    async def new_async(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Result[Key, None]:
        """Like `new`, in a thread of the event loop's executor."""
        return await in_thread(Key.new, caller, worker, key=key)

    def fits(self, box: Box, *, key: str | None = None) -> bool:
        return self._remote.call(
            None,
            "acme:vault/api@1.0.0.{key.fits}",
            (borrow(self), borrow(box)),
            key,
        )

    async def fits_async(self, box: Box, *, key: str | None = None) -> bool:
        """Like `fits`, in a thread of the event loop's executor."""
        return await in_thread(self.fits, box, key=key)

    def tell_fits(
        self,
        box: Box,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `fits`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:vault/api@1.0.0.{key.fits}",
            (borrow(self), borrow(box)),
            at,
            key,
        )


def _lift_own_box(value: Value, remote: Remote) -> Box:
    return resource_of(Box, value, remote)


def _lift_refusal(value: Value) -> Refusal:
    match value.name:
        case "full":
            return RefusalFull()
        case "unknown":
            return RefusalUnknown(value.value)
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_result_own_box_refusal(value: Value, remote: Remote) -> Result[Box, Refusal]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_own_box(payload, remote))
    return Err(_lift_refusal(payload))


def _lift_tuple_own_box_own_box(value: Value, remote: Remote) -> tuple[Box, Box]:
    return (_lift_own_box(value[0], remote), _lift_own_box(value[1], remote))


def _lift_result_tuple_own_box_own_box_refusal(
    value: Value,
    remote: Remote,
) -> Result[tuple[Box, Box], Refusal]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_tuple_own_box_own_box(payload, remote))
    return Err(_lift_refusal(payload))


def _lift_own_key(value: Value, remote: Remote) -> Key:
    return resource_of(Key, value, remote)


def _lift_result_own_key_none(value: Value, remote: Remote) -> Result[Key, None]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_own_key(payload, remote))
    return Err(None)
