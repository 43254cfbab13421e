"""The handler alone: which instance serves which invocation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from runtime_shim.errors import BadArguments, Divergence, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import History, Invocation
from runtime_shim.replay.handler import WorkerHandler

WORKER = WorkerId("c", "w")


@dataclass
class Asked:
    """An invocation as far as the handler looks at it."""

    seq: int
    function: str = "add"
    args: tuple[Any, ...] = (1,)
    worker: WorkerId = WORKER
    environment: Environment = field(default_factory=Environment)
    key: str = "k"
    mark: str = ""
    leaves: str = ""


class Component:
    """Adds up; `trap`, `refuse` and `step` do what they say."""

    durable = True
    digest = ""
    binary: bytes | None = None

    def __init__(self) -> None:
        self.made: list[Summing] = []

    def earlier(self, binary: bytes) -> Component:
        return self

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        raise NotImplementedError

    def instantiate(self, worker: WorkerId, environment: Environment) -> Summing:
        self.made.append(Summing())
        return self.made[-1]


class Summing:
    def __init__(self) -> None:
        self.sum = 0
        self.closed = 0

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> Any:
        match function:
            case "trap":
                raise Trap("no")
            case "refuse":
                raise BadArguments("no")
            case "step":
                return invocation.step("s", lambda: 1)
            case _:
                self.sum += args[0]
                return self.sum

    def close(self) -> None:
        self.closed += 1


def past_of(
    key: str, function: str, args: tuple[Any, ...], entries: Any, result: Any = None
) -> Past:
    return Past(1, key, uuid.uuid4, function, args, entries, result)


def past(result: int, value: int = 1) -> Past:
    return past_of(f"k{result}", "add", (value,), (), result)


class Untouched:
    """A history that a warm worker does not need."""

    def after(self, seq: int, mark: str) -> Iterator[Past] | None:
        raise AssertionError


@dataclass
class Marked:
    """A history with the marks of the states after its invocations."""

    past: list[Past]
    marks: list[str]
    asked: list[tuple[int, str]] = field(default_factory=list)

    def after(self, seq: int, mark: str) -> Iterator[Past] | None:
        self.asked.append((seq, mark))
        known = seq == 0 or (seq <= len(self.past) and self.marks[seq - 1] == mark)
        return iter(self.past[seq:]) if known else None


def ask(handler: WorkerHandler, asked: Asked, history: list[Past] | History) -> Any:
    given = Marked(history, ["" for _ in history]) if isinstance(history, list) else history
    return handler(cast("Invocation", asked), given)


@pytest.fixture
def component() -> Component:
    return Component()


@pytest.fixture
def handler(component: Component) -> WorkerHandler:
    return WorkerHandler({"c": component}, capacity=2)


def test_a_warm_instance_serves_the_next_invocation(
    handler: WorkerHandler, component: Component
) -> None:
    assert ask(handler, Asked(0), []) == 1
    assert ask(handler, Asked(1), Untouched()) == 2
    assert len(component.made) == 1


def test_an_instance_that_is_ahead_is_closed_and_rebuilt(
    handler: WorkerHandler, component: Component
) -> None:
    ask(handler, Asked(0), [])
    assert ask(handler, Asked(0), []) == 1
    assert [instance.closed for instance in component.made] == [1, 0]


@pytest.mark.parametrize("seq", [2, 3])
def test_an_instance_that_lags_catches_up(
    handler: WorkerHandler, component: Component, seq: int
) -> None:
    ask(handler, Asked(0, leaves="m1"), [])
    history = Marked([past(n + 1) for n in range(seq)], [f"m{n + 1}" for n in range(seq)])
    assert ask(handler, Asked(seq, mark=f"m{seq}", leaves="own"), history) == seq + 1
    assert history.asked == [(1, "m1")], "only what is missing is read"
    assert [instance.closed for instance in component.made] == [0]
    assert ask(handler, Asked(seq + 1, mark="own"), Untouched()) == seq + 2


@pytest.mark.parametrize("seq", [1, 2])
def test_an_instance_with_the_number_and_another_mark_is_rebuilt(
    handler: WorkerHandler, component: Component, seq: int
) -> None:
    """This process ran an attempt that was never recorded: another process ran the call again."""
    ask(handler, Asked(0, args=(10,), leaves="mine"), [])
    history = Marked([past(n + 1) for n in range(seq)], [f"theirs{n + 1}" for n in range(seq)])
    assert ask(handler, Asked(seq, mark=f"theirs{seq}"), history) == seq + 1
    assert history.asked == [(1, "mine"), (0, "")]
    assert [instance.closed for instance in component.made] == [1, 0]


@pytest.mark.parametrize(("function", "error"), [("trap", Trap), ("refuse", BadArguments)])
def test_an_instance_that_failed_is_not_used_again(
    handler: WorkerHandler, component: Component, function: str, error: type[Exception]
) -> None:
    ask(handler, Asked(0), [])
    with pytest.raises(error):
        ask(handler, Asked(1, function), Untouched())
    assert ask(handler, Asked(1), [past(1)]) == 2
    assert [instance.closed for instance in component.made] == [1, 0]


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([past_of("k", "add", (1,), (), 5)], "returned another value"),
        ([past_of("k", "refuse", (), ())], "now fails"),
        ([past_of("k", "step", (), (), 1)], "continues with 's', which is not in its journal"),
        ([past_of("k", "add", (1,), (("s", 1),), 1)], "ended before 's'"),
        ([past_of("k", "step", (), (("t", 1),), 1)], "reached 's' at step 0"),
        ([past_of("k", "step", (), (("s", 2),), 1)], "returned another value"),
    ],
)
def test_a_rebuild_that_takes_another_course(
    handler: WorkerHandler, component: Component, history: list[Past], message: str
) -> None:
    with pytest.raises(Divergence, match=message):
        ask(handler, Asked(1), history)
    assert [instance.closed for instance in component.made] == [1]


def test_a_trap_during_the_rebuild_closes_the_instance(
    handler: WorkerHandler, component: Component
) -> None:
    with pytest.raises(Trap, match=r"^no$"):
        ask(handler, Asked(1), [past_of("k", "trap", (), ())])
    assert [instance.closed for instance in component.made] == [1]
    assert ask(handler, Asked(1), [past(1)]) == 2


def test_the_least_used_worker_is_unloaded(handler: WorkerHandler, component: Component) -> None:
    for name in "abca":
        history = [past(1)] if name == "a" and len(component.made) > 1 else []
        ask(handler, Asked(len(history), worker=WorkerId("c", name)), history)
    assert [instance.closed for instance in component.made] == [1, 1, 0, 0]
    handler.close()
    assert [instance.closed for instance in component.made] == [1, 1, 1, 1]


def test_an_ephemeral_worker_lives_for_one_invocation(
    handler: WorkerHandler, component: Component
) -> None:
    component.durable = False
    assert [ask(handler, Asked(0), Untouched()) for _ in range(2)] == [1, 1]
    with pytest.raises(Trap):
        ask(handler, Asked(0, "trap"), Untouched())
    assert [instance.closed for instance in component.made] == [1, 1, 1]
