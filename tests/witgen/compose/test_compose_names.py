"""What stands beside names, and imports of all kinds at the root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import wasmtime
from component_parts import check_valid, parsed, part
from refusals import only, refused
from wasmtime.component import Component, Linker

from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.component_writer import ComponentWriter
from witgen.compose import Connection, Part, compose

EMPTY = '(import "x:y/z" (instance))'
EMPTY_PLUG = '(instance $e) (export "x:y/z" (instance $e))'


STORE = '(instance (export "get" (func (result u32))))'
STORE_PLUG = """
 (core module $m (func (export "get") (result i32) i32.const NUMBER))
 (core instance $i (instantiate $m))
 (func $f (result u32) (canon lift (core func $i "get")))
 (instance $e (export "get" (func $f)))
 (export "NAME" (instance $e))"""
TWO_STORES = f"""
 (import "primary" (implements "x:y/store@1.0.0") {STORE.replace("(instance", "(instance $p", 1)})
 (import "backup" (implements "x:y/store@1.0.0") {STORE.replace("(instance", "(instance $b", 1)})
 (alias export $p "get" (func $pg)) (alias export $b "get" (func $bg))
 (core func $p (canon lower (func $pg))) (core func $b (canon lower (func $bg)))
 (core module $m (import "" "p" (func $p (result i32))) (import "" "b" (func $b (result i32)))
   (func (export "go") (result i32) (i32.add (i32.mul (call $p) (i32.const 10)) (call $b))))
 (core instance $i (instantiate $m (with "" (instance (export "p" (func $p)) (export "b" (func $b))))))
 (func $go (result u32) (canon lift (core func $i "go")))
 (export "go" (func $go))"""

PLAIN_STORES = TWO_STORES.replace('(implements "x:y/store@1.0.0")', "")


def store(name: str, number: int) -> bytes:
    return part(STORE_PLUG.replace("NAME", name).replace("NUMBER", str(number)))


def runs(data: bytes, plugs: Sequence[bytes | Part], **options: Any) -> object:
    """What `go` of a composition answers; it is valid with what the engine does not know yet."""
    check_valid(compose(data, plugs, **options))
    return go(compose(parsed(PLAIN_STORES), plugs, **options))


def go(data: bytes) -> object:
    engine = wasmtime.Engine()
    instance_store = wasmtime.Store(engine)
    instance = Linker(engine).instantiate(instance_store, Component(engine, data))
    function = instance.get_func(instance_store, "go")
    assert function is not None
    return function(instance_store)


def test_imports_that_implement_an_interface_keep_saying_so() -> None:
    socket = parsed(TWO_STORES + EMPTY)

    out = compose(socket, [part(EMPTY_PLUG)])

    check_valid(out)
    options = read_component(out).type.import_options
    assert {n: o.implements for n, o in options.items()} == {
        "primary": "x:y/store@1.0.0",
        "backup": "x:y/store@1.0.0",
    }


def test_imports_of_one_interface_get_a_plug_each() -> None:
    plugs = [store("primary", 4), store("backup", 2)]

    assert runs(parsed(TWO_STORES), plugs) == 42


def test_wires_choose_for_imports_that_implement_an_interface() -> None:
    plugs = [Part("a", store("x:y/store@1.0.0", 4)), Part("b", store("x:y/store@1.3.0", 2))]
    wires = [
        Connection("primary", "a", "x:y/store@1.0.0"),
        Connection("backup", "b", "x:y/store@1.3.0"),
    ]

    assert runs(parsed(TWO_STORES), plugs, connections=wires) == 42


def test_exports_keep_what_stands_beside_their_names() -> None:
    socket = parsed(f"""{EMPTY} (instance $e)
     (export "mine" (implements "x:y/empty@1.0.0") (instance $e))
     (export "other" (external-id "number 7") (instance $e))""")

    out = compose(socket, [part(EMPTY_PLUG)])

    check_valid(out)
    options = read_component(out).type.export_options
    assert options["mine"].implements == "x:y/empty@1.0.0"
    assert options["other"].external_id == "number 7"


def test_options_inside_interfaces_are_carried_over() -> None:
    socket = parsed(f"""{EMPTY} (import "a:b/c" (instance
      (export "f" (external-id "eff") (func))))""")

    out = compose(socket, [part(EMPTY_PLUG)])

    check_valid(out)
    (imported,) = read_component(out).type.imports.values()
    assert isinstance(imported, t.InstanceType)
    assert imported.options["f"].external_id == "eff"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("x", t.NameOptions(implements="a:b/c@1.0.0")),
        ("a:b/c@1", t.NameOptions(version_suffix=".0.0")),
        ("x", t.NameOptions(external_id="a:b/c@1.0.0")),
    ],
)
def test_all_options_of_names_are_read_and_written(name: str, wanted: t.NameOptions) -> None:
    writer = ComponentWriter()
    writer.import_(name, t.InstanceType({}, {}), wanted)

    data = b"".join(writer.finish())

    assert read_component(compose(data, [])).type.import_options == {name: wanted}


# --- imports of all kinds at the root -----------------------------------------------------------


def passing(kind: str, type: str) -> tuple[bytes, bytes]:
    """A socket that imports and a plug that exports something of a kind, got from outside."""
    socket = part(f'(import "it" ({kind} {type}))')
    plug = part(f'(import "from-outside" ({kind} $x {type})) (export "it" ({kind} $x))')
    return socket, plug


KINDS = [
    ("func", '(param "x" (list string)) (result (option u8))'),
    ("func", "async"),
    ("func", '(param "x" (stream u8)) (result (future string))'),
    ("instance", '(export "f" (func)) (export "r" (type (sub resource)))'),
    ("component", '(import "f" (func)) (export "g" (func))'),
    ("core module", '(import "" "f" (func)) (export "m" (memory 1))'),
    ("type", "(sub resource)"),
]


@pytest.mark.parametrize(("kind", "type"), KINDS)
def test_all_kinds_of_imports_are_implemented(kind: str, type: str) -> None:
    socket, plug = passing(kind, type)

    out = compose(socket, [plug])

    check_valid(out)
    assert list(read_component(out).type.imports) == ["from-outside"]


@pytest.mark.parametrize(("kind", "type"), KINDS)
def test_all_kinds_of_imports_stay_open(kind: str, type: str) -> None:
    socket, plug = passing(kind, type)

    for out in (compose(socket, []), compose(part(EMPTY), [part(EMPTY_PLUG), plug][:1])):
        check_valid(out)
    assert read_component(compose(socket, [])).type == read_component(socket).type


def test_value_imports_stay_open() -> None:
    socket = part('(import "v" (value $v string)) (export "w" (value $v))')

    out = compose(socket, [])

    check_valid(out)
    assert read_component(out).type.imports == {"v": t.ValueType(t.Prim.STRING)}


def test_a_value_of_a_plug_implements_an_import() -> None:
    socket = part('(import "v" (value $v string)) (export "w" (value $v))')
    plug = part('(import "u" (value $v string)) (export "v" (value $v))')

    check_valid(compose(socket, [plug]))
    wrong = part('(import "u" (value $v u8)) (export "v" (value $v))')
    assert only(refused(socket, [wrong]), "CMP3014").endswith("expected string, found u8")


def test_a_root_resource_of_a_plug_is_the_one_that_its_functions_take() -> None:
    socket = part("""(import "r" (type $r (sub resource)))
     (import "f" (func (param "x" (borrow $r))))""")
    plug = part(
        """(import "q" (type $q (sub resource))) (import "g" (func $g (param "x" (borrow $q))))
     (export $r "r" (type $q)) (export "f" (func $g) (func (param "x" (borrow $r))))"""
    )
    other = part("""(import "q" (type $q (sub resource))) (import "p" (type $p (sub resource)))
     (import "g" (func $g (param "x" (borrow $p))))
     (export "r" (type $q)) (export $s "s" (type $p))
     (export "f" (func $g) (func (param "x" (borrow $s))))""")

    check_valid(compose(socket, [plug]))
    message = only(refused(socket, [other]), "CMP3014")
    assert "expected the resource `q`, an import" in message
    assert "found the resource `p`, an import" in message


def test_the_exact_place_of_a_mismatch_is_told() -> None:
    def declared(version: str, ttl: str) -> str:
        return f"""(import "NAME@{version}" (instance $i
          (type $o (record (field "ttl" {ttl}))) (export "opts" (type $e (eq $o)))
          (export "run" (func (param "x" u8) (param "opts" $e)))))"""

    socket = part(declared("0.2.0", "u32").replace("NAME", "ns:pkg/iface"))
    plug = part(
        declared("0.2.1", "(option u32)").replace("NAME", "ns:pkg/inner")
        + '(export "ns:pkg/iface@0.2.1" (instance $i))'
    )

    found = refused(socket, [plug])

    assert only(found, "CMP3014") == (
        "export `ns:pkg/iface@0.2.1` of `a.wasm` does not fit import `ns:pkg/iface@0.2.0` of "
        '`socket.wasm`: func run, param 2 "opts", field "ttl": expected u32, found option<u32>'
    )
    assert found[0].help == ("it has the type `opts`",)
