"""Programs of calls made by chance, and what has to be left of them, computed without an engine.

A program is what one invocation does: it notes its number, outside and in the worker's list, and then
makes calls of each kind. Workers call only those with a higher number, so that nothing goes round.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from runtime_shim.errors import RpcError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation

Program = list[Any]  # [number, [[kind, worker, program or delay …], …]]
WORKERS = 5
KINDS = ("call", "call", "spawn", "send", "send", "schedule", "cancel", "trap", "clock")


def program(chance: random.Random, numbers: Iterator[int], worker: int, depth: int = 3) -> Program:
    """What an invocation of `worker` does."""
    number, steps = next(numbers), []
    for _ in range(chance.randint(0, 4) if depth and worker + 1 < WORKERS else 0):
        kind = chance.choice(KINDS)
        if kind == "trap" and [step[0] for step in steps].count("trap") == 2:
            continue
        if kind == "trap":
            steps.append([kind, 1])  # and there are no more than two of them
            continue
        target = chance.randrange(worker + 1, WORKERS)
        steps.append([kind, target, program(chance, numbers, target, depth - 1)])
    return [number, steps]


@dataclass
class World:
    """The guest, and what it does outside of any journal."""

    effects: list[int] = field(default_factory=list)
    failed: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, state: dict[str, Any], invocation: Invocation, own: Program) -> list[Any]:
        """Run a program; its number, its place in the worker's list and the answers that it got."""
        number, steps = own
        invocation.step("effect", lambda: self._effect(number), external=True)
        mine = state.setdefault("list", [])
        mine.append(number)
        place, answers, waiting = len(mine), [], []
        for at, (kind, *rest) in enumerate(steps):
            if kind == "trap":
                self._trap(number, at, *rest)
                continue
            target, inner = WorkerId("actor", str(rest[0])), rest[1]
            if kind == "call":
                answers.append(invocation.call(target, "run", (inner,)))
            elif kind == "spawn":
                waiting.append(invocation.spawn(target, "run", (inner,)))
            elif kind == "send":
                invocation.send(target, "run", (inner,))
            elif kind == "schedule":
                now = float(invocation.step("clock", time.time))
                invocation.send(target, "run", (inner,), now + 0.02)
            elif kind == "cancel":
                invocation.cancel(invocation.send(target, "run", (inner,), 4e9))
            else:
                invocation.step("clock", time.time_ns)
        try:
            answers += [future.get() for future in waiting]
        except RpcError as error:
            raise Trap(str(error), retriable=False) from None
        return [number, place, answers]

    def read(self, state: dict[str, Any], invocation: Invocation) -> list[int]:
        """The worker's list."""
        return list(state.get("list", []))

    def _trap(self, number: int, at: int, times: int) -> None:
        """Trap the first times; a rebuild meets none of that."""
        with self.lock:
            self.failed[number, at] += 1
            if self.failed[number, at] <= times:
                raise Trap(f"trap {self.failed[number, at]} of {number}")

    def _effect(self, number: int) -> None:
        with self.lock:
            self.effects.append(number)


def check(
    roots: list[tuple[int, Program]],
    told: list[Any],
    lists: dict[int, list[int]],
    effects: list[int],
) -> list[str]:
    """What is wrong with what is left of programs.

    Args:
        roots: What was asked from outside: the worker and its program.
        told: The answers.
        lists: Each worker's list, read at the end.
        effects: What was done outside, in that order.
    """
    expected: dict[int, list[int]] = defaultdict(list)
    orders: list[tuple[int, list[int]]] = []
    for worker, own in roots:
        _collect(worker, own, expected, orders)
    problems = [
        f"{worker}: has {lists[worker]}, not {expected[worker]} in some order"
        for worker in range(WORKERS)
        if sorted(lists[worker]) != sorted(expected[worker])
    ]
    for worker, order in orders:
        places = [lists[worker].index(number) for number in order if number in lists[worker]]
        if places != sorted(places):
            problems.append(f"{worker}: {order} came in another order")
    if sorted(effects) != sorted(itertools.chain.from_iterable(expected.values())):
        problems.append("the effects outside are others than those of what was run")
    for (worker, own), answer in zip(roots, told, strict=True):
        problems += _answered(worker, own, answer, lists)
    return problems


def _collect(
    worker: int,
    own: Program,
    expected: dict[int, list[int]],
    orders: list[tuple[int, list[int]]],
) -> None:
    """What is run because of `own`, by worker; and what has to come in order at one worker."""
    number, steps = own
    expected[worker].append(number)
    order: dict[int, list[int]] = defaultdict(list)
    for kind, *rest in steps:
        if kind in {"call", "spawn", "send", "schedule"}:
            target, inner = rest
            _collect(target, inner, expected, orders)
            if kind != "schedule":
                order[target].append(inner[0])
    orders += order.items()


def _answered(worker: int, own: Program, answer: Any, lists: dict[int, list[int]]) -> list[str]:
    """What is wrong with an answer: it tells places that are not those in the lists."""
    number, steps = own
    if answer[0] != number or lists[worker][answer[1] - 1 : answer[1]] != [number]:
        return [f"{worker}: {number} was told {answer[:2]}"]
    awaited = [rest for kind, *rest in steps if kind == "call"]
    awaited += [rest for kind, *rest in steps if kind == "spawn"]
    found = []
    for (target, inner), inner_answer in zip(awaited, answer[2], strict=True):
        found += _answered(target, inner, inner_answer, lists)
    return found
