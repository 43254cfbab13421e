"""The endpoint of a host, asked by others than a server."""

from __future__ import annotations

import asyncio
import http.client
import http.server
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import restate_server

if reason := restate_server.missing_modules():
    pytest.skip(reason, allow_module_level=True)

import h2.connection
import h2.events
import restate

from runtime_shim.engines.restate.admin import Admin
from runtime_shim.engines.restate.ingress import Ingress
from runtime_shim.engines.restate.server import Endpoint
from runtime_shim.errors import HostTrouble, StoreError

ASKED = [(":method", "GET"), (":path", "/health"), (":scheme", "http"), (":authority", "h")]
KIND = "application/vnd.restate.invocation.v5"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    counter = restate.VirtualObject("Counter")

    @counter.handler()  # type: ignore[untyped-decorator]
    async def inc(context: object, body: None) -> int:
        raise AssertionError("nobody has asked for anything")

    made = Endpoint(lambda: restate.app([counter]), "127.0.0.1", 0, 0.1)
    yield made
    made.close()


def ask(endpoint: Endpoint, path: str, body: bytes, kind: str = KIND) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=10)
    try:
        connection.request("POST", path, body, {"content-type": kind})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


@pytest.mark.parametrize("body", [b"", b"\0", b"\xff" * 100])
def test_what_is_no_attempt_leaves_no_traceback(
    endpoint: Endpoint, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        with suppress(http.client.HTTPException):  # it is cut
            ask(endpoint, "/invoke/Counter/inc", body)
        assert ask(endpoint, "/invoke/Nothing/inc", b"") == 404  # and it goes on
    assert not [record for record in caplog.records if record.exc_info]


def test_a_connection_takes_any_number_of_requests(endpoint: Endpoint) -> None:
    # Where a host ends a connection, what is on its way there hangs until the server gives it up.
    client = h2.connection.H2Connection()
    client.initiate_connection()
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as connection:
        for _ in range(1100):
            client.send_headers(client.get_next_available_stream_id(), ASKED, end_stream=True)
            ended = False
            while not ended:
                connection.sendall(client.data_to_send())
                events = client.receive_data(connection.recv(1 << 16))
                assert not [e for e in events if isinstance(e, h2.events.ConnectionTerminated)]
                ended = any(isinstance(event, h2.events.StreamEnded) for event in events)


def test_what_comes_as_a_host_ends_cuts_nothing_off() -> None:
    begun, asked = threading.Event(), threading.Event()

    async def app(scope: Any, _: Any, send: Any) -> None:
        assert scope["type"] == "http"
        begun.set()
        await asyncio.to_thread(asked.wait)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    endpoint = Endpoint(lambda: app, "127.0.0.1", 0, 10)
    ending = threading.Thread(target=endpoint.close)
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.send_headers(1, ASKED, end_stream=True)
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as connection:

        def until(kind: type) -> Any:
            while True:
                connection.sendall(client.data_to_send())
                received = connection.recv(1 << 16)
                assert received, "the connection was cut"
                for event in client.receive_data(received):
                    if isinstance(event, kind):
                        return event

        connection.sendall(client.data_to_send())
        assert begun.wait(10)
        ending.start()
        while socket.socket().connect_ex(("127.0.0.1", endpoint.port)) == 0:
            time.sleep(0.01)
        client.send_headers(3, ASKED)
        client.send_data(3, b"more", end_stream=True)
        assert until(h2.events.StreamReset).stream_id == 3
        asked.set()
        assert until(h2.events.DataReceived).data == b"done"
    ending.join()


def test_an_attempt_ends_with_its_connection_whatever_it_has_to_say() -> None:
    begun, over = threading.Event(), threading.Event()

    async def app(scope: Any, _: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun.set()
        await send({"type": "http.response.body", "body": b"more than is taken" * 10_000})
        over.set()

    endpoint = Endpoint(lambda: app, "127.0.0.1", 0, 0.1)
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.send_headers(1, ASKED, end_stream=True)
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as connection:
        connection.sendall(client.data_to_send())
        assert begun.wait(10)
        assert not over.wait(0.1)
    assert over.wait(5)
    endpoint.close()


def test_requests_that_fail_as_a_host_ends_are_no_fault_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def serve(app: object, config: object, shutdown_trigger: Any) -> None:
        await shutdown_trigger()
        raise ExceptionGroup("requests", [RuntimeError("shutting down")])

    monkeypatch.setattr("hypercorn.asyncio.serve", serve)
    Endpoint(lambda: restate.app([]), "127.0.0.1", 0, 0.1).close()  # or pytest hears of a thread


def test_what_else_the_sdk_says_is_heard(endpoint: Endpoint) -> None:
    logger = logging.getLogger("restate.server")
    record = logger.makeRecord("restate.server", logging.ERROR, "", 1, "x", (), None)
    assert logger.filter(record)


class Answers(http.server.BaseHTTPRequestHandler):
    """A server's side for operators that finds nothing."""

    answer = b'{"rows": []}'

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def nodes() -> Iterator[tuple[str, str]]:
    """The URLs of one that is down, and one that answers."""
    [gone] = restate_server.free_ports(1)
    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{gone}", f"http://127.0.0.1:{there.server_port}"
        there.shutdown()


def test_operators_ask_the_next_node_while_one_is_down(nodes: tuple[str, str]) -> None:
    admin = Admin(nodes)
    assert admin.query("SELECT 1") == []
    admin.close()


def test_callers_wait_for_nobody_while_another_node_answers(
    nodes: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    ingress = Ingress(nodes, 10.0)
    with caplog.at_level(logging.INFO):
        ingress.act(("Worker", "w"), "do", b"x")
    assert (ingress.health.state, caplog.messages) == ("serving", [])
    ingress.close()


def test_callers_wait_when_no_node_answers(
    nodes: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    gone, _ = nodes
    ingress = Ingress((gone, gone), 0.1)
    with caplog.at_level(logging.INFO), pytest.raises(HostTrouble):
        ingress.act(("Worker", "w"), "do", b"x")
    assert ingress.health.state == "waiting"
    [said] = caplog.messages
    assert said.startswith("waiting for the Restate server")
    ingress.close()


def test_something_else_than_a_server_is_no_server() -> None:
    class Anything(Answers):
        answer = b"{}"

        def do_GET(self) -> None:
            self.do_POST()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Anything) as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        admin = Admin((f"http://127.0.0.1:{there.server_port}",))
        for ask in (
            lambda: admin.register("http://127.0.0.1:1"),
            lambda: admin.deployments("x.Worker"),
            lambda: admin.query("SELECT"),
        ):
            with pytest.raises(StoreError, match="is not a Restate server; see"):
                ask()
        admin.close()
        there.shutdown()


def test_an_operator_does_not_wait_forever_for_a_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ingress = Ingress((f"http://127.0.0.1:{silent.getsockname()[1]}",), 1.0, 0.1)
        with pytest.raises(HostTrouble, match=r"no host has answered.*start a host"):
            ingress.act(("x.Worker", "a"), "revive", b"w1")
        with pytest.raises(TimeoutError):
            ingress.act(("x.Worker", "a"), "move", b"w1", 0.1)
        ingress.close()
