"""Identities: components, workers, idempotency keys."""

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


def derived_key(base: str, index: int) -> uuid.UUID:
    """The key of the RPC at journal index `index` of the invocation with key `base`, as Golem's."""
    try:
        namespace = uuid.UUID(base)
    except ValueError:
        namespace = uuid.uuid5(ROOT_NAMESPACE, base)
    return uuid.uuid5(namespace, f"oplog-index-{index}")


class WorkerId(NamedTuple):
    """A worker: the name under which its component is deployed, and its own name.

    A tuple, because every call looks up workers, and tuples are hashed and compared in C.
    """

    component: str
    name: str

    @property
    def uri(self) -> str:
        """`urn:worker:{component id}/{worker name}`."""
        from runtime_shim.values.uris import worker_uri

        return worker_uri(component_uuid(self.component), self.name)
