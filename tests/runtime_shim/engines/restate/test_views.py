"""An application on a Restate server, as an operator sees it."""

from __future__ import annotations

import http.server
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import restate_server
from engine_guests import FAST, Guest, Host, flaky, many

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.stored import stored
from runtime_shim.errors import InvocationFailed, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation

pytestmark = pytest.mark.long  # `make restate` runs it

A = WorkerId("counter", "a")
FAILED = WorkerId("flaky", "f")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    server = restate_server.server()
    from runtime_shim.engines.restate import history
    from runtime_shim.engines.restate.engine import RestateEngine, Settings

    monkeypatch.setattr(history, "ROWS", 4)
    application = f"t{uuid.uuid4().hex[:12]}"
    engine: Any = RestateEngine(
        Settings((server.ingress,), (server.admin,), application, grace=0.2), retries=FAST
    )
    made: Any = Host(engine)
    made.store = stored(f"restate:{server.ingress},{server.admin}#{application}")
    yield made
    engine.close()


def test_a_history_longer_than_an_object_keeps_is_seen_and_rebuilt(host: Any) -> None:
    guest = Guest(
        add=lambda state, invocation, by: state.setdefault("l", []).append(by) or state["l"][:]
    )
    host.deploy(list=guest)
    for number in range(11):
        host.call("list/x", "add", number, key=f"k{number}")
    worker = WorkerId("list", "x")
    host.handler.unload(worker)
    assert host.call("list/x", "add", 11) == list(range(12))
    assert guest.made == 2
    with host.store.looking() as records:
        (info,) = records.workers(worker)
        found = list(records.log(worker))
        past = list(records.history(worker, 3))
    assert (info.status, info.invocations, info.pending) == ("idle", 12, 0)
    assert [one.args for one in found] == [(number,) for number in range(12)]
    assert [one.key for one in found[:11]] == [f"k{number}" for number in range(11)]
    assert [one.seq for one in found] == list(range(12))
    assert found[-1].result == list(range(12))
    assert [one.args for one in past] == [(number,) for number in range(3, 12)]
    assert list(host.store.check(lambda count: None)) == []


def test_a_failed_worker_is_shown_and_revived(host: Any) -> None:
    host.deploy(flaky=Guest(flaky=flaky(3)))
    with pytest.raises(InvocationFailed):
        host.call("flaky/f", "flaky")
    with host.store.repairing() as records:
        (info,) = records.workers(FAILED)
        assert (info.status, info.failure) == ("failed", "failure 3")
        assert [(one.state, one.attempt) for one in records.log(FAILED)] == [("failed", 3)]
        assert records.revive(FAILED)
        assert not records.revive(FAILED)
    with pytest.raises(InvocationFailed, match=r"(?m)^failure 3$"):
        host.call("flaky/f", "flaky")


def test_a_deleted_worker_begins_anew(host: Any) -> None:
    host.deploy()
    for _ in range(9):
        host.call("counter/a", "inc", 1)
    with host.store.repairing() as records:
        assert records.delete(A) == 9
        assert list(records.components()) == []
        assert list(records.workers(A)) == []
    assert [host.call("counter/a", "inc", 1) for _ in range(9)][-1] == 9


def test_a_deleted_worker_takes_what_is_scheduled_along(host: Any) -> None:
    host.deploy()
    host.call("counter/a", "inc", 1)
    for _ in range(2):
        host.send("counter/a", "inc", 10, due=host.clock() + 3600)
    other = host.send("counter/b", "inc", 1, due=host.clock() + 3600)
    with host.store.repairing() as records:
        assert records.delete(A) == 1
        assert list(records.workers(A)) == []
        assert host.status(other) == "pending"


def test_what_waits_is_shown_and_cancelled(host: Any) -> None:
    host.deploy()
    host.call("counter/a", "inc", 1)
    sent = host.send("counter/a", "inc", 1, due=host.clock() + 3600)
    with host.store.repairing() as records:
        (waiting,) = records.log(A, pending=True)
        assert (waiting.key, waiting.state) == (sent.key, "pending")
        assert records.cancel(A, sent.key)
        assert not records.cancel(A, sent.key)
    host.engine.drain()
    assert host.status(sent) == "cancelled"


def test_how_long_calls_took_and_wait_is_told(host: Any) -> None:
    leave = threading.Event()

    def slow(state: Any, invocation: Invocation, seconds: float, fails: int = 0) -> int:
        time.sleep(seconds)
        if invocation.attempt <= fails:
            raise Trap("slow")
        return 1

    host.deploy(slow=Guest(slow=slow, hold=lambda state, invocation: leave.wait(30)))
    worker, other = WorkerId("slow", "a"), WorkerId("slow", "b")
    host.call("slow/a", "slow", 0.02)
    host.call("slow/a", "slow", 0.03, 2)
    asked = time.time()
    host.send("slow/a", "hold")
    host.send("slow/a", "hold")
    host.send("slow/b", "hold", due=asked + 3600)
    with host.store.looking() as records:
        (info,) = records.workers(worker)
        found = list(records.log(worker))
        (later,) = records.workers(other)
        (scheduled,) = records.log(other)
    leave.set()
    host.engine.drain()
    once, thrice, *waiting = found
    assert (once.took >= 0.02, thrice.took >= 0.09) == (True, True), "of all attempts"
    assert info.took == pytest.approx(once.took + thrice.took)
    assert all(abs(one.since - asked) < 20 for one in waiting)
    assert [one.took for one in waiting] == [None, None]
    assert info.since == waiting[0].since
    assert (later.since, later.took, scheduled.since) == (None, None, None)


