"""`witgen serve --engine restate --manage`, and the workers of the server by either name."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import restate_server
from application import WITGEN
from small_counter import COUNTER, INC, NAME, NEWER, TWICE
from wasmtime import wat2wasm

from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment

pytestmark = pytest.mark.long  # `make restate` runs it

Cli = Callable[..., Any]
BOOM = "test:counter/api.{boom}"


@pytest.fixture
def component(tmp_path: Path) -> Path:
    described = {"sourceWit": "wit", "componentWasm": "x.wasm", "linkedWasm": "counter.wasm"}
    (tmp_path / "golem.yaml").write_text(json.dumps({"components": {NAME: described}}))
    (tmp_path / "counter.wasm").write_bytes(wat2wasm(COUNTER))
    return tmp_path / "counter.wasm"


@pytest.fixture
def options() -> list[str]:
    server = restate_server.server()
    application = f"t{uuid.uuid4().hex[:12]}"
    return [
        "--engine=restate",
        f"--ingress={server.ingress}",
        f"--admin={server.admin}",
        f"--application={application}",
    ]


@pytest.fixture
def store(options: list[str]) -> str:
    _, ingress, admin, application = (one.partition("=")[2] for one in options)
    return f"restate:{ingress},{admin}#{application}"


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[list[str], str, str]]:
    """What it said until it served, and its two addresses."""
    command = (*WITGEN, "serve", "--port", "0", "--listen", "0", "--manage", "0", *options)
    with subprocess.Popen(
        command,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        try:
            while not said or not said[-1].startswith("serving "):
                said.append(process.stderr.readline())
                assert said[-1], said
            found = (f"http:{line.partition('http:')[2].split()[0]}" for line in said[-2:])
            managed, public = found
            yield said, managed, public
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()


def ask(address: str, method: str, path: str) -> tuple[int, Any]:
    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)) as client:
        client.request(method, path)
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())


def inc(public: str, worker: str, key: str | None = None) -> int:
    with closing(http.client.HTTPConnection(public.removeprefix("http://"), timeout=60)) as client:
        url = f"/v1/components/{NAME}/workers/{worker}/invoke-and-await?function={quote(INC)}"
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        client.request("POST", url, '{"params": [1]}', headers)
        return int(json.load(client.getresponse())["result"]["value"])


def test_a_host_is_managed_as_on_a_file(
    cli: Cli, component: Path, options: list[str], store: str
) -> None:
    with serving(component.parent, *options, "--access-log", "access.log") as (_, at, public):
        assert ask(at, "GET", "/health")[1]["status"] == "serving"
        assert [inc(public, "w", f"k{number}") for number in range(3)] == [1, 2, 3]
        for name in (at, store):
            assert f"{NAME}/w" in cli("worker", "list", name).out
            log = cli("worker", "log", name, f"{NAME}/w", "--json").out
            assert [one["key"] for one in json.loads(log)] == ["k0", "k1", "k2"]
        assert "done" in cli("worker", "status", at, f"{NAME}/w", "k1").out
        assert cli("worker", "status", at, f"{NAME}/w", "none").status == 2
        assert cli("worker", "update", at, NAME, "--check").status == 0
        component.write_bytes(wat2wasm(NEWER))
        done = cli("worker", "update", at, NAME)
        assert (done.status, done.err) == (0, f"moved 1 worker of {NAME} to this build\n")
        assert inc(public, "w") == 4
        component.write_bytes(wat2wasm(TWICE))
        done = cli("worker", "update", at, NAME)
        assert done.status == 1
        assert "this build returns 2" in done.err
        assert ask(at, "GET", f"/v1/components/{NAME}/workers/nobody")[0] == 404
        assert cli("worker", "delete", at, f"{NAME}/w").status == 0
        assert inc(public, "w") == 1
        assert ask(at, "DELETE", f"/v1/components/{NAME}/workers/w")[1] == {"deleted": 1}
    lines = (component.parent / "access.log").read_text("ascii").splitlines()
    assert sum("/v1/update" in line for line in lines) == 3


def test_what_waits_is_cancelled_and_what_failed_revived(
    cli: Cli, component: Path, options: list[str]
) -> None:
    from engine_guests import on_restate

    engine = on_restate(options[-1].partition("=")[2], listen=None)
    with (
        serving(component.parent, *options) as (_, at, public),
        Host(engine=engine, components={NAME: Deployment(component)}) as caller,
    ):
        caller.send(NAME, "w", INC, (1,), key="later", due=time.time() + 1e6)
        assert inc(public, "w") == 1
        assert ask(at, "GET", f"/v1/components/{NAME}/workers/w/invocations/later")[1]["state"] == (
            "pending"
        )
        assert ask(at, "DELETE", f"/v1/components/{NAME}/workers/w")[0] == 409
        done = cli("worker", "cancel", at, f"{NAME}/w", "later")
        assert (done.status, caller.status(NAME, "w", "later")) == (0, "cancelled")
        assert cli("worker", "cancel", at, f"{NAME}/w", "later").status != 0
        with pytest.raises(InvocationFailed):
            caller.invoke(NAME, "bad", BOOM)
        assert "failed" in cli("worker", "list", at).out
        assert cli("worker", "revive", at, f"{NAME}/bad").err == f"{NAME}/bad serves again\n"
        assert "had not failed" in cli("worker", "revive", at, f"{NAME}/bad").err
        assert inc(public, "bad") == 1


def test_it_moves_workers_before_it_serves(
    cli: Cli, component: Path, options: list[str], store: str
) -> None:
    with serving(component.parent, *options) as (_, _, public):
        assert inc(public, "old") == 1
        component.write_bytes(wat2wasm(NEWER))
        done = cli("worker", "update", store, NAME, "--check")
        assert (done.status, "same" in done.out) == (0, True)
        assert cli("worker", "update", store, NAME, "--worker", "none").status == 2
    with serving(component.parent, *options, "--update") as (said, _, public):
        assert said[0] == f"moved 1 worker of {NAME} to this build\n"
        assert inc(public, "old") == 2
        component.write_bytes(wat2wasm(TWICE))
        done = cli("serve", "--port", "0", "--listen", "0", "--update", *options)
        assert done.status == 1
        assert "this build returns 2" in done.err
        assert "serving" not in done.err
        done = cli("worker", "update", store, NAME)
        assert done.status == 1
