"""The handler alone: which instance serves which invocation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from runtime_shim.errors import BadArguments, Divergence, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment, Past
from runtime_shim.protocol.seams import Invocation
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


class Component:
    """Adds up; `trap`, `refuse` and `step` do what they say."""

    durable = True
    digest = ""

    def __init__(self) -> None:
        self.made: list[Summing] = []

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


def past(result: int, value: int = 1) -> Past:
    return Past(f"k{result}", "add", (value,), (), result)


class Untouched:
    """A history that a warm worker does not need."""

    def __iter__(self) -> Iterator[Past]:
        raise AssertionError


def ask(handler: WorkerHandler, asked: Asked, history: Iterable[Past]) -> Any:
    return handler(cast("Invocation", asked), history)


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


@pytest.mark.parametrize("seq", [0, 2, 3])
def test_an_instance_at_another_place_is_closed_and_rebuilt(
    handler: WorkerHandler, component: Component, seq: int
) -> None:
    ask(handler, Asked(0), [])
    history = [past(number + 1) for number in range(seq)]
    assert ask(handler, Asked(seq), iter(history)) == seq + 1
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
        ([Past("k", "add", (1,), (), 5)], "returned another value"),
        ([Past("k", "refuse", (), ())], "now fails"),
        ([Past("k", "step", (), (), 1)], "continues with 's', which is not in its journal"),
        ([Past("k", "add", (1,), (("s", 1),), 1)], "ended before 's'"),
        ([Past("k", "step", (), (("t", 1),), 1)], "reached 's' at step 0"),
        ([Past("k", "step", (), (("s", 2),), 1)], "returned another value"),
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
        ask(handler, Asked(1), [Past("k", "trap", (), ())])
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
