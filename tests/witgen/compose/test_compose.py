"""Composition: what comes out runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from component_parts import (
    API_PLUG,
    SOCKET,
    TYPES,
    TYPES_PLUG,
    adder,
    caller,
    check_valid,
    part,
    run,
)
from refusals import refused

from witgen.component.body import read_component
from witgen.component.types import FuncType
from witgen.compose import compose


def test_a_plug_implements_the_import_of_a_socket() -> None:
    out = compose(caller("a:b/add@1.0.0"), [adder("a:b/add@1.0.0", 10)])

    assert run(out) == 11
    assert not read_component(out).type.imports
    assert list(read_component(out).type.exports) == ["go"]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("a:b/add@1.1.0", "a:b/add@1.2.0"),
        ("a:b/add@1.2.0", "a:b/add@1.1.7"),
        ("a:b/add@0.2.0", "a:b/add@0.2.9"),
        ("a:b/add@0.0.3", "a:b/add@0.0.3"),
        ("a:b/add@1.0.0-rc.1", "a:b/add@1.0.0-rc.1"),
        ("a:b/add", "a:b/add"),
        ("add", "add"),
    ],
)
def test_versions_on_one_track_fit(wanted: str, given: str) -> None:
    assert run(compose(caller(wanted), [adder(given, 10)])) == 11


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("a:b/add@1.0.0", "a:b/add@2.0.0"),
        ("a:b/add@0.1.0", "a:b/add@0.2.0"),
        ("a:b/add@0.0.1", "a:b/add@0.0.2"),
        ("a:b/add@1.0.0", "a:b/add@1.1.0-rc.1"),
        ("a:b/add@1.0.0-rc.1", "a:b/add@1.0.0-rc.2"),
        ("a:b/add@1.0.0", "a:b/add"),
        ("a:b/add@1.0.0", "a:c/add@1.0.0"),
    ],
)
def test_other_versions_do_not(wanted: str, given: str) -> None:
    (found,) = refused(caller(wanted), [adder(given, 10)])

    assert found.code == "CMP3011"
    assert found.message == "nothing imports what `a.wasm` exports"
    assert f"it exports `{given}`" in found.help
    assert f"open imports are `{wanted}`" in found.help


def test_the_exact_version_is_preferred_to_a_compatible_one() -> None:
    plugs = [adder("a:b/add@1.1.0", 10), adder("a:b/add@1.0.0", 20)]

    assert run(compose(caller("a:b/add@1.0.0", "a:b/add@1.1.0"), plugs)) == 11 + 21


def test_plugs_plug_into_plugs_in_any_order() -> None:
    inner, middle = adder("a:b/inner@1.0.0", 1), adder("a:b/mid@1.0.0", 10, "a:b/inner@1.0.0")
    outer = adder("a:b/outer@1.0.0", 100, "a:b/mid@1.0.0")

    for plugs in ([inner, middle, outer], [outer, inner, middle]):
        assert run(compose(caller("a:b/outer@1.0.0"), plugs)) == 112


def test_one_plug_serves_several_parts_as_one_instance() -> None:
    base = adder("a:b/base@1.0.0", 1)
    above = adder("a:b/above@1.0.0", 10, "a:b/base@1.0.0")

    out = compose(caller("a:b/base@1.0.0", "a:b/above@1.0.0"), [base, above])

    assert run(out) == 2 + 12
    assert out.count(base) == 1


def test_a_composition_is_a_socket_and_a_plug_again() -> None:
    socket = compose(caller("a:b/x@1.0.0", "a:b/y@1.0.0"), [adder("a:b/x@1.0.0", 10)])
    plug = compose(adder("a:b/y@1.0.0", 5, "a:b/z@1.0.0"), [adder("a:b/z@1.0.0", 7)])

    assert run(compose(socket, [plug])) == 11 + 13


def test_a_resource_of_one_plug_goes_through_another() -> None:
    types, api, socket = part(TYPES_PLUG), part(API_PLUG), part(SOCKET)

    assert run(compose(socket, [api, types])) == 107


def test_open_imports_merge_under_the_highest_version() -> None:
    socket = caller("a:b/add@1.1.0", "a:b/out@0.2.1")
    plug = adder("a:b/add@1.0.0", 10, "a:b/out@0.2.3")

    out = compose(socket, [plug])

    assert list(read_component(out).type.imports) == ["a:b/out@0.2.3"]
    assert run(out, {"a:b/out@0.2.3": lambda _, x: x + 1}) == 12 + 2


def test_merged_imports_share_their_resources() -> None:
    out = compose(part(SOCKET), [part(API_PLUG)])

    check_valid(out)
    assert list(read_component(out).type.imports) == ["a:b/types@1.0.0"]


def test_merging_unites_what_parts_use_of_an_interface() -> None:
    one = part('(import "a:b/io@0.2.0" (instance (export "f" (func)) (export "g" (func))))')
    socket = part("""
     (import "a:b/io@0.2.4" (instance (export "g" (func)) (export "h" (func (result u8)))))
     (import "x:y/z" (instance))""")
    plug = part("""
     (import "a:b/io@0.2.0" (instance (export "f" (func)) (export "g" (func))))
     (instance $e) (export "x:y/z" (instance $e))""")

    out = read_component(compose(socket, [plug])).type

    assert list(out.imports) == ["a:b/io@0.2.4"]
    assert list(out.imports["a:b/io@0.2.4"].exports) == ["g", "h", "f"]  # type: ignore[union-attr]
    assert one


def test_root_imports_of_all_kinds_are_carried_over() -> None:
    socket = part("""
     (import "a:b/i@1.0.0" (instance $i (type $r (record (field "x" u8))) (export "t" (type (eq $r)))))
     (alias export $i "t" (type $t))
     (import "used" (type $used (eq $t)))
     (import "own" (type $own (sub resource)))
     (import "f" (func (param "x" $used) (param "y" (borrow $own))))
     (import "m" (core module (import "" "g" (func)) (export "h" (memory 1))))
     (import "comp" (component (import "x" (func)) (export "y" (func))))
     (import "x:y/z" (instance))""")
    plug = part('(import "f2" (func)) (instance $e) (export "x:y/z" (instance $e))')

    out = compose(socket, [plug])

    check_valid(out)
    expected = dict(read_component(socket).type.imports)
    del expected["x:y/z"]
    found = dict(read_component(out).type.imports)
    assert found == {**expected, "f2": FuncType(())}


def test_a_root_function_of_a_plug_implements_a_root_import() -> None:
    socket = part("""
     (import "add" (func $f (param "x" u32) (result u32)))
     (export "again" (func $f))""")
    plug = part("""
     (core module $m (func (export "f") (param i32) (result i32) local.get 0))
     (core instance $i (instantiate $m))
     (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
     (export "add" (func $f))""")

    out = compose(socket, [plug])

    check_valid(out)
    assert list(read_component(out).type.exports) == ["again"]


def test_types_of_a_wired_interface_are_imported_for_an_open_one() -> None:
    socket = part(f"""{TYPES}
     (import "a:b/open@1.0.0" (instance (alias outer 1 $pair (type $o))
       (export "pair" (type $p (eq $o))) (export "f" (func (param "x" $p)))))""")

    out = compose(socket, [part(TYPES_PLUG)])

    check_valid(out)
    imports = read_component(out).type.imports
    assert list(imports) == ["a:b/types@1.0.0", "a:b/open@1.0.0"]
    assert list(imports["a:b/types@1.0.0"].exports) == ["pair"]  # type: ignore[union-attr]


def test_no_plug_is_a_composition_too() -> None:
    socket = caller("a:b/add@1.0.0")

    out = compose(socket, [])

    assert run(out, {"a:b/add@1.0.0": lambda _, x: x + 1}) == 2


def test_a_leaked_initialiser_is_not_exported() -> None:
    leak = """
     (core module $m (func (export "init") (param i32 i32 i32)))
     (core instance $i (instantiate $m))
     (func $init (param "app-name" u32) (param "symbols" u32) (param "stub-wasi" bool)
       (canon lift (core func $i "init")))
     (instance $e (export "init" (func $init)))
     (export "exports" (instance $e)) (export "kept" (func $init))"""

    assert list(read_component(compose(part(leak), [])).type.exports) == ["kept"]
    kept = compose(part(leak.replace("stub-wasi", "other")), [])
    assert list(read_component(kept).type.exports) == ["exports", "kept"]


def test_parts_may_be_any_buffer() -> None:
    socket, plug = caller("a:b/add@1.0.0"), adder("a:b/add@1.0.0", 10)

    assert compose(bytearray(socket), [memoryview(plug)]) == compose(socket, [plug])


def test_the_same_bytes_under_any_hash_seed() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests/support')\n"
        "from component_parts import *\n"
        "from witgen.compose import compose\n"
        "import hashlib\n"
        "data = compose(part(SOCKET), [part(API_PLUG), part(TYPES_PLUG)])\n"
        "print(hashlib.sha256(data).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
