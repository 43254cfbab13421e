"""The HTTP endpoint: answers, refusals, and values as JSON."""

from __future__ import annotations

import http.client
import json
import math
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self

import pytest
from component_parts import adder, part
from hypothesis import assume, given, settings
from luck_guest import GUEST
from typed_values import TYPED_VALUES
from wasmtime import wat2wasm

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import component_uuid
from runtime_shim.values import Case, Err, Handle, Ok
from runtime_shim.values import types as t
from witgen.app.listening import Listener
from witgen.app.serving import Service, server
from witgen.app.typedjson import Unfit, described, parse, plain

ADD = "function=t:calc/api.%7Badd%7D"
WORKER = "/v1/components/t:calc/workers/w"
# Two functions whose results are of two types.
TWO = """
(core module $m (func (export "n") (result i32) i32.const 7))
(core instance $i (instantiate $m))
(func $number (result u32) (canon lift (core func $i "n")))
(func $truth (result bool) (canon lift (core func $i "n")))
(instance $e (export "number" (func $number)) (export "truth" (func $truth)))
(export "t:two/api" (instance $e))
"""


@dataclass(frozen=True)
class Client:
    port: int

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Content-Type": "application/json"} | named
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, data if method == "POST" else None, named)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def add(self, *params: object, path: str = WORKER, **headers: str) -> tuple[int, Any]:
        url = f"{path}/invoke-and-await?{ADD}"
        return self.send("POST", url, {"params": list(params)}, **headers)


@contextmanager
def serving(host: Host, *names: str) -> Iterator[tuple[Listener, threading.Thread]]:
    listener = server(Service(host, names), 0)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    yield listener, thread
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    components = {"t:calc": Deployment(adder("t:calc/api", 5)), "t:two": Deployment(part(TWO))}
    with (
        Host(engine=MemoryEngine(), components=components) as host,
        serving(host, *components) as (listener, _),
    ):
        yield Client(listener.server_port)


