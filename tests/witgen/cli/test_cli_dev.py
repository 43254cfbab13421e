"""`witgen dev`: build and serve, an edit, a broken one, its repair, a worker that does not agree, Ctrl-C."""

from __future__ import annotations

import http.client
import json
import os
import pty
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import click
import pytest
from application import WITGEN, App
from printing_guest import SAY
from small_counter import CALM, COUNTER, INC, NEWER, TWICE
from wat_application import application

from runtime_shim.engines.sqlite.stored import SqliteFile
from witgen.cli import developing
from witgen.cli.common import Talk
from witgen.cli.developing import Development, State

PATIENCE = 60.0  # seconds


class Dev:
    """A `witgen dev`, and what it says."""

    def __init__(self, app: App, *options: str) -> None:
        command = [*WITGEN, "dev", "--port", "0", *options]
        environment = {**os.environ, "TMPDIR": str(app.root.parent)}
        self.process = subprocess.Popen(
            command, cwd=app.root, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.port = 0
        self._watchdog = threading.Timer(PATIENCE, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def until(self, *words: str) -> str:
        """What is said up to a line with one of these words."""
        assert self.process.stderr is not None
        said = ""
        while not any(word in said for word in words):
            line = self.process.stderr.readline()
            assert line, f"it ended: {said}"
            said += line
        return said

    def served(self) -> str:
        said = self.until("serving ")
        self.port = int(said.rstrip().rpartition(":")[2])
        return said

    def call(self, worker: str, function: str, *args: object) -> Any:
        component = function.partition("/")[0]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        url = f"/v1/components/{component}/workers/{worker}/invoke-and-await?function={quote(function)}"
        headers = {"Content-Type": "application/json"}
        connection.request("POST", url, json.dumps({"params": args}), headers)
        answer = json.load(connection.getresponse())
        connection.close()
        return answer["result"] and answer["result"]["value"]

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """The exit status, and what was said last."""
        assert self.process.stderr is not None
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self._watchdog.cancel()
        return status, self.process.stderr.read()


@pytest.fixture
def app(tmp_path: Path) -> App:
    return application(tmp_path / "app")


@pytest.fixture
def dev(app: App) -> Iterator[Callable[..., Dev]]:
    begun: list[Dev] = []

    def start(*options: str) -> Dev:
        begun.append(Dev(app, *options))
        return begun[-1]

    yield start
    for one in begun:
        one.process.kill()
        one.process.wait()
        assert one.process.stderr is not None
        one.process.stderr.close()


def test_workers_follow_the_sources(app: App, dev: Callable[..., Dev]) -> None:
    running = dev()
    assert "6 done" in running.served()
    assert [running.call("ann", INC, 3), running.call("bob", INC, 0)] == [3, 0]
    running.call("ann", SAY, "hello\nyou")
    assert running.until("[test:printer/ann] you\n").startswith("[test:printer/ann] hello\n")

    app.write("counter/guest.wat", NEWER)
    said = running.served()
    assert said.startswith("\nchanged: counter/guest.wat\n")
    assert "moved 2 workers to the new build" in said
    assert "printer" not in said, "only what changed is built"
    assert running.call("ann", INC, 4) == 7, "it kept its state"
    assert running.call("ann", CALM) is None, "and has what is new"

    app.write("counter/guest.wat", "(component")
    said = running.until("the earlier build is still served")
    assert "failed  build test:counter" in said
    assert "error[APP4301]" in said
    assert running.call("ann", INC, 1) == 8

    app.write("counter/guest.wat", TWICE)
    said = running.served()
    assert "moved 1 worker to the new build" in said, "bob only counted zero"
    assert "  kept  test:counter/ann on its earlier build: call 1, test:counter/api.{inc}" in said
    assert "recorded was the result 3; this build returns 6" in said
    assert [running.call(name, INC, 2) for name in ("ann", "bob", "new")] == [10, 4, 4]

    status, said = running.end()
    assert (status, said) == (130, "stopped\n")
    assert [path.name for path in app.root.parent.iterdir()] == ["app"], "the store is gone"


def test_the_manifest_turns_snapshots_on(app: App, dev: Callable[..., Dev]) -> None:
    """A host that keeps snapshots says at its start of whom it cannot."""
    table = "(table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))"
    never = COUNTER.replace("(core module $m", f"(core module $m {table}", 1)
    app.write("counter/guest.wat", never)
    running = dev()
    assert "whole history" not in running.served()
    assert running.call("ann", INC, 3) == 3
    declared = json.loads((app.root / "golem.yaml").read_text())
    app.write("golem.yaml", json.dumps({**declared, "snapshots": True}))
    assert "workers of test:counter come back by their whole history" in running.served()
    assert running.call("ann", INC, 1) == 4, "another host, and the same store"


@pytest.mark.long
def test_what_is_declared_changes(app: App, dev: Callable[..., Dev]) -> None:
    text = (app.root / "golem.yaml").read_text()
    running = dev("--store", "dev.db")
    running.served()
    assert running.call("ann", INC, 3) == 3
    app.write("golem.yaml", text.replace('"test:printer"', '"test:writer"'))
    assert "changed: golem.yaml" in running.served()
    assert running.call("ann", INC, 3) == 6, "another host, the same workers"

    one = json.loads(text)
    del one["components"]["test:printer"]
    app.write("golem.yaml", json.dumps(one))
    assert "serving 1 component on" in running.served()
    assert running.call("ann", INC, 3) == 9
    app.write("golem.yaml", "[")
    running.until("the earlier build is still served")
    assert running.call("ann", INC, 3) == 12

    assert running.end(signal.SIGTERM)[0] == 0
    with SqliteFile(app.root / "dev.db").looking() as records:
        assert [str(info.worker) for info in records.workers()] == ["test:counter/ann"]


@pytest.mark.long
def test_nothing_is_served_before_the_first_build(app: App, dev: Callable[..., Dev]) -> None:
    text = (app.root / "counter/guest.wat").read_text()
    app.write("counter/guest.wat", "(component")
    running = dev()
    assert "error[APP4301]" in running.until("nothing is served yet")
    app.write("counter/guest.wat", text)
    running.served()
    assert running.call("ann", INC, 3) == 3
    assert running.end()[0] == 130


@pytest.mark.long
def test_ctrl_c_during_a_build_leaves_no_command_running(app: App, dev: Callable[..., Dev]) -> None:
    manifest = json.loads((app.root / "golem.yaml").read_text())
    command = manifest["components"]["test:counter"]["build"][0]
    command["command"] = "sh -c 'echo $$ > pid; exec sleep 600'"
    app.write("golem.yaml", json.dumps(manifest))
    running, pid = dev(), app.root / "counter/pid"
    until(lambda: pid.exists() and pid.read_text().strip() != "")
    assert running.end()[0] == 130
    until(lambda: not Path("/proc", pid.read_text().strip()).exists())


def test_a_port_that_is_taken(app: App, dev: Callable[..., Dev]) -> None:

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = dev("--port", str(port))
        assert "cannot listen on" in running.until("--port 0")
        assert running.process.wait(PATIENCE) == 2


def test_without_an_application(cli: Callable[..., Any]) -> None:
    done = cli("dev", "--port", "0")
    assert (done.status, done.out) == (2, "")
    assert "golem.yaml" in done.err
    assert "stopped" not in done.err


def test_an_unknown_profile(app: App, cli: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.chdir(app.root)
    done = cli("dev", "--port", "0", "--profile", "nope")
    assert (done.status, done.out) == (2, "")
    assert "`nope`" in done.err
    assert "stopped" not in done.err


def test_while_it_is_repaired_it_has_not_failed(app: App, monkeypatch: Any) -> None:
    seen: list[bool] = []
    state = State(failed=True)

    def build(*given: object, **options: object) -> None:
        seen.append(state.failed)
        raise click.exceptions.Exit(1)

    monkeypatch.setattr(developing, "build", build)
    talk, nothing = Talk("text", color=False), cast("Any", None)
    begun = Development(app.request(), nothing, (), "", nothing, nothing, talk, state)
    begun._again(["code.py"])
    assert (seen, state.failed) == ([False], True)


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_terminal_gets_a_screen(app: App) -> None:
    """Drawn over and over, and gone in the end: what was said last stays."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [*WITGEN, "dev", "--port", "0"],
        cwd=app.root,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    shown, end = b"", time.monotonic() + PATIENCE

    def read(*, wanted: bytes) -> None:
        nonlocal shown
        while wanted not in shown and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    shown += os.read(master, 1 << 16)
                except OSError:  # the other side is closed
                    return

    read(wanted=b"serving 2 components on")
    read(wanted=b"\x1b[32mserving")
    assert shown.startswith(b"\x1b[?1049h") or b"\x1b[?1049h" in shown[:200]
    assert b"witgen dev" in shown
    assert b"last build" in shown
    process.send_signal(signal.SIGINT)
    read(wanted=b"stopped\r\n")
    assert process.wait(PATIENCE) == 130
    after = shown.rpartition(b"\x1b[?1049l")[2]
    assert b"serving 2 components on" in after
    assert after.endswith(b"stopped\r\n")
    os.close(master)
