"""Which engine keeps a store: decided by how the store is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime_shim.engines.records import Stored


def stored(name: str) -> Stored:
    """The store of this name, not yet looked at: a SQLite file, or an application on a Restate server.

    Raises:
        StoreError: It names no server.
    """
    if name.startswith("restate:"):
        from runtime_shim.engines.restate.inspection import Server

        return Server.named(name)
    from runtime_shim.engines.sqlite.stored import SqliteFile

    return SqliteFile(Path(name))
