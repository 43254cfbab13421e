"""What is said of a store that cannot be used, and of what a run finds queued in one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from small_counter import COUNTER, INC

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.holder import holder
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment

Cli = Callable[..., Any]
NAME = "test:counter"


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    path = tmp_path / "counter.wasm"
    path.write_bytes(wasmtime.wat2wasm(COUNTER))
    return path


def run(cli: Cli, counter: Path, store: str) -> Any:
    return cli("run", counter, INC, "1", "--store", store)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux names the holder of a lock")
def test_the_process_that_uses_a_store_is_named(cli: Cli, counter: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from runtime_shim.engines.sqlite.engine import SqliteEngine;"
        "e = SqliteEngine(sys.argv[1]); print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "s.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        done = run(cli, counter, "s.db")
        assert (done.status, done.out) == (2, "")
        assert f"error[RUN5014]: s.db is in use by another process (pid {child.pid})" in done.err
        assert "`witgen worker list`" in done.err
        revive = cli("worker", "delete", "s.db", f"{NAME}/x")
        assert "RUN5008" in revive.err  # looking comes first, and needs no lock
        child.communicate()
    assert run(cli, counter, "s.db").out == "1\n"


def test_locks_that_the_system_does_not_tell(tmp_path: Path) -> None:
    table = tmp_path / "locks"
    assert holder(1, table) is None
    table.write_text(
        "1: POSIX  ADVISORY  WRITE 7 fe:00:1 0 EOF\n2: FLOCK  ADVISORY  WRITE -1 fe:00:1 0 EOF\n"
    )
    assert holder(1, table) is None
    table.write_text(
        "2: FLOCK  ADVISORY  WRITE 12 fe:00:21 0 EOF\n3: FLOCK ADVISORY WRITE 13 fe:00:1 0 EOF\n"
    )
    assert holder(1, table) == 13
    assert holder(2, table) is None


def test_other_files_and_formats_have_codes_of_their_own(
    cli: Cli, counter: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.db").write_bytes(b"no database at all" * 100)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE mine (a)")
    assert run(cli, counter, "new.db").out == "1\n"
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    for file, code in (("text.db", "RUN5016"), ("other.db", "RUN5016"), ("new.db", "RUN5015")):
        for done in (run(cli, counter, file), cli("worker", "list", file)):
            assert done.status == 2
            assert f"error[{code}]" in done.err


def test_a_build_that_is_missing_names_what_helps(cli: Cli, counter: Path, tmp_path: Path) -> None:
    assert run(cli, counter, "s.db").out == "1\n"
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection, connection:
        connection.execute("DELETE FROM binary")
    counter.write_bytes(
        wasmtime.wat2wasm(
            COUNTER.replace('(func (export "quiet"))', "")
            .replace('(func $quiet (canon lift (core func $i "quiet")))', "")
            .replace('(export "quiet" (func $quiet)) ', "")
        )
    )
    done = run(cli, counter, "s.db")
    assert done.status == 2
    assert "error[RUN5006]: the store lacks the build" in done.err
    assert "`witgen worker update`" in done.err


def test_a_run_says_whose_calls_it_delivers(cli: Cli, counter: Path, tmp_path: Path) -> None:
    soon = time.time() + 1
    engine = SqliteEngine(tmp_path / "s.db")
    with Host(engine=engine, components={NAME: Deployment(counter)}) as host:
        for worker, due in (("a", soon), ("a", soon), ("b", soon), ("c", soon + 3600)):
            host.send(NAME, worker, INC, (1,), due=due)
    while time.time() < soon:
        time.sleep(0.05)
    done = run(cli, counter, "s.db")
    assert done.out == "1\n"
    assert done.err.splitlines() == [
        f"delivering 2 queued calls of `{NAME}/a`",
        f"delivering 1 queued call of `{NAME}/b`",
    ]
    assert run(cli, counter, "s.db").err == ""
