"""What callers are told where the build of a worker has other types than they were made for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import wasmtime
from mismatches import NEW, OLD, called, calling, client

import witgen
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.errors import BadArguments, StoreError, UnknownFunction
from runtime_shim.host import Host
from runtime_shim.link import load_link
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import component_uuid
from runtime_shim.update import built, update

PUT, FIND, SEEK = (f"test:maps/api.{{{name}}}" for name in ("put", "find", "seek"))
FITS = "it fits"
BINDINGS = ("convention", "stub", "static")


@contextmanager
def opened(folder: Path, binding: str, x: str, find: str = "find") -> Iterator[Host]:
    caller = calling(x, find, static=binding == "static")
    if binding == "stub":
        stub = folder / f"{x}-{find}"
        for name, content in witgen.generate(client(x, find), emit=("host",)).items():
            (stub / name).parent.mkdir(parents=True, exist_ok=True)
            (stub / name).write_bytes(content)
        caller = replace(caller, links=(load_link(stub / "host"),))
    components = {"test:maps": called(x, find), "test:caller": caller}
    with Host(engine=SqliteEngine(folder / "s.db"), components=components) as host:
        yield host


@pytest.fixture(params=BINDINGS)
def binding(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A binding, whose caller `before` and worker `old` belong to the first build."""
    with opened(tmp_path, request.param, "u32") as host:
        assert host.invoke("test:caller", "before", "put", (OLD, 1)) == FITS
        assert host.invoke("test:caller", "before", "find", (OLD,)) == FITS
    return str(request.param)


def said(host: Host, worker: str, function: str, *args: object) -> str:
    return str(host.invoke("test:caller", worker, function, args))


def test_a_value_that_is_too_large(tmp_path: Path, binding: str) -> None:
    with opened(tmp_path, binding, "u8") as host:
        assert said(host, "before", "put", OLD, 300) == FITS
        assert said(host, "before", "put", NEW, 300) == (
            f"{PUT}: at.x: u8 is expected, not u32"
            if binding == "static"
            else f"{PUT}: at.x: 300 is out of the range of u8"
        )
        assert said(host, "after", "put", NEW, 3) == FITS


def test_another_field_of_a_parameter(tmp_path: Path, binding: str) -> None:
    with opened(tmp_path, binding, "char") as host:
        assert said(host, "before", "put", NEW, 300) == (
            f"{PUT}: at.x: char is expected, not u32"
            if binding == "static"
            else f"{PUT}: at.x: a string is expected, not 300"
        )
        assert said(host, "after", "put", OLD, "a") == (
            f"{PUT}: at.x: u32 is expected, not char"
            if binding == "static"
            else f"{PUT}: at.x: an integer is expected, not 'a'"
        )


def test_another_field_of_the_result(tmp_path: Path, binding: str) -> None:
    with opened(tmp_path, binding, "char") as host:
        if binding == "static":  # the client in the caller knows its type, and has no texts for it
            assert said(host, "before", "find", NEW) == f"{FIND}: the reply has another type"
            assert said(host, "after", "find", OLD) == f"{FIND}: the reply has another type"
        else:
            integer = "an integer is expected, not '\\x07'"
            assert said(host, "before", "find", NEW) == f"{FIND}: its result.x: {integer}"
            assert said(host, "after", "find", OLD) == (
                f"{FIND}: its result.x: a string is expected, not 7"
            )
        assert said(host, "after", "find", NEW) == FITS


def test_a_function_that_is_gone(tmp_path: Path, binding: str) -> None:
    with opened(tmp_path, binding, "u32", "seek") as host:
        assert said(host, "before", "find", NEW) == (
            f"test:maps has no function `{FIND}`; did you mean `{PUT}` or `{SEEK}`?"
        )
        assert said(host, "after", "find", OLD) == (
            f"test:maps has no function `{SEEK}`; did you mean `{PUT}` or `{FIND}`?"
        )
    with opened(tmp_path, binding, "u32") as host:  # rebuilds the callers, which hear it again
        assert said(host, "before", "find", OLD) == FITS
        assert said(host, "before", "find", NEW) == FITS
        assert said(host, "after", "find", NEW).startswith(f"test:maps has no function `{SEEK}`")


def test_calls_from_outside(tmp_path: Path) -> None:
    with opened(tmp_path, "convention", "u32") as host:
        assert host.invoke("test:maps", "old", PUT, ({"x": 300, "y": 1},)) == 1
    with opened(tmp_path, "convention", "u8", "seek") as host:
        assert host.invoke("test:maps", "old", PUT, ({"x": 300, "y": 2},)) == 2
        for worker, function, args, error, text in (
            ("new", PUT, ({"x": 300, "y": 1},), BadArguments,
             f"{PUT}: at.x: 300 is out of the range of u8"),
            ("new", PUT, ({"x": 1},), BadArguments, f"{PUT}: at: the field `y` is missing"),
            ("new", PUT, (), BadArguments, f"{PUT} takes 1 arguments (at), 0 given"),
            ("new", FIND, (1,), UnknownFunction,
             f"test:maps has no function `{FIND}`; did you mean `{PUT}` or `{SEEK}`?"),
            ("old", SEEK, (1,), UnknownFunction,
             f"test:maps has no function `{SEEK}`; did you mean `{PUT}` or `{FIND}`?"),
        ):  # fmt: skip
            with pytest.raises(error) as raised:
                host.invoke("test:maps", worker, function, args)
            assert str(raised.value) == text


