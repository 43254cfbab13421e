"""Ids as values of `golem:rpc/types`."""

from __future__ import annotations

import uuid

from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.values import Value


def uuid_from_value(value: Value) -> uuid.UUID:
    """`golem:rpc/types.{uuid}` (`high-bits`, `low-bits`) as a uuid."""
    return uuid.UUID(int=(value["high-bits"] << 64) | value["low-bits"])


def uuid_to_value(value: uuid.UUID) -> Value:
    """A uuid as `golem:rpc/types.{uuid}`."""
    return {"high-bits": value.int >> 64, "low-bits": value.int & (2**64 - 1)}


def component_id_value(name: str) -> Value:
    """The `component-id` of the component deployed as `name`."""
    return {"uuid": uuid_to_value(component_uuid(name))}


def worker_id_value(worker: WorkerId) -> Value:
    """The `worker-id` record of a worker."""
    return {"component-id": component_id_value(worker.component), "worker-name": worker.name}
