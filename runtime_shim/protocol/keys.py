"""The keys that guests and peers see, as UUIDs: few ever look, so they are computed when they do."""

from __future__ import annotations

import uuid

from runtime_shim.protocol.ids import ROOT_NAMESPACE, CallId, WorkerId, component_uuid

NO_CALL = CallId(0, 0)
"""A call that was never made."""


def root_key(worker: WorkerId, key: str) -> uuid.UUID:
    """What the keys that a call from outside gives to its own calls and requests follow from."""
    return uuid.uuid5(uuid.uuid5(ROOT_NAMESPACE, worker.uri), key)


def derived_key(base: uuid.UUID, step: int) -> uuid.UUID:
    """The key of the call that is made at a step, from the caller's."""
    return uuid.uuid5(base, f"oplog-index-{step}")


def new_worker(component: str, key: str) -> str:
    """The name of the worker that a call without one goes to: the same whenever its key is."""
    text = key.encode(errors="backslashreplace").decode()
    return str(uuid.uuid5(component_uuid(component), text))
