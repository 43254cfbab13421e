"""What few components have: old and new tables, read as the reference tool reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from component_parts import check_valid, wasm_tools
from oracle import document

from witgen.component import decode, encode_package
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve.document import to_dict

BUILTINS = {
    "thread.resume-later": "thread.resume-later",
    "thread.suspend": "thread.suspend",
    "thread.suspend-then-resume": "thread.suspend-then-resume",
    "thread.yield-then-resume": "thread.yield-then-resume",
    "thread.suspend-then-promote": "thread.suspend-then-promote",
    "thread.yield-then-promote": "thread.yield-then-promote",
    "stream.forward": "stream.forward $stream",
    "future.forward": "future.forward $future",
}


def assembled(text: str) -> bytes:
    return wasm_tools("parse", "-", data=f"(component {text})".encode())


def read(data: bytes) -> Any:
    return json.loads(json.dumps(to_dict(decode(data))))


def reference(data: bytes, folder: Path) -> Any:
    file = folder / "a.wasm"
    file.write_bytes(data)
    return document(file)


# What stands behind a definition shows that its end was found.
@pytest.mark.parametrize("call", BUILTINS.values(), ids=BUILTINS)
def test_canonical_builtins_of_threads_and_of_forwarding(call: str, tmp_path: Path) -> None:
    data = assembled(
        f"(type $stream (stream u8)) (type $future (future)) (core func $f (canon {call}))"
        '(core func $g (canon waitable-set.new)) (import "f" (func (param "x" u8)))'
    )

    check_valid(data)
    assert read(data) == reference(data, tmp_path)


def test_threads_that_are_spawned(tmp_path: Path) -> None:
    data = assembled("""
      (core type $start (shared (func (param i32))))
      (core module $m (table (export "t") shared 1 (ref null (shared func))))
      (core instance $i (instantiate $m)) (alias core export $i "t" (core table $t))
      (core func (canon thread.spawn-ref $start))
      (core func (canon thread.spawn-indirect $start (core table $t)))
      (core func (canon thread.available_parallelism)) (import "f" (func))""")

    assert read(data) == reference(data, tmp_path)


CORE_TYPES = {
    "a sub type that is not final": "(core type (sub (func)))",
    "a final one": "(core type (sub final (func)))",
    "a recursive group takes several places": """
      (core type $first (func)) (core rec (type $a (struct (field (ref null $b))))
        (type $b (struct (field (ref null $a))))) (core type $last (module))
      (import "m" (core module (type $last)))""",
    "an alias of the enclosing component's": """
      (core type $t (func (param i32)))
      (core type $m (module (alias outer 1 $t (type $a)) (export "f" (func (type $a)))))
      (import "m" (core module (type $m)))""",
    "an alias of its own": """
      (core type $m (module (type $t (func)) (alias outer 0 $t (type $a))
        (import "a" "b" (func (type $a))))) (import "m" (core module (type $m)))""",
    "an alias from two components out": """
      (core type $t (func (param f32)))
      (component (core type $u (func)) (core type $m (module (alias outer 2 $t (type $a))
        (export "f" (func (type $a))))))""",
    "an alias from inside a component type": """
      (core type $t (func (param f32)))
      (type (component (core type $m (module (alias outer 2 $t (type $a))
        (export "f" (func (type $a))))) (import "m" (core module (type $m)))))""",
}


@pytest.mark.parametrize("text", CORE_TYPES.values(), ids=CORE_TYPES)
def test_core_types(text: str, tmp_path: Path) -> None:
    data = assembled(text + '(import "f" (func (param "x" u8)))')

    check_valid(data)
    assert read(data) == reference(data, tmp_path)


WORLDS = {
    "a version suffix": '(import "a:b/c@1" (version-suffix ".2.3") (instance))',
    "a version suffix of what an import implements": (
        '(import "x" (implements "a:b/c@0.2") (version-suffix ".1") (instance))'
    ),
    "an exported one": '(instance $i) (export "a:b/c@1" (version-suffix ".2.3") (instance $i))',
    "imports of values": """(import "v" (value $v u8)) (import "f" (func $f (param "x" u8)))
      (start $f (value $v))""",
    "equal types that are defined twice": """
      (import "f" (func (param "x" (list u8)) (result (list u8))))
      (import "g" (func (param "x" (list u8))))""",
    "one type that is mentioned twice": """
      (type $t (list (option u8)))
      (import "f" (func (param "x" $t) (result $t))) (import "g" (func (param "x" $t)))""",
    "types of an imported resource, in a lifted function": """
      (import "r" (type $r (sub resource))) (type $o (own $r)) (type $b (borrow $r))
      (core module $m (func (export "f") (param i32 i32))) (core instance $i (instantiate $m))
      (func $f (param "x" $b) (param "y" $o) (canon lift (core func $i "f")))
      (export "f" (func $f)) (export "g" (func $f))""",
}


@pytest.mark.parametrize("text", WORLDS.values(), ids=WORLDS)
def test_worlds(text: str, tmp_path: Path) -> None:
    data = assembled(text)

    check_valid(data)
    assert read(data) == reference(data, tmp_path)


# --- the older section `component-type` ---------------------------------------------------------

TEXT = """package a:b@1.0.0;
interface i { record r { x: u8 } f: func(x: r) -> list<r>; resource q { m: func(); } }
world v { import j: interface { g: func(); } import k: func(); }
world w { include v; import i; type t = list<string>; export h: func(x: t);
  export y: interface { z: func() -> list<u8>; } }
