"""`kill -9` during a build: nothing half-written, nothing left running, and the next build heals."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from application import EMPTY, WITGEN, App, application, command, wit
from killing import build_until

NEEDS = {"a": [("static-wasm-rpc", "b")], "b": [("wasm-rpc", "a")]}
RECORD = "golem-temp/witgen-build.json"


@pytest.fixture(scope="module")
def forks() -> ForkServerContext:
    """Processes that have everything imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["killing", "witgen.emit", "witgen.native", "witgen.compose.api"]
    )
    return context


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    app = application(tmp_path_factory.mktemp("undisturbed"), NEEDS)
    app.build(backend="native")
    return tree(app.root)


def tree(root: Path) -> dict[str, bytes]:
    """All files but the record, which knows times and where it is."""
    files = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in sorted(files.items()) if name != RECORD}


def whole(root: Path, undisturbed: dict[str, bytes]) -> None:
    """What has its name is whole; the records of folders go before what they record."""
    for name, data in tree(root).items():
        if not name.endswith((".witgen-tmp", ".lock", ".witgen.json")):
            assert data == undisturbed[name], name
        if name.endswith(".witgen.json"):
            json.loads(data)


def killed(forks: ForkServerContext, root: Path, number: int, at: str) -> bool:
    """Whether a build was killed; it was not where it writes fewer files."""
    process = forks.Process(target=build_until, args=(root, number, at))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def heals(
    forks: ForkServerContext, root: Path, undisturbed: dict[str, bytes], number: int, at: str
) -> bool:
    """Whether a build was killed, after which all was well."""
    app = application(root, NEEDS)
    if not killed(forks, root, number, at):
        return False
    whole(root, undisturbed)
    assert (root / "golem-temp/.lock").stat().st_size, "the next build knows"

    outcome = app.build(backend="native")

    assert {d.code for d in outcome.diagnostics} <= {"APP4307"}
    assert tree(root) == undisturbed
    assert app.build(backend="native").done == {}
    return True


@pytest.mark.parametrize(("number", "at"), [(1, "before"), (4, "within"), (33, "within")])
def test_a_kill_while_a_file_is_written(
    tmp_path: Path, forks: ForkServerContext, undisturbed: dict[str, bytes], number: int, at: str
) -> None:
    assert heals(forks, tmp_path, undisturbed, number, at)


@pytest.mark.long
def test_a_kill_at_any_file(
    tmp_path: Path, forks: ForkServerContext, undisturbed: dict[str, bytes]
) -> None:
    number = 1
    while all(
        heals(forks, tmp_path / f"{number}-{at}", undisturbed, number, at)
        for at in ("before", "within")
    ):
        number += 1
    assert number > 40


def test_what_a_kill_left_is_no_file_of_somebody_else(
    tmp_path: Path, forks: ForkServerContext
) -> None:
    """Files that were generated before the kill are replaced, and removed, like others."""
    app = application(tmp_path, NEEDS)
    number = 1
    while not (tmp_path / "a/wit-generated/deps").exists():
        number += 4
        assert killed(forks, tmp_path, number, "before")
    app = application(tmp_path, {"a": [], "b": []})
    app.write("a/wit/a.wit", wit("a", "g: func();"))

    outcome = app.build()

    assert outcome.diagnostics == []
    assert "g: func();" in (tmp_path / "a/wit-generated/a.wit").read_text()
    assert not (tmp_path / "a/wit-generated/deps").exists()


WAITING = """
import os, pathlib, sys, time
out = pathlib.Path(sys.argv[1])
if MOMENT != "before": out.write_bytes(pathlib.Path("../tool.py").read_bytes()[:40])
if MOMENT == "after": out.write_bytes(EMPTY)
pathlib.Path("../pid.part").write_text(str(os.getpid()))
os.rename("../pid.part", "../pid")
time.sleep(60)
out.write_bytes(b"too late")
"""


def kill_in_command(app: App, moment: str) -> int:
    """Kill a build while its command runs; the process of the command, which goes on."""
    pid = app.root / "pid"
    process = subprocess.Popen([*WITGEN, "build"], cwd=app.root, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not pid.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    return int(pid.read_text())


def runs(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to tell processes by")
@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_a_kill_during_a_command(tmp_path: Path, moment: str) -> None:
    app = application(tmp_path, {"a": []})
    app.build()
    expected = tree(tmp_path)
    tool = (tmp_path / "tool.py").read_bytes()
    app.write("a/src/code.txt", "changed")
    (tmp_path / "out/a.wasm").unlink()
    app.write("tool.py", f"MOMENT, EMPTY = {moment!r}, {EMPTY!r}\n{WAITING}")
    orphan = kill_in_command(app, moment)
    try:
        assert runs(orphan), "witgen was killed, not what it ran"
        (tmp_path / "pid").unlink()
        app.write("tool.py", tool)
        app.write("a/src/code.txt", "the code of a")

        done = command("build", cwd=tmp_path)

        assert done.returncode == 0, done.stderr
        assert not runs(orphan)
        assert tree(tmp_path) == expected
        assert "up to date" in command("build", cwd=tmp_path).stderr
    finally:
        if runs(orphan):
            os.kill(orphan, signal.SIGKILL)


@pytest.mark.parametrize(
    "content",
    ["begun\n1 1\n", "begun\n0 0\n0 \n0\n-1 x\n\n99999999 3\n" + "9" * 5000 + " 1", "\xff\n1"],
)
def test_whatever_a_lock_says_nobody_elses_process_is_ended(tmp_path: Path, content: str) -> None:
    app = application(tmp_path, {"a": []})
    own = subprocess.Popen(["sleep", "30"], start_new_session=True)
    try:
        app.write("golem-temp/.lock", f"{content}\n{own.pid} 12\n".encode("latin-1"))
        assert app.build().diagnostics == []
        assert own.poll() is None
        assert (tmp_path / "golem-temp/.lock").read_bytes() == b""
    finally:
        own.kill()
        own.wait()


def test_a_settled_build_tidies_first(tmp_path: Path) -> None:
    app = application(tmp_path, {"a": []})
    app.build()
    expected = tree(tmp_path)
    app.write("golem-temp/.lock", "begun\n")
    for folder in ("golem-temp", "golem-temp/linked-wasm", "a/wit-generated"):
        app.write(f"{folder}/.x.0.witgen-tmp", "half")

    assert "up to date" in command("build", cwd=tmp_path).stderr
    assert tree(tmp_path) == expected
