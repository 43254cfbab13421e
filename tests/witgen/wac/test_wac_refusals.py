"""What does not fit, and texts that are no compositions: told with line and column, all of one run."""

from __future__ import annotations

import pytest
from component_parts import part
from wac_parts import X, Y, arithmetic, library, refused_text, wit

from witgen.diagnostics import ComposeError, Diagnostic
from witgen.wac import Dependency, wac_composition

HEAD = "package t:app;\n"


def shown(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(d.code, d.line, d.column) for d in diagnostics]


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("let x = new ;", "CMP3101", (2, 13), "expected a name, found `;`"),
        ("let x new a:b {};", "CMP3101", (2, 7), "expected `=`, found `new`"),
        ("let x = y", "CMP3101", (2, 10), "expected `.`, `;` or `[`, found the end of the file"),
        ("export x as y...;", "CMP3101", (2, 14), "expected `;`, found `...`"),
        ("export x... as y;", "CMP3101", (2, 13), "an export of all exports cannot have a name"),
        ("let x = a.b.;", "CMP3101", (2, 13), "expected a name, found `;`"),
        ('let x = a."b";', "CMP3101", (2, 11), "expected a name, found a string"),
        ("let x = a[b];", "CMP3101", (2, 11), "expected a string, found `b`"),
        ("import x: u8;", "CMP3101", (2, 11), None),
        ("import x as y;", "CMP3101", (2, 14), "expected `:`, found `;`"),
        ("let X_y = a;", "WIT0010", (2, 6), "invalid identifier `X_y`: `_` is not allowed"),
        ("let let = a;", "CMP3101", (2, 5), "expected a name, found `let`"),
        ("let a = $;", "WIT0009", (2, 9), "unexpected character `$`"),
        ('let a = new b:c { "d: e };', "WIT0008", None, None),
        ("/* never closed", "WIT0007", (2, 1), "unterminated block comment"),
        ("interface i { f: func(a u8); }", "WIT0100", (2, 25), "expected `:`, found `u8`"),
        (
            "interface i { f: g; }",
            "CMP3105",
            (2, 18),
            "`g` is not a function type of the interface",
        ),
        ("interface i { use j.{t}; }", "RES1003", (2, 19), None),
        ("interface i { record r { a: s } }", "RES1021", (2, 29), "type `s` does not exist"),
        ("interface i { record r {} }", "WIT0110", (2, 22), "empty record `r`"),
        ("record r { a: r }", "RES1011", None, None),
        ("world w { include v; }", "RES1003", (2, 19), None),
        ("world w { export f: func(); export f: func(); }", "RES1031", None, None),
        ("interface i {} interface i {}", "CMP3106", (2, 26), "`i` is already defined"),
        ("import a: func(); let a = b;", "CMP3106", (2, 23), "`a` is already defined"),
        ("import f: func(a: t);", "RES1021", (2, 19), "type `t` does not exist"),
        ("import f: g;", "CMP3105", (2, 11), "undefined name `g`"),
        ("import f: t:app/g;", "CMP3109", (2, 17), "`t:app` does not define `g`"),
        ("interface i { use x:y/z.{t}; }", "CMP3107", (2, 19), "unknown package `x:y`"),
        (
            "import f as F: func(); import g as f: func();",
            "CMP3118",
            (2, 36),
            "`f` is imported twice",
        ),
        ("import f: func(); export f; export f as F;", "CMP3117", (2, 41), None),
        ('export (new t:add {}).x as "[method]a.b";', "CMP3119", (2, 28), None),
        ("let a = new t:add { ... }; export a.x.add.add;", "CMP3114", (2, 35), None),
    ],
)
def test_a_text_that_is_wrong(
    text: str, code: str, place: tuple[int, int] | None, message: str | None
) -> None:
    found = refused_text(HEAD + text)

    assert code in {d.code for d in found}
    first = next(d for d in found if d.code == code)
    if place is not None:
        assert (first.line, first.column) == place
    if message is not None:
        assert first.message == message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("CMP3102", 1, 1)]),
        ("// nothing", [("CMP3102", 1, 1)]),
        ("let a = b;", [("CMP3102", 1, 1), ("CMP3105", 1, 9)]),
        ("package a;", [("CMP3101", 1, 10)]),
        ("package a:b; package c:d;", [("CMP3102", 1, 14)]),
        ("package a:b:c; interface i {}", [("CMP3102", 1, 9)]),
    ],
)
def test_the_package_comes_first(text: str, found: list[tuple[str, int, int]]) -> None:
    assert shown(refused_text(text)) == found


def test_all_errors_of_a_run_are_told_once() -> None:
    text = """package t:app;
let a = new t:adds {};
let b = a.x.y;
let c = new t:chain { x: b };
export new t:caller { x: a, y: c.z, ...q }.gone;
import d: t:add/x;
"""

    assert shown(refused_text(text)) == [
        ("CMP3107", 2, 13),
        ("CMP3115", 5, 34),
        ("CMP3105", 5, 40),
        ("CMP3115", 5, 44),
        ("CMP3109", 6, 17),
    ]


