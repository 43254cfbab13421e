"""`golem:api/host` 1.1: resolving targets, and what a worker knows about itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from runtime_shim.protocol import WorkerId, derived_key
from runtime_shim.values import Value
from runtime_shim.wasm.context import Context
from runtime_shim.wasm.provide import HostFunction, Offer
from runtime_shim.wasm.registry import (
    Registry,
    component_id_value,
    uuid_to_value,
    worker_id_value,
)
from runtime_shim.wasm.wasi import variables


def offers(registry: Registry) -> Offer:
    """What `golem:api/host` offers."""
    api = _Api(registry)
    functions: dict[str, Callable[..., Value]] = {
        "resolve-component-id": api.resolve_component_id,
        "resolve-worker-id": api.resolve_worker_id,
        "resolve-worker-id-strict": api.resolve_worker_id_strict,
        "get-self-metadata": _self_metadata,
        "generate-idempotency-key": _generate_idempotency_key,
        "oplog-commit": lambda context, replicas: None,
    }
    return Offer({name: HostFunction(run) for name, run in functions.items()})


class _Api:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def resolve_component_id(self, context: Context, name: str) -> Value:
        known = self._known(context, "golem:api/host.resolve-component-id", name)
        return component_id_value(name) if known else None

    def resolve_worker_id(self, context: Context, name: str, worker: str) -> Value:
        known = self._known(context, "golem:api/host.resolve-worker-id", name)
        return worker_id_value(WorkerId(name, worker)) if known else None

    def resolve_worker_id_strict(self, context: Context, name: str, worker: str) -> Value:
        target = WorkerId(name, worker)
        known = context.current.step(
            "golem:api/host.resolve-worker-id-strict",
            lambda: self._registry.program(name) is not None
            and self._registry.worker_exists(target),
        )
        return worker_id_value(target) if known else None

    def _known(self, context: Context, kind: str, name: str) -> bool:
        """Recorded: what is deployed may have changed by the time of a replay."""
        return bool(context.current.step(kind, lambda: self._registry.program(name) is not None))


def _self_metadata(context: Context) -> Value:
    own = variables(context.worker, context.environment)
    return {
        "worker-id": worker_id_value(context.worker),
        "args": list(context.environment.arguments),
        "env": list(own.items()),
        "status": "running",
        "component-version": 0,
        "retry-count": context.current.attempt - 1,
    }


def _generate_idempotency_key(context: Context) -> Value:
    key = context.current.step(
        "golem:api/host.generate-idempotency-key",
        lambda: str(derived_key(context.current.key, uuid.uuid4().int)),
    )
    return uuid_to_value(uuid.UUID(key))
