"""The clocks of guests, while the system's clock is set."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from restless_guests import SLEEPER

from runtime_shim.wasi.clocks import Monotonic
from runtime_shim.wasi.polling import moment

HOUR = 3600 * 10**9


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's clock is set back an hour whenever somebody looks."""
    looks = iter(range(1, 10**9))
    clock = SimpleNamespace(
        time_ns=lambda: time.time_ns() - next(looks) * HOUR,
        monotonic_ns=time.monotonic_ns,
        sleep=time.sleep,
    )
    for module in ("clocks", "polling"):
        monkeypatch.setattr(f"runtime_shim.wasi.{module}.time", clock)


@pytest.mark.usefixtures("set_back")
def test_a_guest_sleeps_as_long_as_it_wants(mini: Any) -> None:
    mini.deploy("test:sleeper", SLEEPER)
    nap = threading.Thread(
        target=mini.run, args=("test:sleeper/w", "sleep", 50_000_000), daemon=True
    )
    nap.start()
    nap.join(20)
    assert not nap.is_alive()


def test_an_interrupted_nap_takes_no_longer_than_a_whole_one() -> None:
    assert moment(time.time_ns() + HOUR, 0).ready(), "recorded before the clock was set back"
    assert moment(time.time_ns() - 1, HOUR).ready()
    assert not moment(time.time_ns() + HOUR, HOUR).ready()


def test_the_monotonic_clock_goes_on_where_an_earlier_process_stopped() -> None:
    clock = Monotonic(latest=time.time_ns() + HOUR)
    seen = clock.now()
    assert seen == clock.latest
    clock.latest, end = seen, time.monotonic() + 20
    while clock.now() == seen:
        assert time.monotonic() < end
