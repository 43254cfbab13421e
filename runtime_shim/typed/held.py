"""A worker's resource in the hands of a program."""

from __future__ import annotations

from typing import Any, Self

from runtime_shim.values import Handle


class Held:
    """Has the handle of a resource, until it is dropped or given away."""

    _handle: Handle | None

    @classmethod
    def _of(cls, handle: Handle, remote: Any) -> Self:
        """The resource that a worker returned."""
        raise NotImplementedError
