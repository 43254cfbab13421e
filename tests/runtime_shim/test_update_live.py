"""A running host moves a worker and serves the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from small_counter import CALM, COUNTER, INC, NAME, NEWER, TWICE, builds

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import StoreError, UnknownComponent
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import Update


@contextmanager
def opened(store: Path, text: str) -> Iterator[Host]:
    component = Deployment(bytes(wasmtime.wat2wasm(text)))
    with Host(engine=SqliteEngine(store), components={NAME: component}) as host:
        yield host


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    with opened(path, COUNTER) as host:
        for worker in ("a", "b"):
            assert host.invoke(NAME, worker, INC, (3,)) == 3
    return path


def move(host: Host, worker: str) -> str | None:
    """Move a worker to the deployed build; why not, or None."""
    only = frozenset({WorkerId(NAME, worker)})
    return next((one.problem for one in host.update(Update({}, only, partial=True))), None)


def test_one_worker_is_moved_and_goes_on(store: Path) -> None:
    with opened(store, NEWER) as host:
        assert host.invoke(NAME, "a", INC, (1,)) == 4  # it is warm
        with pytest.raises(Exception, match="calm"):
            host.invoke(NAME, "a", CALM)
        assert move(host, "a") is None
        assert move(host, "a") is None
        host.invoke(NAME, "a", CALM)
        assert host.invoke(NAME, "a", INC, (1,)) == 5
        assert host.invoke(NAME, "b", INC, (1,)) == 4
        assert len(set(builds(host).values())) == 2
        assert move(host, "b") is None
        assert len(set(builds(host).values())) == 1
    assert not list(check(store))
    with opened(store, NEWER) as host:
        assert host.invoke(NAME, "a", INC, (1,)) == 6
        assert host.invoke(NAME, "b", INC, (1,)) == 5


def test_a_build_that_does_something_else_does_not_get_it(store: Path) -> None:
    with opened(store, TWICE) as host:
        problem = str(move(host, "a"))
        assert "recorded was the result 3; this build returns 6" in problem
        assert host.invoke(NAME, "a", INC, (1,)) == 4
        assert host.invoke(NAME, "new", INC, (1,)) == 2


def test_calls_meanwhile_are_not_lost(store: Path) -> None:
    with opened(store, NEWER) as host:
        seen: dict[str, list[int]] = {"a": [], "b": []}

        def call(worker: str) -> None:
            for _ in range(200):
                seen[worker].append(host.invoke(NAME, worker, INC, (1,)))

        threads = [threading.Thread(target=call, args=(worker,)) for worker in seen]
        for thread in threads:
            thread.start()
        found: list[Any] = []
        while any(thread.is_alive() for thread in threads):
            found.append(move(host, "a"))
        for thread in threads:
            thread.join()
        assert move(host, "a") is None
        assert seen == {"a": [*range(4, 204)], "b": [*range(4, 204)]}
        assert set(found) == {None}  # at the end of a call, whatever is asked of it
        assert len(set(builds(host).values())) == 2
    assert not list(check(store))


def test_a_worker_with_scheduled_calls_is_moved(store: Path) -> None:
    with opened(store, COUNTER) as host:
        host.send(NAME, "a", INC, (1,), due=4e9)
    with opened(store, NEWER) as host:
        assert move(host, "a") is None
        assert host.invoke(NAME, "a", INC, (1,)) == 4
        host.send(NAME, "a", INC, (1,), due=4e9)
    assert not list(check(store))


def test_a_worker_that_fails_afterwards_is_recorded_so(store: Path) -> None:
    with opened(store, NEWER) as host:
        assert move(host, "a") is None
        with pytest.raises(Exception, match="unreachable"):
            host.invoke(NAME, "a", "test:counter/api.{boom}")
    assert not list(check(store))


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda host: move(host, "nobody"), StoreError),
        (lambda host: host.update(Update({"test:other": Deployment(b"")})), UnknownComponent),
    ],
)
def test_what_is_not_there(
    store: Path, ask: Callable[[Host], object], error: type[Exception]
) -> None:
    with opened(store, NEWER) as host, pytest.raises(error):
        ask(host)


def test_without_a_store_there_is_nothing_to_move() -> None:
    component = Deployment(bytes(wasmtime.wat2wasm(COUNTER)))
    with (
        Host(engine=MemoryEngine(), components={NAME: component}) as host,
        pytest.raises(StoreError, match="no store"),
    ):
        move(host, "a")
