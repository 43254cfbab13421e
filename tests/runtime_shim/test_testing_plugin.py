"""The pytest plugin, as the tests of another project use it."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest
import wasmtime
from alarm_guest import ALARM, CRON, SET
from printing_guest import CRY, NAME, SAY, printer

from runtime_shim import Deployment
from runtime_shim.engines.records import InvocationInfo
from runtime_shim.errors import InvocationFailed, LinkError, StoreError
from runtime_shim.restartable import RestartableHost
from runtime_shim.testing import Deploy

TALLY = """
(component
  (core module $m
    (global $n (mut i64) (i64.const 0))
    (func (export "add") (param i64) (result i64)
      (global.set $n (i64.add (global.get $n) (local.get 0)))
      (global.get $n))
    (func (export "fail") unreachable))
  (core instance $i (instantiate $m))
  (func $add (param "by" u64) (result u64) (canon lift (core func $i "add")))
  (func $fail (canon lift (core func $i "fail")))
  (instance $api (export "add" (func $add)) (export "fail" (func $fail)))
  (export "test:tally/api" (instance $api)))
"""
NEEDY = """(component (import "test:other/api" (instance (export "f" (func)))))"""
ADD, FAIL = "test:tally/api.{add}", "test:tally/api.{fail}"


@pytest.fixture(scope="module")
def tally() -> bytes:
    return bytes(wasmtime.wat2wasm(TALLY))


def test_workers_are_rebuilt_after_a_restart(deploy_workers: Deploy, tally: bytes) -> None:
    app = deploy_workers({"test:tally": tally})
    assert app.invoke("test:tally", "a", ADD, (2,), key="k") == 2
    app.send("test:tally", "a", ADD, (3,))
    app.restart()
    assert app.invoke("test:tally", "a", ADD, (4,)) == 9
    assert app.invoke("test:tally", "a", ADD, (2,), key="k") == 2, "a key is answered once"


def test_every_deployment_has_a_journal_of_its_own(deploy_workers: Deploy, tally: bytes) -> None:
    one, two = (deploy_workers({"test:tally": tally}) for _ in range(2))
    assert one.invoke("test:tally", "a", ADD, (1,)) == two.invoke("test:tally", "a", ADD, (1,)) == 1
    assert one.store != two.store


def test_output_is_told_by_worker(
    deploy_workers: Deploy, capsys: pytest.CaptureFixture[str]
) -> None:
    app = deploy_workers({NAME: printer(), "other": printer()})
    app.invoke(NAME, "a", SAY, ("one\ntw",))
    app.invoke(NAME, "b", SAY, ("three",))
    app.invoke("other", "a", SAY, ("four\n",))
    assert app.output(NAME, "a") == "one\ntw\n"
    assert app.output(NAME) == "one\ntw\nthree\n"
    assert app.output() == "one\ntw\nthree\nfour\n"
    assert not app.output(NAME, "c")
    app.restart()
    app.invoke(NAME, "a", SAY, ("five",))
    assert (
        app.output(NAME, "a") == "one\ntw\nfive\n"
    ), "what was printed before is not printed again"
    labelled = [f"[{NAME}/a] one", f"[{NAME}/a] tw", f"[{NAME}/b] three", "[other/a] four"]
    assert capsys.readouterr().err.splitlines() == [*labelled, f"[{NAME}/a] five"]


def test_a_failure_is_told_once_and_says_which_call_it_was(
    deploy_workers: Deploy, capsys: pytest.CaptureFixture[str]
) -> None:
    raised = """Traceback (most recent call last):
  File "/0/app.py", line 3, in divide
  File "/python/numbers.py", line 9, in quotient
ZeroDivisionError: division by zero
"""
    panic = """
