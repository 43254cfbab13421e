"""Bytes between the host and a guest as strings: the same values, in blocks."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import oracle
import pytest
import wasmtime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typed_values import TYPES, echo_component, values

from runtime_shim import Deployment, Host, Instance, Limits, Trap
from runtime_shim.adapter import octets, virtual
from runtime_shim.adapter.outside import Unusual
from runtime_shim.adapter.packed import PACKED, flat
from runtime_shim.golem.registry import Registry
from runtime_shim.program.program import WasmProgram
from runtime_shim.values import types as t
from witgen.component import types as ct
from witgen.component.body import read_component

HOST = "test:echo-host/host"
BYTES = t.List(t.Prim.U8)

# A guest with an allocator that never gives anything back but at the end of a call.
MEMORY = """
  (core module $m (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
      (local.set 4 (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.set $top (i32.add (local.get 4) (local.get 3)))
      (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
        (then (drop (memory.grow (i32.shr_u (i32.add (local.get 3) (i32.const 65536))
          (i32.const 16))))))
      (local.get 4))
    (func (export "post") (param i32) (global.set $top (i32.const 1024)))
    (func (export "pair") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
      (i32.const 16))
    (func (export "length") (param i32 i32) (result i32)
      (global.set $top (i32.const 1024)) (local.get 1)))
  (core instance $i (instantiate $m))"""
LISTS = """(memory (core memory $i "memory")) (realloc (core func $i "realloc"))"""
ECHO = f"""(component {MEMORY}
  (func (export "echo") (param "x" (list u8)) (result (list u8))
    (canon lift (core func $i "pair") {LISTS} (post-return (core func $i "post"))))
  (func (export "length") (param "x" (list u8)) (result u32)
    (canon lift (core func $i "length") {LISTS}))
  (func (export "text") (param "x" string) (result string)
    (canon lift (core func $i "pair") {LISTS} (post-return (core func $i "post")))))"""

WIT = """package t:bytes;
interface types {
  type blob = list<u8>;
  record doc { size: u32, data: blob, more: option<list<u8>> }
  variant part { raw(list<u8>), none, number(u64), deep(list<doc>) }
  record label { name: string }
  resource store {
    constructor(seed: blob);
    read: func(n: u32) -> list<u8>;
    write: func(d: doc) -> result<part, list<u8>>;
    merge: static func(a: store, b: borrow<store>) -> store;
    size: func() -> u64;
    tag: func(name: string, data: list<u8>) -> result<blob, string>;
    labels: func() -> list<label>;
  }
  echo: func(x: list<u8>) -> list<u8>;
}
interface other {
  use types.{doc, store, part, blob};
  put: func(s: borrow<store>, d: doc) -> tuple<u32, blob>;
  plain: func(a: u32) -> u32;
  many: func(a: u64, b: u64, c: f32, d: f64, e: u64, f: u64, g: u64, h: u64, i: u64, j: u64, k: u64,
    l: u64, m: u64, n: u64, o: u64, p: u64, q: list<u8>) -> f64;
  nested: func(x: list<list<u8>>) -> list<option<part>>;
  make: func(b: blob) -> store;
}
interface only-types { record r { d: list<u8> } flags f { a, b } }
interface plain { add: func(a: u32) -> u32; }
world everything {
  use only-types.{r};
  import types; import other; import host: func(d: r, name: string) -> list<u8>;
  export types; export other; export plain;
  export top: func(d: r, x: list<u8>) -> option<list<u8>>;
}
world both { import other; export other; }
world exporting { export other; }
world importing { import other; export top: func(x: list<u8>); }
world none { import plain; export plain; }
"""


def made(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def dummy(world: str, folder: Path) -> bytes:
    """A component of this world whose functions trap."""
    tool = oracle.binary()
    if tool is None:
        pytest.skip("wasm-tools is not installed")
    (folder / "w.wit").write_text(WIT)
    core, whole = folder / "core.wasm", folder / "whole.wasm"
    embed: list[str | Path] = [
        tool,
        "component",
        "embed",
        "--dummy",
        folder / "w.wit",
        "-w",
        world,
        "-o",
        core,
    ]
    subprocess.run(embed, check=True)
    subprocess.run([tool, "component", "new", core, "-o", whole], check=True)
    return whole.read_bytes()


@pytest.mark.parametrize("world", ["everything", "both", "exporting", "importing"])
def test_all_that_a_component_has_stays_but_bytes(world: str, tmp_path: Path) -> None:
    guest = dummy(world, tmp_path)
    wrapped = octets.wrap(guest)
    assert wrapped is not None
    tool = oracle.binary()
    assert tool is not None
    subprocess.run([tool, "validate", "-"], input=wrapped, check=True)
    inner, outer = read_component(guest).type, read_component(wrapped).type
    assert list(outer.imports) == list(inner.imports)
    assert list(outer.exports) == list(inner.exports)
    for items in (outer.imports, outer.exports):
        assert ct.List(ct.Prim.U8) not in _types_in(list(items.values()))
        assert PACKED in _types_in(list(items.values()))
    assert octets.wrap(guest) == wrapped


def test_what_has_no_bytes_is_left_alone(tmp_path: Path) -> None:
    assert octets.wrap(dummy("none", tmp_path)) is None


def _types_in(node: object) -> list[object]:
    """Everything in a type."""
    found = [node]
    if isinstance(node, list | tuple):
        parts: list[object] = list(node)
    elif isinstance(node, dict):
        parts = list(node.values())
    else:
        parts = [getattr(node, name) for name in getattr(node, "__slots__", ())]
    for part in parts:
        found += _types_in(part)
    return found


def _has_bytes(ty: Any) -> bool:
    return ty == BYTES or any(map(_has_bytes, _types_in(ty)[1:]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.data(),
    TYPES.filter(lambda ty: t.Tuple((t.Prim.STRING,)) not in _types_in(ty)).map(
        lambda ty: ty if _has_bytes(ty) else t.Tuple((t.Option(BYTES), ty, t.List(BYTES)))
    ),
)
def test_values_with_bytes_come_back(data: st.DataObject, ty: t.Type) -> None:
    """Through the guest to a function of the host, and back."""
    component = made(echo_component(ty))
    if t.Prim.STRING not in _types_in(ty):
        assert octets.wrap(component) is not None
    seen = []

    def echo(value: Any) -> Any:
        seen.append(value)
        return value

    value = data.draw(values(ty))
    with Instance(component, imports={HOST: {"echo": echo}}) as instance:
        assert instance.call("echo", value) == value
        assert instance.call("echo", value) == value
    assert seen == [value, value]


@pytest.mark.parametrize("size", [0, 1, 127, 128, 65_536, 65_537, 4_000_000])
def test_blocks_of_all_bytes(size: int) -> None:
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    with Instance(made(ECHO)) as instance:
        assert instance.call("echo", data) == data
        assert instance.call("length", data) == size
        assert instance.call("text", "ä𝄞") == "ä𝄞"


@pytest.mark.parametrize("wrong", ["text", [1, 2], None])
def test_what_is_not_bytes_is_refused_by_its_place(wrong: Any) -> None:
    from runtime_shim import BadArguments

    with Instance(made(ECHO)) as instance, pytest.raises(BadArguments, match=r"length: x"):
        instance.call("length", wrong)


def test_memory_is_used_again() -> None:
    with Instance(made(ECHO), limits=Limits(memory=1 << 20)) as instance:
        for _ in range(100):
            assert len(instance.call("echo", b"x" * 100_000)) == 100_000
            assert instance.call("length", b"x" * 100_000) == 100_000


def test_a_limit_of_memory_is_named() -> None:
    limits = Limits(memory=1 << 20)
    with Instance(made(ECHO), limits=limits) as instance, pytest.raises(Trap) as trap:
        instance.call("length", b"x" * 2_000_000)
    assert "out of memory (limit 1 MiB)" in str(trap.value)


NAMED = f"""(component {MEMORY}
  (func (export "first") (param "name" string) (param "x" (list u8)) (result string)
    (canon lift (core func $i "first") {LISTS} (post-return (core func $i "post"))))
  (func (export "second") (param "name" string) (param "x" (list u8)) (result (list u8))
    (canon lift (core func $i "second") {LISTS} (post-return (core func $i "post")))))""".replace(
    '(func (export "length")',
    """(func (export "first") (param i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
      (i32.const 16))
    (func (export "second") (param i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 2)) (i32.store (i32.const 20) (local.get 3))
      (i32.const 16))
    (func (export "length")""",
).replace(
    # As guests of componentize-py do.
    "(local.set 4 (i32.and",
    "(if (local.get 1) (then (unreachable))) (local.set 4 (i32.and",
)


@given(st.text(max_size=20), st.binary(max_size=20))
@settings(max_examples=50, deadline=None)
def test_strings_beside_bytes_are_not_transcoded(name: str, data: bytes) -> None:
    """Guests of componentize-py cannot make a block shorter, which transcoding needs."""
    instance = _named()
    assert instance.call("first", name, data) == name
    assert instance.call("second", name, data) == data


@cache
def _named() -> Instance:
    return Instance(made(NAMED))


RESOURCE = f"""(component {MEMORY}
  (core module $r (import "" "new" (func $new (param i32) (result i32)))
    (import "" "pair" (func $pair (param i32 i32) (result i32)))
    (global $a (mut i32) (i32.const 0)) (global $n (mut i32) (i32.const 0))
    (func (export "new") (param i32 i32) (result i32)
      (global.set $a (local.get 0)) (global.set $n (local.get 1)) (call $new (i32.const 7)))
    (func (export "get") (param i32) (result i32)
      (call $pair (global.get $a) (global.get $n)))
    (func (export "both") (param i32 i32 i32 i32) (result i32) (local.get 3)))
  (type $blob' (resource (rep i32)))
  (core func $new (canon resource.new $blob'))
  (core instance $ri (instantiate $r (with "" (instance
    (export "new" (func $new)) (export "pair" (func $i "pair"))))))
  (func $make (param "x" (list u8)) (result (own $blob'))
    (canon lift (core func $ri "new") {LISTS}))
  (func $get (param "self" (borrow $blob')) (result (list u8))
    (canon lift (core func $ri "get") {LISTS}))
  (func $both (param "a" (borrow $blob')) (param "b" (borrow $blob')) (param "x" (list u8))
    (result u32) (canon lift (core func $ri "both") {LISTS}))
  (component $shape
    (import "blob" (type $b (sub resource)))
    (import "make" (func $make (param "x" (list u8)) (result (own $b))))
    (import "get" (func $get (param "self" (borrow $b)) (result (list u8))))
    (import "both" (func $both (param "a" (borrow $b)) (param "b" (borrow $b))
      (param "x" (list u8)) (result u32)))
    (export $blob "blob" (type $b))
    (export "[constructor]blob" (func $make)
      (func (param "x" (list u8)) (result (own $blob))))
    (export "[method]blob.get" (func $get)
      (func (param "self" (borrow $blob)) (result (list u8))))
    (export "both" (func $both) (func (param "a" (borrow $blob)) (param "b" (borrow $blob))
      (param "x" (list u8)) (result u32))))
  (instance (export "t:t/api") (instantiate $shape
    (with "blob" (type $blob')) (with "make" (func $make))
    (with "get" (func $get)) (with "both" (func $both)))))"""


def test_borrowed_handles_are_given_back() -> None:
    with Instance(made(RESOURCE)) as instance:
        for content in (b"one", bytes(range(256))):
            blob = instance.call("t:t/api.{blob.new}", content)
            assert instance.call("t:t/api.{blob.get}", blob) == content
            assert instance.call("t:t/api.{blob.get}", blob) == content
            assert instance.call("t:t/api.{both}", blob, blob, b"four") == 4
            instance.call("t:t/api.{blob.drop}", blob)


def test_bytes_between_workers_and_through_a_restart(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000  # 5 MB: more than could be copied an element at a time
    from runtime_shim import SqliteEngine

    deployed = {"t:echo": Deployment(made(ECHO))}
    for _ in range(2):
        with Host(engine=SqliteEngine(tmp_path / "s"), components=deployed) as host:
            assert host.invoke("t:echo", "w", "echo", (data,), key="k") == data


@pytest.mark.parametrize(
    "text",
    [
        '(component (import "f" (func (param "x" (list u8)) (result (tuple string)))))',
        """(component (import "i" (instance (type $r (record (field "n" string) (field "b" (list u8))))
          (export "r" (type $n (eq $r))) (export "f" (func (param "x" $n))))))""",
        '(component (import "f" (func async (param "x" (list u8)))))',
        '(component (import "f" (func (param "x" (list u8)) (param "y" (stream u8)))))',
        """(component (import "i" (instance (export "r" (type $r (sub resource)))
          (export "f" (func (param "x" (list u8)) (param "y" (list (borrow $r))))))))""",
        """(component (import "i" (instance (export "j" (instance
          (export "f" (func (param "x" (list u8)))))))))""",
        '(component (import "wasi:io/x@0.2.0" (instance (export "f" (func (param "x" (list u8)))))))',
        "(component)",
    ],
    ids=[
        "tuple of a string",
        "named with a string",
        "async",
        "stream",
        "lent in a list",
        "nested",
        "of WASI",
        "empty",
    ],
)
def test_what_cannot_be_nested_is_left_alone(text: str) -> None:
    assert octets.wrap(made(text)) is None


def test_a_tuple_of_a_string_stays_one() -> None:
    """Where it has no bytes beside it."""
    strings = '(param "x" string) (result string)'
    text = ECHO.replace(strings, strings.replace("string)", "(tuple string))"))
    with Instance(made(text)) as instance:
        assert instance.call("text", ("ä",)) == ("ä",)
        assert instance.call("echo", b"\xff") == b"\xff"


@pytest.mark.parametrize(
    "type", [ct.Stream(ct.Prim.U8), ct.Future(None), ct.Tuple((ct.Stream(None),))]
)
def test_streams_have_no_flat_form(type: ct.ValType) -> None:
    with pytest.raises(Unusual):
        flat(type)


WHOLE = made(ECHO)


@given(st.integers(8, len(WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_a_damaged_component_never_raises(at: int, byte: int, cut: bool) -> None:
    octets.wrap(WHOLE[:at] if cut else WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])


def test_what_was_nested_once_is_found_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path))
    first = WasmProgram("t:t", Deployment(WHOLE), Registry())
    for adapter in (octets, virtual):
        monkeypatch.setattr(adapter, "wrap", lambda data: pytest.fail("nested once more"))
    again = WasmProgram("t:t", Deployment(WHOLE), Registry())
    assert first.signature("echo") == again.signature("echo")
    assert again.signature("echo").result == BYTES
