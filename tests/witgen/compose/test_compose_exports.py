"""Exports of the socket whose types a plug defines: named by an import of types, or by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import wasmtime
from component_parts import API_PLUG, TYPES_PLUG, check_valid, part, wasm_tools
from wasmtime.component import Component, Linker

from witgen.component import decode
from witgen.compose import compose, plan
from witgen.resolve.printer import to_wit

TYPES = """\
package a:b@1.0.0;
interface points { record pair { x: u32, y: u32 } }
interface types {
  use points.{pair};
  record box { of: pair }
  variant many { one(box), more(list<box>) }
  enum plain { a, b }
}
world plug { export points; export types; }
"""


def dummy(text: str, world: str, folder: Path) -> bytes:
    """A component of a world, with bodies that trap."""
    (folder / "all.wit").write_text(text)
    module = wasm_tools("component", "embed", "--dummy", "--world", world, str(folder / "all.wit"))
    return wasm_tools("component", "new", data=module)


def composed(socket: str, folder: Path) -> tuple[bytes, bytes, bytes]:
    """(socket, plug, composition) of a socket's WIT in the package of the types."""
    parts = [dummy(f"{TYPES}{socket}", world, folder) for world in ("socket", "plug")]
    out = compose(parts[0], [parts[1]], allow_imports=[])
    check_valid(out)
    return parts[0], parts[1], out


@pytest.mark.parametrize(
    ("socket", "imported"),
    [
        ("interface api { use types.{plain}; f: func(x: plain) -> list<plain>; }", ()),
        ("interface api { use points.{pair}; f: func() -> option<pair>; }", ()),
        ("interface api { use types.{box}; f: func() -> box; }", ("points", "types")),
        ("interface api { use types.{box, pair}; f: func(p: pair) -> box; }", ("points", "types")),
        ("interface api { use types.{many}; f: func() -> many; }", ("points", "types")),
        (
            "interface api { use types.{box}; record crate { of: box } f: func() -> crate; }",
            ("points", "types"),
        ),
    ],
)
def test_types_are_imported_where_an_export_does_not_name_them(
    socket: str, imported: tuple[str, ...], tmp_path: Path
) -> None:
    text = f"{socket}\nworld socket {{ import types; export api; }}"

    _, _, out = composed(text, tmp_path)

    world = decode(out).worlds[0]
    names = [decode(out).interface_id(key) for key in world.imports if not isinstance(key, str)]
    assert names == [f"a:b/{name}@1.0.0" for name in imported]


def test_exports_may_share_types_of_a_plug(tmp_path: Path) -> None:
    text = """
    interface first { use types.{box}; f: func() -> box; }
    interface second { use first.{box}; g: func(x: box); }
    world socket { import types; export first; export second; }
    """

    _, _, out = composed(text, tmp_path)

    assert "use first.{box};" in to_wit(decode(out)).replace("a:b/first@1.0.0", "first")


def test_resources_of_the_socket_may_use_types_of_a_plug(tmp_path: Path) -> None:
    text = """
    interface first {
      use types.{box};
      resource shelf { constructor(first: box); take: func() -> box; }
    }
    interface second {
      use types.{many};
      use first.{shelf};
      fill: func(it: borrow<shelf>, all: many) -> shelf;
    }
    world socket { import types; export first; export second; }
    """

    composed(text, tmp_path)


def test_functions_of_the_world_may_use_types_of_a_plug(tmp_path: Path) -> None:
    text = "world socket { use types.{box}; export run: func(x: box) -> box; }"

    composed(text, tmp_path)


def test_the_plan_lists_them_as_imports_of_types(tmp_path: Path) -> None:
    text = "interface api { use types.{box}; f: func() -> box; } world socket { export api; }"
    socket, plug, _ = composed(text, tmp_path)

    listed = plan(socket, [plug]).imports

    assert [item.name for item in listed] == ["a:b/points@1.0.0", "a:b/types@1.0.0"]
    assert all(item.types_only for item in listed)


def test_a_composition_is_a_socket_or_a_plug_again(tmp_path: Path) -> None:
    text = """
    interface api { use types.{box}; f: func() -> box; }
    interface top { use api.{box}; g: func() -> box; }
    world socket { import types; export api; }
    world above { import api; export top; }
    """
    _, plug, out = composed(text, tmp_path)
    above = dummy(f"{TYPES}{text}", "above", tmp_path)

    for whole in (compose(above, [out]), compose(out, [plug]), compose(above, [out, plug])):
        check_valid(whole)