thread '<unnamed>' (1) panicked at runtime/src/lib.rs:1280:25:
Python function threw an unexpected exception
"""
    app = deploy_workers({NAME: printer()})
    with pytest.raises(InvocationFailed, match=r"ZeroDivisionError") as failed:
        app.invoke(NAME, "a", CRY, (raised + panic,))
    told = [
        "Traceback (most recent call last):",
        '  File "app.py", line 3, in divide',
        "ZeroDivisionError: division by zero",
    ]
    assert app.output(NAME, "a").splitlines() == told
    assert capsys.readouterr().err.splitlines() == [f"[{NAME}/a] {line}" for line in told]
    assert failed.value.__notes__ == [f"{NAME}/a at api.{{cry}}"]
    assert f"{NAME}/a at api.{{cry}}" in failed.exconly()
    app.restart()
    app.invoke(NAME, "b", SAY, ("heard",))
    assert app.output(NAME, "b") == "heard\n"


def test_a_host_that_is_closed_no_longer_listens(deploy_workers: Deploy, tally: bytes) -> None:
    log = logging.getLogger("runtime_shim")
    before = list(log.handlers)
    app = deploy_workers({"test:tally": tally})
    app.restart()
    assert len(log.handlers) == len(before) + 1
    app.close()
    with pytest.raises(LinkError):
        deploy_workers({"test:needy": bytes(wasmtime.wat2wasm(NEEDY))})
    assert log.handlers == before


def test_the_journal_can_be_read(deploy_workers: Deploy, tally: bytes) -> None:
    app = deploy_workers({"test:tally": tally})
    app.invoke("test:tally", "a", ADD, (5,), key="five")
    [found] = app.log("test:tally", "a")
    assert (found.key, found.args, found.result, found.state) == ("five", (5,), 5, "done")
    with pytest.raises(StoreError, match=r"has no worker"):
        app.log("test:tally", "b")


def test_a_trap_is_tried_again_at_once_and_fails(deploy_workers: Deploy, tally: bytes) -> None:
    app = deploy_workers({"test:tally": tally})
    with pytest.raises(InvocationFailed, match=r"unreachable"):
        app.invoke("test:tally", "a", FAIL)
    assert [found.attempt for found in app.log("test:tally", "a")] == [3]


def test_what_cannot_be_deployed_leaves_no_lock(deploy_workers: Deploy, tally: bytes) -> None:
    needy = bytes(wasmtime.wat2wasm(NEEDY))
    with pytest.raises(LinkError):
        deploy_workers({"test:needy": needy})
    app = deploy_workers({"test:tally": tally})
    app.close()
    with pytest.raises(StoreError, match=r"closed"):
        app.invoke("test:tally", "a", ADD, (1,))
    app.restart()
    assert app.invoke("test:tally", "a", ADD, (1,)) == 1


class Alarms:
    """Workers that are called again when they ask for it."""

    def __init__(self, deploy: Deploy) -> None:
        self.begun = time.time()
        alarm = bytes(wasmtime.wat2wasm(ALARM))
        deployment = Deployment(alarm, imports={"t:cron/alarm": {"at": self._at}})
        self.host: RestartableHost = deploy({CRON: deployment})

    def _at(self, seconds: int, after: int) -> None:
        if after:
            # Each to the worker that is called by how often it wants to be.
            self.host.send(CRON, str(after), SET, (after,), due=float(seconds))

    def set(self, after: int) -> None:
        self.host.invoke(CRON, str(after), SET, (after,))

    def seen(self, after: int) -> list[int]:
        """What a worker saw its clock say, in whole days since the test began."""
        made = [one for one in self.host.log(CRON, str(after)) if one.state == "done"]
        return [self._result(one) for one in sorted(made, key=lambda one: one.seq or 0)]

    def _result(self, one: InvocationInfo) -> int:
        assert isinstance(one.result, int), one
        return round((one.result - self.begun) / DAY)


DAY = 86_400


def test_a_worker_that_calls_itself_every_day(deploy_workers: Deploy) -> None:
    app = Alarms(deploy_workers)
    app.set(DAY)
    app.host.advance(hours=1)
    assert app.seen(DAY) == [0]
    app.host.advance(days=1)
    assert app.seen(DAY) == [0, 1]
    app.host.restart()
    app.host.advance(days=5)
    assert app.seen(DAY) == [0, 1, 2, 3, 4, 5, 6]


def test_calls_are_delivered_in_the_order_in_which_they_are_due(deploy_workers: Deploy) -> None:
    app = Alarms(deploy_workers)
    app.host.send(CRON, "0", SET, (0,), due=app.begun + 3 * DAY)
    app.set(2 * DAY)
    app.host.send(CRON, "0", SET, (0,), due=app.begun + DAY)
    app.host.advance(days=4, minutes=1)
    assert app.seen(0) == [1, 3]
    assert app.seen(2 * DAY) == [0, 2, 4]


def test_a_worker_that_is_called_again_at_once_does_not_keep_the_clock(
    deploy_workers: Deploy,
) -> None:
    app = Alarms(deploy_workers)
    app.set(1)
    app.host.advance(seconds=90)
    # As often as there are seconds, but for those that the calls took.
    *done, last = app.host.log(CRON, "1")
    assert {one.state for one in done} == {"done"}
    assert last.due is not None
    assert last.due > app.begun + 90
    assert app.host.now() - app.begun >= 90


def test_what_a_worker_saw_is_the_same_after_a_restart(deploy_workers: Deploy) -> None:
    app = Alarms(deploy_workers)
    app.host.advance(days=3)
    app.host.invoke(CRON, "0", SET, (0,))
    app.host.advance(days=3)
    app.host.restart()
    app.host.invoke(CRON, "0", SET, (0,))
    assert app.seen(0) == [3, 6]


def test_pytest_finds_it_by_itself_and_pays_nothing(tmp_path: Path, tally: bytes) -> None:
    (tmp_path / "tally.wasm").write_bytes(tally)
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_nothing_is_imported():\n"
        "    assert 'wasmtime' not in sys.modules\n"
        "def test_it(deploy_workers):\n"
        "    app = deploy_workers({'test:tally': 'tally.wasm'})\n"
        f"    assert app.invoke('test:tally', 'a', '{ADD}', (1,)) == 1\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
