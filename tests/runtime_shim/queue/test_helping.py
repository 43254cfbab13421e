"""A caller that cannot go on runs what others wait for before it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from engine_guests import HERE, LOCAL, Guest, Host, eventually, hosts, side_by_side

from runtime_shim.errors import RpcError, ShimError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue.task import Waiter

TARGET = WorkerId("target", "t")
Act = Callable[[Invocation], Any]


class Scene:
    """Workers of `ask` that call one target, each from a thread named like it.

    The thread `slow` does not go on when it is woken, before `wake` is set; `stopped` is interrupted.
    """

    def __init__(self, host: Host, wake: threading.Event) -> None:
        self.host = host
        self.wake = wake
        self.ran: list[tuple[str, str]] = []
        self.entered, self.leave = threading.Event(), threading.Event()
        self.acts: dict[str, Act] = {"first": self.stay}
        self.answers: dict[str, Any] = {}
        host.deploy(ask=Guest(ask=self.ask), target=Guest(work=self.work))

    def ask(self, state: Any, invocation: Invocation) -> Any:
        return invocation.call(TARGET, "work", (invocation.worker.name,))

    def work(self, state: Any, invocation: Invocation, name: str) -> Any:
        self.ran.append((name, threading.current_thread().name))
        act = self.acts.get(name)
        return [name, None if act is None else act(invocation)]

    def stay(self, invocation: Invocation) -> None:
        self.entered.set()
        assert self.leave.wait(10)

    def start(self, name: str, behind: int = 0) -> threading.Thread:
        """Ask, and return when so many calls wait for the target."""

        def run() -> None:
            try:
                self.answers[name] = self.host.call(f"ask/{name}", "ask")
            except (ShimError, KeyboardInterrupt) as error:
                self.answers[name] = type(error)

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        if behind:
            lane = self.host.engine._book.lanes[TARGET]
            eventually(lambda: len(lane.queue) == behind)
        return thread

    def begin(self) -> threading.Thread:
        """Have the target run the call of `first`."""
        thread = self.start("first")
        assert self.entered.wait(10)
        return thread


@pytest.fixture(params=LOCAL)
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    real = Waiter.wait
    wake = threading.Event()

    def wait(self: Waiter, timeout: float | None) -> bool:
        woken = real(self, timeout)
        name = threading.current_thread().name
        if name == "slow":
            assert wake.wait(10)
        if name == "stopped":
            raise KeyboardInterrupt
        return woken

    monkeypatch.setattr(Waiter, "wait", wait)
    for host in hosts(request.param, tmp_path):
        yield Scene(host, wake)


def finish(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive(), "stuck"


def test_what_comes_before_is_run_in_its_order(scene: Scene) -> None:
    first = scene.begin()
    slow = scene.start("slow", behind=1)
    scene.leave.set()
    finish(first)
    finish(scene.start("quick"))
    scene.wake.set()
    finish(slow)
    assert scene.ran == [("first", "first"), ("slow", "quick"), ("quick", "quick")]
    assert scene.answers == {name: [name, None] for name in ("first", "slow", "quick")}


def test_what_is_run_for_another_cannot_wait_for_who_runs_it(scene: Scene) -> None:
    def back(invocation: Invocation) -> str:
        future = invocation.spawn(WorkerId("ask", "quick"), "ask", ())
        with pytest.raises(RpcError, match="would never return"):
            future.get()
        return "went on"

    scene.acts["slow"] = back
    first = scene.begin()
    slow = scene.start("slow", behind=1)
    scene.leave.set()
    finish(first)
    finish(scene.start("quick"))
    scene.wake.set()
    finish(slow)
    scene.host.engine.drain()
    assert scene.answers["slow"] == ["slow", "went on"]
    assert scene.answers["quick"] == ["quick", None]
    assert [name for name, _ in scene.ran] == ["first", "slow", "quick", "quick"]


def test_a_thread_that_is_stopped_leaves_its_turn_to_others(scene: Scene) -> None:
    first = scene.begin()
    stopped = scene.start("stopped", behind=1)
    last = scene.start("last", behind=2)
    scene.leave.set()
    finish(first, stopped, last)
    assert scene.answers["stopped"] is KeyboardInterrupt
    assert scene.answers["last"] == ["last", None]
    assert [name for name, _ in scene.ran] == ["first", "stopped", "last"]


def test_the_main_thread_runs_nothing_for_others(scene: Scene) -> None:
    first = scene.begin()
    slow = scene.start("slow", behind=1)
    scene.leave.set()
    finish(first)
    threading.Timer(0.05, scene.wake.set).start()
    assert scene.host.call("ask/main", "ask") == ["main", None]
    finish(slow)
    assert [thread for _, thread in scene.ran] == ["first", "slow", "MainThread"]


@pytest.mark.parametrize("kind", LOCAL)
def test_random_calls_all_come_to_their_end(tmp_path: Path, kind: str) -> None:
    trapped: set[str] = set()

    def act(state: dict[str, int], invocation: Invocation, depth: int, seed: int) -> int:
        dice = random.Random(seed)  # noqa: S311 -- repeatable
        if seed % 10 == 0 and kind != "direct" and invocation.key not in trapped:
            trapped.add(invocation.key)
            raise Trap("again")
        state["n"] = state.get("n", 0) + 1
        for _ in range(dice.choice((0, 1, 1, 2)) if depth > 0 else 0):
            target, args = WorkerId("act", f"w{dice.randrange(5)}"), (
                depth - 1,
                dice.getrandbits(30),
            )
            try:
                match dice.choice(("call", "call", "spawn", "any", "send")):
                    case "call":
                        invocation.call(target, "act", args)
                    case "spawn":
                        invocation.spawn(target, "act", args).get()
                    case "any":
                        other = WorkerId("act", f"w{dice.randrange(5)}")
                        futures = [invocation.spawn(to, "act", args) for to in (target, other)]
                        invocation.wait_any(futures)
                        futures[0].get()
                    case _:
                        invocation.send(target, "act", args)
            except RpcError as error:
                if error.kind != "denied":
                    raise
        return state["n"]

    for host in hosts(kind, tmp_path):
        host.deploy(act=Guest(act=act))

        def ask(name: str, host: Host = host) -> None:
            for number in range(12):
                host.engine.invoke(
                    WorkerId("act", f"own-{name}"),
                    "act",
                    (4, int(name) * 1000 + number),
                    f"{name}-{number}",
                    HERE,
                )

        asked = side_by_side(*[partial(ask, str(number)) for number in range(8)])
        assert asked == [None] * 8
        host.engine.drain()
        book = host.engine._book
        assert (book.tasks, book.busy, book.running, book.left) == ({}, 0, 0, 0)
        for worker, lane in tuple(book.lanes.items()):
            assert (
                host.engine.invoke(worker, "act", (0, 1), f"last {worker.name}", HERE) == lane.seq
            )
