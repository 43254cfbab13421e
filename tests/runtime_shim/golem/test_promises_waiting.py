"""Promises on real engines: awaited before and after they are completed, by whom, and restarted."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import HERE, Ephemeral, side_by_side
from golem_api_host import Api, Failures, Running

from runtime_shim.engines.direct import DirectEngine
from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed, ShimError, StoreError
from runtime_shim.golem.promise import Promise
from runtime_shim.golem.promises import PromiseProgram
from runtime_shim.golem.registry import Registry
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, COMPONENT, DELETE, POLL, promise_worker
from runtime_shim.queue import pauses
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.values import Case

ME = WorkerId("g", "w")


def make(api: Api) -> list[int]:
    api.state["mine"] = [api("create-promise"), api("create-promise")]
    return [promise["oplog-idx"] for promise in api.state["mine"]]


def wait(api: Api, which: int) -> bytes:
    return bytes(api("await-promise", api.state["mine"][which]))


def complete(api: Api, which: int, data: bytes) -> bool:
    return bool(api("complete-promise", api.state["mine"][which], data))


def delete(api: Api, which: int) -> None:
    api("delete-promise", api.state["mine"][which])


BODIES: dict[str, Any] = {"make": make, "wait": wait, "complete": complete, "delete": delete}


class Promising(Running):
    """A host whose guest makes promises."""

    def __init__(self, kind: str, folder: Path) -> None:
        super().__init__(kind, folder)
        self.folder = folder
        self.answers: list[Any] = []
        self.deploy(**BODIES)

    def start(self, *args: Any, key: str = "waits") -> threading.Thread:
        """Ask in a thread; what it is told is in `answers`."""

        def run() -> None:
            try:
                self.answers.append(self.call("wait", *args, key=key))
            except ShimError as error:
                self.answers.append(type(error))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        end = time.monotonic() + 5
        while not self.host.engine._book.paused:
            assert time.monotonic() < end
            time.sleep(0.002)
        return thread

    def give(self, index: int, data: bytes, key: str = "from outside") -> Any:
        worker = promise_worker(ME.uri, index)
        return self.host.engine.invoke(worker, COMPLETE, (data,), key, HERE)

    def killed(self) -> None:
        """Go on with the store as a process leaves it that is killed now."""
        self.store, old = self.folder / "copy.db", self.store
        for suffix in ("", "-wal"):
            shutil.copy(f"{old}{suffix}", f"{self.store}{suffix}")
        self.host.engine.close()
        self.registry = Registry()
        self.open()


@pytest.fixture(params=["memory", "sqlite"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Promising]:
    made = Promising(request.param, tmp_path)
    yield made
    made.host.engine.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Promising]:
    made = Promising("sqlite", tmp_path)
    yield made
    made.host.engine.close()


def test_nobody_else_waits_for_it(either: Promising) -> None:
    first, _ = either.call("make")
    waiting = either.start(0)
    begin = time.perf_counter()
    either.host.engine.drain()
    assert time.perf_counter() - begin < 0.5, "draining does not wait for the world outside"
    assert either.give(first, b"done")
    either.host.engine.drain()
    waiting.join(5)
    assert either.answers == [b"done"]
    assert not either.give(first, b"again", key="twice")


def test_awaiting_what_was_deleted_is_an_error_that_names_it(either: Promising) -> None:
    first, _ = either.call("make")
    either.call("delete", 0)
    with pytest.raises(InvocationFailed, match=f"the promise .*/w#{first} was deleted"):
        either.call("wait", 0)


def test_deleting_ends_the_wait(either: Promising) -> None:
    first, _ = either.call("make")
    waiting = either.start(0)
    deleting = promise_worker(ME.uri, first)
    either.host.engine.invoke(deleting, DELETE, (), "from outside", HERE)
    waiting.join(5)
    assert either.answers == [InvocationFailed]


def test_what_was_completed_before_it_was_deleted_is_known(kept: Promising) -> None:
    first, _ = kept.call("make")
    assert kept.give(first, b"done")
    kept.call("delete", 0)
    assert kept.call("wait", 0) == b"done"


def test_a_deleted_promise_that_was_looked_at_is_rebuilt(
    kept: Promising, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions recorded None for such a look."""
    first, _ = kept.call("make")
    with monkeypatch.context() as patch:
        patch.setattr(Promise, "call", lambda *_: None)
        worker = promise_worker(ME.uri, first)
        for function, key in ((DELETE, "1"), (POLL, "2")):
            kept.host.engine.invoke(worker, function, (), key, HERE)
    kept.again()
    assert not kept.give(first, b"late")


def test_closing_ends_the_wait(either: Promising) -> None:
    either.call("make")
    waiting = either.start(0)
    begin = time.perf_counter()
    either.host.engine.close()
    waiting.join(5)
    assert time.perf_counter() - begin < 1
    assert either.answers == [StoreError]