class TestAnswers:
    def test_a_call_is_answered_with_its_type(self, client: Client) -> None:
        assert client.add(37) == (200, {"result": {"typ": {"type": "U32"}, "value": 42}})

    def test_golems_typed_parameters_are_taken(self, client: Client) -> None:
        status, answer = client.add({"typ": {"type": "U32"}, "value": 1})

        assert (status, answer["result"]["value"]) == (200, 6)

    def test_the_id_of_the_component_is_taken(self, client: Client) -> None:
        path = f"/v1/components/{component_uuid('t:calc')}/workers/w"

        assert client.add(1, path=path)[0] == 200

    def test_a_call_without_a_worker(self, client: Client) -> None:
        assert client.add(1, path="/v1/components/t:calc")[0] == 200

    def test_a_key_is_answered_alike_for_ever(self, client: Client) -> None:
        first = client.add(1, Idempotency_Key="one")
        client.add(100)
        again = client.add(1, Idempotency_Key="one")

        assert first == again

    def test_a_key_goes_to_one_worker_where_none_is_named(self, client: Client) -> None:
        path = "/v1/components/t:calc"
        answers = [client.add(1, path=path, Idempotency_Key=key) for key in ("x", "x", "y")]

        assert [status for status, _ in answers] == [200] * 3
        assert answers[0] == answers[1] == answers[2], "a new worker for each key"

    def test_invoke_answers_at_once(self, client: Client) -> None:
        url = f"{WORKER}/invoke?{ADD}"
        answer = client.send("POST", url, {"params": [1]}, Idempotency_Key="later")

        assert answer == (200, {"idempotencyKey": "later"})

    def test_a_connection_is_used_again(self, client: Client) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
        headers = {"Content-Type": "application/json", "Expect": "100-continue"}
        for number in range(3):
            body = json.dumps({"params": [number]})
            connection.request("POST", f"{WORKER}/invoke-and-await?{ADD}", body, headers)
            with connection.getresponse() as answer:
                assert json.load(answer)["result"]["value"] == number + 5
        connection.close()

    def test_components_are_listed(self, client: Client) -> None:
        status, (listed, _) = client.send("GET", "/v1/components")

        assert (status, listed["componentName"]) == (200, "t:calc")
        assert listed["functions"] == ["t:calc/api.{add}"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "status", "said"),
        [
            ("/v1/components/t:calk/workers/w/invoke?" + ADD, 404, "no component `t:calk`"),
            (f"{WORKER}/invoke", 400, "give one function"),
            (f"{WORKER}/invoke?function=t:calc/api.%7Bsub%7D", 404, "sub"),
            (f"{WORKER}/destroy?{ADD}", 404, "no action `destroy`"),
            ("/", 404, "there is nothing at /; there is POST /v1/components/ID/workers/NAME/"),
            (
                f"/v1/components/t:calc/workers//invoke?{ADD}",
                404,
                "there is nothing at /v1/components/t:calc/workers//invoke;",
            ),
            ("/v1/components/" + "a" * 5000 + "/invoke?" + ADD, 404, "no component"),
        ],
    )
    def test_a_wrong_address(self, client: Client, path: str, status: int, said: str) -> None:
        found, answer = client.send("POST", path, {"params": [1]})

        assert (found, said in answer["error"]) == (status, True), answer

    @pytest.mark.parametrize(
        "params", [[], [1, 2], ["1"], [-1], [1 << 32], [1.5], [None], [True], [{}], [[1]]]
    )
    def test_wrong_parameters(self, client: Client, params: list[object]) -> None:
        assert client.add(*params)[0] == 400

    @pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b'"x"', b"{}", b"null"])
    def test_a_wrong_body(self, client: Client, body: bytes) -> None:
        assert client.send("POST", f"{WORKER}/invoke-and-await?{ADD}", body)[0] == 400

    def test_a_web_page_is_refused(self, client: Client) -> None:
        assert client.add(1, Host="example.org")[0] == 403
        assert client.add(1, Content_Type="text/plain")[0] == 415

    @pytest.mark.parametrize(("length", "status"), [("x", 411), ("-1", 411), ("9" * 12, 413)])
    def test_a_wrong_length(self, client: Client, length: str, status: int) -> None:
        assert client.add(1, Content_Length=length)[0] == status

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            (b"POST http://[x/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", 400),
            (b"\x16\x03\x01 garbage HTTP/9.x\r\n\r\n", 400),
            (b"PUT /v1/components HTTP/1.1\r\nHost: localhost\r\n\r\n", 501),
            (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n", 431),
        ],
        ids=["address", "address of a call", "garbage", "method", "line", "headers"],
    )
    def test_what_is_no_request(
        self, client: Client, request_: bytes, status: int, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
            connection.sendall(request_)
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                assert answer.status == status
                assert json.loads(answer.read())["error"]
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("keys", [("",), ("a", "b"), ("a", "a"), ("a", "")])
    def test_a_key_that_is_not_one_is_refused(self, client: Client, keys: tuple[str, ...]) -> None:
        head = f"POST {WORKER}/invoke-and-await?{ADD} HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 14\r\n"
        head += "".join(f"Idempotency-Key: {key}\r\n" for key in keys)
        with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
            connection.sendall(f'{head}\r\n{{"params":[1]}}'.encode())
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                assert answer.status == 400
                assert "give one `Idempotency-Key`" in json.loads(answer.read())["error"]

    def test_who_goes_away_leaves_no_trace(
        self, client: Client, capfd: pytest.CaptureFixture[str]
    ) -> None:
        head = f"POST {WORKER}/invoke-and-await?{ADD} HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: application/json\r\n"
        for length in (14, 14_000):
            with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
                # The answer is refused by the system, not only unread.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                rest = f"Content-Length: {length}\r\n\r\n" + '{"params":[1]}'
                connection.sendall((head + rest).encode())

        assert client.add(1)[0] == 200
        assert capfd.readouterr().err == ""

    def test_many_at_once(self, client: Client) -> None:
        slow = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(40)]
        for connection in slow:
            connection.sendall(b"POST /v1/comp")
        with ThreadPoolExecutor(64) as pool:
            found = list(pool.map(lambda n: client.add(n)[0], range(64)))
        for connection in slow:
            connection.close()

        assert found == [200] * 64

    def test_connections_cost_no_threads(self, client: Client) -> None:
        before = threading.active_count()
        head = f"POST {WORKER}/invoke-and-await?{ADD} HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 16777216\r\n\r\n{"
        with ExitStack() as stack:
            for _ in range(300):
                slow = socket.create_connection(("127.0.0.1", client.port), timeout=30)
                stack.enter_context(slow).sendall(head.encode())
            assert client.add(1)[0] == 200
            assert threading.active_count() - before < 40

    def test_a_key_of_another_call(self, client: Client) -> None:
        path = "/v1/components/t:two/workers/w/invoke-and-await?function=t:two/api.%7B{}%7D"
        number, truth = path.format("number"), path.format("truth")
        assert client.send("POST", number, {"params": []}, Idempotency_Key="taken")[0] == 200

        found, answer = client.send("POST", truth, {"params": []}, Idempotency_Key="taken")

        assert found == 409
        assert "the key 'taken' belongs to a call of t:two/api.{number}" in answer["error"]

    def test_a_key_with_other_arguments(self, client: Client) -> None:
        assert client.add(1, Idempotency_Key="used")[0] == 200
        found, answer = client.add(2, Idempotency_Key="used")

        assert (found, answer["error"][-20:]) == (409, "with other arguments")

    @pytest.mark.parametrize("name", ["%ff", "%fe", "a%80", "%ed%a0%80", "\xff"])
    def test_a_name_that_is_not_utf8(self, client: Client, name: str) -> None:
        """Replaced, two of them would be one worker."""
        with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
            line = f"POST {WORKER[:-1]}{name}/invoke-and-await?{ADD} HTTP/1.1\r\n"
            head = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
            connection.sendall((line + head + '{"params":[1]}').encode("latin-1"))
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                assert (answer.status, "invalid URL" in json.load(answer)["error"]) == (400, True)

    @pytest.mark.parametrize(
        "headers",
        ["Content-Length: 14\r\nContent-Length: 4", "Content-Length: 14\r\nTransfer-Encoding: x"],
    )
    def test_a_request_with_two_lengths(self, client: Client, headers: str) -> None:
        with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
            line = f"POST {WORKER}/invoke-and-await?{ADD} HTTP/1.1\r\nHost: localhost\r\n"
            kind = "Content-Type: application/json\r\n"
            connection.sendall((line + kind + headers + '\r\n\r\n{"params":[1]}').encode())
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                assert answer.status == 400

    def test_two_hosts(self, client: Client) -> None:
        with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
            head = b"GET /v1/components HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n"
            connection.sendall(head)
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                assert answer.status == 403

    def test_it_goes_on(self, client: Client) -> None:
        assert client.add(1)[0] == 200


