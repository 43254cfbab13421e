"""Names that are labels of an interface: `implements`, and external ids."""

from __future__ import annotations

import pytest
import wasmtime
from component_parts import adder, check_valid, part
from refusals import only, refused
from wac_parts import compose_text, wit
from wasmtime.component import Component, Linker

from witgen.component import types as t
from witgen.component.body import read_component
from witgen.compose import compose, plan

STORE = "a:b/store@1.0.0"
ADD = '(export "add" (func (param "x" u32) (result u32)))'


def two(first: str = STORE, second: str = STORE, *, extra: str = "") -> bytes:
    """A component whose `go` adds what `one` and `two` answer to 1, labels of an interface."""
    return part(f"""
     (import "one" (implements "{first}") (instance $a {ADD}))
     (import "two" (implements "{second}") (instance $b {ADD}))
     (core func $a (canon lower (func $a "add"))) (core func $b (canon lower (func $b "add")))
     (core module $m
       (import "" "a" (func $a (param i32) (result i32)))
       (import "" "b" (func $b (param i32) (result i32)))
       (func (export "go") (result i32)
         (i32.add (call $a (i32.const 1)) (call $b (i32.const 1)))))
     (core instance $i (instantiate $m
       (with "" (instance (export "a" (func $a)) (export "b" (func $b))))))
     (func $go (result u32) (canon lift (core func $i "go")))
     (export "go" (func $go)) {extra}""")


LABELLED = f"""
 (import "given" (implements "{STORE}") (instance $g {ADD}))
 (export "first" (implements "{STORE}") (external-id "the-first") (instance $g))
 (export "second" (external-id "the-second") (instance $g))
"""


def answer(data: bytes) -> object:
    """What `go` answers, where the engine knows labels."""
    config = wasmtime.Config()
    config.wasm_component_model_implements = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    go = Linker(engine).instantiate(store, Component(engine, data)).get_func(store, "go")
    assert go is not None
    return go(store)


@pytest.mark.parametrize("version", ["1.0.0", "1.2.0"])
def test_a_plug_implements_all_labels_of_its_interface(version: str) -> None:
    out = compose(two(), [adder(f"a:b/store@{version}", 10)])

    check_valid(out)
    assert answer(out) == 11 + 11


def test_a_plug_with_the_name_of_a_label_comes_first() -> None:
    out = compose(two(), [adder(STORE, 10), adder("two", 100)])

    assert answer(out) == 11 + 101
    assert len(plan(two(), [adder(STORE, 10)]).wires) == 2


def test_versions_are_exact_where_that_is_asked() -> None:
    plug = adder("a:b/store@1.2.0", 1)

    assert only(refused(two(), [plug], semver="exact"), "CMP3011")


def test_a_label_is_implemented_by_one_that_implements_the_same() -> None:
    plug = part(LABELLED.replace("second", "another"))

    out = read_component(compose(two(), [plug])).type

    assert list(out.imports) == ["given"]
    assert out.import_options["given"].implements == STORE


def test_exports_keep_their_options() -> None:
    socket = part(LABELLED)
    out = read_component(compose(socket, [])).type
    text = "package t:app; export new t:x { ... }...;"
    spread = read_component(compose_text(text, {"t:x": socket})).type

    for found in (out, spread):
        assert found.export_options == {
            "first": t.NameOptions(STORE, external_id="the-first"),
            "second": t.NameOptions(external_id="the-second"),
        }
        assert found.import_options == {"given": t.NameOptions(STORE)}


@pytest.mark.parametrize(
    ("export", "name", "options"),
    [
        ("x.first as other", "other", t.NameOptions(STORE, external_id="the-first")),
        ("x.first", STORE, t.NameOptions(external_id="the-first")),
        ('x.second as "c:d/e"', "c:d/e", t.NameOptions(external_id="the-second")),
    ],
)
def test_an_export_by_another_name_keeps_what_holds(
    export: str, name: str, options: t.NameOptions
) -> None:
    text = f"package t:app; let x = new t:x {{ ... }}; export {export};"

    out = read_component(compose_text(text, {"t:x": part(LABELLED)})).type

    assert out.export_options == {name: options}


def test_an_import_by_another_name_is_a_label_of_its_interface() -> None:
    packages = {"a:b": wit("package a:b@1.0.0; interface store { add: func(x: u32) -> u32; }")}
    text = (
        f'package t:app; import i as two: {STORE}; import j as "c:d/e": {STORE}; '
        "export i as three; export j as four;"
    )

    out = read_component(compose_text(text, packages)).type

    assert out.import_options == {"two": t.NameOptions(STORE)}
    assert out.export_options == {"three": t.NameOptions(STORE)}


def test_spreads_and_names_find_labels_by_their_interface() -> None:
    packages = {"t:store": adder(STORE, 10), "t:two": two()}
    spread = "let s = new t:store {}; export new t:two { ...s }.go;"
    text = "let s = new t:store {}; let x = s.store; export new t:two { one: x, ...s }.go;"

    assert answer(compose_text(f"package t:app; {spread}", packages)) == 11 + 11
    assert answer(compose_text(f"package t:app; {text}", packages)) == 11 + 11


def test_one_label_stands_for_one_interface() -> None:
    socket = two(extra='(import "x:y/z" (instance))')
    plug = part(f"""(import "one" (implements "c:d/e") (instance {ADD}))
      (instance $e) (export "x:y/z" (instance $e))""")

    assert only(refused(socket, [plug]), "CMP3017") == (
        f"`one` implements `{STORE}` in `socket.wasm` and `c:d/e` in `a.wasm`"
    )
