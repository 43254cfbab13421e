"""Callers and callees of different builds: what does not fit is an error of the call."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from clients_of_builds import CALC, CALLER, NEW, OLD, PROTOCOL_ERROR, ask, wasm

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.host import Host
from runtime_shim.update import built, update


@contextmanager
def opened(store: Path, param: str, result: str, function: str = "add") -> Iterator[Host]:
    kinds = (param, result, function)
    components = {"test:calc": wasm(CALC, *kinds), "test:caller": wasm(CALLER, *kinds)}
    with Host(engine=SqliteEngine(store), components=components) as host:
        yield host


@pytest.mark.parametrize(
    ("param", "result", "function", "both"),
    [
        ("u32", "char", "add", PROTOCOL_ERROR),  # another result
        ("char", "u32", "add", PROTOCOL_ERROR),  # another parameter
        ("u32", "u32", "sum", PROTOCOL_ERROR),  # another name
        ("u8", "u8", "add", 65),  # the value fits both
    ],
)
def test_a_call_that_does_not_fit_is_an_error_of_the_call(
    tmp_path: Path, param: str, result: str, function: str, both: int
) -> None:
    store = tmp_path / "store.db"
    with opened(store, "u32", "u32") as host:
        assert ask(host, "before", OLD) == 65
    with opened(store, param, result, function) as host:
        assert ask(host, "after", NEW) == 65
        assert ask(host, "after", OLD) == both
        assert ask(host, "before", OLD) == 65
        assert ask(host, "before", NEW) == both
        assert ask(host, "after", NEW) == 65
    with opened(store, "u32", "u32") as host:  # rebuilds all of them
        assert ask(host, "before", OLD) == 65
        assert ask(host, "after", NEW) == 65


def test_what_a_caller_saw_has_to_stay_the_same(tmp_path: Path) -> None:
    store, calc = tmp_path / "store.db", "test:calc/api.{add}"
    with opened(store, "u32", "u32") as host:
        assert ask(host, "caller", OLD) == 65
        assert host.invoke("test:calc", "outside", calc, (65,)) == 65
    for kinds in (("u8", "u32"), ("u32", "u8")):
        program = built({"test:calc": wasm(CALC, *kinds, "add")}, "test:calc")
        found = update(SqliteFile(store), "test:calc", program, check=True)
        problems = {one.worker.name: one.problem for one in found}
        assert problems["outside"] is None
        assert "recorded was a call by a worker; this build" in str(problems["old"])
        assert "value of another type" in str(problems["old"])


def test_an_old_worker_whose_target_is_gone(tmp_path: Path) -> None:
    store, not_found = tmp_path / "store.db", 1002
    with opened(store, "u32", "u32") as host:
        assert ask(host, "before", OLD) == 65
    without = {"test:caller": wasm(CALC, "u32", "u32", "add")}  # imports nothing
    with Host(engine=SqliteEngine(store), components=without) as host:
        assert ask(host, "before", OLD) == not_found
        assert host.invoke("test:caller", "after", "test:calc/api.{add}", (7,)) == 7
    with opened(store, "u32", "u32") as host:
        assert ask(host, "before", OLD) == 65


def test_a_host_that_is_closed_leaves_nothing_behind(tmp_path: Path) -> None:
    """What guests call leads back to the components, by way of the linkers that lead to it."""
    with opened(tmp_path / "store.db", "u32", "u32") as host:
        assert ask(host, "caller", OLD) == 65
        programs = [weakref.ref(program) for program in host._programs.values()]
    del host
    gc.collect()
    assert [program() for program in programs] == [None, None]
