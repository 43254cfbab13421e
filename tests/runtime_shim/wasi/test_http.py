"""Outgoing HTTP: by grant, recorded, and sent at least once with the same key on every attempt."""

from __future__ import annotations

import errno
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import http_guest
import pytest
from http_peer import Peer

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.inspection import log
from runtime_shim.errors import InvocationFailed, LinkError, StoreError, Trap
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import root_key
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.values import Case, Err, Ok
from runtime_shim.wasi.grants import Grants
from runtime_shim.wasi.http.send import MAX_BODY, Request, send, split_authority
from runtime_shim.wasi.http.types import Exchange

DENIED, REFUSED, TERMINATED, INVALID = 15, 6, 7, 19  # cases of wasi:http's error-code


@pytest.fixture
def peer() -> Iterator[Peer]:
    running = Peer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def fetcher(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return http_guest.guest(tmp_path_factory.mktemp("fetcher"))


Start = Callable[..., Host]


@pytest.fixture
def start(peer: Peer, fetcher: bytes, tmp_path: Path) -> Iterator[Start]:
    """Starts a host on a store, by default the same one each time."""
    hosts: list[Host] = []

    def run(store: Path | None = tmp_path / "s.db", **grants: Any) -> Host:
        retries = RetryPolicies(RetryPolicy(min_delay=0.001, max_delay=0.001))
        engine = MemoryEngine(retries=retries)
        allowed = Grants(**({"http": ("127.0.0.1",)} | grants))
        host = Host(
            engine=SqliteEngine(store, retries=retries) if store else engine,
            components={"test:fetcher": Deployment(fetcher, grants=allowed)},
            output=lambda worker, line: printed.append(line),
        )
        hosts.append(host)
        return host

    printed: list[bytes] = []
    yield run
    peer.gate.set()
    for host in hosts:
        host.close()


def call(host: Host, function: str, *args: Any, worker: str = "w", key: str | None = None) -> Any:
    return host.invoke("test:fetcher", worker, function, args, key=key)


class TestRequests:
    def test_a_response_is_read(self, start: Start, peer: Peer) -> None:
        host = start(None)
        assert call(host, "fetch", peer.authority, "/a?b=c", b"") == Ok((200, b"1:127.0.0.1:"))
        assert call(host, "fetch", peer.authority, "/missing", b"") == Ok((404, b"2:127.0.0.1:"))
        body = bytes(range(256)) * 40
        assert call(host, "fetch", peer.authority, "/", body) == Ok((200, b"3:127.0.0.1:" + body))
        assert [asked[:2] for asked in peer.asked] == [
            ("GET", "/a?b=c"),
            ("GET", "/missing"),
            ("POST", "/"),
        ]

    def test_requests_run_side_by_side(self, start: Start, peer: Peer) -> None:
        host = start(None)
        begin = time.perf_counter()
        said = call(host, "both", peer.authority, "/slow", "/slow")
        assert time.perf_counter() - begin < 0.55
        assert said.count(b":127.0.0.1:") == 2

    def test_what_is_too_many_at_once_waits_its_turn(
        self, start: Start, peer: Peer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime_shim.wasi.http.types.SLOTS", 1)
        host = start(None)
        begin = time.perf_counter()
        assert call(host, "both", peer.authority, "/slow", "/cut")
        assert call(host, "both", peer.authority, "/slow", "/slow")
        assert time.perf_counter() - begin >= 0.9

    def test_each_component_has_its_own_turns(
        self, peer: Peer, fetcher: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime_shim.wasi.http.types.SLOTS", 1)
        deployment = Deployment(fetcher, grants=Grants(http=("127.0.0.1",)))
        components = {"test:one": deployment, "test:two": deployment}
        with Host(engine=MemoryEngine(), components=components) as host:
            host.send("test:one", "w", "fetch", (peer.authority, "/hang", b""))
            while not peer.asked:
                time.sleep(0.005)
            said = host.invoke("test:two", "w", "fetch", (peer.authority, "/", b""), timeout=8)
            assert said == Ok((200, b"2:127.0.0.1:"))
            peer.gate.set()

    def test_a_request_takes_no_longer_than_its_call(
        self, peer: Peer, fetcher: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        totals: list[float] = []

        def sending(request: Request, *, again: bool = False) -> Any:
            totals.append(request.total)
            return send(request, again=again)

        monkeypatch.setattr("runtime_shim.wasi.http.types.send", sending)
        limited = Deployment(
            fetcher, grants=Grants(http=("127.0.0.1",)), limits=Limits(deadline=40.0)
        )
        with Host(engine=MemoryEngine(), components={"test:fetcher": limited}) as host:
            call(host, "fetch", peer.authority, "/", b"")
        assert 0 < totals[0] <= 40

    def test_whose_time_is_over_waits_for_no_turn(
        self, peer: Peer, fetcher: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime_shim.wasi.http.types.SLOTS", 0)
        limited = Deployment(
            fetcher, grants=Grants(http=("127.0.0.1",)), limits=Limits(deadline=0.3)
        )
        once = MemoryEngine(retries=RetryPolicies(RetryPolicy(max_attempts=1)))
        with Host(engine=once, components={"test:fetcher": limited}) as host:
            host.send("test:fetcher", "w", "fetch", (peer.authority, "/", b""), key="k")
            with pytest.raises(InvocationFailed, match="deadline"):
                host.invoke(
                    "test:fetcher", "w", "fetch", (peer.authority, "/", b""), key="k", timeout=30
                )
        assert peer.asked == []

    def test_what_the_host_lacks_puts_the_call_off(
        self, start: Start, peer: Peer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No thread, then no descriptor: neither is an answer, and no turn is lost."""
        monkeypatch.setattr("runtime_shim.wasi.http.types.SLOTS", 1)
        monkeypatch.setattr("runtime_shim.queue.endings._SOON", 0.005)
        begin, lacking = threading.Thread.start, ["thread", "thread", "descriptor"]

        def start_thread(thread: threading.Thread) -> None:
            if thread.name == "runtime-shim-http" and lacking[:1] == ["thread"]:
                lacking.pop(0)
                raise RuntimeError("can't start new thread")
            begin(thread)

        class Lacking(socket.socket):
            def connect(self, address: Any) -> None:
                if lacking:
                    lacking.pop(0)
                    raise OSError(errno.EMFILE, "Too many open files")
                super().connect(address)

        monkeypatch.setattr(threading.Thread, "start", start_thread)
        monkeypatch.setattr(socket, "socket", Lacking)
        host = start()
        with pytest.raises(StoreError, match="can't start new thread"):
            call(host, "fetch", peer.authority, "/a", b"x", key="k")
        end = time.monotonic() + 30
        while host.engine.status(WorkerId("test:fetcher", "w"), "k") != "done":
            assert time.monotonic() < end
            time.sleep(0.005)
        assert lacking == []
        assert call(host, "fetch", peer.authority, "/a", b"x", key="k") == Ok(
            (200, b"1:127.0.0.1:x")
        )
        assert call(host, "fetch", peer.authority, "/b", b"") == Ok((200, b"2:127.0.0.1:"))

    def test_nothing_is_followed(self, start: Start, peer: Peer) -> None:
        status, _ = call(start(None), "fetch", peer.authority, "/moved", b"").value
        assert status == 302
        assert [path for _, path, *_ in peer.asked] == ["/moved"]

    @pytest.mark.parametrize(
        ("authority", "path", "code"),
        [
            ("example.org", "/", DENIED),
            ("127.0.0.2:80", "/", DENIED),
            ("localhost", "/", DENIED),
            ("127.0.0.1:1", "/", REFUSED),
            ("PEER", "/cut", TERMINATED),
            ("not a host", "/", INVALID),
            ("user@127.0.0.1", "/", INVALID),
            ("127.0.0.1:99999", "/", INVALID),
            ("127.0.0.1:80\r\nx: y", "/", INVALID),
        ],
    )
    def test_errors_are_values(
        self, start: Start, peer: Peer, authority: str, path: str, code: int
    ) -> None:
        authority = authority.replace("PEER", peer.authority)
        assert call(start(None), "fetch", authority, path, b"") == Err(code)
        assert all(path == "/cut" for _, path, _, _ in peer.asked)

    @pytest.mark.parametrize("path", ["/a b", "/\r\nx: y", "no-slash", "/é"])
    def test_a_path_that_is_none_is_not_taken(self, start: Start, peer: Peer, path: str) -> None:
        call(start(None), "fetch", peer.authority, path, b"")
        assert [asked[1] for asked in peer.asked] == ["/"]

    @pytest.mark.parametrize(
        ("name", "case"),
        [("fine", None), ("bad name", 0), ("a\r\nb", 0), ("", 0), ("Host", 1), ("Upgrade", 1)],
    )
    def test_fields_are_checked(self, start: Start, name: str, case: int | None) -> None:
        assert call(start(None), "odd-field", name) == case

    def test_a_grant_may_name_a_port(self, start: Start, peer: Peer) -> None:
        host = start(None, http=(peer.authority,))
        assert isinstance(call(host, "fetch", peer.authority, "/", b""), Ok)
        assert call(host, "fetch", "127.0.0.1:1", "/", b"") == Err(DENIED)

    def test_without_a_grant_it_is_not_even_linked(self, start: Start) -> None:
        with pytest.raises(LinkError, match="needs a grant for HTTP"):
            start(None, http=())

    def test_what_else_it_imports_is_there(self, start: Start) -> None:
        host = start()
        for _ in range(2):
            call(host, "say", "hello", key="once")
        host.close()
        call(start(), "say", "again")


def request_key(key: str, number: int) -> str:
    """What a peer sees of a request."""
    return str(uuid.uuid5(root_key(WorkerId("test:fetcher", "w"), key), f"http-request-{number}"))


class TestRecorded:
    def test_a_replay_asks_nobody(self, start: Start, peer: Peer) -> None:
        host = start()
        for path in ("/a", "/b", "/cut"):
            call(host, "fetch", peer.authority, path, b"x")
        call(host, "both", peer.authority, "/c", "/d")
        host.close()
        asked = len(peer.asked)
        assert call(start(), "fetch", peer.authority, "/e", b"") == Ok((200, b"6:127.0.0.1:"))
        assert len(peer.asked) == asked + 1

    def test_a_key_is_answered_from_the_journal(self, start: Start, peer: Peer) -> None:
        host = start()
        first = call(host, "fetch", peer.authority, "/", b"", key="k")
        host.close()
        assert call(start(), "fetch", peer.authority, "/", b"", key="k") == first
        assert len(peer.asked) == 1

    def test_every_request_has_a_key_of_its_own(self, start: Start, peer: Peer) -> None:
        host = start(None)
        call(host, "both", peer.authority, "/a", "/b", key="k1")
        call(host, "both", peer.authority, "/c", "/d", key="k2")
        assert {key for _, _, key, _ in peer.asked} == {
            request_key(base, number) for base in ("k1", "k2") for number in (0, 1)
        }

    def test_the_journal_has_the_exchange(self, start: Start, peer: Peer, tmp_path: Path) -> None:
        host = start()
        call(host, "fetch", peer.authority, "/a", b"secret", key="k")
        host.close()
        (one,) = log(tmp_path / "s.db", WorkerId("test:fetcher", "w"))
        kinds = [kind.rpartition(" ")[0] for kind, _ in one.steps]
        assert f"wasi:http POST http://{peer.authority}/a" in kinds
        assert one.steps[-1][1] == Ok((200, one.steps[-1][1].value[1], b"1:127.0.0.1:secret"))

    def test_a_grant_that_is_gone_does_not_change_the_past(self, start: Start, peer: Peer) -> None:
        host = start()
        call(host, "fetch", peer.authority, "/", b"")
        host.close()
        host = start(http=("elsewhere.example",))
        assert call(host, "fetch", peer.authority, "/", b"") == Err(DENIED)
        host.close()
        assert isinstance(call(start(), "fetch", peer.authority, "/", b""), Ok)
        assert len(peer.asked) == 2


def killed(start: Start, peer: Peer, tmp_path: Path, function: str, *args: Any) -> Host:
    """A host on the store as it stood when a process died while the peer had its request."""
    host = start()
    asked = len(peer.asked)
    caller = threading.Thread(
        target=lambda: call(host, function, peer.authority, "/hang", *args, key="k"), daemon=True
    )
    caller.start()
    end = time.monotonic() + 10
    while len(peer.asked) == asked:
        assert time.monotonic() < end
        time.sleep(0.005)
    copy = tmp_path / "copy.db"
    for suffix in ("", "-wal"):
        shutil.copy(tmp_path / f"s.db{suffix}", f"{copy}{suffix}")
    peer.gate.set()
    caller.join(10)
    host.close()
    return start(copy)


class TestKilled:
    def test_an_unanswered_request_is_sent_again_with_its_key(
        self, start: Start, peer: Peer, tmp_path: Path
    ) -> None:
        host = killed(start, peer, tmp_path, "fetch", b"x")
        assert call(host, "fetch", peer.authority, "/hang", b"x", key="k") == Ok(
            (200, b"2:127.0.0.1:x")
        )
        assert [key for _, _, key, _ in peer.asked] == [request_key("k", 0)] * 2

    def test_also_one_whose_response_nobody_wants(
        self, start: Start, peer: Peer, tmp_path: Path
    ) -> None:
        host = killed(start, peer, tmp_path, "forget")
        call(host, "forget", peer.authority, "/hang", key="k")
        assert [key for _, _, key, _ in peer.asked] == [request_key("k", 0)] * 2

    def test_a_response_may_be_got_by_a_later_invocation(self, start: Start, peer: Peer) -> None:
        host = start()
        call(host, "begin", peer.authority, "/a", key="b")
        assert call(host, "end", key="e") == Ok((200, b"1:127.0.0.1:"))
        call(host, "begin", peer.authority, "/b", key="b2")
        host.close()
        assert call(start(), "end", key="e2") == Ok((200, b"3:127.0.0.1:")), "sent again"
        assert [key for _, _, key, _ in peer.asked][1:] == [request_key("b2", 0)] * 2

    def test_without_idempotence_nothing_is_sent_again(self, peer: Peer) -> None:
        """Idempotence mode is the guest's, by golem:api/host; here its switch is set."""
        host, _, port = peer.authority.partition(":")
        request = Request("GET", False, host, int(port), peer.authority, "/", (), b"")
        exchange = Exchange("wasi:http request 0", lambda: request, threading.Semaphore())
        context: Any = Replaying()
        exchange.start(context, True)
        with pytest.raises(Trap, match="was not completed, cannot retry") as trap:
            exchange.look(context)
        assert not trap.value.retriable
        assert peer.asked == []


class Replaying:
    """A context whose journal ends behind its first step."""

    def __init__(self) -> None:
        self.idempotent = False
        self.invocation = self.current = self
        self.recorded = 1

    def step(self, kind: str, live: Callable[[], Any], *, external: bool = False) -> Any:
        self.recorded -= 1
        return None if self.recorded >= 0 else live()


class TestSending:
    def test_a_body_that_is_too_large(self, monkeypatch: pytest.MonkeyPatch, peer: Peer) -> None:
        monkeypatch.setattr("runtime_shim.wasi.http.send.MAX_BODY", 3)
        host, _, port = peer.authority.partition(":")
        got = send(Request("GET", False, host, int(port), peer.authority, "/", (), b""))
        assert isinstance(got, Err)
        assert got.value.name == "HTTP-response-body-size"
        assert MAX_BODY > 1 << 20

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"host": "no-such-host.invalid"}, "DNS-error"),
            ({"secure": True}, "TLS-protocol-error"),
            ({"wait": 0.05, "target": "/slow"}, "connection-timeout"),
            ({"fields": (("a\r\nb", b""),)}, "HTTP-protocol-error"),
        ],
    )
    def test_failures_have_codes(self, peer: Peer, changes: dict[str, Any], code: str) -> None:
        host, _, port = peer.authority.partition(":")
        plain: dict[str, Any] = {
            "method": "GET",
            "secure": False,
            "host": host,
            "port": int(port),
            "authority": peer.authority,
            "target": "/",
            "fields": (),
            "body": b"",
        }
        got = send(Request(**(plain | changes)))
        assert isinstance(got, Err)
        assert got.value.name == code

    @pytest.mark.parametrize(
        ("head", "times"),
        [
            (b"HTTP/1.1 200 OK\r\nX: ", {"wait": 0.3}),
            (b"HTTP/1.1 200 OK\r\nX: ", {"total": 0.3}),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", {"total": 0.3}),
            (b"HTTP/1.1 200 OK\r\n\r\n", {"total": 0.3}),
        ],
        ids=["head", "total of the head", "body", "body without a length"],
    )
    def test_a_peer_that_drips_ends(self, head: bytes, times: dict[str, float]) -> None:
        """Each wait for bytes is short, and there is no end of them."""
        stop = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as peer:

            def drip() -> None:
                connection, _ = peer.accept()
                with connection, suppress(OSError):
                    connection.sendall(head)
                    while not stop.wait(0.05):
                        connection.sendall(b"x")

            threading.Thread(target=drip, daemon=True).start()
            port = peer.getsockname()[1]
            request = Request("GET", False, "127.0.0.1", port, "a", "/", (), b"", **times)
            answers: list[Any] = []
            sender = threading.Thread(target=lambda: answers.append(send(request)), daemon=True)
            sender.start()
            sender.join(20)
            stop.set()
        assert [answer.value.name for answer in answers] == ["connection-timeout"]

    def test_a_peer_that_does_not_read_ends(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as peer:
            port, body = peer.getsockname()[1], bytes(50_000_000)
            request = Request("POST", False, "127.0.0.1", port, "a", "/", (), body, wait=0.3)
            answers: list[Any] = []
            sender = threading.Thread(target=lambda: answers.append(send(request)), daemon=True)
            sender.start()
            sender.join(20)
        assert answers == [Err(Case("connection-timeout"))]

    def test_the_time_to_connect_is_for_all_addresses(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried: list[int] = []
        with socket.socket() as deaf, ExitStack() as others:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            name = deaf.getsockname()
            for _ in range(4):  # more than it lets wait
                other = others.enter_context(socket.socket())
                other.setblocking(False)
                other.connect_ex(name)

            def addresses(*args: Any, **options: Any) -> Iterator[Any]:
                for number in range(4):
                    tried.append(number)
                    yield (socket.AF_INET, socket.SOCK_STREAM, 0, "", name)

            monkeypatch.setattr(socket, "getaddrinfo", addresses)
            request = Request("GET", False, "a", name[1], "a", "/", (), b"", connect=0.2)
            got = send(request)
        assert got == Err(Case("connection-timeout"))
        assert tried in ([0], [0, 1])

    @pytest.mark.parametrize(
        ("text", "secure", "expected"),
        [
            ("Example.org", False, ("example.org", 80)),
            ("example.org", True, ("example.org", 443)),
            ("[::1]:8080", True, ("::1", 8080)),
            ("", False, None),
            (":80", False, None),
            ("::1", False, None),
            ("a:0", False, None),
            ("a/b", False, None),
            ("a@b", False, None),
            ("a:80:80", False, None),
        ],
    )
    def test_authorities(self, text: str, secure: bool, expected: tuple[str, int] | None) -> None:
        assert split_authority(text, secure=secure) == expected

    def test_grants(self) -> None:
        grants = Grants(http=("Example.org", "[::1]:80"))
        assert grants.allows("example.org", 1)
        assert grants.allows("::1", 80)
        assert not grants.allows("::1", 81)
        assert not grants.allows("sub.example.org", 80)
        assert not Grants().allows("example.org", 80)
