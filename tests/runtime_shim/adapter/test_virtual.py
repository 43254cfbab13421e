"""What is put behind the adapter for pollables, and what stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim import adapter
from runtime_shim.adapter import HOST, virtual
from runtime_shim.boundary.compile import EngineOptions, engine
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from witgen.component.body import read_component

POLL = """(import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))))
  (alias export $poll "pollable" (type $pollable))"""
CLOCK = """(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $o))
    (export "pollable" (type $p (eq $o)))
    (type $u u64) (export "duration" (type $d (eq $u)))
    (export "now" (func (result u64)))
    (export "subscribe-duration" (func (param "when" $d) (result (own $p))))))"""
STREAM = """(import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $pollable (type $o))
    (export "pollable" (type $p (eq $o)))
    (export "input-stream" (type $s (sub resource)))
    (export "[method]input-stream.subscribe"
      (func (param "self" (borrow $s)) (result (own $p))))))"""
BODY = """(core module $m (func (export "f") (result i32) i32.const 7))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f")))"""


def made(*parts: str) -> bytes:
    return bytes(wasmtime.wat2wasm(f"(component {' '.join(parts)})"))


@pytest.mark.parametrize("parts", [(), (CLOCK,), (STREAM,), (CLOCK, STREAM)])
def test_the_outside_stays_and_the_host_is_asked(parts: tuple[str, ...]) -> None:
    guest = made(POLL, *parts, BODY)
    wrapped = virtual.wrap(guest)
    assert wrapped is not None
    wasmtime.component.Component(engine(EngineOptions()), wrapped)  # it is valid
    inner, outer = read_component(guest).type, read_component(wrapped).type
    assert list(outer.imports) == [*inner.imports, HOST]
    assert outer.exports == inner.exports
    assert virtual.wrap(guest) == wrapped


def test_a_guest_may_import_after_its_definitions() -> None:
    guest = made(BODY, POLL, CLOCK)
    wrapped = virtual.wrap(guest)
    assert wrapped is not None
    wasmtime.component.Component(engine(EngineOptions()), wrapped)


@pytest.mark.parametrize(
    "odd",
    [
        '(import "t:t/a" (func (param "p" (borrow $pollable))))',
        '(import "t:t/a" (func (param "p" (list (own $pollable)))))',
        (
            '(import "t:t/a" (instance (alias outer 1 $pollable (type $o))'
            ' (export "f" (func (result (own $o))))))'
        ),
        (
            '(import "t:t/a" (instance (alias outer 1 $pollable (type $o))'
            ' (export "pollable" (type $p (eq $o)))'
            ' (export "f" (func (param "x" u32) (result (own $p))))))'
        ),
        (
            '(import "t:t/a" (instance (alias outer 1 $pollable (type $o))'
            ' (export "pollable" (type $p (eq $o)))'
            ' (type $r (record (field "p" (own $p)))) (export "r" (type $n (eq $r)))'
            ' (export "f" (func (result $n)))))'
        ),
        '(import "wasi:io/poll@0.2.1" (instance (export "pollable" (type (sub resource)))))',
    ],
)
def test_an_unusual_use_of_pollables_is_left_alone(odd: str) -> None:
    assert virtual.wrap(made(POLL, odd, BODY)) is None


@pytest.mark.parametrize(
    "data", [b"", b"wasi:io/poll@0.2.0", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"]
)
def test_what_polls_nothing_is_left_alone(data: bytes) -> None:
    assert virtual.wrap(data) is None


WHOLE = made(POLL, CLOCK, BODY)


@given(st.integers(8, len(WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_a_damaged_component_never_raises(at: int, byte: int, cut: bool) -> None:
    virtual.wrap(WHOLE[:at] if cut else WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])


def test_what_was_wrapped_once_is_found_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path))
    assert WasmProgram("t:t", Deployment(WHOLE), Registry()).polls
    monkeypatch.setattr(virtual, "wrap", lambda data: pytest.fail("wrapped once more"))
    assert WasmProgram("t:t", Deployment(WHOLE), Registry()).polls


def test_a_change_of_what_wraps_wraps_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter, its code, or witgen's writer of components."""
    folders = {"runtime_shim.adapter": "adapter", "witgen": "witgen"}
    places = [tmp_path / "adapter", tmp_path / "witgen" / "component"]
    for place in places:
        place.mkdir(parents=True)
        for name in ("code.py", "text.wat", "notes.txt"):
            (place / name).write_text("1")
    monkeypatch.setattr(adapter, "files", lambda package: tmp_path / folders[package])
    before = adapter.version.__wrapped__()
    for place in places:
        (place / "notes.txt").write_text("2")
    assert adapter.version.__wrapped__() == before
    seen = {before}
    for place in places:
        for name in ("code.py", "text.wat"):
            (place / name).write_text("2")
            seen.add(adapter.version.__wrapped__())
    assert len(seen) == 5
