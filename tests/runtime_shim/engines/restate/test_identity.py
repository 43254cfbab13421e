"""Who may have a host run something: the server that signs, through what it shows to everybody."""

from __future__ import annotations

import base64
import http.client
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import restate_server
from engine_guests import Guest, Host

from runtime_shim.errors import StoreError
from runtime_shim.protocol.seams import Invocation
from runtime_shim.values.codec import encode

pytestmark = pytest.mark.long  # `make restate` runs it

_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")  # of an Ed25519 key
OTHER = "publickeyv1_ChjENKeMvCtRnqG2mrBK1HmPKufgFUc98K8B3ononQvp"


@pytest.fixture(scope="module")
def signing(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[restate_server.Server, str]]:
    """A server that signs what it asks of hosts, and its public key."""
    if reason := restate_server.missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("signing")
    key = base64.b64encode(_PKCS8 + bytes(range(32))).decode()
    pem = folder / "key.pem"
    pem.write_text(f"-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n")
    settings = {
        "RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE": str(pem),
        "RESTATE_LOG_FILTER": "info",
    }
    server = restate_server.Server(folder, more=settings)
    try:
        server.start()
        found = re.search(r"publickeyv1_\w+", (folder / f"log-{server.name}").read_text())
        assert found is not None, "the server does not say what its public key is"
        yield server, found[0]
    finally:
        server.kill()


def engine(server: restate_server.Server, *keys: str) -> Any:
    from runtime_shim.engines.restate.engine import RestateEngine, Settings

    application = f"t{uuid.uuid4().hex[:12]}"
    settings = Settings(
        (server.ingress,), (server.admin,), application, grace=0.2, identity_keys=keys, patience=1.0
    )
    return RestateEngine(settings)


def test_a_host_serves_the_server_whose_key_it_has(signing: tuple[Any, str]) -> None:
    server, key = signing
    made = engine(server, key)
    host = Host(made).deploy()
    try:
        assert host.call("counter/a", "inc", 2) == 2
        for path in ("/discover", f"/invoke/{made.services.worker}/invoke"):
            assert _asked(made.port, path) == 401, "whoever does not sign is nobody"
    finally:
        made.close()


@pytest.mark.parametrize("who", ["another server", "a server that signs nothing"])
def test_a_host_serves_no_other(
    signing: tuple[Any, str], who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime_shim.engines.restate import admin

    monkeypatch.setattr(admin.Admin.register, "__kwdefaults__", {"patience": 0.5})
    server = signing[0] if who == "another server" else restate_server.server()
    made = engine(server, OTHER)
    with pytest.raises(StoreError, match=r"cannot use this host.*401"):
        Host(made).deploy()
    made.close()


def _asked(port: int, path: str) -> int:
    """What a host answers to whoever comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST" if "invoke" in path else "GET", path, b"")
    status = connection.getresponse().status
    connection.close()
    return status


# --- what the ingress shows ------------------------------------------------------------------


@pytest.fixture
def host() -> Iterator[Host]:
    made = engine(restate_server.server())
    yield Host(made)
    made.close()


def _posted(host: Any, service: str, handler: str, data: bytes, key: str = "counter/a") -> int:
    connection = http.client.HTTPConnection(
        "127.0.0.1", restate_server.server().ports[0], timeout=10
    )
    name = getattr(host.engine.services, service)
    headers = {"content-type": "application/octet-stream"}
    connection.request("POST", f"/{name}/{key.replace('/', '%2F')}/{handler}", data, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("service", "handler"),
    [
        ("log", "append"),
        ("log", "read"),
        ("log", "clear"),
        ("worker", "announced"),
        ("ephemeral", "clear"),
    ],
)
def test_what_hosts_do_among_themselves_is_private(host: Host, service: str, handler: str) -> None:
    host.deploy()
    host.call("counter/a", "inc", 1)
    assert _posted(host, service, handler, b"w1") in {400, 403, 404}
    assert host.call("counter/a", "inc", 1) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"w2" + bytes(8),
        b"w1",
        b"w1\xff\xff\xff\xff",
        b"w1" + bytes(4) * 2,
        b"w1\0\0\0\x01" + b"x" + bytes(4),
        b"\0" * (1 << 20),
        encode(("inc", (1,))),
    ],
)
def test_what_is_no_request_is_refused_for_good(host: Host, data: bytes) -> None:
    host.deploy()
    assert _posted(host, "worker", "invoke", data) == 400
    assert _posted(host, "ephemeral", "invoke", data) == 400
    assert host.call("counter/a", "inc", 1) == 1


def test_a_request_is_the_objects_that_it_is_sent_to(host: Host) -> None:
    """The name in a request is of ephemeral workers: it makes nobody another durable one."""
    from runtime_shim.engines.restate.wire import Request

    def who(state: Any, invocation: Invocation) -> str:
        return invocation.worker.uri

    host.deploy(who=Guest(who=who))
    told = host.call("who/a", "who")
    forged = Request("b", "who", encode(()), "k", None, _nowhere()).pack()
    assert _posted(host, "worker", "invoke", forged, key="who/a") == 200
    assert "a" in told
    from runtime_shim.protocol.ids import WorkerId

    assert not host.engine.worker_exists(WorkerId("who", "b"))


def _nowhere() -> Any:
    from runtime_shim.protocol.records import Environment

    return Environment()