def alone(folder: Path, binding: str) -> Host:
    """A host without what the caller calls."""
    caller = calling("u32", static=binding == "static")
    return Host(engine=SqliteEngine(folder / "s.db"), components={"test:caller": caller})


GONE = "Could not find any component with the given id: test:maps"


def test_what_is_called_is_not_deployed_for_a_while(tmp_path: Path, binding: str) -> None:
    with alone(tmp_path, binding) as host:
        id_ = component_uuid("test:maps")  # which a client in the caller gives its host
        assert said(host, "lone", "put", OLD, 1) == (
            GONE.replace("test:maps", str(id_)) if binding == "static" else GONE
        )
        if binding == "static":  # it is not known what its calls have given it
            with pytest.raises(
                StoreError,
                match="journal of test:caller/before has a call of it; deploy `test:maps`",
            ):
                host.invoke("test:caller", "before", "put", (OLD, 1), key="waits")
        else:
            assert said(host, "before", "put", OLD, 1) == GONE
    with opened(tmp_path, binding, "u32") as host:
        assert said(host, "lone", "put", OLD, 1) == FITS
        if binding == "static":
            assert host.invoke("test:caller", "before", "put", (OLD, 1), key="waits") == FITS
        assert said(host, "before", "put", OLD, 1) == FITS
    with opened(tmp_path, binding, "u32") as host:  # rebuilds them
        assert said(host, "lone", "put", OLD, 1) == FITS
        assert said(host, "before", "put", OLD, 1) == FITS


@pytest.mark.parametrize("binding", ["convention", "static"], indirect=True)
class TestAnotherBinding:
    """A caller that changes its binding is moved, also if it was refused something."""

    def test_with_refusals_in_its_journal(self, tmp_path: Path, binding: str) -> None:
        with opened(tmp_path, binding, "char") as host:
            said(host, "before", "put", NEW, 300)
        with opened(tmp_path, binding, "u32", "seek") as host:
            said(host, "before", "find", NEW)
        maps = {"test:maps": called("u32")}
        caller = calling("u32", static=binding != "static")
        program = built({"test:caller": caller} | maps, "test:caller")
        found = update(SqliteFile(tmp_path / "s.db"), "test:caller", program)
        problems = {one.worker.name: one.problem for one in found}
        assert problems == {"before": None}

    def test_what_it_calls_has_to_be_deployed(self, tmp_path: Path, binding: str) -> None:
        caller = calling("u32", static=binding != "static")
        store = SqliteFile(tmp_path / "s.db")
        program = built({"test:caller": caller}, "test:caller")
        [verdict] = update(store, "test:caller", program, check=True)
        if binding == "convention":
            assert str(verdict.problem).startswith("call 1, put (key ")
            assert str(verdict.problem).endswith(
                "step 0: recorded was the call of test:maps/api.{put} of test:maps/old, which gave 2; "
                f"this build cannot be checked: {GONE}, and the journal of test:caller/before has a "
                "call of it"
            )
        else:
            assert verdict.problem is None
        program = built({"test:caller": caller, "test:maps": called("u32")}, "test:caller")
        [verdict] = update(store, "test:caller", program)
        assert verdict.problem is None


ALONE = """
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\\10\\00\\00\\00\\07\\00\\00\\00it fits")
    (func (export "put") (param i32 i32) (result i32) (i32.const 8))
    (func (export "find") (param i32) (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (func (export "put") (param "at" u32) (param "x" u32) (result string)
    (canon lift (core func $i "put") (memory (core memory $i "memory"))))
  (func (export "find") (param "at" u32) (result string)
    (canon lift (core func $i "find") (memory (core memory $i "memory")))))
"""


@pytest.mark.parametrize("binding", ["convention", "static"], indirect=True)
def test_a_dependency_that_is_removed(tmp_path: Path, binding: str) -> None:
    """Whoever has called it keeps its build, though the results are the same."""
    caller = Deployment(bytes(wasmtime.wat2wasm(ALONE)))
    program = built({"test:caller": caller}, "test:caller")
    [verdict] = update(SqliteFile(tmp_path / "s.db"), "test:caller", program)
    assert re.fullmatch(
        r"call 1, put \(key .*\), step \d: recorded was the (call of .*put.* of test:maps/old|host "
        r"call golem.*), which gave .*; this build ends the call",
        str(verdict.problem),
    )
    with Host(engine=SqliteEngine(tmp_path / "s.db"), components={"test:caller": caller}) as host:
        assert said(host, "new", "put", OLD, 1) == FITS
    with opened(tmp_path, binding, "u32") as host:
        assert said(host, "before", "put", OLD, 1) == FITS
