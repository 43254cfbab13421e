"""Management calls: on a listener of their own, for this machine or for whoever has the token."""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from builds import opened
from engine_guests import COUNTER, Guest
from restless_guests import SPINNER
from wasmtime import wat2wasm

from runtime_shim.engines.records import managed
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from witgen.app.access import AccessLog
from witgen.app.listening import Listener, Reply
from witgen.app.managing import Manager
from witgen.app.serving import Service

WORKERS = "/v1/components/t:spin/workers"
TOKEN = "a token of 24 characters"  # noqa: S105  # of a test
ONCE = RetryPolicies(RetryPolicy(max_attempts=1))


@dataclass(frozen=True)
class Running:
    """A host, and the ports of its two listeners."""

    host: Host
    public: int
    managed: int
    store: Path

    def ask(
        self, method: str, path: str = "", *, port: int | None = None, **headers: str
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.managed, timeout=30)
        try:
            connection.request(
                method,
                path if path.startswith(("/v1", "/health")) else WORKERS + path,
                None,
                headers,
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def inc(self, worker: str = "w", key: str | None = None) -> Any:
        return self.host.invoke("t:spin", worker, "inc", (1,), key=key)


@pytest.fixture
def token() -> str | None:
    return None


@pytest.fixture
def running(tmp_path: Path, token: str | None) -> Iterator[Running]:
    store = tmp_path / "s.db"
    engine = SqliteEngine(store, retries=ONCE)
    spin = Deployment(bytes(wat2wasm(SPINNER)), limits=Limits(fuel=100_000))
    with Host(engine=engine, components={"t:spin": spin}) as host:
        service = Service(host, ["t:spin"])
        manager = Manager(service, managed(engine), lambda: {"t:spin": spin}, token)
        listeners = [Listener(one.answer, "127.0.0.1", 0) for one in (service, manager)]
        threads = [threading.Thread(target=one.serve_forever) for one in listeners]
        for thread in threads:
            thread.start()
        public, private = (one.server_port for one in listeners)
        yield Running(host, public, private, store)
        for listener, thread in zip(listeners, threads, strict=True):
            listener.shutdown()
            thread.join()
            listener.server_close()
    assert list(check(store)) == [], "whatever was repaired, the store is whole"


class TestReading:
    def test_health(self, running: Running) -> None:
        for path in ("/v1/health", "/health"):
            assert running.ask("GET", path) == (
                200,
                {"status": "serving", "unfinished": 0, "error": None},
            )

    def test_a_host_that_acknowledges_nothing_is_not_healthy(self, running: Running) -> None:
        running.host.close()
        status, said = running.ask("GET", "/v1/health")
        assert (status, said["status"]) == (503, "stopped")
        assert said["error"]

    def test_workers_and_their_logs(self, running: Running) -> None:
        for key in ("a", "b", "c"):
            running.inc(key=key)
        running.inc("other")
        status, listed = running.ask("GET")
        assert status == 200
        assert [(one["name"], one["invocations"]) for one in listed] == [("other", 1), ("w", 3)]
        assert [one["name"] for one in running.ask("GET", "?skip=1&count=5")[1]] == ["w"]
        shown = running.ask("GET", "/w")[1]
        assert (shown["workers"][0]["status"], shown["pending"]) == ("idle", [])
        entries = running.ask("GET", "/w/oplog?skip=1&count=1")[1]
        assert [(one["key"], one["result"]) for one in entries] == [("b", "2")]

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nobody", 404),
            ("GET", "/nobody/oplog", 404),
            ("POST", "/w/update", 404),
            ("DELETE", "/nobody", 404),
            ("POST", "/nobody/revive", 404),
            ("DELETE", "/nobody/invocations/k", 404),
            ("PUT", "/w", 404),
            ("GET", "/%ff", 400),
            ("GET", "?skip=x", 400),
            ("GET", "?count=-1", 400),
            ("GET", "/v1/components/t:spun/workers", 404),
            ("GET", "/v1/components", 404),
            ("POST", "/w/invoke?function=inc", 404),
        ],
    )
    def test_what_there_is_not(self, running: Running, method: str, path: str, status: int) -> None:
        found, said = running.ask(method, path)
        assert (found, bool(said["error"])) == (status, True)

    @pytest.mark.parametrize("path", ["/v1/worker", "/v1/components", "/w/oplogs"])
    def test_an_address_where_nothing_is(self, running: Running, path: str) -> None:
        running.inc()
        said = running.ask("GET", path)[1]["error"]
        assert said.startswith("there is nothing at /")
        assert "; there is GET /health, " in said
        assert len(said) < 220

    def test_a_misspelt_component(self, running: Running) -> None:
        said = running.ask("GET", "/v1/components/t:spni/workers")[1]["error"]
        assert said == "there is no component `t:spni`; did you mean `t:spin`?"