GO = "/v1/components/t:busy/workers/{}/invoke-and-await?function=go"


class Busy:
    """A host that serves a component whose calls end when they are let go."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()
        self.runs = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        members: Any = {"draw": self._draw, "[constructor]thing": object}
        deployment = Deployment(bytes(wat2wasm(GUEST)), imports={"x:y/luck": members})
        components = {"t:busy": deployment}
        self.host = self._stack.enter_context(Host(engine=MemoryEngine(), components=components))
        self.listener, self.thread = self._stack.enter_context(serving(self.host, "t:busy"))
        self.client = Client(self.listener.server_port)
        self._stack.callback(self.leave.set)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _draw(self, ticket: int) -> str:
        self.runs += 1
        self.entered.set()
        assert self.leave.wait(30)
        return "ok"

    def connected(self) -> socket.socket:
        """A client that says nothing."""
        return socket.create_connection(("127.0.0.1", self.client.port), timeout=30)

    def asks(self, worker: str, key: str | None = None) -> http.client.HTTPConnection:
        """A client that waits for a call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.client.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        connection.request("POST", GO.format(worker), '{"params": [1]}', headers)
        return connection


class TestWaiting:
    """Of clients, for a worker that is busy until it is let go."""

    @pytest.fixture
    def busy(self) -> Iterator[Busy]:
        with Busy() as busy:
            yield busy

    def test_callers_that_wait_hold_no_threads(self, busy: Busy) -> None:
        before = threading.active_count()
        clients = [busy.asks(f"w{n}") for n in range(100)]
        assert busy.client.send("GET", "/v1/components")[0] == 200
        time.sleep(0.1)
        assert threading.active_count() - before < 100 + 60  # that many guests have one
        busy.leave.set()
        for one in clients:
            assert one.getresponse().status == 200
            one.close()

    def test_a_call_goes_on_without_its_client(self, busy: Busy) -> None:
        busy.asks("w", "k").close()
        assert busy.entered.wait(10)
        busy.leave.set()
        again = busy.asks("w", "k")
        with again.getresponse() as answer:
            assert (answer.status, json.load(answer)) == (200, {"result": None})
        again.close()
        assert busy.runs == 1

    def test_a_client_that_has_gone_is_forgotten(self, busy: Busy) -> None:
        gone = busy.asks("w", "k")
        assert busy.entered.wait(10)
        gone.close()
        end = time.monotonic() + 20
        while busy.listener._answering:
            assert time.monotonic() < end
            time.sleep(0.01)

    def test_what_is_in_flight_is_finished(self, busy: Busy) -> None:
        waits, idle = busy.asks("w"), busy.connected()
        assert busy.entered.wait(10)
        busy.listener.finish()
        assert idle.recv(1) == b"", "who asks nothing is sent away"
        with pytest.raises(OSError):  # noqa: PT011  # refused or reset
            busy.client.send("GET", "/v1/components")
        busy.leave.set()
        assert waits.getresponse().status == 200
        busy.thread.join(20)
        assert not busy.thread.is_alive()
        waits.close()
        idle.close()

    def test_a_closed_host_is_an_answer(self, busy: Busy) -> None:
        waits = busy.asks("w")
        assert busy.entered.wait(10)
        threading.Timer(0.2, busy.leave.set).start()
        busy.host.interrupt()
        busy.host.close()
        assert waits.getresponse().status in {200, 503}
        assert busy.client.send("POST", GO.format("x"), {"params": [1]})[0] == 503
        waits.close()


