"""Snapshots of workers on a Restate server."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import restate_server
from engine_guests import on_restate
from state_guests import guest

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.records import managed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.snapshots import Last
from runtime_shim.replay import budget, rebuild
from runtime_shim.snapshots import handler
from runtime_shim.snapshots.program import SnapshotProgram

pytestmark = pytest.mark.long  # `make restate` runs it

NAME = "snap:nested"
W = WorkerId(NAME, "w")
DATA, FUNCTIONS = guest(5)


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are worth it after each call."""
    restate_server.server()
    monkeypatch.setattr(handler, "AFTER", 0.0)
    monkeypatch.setattr(handler, "_LEAVES", 0)
    monkeypatch.setattr(handler, "_STAYS", 0)


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each attempt to restore a worker went well."""
    found: list[bool] = []
    restore = SnapshotProgram.restore

    def noted(self: SnapshotProgram, *args: Any) -> Any:
        found.append(False)
        made = restore(self, *args)
        found[-1] = True
        return made

    monkeypatch.setattr(SnapshotProgram, "restore", noted)
    return found


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of each call that was run again."""
    found: list[int] = []
    replay = rebuild._replay

    def noted(instance: Any, past: Any, invocation: Any, seq: int) -> None:
        found.append(seq)
        replay(instance, past, invocation, seq)

    monkeypatch.setattr(rebuild, "_replay", noted)
    return found


@pytest.fixture
def opened() -> Iterator[Any]:
    """Makes hosts of one application, each after the other unless both are to stay."""
    application = f"t{uuid.uuid4().hex[:12]}"
    with ExitStack() as stack:

        def make(*, stays: bool = False, **settings: Any) -> Any:
            if not stays:
                stack.close()
            engine = on_restate(application)
            components = {NAME: Deployment(DATA)}
            return stack.enter_context(
                Host(engine=engine, components=components, snapshots=True, **settings)
            )

        yield make


def calls(count: int) -> list[Any]:
    chance = random.Random(1)  # noqa: S311 -- the same each time
    return [(f"f{chance.randrange(FUNCTIONS)}", (chance.getrandbits(64),)) for _ in range(count)]


def run(host: Host, made: list[Any]) -> list[Any]:
    return [host.invoke(NAME, "w", function, args) for function, args in made]


def expected(count: int) -> list[Any]:
    with Host(engine=MemoryEngine(), components={NAME: Deployment(DATA)}) as host:
        return run(host, calls(count))


def test_a_worker_comes_back_on_the_next_host(opened: Any, restored: list[bool]) -> None:
    made, answers = calls(9), []
    for start in range(0, 9, 3):
        answers += run(opened(), made[start : start + 3])
    assert answers == expected(9)
    assert restored == [True] * 2


def test_it_comes_back_on_another_host_that_lags(opened: Any, restored: list[bool]) -> None:
    made = calls(9)
    first = opened()
    answers = run(first, made[:5])
    second = opened(stays=True)
    answers += run(second, made[5:])
    assert answers == expected(9)
    assert restored == [True]
    with managed(second.engine).stored.looking() as records:
        taken = records.taken(W)
    assert taken is not None
    assert taken.calls >= 4
    assert taken.size > 0


def test_the_next_host_runs_nothing_again(
    opened: Any, restored: list[bool], replayed: list[int]
) -> None:
    made = calls(31)
    assert run(opened(), made[:30]) + run(opened(), made[30:]) == expected(31)
    assert (restored, replayed) == ([True], [])


@pytest.mark.parametrize("settings", [{"warm": 1}, {"memory_budget": 1}])
def test_a_worker_that_left_memory_runs_little_again(
    opened: Any,
    restored: list[bool],
    replayed: list[int],
    settings: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget, "_EVERY", 1)
    host, answers = opened(**settings), expected(20)
    for (function, args), answer in zip(calls(20), answers, strict=True):
        for worker in ("w", "x"):
            assert host.invoke(NAME, worker, function, args) == answer
    assert len(restored) == 38
    assert all(restored)
    assert replayed == []


@pytest.mark.parametrize("damage", ["byte", "missing", "mark", "ahead"])
def test_what_is_damaged_or_not_recorded_is_not_used(
    opened: Any, restored: list[bool], damage: str
) -> None:
    made = calls(8)
    host = opened()
    answers = run(host, made[:5])
    host = opened()
    place = host.engine.managed.snapshots()
    kept = list(place.find(W, 5))
    assert [one.seq for one in kept] == [5, 4]
    blobs = place._blobs
    for slot in "01":
        name = f"snapshot/{slot}/{NAME}/w"
        about, data = blobs.get(name)
        seq, mark, size = about.split(" ")
        match damage:
            case "byte":
                blobs.put(name, about, bytes([data[0] ^ 1]) + data[1:])
            case "missing":
                blobs.put(name, about, data)
                blobs._append(name, 1, data[:-1])  # a kill before the first message says so
            case "mark":
                blobs.put(name, f"{seq} {mark.replace('.', '.0', 1)} {size}", data)
            case _:
                blobs.put(name, f"{int(seq) + 1} {int(seq) + 1}{mark[1:]} {size}", data)
    place.close()
    answers += run(host, made[5:])
    assert answers == expected(8)
    assert not any(restored)


def test_the_two_newest_are_kept_and_go_with_the_worker(opened: Any) -> None:
    host = opened()
    run(host, calls(1))
    place = host.engine.managed.snapshots()
    other = WorkerId(NAME, "x")
    for seq in range(4):
        assert place.keep(other, Last(seq, "f", b"", 0, b"", f"{seq}.a.b"), b"%d" % seq)
    assert list(place.find(other, 9)) == [(4, b"3", "3.a.b"), (3, b"2", "2.a.b")]
    assert list(place.find(other, 3)) == [(3, b"2", "2.a.b")]
    place.note(other, "it sleeps")
    assert place.taken(other) == (4, 1, "it sleeps")
    place.forget(other)
    assert place.taken(other) is None
    assert list(place.find(other, 9)) == []
    place.close()
