"""Written compositions that run, or at least are valid, and what they import and export."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from component_parts import API_PLUG, SOCKET, TYPES_PLUG, adder, caller, part, run, wasm_tools
from hypothesis import given, settings
from hypothesis import strategies as st
from wac_parts import X, Y, arithmetic, compose_text, library, wit, world_of

from witgen.component import types as t
from witgen.compose import compose
from witgen.diagnostics import ComposeError
from witgen.wac import Dependency, wac_composition

HEAD = "package t:app;\n"


def plus(n: int) -> dict[str, object]:
    return {X: lambda _, x: x + n}


def duo() -> bytes:
    """A composition that exports x, which adds 30, and y, which adds 1000 to that."""
    text = "let a = new t:add {}; let c = new t:chain { ...a }; export a.x; export c.y;"
    return compose_text(HEAD + text, {"t:add": adder(X, 30), "t:chain": adder(Y, 1000, X)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # Two instances of one component, plain names for paths, a spread.
        (
            """let a = new t:add {}; let b = new t:add {};
            let c = new t:chain { ...b };
            let d = new t:caller { x: a.x, ...c };
            export d.go;""",
            11 + 111,
        ),
        # Named with strings, accessed with strings, nested, in parentheses.
        (
            f"""export (new t:caller {{
              "{X}": (new t:add {{}})["{X}"],
              "{Y}": new t:chain {{ x: (new t:add {{}}).x }}["{Y}"],
            }}).go;""",
            11 + 111,
        ),
        # The name of an inferred argument is that of the export that it comes from.
        (
            f"""let first = new t:add {{}}["{X}"];
            let second = new t:chain {{ first }}.y;
            export new t:caller {{ first, second }}.go as go;""",
            11 + 111,
        ),
        # Spreads give what is not given yet, in order; named arguments go before them all.
        (
            """let c = new t:chain { x: (new t:add {}).x }; let d = new t:duo {};
            export new t:caller { ...c, ...d }...;""",
            31 + 111,
        ),
        ("let d = new t:duo {}; export new t:caller { ...d }...;", 31 + 1031),
        (
            "let d = new t:duo {}; export new t:caller { ...d, x: (new t:add {}).x }...;",
            11 + 1031,
        ),
        # An alias of a name is the same item.
        (
            """let a = new t:add {}; let b = a; let x = b.x; let c = new t:chain { x };
            export new t:caller { ...b, ...c }.go;""",
            11 + 111,
        ),
    ],
)
def test_what_runs(text: str, value: int) -> None:
    out = compose_text(HEAD + text, arithmetic() | {"t:duo": duo()})

    assert run(out) == value
    assert list(world_of(out).imports) == []
    assert list(world_of(out).exports) == ["go"]


@pytest.mark.parametrize(
    ("text", "imports", "value"),
    [
        # Implicit imports are shared.
        (
            """let c = new t:chain { ... };
            export new t:caller { ...c, ... }.go;""",
            [X],
            8 + 108,
        ),
        # An explicit import as an argument.
        (
            f"""import in as "{X}": interface {{ add: func(x: u32) -> u32; }};
            let c = new t:chain {{ x: in }};
            export new t:caller {{ in, ...c }}.go;""",
            [X],
            8 + 108,
        ),
        # A declared interface as the type of an import.
        (
            """interface adds { add: func(x: u32) -> u32; }
            import one: adds;
            let c = new t:chain { x: one };
            export new t:caller { x: one, ...c }.go;""",
            ["t:app/adds"],
            8 + 108,
        ),
        # By the path of a package of WIT.
        (
            """import one: t:wit/adds@2.0.0;
            import two as other-name: t:wit/adds@2.0.0;
            export new t:caller { x: one, y: two }.go;""",
            ["t:wit/adds@2.0.0", "other-name"],
            8 + 8,
        ),
    ],
)
def test_what_imports(text: str, imports: list[str], value: int) -> None:
    packages = arithmetic() | {
        "t:wit@2.0.0": wit("package t:wit@2.0.0; interface adds { add: func(x: u32) -> u32; }")
    }

    out = compose_text(HEAD + text, packages)

    assert list(world_of(out).imports) == imports
    assert run(out, {name: lambda _, x: x + 7 for name in imports}) == value


def test_a_component_is_written_once() -> None:
    one = compose_text(HEAD + "export (new t:add {}).x;", arithmetic())
    two = compose_text(
        HEAD + "let a = new t:add {}; let b = new t:add {}; export a.x; export b.x as y;",
        arithmetic(),
    )

    assert two.count(arithmetic()["t:add"]) == 1
    assert len(two) - len(one) < 60


def test_a_text_and_plugs_make_the_same_world() -> None:
    packages = library() | arithmetic()
    cases = [
        ("let l = new t:lib {}; export new t:user { ...l }...;", "t:user", ["t:lib"]),
        ("export new t:user { ... }...;", "t:user", []),
        (
            "let c = new t:chain { ... }; export new t:caller { ...c, ... }...;",
            "t:caller",
            ["t:chain"],
        ),
    ]
    for text, socket, plugs in cases:
        plugged = compose(packages[socket], [packages[name] for name in plugs])
        assert world_of(compose_text(HEAD + text, packages)) == world_of(plugged)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_graph_computes_what_it_says(data: st.DataObject) -> None:
    # Each instance adds its number to what the one adds that it is given, or to nothing.
    packages = {"t:base": adder(X, 1), "t:caller": caller(X, Y)}
    packages |= {f"t:plus-{n}": adder(X, n, X) for n in (10, 100)}
    packages |= {f"t:y-{n}": adder(Y, n, X) for n in (1000, 10_000)}
    lines, adds, ys = ["let a0 = new t:base {};"], [1], []
    for number in range(1, data.draw(st.integers(2, 8))):
        below = data.draw(st.integers(0, len(adds) - 1))
        plus = data.draw(st.sampled_from((10, 100)))
        form = data.draw(st.sampled_from(("x: a{}.x", "...a{}", f'"{X}": (a{{}})["{X}"]')))
        lines.append(f"let a{number} = new t:plus-{plus} {{ {form.format(below)} }};")
        adds.append(adds[below] + plus)
    for plus in data.draw(st.lists(st.sampled_from((1000, 10_000)), min_size=1, max_size=2)):
        below = data.draw(st.integers(0, len(adds) - 1))
        ys.append((f"(new t:y-{plus} {{ x: a{below}.x }}).y", adds[below] + plus))
    x = data.draw(st.integers(0, len(adds) - 1))
    y, y_adds = data.draw(st.sampled_from(ys))
    lines.append(f"export (new t:caller {{ x: a{x}.x, y: {y} }}).go;")

    assert run(compose_text(HEAD + "\n".join(lines), packages)) == 1 + adds[x] + 1 + y_adds


def test_resources_go_through_instances() -> None:
    packages = {"t:types": part(TYPES_PLUG), "t:api": part(API_PLUG), "t:go": part(SOCKET)}
    text = """let types = new t:types {}; let api = new t:api { types: types.types };
      export new t:go { ...api, types: types.types }.go;"""

    assert run(compose_text(HEAD + text, packages)) == 107
    exported = compose_text(HEAD + text + "export api...; export types...;", packages)
    assert run(exported) == 107
    assert list(world_of(exported).exports) == ["go", "a:b/types@1.0.0", "a:b/api@1.0.0"]


def test_types_modules_and_components_are_arguments() -> None:
    typed = part("""(type $e (enum "red" "blue")) (import "tint" (type $t (eq $e)))
      (import "f" (func (param "a" $t)))""")
    text = "let l = new t:lib {}; let t = new t:typed { tint: l.types.tint, ... };"

    assert list(world_of(compose_text(HEAD + text, library() | {"t:typed": typed})).imports) == [
        "tint",
        "f",
    ]

    both = part("""(import "m" (core module $m (export "f" (func (result i32)))))
      (import "c" (component $c (import "x" (func)) (export "y" (func))))
      (export "m2" (core module $m)) (export "c2" (component $c))""")
    text = "let a = new t:both { ... }; let b = new t:both { m: a.m2, c: a.c2 }; export b...;"
    world = world_of(compose_text(HEAD + text, {"t:both": both}))
    assert (list(world.imports), list(world.exports)) == (["m", "c"], ["m2", "c2"])


@pytest.mark.parametrize(
    ("text", "plug"),
    [
        ("let c = new t:chain { ... }; export new t:caller { ...c, ... }...;", "t:chain"),
        ("let a = new t:add {}; export new t:caller { ...a, ... }...;", "t:add"),
    ],
)
def test_the_world_is_that_of_the_reference_composer(text: str, plug: str, tmp_path: Path) -> None:
    # Plugs for plugs it leaves open, and where exports of the socket use types of a plug it fails.
    packages = arithmetic()
    files = [tmp_path / "socket.wasm", tmp_path / "plug.wasm", tmp_path / "reference.wasm"]
    files[0].write_bytes(packages["t:caller"])
    files[1].write_bytes(packages[plug])
    wasm_tools("compose", str(files[0]), "-d", str(files[1]), "-o", str(files[2]))
    out = compose_text(HEAD + text, packages)

    found, expected = (
        wasm_tools("component", "wit", data=data) for data in (out, files[2].read_bytes())
    )

    assert found == expected


def test_versions_of_one_track_are_spread() -> None:
    packages = {"t:old": adder("a:b/x@1.2.0", 10), "t:go": caller("a:b/x@1.1.0")}

    text = HEAD + "let o = new t:old {}; export new t:go { ...o }.go;"

    assert run(compose_text(text, packages)) == 11
    with pytest.raises(ComposeError, match="no export of `o` matches a missing import of `t:go`"):
        compose_text(text, packages, semver="exact")


def test_a_function_of_an_interface_is_an_argument_and_an_export() -> None:
    socket = part("""(import "add" (func $f (param "x" u32) (result u32)))
      (core func $l (canon lower (func $f)))
      (core module $m (import "" "f" (func $f (param i32) (result i32)))
        (func (export "go") (result i32) (call $f (i32.const 5))))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $l))))))
      (func $go (result u32) (canon lift (core func $i "go"))) (export "go" (func $go))""")
    text = HEAD + "let a = new t:add {}; let s = new t:socket { add: a.x.add }; export s.go;"

    out = compose_text(text + "export a.x.add;", arithmetic() | {"t:socket": socket})

    assert run(out) == 15
    assert world_of(out).exports["add"] == t.FuncType((("x", t.Prim.U32),), t.Prim.U32)


def test_an_instance_as_a_whole_is_an_argument_and_an_export() -> None:
    # What `t:add` exports has the wrong shape; a component with a plain `add` has the right one.
    plain = part("""(core module $m (func (export "add") (param i32) (result i32)
        (i32.add (local.get 0) (i32.const 3))))
      (core instance $i (instantiate $m))
      (func $f (param "x" u32) (result u32) (canon lift (core func $i "add")))
      (export "add" (func $f))""")
    text = """let p = new t:plain {}; let c = new t:caller { x: p, y: p };
      export c.go; export p as "o:p/q";"""

    out = compose_text(HEAD + text, {"t:plain": plain, "t:caller": arithmetic()["t:caller"]})

    assert run(out) == 8
    assert list(world_of(out).exports) == ["go", "o:p/q"]


@pytest.mark.parametrize(
    ("text", "imports", "exports"),
    [
        ("export l...;", [], ["types", "plain", "make", "both"]),
        ("export l.types;", [], ["types"]),
        ("export l.make;", [], ["make"]),
        # What uses types stands behind what names them, whatever was written first.
        ("export l.both; export l.types;", [], ["types", "both"]),
        ("export u.both; export l...;", [], ["types", "both", "plain", "make"]),
        # Types of a wired interface are imported as types, unless they are exported.
        ("export u.both;", ["types"], ["both"]),
        ("export l.types; export u.both;", [], ["types", "both"]),
        ("export u.go;", [], ["go"]),
        # The members of an interface one by one.
        ("export l.types...;", [], ["tint", "dot", "thing", "[method]thing.get"]),
        ("export l.make...;", [], ["thing", "make"]),
    ],
)
def test_types_find_a_name(text: str, imports: list[str], exports: list[str]) -> None:
    head = "let l = new t:lib {}; let u = new t:user { ...l };"

    world = world_of(compose_text(HEAD + head + text, library()))

    assert [name.removeprefix("t:lib/") for name in world.imports] == imports
    assert [name.removeprefix("t:lib/") for name in world.exports] == exports


def test_an_instance_may_get_some_interfaces_and_import_the_others() -> None:
    text = """let l = new t:lib {}; let u = new t:user { plain: l.plain, ... }; export u.go;"""

    world = world_of(compose_text(HEAD + text, library()))

    assert list(world.imports) == ["t:lib/types", "t:lib/make"]


def test_declared_types_are_exported() -> None:
    text = """package t:app@1.2.3;
      record r { a: list<q> }
      enum q { z }
      type call = func(x: u8) -> u8;
      interface i { resource thing { constructor(a: u8); get: func() -> u8; } type f = func(); g: f; }
      world w { import i; import c: call; export h: func(); include v; }
      world v { export j: func(); }"""

    exports = world_of(compose_text(text, {})).exports

    assert list(exports) == ["q", "r", "call", "i", "w", "v"]
    assert exports["r"] == t.TypeEq(t.Record((("a", t.List(t.Ref(0, t.Space.EXPORT, ("q",)))),)))
    assert exports["call"] == t.TypeEq(t.FuncType((("x", t.Prim.U8),), t.Prim.U8))
    interface, world = exports["i"], exports["w"]
    assert isinstance(interface, t.TypeEq)
    assert isinstance(interface.type, t.ComponentType)
    assert list(interface.type.exports) == ["t:app/i@1.2.3"]
    members = interface.type.exports["t:app/i@1.2.3"]
    assert isinstance(members, t.InstanceType)
    assert list(members.exports) == ["thing", "[constructor]thing", "[method]thing.get", "g"]
    assert isinstance(world, t.TypeEq)
    assert isinstance(world.type, t.ComponentType)
    inner = world.type.exports["t:app/w@1.2.3"]
    assert isinstance(inner, t.ComponentType)
    assert list(inner.imports) == ["t:app/i@1.2.3", "c"]
    assert sorted(inner.exports) == ["h", "j"]


@pytest.mark.parametrize(
    ("text", "exports"),
    [
        ("export c;", ["c"]),
        ("export c.f;", ["f"]),
        ("export c.f; export c.r;", ["f", "r"]),
        ("export c; export c.f as g;", ["c", "g"]),
        ("export c...;", ["r", "[constructor]r", "[method]r.m", "[static]r.s", "d", "f"]),
    ],
)
def test_what_is_imported_is_exported_whole_or_in_parts(text: str, exports: list[str]) -> None:
    head = """import c: interface {
      resource r { constructor(); m: func(); s: static func() -> r; }
      record d { a: u8 }
      f: func(r: borrow<r>) -> d;
    };"""

    world = world_of(compose_text(HEAD + head + text, {}))

    assert list(world.imports) == ["c"]
    assert sorted(world.exports) == sorted(exports)


def test_types_of_imported_functions_are_imported() -> None:
    text = HEAD + "enum q { z } import f: func(x: q); import g as h: call; type call = func() -> q;"

    world = world_of(compose_text(text + "export f as k;", {}))

    assert list(world.imports) == ["q", "f", "h"]
    assert list(world.exports) == ["q", "call", "k"]


def test_imports_bring_the_types_that_they_use() -> None:
    lib = wit(
        "package t:w; interface a { record r { x: u8 } g: func(); } interface b { use a.{r}; f: func(x: r); }"
    )

    world = world_of(compose_text(HEAD + "import b: t:w/b;", {"t:w": lib}))
    both = world_of(compose_text(HEAD + "import b: t:w/b; import a: t:w/a;", {"t:w": lib}))

    assert {n: list(e.exports) for n, e in world.imports.items()} == {  # type: ignore[union-attr]
        "t:w/a": ["r"],
        "t:w/b": ["r", "f"],
    }
    assert list(both.imports["t:w/a"].exports) == ["r", "g"]  # type: ignore[union-attr]


def test_an_interface_of_a_world_and_a_world_are_imported() -> None:
    package = wit("""package t:w; interface i { f: func(); }
      world w { export one: interface { g: func(); } export i; }""")
    text = HEAD + "import a as one: t:w/w/one; import b: t:w/w; export b;"

    world = world_of(compose_text(text, {"t:w": package}))

    assert list(world.imports) == ["one", "t:w/w"]
    assert isinstance(world.imports["one"], t.InstanceType)
    assert isinstance(world.imports["t:w/w"], t.ComponentType)
    assert list(world.exports) == ["t:w/w"]


def test_the_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    text = """package t:app; record r { a: u8 } let l = new t:lib {};
      let u = new t:user { ...l }; export u.both; export l...;"""
    files = [tmp_path / f"{name.removeprefix('t:')}.wasm" for name in library()]
    for file, data in zip(files, library().values(), strict=True):
        file.write_bytes(data)
    program = (
        "import sys, hashlib, pathlib\n"
        "from witgen.wac import Dependency, wac_composition\n"
        "files = [pathlib.Path(name) for name in sys.argv[2:]]\n"
        "given = [Dependency(f't:{file.stem}', file.read_bytes(), 'x') for file in files]\n"
        "pieces = wac_composition(sys.argv[1], given).pieces()\n"
        "print(hashlib.sha256(b''.join(pieces)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, text, *files],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_plan_shows_instances_and_who_is_given_imports() -> None:
    text = f"""package t:app;
      import in as "{X}": interface {{ add: func(x: u32) -> u32; }};
      let c = new t:chain {{ in }};
      export new t:caller {{ x: in, ...c }}.go;"""
    packages = [Dependency(name, data, name) for name, data in arithmetic().items()]

    plan = wac_composition(text, packages, file="app.wac").plan()

    assert [part.name for part in plan.parts] == ["c (t:chain)", "t:caller"]
    (wire,) = plan.wires
    assert (wire.supplier, wire.export, wire.consumer) == ("c (t:chain)", Y, "t:caller")
    (item,) = plan.imports
    assert item.needed_by == (("c (t:chain)", X), ("t:caller", X))
    assert plan.exports == ("go",)


def test_strip_leaves_names_out() -> None:
    text = HEAD + "export (new t:add {})...;"
    named = {"t:add": arithmetic()["t:add"] + b"\0\x07\x04name\1\2"}

    assert len(compose_text(text, named)) - len(compose_text(text, named, strip=True)) > 9