def test_syntax_errors_of_all_statements_are_told() -> None:
    text = """package t:app;
let a = ;
let b = new t:add {};
interface i { f: func(; }
export b;;
"""

    assert [(d.line, d.code[:4]) for d in refused_text(text)] == [
        (2, "CMP3"),
        (4, "WIT0"),
        (5, "CMP3"),
    ]


def other(text: str) -> bytes:
    """A component with x, whose `add` has another type."""
    return part(f"""(import "from-outside" (func $f {text}))
      (instance $e (export "add" (func $f))) (export "{X}" (instance $e))""")


def test_a_mismatch_names_the_path_and_where_it_was_asked_for() -> None:
    packages = arithmetic() | {"t:other": other('(param "x" u32) (result (option u32))')}
    text = HEAD + "let o = new t:other { ... };\nlet c = new t:chain { ...o };\n"

    (found,) = refused_text(text, packages)

    assert shown((found,)) == [("CMP3014", 3, 26)]
    assert found.message == (
        f"export `{X}` of `o (t:other)` does not fit import `{X}` of `c (t:chain)`: "
        "func add, result: expected u32, found option<u32>"
    )
    (label,) = found.labels
    assert (label.place.line, label.place.column) == (3, 13)


def test_an_explicit_import_may_not_fit_either() -> None:
    text = HEAD + f'import i as "{X}": interface {{ add: func(x: u64) -> u32; }};\n'

    (found,) = refused_text(text + "let c = new t:chain { i };")

    assert shown((found,)) == [("CMP3014", 3, 23)]
    assert found.message == (
        f"import `{X}` of `app.wac` does not fit import `{X}` of `c (t:chain)`: "
        'func add, param 1 "x": expected u32, found u64'
    )


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("x: a.x.add", "expected an interface, found a function"),
        ("x: r", "expected an interface, found a declared type"),
    ],
)
def test_arguments_of_another_kind(argument: str, message: str) -> None:
    text = HEAD + "record r { a: u8 } let a = new t:add {}; let c = new t:chain { " + argument

    (found,) = refused_text(text + " };")

    assert found.code == "CMP3014"
    assert found.message == f"argument `{X}` of `t:chain`: {message}"


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        (
            "let m = new t:lib {};\nlet u = new t:user { types: m.types, ...l };",
            "CMP3014",
            4,
            "found the resource `thing` of `t:lib/types`, defined in `l (t:lib)`",
        ),
        (
            "let u = new t:user { types: l.types, ... };",
            "CMP3015",
            3,
            "remains open but uses the resource `thing`",
        ),
        (
            "\n\nexport l.plain;",
            "CMP3018",
            5,
            "export `t:lib/plain` of `l (t:lib)` uses the type `dot`",
        ),
        ("export l.make.make;", "CMP3018", 3, "uses the resource `thing` of `t:lib/types`"),
        ("export l.types.dot;", "CMP3018", 3, "uses the type `tint` of `t:lib/types`"),
    ],
)
def test_types_must_come_from_one_place_and_have_a_name(
    text: str, code: str, line: int, message: str
) -> None:
    found = refused_text(HEAD + "let l = new t:lib {};\n" + text, library())

    assert {d.code for d in found} == {code}
    assert found[0].line == line
    assert message in found[0].message


def test_implicit_imports_that_cannot_be_merged() -> None:
    packages = arithmetic() | {
        "t:wide": part(f'(import "{X}" (instance (export "add" (func (param "x" u64)))))')
    }
    text = HEAD + "let c = new t:chain { ... };\nlet w = new t:wide { ... };"

    (found,) = refused_text(text, packages)

    assert shown((found,)) == [("CMP3017", 2, 13)]
    assert [(label.place.line, label.place.column) for label in found.labels] == [(3, 13)]
    assert "`c (t:chain)` and `w (t:wide)` import" in found.message


def test_imports_that_are_not_allowed() -> None:
    packages = [Dependency(name, data, name) for name, data in arithmetic().items()]
    text = HEAD + f'import i as "{Y}": interface {{ add: func(x: u32) -> u32; }};\n'
    text += "export new t:caller { y: i, ... }.go;"

    with pytest.raises(ComposeError) as caught:
        wac_composition(text, packages, allow_imports=[])

    (one,) = caught.value.diagnostics
    assert (one.code, one.message) == ("CMP3019", "2 imports remain open")
    assert [label.message for label in one.labels] == [f"`{n}` is needed here" for n in (Y, X)]
    assert wac_composition(text, packages, allow_imports=["a:b/*"]).pieces()


