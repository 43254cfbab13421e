"""The delays between attempts, and which policy holds for whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, Guest, Host
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import Divergence, InvocationFailed, OutOfMemory, Trap
from runtime_shim.protocol.failures import NEVER, OUT_OF_MEMORY, policy_for
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import DEFAULT, RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation


def never_chance() -> float:
    return 0.0


def always_chance() -> float:
    return 0.999999


class TestDelay:
    def test_the_default_is_golems(self) -> None:
        assert [DEFAULT.delay(attempt, never_chance) for attempt in (1, 2, 3, 4)] == [
            pytest.approx(0.1),
            pytest.approx(0.3),
            None,
            None,
        ]

    def test_jitter_comes_before_the_cap(self) -> None:
        policy = RetryPolicy(max_attempts=None, max_delay=1.0)
        assert policy.delay(1, always_chance) == pytest.approx(0.115, abs=1e-5)
        assert policy.delay(3, never_chance) == pytest.approx(0.9)
        assert policy.delay(3, always_chance) == 1.0
        assert policy.delay(9, always_chance) == 1.0

    @pytest.mark.parametrize("attempt", [1, 2, 10_000])
    def test_no_delay_stays_none(self, attempt: int) -> None:
        assert RetryPolicy(max_attempts=None, min_delay=0.0).delay(attempt) == 0.0

    def test_the_multiplier_is_a_real_number(self) -> None:
        policy = RetryPolicy(None, 0.1, 10.0, 1.5, 0.0)
        assert policy.delay(3) == pytest.approx(0.225)

    @given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
    def test_no_delay_is_longer_than_the_longest(self, attempt: int, chance: float) -> None:
        delay = replace(OUT_OF_MEMORY, max_attempts=None).delay(attempt, lambda: chance)
        assert delay is not None
        assert 0.1 <= delay <= 5.0

    @pytest.mark.parametrize(
        "fields",
        [
            {"multiplier": 0.5},
            {"min_delay": -1.0},
            {"max_delay": float("inf")},
            {"jitter": float("nan")},
            {"max_attempts": -1},
        ],
    )
    def test_what_is_no_policy(self, fields: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="not a retry policy"):
            RetryPolicy(**fields)

    def test_kinds_of_failure(self) -> None:
        assert policy_for(Trap("x"), DEFAULT) is DEFAULT
        assert policy_for(Trap("x", retriable=False), DEFAULT) is NEVER
        assert policy_for(Divergence("x"), DEFAULT) is NEVER
        assert policy_for(OutOfMemory("x"), DEFAULT) is OUT_OF_MEMORY
        assert NEVER.delay(1) is None

    def test_the_nearest_policy_holds(self) -> None:
        own, component, host = RetryPolicy(7), RetryPolicy(8), RetryPolicy(9)
        policies = RetryPolicies(host, {"c": component}, {WorkerId("c", "w"): own})
        assert policies.of(WorkerId("c", "w")) is own
        assert policies.of(WorkerId("c", "x")) is component
        assert policies.of(WorkerId("d", "w")) is host


class TestOwnPolicy:
    """A guest may set the policy of its worker."""

    @staticmethod
    def guest(failures: int) -> Guest:
        def prepare(state: Any, invocation: Invocation, attempts: int) -> Any:
            before = invocation.step("get", lambda: invocation.retry_policy.max_attempts)
            invocation.set_retry_policy(RetryPolicy(attempts, 0.001, 0.002))
            return before

        def work(state: Any, invocation: Invocation) -> int:
            if invocation.attempt <= failures:
                raise Trap("not yet")
            return invocation.attempt

        return Guest(prepare=prepare, work=work)

    @pytest.mark.parametrize("attempts", [1, 5])
    def test_it_holds_from_there_on(self, attempts: int) -> None:
        engine = MemoryEngine(retries=FAST)
        host = Host(engine).deploy(guest=self.guest(4))
        assert host.call("guest/a", "prepare", attempts) == 3
        if attempts == 1:
            with pytest.raises(InvocationFailed, match="not yet"):
                host.call("guest/a", "work")
        else:
            assert host.call("guest/a", "work") == 5
        with pytest.raises(InvocationFailed):
            host.call("guest/other", "work")
        engine.close()

    def test_it_holds_after_a_restart(self, tmp_path: Path) -> None:
        for number, expected in enumerate([3, 5]):
            engine = SqliteEngine(tmp_path / "store", retries=FAST)
            host = Host(engine).deploy(guest=self.guest(4))
            if number == 0:
                assert host.call("guest/a", "prepare", 5, key="p") == expected
            else:
                assert host.call("guest/a", "work", key="w") == expected
            engine.close()

    def test_policies_by_component_and_worker(self) -> None:
        quick = RetryPolicy(6, 0.001, 0.002)
        once = RetryPolicy(1)
        policies = RetryPolicies(FAST.default, {"guest": quick}, {WorkerId("guest", "b"): once})
        engine = MemoryEngine(retries=policies)
        host = Host(engine).deploy(guest=self.guest(4))
        assert host.call("guest/a", "work") == 5
        with pytest.raises(InvocationFailed):
            host.call("guest/b", "work")
        engine.close()
