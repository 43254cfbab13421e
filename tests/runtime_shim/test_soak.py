"""Many callers and workers for minutes: no wrong answer, and memory does not grow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import soak

SCRIPT = Path(soak.__file__)
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not tell resident memory"
)


def run(*options: object) -> str:
    command = [sys.executable, str(SCRIPT), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_a_few_seconds() -> None:
    said = run("--minutes", 0.08, "--threads", 8, "--workers", 40, "--warm", 25, "--growth", 5)
    assert " 0 errors; " in said
    assert all(kind in said for kind in soak.SHARES), "every kind of call was made"


def test_a_few_seconds_with_snapshots() -> None:
    options = ("--threads", 8, "--workers", 20, "--growth", 5, "--snapshots")
    assert " 0 errors; " in run("--minutes", 0.04, *options)


def test_snapshots_that_cannot_be_used_are_found(tmp_path: Path) -> None:
    code = """
import sys, soak
from runtime_shim.snapshots import memories
def compare(*_): raise memories.Mismatch("another one")
memories.put = compare
sys.exit(soak.main())
"""
    options = ("--minutes", "0.03", "--threads", "4", "--workers", "10", "--growth", "9")
    command = [sys.executable, "-c", code, *options, "--snapshots"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SCRIPT.parent)
    assert (done.returncode, "is not used: another one" in done.stdout) == (1, True), done.stderr


def test_growth_is_found() -> None:
    options = ("--minutes", "0.03", "--threads", "4", "--workers", "20", "--growth", "0.5")
    command = [sys.executable, str(SCRIPT), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, " 0 errors; " in done.stdout) == (1, True), done.stderr[-2000:]


@pytest.mark.parametrize(
    ("told", "by"),
    [(3, 3), (8, 8), (6, 5)],
    ids=["twice", "one was lost", "across"],
)
def test_a_broken_chain_is_found(told: int, by: int) -> None:
    ledger = soak.Ledger("c")
    ledger.told(3, 3)
    ledger.told(8, 5)
    with pytest.raises(soak.Wrong):
        ledger.told(told, by)


def test_answers_may_come_in_any_order() -> None:
    ledger = soak.Ledger("c")
    for total, by in ((9, 1), (3, 3), (8, 5)):
        ledger.told(total, by)
    assert (ledger.known, ledger.ahead) == (9, {})


def test_a_key_has_one_answer() -> None:
    asked = soak.Asked(0, 1, "key")
    assert [asked.told(4), asked.told(4)] == [True, False]
    with pytest.raises(soak.Wrong):
        asked.told(5)


@pytest.mark.long
def test_ten_minutes() -> None:
    assert " 0 errors; " in run("--minutes", 10, "--threads", 24, "--workers", 1000)


@pytest.mark.long
def test_two_hundred_thousand_calls_with_snapshots() -> None:
    options = ("--calls", 200_000, "--minutes", 60, "--threads", 24, "--workers", 200)
    assert " 0 errors; " in run("--snapshots", 50, *options)