# --- packages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        ("t:add", "t:add", True),
        ("t:add@1.0.0", "t:add@1.0.0", True),
        ("t:add", "t:add@1.0.0", True),
        ("t:add@1.0.0", "t:add", False),
        ("t:add@1.0.0", "t:add@1.0.1", False),
        ("t:add:more", "t:add:more", True),
    ],
)
def test_packages_have_versions(given: str, wanted: str, fits: bool) -> None:
    packages = {given: arithmetic()["t:add"]}
    text = HEAD + f"export new {wanted} {{}}...;"
    if fits:
        dependency = Dependency(given, packages[given], "add.wasm")
        assert wac_composition(text, [dependency]).graph.exports
        return

    assert shown(refused_text(text, packages)) == [("CMP3107", 2, 12)]


def test_a_package_that_is_damaged_is_told_once_with_its_offset() -> None:
    found = refused_text(
        HEAD + "let a = new t:add {}; let b = new t:add {};", {"t:add": b"\0asm\x0d\0\1\0\xff"}
    )

    assert [(d.code, d.file) for d in found] == [("CMP3001", "t:add.wasm")]
    assert found[0].place is not None
    assert found[0].place.offset


def test_declarations_may_use_packages_that_are_damaged() -> None:
    (found,) = refused_text(HEAD + "interface i { use a:b/c.{d}; }", {"a:b": b"nonsense"})

    assert (found.code, found.file) == ("CMP3001", "a:b.wasm")


# --- targets ------------------------------------------------------------------------------------

KIND = "expected an interface, found a function"
WORLDS = """package t:w;
interface adds { add: func(x: u32) -> u32; }
world good { import a:b/x@1.0.0; import a:b/y@1.0.0; export go: func() -> u32; }
world newer { import a:b/x@1.1.0; import a:b/y@1.0.0; export go: func() -> u32; }
world few { import a:b/x@1.0.0; export go: func() -> u32; }
world more { include good; export stop: func(); }
world other { include good; export go2: func() -> u64; }
world odd { import a:b/x@1.0.0; import a:b/y@1.0.0; export go: func() -> u64; }
world kind { import a:b/x@1.0.0; import a:b/y@1.0.0; export go: interface {} }
"""
DEPS = {
    "deps/x.wit": "package a:b@1.0.0; interface x { add: func(x: u32) -> u32; } "
    "interface y { add: func(x: u32) -> u32; }",
    "deps/z.wit": "package a:b@1.1.0; interface x { add: func(x: u32) -> u32; }",
}


def worlds() -> dict[str, bytes]:
    from witgen.component import encode_package
    from witgen.load import load_texts

    return arithmetic() | {"t:w": encode_package(load_texts({"w.wit": WORLDS, **DEPS}))}


@pytest.mark.parametrize(
    ("world", "messages"),
    [
        ("good", []),
        ("newer", []),
        (
            "few",
            ["world `t:w/few` does not import `a:b/y@1.0.0`, but the composition does"],
        ),
        ("more", ["world `t:w/more` exports `stop`, but the composition does not"]),
        ("other", ["world `t:w/other` exports `go2`, but the composition does not"]),
        (
            "odd",
            ["export `go` does not fit that of world `t:w/odd`: result: expected u64, found u32"],
        ),
        (
            "kind",
            ["export `go` does not fit that of world `t:w/kind`: " + KIND],
        ),
        ("adds", ["`t:w/adds` is an interface, not a world"]),
        ("goods", ["`t:w` does not define `goods`"]),
    ],
)
def test_targets(world: str, messages: list[str]) -> None:
    text = f"package t:app targets t:w/{world};\nexport new t:caller {{ ... }}.go;"
    if not messages:
        packages = [Dependency(name, data, name) for name, data in worlds().items()]
        assert wac_composition(text, packages).graph.imports
        return

    found = refused_text(text, worlds())

    assert [d.message for d in found] == messages
    assert all(d.line for d in found)


def test_a_target_may_be_declared_in_the_text() -> None:
    text = """package t:app targets t:app/w;
interface store { resource item { get: func() -> u32; } make: func() -> item; }
world w { import store; export f: func(x: u8) -> u8; }
import s: store;
import f: func(x: u8) -> u16;
export f;
"""

    found = refused_text(text, {})

    assert shown(found) == [("CMP3120", 5, 8), ("CMP3120", 6, 8)]
    assert found[1].message.endswith("result: expected u8, found u16")


def test_resources_of_a_target() -> None:
    from wac_parts import LIBRARY

    packages = library() | {"t:w": wit(LIBRARY.replace("package t:lib", "package t:w"))}
    packages["t:lib-wit"] = wit(LIBRARY)
    text = "package t:app targets t:lib-wit/lib;\nlet l = new t:lib {};\nexport l.types;\n"

    fits = [Dependency(name, data, name) for name, data in packages.items()]
    assert wac_composition(text + "export l...;", fits).pieces()
    found = refused_text(text + "export l.make;", packages)

    assert [d.message for d in found] == [
        f"world `t:lib-wit/lib` exports `t:lib/{name}`, but the composition does not"
        for name in ("plain", "both")
    ]
