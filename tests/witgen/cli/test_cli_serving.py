"""`witgen worker` with the address of a host that serves instead of its store."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from application import WITGEN
from restless_guests import SPINNER
from small_counter import CALM, COUNTER, ECHO, INC, NAME, NEWER, TWICE
from wasmtime import wat2wasm

from runtime_shim.engines.records import managed
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from witgen.app.listening import Listener, Reply
from witgen.app.managing import Manager
from witgen.app.serving import Service

Cli = Callable[..., Any]
TOKEN = "a token of 24 characters"  # noqa: S105  # of a test
SPIN = "test:spin"


@dataclass(frozen=True)
class Served:
    """A host, and where it is managed."""

    host: Host
    url: str
    file: Path


@contextmanager
def listening(answer: Any) -> Iterator[str]:
    listener = Listener(answer, "127.0.0.1", 0)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


@pytest.fixture
def token() -> str | None:
    return None


@pytest.fixture
def served(tmp_path: Path, token: str | None) -> Iterator[Served]:
    file = tmp_path / "counter.wasm"
    file.write_bytes(wat2wasm(COUNTER))
    components = {NAME: Deployment(file), SPIN: Deployment(bytes(wat2wasm(SPINNER)))}
    with ExitStack() as stack:
        once = RetryPolicies(RetryPolicy(max_attempts=1))
        engine = SqliteEngine(tmp_path / "s.db", retries=once)
        host = stack.enter_context(Host(engine=engine, components=components, interruptible=True))
        service = Service(host, components)
        manager = Manager(service, managed(engine), lambda: components, token)
        yield Served(host, stack.enter_context(listening(manager.answer)), file)
        host.interrupt()
    assert list(check(tmp_path / "s.db")) == []


@pytest.fixture
def busy(served: Served) -> Served:
    """With workers of every kind."""
    host = served.host
    for number in range(3):
        host.invoke(NAME, "a/b c", INC, (number,), key=f"k{number}/ä")
    host.invoke(NAME, "echo", ECHO, ("x" * 200,))
    host.send(NAME, "later", INC, (1,), key="due", due=time.time() + 1e6)
    with pytest.raises(Exception, match="unreachable"):
        host.invoke(NAME, "bad", "test:counter/api.{boom}", key="boom")
    return served


class TestTheSame:
    """What is said does not depend on who is asked."""

    @pytest.mark.parametrize(
        "command",
        [
            ("list",),
            ("list", "--json"),
            ("list", "--status", "failed"),
            ("list", "--component", NAME),
            ("show", f"{NAME}/a/b c"),
            ("show", f"{NAME}/later", "--json"),
            ("show", f"{NAME}/bad"),
            ("log", f"{NAME}/a/b c"),
            ("log", f"{NAME}/echo", "--full"),
            ("log", f"{NAME}/echo", "--json"),
            ("log", f"{NAME}/a/b c", "--key", "k1/ä"),
            ("log", f"{NAME}/later"),
            ("log", f"{NAME}/bad"),
            ("status", f"{NAME}/a/b c", "k0/ä", "k2/ä"),
            ("status", f"{NAME}/later", "due", "--json"),
            ("status", f"{NAME}/bad", "boom"),
            ("status", f"{NAME}/a/b c", "k9"),
            ("status", f"{NAME}/nobody", "k"),
            ("show", f"{NAME}/nobody"),
            ("log", f"{NAME}/a/b c", "--key", "k7"),
        ],
    )
    def test_by_the_file_and_by_the_host(
        self, cli: Cli, busy: Served, command: tuple[str, ...]
    ) -> None:
        first, *rest = command
        by_file, by_host = (cli("worker", first, store, *rest) for store in ("s.db", busy.url))
        assert by_file == by_host
        assert by_file.out or by_file.status == 2

    def test_many_pages(self, cli: Cli, served: Served) -> None:
        for number in range(450):
            served.host.invoke(NAME, "many", INC, (1,), key=f"k{number}")
        by_file, by_host = (
            cli("worker", "log", store, f"{NAME}/many") for store in ("s.db", served.url)
        )
        assert by_file == by_host
        assert by_host.out.count("key k") == 450


class TestRepairs:
    def test_deleted(self, cli: Cli, busy: Served) -> None:
        assert cli("worker", "delete", "s.db", f"{NAME}/echo").status == 2  # it is in use
        done = cli("worker", "delete", busy.url, f"{NAME}/echo")
        assert (done.status, done.err) == (0, f"deleted {NAME}/echo and its one invocation\n")
        assert "echo" not in cli("worker", "list", busy.url).out
        done = cli("worker", "delete", busy.url, f"{NAME}/later")
        assert (done.status, "has calls that are not over" in done.err) == (2, True)

    def test_revived(self, cli: Cli, busy: Served) -> None:
        assert cli("worker", "revive", busy.url, f"{NAME}/bad").err == f"{NAME}/bad serves again\n"
        assert busy.host.invoke(NAME, "bad", INC, (1,)) == 1
        assert "had not failed" in cli("worker", "revive", busy.url, f"{NAME}/bad").err

    def test_cancelled(self, cli: Cli, busy: Served) -> None:
        done = cli("worker", "cancel", busy.url, f"{NAME}/later", "due")
        assert (done.status, done.err) == (0, "cancelled due\n")
        assert "cancelled" in cli("worker", "status", busy.url, f"{NAME}/later", "due").out
        done = cli("worker", "cancel", busy.url, f"{NAME}/a/b c", "k0/ä")
        assert done.err.endswith("is done: not changed\n")
        assert cli("worker", "cancel", busy.url, f"{NAME}/later", "nothing").status == 2

    def test_a_call_that_runs_is_interrupted(self, cli: Cli, served: Served) -> None:
        served.host.send(SPIN, "w", "spin", (0,), key="endless")
        while served.host.status(SPIN, "w", "endless") != "running":
            time.sleep(0.005)
        state = cli("worker", "status", served.url, f"{SPIN}/w", "endless").out.split()
        assert state[3:] == ["endless", "running", "spin"]
        assert "endless" in cli("worker", "log", served.url, f"{SPIN}/w").out
        assert "running" in cli("worker", "log", served.url, f"{SPIN}/w", "--json").out
        done = cli("worker", "cancel", served.url, f"{SPIN}/w", "endless")
        assert (done.status, done.err) == (0, "cancelled endless\n")
        assert served.host.invoke(SPIN, "w", "inc", (1,)) == 1


class TestUpdate:
    def update(self, cli: Cli, served: Served, *more: object) -> Any:
        return cli("worker", "update", served.url, NAME, *more)

    def test_what_was_built_by_then(self, cli: Cli, busy: Served) -> None:
        busy.file.write_bytes(wat2wasm(NEWER))
        looked = self.update(cli, busy, "--check")
        assert looked.status == 0
        assert [line.split()[-1] for line in looked.out.splitlines()[1:]] == ["same"] * 4
        with pytest.raises(Exception, match="calm"):
            busy.host.invoke(NAME, "echo", CALM)
        done = self.update(cli, busy)
        assert (done.status, done.err) == (0, f"moved 4 workers of {NAME} to this build\n")
        for worker in ("echo", "new"):
            busy.host.invoke(NAME, worker, CALM)
        assert self.update(cli, busy).err == f"all workers of {NAME} belong to this build\n"

    def test_a_file_that_is_given(self, cli: Cli, busy: Served, tmp_path: Path) -> None:
        other = tmp_path / "other.wasm"
        other.write_bytes(wat2wasm(NEWER))
        done = self.update(cli, busy, "--deploy", f"{NAME}=other.wasm", "--worker", "echo")
        assert (done.status, done.err) == (0, f"moved 1 worker of {NAME} to this build\n")
        busy.host.invoke(NAME, "echo", CALM)

    def test_what_another_build_would_have_done_is_named(self, cli: Cli, busy: Served) -> None:
        busy.file.write_bytes(wat2wasm(TWICE))
        done = self.update(cli, busy)
        assert done.status == 1
        assert "recorded was the result 1; this build returns 2" in done.err
        assert "1 of 4 workers of test:counter cannot be moved to this build; nothing" in done.err
        assert busy.host.invoke(NAME, "new", INC, (1,)) == 1
        done = self.update(cli, busy, "--partial")
        assert (done.status, "the others were moved" in done.err) == (1, True)
        assert busy.host.invoke(NAME, "newer", INC, (1,)) == 2

    def test_a_call_that_is_not_over_is_named(self, cli: Cli, served: Served) -> None:
        served.host.send(SPIN, "w", "spin", (0,), key="endless")
        while served.host.status(SPIN, "w", "endless") != "running":
            time.sleep(0.005)
        other = served.file.with_name("spin.wasm")
        other.write_bytes(
            wat2wasm(
                SPINNER.replace("(i32.const 0))", "(i32.const 0)) (global i32 (i32.const 1))", 1)
            )
        )
        done = cli("worker", "update", served.url, SPIN, "--deploy", f"{SPIN}={other}",
                   "--patience", "0.01")  # fmt: skip
        assert done.status == 1
        assert f"{SPIN}/w: it is in the middle of spin (endless)" in done.err
        assert served.host.cancel(SPIN, "w", "endless")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"no component", "RUN5006"),
            (bytes(wat2wasm('(component (import "x:y/z" (func)))')), "x:y/z"),
            (None, "No such file"),
        ],
    )
    def test_what_cannot_be_deployed(
        self, cli: Cli, busy: Served, content: bytes | None, said: str
    ) -> None:
        busy.file.unlink()
        if content is not None:
            busy.file.write_bytes(content)
        done = self.update(cli, busy)
        assert (done.status, said in done.err, "nothing was changed" in done.err) == (2, True, True)
        assert busy.host.invoke(NAME, "new", INC, (1,)) == 1

    def test_what_does_not_apply(self, cli: Cli, busy: Served) -> None:
        assert self.update(cli, busy, "--fuel", "7").status == 2
        assert self.update(cli, busy, "--worker", "nobody").status == 2
        assert cli("worker", "update", busy.url, "test:nothing").status == 2
        done = cli("worker", "update", "s.db", NAME, "--deploy", f"{NAME}={busy.file}",
                   "--patience", "1")  # fmt: skip
        assert (done.status, "--patience" in done.err) == (2, True)

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {"component": "x"},
            {"components": []},
            {"components": {"test:other": None}},
            {"components": {NAME: 7}},
            {"workers": "w"},
            {"workers": [[NAME]]},
            {"workers": [[NAME, "nobody"]]},
            {"mode": "some"},
            {"patience": "long"},
            {"patience": True},
        ],
    )
    def test_odd_requests(self, busy: Served, body: object) -> None:
        status, said = post(busy, json.dumps(body), "application/json")
        assert (status // 100, bool(said["error"])) in {(4, True), (5, True)}
        assert busy.host.invoke(NAME, "new", INC, (1,)) == 1


def post(served: Served, body: str, kind: str, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST", "/v1/update", body, {"Content-Type": kind} | headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_no_web_page_updates(busy: Served) -> None:
    assert post(busy, "{}", "text/plain")[0] == 415
    assert post(busy, "{}", "application/json", Origin="http://example.org")[0] == 403
    assert post(busy, "{}", "application/json") == (200, {"workers": []})


class TestWhoAnswers:
    @pytest.mark.parametrize("token", [TOKEN])
    def test_the_token(self, cli: Cli, busy: Served, tmp_path: Path) -> None:
        (tmp_path / "token").write_text(TOKEN + "\n")
        (tmp_path / "other").write_text("x" * 24)
        assert cli("worker", "list", busy.url, "--token-file", "token").status == 0
        for more in ((), ("--token-file", "other")):
            done = cli("worker", "list", busy.url, *more)
            assert (done.status, "the token is missing or wrong" in done.err) == (2, True)
        done = cli("worker", "list", "s.db", "--token-file", "token")
        assert (done.status, "applies only to the address" in done.err) == (2, True)

    def test_nobody(self, cli: Cli) -> None:
        for url in ("http://127.0.0.1:1", "http://", "http://[::1", "http://127.0.0.1:x"):
            done = cli("worker", "list", url)
            assert (done.status, "RUN5006" in done.err) == (2, True), done

    @pytest.mark.parametrize(
        "content",
        [
            "what?",
            [{"encoded": 7}],
            [{"encoded": "1{"}],
            [{"encoded": '1{"$t":[1,2]}'}],
            [{}],
            {"workers": 7},
            None,
        ],
    )
    @pytest.mark.parametrize("status", [200, 404, 500])
    def test_somebody_else(self, cli: Cli, content: object, status: int) -> None:
        with listening(lambda asked: Reply(HTTPStatus(status), content)) as url:
            for command in (("list",), ("log", "a/b"), ("cancel", "a/b", "k"), ("update", "a:b")):
                done = cli("worker", command[0], url, *command[1:])
                assert (done.status, "RUN500" in done.err) == (2, True), done

    def test_what_needs_the_file(self, cli: Cli, busy: Served) -> None:
        for command in (("check",), ("backup", "copy.db"), ("migrate",)):
            done = cli("worker", command[0], busy.url, *command[1:])
            assert done.status == 2


class TestServe:
    """`witgen serve` itself, in a process."""

    @pytest.fixture
    def store(self, cli: Cli, tmp_path: Path) -> Path:
        component = {"sourceWit": "wit", "componentWasm": "x.wasm", "linkedWasm": "counter.wasm"}
        (tmp_path / "golem.yaml").write_text(json.dumps({"components": {NAME: component}}))
        (tmp_path / "counter.wasm").write_bytes(wat2wasm(COUNTER))
        assert cli("run", NAME, INC, "3", "--store", "s.db", "--worker", "old").out == "3\n"
        return tmp_path / "counter.wasm"

    @contextmanager
    def serving(self, folder: Path, *options: str) -> Iterator[tuple[list[str], str, str]]:
        """What it said until it served, and its two addresses."""
        command = (*WITGEN, "serve", "--port", "0", "--store", "s.db", "--manage", "0", *options)
        with subprocess.Popen(
            command,
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        ) as process:
            assert process.stderr is not None
            said: list[str] = []
            while not said or not said[-1].startswith("serving "):
                said.append(process.stderr.readline())
                assert said[-1], said
            managed_, public = (f"http:{line.partition('http:')[2].strip()}" for line in said[-2:])
            yield said, managed_, public
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0

    def inc(self, public: str, worker: str) -> int:
        with closing(
            http.client.HTTPConnection(public.removeprefix("http://"), timeout=60)
        ) as client:
            url = f"/v1/components/{NAME}/workers/{worker}/invoke-and-await?function={quote(INC)}"
            client.request("POST", url, '{"params": [1]}', {"Content-Type": "application/json"})
            return int(json.load(client.getresponse())["result"]["value"])

    def test_it_moves_workers_before_it_serves(self, store: Path) -> None:
        store.write_bytes(wat2wasm(NEWER))
        with self.serving(store.parent, "--update") as (said, _, public):
            assert said[0] == f"moved 1 worker of {NAME} to this build\n"
            assert self.inc(public, "old") == 4
        with self.serving(store.parent, "--update") as (said, _, public):
            assert not [line for line in said if "moved" in line]
            assert self.inc(public, "old") == 5

    def test_it_does_not_serve_unless_all_would_have_done_the_same(
        self, cli: Cli, store: Path
    ) -> None:
        store.write_bytes(wat2wasm(TWICE))
        done = cli("serve", "--port", "0", "--store", "s.db", "--update")
        assert done.status == 1
        assert "this build returns 6" in done.err
        assert "serving" not in done.err

    def test_it_is_updated_while_it_serves(self, cli: Cli, store: Path) -> None:
        options = ("--access-log", "access.log")
        with self.serving(store.parent, *options) as (_, address, public):
            assert self.inc(public, "old") == 4
            store.write_bytes(wat2wasm(NEWER))
            done = cli("worker", "update", address, NAME)
            assert (done.status, done.err) == (0, f"moved 1 worker of {NAME} to this build\n")
            assert self.inc(public, "old") == 5
            assert cli("worker", "status", address, f"{NAME}/old", "none").status == 2
        lines = (store.parent / "access.log").read_text("ascii").splitlines()
        assert [line.split('"')[1].split()[0] for line in lines[:3]] == ["POST"] * 3
        assert sum("/v1/update" in line for line in lines) == 1
        assert cli("worker", "check", "s.db").status == 0

    def test_an_update_takes_the_manifest_as_it_is_by_then(self, cli: Cli, store: Path) -> None:
        manifest = store.parent / "golem.yaml"
        [(name, component)] = json.loads(manifest.read_text())["components"].items()

        def declare(**more: object) -> None:
            manifest.write_text(json.dumps({"components": {name: {**component, **more}}}))

        with self.serving(store.parent) as (_, address, public):
            declare(env={"SHOP": "north"}, limits={"fuel": 1})
            assert cli("worker", "update", address, NAME).status == 0
            with pytest.raises(KeyError):  # it has no fuel to speak of
                self.inc(public, "new")
            declare(env={"SHOP": "south"})
            assert cli("worker", "update", address, NAME).status == 0
            assert self.inc(public, "newer") == 1
            listed = json.loads(cli("worker", "list", address, "--json").out)
            made = {one["name"]: one["env"] for one in listed}
            assert made == {"old": {}, "new": {"SHOP": "north"}, "newer": {"SHOP": "south"}}

            for wrong, said in (
                ({"limits": {"fuel": "much"}}, "`fuel`"),
                ({"linkedWasm": "none.wasm"}, "is not built"),
                ({"componentType": "ephemeral"}, "of another kind by now: start `witgen serve`"),
            ):
                declare(**wrong)
                done = cli("worker", "update", address, NAME)
                assert (done.status, said in done.err) == (2, True), done.err
                assert "nothing was changed" in done.err
                assert self.inc(public, "newer") > 1

    def test_an_access_log_that_cannot_be_written(self, cli: Cli, store: Path) -> None:
        done = cli("serve", "--port", "0", "--access-log", "no/folder/x.log")
        assert (done.status, "no/folder" in done.err) == (2, True)