def come_back(typed: tuple[t.Type, Any]) -> None:
    kind, value = typed
    assume("nan" not in repr(value))
    text = json.dumps(plain(value, kind), allow_nan=False)

    assert parse(json.loads(text), kind, "x") == value
    assert json.dumps(described(kind))


@settings(max_examples=60, deadline=None)
@given(TYPED_VALUES)
def test_values_come_back(typed: tuple[t.Type, Any]) -> None:
    come_back(typed)


@pytest.mark.long
@settings(max_examples=2_000, deadline=None)
@given(TYPED_VALUES)
def test_many_values_come_back(typed: tuple[t.Type, Any]) -> None:
    come_back(typed)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0])
def test_floats_without_a_number_in_json(value: float) -> None:
    text = json.dumps(plain(value, t.Prim.F64), allow_nan=False)

    assert repr(parse(json.loads(text), t.Prim.F64, "x")) == repr(value)


RECORD = t.Record((("a", t.Prim.U8), ("b", t.Option(t.Prim.STRING))))
VARIANT = t.Variant((("one", t.Prim.U8), ("none", None)))


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (RECORD, {"a": 1}, {"a": 1, "b": None}),
        (VARIANT, "none", Case("none")),
        (VARIANT, {"one": 3}, Case("one", 3)),
        (t.Result(None, t.Prim.U8), {"err": 3}, Err(3)),
        (t.Result(None, None), {"ok": None}, Ok()),
        (t.Prim.CHAR, 955, "λ"),
        (t.Own("r"), "urn:worker:x/y/3", Handle("urn:worker:x/y", 3)),
    ],
)
def test_other_spellings(kind: t.Type, value: Any, expected: Any) -> None:
    assert parse(value, kind, "x") == expected


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (RECORD, {"a": 1, "c": 2}, "x has no field `c`"),
        (RECORD, {}, "x lacks the field `a`"),
        (RECORD, [], "x must be an object"),
        (VARIANT, {"two": 1}, "x must be one of one, none"),
        (VARIANT, {"one": 1, "none": None}, "x must be an object with one of"),
        (VARIANT, {"none": 1}, "x.none takes no value"),
        (t.List(RECORD), [{"a": "1"}], r"x\[0\].a must be u8"),
        (t.Tuple((t.Prim.U8,)), [], "x must have 1 items, not 0"),
        (t.List(t.Prim.U8), [256], "from 0 to 255"),
        (t.Enum(("a",)), "b", "x must be one of a"),
        (t.Flags(("a",)), ["b"], "x must be one of a"),
        (t.Prim.CHAR, "ab", "x must be char"),
        (t.Prim.CHAR, -1, "x must be char"),
        (t.Prim.F64, 10**400, "x must be f64"),
        (t.Prim.BOOL, 1, "x must be bool"),
        (t.Own("r"), "here", "handle of a resource"),
        (t.Option(t.Option(t.Prim.U8)), 3, "some"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(kind: t.Type, value: Any, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        parse(value, kind, "x")