class TestRepairs:
    def test_a_deleted_worker_begins_again(self, running: Running) -> None:
        assert [running.inc("other"), running.inc(), running.inc(key="k")] == [1, 1, 2]
        assert running.ask("DELETE", "/w") == (200, {"deleted": 2})
        assert [running.inc(key="k"), running.inc("other")] == [1, 2]

    def test_a_worker_that_failed_is_revived(self, running: Running) -> None:
        running.inc()
        with pytest.raises(InvocationFailed):
            running.host.invoke("t:spin", "w", "spin", (0,), key="bad")
        with pytest.raises(InvocationFailed, match="already failed"):
            running.inc()
        assert running.ask("POST", "/w/revive") == (200, {"revived": True})
        assert running.inc() == 2
        assert running.ask("POST", "/w/revive") == (200, {"revived": False})
        with pytest.raises(InvocationFailed):
            running.host.invoke("t:spin", "w", "spin", (0,), key="bad")

    def test_a_call_that_is_due_later_is_cancelled(self, running: Running) -> None:
        running.inc()
        later = time.time() + 1e6
        key = running.host.send("t:spin", "w", "inc", (1,), key="a/b", due=later)
        said = running.ask("DELETE", "/w")
        assert (said[0], "has calls that are not over" in said[1]["error"]) == (409, True)
        assert running.ask("DELETE", "/w/invocations/a%2Fb") == (200, {"cancelled": True})
        assert running.ask("DELETE", "/w/invocations/a%2Fb") == (200, {"cancelled": False})
        assert running.host.status("t:spin", "w", key) == "cancelled"

    def test_others_call_meanwhile(self, running: Running) -> None:
        stop, counts = threading.Event(), [0]

        def work() -> None:
            while not stop.is_set():
                counts[0] = running.inc("busy")

        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(5):
            running.inc()
            assert running.ask("DELETE", "/w")[0] == 200
        stop.set()
        thread.join()
        assert running.inc("busy") == counts[0] + 1


class TestWhoMay:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("GET", "/w"),
            ("GET", "/w/oplog"),
            ("GET", "/v1/health"),
            ("POST", "/w/revive"),
            ("DELETE", "/w"),
            ("DELETE", "/w/invocations/k"),
        ],
    )
    def test_nobody_by_the_public_listener(self, running: Running, method: str, path: str) -> None:
        running.inc(key="k")
        headers = {"Content-Type": "application/json"}
        assert running.ask(method, path, port=running.public, **headers)[0] in {400, 404, 501}
        assert running.inc() == 2

    def test_no_web_page(self, running: Running) -> None:
        assert running.ask("GET", Host="example.org")[0] == 403

    @pytest.mark.parametrize("token", [TOKEN])
    def test_only_who_has_the_token(self, running: Running) -> None:
        for given in ("", f"Bearer {TOKEN[:-1]}", "Bearer é", f"Basic {TOKEN}"):
            assert running.ask("GET", Authorization=given)[0] == 401
        assert running.ask("GET", Authorization=f"Bearer {TOKEN}", Host="example.org")[0] == 200


class TestInvocations:
    def test_the_state_of_a_key(self, running: Running) -> None:
        running.inc(key="a/b")
        status, said = running.ask("GET", "/w/invocations/a%2Fb")
        assert (status, said["state"], said["result"]) == (200, "done", "1")
        later = time.time() + 1e6
        running.host.send("t:spin", "w", "inc", (1,), key="later", due=later)
        assert running.ask("GET", "/w/invocations/later")[1]["state"] == "pending"
        for path in ("/w/invocations/other", "/nobody/invocations/a"):
            status, said = running.ask("GET", path)
            assert (status, bool(said["error"])) == (404, True)

    def test_a_guest_s_call_is_cancelled_by_its_number(self, tmp_path: Path) -> None:
        def ask(state: Any, invocation: Invocation) -> None:
            invocation.send(WorkerId("counter", "w"), "inc", (1,), due=4e9)

        with opened(tmp_path / "s.db", Guest(**COUNTER), asker=Guest(ask=ask)) as host:
            host.call("asker/a", "ask")
            store, worker = managed(host.engine), WorkerId("counter", "w")
            with store.stored.looking() as records:
                (info,) = records.log(worker)
            assert info.call is not None
            assert not store.cancelled(WorkerId("counter", "other"), info.call)
            assert store.cancelled(worker, info.call)
            assert not store.cancelled(worker, info.call)


class TestAccessLog:
    def test_a_line_for_each_request(self) -> None:
        file = io.StringIO()
        log = AccessLog(file, lambda: 0.0)
        listener = Listener(
            lambda asked: Reply(HTTPStatus.OK, asked.method), "127.0.0.1", 0, log=log
        )
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        for data in (
            b"GET /a?b=c HTTP/1.1\r\nConnection: close\r\n\r\n",
            b'GET /"\\\x1b[31m\xff HTTP/1.1\r\nConnection: close\r\n\r\n',
            b"nonsense\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", listener.server_port), 30) as client:
                client.sendall(data)
                while client.recv(1 << 16):
                    pass
        listener.shutdown()
        thread.join()
        listener.server_close()
        pattern = r'127\.0\.0\.1 - - \[01/Jan/1970:00:00:00 \+0000\] "(.*)" (\d+) (\d+) \d+ms'
        found = [re.fullmatch(pattern, line) for line in file.getvalue().splitlines()]
        assert [one and one[1] for one in found] == [
            "GET /a?b=c HTTP/1.1",
            r"GET /\x22\x5c\x1b[31m\xff HTTP/1.1",
            "nonsense",
        ]
        assert [one and one[2] for one in found] == ["200", "200", "400"]

    def test_what_cannot_be_written_is_lost(self) -> None:
        file = io.StringIO()
        file.close()
        AccessLog(file)("127.0.0.1", "GET / HTTP/1.1", 200, 1, 0.0)
