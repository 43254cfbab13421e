"""Hosts with snapshots that are killed, and the whole journal replayed at the end."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import snapshot_kills
from snapshot_kills import NAME, WORKERS, call, component

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment

pytestmark = pytest.mark.xdist_group("snapshots")
SUPPORT = Path(snapshot_kills.__file__)


def killed(folder: Path, kills: int, calls: int, every: int, seed: int) -> int:
    """Kill hosts until all calls are made; then replay all without snapshots. How many were killed."""
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    store = folder / "s.db"
    done = store.with_suffix(".done")
    command = [sys.executable, str(SUPPORT), str(store), str(calls), str(every)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent), *sys.path])}
    count = 0
    while not done.exists() or done.read_text() != str(calls):
        child = subprocess.Popen(command, env=environment)
        if count < kills:
            until = (int(done.read_text() or 0) if done.exists() else 0) + calls // (kills + 1)
            while child.poll() is None and (
                not done.exists() or int(done.read_text() or 0) < until
            ):
                time.sleep(0.005)
            time.sleep(chance.random() * 0.02)
            child.send_signal(signal.SIGKILL)
            count += child.wait() == -signal.SIGKILL
        else:
            assert child.wait() == 0
    with closing(sqlite3.connect(store)) as connection:
        workers = connection.execute("SELECT worker FROM snapshot WHERE seq > 0").fetchall()
    assert len({worker for (worker,) in workers}) == len(WORKERS)
    components = {NAME: Deployment(component()[0])}
    with (
        Host(engine=SqliteEngine(store), components=components) as plain,
        Host(engine=MemoryEngine(), components=components) as other,
    ):
        expected = [call(other, number) for number in range(calls + 40 * len(WORKERS))]
        found = [call(plain, number) for number in range(calls + 40 * len(WORKERS))]
    assert found == expected
    return count


def test_a_host_that_is_killed_now_and_then_loses_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path, kills=2, calls=150, every=10, seed=1) == 2


@pytest.mark.long
def test_many_kills_lose_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path, kills=25, calls=6000, every=20, seed=2) == 25
