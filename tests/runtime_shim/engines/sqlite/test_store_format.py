"""A store that was recorded once is read and served by today's code: the format on disk is kept.

`stores/format-N.sql` is a store as SQL text, as `record` left it when format N came to be. When the
format is changed on purpose, its number grows, and `.venv/bin/pytest --snapshot-update` on this file
records the next one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import COUNTER, FAST, Ephemeral, Guest, Host, many

from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.schema import FORMAT
from runtime_shim.errors import InvocationFailed, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation

RECORDED = Path(__file__).parents[2] / "stores" / f"format-{FORMAT}.sql"
SOON = 4e9  # in the year 2096


def calls(state: dict[str, Any], invocation: Invocation) -> list[Any]:
    """A step, and a call of each kind."""
    counter = WorkerId("counter", "c")
    seen = invocation.step("test:host/seen", lambda: {"text": "é", "bytes": b"\x00", "none": None})
    answer = invocation.call(counter, "inc", (1,))
    future = invocation.spawn(counter, "inc", (10,))
    sent = invocation.send(counter, "inc", (100,))
    invocation.cancel(invocation.send(counter, "inc", (1000,), SOON))
    region = invocation.begin_region()
    state["n"] = invocation.call(WorkerId("once", "o"), "inc", (1,))
    invocation.end_region(region)
    return [seen, answer, future.get(), sent.step]


def trap(state: dict[str, Any], invocation: Invocation) -> None:
    raise Trap("as it is told", retriable=False)


def opened(store: Path) -> Host:
    guests = {"g": Guest(calls=calls, trap=trap, many=many), "once": Ephemeral(**COUNTER)}
    return Host(SqliteEngine(store, retries=FAST)).deploy(**guests)


def record(store: Path) -> str:
    """A store with everything that there is, as text."""
    host = opened(store)
    host.call("g/a", "calls")
    host.call("g/a", "many", 3)
    with pytest.raises(InvocationFailed):
        host.call("g/broken", "trap")
    host.send("counter/later", "inc", 5, due=SOON)
    host.engine.close()
    with closing(sqlite3.connect(store)) as connection:
        pragmas = ("application_id", "user_version")
        values = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
        lines = [f"PRAGMA {name} = {value};" for name, value in zip(pragmas, values, strict=True)]
        return "\n".join([*lines, *connection.iterdump(), ""])


@pytest.fixture
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    if request.config.getoption("--snapshot-update"):
        RECORDED.write_text(record(tmp_path / "new.db"), encoding="utf-8")
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RECORDED.read_text("utf-8"))
    return path


def test_a_recorded_store_is_served_on(store: Path) -> None:
    host = opened(store)
    host.keys = 100
    assert host.call("g/a", "calls", key="key-1") == [
        {"text": "é", "bytes": b"\x00", "none": None},
        1,
        11,
        3,
    ]
    assert host.call("g/a", "many", 3, key="key-2") == [112, 113, 114]
    with pytest.raises(InvocationFailed, match="as it is told"):
        host.call("g/broken", "trap", key="key-3")
    with pytest.raises(InvocationFailed, match="the worker has already failed"):
        host.call("g/broken", "many", 1)
    assert host.call("g/a", "many", 1) == [115], "rebuilt from what was recorded"
    assert host.engine.status(WorkerId("counter", "later"), "key-4") == "pending"
    host.engine.close()


def test_it_reads_as_it_was_written(store: Path) -> None:
    found = {f"{i.worker.component}/{i.worker.name}": i.status for i in inspect.workers(store)}
    assert found == {
        "counter/c": "idle",
        "counter/later": "pending",
        "g/a": "idle",
        "g/broken": "failed",
        "once/o": "idle",
    }
    first, second = inspect.log(store, WorkerId("g", "a"))
    assert [kind.split(" ")[0] for kind, _ in first.steps] == [
        "test:host/seen",
        "call",
        "spawn",
        "send",
        "send",
        "cancel",
        "begin",
        "call",
        "end",
        "get",
    ]
    assert second.result == [112, 113, 114]
