"""The host is killed again and again, and nothing is lost, doubled or reordered."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from history_checker import check, check_attempts

from runtime_shim.protocol.retry import RetryPolicy

SCRIPT = Path(__file__).parents[3] / "support" / "kill_harness.py"
CALLS = 60
FAULTS = (
    "clock set", "disk full", "ended by a call", "ended by an interrupt", "interrupt",
    "key forged", "lock", "stop", "waited for space", "went on",
)  # fmt: skip
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks")


def run(*options: object) -> dict[str, Any]:
    command = [sys.executable, str(SCRIPT), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-2000:]
    summary: dict[str, Any] = json.loads(done.stdout)
    assert (summary["problems"], done.returncode) == ([], 0)
    return summary


def test_a_hundred_kills_lose_nothing() -> None:
    summary = run("--kills", 100, "--calls", 201, "--seed", 1)
    assert summary["calls"] > 200
    assert summary["failed attempts"] > 0


@pytest.mark.long
def test_kills_among_other_faults_lose_nothing() -> None:
    options = ("--kills", 500, "--calls", 100_000, "--longest", 3, "--callers", 8, "--seed", 2)
    summary = run("--faults", *options)
    assert (summary["kills"] >= 500, summary["calls"] >= 100_000) == (True, True)
    assert summary["deadly calls, parked"][1] > 0
    assert min(summary.get(fault, 0) for fault in FAULTS) > 20, summary


@pytest.mark.long
def test_two_thousand_kills_lose_nothing() -> None:
    summary = run("--kills", 2000, "--calls", 200_000, "--longest", 1, "--seed", 2)
    assert summary["kills"] >= 2000
    assert summary["calls"] >= 200_000


@pytest.mark.long
def test_a_kill_before_within_and_after_every_write_loses_nothing() -> None:
    assert run("--every-write")["kills"] > 200


@pytest.mark.long
def test_kills_of_hosts_with_snapshots_lose_nothing() -> None:
    options = ("--kills", 500, "--calls", 200_000, "--longest", 3, "--callers", 8, "--seed", 3)
    summary = run("--snapshots", 50, *options)
    assert (summary["kills"] >= 500, summary["calls"] >= 200_000) == (True, True)
    assert min(summary["kept"], summary["put back"]) > 1000


@pytest.mark.long
def test_a_kill_around_and_within_every_write_of_a_snapshot_loses_nothing() -> None:
    summary = run("--snapshots", 3, "--every-write")
    assert summary["kills"] > 300
    assert summary["put back"] > 100


History = tuple[dict[tuple[int, int], list[Any]], dict[str, list[Any]], list[str]]


@pytest.fixture
def history() -> History:
    """What one round without kills leaves."""
    told: dict[tuple[int, int], list[Any]] = {}
    lists: dict[str, list[Any]] = {"0.shared": []}
    for name, every in (("0.0", 1), ("0.0.l", 15), ("0.0.r", 15), ("0.0.left", 15)):
        numbers = range(0, CALLS, every)
        lists[name] = [[f"{name}:{number}:0", f"t{name}{number}"] for number in numbers]
    told[0, 0] = [
        [value, token, position, "0"]
        for name in ("0.0", "0.0.l", "0.0.r")
        for position, (value, token) in enumerate(lists[name], 1)
    ]
    lists["0.shared"] = [[f"0.0:{n}:sent", f"s{n}"] for n in range(0, CALLS, 5)]
    effects = [f"k{value} {value} {token}" for items in lists.values() for value, token in items]
    return told, lists, effects


def problems(history: History, folder: Path) -> list[str]:
    told, lists, effects = history
    file = folder / "effects"
    file.write_text("".join(f"{line}\n" for line in effects))
    return check(told, lists, file, CALLS)


def test_the_checker_accepts_a_right_history(history: History, tmp_path: Path) -> None:
    assert problems(history, tmp_path) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda told, lists, effects: lists["0.0"].pop(), "not what its caller was told"),
        (lambda told, lists, effects: told[0, 0].pop(3), "positions"),
        (lambda told, lists, effects: lists["0.0"].append(lists["0.0"][-1]), "caller was told"),
        (lambda told, lists, effects: lists["0.0.l"].reverse(), "not what its caller was told"),
        (lambda told, lists, effects: lists["0.shared"].pop(0), "triggered calls"),
        (lambda told, lists, effects: lists["0.shared"].reverse(), "triggered calls"),
        (lambda told, lists, effects: lists["0.shared"].append(["0.0:5:sent", "s5"]), "triggered"),
        (lambda told, lists, effects: lists["0.0.left"].pop(), "nobody awaited"),
        (lambda told, lists, effects: told[0, 0][5].__setitem__(3, "1"), "remembers another"),
        (lambda told, lists, effects: effects.append("other 0.0:0:0 t"), "several keys"),
        (lambda told, lists, effects: effects.append("k x t"), "effects without a call"),
        (lambda told, lists, effects: effects.pop(0), "several keys|no effect"),
    ],
)
def test_the_checker_finds_a_wrong_one(
    history: History, tmp_path: Path, spoil: Callable[..., Any], message: str
) -> None:
    wrong = copy.deepcopy(history)
    spoil(*wrong)
    found = problems(wrong, tmp_path)
    assert found
    assert any(part in "\n".join(found) for part in message.split("|"))


@pytest.mark.parametrize(
    ("lines", "last", "message"),
    [
        (["begin k 1 10", "trap k 1 10.1", "begin k 2 10.6"], 2, None),
        (["begin k 1 10", "begin k 1 11", "trap k 1 12", "begin k 2 13"], 2, None),
        (["begin k 1 10", "trap k 1 10.1", "begin k 2 10.5"], 2, "too early"),
        (["begin k 2 10.5"], 2, "too early"),
        (["begin k 1 10", "begin k 1 11"], 2, "counted and did not fail"),
        (["begin k 1 10", "trap k 1 10.1"], 1, "there was no other"),
    ],
)
def test_the_checker_looks_at_retries(
    tmp_path: Path, lines: list[str], last: int, message: str | None
) -> None:
    file = tmp_path / "attempts"
    file.write_text("".join(f"{line}\n" for line in lines))
    policy = RetryPolicy(min_delay=0.5, multiplier=2, jitter=0)
    found = "\n".join(check_attempts(file, {"k": last}, policy))
    assert (message in found) if message else not found
