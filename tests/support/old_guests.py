"""The guests of a store of format 2, and what was asked of them.

`record` left `tests/runtime_shim/stores/format-2-unfinished.sql`, the store of a process that was
killed. It ran with the code of that format, with the imports of that time.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from engine_guests import COUNTER, HERE, Ephemeral, Guest, Host

from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed, RpcError, Trap
from runtime_shim.golem.promises import PromiseProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, COMPONENT, ENTRIES, POLL, promise_worker
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy

SOON = 4e9  # in the year 2096
UUID = "6c4bd63c-4f0e-4b0c-8f0f-6f2f4f0c9d11"
GATE = threading.Event()
REACHED: set[str] = set()
ATTEMPTS: list[int] = []
C, D = WorkerId("counter", "c"), WorkerId("counter", "d")


def wait(what: str) -> None:
    """Hold the process here until it is killed."""
    REACHED.add(what)
    assert GATE.wait(30)


def known(sent: Any) -> Any:
    """What cancelling takes, of a future."""
    return getattr(sent, "call", None) or sent.key


def tour(state: dict[str, Any], invocation: Any) -> list[Any]:
    """A step, and a call of each kind."""
    found = [invocation.step("test:host/seen", lambda: {"text": "é", "none": None})]
    found.append(invocation.call(C, "inc", (1,)))
    future = invocation.spawn(C, "inc", (10,))
    invocation.send(C, "inc", (100,))
    invocation.cancel(invocation.send(C, "inc", (1000,), SOON))
    state["token"] = invocation.send(C, "inc", (10_000,), SOON)
    missing = invocation.spawn(WorkerId("nobody", "n"), "inc", ())
    invocation.cancel(known(missing))
    region = invocation.begin_region()
    found.append(invocation.call(WorkerId("once", "o"), "inc", (1,)))
    invocation.end_region(region)
    promise = promise_worker(invocation.worker.uri, invocation.seq * ENTRIES + 1)
    found.append(invocation.call(promise, POLL, ()))
    found.append(invocation.call(promise, COMPLETE, (b"yes",)))
    found.append(invocation.call(promise, POLL, ()))
    found.append(invocation.call(WorkerId("relay", "r0"), "relay", (["r1", "r2", "r3"],)))
    found.append(future.get())
    try:
        missing.get()
    except RpcError as error:
        found.append(error.kind)
    return found


def stop(state: dict[str, Any], invocation: Any) -> int:
    """Cancel what an earlier invocation sent."""
    invocation.cancel(state["token"])
    state["stopped"] = state.get("stopped", 0) + 1
    return int(state["stopped"])


def half(state: dict[str, Any], invocation: Any) -> list[Any]:
    """Get as far as an ephemeral worker that waits."""
    first = invocation.call(D, "inc", (1,))
    future = invocation.spawn(D, "inc", (10,))
    invocation.send(D, "inc", (100,), SOON)
    second = future.get()
    return [first, second, invocation.call(WorkerId("mid", "m"), "mid", ())]


def mid(state: dict[str, Any], invocation: Any) -> list[Any]:
    first = invocation.call(D, "inc", (1000,))
    return [first, invocation.call(WorkerId("slow", "s"), "slow", ())]


def slow(state: dict[str, Any], invocation: Any) -> list[Any]:
    promise = promise_worker(invocation.worker.uri, invocation.seq * ENTRIES + 1)
    first = invocation.call(promise, POLL, ())
    drawn = invocation.step("random", time.time_ns)
    wait("slow")
    return [first, drawn, invocation.call(D, "inc", (10_000,))]


def cut(state: dict[str, Any], invocation: Any) -> str:
    """Send and wait; the record of the sending is taken away."""
    invocation.send(WorkerId("counter", "cut"), "inc", (1,))
    wait("cut")
    return "sent"


def trap(state: dict[str, Any], invocation: Any) -> None:
    raise Trap("as it is told", retriable=False)


def later(state: dict[str, Any], invocation: Any) -> int:
    """Fail once, after a call."""
    count = invocation.call(WorkerId("counter", "later"), "inc", (1,))
    if invocation.attempt == 1:
        ATTEMPTS.append(1)
        raise Trap("once more")
    return int(count)


def name(state: dict[str, Any], invocation: Any) -> str:
    return str(invocation.key)


def opened(store: Path) -> Host:
    """A host of these guests."""
    policy = RetryPolicy(min_delay=30.0, max_delay=30.0, jitter=0.0)
    return Host(SqliteEngine(store, retries=RetryPolicies(policy))).deploy(
        g=Guest(tour=tour, stop=stop, half=half, cut=cut, trap=trap, later=later, name=name),
        mid=Guest(mid=mid),
        slow=Ephemeral(slow=slow),
        once=Ephemeral(**COUNTER),
        **{COMPONENT: PromiseProgram()},
    )


def record(out: str) -> None:
    """Leave the text of a store."""
    with tempfile.TemporaryDirectory() as folder:
        store, copy = Path(folder) / "store.db", Path(folder) / "copy.db"
        host = opened(store)
        host.call("g/gone", "tour", key="gone")
        host.engine.close()
        inspection.delete(store, WorkerId("g", "gone"))
        host = opened(store)
        host.call("g/a", "tour", key="order")
        host.call("g/a", "stop", key="stop")
        host.call("g/u", "tour", key=UUID)
        host.call("once/k", "inc", 7, key="once")
        with suppress(InvocationFailed):
            host.call("g/broken", "trap", key="bad")
        host.engine.send(WorkerId("counter", "s"), "inc", (5,), "scheduled", HERE, SOON)
        ask = (("g/p", "half"), ("g/q", "cut"))
        for worker, function in ask:
            asked = WorkerId(*worker.split("/"))
            host.engine.send(asked, function, (), function, HERE)
        host.engine.send(WorkerId("g", "p"), "name", (), "queued", HERE)
        host.engine.send(WorkerId("g", "r"), "later", (), "retried", HERE)
        while {"slow", "cut"} != REACHED or not ATTEMPTS:
            time.sleep(0.01)
        time.sleep(0.1)
        host.engine.journal.sync()
        for suffix in ("", "-wal"):
            shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
        GATE.set()
        host.engine.close()
        with closing(sqlite3.connect(copy)) as connection:
            [cut_] = connection.execute("SELECT id FROM invocation WHERE key = 'cut'").fetchone()
            gone = connection.execute("DELETE FROM oplog WHERE invocation = ?", (cut_,))
            assert gone.rowcount == 1
            connection.commit()
            pragmas = ("application_id", "user_version")
            values = [connection.execute(f"PRAGMA {one}").fetchone()[0] for one in pragmas]
            lines = [f"PRAGMA {one} = {value};" for one, value in zip(pragmas, values, strict=True)]
            text = "\n".join([*lines, *connection.iterdump(), ""])
        Path(out).write_text(text, encoding="utf-8")
