"""A part of the world `acme:mirror/mirror@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from typing import Protocol

from runtime_shim.typed import (
    Function,
    Import,
    Prim,
    made_for,
)

__all__ = [
    "Log",
]

made_for(2)


class Log(Protocol):
    """What implements the imported interface `log`."""

    def write(self, line: str) -> None:
        """Notes a line."""
        ...


LOG_WRITE = Function("write", ("line", Prim.STRING))
LOG_PARTS = Import(
    "log",
    "log",
    (("write", LOG_WRITE),),
)
