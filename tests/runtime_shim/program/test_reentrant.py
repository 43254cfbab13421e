"""Imports that call the host: another worker is served, and nobody waits for itself."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from soak_guests import ADD, CHANCY, COUNTER, PASS, RELAY, counter, imports, relay

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy

ONCE = RetryPolicies(RetryPolicy(max_attempts=1))
Act = Callable[[Host], object]


@pytest.fixture
def acts() -> list[Act]:
    """What the import of a guest does next."""
    return []


@pytest.fixture
def host(acts: list[Act]) -> Iterator[Host]:
    def draw(ticket: int) -> None:
        if acts:
            acts.pop()(made)

    with Host(
        engine=MemoryEngine(retries=ONCE),
        components={
            COUNTER: Deployment(counter(), imports=imports(draw)),
            RELAY: Deployment(relay(), imports=imports(draw)),
        },
    ) as made:
        yield made


@pytest.mark.parametrize(
    "act",
    [
        lambda host: host.invoke(COUNTER, "w", ADD, (1,)),
        lambda host: host.invoke(COUNTER, "w", ADD, (1,), timeout=60),
        lambda host: host.drain(),
    ],
    ids=["its own worker", "within a time", "drains"],
)
def test_who_would_wait_for_itself_is_busy(host: Host, acts: list[Act], act: Act) -> None:
    acts.append(act)
    with pytest.raises(InvocationFailed, match=r"^re-entrant call of .* from an import"):
        host.invoke(COUNTER, "w", CHANCY, (1, 1))
    assert host.invoke(COUNTER, "other", ADD, (1,)) == 1


def test_also_a_worker_that_waits_for_it(host: Host, acts: list[Act]) -> None:
    acts.append(lambda host: host.invoke(RELAY, "r", PASS, ("c", 1, 0, 0)))
    with pytest.raises(InvocationFailed, match="re-entrant call of"):
        host.invoke(RELAY, "r", PASS, ("c", 1, 1, 0))


@pytest.mark.parametrize("left", [*range(12, 60, 4), 110])
@pytest.mark.parametrize("way", ["invoke", "send"])
def test_a_call_that_ends_for_lack_of_frames_leaves_no_worker_behind(
    host: Host, acts: list[Act], left: int, way: str
) -> None:
    def deep(frames: int) -> object:
        return deep(frames - 1) if frames else getattr(host, way)(COUNTER, "other", ADD, (1,))

    def act(host: Host) -> None:
        with suppress(RecursionError):
            deep(sys.getrecursionlimit() - len(inspect.stack(0)) - left)

    acts.append(act)
    host.invoke(COUNTER, "w", CHANCY, (1, 1))
    assert host.invoke(COUNTER, "other", ADD, (1,), timeout=10) in {1, 2}


def test_other_workers_are_served(host: Host, acts: list[Act]) -> None:
    acts.append(lambda host: host.invoke(COUNTER, "other", ADD, (5,)))
    acts.append(lambda host: host.send(COUNTER, "w", ADD, (7,)))
    assert host.invoke(COUNTER, "w", CHANCY, (1, 1)) == 1
    assert host.invoke(COUNTER, "w", CHANCY, (1, 1)) in (2, 9)
    host.drain()
    assert host.invoke(COUNTER, "w", ADD, (0,)) == 9
    assert host.invoke(COUNTER, "other", ADD, (0,)) == 5
