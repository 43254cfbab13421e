"""A call that ends its host's process again and again: counted, run alone, parked in the end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import restate_server
from engine_guests import HERE, eventually
from nursery import Nursery

if reason := restate_server.missing():
    pytest.skip(reason, allow_module_level=True)

import restate_ends
from restate_ends import Lives

from runtime_shim.engines.restate.online import Online
from runtime_shim.engines.restate.suspects import Suspects
from runtime_shim.engines.restate.wire import Request, Services
from runtime_shim.errors import InvocationFailed
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.unfinished import MOST_CRASHES
from runtime_shim.values.codec import decode, encode

W = WorkerId("g", "w")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery(restate_ends.__file__)
    yield made
    made.close()


@pytest.fixture
def lives(tmp_path: Path, nursery: Nursery) -> Iterator[Lives]:
    with restate_ends.lives(tmp_path, nursery, 1) as made:
        yield made


class TestCounting:
    def test_it_is_parked_and_the_others_are_served(self, lives: Lives) -> None:
        lives.park()
        assert lives.begun() == ["w"] * 2
        assert lives.call("g/v", "well") == "well"
        lives.engine.drain()
        assert lives.engine.status(W, "k") == "pending"
        assert lives.notes() == {}

    @pytest.mark.long
    @pytest.mark.parametrize("recovery", ["explicit", "journal"])
    @pytest.mark.parametrize(("worker", "known"), [("g/w", "g/w"), ("once/w", "once/k.k")])
    def test_five_counts_are_too_many(
        self, tmp_path: Path, nursery: Nursery, worker: str, known: str, recovery: str
    ) -> None:
        with restate_ends.lives(tmp_path, nursery, MOST_CRASHES, recovery) as lives:
            lives.send(worker, "die")
            for count in range(MOST_CRASHES + 1):
                lives.end(1)
                assert lives.notes() == ({known: count} if count else {})
            lives.begin()
            eventually(lives.parked)
            assert lives.begun() == ["w"] * (MOST_CRASHES + 1)
            target = WorkerId(*known.split("/"))
            with lives.store.repairing() as records:
                [info] = records.workers()
                assert (info.worker, info.durable) == (target, worker == known)
                [entry] = records.log(target)
                assert (entry.state, entry.crashes, entry.key) == ("pending", MOST_CRASHES, "k")
                assert records.cancel(target, "k")
            with pytest.raises(InvocationFailed, match="cancelled"):
                lives.call(worker, "die")
            assert lives.parked() == []

    @pytest.mark.long
    @pytest.mark.parametrize("recovery", ["explicit", "journal"])
    def test_a_new_step_begins_the_count_again(
        self, tmp_path: Path, nursery: Nursery, recovery: str
    ) -> None:
        with restate_ends.lives(tmp_path, nursery, 1, recovery) as lives:
            lives.send("g/w", "step", 6)
            lives.end(5)
            assert lives.notes() == {"g/w": 1}
            lives.begin()
            assert lives.call("g/w", "step", 6) == 6
            assert lives.notes() == {}

    @pytest.mark.long
    def test_what_waits_is_not_counted(self, tmp_path: Path, nursery: Nursery) -> None:
        with restate_ends.lives(tmp_path, nursery, MOST_CRASHES) as lives:
            lives.send("g/w", "ask")
            lives.end(MOST_CRASHES + 1)
            lives.begin()
            eventually(lives.parked)
            assert lives.statuses() == {"g/other": "parked", "g/w": "pending"}
            assert lives.notes() in ({}, {"g/w": 1})  # it may have begun beside the other at first
            lives.engine.drain()

    @pytest.mark.long
    def test_what_waits_for_an_announcement_is_not_counted(self, lives: Lives) -> None:
        lives.send("g/w", "listen")
        for count in range(3):
            eventually(lambda count=count: len(lives.begun()) == count + 1)  # type: ignore[misc]
            time.sleep(0.3)  # it has asked once, and waits
            assert lives.notes() == {}
            lives.kill()
            lives.begin()
        assert lives.parked() == []

    @pytest.mark.long
    def test_what_waits_for_another_attempt_is_not_counted(self, lives: Lives) -> None:
        lives.send("g/w", "trap")
        lives.end(1)
        lives.begin()
        eventually(lambda: lives.next_attempt() == 2)
        assert lives.notes() == {}
        assert lives.parked() == []

    @pytest.mark.long
    def test_a_host_that_is_closed_is_no_crash(self, tmp_path: Path, nursery: Nursery) -> None:
        with restate_ends.lives(tmp_path, nursery, 3) as lives:
            lives.send("g/w", "hold")
            for count in range(2):
                eventually(lambda count=count: len(lives.begun()) == count + 1)  # type: ignore[misc]
                lives.kill()
                lives.begin()
            for count in range(3):
                eventually(lambda count=count: len(lives.begun()) == count + 3)  # type: ignore[misc]
                assert lives.notes() == {"g/w": 2}
                lives.kill(signal.SIGTERM)
                assert lives.notes() == {"g/w": 1}
                lives.begin()
            (lives.folder / "enough").touch()
            assert lives.call("g/w", "hold") == "held"

    @pytest.mark.long
    def test_what_was_counted_runs_one_by_one(self, tmp_path: Path, nursery: Nursery) -> None:
        with restate_ends.lives(tmp_path, nursery, 9) as lives:
            for name in "abc":
                lives.send(f"g/{name}", "hold")
            for count in range(2):  # at first all of them
                eventually(lambda count=count: len(lives.begun()) == 3 * (count + 1))  # type: ignore[misc]
                lives.kill()
                assert lives.notes() == {f"g/{name}": count for name in "abc" if count}
                lives.begin()
            eventually(lambda: len(lives.begun()) == 7)
            assert lives.call("g/v", "well") == "well"
            time.sleep(1)
            assert len(lives.begun()) == 7
            assert sorted(lives.notes().values()) == [1, 1, 2]
            (lives.folder / "enough").touch()
            for name in "abc":
                assert lives.call(f"g/{name}", "hold") == "held"
            assert lives.notes() == {}


@pytest.mark.long
class TestRepairs:
    def test_a_revived_call_is_tried_again(self, lives: Lives) -> None:
        lives.park()
        (lives.folder / "well").touch()
        with lives.store.repairing() as repairs:
            assert repairs.revive(W)
        assert lives.call("g/w", "die") == "lives"
        with lives.store.repairing() as repairs:
            assert not repairs.revive(W)

    def test_it_is_counted_from_the_beginning(self, lives: Lives) -> None:
        lives.park()
        with lives.store.repairing() as repairs:
            assert repairs.revive(W)
        lives.end(1)
        assert lives.notes() == {"g/w": 1}
        lives.begin()
        eventually(lives.parked)

    def test_a_host_revives_it_as_well(self, lives: Lives) -> None:
        lives.park()
        (lives.folder / "well").touch()
        assert Online(lives.store, None).revived(W)
        assert lives.call("g/w", "die") == "lives"

    def test_a_cancelled_call_lets_its_worker_go_on(self, lives: Lives) -> None:
        lives.park()
        lives.send("g/w", "well", key="behind")
        with lives.store.repairing() as repairs:
            assert repairs.cancel(W, "k")
        assert lives.call("g/w", "well", key="behind") == "well"
        with pytest.raises(InvocationFailed, match="cancelled"):
            lives.call("g/w", "die")

    def test_a_host_cancels_it_as_well(self, lives: Lives) -> None:
        lives.park()
        assert lives.engine.cancel(W, "k")
        assert lives.call("g/w", "well", key="behind") == "well"
        assert lives.engine.status(W, "k") == "cancelled"

    def test_a_guests_call_is_cancelled(self, tmp_path: Path, nursery: Nursery) -> None:
        with restate_ends.lives(tmp_path, nursery, 2) as lives:
            lives.send("g/w", "ask")
            lives.end(3)
            lives.begin()
            eventually(lives.parked)
            with lives.store.repairing() as repairs:
                assert not repairs.cancel(WorkerId("g", "w"), "1.0")
                assert repairs.cancel(WorkerId("g", "other"), "1.0")
            assert lives.call("g/w", "ask") == "remote-internal-error"

    def test_a_worker_is_deleted_with_it(self, lives: Lives) -> None:
        lives.park()
        lives.send("g/w", "well", key="behind")
        with lives.store.repairing() as repairs:
            assert repairs.delete(W) == 0
        assert lives.statuses() == {}


class Server:
    """What an attempt says to a server, without one."""

    over = None

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {}
        self.set = self.state.__setitem__
        self.context = SimpleNamespace(request=lambda: SimpleNamespace(id="inv"), key=lambda: "g/w")

    def clear(self, name: str) -> None:
        self.state.pop(name, None)

    async def get(self, name: str) -> bytes | None:
        return self.state.get(name)

    async def sync(self) -> None:
        """It is acknowledged at once."""


class TestAttempts:
    """Attempts of one process, which ends once."""

    def begin(self, suspects: Suspects, server: Server, batches: int = 0) -> tuple[str, int, int]:
        request = Request("w", "f", b"", "k", None, HERE)
        records = SimpleNamespace(batches=batches)
        live: Any = SimpleNamespace(bridge=server, request=request, records=records)
        assert asyncio.run(suspects.counted(live)) is not None
        found: Any = decode(server.state["begun"])
        return tuple(found)

    @pytest.fixture
    def suspects(self) -> Any:
        admin: Any = SimpleNamespace(query=lambda sql: [{"id": "inv"}])
        return lambda: Suspects(admin, Services("a"))

    def test_a_connection_that_is_lost_is_no_crash(self, suspects: Any) -> None:
        server, process = Server(), suspects()
        assert self.begin(process, server) == ("k.k", 1, 0)
        assert self.begin(process, server) == ("k.k", 1, 0)
        assert self.begin(suspects(), server) == ("k.k", 2, 0)

    def test_a_step_of_another_attempt_begins_the_count_again(self, suspects: Any) -> None:
        server = Server()
        self.begin(suspects(), server)
        process = suspects()
        assert self.begin(process, server) == ("k.k", 2, 0)
        assert self.begin(process, server, 1) == ("k.k", 1, 1)
        assert self.begin(suspects(), server, 1) == ("k.k", 2, 1)

    def test_what_is_said_of_another_call_does_not_count(self, suspects: Any) -> None:
        server = Server()
        server.state["begun"] = encode(("k.other", 4, 0))
        assert self.begin(suspects(), server) == ("k.k", 1, 0)

    def test_what_was_not_found_is_not_counted(self) -> None:
        admin: Any = SimpleNamespace(query=lambda sql: [])
        live: Any = SimpleNamespace()
        assert asyncio.run(Suspects(admin, Services("a")).counted(live)) is None
