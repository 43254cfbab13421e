"""The pool and the timer below the engines."""

from __future__ import annotations

import threading
import time
from functools import partial
from types import SimpleNamespace

import pytest

from runtime_shim.errors import HostTrouble
from runtime_shim.queue.pool import Pool
from runtime_shim.queue.scheduler import Timer


def waited(event: threading.Event) -> None:
    event.wait()


class TestPool:
    def test_work_is_done_by_few_threads(self) -> None:
        pool = Pool(width=3, stall=60)
        names: set[str | None] = set()
        done = threading.Semaphore(0)

        def work() -> None:
            names.add(str(threading.get_ident()))
            done.release()

        for _ in range(100):
            pool.submit(work)
        for _ in range(100):
            assert done.acquire(timeout=5)
        assert 1 <= len(names) <= 3
        pool.close()

    def test_blocked_threads_do_not_count(self) -> None:
        pool = Pool(width=1, stall=60)
        inner = threading.Event()
        outer = threading.Event()

        def waiting() -> None:
            pool.blocked()
            assert inner.wait(5)
            pool.unblocked()
            outer.set()

        pool.submit(waiting)
        pool.submit(inner.set)
        assert outer.wait(5)
        pool.close()

    def test_work_that_nobody_can_take_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pool = Pool(width=2, stall=60)
        done = threading.Event()

        def refuse(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(HostTrouble, match="can't start new thread"):
                pool.submit(pytest.fail)
        pool.submit(done.set)
        assert done.wait(5)
        pool.close()

    def test_the_last_thread_does_not_wait_for_what_it_would_have_to_do(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool = Pool(width=2, stall=60)
        found: list[object] = []
        entered, submitted, done = threading.Event(), threading.Event(), threading.Event()

        def wait() -> None:
            entered.set()
            submitted.wait(5)
            try:
                pool.blocked()
            except HostTrouble as error:
                found.append(error)

        def refuse(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        pool.submit(wait)
        assert entered.wait(5)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            pool.submit(done.set)
            submitted.set()
            assert done.wait(5)
        assert len(found) == 1
        pool.close()

    def test_a_stalled_pool_grows(self) -> None:
        pool = Pool(width=1, stall=0.005)
        barrier = threading.Barrier(6)
        done = threading.Semaphore(0)

        def meet() -> None:
            barrier.wait(10)
            done.release()

        for _ in range(6):
            pool.submit(meet)
        for _ in range(6):
            assert done.acquire(timeout=10)
        pool.close()

    def test_many_that_sleep_keep_nobody_waiting_for_long(self) -> None:
        pool, wake, ran = Pool(width=4, stall=0.05), threading.Event(), threading.Event()
        for _ in range(300):  # one thread each 0.05 s would take 15 s
            pool.submit(partial(waited, wake))
        pool.submit(ran.set)
        assert ran.wait(10)
        wake.set()
        pool.close()

    def test_one_that_computes_grows_by_one_thread_at_a_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks: list[float] = []

        def look(seconds: float) -> None:
            looks.append(seconds)
            time.sleep(0.002)

        busy = SimpleNamespace(sleep=look, process_time=lambda: 10.0 * len(looks))
        monkeypatch.setattr("runtime_shim.queue.pool.time", busy)
        pool, wake, ran = Pool(width=1, stall=0.01), threading.Event(), threading.Event()
        for _ in range(24):
            pool.submit(partial(waited, wake))
        pool.submit(ran.set)
        assert ran.wait(10)
        assert len(looks) >= 24
        wake.set()
        pool.close()

    def test_a_closed_pool_starts_nothing(self) -> None:
        pool = Pool()
        pool.close()
        ran = threading.Event()
        pool.submit(ran.set)
        assert not ran.wait(0.05)


class TestTimer:
    def test_actions_run_in_the_order_of_their_times(self) -> None:
        timer, done = Timer(time.time), threading.Event()
        ran: list[float] = []
        now = time.time()
        timer.at(now + 0.06, done.set)
        for delay in (0.04, 0.02, 0.0, 0.02):
            timer.at(now + delay, partial(ran.append, delay))
        assert done.wait(5)
        assert ran == [0.0, 0.02, 0.02, 0.04]
        timer.close()

    def test_fire_runs_what_is_due_and_nothing_else(self) -> None:
        clock = [100.0]
        timer = Timer(lambda: clock[0])
        ran: list[float] = []
        for due in (99.0, 101.0):
            timer.at(due, partial(ran.append, due))
        timer.fire()
        assert 99.0 in ran and 101.0 not in ran
        clock[0] = 102.0
        timer.fire()
        time.sleep(0)
        assert ran == [99.0, 101.0]
        timer.close()

    def test_a_clock_that_is_set_back_delays_only_what_is_due_by_it(self) -> None:
        clock = [time.time()]
        timer, done, never = Timer(lambda: clock[0]), threading.Event(), threading.Event()
        timer.at(clock[0] + 0.05, never.set)
        timer.at(time.monotonic() + 0.05, done.set, steady=True)
        clock[0] -= 3600
        assert done.wait(5)
        assert not never.is_set()
        timer.close()

    def test_a_clock_that_is_set_forward_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("runtime_shim.queue.scheduler._LONGEST_SLEEP", 0.02)
        clock = [time.time()]
        timer, done = Timer(lambda: clock[0]), threading.Event()
        timer.at(clock[0] + 3600, done.set)
        assert not done.wait(0.05)
        clock[0] += 3601
        assert done.wait(10)
        timer.close()

    def test_a_closed_timer_forgets(self) -> None:
        timer, ran = Timer(time.time), threading.Event()
        timer.at(time.time() + 0.05, ran.set)
        timer.close()
        timer.at(time.time(), ran.set)
        timer.fire()
        assert not ran.wait(0.1)
