"""Workers that are moved to other builds: taken anew, and never put back into what they left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from small_counter import CALM, COUNTER, INC, NAME, NEWER, TWICE

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.snapshots import read
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import Update
from runtime_shim.snapshots import handler
from runtime_shim.snapshots.content import unpack
from runtime_shim.snapshots.program import SnapshotProgram
from runtime_shim.update import built, update

pytestmark = pytest.mark.xdist_group("snapshots")
OTHER = "test:other"


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are worth it after each call."""
    monkeypatch.setattr(handler, "AFTER", 0.0)
    monkeypatch.setattr(handler, "_LEAVES", 0)
    monkeypatch.setattr(handler, "_STAYS", 0)


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The build of each worker that came back from a snapshot; "" where that went wrong."""
    found: list[str] = []
    restore = SnapshotProgram.restore

    def noted(self: SnapshotProgram, *args: Any) -> Any:
        found.append("")
        made = restore(self, *args)
        found[-1] = self.digest
        return made

    monkeypatch.setattr(SnapshotProgram, "restore", noted)
    return found


def of(text: str) -> Deployment:
    return Deployment(bytes(wasmtime.wat2wasm(text)))


def digest(text: str) -> str:
    return built({NAME: of(text)}, NAME).digest


@contextmanager
def opened(store: Path, text: str, **given: Any) -> Iterator[Host]:
    components = {NAME: of(text), OTHER: of(COUNTER)}
    with Host(engine=SqliteEngine(store), components=components, snapshots=True, **given) as host:
        yield host


def kept(store: Path, worker: str = "a", component: str = NAME) -> list[tuple[int, str]]:
    """After how many invocations, and of which build, a worker was taken."""
    with closing(sqlite3.connect(store)) as connection:
        found = read(connection, WorkerId(component, worker), 1000)
    return [(one.seq, unpack(one.data).component) for one in found]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One in which a worker was taken."""
    path = tmp_path / "s.db"
    with opened(path, COUNTER) as host:
        assert [host.invoke(NAME, "a", INC, (3,)) for _ in range(2)] == [3, 6]
    assert kept(path) == [(2, digest(COUNTER)), (1, digest(COUNTER))]
    return path


def test_a_worker_is_taken_of_the_build_that_it_is_moved_to(
    store: Path, restored: list[str]
) -> None:
    with opened(store, COUNTER) as host:
        [verdict] = host.update(Update({NAME: of(NEWER)}))
        assert verdict.problem is None
        assert kept(store) == []
        assert host.invoke(NAME, "a", INC, (1,)) == 7
    assert kept(store) == [(3, digest(NEWER))]
    assert restored == []
    with opened(store, NEWER) as host:
        host.invoke(NAME, "a", CALM)
        assert host.invoke(NAME, "a", INC, (1,)) == 8
    assert restored == [digest(NEWER)]


def test_new_workers_and_those_of_others_are_taken_after_an_update(
    store: Path, restored: list[str]
) -> None:
    with opened(store, COUNTER, warm=1) as host:
        host.update(Update({NAME: of(NEWER)}))
        for _ in range(2):
            host.invoke(NAME, "new", CALM)
            host.invoke(OTHER, "b", INC, (1,))
    assert kept(store, "new") == [(2, digest(NEWER)), (1, digest(NEWER))]
    assert kept(store, "b", OTHER) == [(2, digest(COUNTER)), (1, digest(COUNTER))]
    assert restored == [digest(NEWER), digest(COUNTER)]


@pytest.mark.parametrize("check", [True, False])
def test_a_worker_that_is_not_moved_keeps_its_snapshots(
    store: Path, restored: list[str], check: bool
) -> None:
    """It would have answered something else, or is only looked at."""
    before = kept(store)
    with opened(store, COUNTER) as host:
        [verdict] = host.update(Update({NAME: of(NEWER if check else TWICE)}, check=check))
        assert (verdict.problem is None) is check
        assert kept(store) == before
        assert host.invoke(NAME, "a", INC, (1,)) == 7
    assert restored == [digest(COUNTER)]


def test_a_worker_that_keeps_its_build_is_taken_of_that(store: Path, restored: list[str]) -> None:
    """A host with another build has the one that it was created with."""
    with opened(store, COUNTER) as host:
        host.update(Update({NAME: of(TWICE)}, partial=True))
        assert host.invoke(NAME, "a", INC, (1,)) == 7
        assert host.invoke(NAME, "new", INC, (1,)) == 2
    with opened(store, TWICE) as host:
        assert host.invoke(NAME, "a", INC, (1,)) == 8
        assert host.invoke(NAME, "new", INC, (1,)) == 4
    assert restored == [digest(COUNTER), digest(COUNTER), digest(TWICE)]
    assert {build for _, build in kept(store)} == {digest(COUNTER)}
    assert {build for _, build in kept(store, "new")} == {digest(TWICE)}


def test_snapshots_go_when_a_worker_is_moved_without_a_host(
    store: Path, restored: list[str]
) -> None:
    update(SqliteFile(store), NAME, built({NAME: of(NEWER)}, NAME))
    assert kept(store) == []
    with opened(store, NEWER) as host:
        assert host.invoke(NAME, "a", INC, (1,)) == 7
    assert restored == []
