"""Restarting the write-ahead log where readers keep SQLite from it.

SQLite writes to the end of its log until a moment comes in which all of it is in the store and nobody
reads it. With many that read histories there is none, and the log grows for as long as they go on. So
when it is long, new readers wait for such a moment.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress


def restart(writer: sqlite3.Connection, let: threading.Event) -> bool:
    """Restart the log unless SQLite waits too long for its readers; whether it was.

    Args:
        writer: The only connection that writes.
        let: Whether readers may begin.
    """
    let.clear()
    try:
        with suppress(sqlite3.Error):  # what matters of it fails the next transaction, too
            [busy, *_] = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
    finally:
        let.set()
    return False