@pytest.mark.parametrize("when", ["before the restart", "after it"])
def test_it_is_awaited_across_a_restart(kept: Promising, when: str) -> None:
    first, _ = kept.call("make")
    waiting = kept.start(0)
    if when == "after it":
        kept.killed()
        assert kept.give(first, b"late")
    else:  # the promise is completed on disk, and the look at it before that is the last step there
        kept.host.engine.close()
        engine = SqliteEngine(kept.store)
        engine.start(WorkerHandler({COMPONENT: PromiseProgram()}))
        assert engine.invoke(promise_worker(ME.uri, first), COMPLETE, (b"late",), "k", HERE)
        engine.close()
        kept.open()
    waiting.join(5)
    assert kept.call("wait", 0, key="waits") == b"late"
    assert kept.call("wait", 0, key="once more") == b"late"


def test_what_comes_between_the_look_and_the_wait_is_not_missed(
    either: Promising, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = either.call("make")
    real, given = pauses.pause, list[Any]()

    def late(*args: Any) -> None:
        if not given:
            given.append(either.give(first, b"just now"))
        real(*args)

    monkeypatch.setattr(pauses, "pause", late)
    assert side_by_side(lambda: either.call("wait", 0)) == [b"just now"]
    assert given == [True]


def test_other_promises_wake_nobody(kept: Promising) -> None:
    first, second = kept.call("make")
    waiting = kept.start(0)
    assert kept.give(second, b"", key="other")
    kept.host.engine.drain()
    assert kept.give(first, b"done")
    waiting.join(5)
    kept.host.engine.drain()
    *_, waited = inspect.log(kept.store, ME)
    looks = [kind for kind, _ in waited.steps if f" {POLL} " in kind]
    assert len(looks) == 2, "before it was completed, and after it"


def test_who_waits_for_the_waiting_one_does_not_keep_the_host(kept: Promising) -> None:
    first, _ = kept.call("make")
    waiting = kept.start(0)
    behind = kept.host.send("g/w", "wait", 0)
    kept.host.engine.drain()
    assert kept.host.engine.status(*behind) == "pending"
    assert kept.give(first, b"done")
    kept.host.engine.drain()
    assert kept.host.engine.status(*behind) == "done"
    waiting.join(5)


def test_looks_are_recorded_at_every_level(kept: Promising) -> None:
    def wait_unrecorded(api: Api) -> bytes:
        api("set-oplog-persistence-level", Case("persist-nothing"))
        return wait(api, 0)

    kept.deploy(**{**BODIES, "wait": wait_unrecorded})
    first, _ = kept.call("make")
    waiting = kept.start()
    assert kept.give(first, b"done")
    waiting.join(5)
    kept.again()
    assert kept.call("complete", 0, b"too late") is False, "rebuilt without waiting"


def test_a_worker_that_begins_anew_has_new_promises(kept: Promising) -> None:
    first, second = kept.call("make")
    assert kept.give(first, b"old")
    kept.host.engine.invoke(WorkerId("g", "w#1"), "make", (), "other", HERE)
    other = promise_worker(WorkerId("g", "w#1").uri, first)
    assert kept.host.engine.invoke(other, COMPLETE, (b"",), "of the other", HERE)
    kept.host.engine.close()
    inspect.delete(kept.store, ME)
    left = [info.worker for info in inspect.workers(kept.store)]
    assert left == [WorkerId("g", "w#1"), other]
    kept.open()
    assert kept.call("make") == [first, second]
    assert kept.give(first, b"new", key="anew")
    assert kept.call("wait", 0) == b"new"


def test_a_revived_worker_has_none_of_the_failed_call(kept: Promising, tmp_path: Path) -> None:
    fail = Failures()

    def make_or_fail(api: Api) -> list[int]:
        made = make(api)
        api("complete-promise", api.state["mine"][1], b"of the failed call")
        fail(3)
        return made

    kept.deploy(**{**BODIES, "again": make_or_fail})
    early, _ = kept.call("make")
    assert kept.give(early, b"kept")
    with pytest.raises(InvocationFailed):
        kept.call("again")
    kept.host.engine.close()
    assert inspect.revive(kept.store, ME)
    kept.open()
    assert kept.call("wait", 0) == b"kept"
    _, second = kept.call("make")
    assert kept.give(second, b"new", key="anew")
    assert kept.call("wait", 1) == b"new"


@pytest.mark.parametrize("direct", [False, True])
def test_invocations_of_one_ephemeral_name_have_their_own(tmp_path: Path, direct: bool) -> None:
    host = Promising("memory", tmp_path)
    engine: Any = DirectEngine() if direct else host.host.engine
    once = Ephemeral(make=host.function(make))
    guests: dict[str, Any] = {"g": once, COMPONENT: PromiseProgram()}
    engine.start(WorkerHandler(guests))
    made = [engine.invoke(ME, "make", (), f"key-{n}", HERE) for n in range(3)]
    assert len({index for pair in made for index in pair}) == 6
    engine.close()


def test_without_a_journal_each_call_has_its_own(tmp_path: Path) -> None:
    host = Promising("memory", tmp_path)
    engine = DirectEngine()
    guests: Any = dict(host.host.handler.programs)
    engine.start(WorkerHandler(guests))
    made = [engine.invoke(ME, "make", (), f"key-{n}", HERE) for n in range(2)]
    assert not set(made[0]) & set(made[1])
    engine.close()