"""


def module(section: bytes) -> bytes:
    """A core module with a section `component-type`."""
    escaped = "".join(f"\\{byte:02x}" for byte in section)
    text = f'(module (@custom "component-type:x" "{escaped}"))'
    return wasm_tools("parse", "-", data=text.encode())


def section(world: str, encoding: int = 0) -> bytes:
    package = encode_package(load_texts({"a.wit": TEXT}))
    return bytes((3, encoding, len(world))) + world.encode() + package


@pytest.mark.parametrize("encoding", [0, 1, 2])
@pytest.mark.parametrize("world", ["v", "w"])
def test_sections_that_name_a_world_of_a_package(world: str, encoding: int, tmp_path: Path) -> None:
    data = module(section(world, encoding))

    assert read(data) == reference(data, tmp_path)


# --- refusals -----------------------------------------------------------------------------------

REFUSED = {
    "a world that the package does not have": (
        module(section("u")),
        "names a world `u` that it does not have",
    ),
    "an unknown encoding of strings": (module(section("w", 9)), "unknown encoding of strings"),
    "the older section without a package": (module(b"\x03\0\x01w"), "magic header is missing"),
    "the older section cut in its name": (module(b"\x03\0\x09w"), "unexpected end"),
    "the older section cut before its name": (module(b"\x03"), "unexpected end"),
    "an alias of a type that mentions others": (
        assembled("""(core type $t (func)) (core type $u (func (param (ref $t))))
          (core type (module (alias outer 1 $u (type))))"""),
        "an alias of a core type that mentions other types is not supported",
    ),
    "a function with the name of an interface": (
        assembled('(import "a:b/c" (func))'),
        "`a:b/c` is not the name of a function in WIT",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(WitError) as caught:
        decode(data)

    assert message in caught.value.diagnostics[0].message


HEADER = b"\0asm\x0d\0\x01\0"
DAMAGED = {
    "0x00 before a final type": b"\x01\x00\x60\0\0",
    "an alias of another sort": b"\x01\x50\x01\x02\x00\x01\x01\0",
    "an alias of an export": b"\x01\x50\x01\x02\x10\x00\x01\0",
    "an alias of a type that is not there": b"\x01\x50\x01\x02\x10\x01\x01\0",
    "an alias of a type of its own that is not there": b"\x01\x50\x01\x02\x10\x01\0\0",
    "an alias from farther out than there is": b"\x01\x50\x01\x02\x10\x01\x02\0",
    "an alias of a module type": b"\x02\x50\0\x50\x01\x02\x10\x01\x01\0",
    "an alias that is cut": b"\x01\x50\x01\x02\x10\x01",
}


@pytest.mark.parametrize("types", DAMAGED.values(), ids=DAMAGED)
def test_damaged_core_types(types: bytes, tmp_path: Path) -> None:
    data = HEADER + bytes((3, len(types))) + types

    with pytest.raises(WitError) as caught:
        decode(data)

    assert caught.value.diagnostics[0].code == "CMP3001"
    with pytest.raises(ValueError, match="error"):
        reference(data, tmp_path)
