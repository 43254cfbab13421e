"""Hosts and servers that are killed, by an independent checker."""

from __future__ import annotations

from collections.abc import Sequence

import kill_harness
import pytest
import restate_cluster
import restate_kills
import restate_server
import restate_snapshot_kills


@pytest.fixture(autouse=True)
def _there() -> None:
    if reason := restate_server.missing():
        pytest.skip(reason)


def test_ten_kills_lose_nothing() -> None:
    found = restate_kills.run(10, 1, 1, 1, 15)
    assert found["problems"] == []
    assert found["host"] + found["server"] == 10


@pytest.mark.long
def test_many_kills_of_two_hosts_and_a_cluster_lose_nothing() -> None:
    if reason := restate_cluster.missing():
        pytest.skip(reason)
    found = restate_kills.run(200, 2, 3, 7, 60)
    assert found["problems"] == []


@pytest.mark.long
def test_hosts_that_recover_by_the_journal_lose_nothing() -> None:
    if reason := restate_cluster.missing():
        pytest.skip(reason)
    found = restate_kills.run(60, 2, 1, 5, 60, recovery="journal")
    assert found["problems"] == []


@pytest.mark.long
@pytest.mark.parametrize("recovery", ["explicit", "journal"])
def test_a_kill_at_each_change_of_state_loses_nothing(recovery: str) -> None:
    found = restate_kills.run(0, 1, 1, 1, kill_harness.FEW, every_write=True, recovery=recovery)
    assert found["problems"] == []
    assert found["host"] > 50


# With `leaves`, a host dies when the blob of its second call is whole, and the next one before its second.
@pytest.mark.parametrize(
    ("kills", "leaves", "ahead"),
    [
        ((18, 13), True, 1),
        pytest.param(range(1, 31), True, 8, marks=pytest.mark.long),
        pytest.param(range(1, 31), False, 0, marks=pytest.mark.long),
    ],
)
def test_a_snapshot_of_what_was_not_recorded_is_not_used(
    kills: Sequence[int], leaves: bool, ahead: int
) -> None:
    found = restate_snapshot_kills.run(kills, leaves=leaves)
    assert (found["same"], found["kills"]) == (True, len(kills))
    assert found["ahead"] >= ahead


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.long)])
def test_an_instance_that_has_done_something_else_is_not_used(rounds: int) -> None:
    import restate_stale  # which needs the SDK

    assert restate_stale.run(rounds, marks=True)["stale"] == 0


@pytest.mark.long
def test_it_would_be_without_marks() -> None:
    import restate_stale  # which needs the SDK

    assert restate_stale.run(3, marks=False)["stale"] == 3
