"""A host that serves gets other builds, and moves the workers that would have done the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import wasmtime
from clients_of_builds import CALC, CALLER, NEW, ask, wasm
from small_counter import CALM, COUNTER, ECHO, INC, NAME, NEWER, TWICE, builds

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import (
    BadArguments,
    InvalidComponent,
    LinkError,
    StoreError,
    UnknownComponent,
    UnknownFunction,
)
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import Update


def of(text: str) -> Deployment:
    return Deployment(bytes(wasmtime.wat2wasm(text)))


@contextmanager
def opened(store: Path) -> Iterator[Host]:
    with Host(engine=SqliteEngine(store), components={NAME: of(COUNTER)}) as host:
        yield host
    assert not list(check(store))


def problems(host: Host, text: str, **options: object) -> dict[str, str | None]:
    found = host.update(Update({NAME: of(text)}, **options))  # type: ignore[arg-type]
    return {one.worker.name: one.problem for one in found}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def test_workers_old_and_new_get_the_build(store: Path) -> None:
    with opened(store) as host:
        assert host.invoke(NAME, "a", INC, (3,)) == 3
        with pytest.raises(UnknownFunction):
            host.invoke(NAME, "a", CALM)
        assert problems(host, NEWER) == {"a": None}
        host.invoke(NAME, "a", CALM)
        host.invoke(NAME, "new", CALM)
        assert host.invoke(NAME, "a", INC, (1,)) == 4
        assert len(set(builds(host).values())) == 1
        assert problems(host, COUNTER)["a"] is not None  # it called what that does not have
        assert problems(host, NEWER) == {}
    with Host(engine=SqliteEngine(store), components={NAME: of(NEWER)}) as host:
        assert host.invoke(NAME, "a", INC, (1,)) == 5


def test_nothing_is_changed_unless_all_would_have_done_the_same(store: Path) -> None:
    with opened(store) as host:
        host.invoke(NAME, "a", INC, (3,))
        host.invoke(NAME, "b", ECHO, ("x",))
        found = problems(host, TWICE)
        assert found["b"] is None
        assert "recorded was the result 3; this build returns 6" in str(found["a"])
        assert host.invoke(NAME, "new", INC, (1,)) == 1
        assert len(set(builds(host).values())) == 1


def test_those_that_would_are_moved_and_the_others_named(store: Path) -> None:
    with opened(store) as host:
        host.invoke(NAME, "a", INC, (3,))
        host.invoke(NAME, "b", ECHO, ("x",))
        found = problems(host, TWICE, partial=True)
        assert (found["b"], "this build returns 6" in str(found["a"])) == (None, True)
        assert host.invoke(NAME, "new", INC, (1,)) == 2
        assert host.invoke(NAME, "b", INC, (1,)) == 2
        assert host.invoke(NAME, "a", INC, (1,)) == 4  # by its own
        assert problems(host, TWICE, partial=True).keys() == {"a"}
        assert problems(host, COUNTER, partial=True).keys() == {"b", "new"}
        assert host.invoke(NAME, "a", INC, (1,)) == 5


def test_a_check_changes_nothing(store: Path) -> None:
    with opened(store) as host:
        host.invoke(NAME, "a", INC, (3,))
        assert problems(host, NEWER, check=True) == {"a": None}
        assert host._registry.program(NAME) is host._programs[NAME]
        for worker in ("a", "new"):
            with pytest.raises(UnknownFunction):
                host.invoke(NAME, worker, CALM)
        assert len(set(builds(host).values())) == 1


def test_only_some_are_moved(store: Path) -> None:
    with opened(store) as host:
        for name in "ab":
            host.invoke(NAME, name, INC, (3,))
        assert problems(host, NEWER, only=frozenset({WorkerId(NAME, "b")})) == {"b": None}
        host.invoke(NAME, "b", CALM)
        with pytest.raises(UnknownFunction):
            host.invoke(NAME, "a", CALM)


def test_new_limits_are_those_of_old_workers_too(store: Path) -> None:
    with opened(store) as host:
        host.invoke(NAME, "a", ECHO, ("x",))
        build = Deployment(of(TWICE).read(), limits=Limits(fuel=1))
        assert host.update(Update({NAME: build}, partial=True))
        for worker in ("a", "new"):
            with pytest.raises(Exception, match="fuel"):
                host.invoke(NAME, worker, INC, (1,))


@pytest.mark.parametrize(
    ("update", "error"),
    [
        (Update({"test:other": Deployment(b"")}), UnknownComponent),
        (Update({}, frozenset({WorkerId("test:other", "a")})), UnknownComponent),
        (Update({}, frozenset({WorkerId(NAME, "nobody")})), StoreError),
        (Update({NAME: Deployment(b"no component")}), InvalidComponent),
        (Update({NAME: Deployment("/there/is/no.wasm")}), OSError),
        (Update({NAME: of('(component (import "x:y/z" (func)))')}), LinkError),
    ],
)
def test_what_cannot_be_deployed_changes_nothing(
    store: Path, update: Update, error: type[Exception]
) -> None:
    with opened(store) as host:
        host.invoke(NAME, "a", INC, (3,))
        with pytest.raises(error):
            host.update(update)
        assert host._registry.program(NAME) is host._programs[NAME]  # callers find the old one
        assert host.invoke(NAME, "a", INC, (1,)) == 4
        assert host.invoke(NAME, "new", INC, (1,)) == 1
        assert problems(host, NEWER) == {"a": None, "new": None}


def test_without_a_store_there_is_nothing_to_move() -> None:
    with (
        Host(engine=MemoryEngine(), components={NAME: of(COUNTER)}) as host,
        pytest.raises(StoreError, match="no store"),
    ):
        host.update(Update({NAME: of(NEWER)}))


def test_under_load_every_call_is_made_once(store: Path) -> None:
    """Two builds that agree take turns while eight workers are called and made."""
    workers, calls = [f"w{number}" for number in range(8)], 60
    answers: dict[str, list[int]] = {worker: [] for worker in workers}

    def call(host: Host, worker: str) -> None:
        for _ in range(calls):
            answers[worker].append(host.invoke(NAME, worker, INC, (1,)))

    with opened(store) as host:
        threads = [threading.Thread(target=call, args=(host, worker)) for worker in workers]
        for thread in threads:
            thread.start()
        turns = 0
        while any(thread.is_alive() for thread in threads):
            found = problems(host, (NEWER, COUNTER)[turns % 2])
            assert not any(found.values()), found
            turns += 1
        for thread in threads:
            thread.join()
        assert turns > 1
    assert answers == {worker: [*range(1, calls + 1)] for worker in workers}


def test_a_caller_and_what_it_calls_have_to_fit(tmp_path: Path) -> None:
    kinds = ("u32", "u32", "add")
    both = {"test:calc": wasm(CALC, *kinds), "test:caller": wasm(CALLER, *kinds)}
    with Host(engine=SqliteEngine(tmp_path / "s.db"), components=both) as host:
        assert ask(host, "before", NEW) == 65
        other = ("u8", "u8", "add")
        with pytest.raises(LinkError, match="type mismatch"):
            host.update(Update({"test:calc": wasm(CALC, *other)}))
        with pytest.raises(LinkError, match="type mismatch"):
            host.update(Update({"test:caller": wasm(CALLER, *other)}))
        with pytest.raises(BadArguments):
            host.invoke("test:calc", "x", "test:calc/api.{add}", (-1,))
        host.update(
            Update(
                {"test:calc": wasm(CALC, *other), "test:caller": wasm(CALLER, *other)},
                partial=True,
            )
        )
        assert ask(host, "after", NEW) == 65
        with pytest.raises(BadArguments):
            host.invoke("test:calc", "y", "test:calc/api.{add}", (256,))
        assert host.invoke("test:calc", "new", "test:calc/api.{add}", (255,)) == 255
