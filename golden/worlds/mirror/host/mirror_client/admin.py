"""A part of the world `acme:mirror/mirror@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from runtime_shim.typed import (
    Function,
    Prim,
    Remote,
    made_for,
)

__all__ = [
    "Admin",
]

made_for(2)


class Admin:
    """The exported interface `admin`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def note(self, line: str) -> None:
        self._remote.run(ADMIN_NOTE, line)

    async def note_async(self, line: str) -> None:
        """Like `note`, in a thread of the event loop's executor."""
        await self._remote.run_async(ADMIN_NOTE, line)


ADMIN_NOTE = Function("admin.{note}", ("line", Prim.STRING))
