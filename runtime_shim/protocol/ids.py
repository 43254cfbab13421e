"""Identities: components, workers, calls, and the keys that guests and peers see."""

from __future__ import annotations

import functools
import uuid
from typing import NamedTuple

ROOT_NAMESPACE = uuid.UUID("9C19B15A-C83D-46F7-9BC3-EAD7923733F4")
"""The namespace from which Golem derives component ids and idempotency keys."""


@functools.lru_cache(maxsize=1024)
def component_uuid(name: str) -> uuid.UUID:
    """The id of the component deployed as `name`; it can be computed without the host."""
    return uuid.uuid5(ROOT_NAMESPACE, name)


class WorkerId(NamedTuple):
    """A worker: the name under which its component is deployed, and its own name.

    A tuple, because every call looks up workers, and tuples are hashed and compared in C.
    """

    component: str
    name: str

    def __str__(self) -> str:
        """`COMPONENT/NAME`, as commands take it."""
        return f"{self.component}/{self.name}"

    @property
    def uri(self) -> str:
        """`urn:worker:{component id}/{worker name}`."""
        from runtime_shim.values.uris import worker_uri

        return worker_uri(component_uuid(self.component), self.name)


class KeyId(NamedTuple):
    """A call from outside: its key, and the worker or the ephemeral component whose that is."""

    scope: WorkerId | str
    key: str


class CallId(NamedTuple):
    """A guest's call: the number of the invocation that makes it, and that of the step."""

    caller: int
    step: int


Identity = KeyId | tuple[int, int]
"""What a call is known by: a guest's by a `CallId`, or a plain tuple, which is made sooner."""
