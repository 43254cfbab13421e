"""`witgen build --watch`: an edit, a broken one, its repair, and Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from application import WITGEN, App, application

READY = "watching for changes; Ctrl-C ends it\n"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return application(tmp_path / "app", {"one": [("wasm-rpc", "two")], "two": []})


def test_builds_follow_edits(app: App) -> None:
    command = [*WITGEN, "build", "--watch", "--no-compile"]
    with subprocess.Popen(command, cwd=app.root, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None

        def said() -> str:
            """What was said until it waits."""
            assert process.stderr is not None
            lines: list[str] = []
            while (line := process.stderr.readline()) != READY:
                assert line, f"it ended: {lines}"
                lines.append(line)
            return "".join(lines)

        try:
            assert "7 done" in said()
            app.write("one/src/code.txt", "another")
            lines = [line.partition(", ")[0] for line in said().splitlines()]
            built = ["  done  build t:one", "  done  finish t:one"]
            assert lines[:-1] == ["", "changed: one/src/code.txt", *built]
            wit = (app.root / "two/wit/two.wit").read_text()
            app.write("two/wit/two.wit", wit.replace("func", "fun"))
            assert "error[WIT0120]: expected `func`" in said()
            app.write("two/wit/two.wit", wit)
            assert "done  generate t:two" in said()
            app.write("golem.yaml", "[")
            assert "error[APP" in said()
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
            assert process.stderr.read() == "\ninterrupted\n"
        finally:
            process.kill()


def test_ctrl_c_during_a_build_leaves_no_command_running(app: App) -> None:

    manifest = json.loads((app.root / "golem.yaml").read_text())
    command = manifest["templates"]["stand-in"]["build"][0]
    command["command"] = "sh -c 'echo $$ > pid; exec sleep 600'"
    app.write("golem.yaml", json.dumps(manifest))
    command = [*WITGEN, "build", "--watch", "t:two"]
    with subprocess.Popen(command, cwd=app.root, stderr=subprocess.PIPE, text=True) as process:
        pid = app.root / "two/pid"
        until(lambda: pid.exists() and pid.read_text().strip() != "")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    until(lambda: not Path("/proc", pid.read_text().strip()).exists())


def until(met: Callable[[], bool]) -> None:

    end = time.monotonic() + 60
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_watch_does_not_go_with_check(cli: Callable[..., Any]) -> None:
    done = cli("build", "--watch", "--check")
    assert (done.status, done.out) == (2, "")
    assert "--check runs nothing, so --watch does not apply to it" in done.err


def test_an_unknown_component_ends_it(app: App, cli: Callable[..., Any]) -> None:
    done = cli("build", "--watch", "t:three", "--manifest", app.root / "golem.yaml")
    assert (done.status, done.out) == (2, "")
    assert "there is no component `t:three`" in done.err
