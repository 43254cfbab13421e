"""A copy of a store: one view of it, in whole or not at all, and in nobody's way."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from engine_guests import FAST, Host

from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.backup import backup
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId

COUNTER = WorkerId("counter", "c")
KILLED = """
import os, signal, sys
from runtime_shim.engines.sqlite.backup import backup

def killed(copied, pages):
    os.kill(os.getpid(), signal.SIGKILL)

backup(sys.argv[1], sys.argv[2], force=True, progress=killed)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        assert Host(engine).deploy().call("counter/c", "inc", 3, key="one") == 3
    return path


def test_the_copy_answers_as_the_store_does(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    store.chmod(0o640)
    backup(store, copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    assert list(check(copy)) == []
    with closing(SqliteEngine(copy, retries=FAST)) as engine:
        host = Host(engine).deploy()
        assert host.call("counter/c", "inc", 3, key="one") == 3
        assert host.call("counter/c", "inc", 1, key="two") == 4
    assert len(list(inspection.log(store, COUNTER))) == 1


def test_a_store_is_copied_while_a_host_writes(store: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy()

        def write() -> None:
            while not stop.is_set():
                host.call("counter/c", "inc", 1)

        writer = threading.Thread(target=write)
        writer.start()
        copied = []
        try:
            for turn in range(10):
                copy = tmp_path / f"copy-{turn}.db"
                before = host.call("counter/c", "inc", 1)
                backup(store, copy)
                assert list(check(copy)) == []
                log = inspection.log(copy, COUNTER)
                results = [one.result for one in log if one.result is not None]
                assert results[-1] >= before, "what was acknowledged is in the copy"
                copied.append(len(results))
        finally:
            stop.set()
            writer.join()
        assert copied == sorted(copied)


def test_a_file_is_replaced_only_if_that_is_said(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious", encoding="utf-8")
    with pytest.raises(StoreError, match=r"copy\.db exists"):
        backup(store, copy)
    assert copy.read_text("utf-8") == "precious"
    backup(store, copy, force=True)
    assert list(check(copy)) == []


def test_what_is_not_to_be_replaced(store: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(store)
    for target, why in [
        (store, "the store itself"),
        (tmp_path / "link.db", "the store itself"),
        (tmp_path, "not a file"),
        (tmp_path / "nowhere" / "copy.db", "No such file"),
        (tmp_path / ("x" * 300), "too long"),
    ]:
        with pytest.raises(StoreError, match=why):
            backup(store, target, force=True)
    assert sorted(one.suffix for one in tmp_path.iterdir() if ".part" in one.name) == []


def test_a_store_in_use_is_not_replaced(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(SqliteEngine(other, retries=FAST)) as engine:
        with pytest.raises(StoreError, match="in use"):
            backup(store, other, force=True)
        assert Host(engine).deploy().call("counter/c", "inc", 7) == 7
        with pytest.raises(StoreError, match="in use"):
            backup(store, other, force=True)
    assert [one.result for one in inspection.log(other, COUNTER)] == [7]


def test_the_log_of_another_store_does_not_become_the_copys(store: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db-wal").write_bytes(b"left by a store of that name")
    with pytest.raises(StoreError, match=r"copy\.db-wal exists"):
        backup(store, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize("before", [None, b"as it was"])
def test_a_killed_backup_leaves_no_half_file(
    store: Path, tmp_path: Path, before: bytes | None
) -> None:
    copy = tmp_path / "copy.db"
    if before is not None:
        copy.write_bytes(before)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(store), str(copy)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert (copy.read_bytes() if copy.exists() else None) == before
    backup(store, copy, force=True)
    assert list(check(copy)) == []


def test_what_is_not_a_store_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text", encoding="utf-8")
    for source in ("text", "missing"):
        with pytest.raises(StoreError):
            backup(tmp_path / source, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
