"""What is long is read in parts, and keeps nobody waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, Guest, Host, many, side_by_side

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.history import read_history
from runtime_shim.engines.sqlite.store import SqliteStore
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation

BIG = 400_000  # bytes


def keep(state: dict[str, int], invocation: Invocation, args: bytes, step: int, result: int) -> Any:
    state["n"] = state.get("n", 0) + 1
    invocation.step("read", lambda: bytes(step))
    return [state["n"], bytes(result)]


def hosts(path: Path) -> Iterator[Host]:
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        yield Host(engine).deploy(keep=Guest(keep=keep))


@pytest.mark.parametrize("sizes", [(BIG, 1, 1), (1, BIG, 1), (1, 1, BIG)])
def test_a_history_is_read_in_parts_of_some_bytes(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    path = tmp_path / "store"
    arguments, step, result = sizes
    for host in hosts(path):
        for _ in range(8):
            host.call("keep/a", "keep", bytes(arguments), step, result)
    with closing(SqliteStore(path)) as store:
        seen = 0
        while seen < 8:
            part = store.history(WorkerId("keep", "a"), seen, 8)
            assert 1 <= len(part) <= 3
            assert [past.result[0] for past in part] == list(range(seen + 1, seen + len(part) + 1))
            assert all(len(past.entries) == 1 for past in part)
            seen += len(part)
    for host in hosts(path):
        assert host.call("keep/a", "keep", b"", 1, 1, key="next")[0] == 9


def test_a_rebuild_keeps_no_other_worker_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:
        reading.set()
        assert go_on.wait(10)
        return read_history(*args)

    for host in hosts(tmp_path / "store"):
        host.call("keep/a", "keep", b"", 1, 1)
    monkeypatch.setattr("runtime_shim.engines.sqlite.history.read_history", slow)
    for host in hosts(tmp_path / "store"):

        def neighbours(host: Host = host) -> list[int]:
            assert reading.wait(10)
            found = [host.call(f"keep/{name}", "keep", b"", 1, 1, key=name)[0] for name in "bcd"]
            go_on.set()
            return found

        rebuilt, others = side_by_side(
            lambda host=host: host.call("keep/a", "keep", b"", 1, 1, key="next")[0],  # type: ignore[misc]
            neighbours,
        )
        assert (rebuilt, others) == (2, [1, 1, 1])


def test_opening_reads_no_table_in_whole(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        Host(engine).deploy(caller=Guest(many=many)).call("caller/a", "many", 2000)
    steps: list[int] = []
    with closing(SqliteStore(path)) as store:
        store._reader.set_progress_handler(lambda: steps.append(1), 100)
        assert store.largest() == (2, 2001)
        assert len(store.components()) == 2
        assert store.pending() == ()
    assert len(steps) < 10, "a step for each hundred instructions of SQLite"