def test_what_a_guest_sent_earlier_is_cancelled(host: Any) -> None:
    kept: list[Any] = []

    def plan(state: Any, invocation: Invocation, when: float) -> None:
        kept.append(invocation.send(A, "inc", (1,), when))

    def take_back(state: Any, invocation: Invocation) -> None:
        invocation.cancel(kept[0])

    host.deploy(plan=Guest(plan=plan, take_back=take_back, rest=lambda state, invocation: None))
    host.call("plan/p", "plan", host.clock() + 3600)
    for _ in range(6):
        host.call("plan/p", "rest")
    host.call("plan/p", "take-back")
    with pytest.raises(StoreError, match="no worker"), host.store.looking() as records:
        list(records.log(A, pending=True))
    host.engine.drain()


@pytest.mark.parametrize("name", ["restate:", "restate:127.0.0.1:8080", "restate:ftp://a"])
def test_a_name_without_a_server_is_refused(name: str) -> None:
    with pytest.raises(StoreError, match="does not name a Restate server"):
        stored(name)


def _scenario(engine: Any) -> None:
    host = Host(engine)
    host.deploy(flaky=Guest(flaky=flaky(3)), caller=Guest(many=many))
    host.call("counter/a", "inc", 1)
    host.call("counter/a", "append", "x", key="mine")
    host.call("caller/x", "many", 2)
    with pytest.raises(InvocationFailed):
        host.call("flaky/f", "flaky")
    for name, by in (("a", 5), ("later", 7)):
        host.send(f"counter/{name}", "inc", by, due=4_000_000_000.0)
    host.engine.drain()


def _seen(there: Any) -> list[Any]:
    """What is looked at, without times and random numbers, by worker."""
    found: list[Any] = []
    with there.looking() as records:
        for info in list(records.workers()):
            log = [
                (
                    *("" if one.call else one.known_by, one.function, one.args, one.state),
                    *(one.attempt, one.due and round(one.due), one.seq, one.result),
                    *((kind, kind in {"clock", "random"} or it) for kind, it in one.steps),
                )
                for one in records.log(info.worker)
            ]
            found.append(
                (
                    replace(info, ended=None, build="", took=None, since=None),
                    info.ended is None,
                    log,
                )
            )
    return found


def test_it_looks_as_on_a_file(host: Any, tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "store", retries=FAST)) as engine:
        _scenario(engine)
    _scenario(host.engine)
    seen, expected = _seen(host.store), _seen(stored(str(tmp_path / "store")))
    # Nothing is known of a worker before its first call is over.
    unborn = [replace(info, environment=Environment()) for info, new, _ in expected if new]
    assert [info for info, new, _ in seen if new] == unborn
    for one, other in zip(seen, expected, strict=True):
        if not one[1]:
            assert one == other
    assert [log for _, _, log in seen] == [log for _, _, log in expected]


def test_many_workers_are_listed_with_few_queries(
    host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime_shim.engines.restate.admin import Admin

    asked: list[str] = []
    query = Admin.query
    host.deploy()
    for number in range(40):
        host.call(f"counter/{number}", "inc", 1)

    def counted(admin: Admin, sql: str) -> Any:
        asked.append(sql)
        return query(admin, sql)

    monkeypatch.setattr(Admin, "query", counted)
    with host.store.looking() as records:
        assert len(list(records.workers())) == 40
    assert len(asked) <= 2


class Odd(http.server.BaseHTTPRequestHandler):
    """What is no Restate server."""

    answer = b""
    length: int | None = None

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(self.length or len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "length"),
    [
        (b"", None),
        (b"hello", None),
        (b"[]", None),
        (b'{"rows": 1}', None),
        (b'{"rows": [1]}', None),
        (b'{"rows": [{}]}', None),
        (b'{"rows": [{"service_key": 1, "value": 2, "worker": 3, "waiting": []}]}', None),
        (b'{"rows": [{"service_key": "a/b", "value": "zz", "worker": "a/b", "waiting": 1}]}', None),
        (b'{"rows": [{"service_key": "a/b", "value": "00", "worker": "a/b", "waiting": 1}]}', None),
        (b"[" * 100_000, None),
        (b'{"rows": []}', 1000),
    ],
)
def test_another_service_at_the_port_is_an_error(
    answer: bytes, length: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime_shim.engines.restate import admin

    monkeypatch.setattr(admin, "_PATIENCE", 0.2)
    odd = type("Odd", (Odd,), {"answer": answer, "length": length})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        there = stored(f"restate:{url},{url}")
        with pytest.raises(StoreError), there.looking() as records:
            list(records.workers())
        server.shutdown()


def test_nobody_at_the_port_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from runtime_shim.engines.restate import admin

    monkeypatch.setattr(admin, "_PATIENCE", 0.2)
    [port] = restate_server.free_ports(1)
    there = stored(f"restate:http://127.0.0.1:{port}")
    with pytest.raises(StoreError, match="does not answer"), there.looking() as records:
        list(records.workers())


def test_a_worker_is_looked_at_and_found_by_its_name_without_a_host(host: Any) -> None:
    host.deploy()
    host.call("counter/a/b", "inc")
    worker = WorkerId("counter", "a/b")
    host.engine.close()
    with host.store.looking() as records:
        assert [one.worker for one in records.workers(worker)] == [worker]
        assert list(records.workers(WorkerId("counter/a", "b"))) == []
        assert records.taken(worker) is None
        assert records.binary("counter", "nothing") is None
