"""Group commit, and telling that a key is new."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from engine_guests import Ephemeral
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.engines.absent import Bits
from runtime_shim.engines.commits import Commits
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler

NOWHERE = Environment()


class Ledger:
    """Records that are written when it is let."""

    def __init__(self) -> None:
        self.appended = self.written = self.transactions = 0
        self.writing = threading.Lock()
        self.let = threading.Semaphore(0)
        self.error: Exception | None = None
        self.commits = Commits(self.write, lambda: self.written)
        self.ended: list[object] = []

    def write(self) -> None:
        assert self.writing.acquire(blocking=False), "two threads write at once"
        try:
            count = self.appended
            self.let.acquire()
            if self.error is not None:
                raise self.error
            self.written = count
            self.transactions += 1
        finally:
            self.writing.release()

    def caller(self) -> threading.Thread:
        """A thread that appends a record and waits for it."""
        self.appended += 1

        def wait(target: int = self.appended) -> None:
            try:
                self.commits.until(target)
                self.ended.append(target)
            except OSError as error:
                self.ended.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        return thread


def until(what: Any) -> None:
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end
        time.sleep(0.001)


class TestCommits:
    def test_those_who_wait_are_written_together(self) -> None:
        ledger = Ledger()
        threads = [ledger.caller()]
        until(ledger.writing.locked)
        threads += [ledger.caller() for _ in range(5)]
        until(lambda: len(ledger.commits._waiting) == 5)
        ledger.let.release()
        until(lambda: ledger.transactions == 1)
        assert ledger.ended in ([], [1])
        ledger.let.release()
        for thread in threads:
            thread.join(10)
        assert ledger.transactions == 2
        assert sorted(map(str, ledger.ended)) == ["1", "2", "3", "4", "5", "6"]

    def test_what_is_written_is_not_waited_for(self) -> None:
        ledger = Ledger()
        ledger.appended = ledger.written = 3
        ledger.commits.until(3)
        assert ledger.transactions == 0

    def test_a_target_beyond_what_there_is_means_all_of_it(self) -> None:
        ledger = Ledger()
        ledger.appended = 2
        ledger.let.release()
        ledger.commits.until(5)
        assert (ledger.written, ledger.transactions) == (2, 1)

    def test_an_error_reaches_everybody(self) -> None:
        ledger = Ledger()
        ledger.error = OSError("full")
        threads = [ledger.caller() for _ in range(4)]
        for _ in threads:
            ledger.let.release()
        for thread in threads:
            thread.join(10)
        assert [str(ended) for ended in ledger.ended] == ["full"] * 4

    def test_who_is_alone_is_so(self) -> None:
        ledger = Ledger()
        with ledger.commits.alone():
            thread = ledger.caller()
            until(lambda: len(ledger.commits._waiting) == 1)
            assert not ledger.writing.locked()
        ledger.let.release()
        thread.join(10)
        assert ledger.ended == [1]

    def test_who_is_told_to_stop_passes_the_turn_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ledger = Ledger()
        with ledger.commits.alone():
            waiter = ledger.commits._turn(1)
            assert waiter is not None
            thread = ledger.caller()
            until(lambda: len(ledger.commits._waiting) == 2)
        # The turn is the waiter's by now; its thread is interrupted as it wakes.

        class Interrupted:
            def acquire(self) -> None:
                raise KeyboardInterrupt

        monkeypatch.setattr(waiter, "lock", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            ledger.commits._wait(waiter)
        ledger.let.release()
        thread.join(10)
        assert ledger.ended == [1]


@pytest.mark.parametrize("where", ["before", "within", "after"])
def test_who_is_told_to_stop_while_writing_loses_nothing(tmp_path: Path, where: str) -> None:
    interrupted: list[str] = []

    def gate(place: str) -> None:
        ours = threading.current_thread() is threading.main_thread()
        if ours and place == where and len(interrupted) < 3:
            interrupted.append(place)
            raise KeyboardInterrupt

    def note(state: Any, invocation: Invocation) -> int:
        return int(invocation.step("n", lambda: 7))

    def opened() -> SqliteEngine:
        engine = SqliteEngine(tmp_path / "store", gate=gate)
        engine.start(WorkerHandler({"note": Ephemeral(note=note)}))
        return engine

    engine = opened()
    answers: list[object] = []
    for key in ("k0", "k0", "k1", "k1", "k1", "k2", "k2", "k2", "k2"):
        try:
            answers.append(engine.invoke(WorkerId("note", "a"), "note", (), key, NOWHERE))
        except KeyboardInterrupt:
            answers.append(None)
    assert answers.count(None) == len(interrupted) > 0
    assert {answer for answer in answers if answer is not None} == {7}
    engine.close()
    engine = opened()
    try:
        worker = WorkerId("note", "a")
        assert [engine.status(worker, f"k{number}") for number in range(3)] == ["done"] * 3
    finally:
        engine.close()


class TestUsedKeys:
    @given(st.sets(st.text()), st.text())
    def test_no_used_key_is_taken_for_a_new_one(self, used: set[str], other: str) -> None:
        keys = Bits(used)
        assert all(key in keys for key in used)
        keys.add(other)
        assert other in keys

    def test_few_new_ones_are_in_doubt(self) -> None:
        keys = Bits(f"used-{number}" for number in range(100_000))
        doubtful = sum(f"new-{number}" in keys for number in range(10_000))
        assert doubtful < 40

    def test_keys_of_an_earlier_process_are_answered_after_many_looks(self, tmp_path: Path) -> None:
        ran: list[str] = []

        def note(state: Any, invocation: Invocation) -> str:
            ran.append(invocation.key)
            return invocation.key

        worker = WorkerId("note", "a")

        def ask(keys: range) -> None:
            engine = SqliteEngine(tmp_path / "store")
            engine.start(WorkerHandler({"note": Ephemeral(note=note)}))
            try:
                for number in keys:
                    assert engine.invoke(worker, "note", (), f"k{number}", NOWHERE) == f"k{number}"
            finally:
                engine.close()

        ask(range(100))
        ask(range(300))  # many looks: from some key on, new ones are told without the file
        ask(range(300))
        assert ran == [f"k{number}" for number in range(300)]
