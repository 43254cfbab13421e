"""Whether what a run under kills has left is right; nothing of the engine decides it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from runtime_shim.protocol.retry import RetryPolicy


def check(
    told: dict[tuple[int, int], list[Any]],
    lists: dict[str, list[Any]],
    effects: Path,
    calls: int,
) -> list[str]:
    """What is wrong with a history; nothing, it is hoped."""
    problems: list[str] = []

    def demand(right: bool, message: str) -> None:
        if not right:
            problems.append(message)

    for (round_, caller), answers in sorted(told.items()):
        name = f"{round_}.{caller}"
        for worker, every in ((name, 1), (f"{name}.l", 15), (f"{name}.r", 15)):
            mine = [answer for answer in answers if answer[0].split(":")[0] == worker]
            steps = range(0, calls, every)
            demand([a[2] for a in mine] == list(range(1, len(steps) + 1)), f"{worker}: positions")
            demand(
                [f"{worker}:{number}:{a[3]}" for number, a in zip(steps, mine, strict=False)]
                == [a[0] for a in mine],
                f"{worker}: the caller made one call and remembers another",
            )
            demand(
                [[value, token] for value, token, _, _ in mine] == lists[worker],
                f"{worker}: the list is not what its caller was told",
            )
        left = [value for value, _ in lists[f"{name}.left"]]
        demand(
            left == [f"{name}.left:{number}:0" for number in range(0, calls, 15)],
            f"{name}: calls that nobody awaited were lost, doubled or reordered",
        )
        shared = [value for value, _ in lists[f"{round_}.shared"]]
        demand(
            [value for value in shared if value.startswith(f"{name}:")]
            == [f"{name}:{number}:sent" for number in range(0, calls, 5)],
            f"{name}: triggered calls were lost, doubled or reordered",
        )
    keys: dict[str, set[str]] = defaultdict(set)
    tokens: dict[str, set[str]] = defaultdict(set)
    for line in effects.read_text().splitlines():
        key, value, token = line.split(" ")
        keys[value].add(key)
        tokens[value].add(token)
    for worker, items in lists.items():
        for value, token in items:
            demand(len(keys[value]) == 1, f"{worker}: {value} had effects under several keys")
            demand(token in tokens[value], f"{worker}: {value} has a token of no effect")
    present = {value for items in lists.values() for value, _ in items}
    demand(set(keys) <= present, f"effects without a call: {sorted(set(keys) - present)[:3]}")
    return problems


def check_attempts(attempts: Path, last: dict[str, int], policy: RetryPolicy) -> list[str]:
    """What is wrong with retries: one that nothing failed before, or one that came too early.

    Args:
        attempts: A line for each beginning and failure: which of them, key, attempt, time.
        last: The number of the last attempt by key, as recorded.
        policy: When attempts are due, without chance.
    """
    problems: list[str] = []
    failed: dict[tuple[str, int], float] = {}
    for line in attempts.read_text().splitlines():
        what, key, attempt, moment = line.split(" ")
        number, when = int(attempt), float(moment)
        if what == "trap":
            failed[key, number] = when
        elif number > 1:
            due = failed.get((key, number - 1), float("inf")) + (policy.delay(number - 1) or 0)
            if when < due - 0.0005:  # the clock's own grain
                problems.append(f"{key}: attempt {number} came {due - when:.4f} s too early")
    for key, final in last.items():
        missing = [n for n in range(1, final) if (key, n) not in failed]
        if missing:
            problems.append(f"{key}: attempts {missing} are counted and did not fail")
        if (key, final) in failed:
            problems.append(f"{key}: attempt {final} failed, and there was no other")
    return problems
