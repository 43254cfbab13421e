"""The addresses of workers and of their resources, as text.

| what | text |
|---|---|
| a worker | `urn:worker:{component id}/{worker name}` |
| a resource of a worker | `urn:worker:{component id}/{worker name}/{number}` |
"""

from __future__ import annotations

import uuid

from runtime_shim.values import Handle

_PREFIX = "urn:worker:"


def worker_uri(component: uuid.UUID, name: str) -> str:
    """The URI of a worker."""
    return f"{_PREFIX}{component}/{name}"


def split_worker(uri: str) -> tuple[uuid.UUID, str] | None:
    """The component's id and the worker's name; None for what is not a worker's URI."""
    component, slash, name = uri.removeprefix(_PREFIX).partition("/")
    if not (uri.startswith(_PREFIX) and slash):
        return None
    try:
        return uuid.UUID(component), name
    except ValueError:
        return None


def worker_name(uri: str) -> str:
    """The name in a worker's URI."""
    return uri.partition("/")[2]


def handle_text(handle: Handle) -> str:
    """The address of a resource."""
    return f"{handle.uri}/{handle.id}"


def split_handle(text: str) -> tuple[str, str] | None:
    """The worker's URI and the number, as they are written; None for another text.

    The number may be any text without a slash.
    """
    uri, _, number = text.rpartition("/")
    return (uri, number) if uri.startswith(_PREFIX) else None
