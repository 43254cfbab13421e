"""A store whose maker is killed at any statement of its making is opened all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from runtime_shim.engines.sqlite.schema import connect

# Opens a store and dies by SIGKILL before the statement with the given number.
MAKER = """
import os, signal, sqlite3, sys
from pathlib import Path
from runtime_shim.engines.sqlite import schema

path, last = Path(sys.argv[1]), int(sys.argv[2])
made = sqlite3.connect
count = 0

def trace(statement):
    global count
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)

def connect(*args, **kwargs):
    connection = made(*args, **kwargs)
    connection.set_trace_callback(trace)
    return connection

sqlite3.connect = connect
schema.connect(path).close()
print(count)
"""
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"


def make(path: Path, last: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAKER, str(path), str(last)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_store_survives_a_kill_at_any_statement_of_its_making(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.db", 0)
    statements = int(whole.stdout)
    assert statements > 10
    with closing(connect(tmp_path / "whole.db")) as connection:
        tables = connection.execute(TABLES).fetchall()
    assert ("invocation",) in tables

    for last in range(1, statements + 1):
        path = tmp_path / f"{last}.db"
        assert make(path, last).returncode == -9
        with closing(connect(path)) as connection:
            assert connection.execute(TABLES).fetchall() == tables, last
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