RESOURCES = """\
package a:b@1.0.0;
interface foo {
  resource r { get: func() -> u32; }
  record p { x: u32 }
  record q { p: p, h: r }
  enum e { a, b }
  record w { e: e }
  make: func(a: w) -> q;
}
world plug { export foo; }
"""
BAR = "interface bar { use foo.{r}; id: func(a: r) -> r; }"
BAZ = "interface baz { use foo.{q, r}; id: func(a: q) -> r; }"
MIX = "interface mix { use foo.{r, w}; id: func(a: w) -> r; }"
TWO = "interface two { use bar.{r}; use foo.{w}; id: func(a: r, w: w); }"


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        (f"{BAR} world socket {{ import foo; export bar; }}", False),
        (f"{BAZ} world socket {{ import foo; export baz; }}", True),
        (f"{MIX} world socket {{ export mix; }}", True),
        (f"{BAR} {TWO} world socket {{ export bar; export two; }}", True),
        (
            f"{BAR}{BAZ}{MIX}{TWO}world socket {{export two; export mix; export baz; export bar;}}",
            True,
        ),
        (f"{BAR} world socket {{ use foo.{{r}}; export bar; }}", False),
    ],
)
def test_a_resource_of_a_plug_is_opaque_outside(text: str, imported: bool, tmp_path: Path) -> None:
    socket, plug = (dummy(f"{RESOURCES}{text}", world, tmp_path) for world in ("socket", "plug"))

    out = compose(socket, [plug], allow_imports=[])

    check_valid(out)
    names = [item.name for item in plan(socket, [plug]).imports]
    assert names == (["a:b/foo@1.0.0"] if imported else [])


def test_open_imports_use_value_types_beside_resources_of_a_plug(tmp_path: Path) -> None:
    text = f"{RESOURCES} interface up {{ use foo.{{w}}; f: func() -> w; }}"
    socket = dummy(f"{text} world socket {{ import foo; import up; }}", "socket", tmp_path)

    out = compose(socket, [dummy(text, "plug", tmp_path)])

    check_valid(out)
    assert "import a:b/up@1.0.0" in to_wit(decode(out))


def test_a_resource_of_a_plug_goes_out_and_comes_back() -> None:
    out = compose(part(f'{API_PLUG} (export "again" (instance $t))'), [part(TYPES_PLUG)])
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    instance = Linker(engine).instantiate(store, Component(engine, out))

    def function(interface: str, name: str) -> Any:
        found = instance.get_export_index(store, interface)
        return instance.get_func(store, instance.get_export_index(store, name, found) or "")

    pair = type("Pair", (), {"x": 3, "y": 4})()
    thing = function("again", "[constructor]thing")(store, pair)

    check_valid(out)
    assert function("a:b/api@1.0.0", "use")(store, thing) == 3 + 4 + 100


PLUG = """
 (component $shim
   (type $pair (record (field "x" u32) (field "y" u32)))
   (export $p "pair" (type $pair))
   (type $box (record (field "of" $p)))
   (export "box" (type $box)))
 (instance $e (instantiate $shim))
 (export "a:b/types@1.0.0" (instance $e))
"""
SOCKET = """
 (import "a:b/types@1.0.0" (instance $t
   (type $pair (record (field "x" u32) (field "y" u32)))
   (export "pair" (type $p (eq $pair)))
   (type $box (record (field "of" $p)))
   (export "box" (type (eq $box)))))
 (alias export $t "box" (type $box))
 (alias export $t "pair" (type $pair))
 (core module $m (memory (export "memory") 1)
   (func (export "get") (result i32)
     (i32.store (i32.const 8) (i32.const 3))
     (i32.store (i32.const 12) (i32.const 4))
     (i32.const 8)))
 (core instance $i (instantiate $m))
 (func $get (result $box) (canon lift (core func $i "get") (memory (core memory $i "memory"))))
 (component $shim
   (type $record (record (field "x" u32) (field "y" u32)))
   (import "pair" (type $p (eq $record)))
   (type $boxed (record (field "of" $p)))
   (import "box" (type $b (eq $boxed)))
   (import "get" (func $get (result $b)))
   (export $b2 "box" (type $b))
   (export "get" (func $get) (func (result $b2))))
 (instance $e (instantiate $shim
   (with "pair" (type $pair)) (with "box" (type $box)) (with "get" (func $get))))
 (export "s:t/api" (instance $e))
"""


def test_it_runs() -> None:
    out = compose(part(SOCKET), [part(PLUG)], allow_imports=[])
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)

    instance = Linker(engine).instantiate(store, Component(engine, out))
    api = instance.get_export_index(store, "s:t/api")
    get: Any = instance.get_func(store, instance.get_export_index(store, "get", api) or "")

    box = get(store)
    assert (box.of.x, box.of.y) == (3, 4)
