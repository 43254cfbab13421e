"""Ctrl-C and SIGTERM, sent to commands that run guests."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from click.exceptions import Exit
from restless_guests import SLEEPER, SPINNER
from wasmtime import wat2wasm

from runtime_shim.engines.sqlite.inspection import looking, workers
from runtime_shim.errors import StoreError
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment, to_stderr
from runtime_shim.protocol.ids import WorkerId
from witgen.cli.common import Talk
from witgen.cli.engines import Chosen
from witgen.cli.hosting import Running

ROOT = Path(__file__).parents[3]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `witgen ARGS…`, or a script, in a folder with the guests."""
    for name, text in (("spin", SPINNER), ("sleep", SLEEPER)):
        (tmp_path / f"{name}.wasm").write_bytes(wat2wasm(text))
    begun: list[subprocess.Popen[str]] = []

    def run(*args: str, script: str | None = None) -> subprocess.Popen[str]:
        command = ["-m", "witgen", *args] if script is None else ["-c", script]
        begun.append(
            subprocess.Popen(
                [sys.executable, *command],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return begun[-1]

    yield run
    for one in begun:
        one.kill()
        one.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out, err


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def pending(store: Path) -> bool:
    with suppress(StoreError):
        return any(worker.pending for worker in workers(store))
    return False


@pytest.mark.parametrize(
    ("guest", "function", "argument", "number"),
    [("spin", "spin", "0", signal.SIGINT), ("sleep", "sleep", str(10**15), signal.SIGTERM)],
)
def test_a_run_that_is_interrupted_says_what_stays_queued(
    start: Start, tmp_path: Path, guest: str, function: str, argument: str, number: signal.Signals
) -> None:
    store = tmp_path / "s.db"
    process = start("run", f"{guest}.wasm", function, argument, "--store", "s.db", "--key", "k")
    until(lambda: pending(store))
    process.send_signal(number)
    status, out, err = ended(process)
    assert (status, out) == (128 + number, "")
    assert f"stays queued in s.db: {function} of {guest}/default" in err
    with looking(store) as records:
        [entry] = records.log(WorkerId(guest, "default"))
        assert (entry.state, entry.attempt) == ("pending", 1)


def test_without_a_store_nothing_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = Running(Chosen(None), Talk("text", color=False), to_stderr)

    def act(host: Host) -> None:
        running.interrupt(signal.SIGINT)
        host.invoke("t:spin", "w", "spin", (0,))

    with pytest.raises(Exit) as ended:
        running.run({"t:spin": Deployment(bytes(wat2wasm(SPINNER)))}, act)
    assert ended.value.exit_code == 130
    assert "is lost: there is no --store" in capsys.readouterr().err


def test_a_signal_that_comes_while_the_host_opens() -> None:
    running = Running(Chosen(None), Talk("json", color=False), to_stderr)
    with pytest.raises(Exit):
        running.interrupt(signal.SIGTERM)
    with pytest.raises(Exit) as ended:
        running.run({}, lambda host: pytest.fail("it is not asked"))
    assert ended.value.exit_code == 128 + signal.SIGTERM


UPDATE = ("worker", "update", "s.db", "spin")
COMPILING = """
import sys, time
import {module} as room
def slow(*args, **options):
    print("compiling", flush=True)
    while True:
        time.sleep(0.05)
room.{name} = slow
sys.argv[1:] = {arguments}
from witgen.cli import main
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("runtime_shim.adapter.uncached", "compiled", ["run", "spin.wasm", "spin", "0"]),
        ("runtime_shim.adapter.uncached", "compiled", ["serve", "--port", "0"]),
        ("runtime_shim.adapter.uncached", "compiled", ["dev", "--port", "0"]),
        ("runtime_shim.program.program", "load", ["build"]),
        ("runtime_shim.update", "built", [*UPDATE, "--deploy", "spin=spin.wasm"]),
    ],
)
def test_a_compiler_is_not_waited_for(
    start: Start,
    tmp_path: Path,
    module: str,
    name: str,
    arguments: list[str],
) -> None:
    """What compiles notices no signal: here it never ends."""
    (tmp_path / "wit").mkdir()
    (tmp_path / "wit/spin.wit").write_text("package t:spin; world spin {}\n")
    component = {"sourceWit": "wit", "componentWasm": "spin.wasm", "linkedWasm": "linked.wasm"}
    (tmp_path / "golem.yaml").write_text(json.dumps({"components": {"t:spin": component}}))
    (tmp_path / "linked.wasm").write_bytes((tmp_path / "spin.wasm").read_bytes())
    if arguments[0] == "worker":
        assert ended(start("run", "spin.wasm", "spin", "1", "--store", "s.db"))[0] == 0
    script = COMPILING.format(module=module, name=name, arguments=arguments)
    script = f"import os; os.environ['WITGEN_CACHE_DIR'] = {str(tmp_path / 'cache')!r}\n{script}"
    process = start(script=script)
    assert process.stdout is not None
    assert process.stdout.readline() == "compiling\n"

    number = signal.SIGTERM if arguments[0] == "dev" else signal.SIGINT
    process.send_signal(number)

    status, _, err = ended(process)
    assert status == 128 + number
    assert "ended before anything ran" in err or arguments[0] not in {"run", "serve"}


class Served:
    """A `witgen serve` on the guest that computes."""

    def __init__(self, start: Start, folder: Path, *options: str) -> None:
        component = {"sourceWit": "wit", "componentWasm": "x.wasm", "linkedWasm": "spin.wasm"}
        manifest = {"components": {"t:spin": component}}
        (folder / "golem.yaml").write_text(json.dumps(manifest))
        self.process = start("serve", "--port", "0", "--store", "s.db", "--manage", "0", *options)
        self.managed, self.public = (self._port() for _ in range(2))

    def _port(self) -> int:
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert "http://127.0.0.1:" in line, line
        return int(line.rpartition(":")[2])

    def unfinished(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.managed, timeout=60)
        with closing(connection):
            connection.request("GET", "/v1/health")
            return int(json.load(connection.getresponse())["unfinished"])

    def spin(self, times: int) -> http.client.HTTPConnection:
        """A client whose call is under way."""
        connection = http.client.HTTPConnection("127.0.0.1", self.public, timeout=60)
        url = "/v1/components/t:spin/workers/w/invoke-and-await?function=spin"
        headers = {"Content-Type": "application/json"}
        connection.request("POST", url, json.dumps({"params": [times]}), headers)
        until(lambda: self.unfinished() == 1)
        return connection


class TestServe:
    def test_sigterm_finishes_what_is_in_flight(self, start: Start, tmp_path: Path) -> None:
        served = Served(start, tmp_path)
        with closing(served.spin(1_000_000_000)) as client:
            served.process.send_signal(signal.SIGTERM)
            answer = client.getresponse()
            assert (answer.status, json.load(answer)) == (200, {"result": None})
        status, _, err = ended(served.process)
        assert (status, err) == (0, "finishing what is in flight\nstopped\n")

    def test_an_interrupt_leaves_it_queued(self, start: Start, tmp_path: Path) -> None:
        served = Served(start, tmp_path)
        with closing(served.spin(0)) as client:
            served.process.send_signal(signal.SIGINT)
            status, _, err = ended(served.process)
            with suppress(OSError, http.client.HTTPException):
                assert client.getresponse().status == 503
        assert status == 0
        assert "stays queued in s.db: spin of t:spin/w" in err

    @pytest.mark.parametrize(
        ("options", "hint"),
        [
            (("--manage", "x"), "[HOST:]PORT"),
            (("--manage", "99999"), "[HOST:]PORT"),
            (("--manage", "9007"), "--manage needs --store"),
            (("--manage", "0.0.0.0:9007", "--store", "s.db"), "needs --token-file"),
            (("--manage", "9007", "--store", "s.db", "--token-file", "none"), "does not exist"),
            (("--manage", "9007", "--store", "s.db", "--token-file", "short"), "at least 16"),
            (("--token-file", "short"), "applies only to --manage"),
        ],
    )
    def test_nobody_else_may_manage_it(
        self, cli: Callable[..., Any], tmp_path: Path, options: tuple[str, ...], hint: str
    ) -> None:
        (tmp_path / "short").write_text("secret")
        done = cli("serve", *options)
        assert (done.status, hint in done.err) == (2, True), done.err


SUPERVISED = """
import os, signal, sys, threading, time
from witgen.cli.supervised import supervised

def told(number):
    print("told", number, flush=True)
    {told}

def work():
    print("ready", flush=True)
    {work}
    return 7

print(supervised(work, told), flush=True)
"""


class TestSupervised:
    def test_the_second_signal_ends_at_once(self, start: Start) -> None:
        process = start(script=SUPERVISED.format(work="threading.Event().wait()", told="pass"))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "told 2\n"
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 128 + signal.SIGTERM

    def test_also_while_the_first_is_seen_to(self, start: Start) -> None:
        script = SUPERVISED.format(work="threading.Event().wait()", told="time.sleep(60)")
        process = start(script=script)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "told 2\n"
        process.send_signal(signal.SIGINT)
        assert ended(process)[0] == 130

    def test_work_that_ends_by_itself(self, start: Start) -> None:
        assert ended(start(script=SUPERVISED.format(work="pass", told="pass")))[1] == "ready\n7\n"

    def test_errors_and_handlers_are_as_before(self) -> None:
        from witgen.cli.supervised import supervised

        before = signal.getsignal(signal.SIGINT)
        with pytest.raises(ZeroDivisionError):
            supervised(lambda: 1 // 0, lambda number: None)
        assert signal.getsignal(signal.SIGINT) is before


def run_with_signals(start: Start, times: int, seed: int) -> None:
    """Each of `times` calls gets a SIGINT at a random moment, and is made until it is answered."""
    chance = random.Random(seed)  # noqa: S311  # of moments
    statuses: list[int] = []
    for number in range(times):
        call = ("run", "spin.wasm", "inc", "1", "--store", "s.db", "--key", f"k{number}")
        process = start(*call)
        time.sleep(chance.uniform(0.0, 1.0))
        process.send_signal(signal.SIGINT)
        status, out, err = ended_anyhow(process)
        statuses.append(status)
        # Before Python has begun, it is ended by the signal; later it ends in one of these ways.
        assert status in {0, 1, 130, -signal.SIGINT}, err
        assert "error[" not in err, "a status of 1 is one of Python, which has not begun"
        again, out, err = ended(start(*call))
        assert (again, out) == (0, f"{number + 1}\n"), (number, status, err)
    assert ended(start("run", "spin.wasm", "inc", "0", "--store", "s.db"))[1] == f"{times}\n"
    print(f"{times} signals: {({s: statuses.count(s) for s in set(statuses)})}")  # noqa: T201


def ended_anyhow(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """As `ended`; while Python itself begins, an interrupt is a traceback."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_calls_survive_signals_at_any_moment(start: Start) -> None:
    run_with_signals(start, 2, 5)


@pytest.mark.long
def test_calls_survive_a_thousand_signals(start: Start) -> None:
    run_with_signals(start, 1000, 7)
