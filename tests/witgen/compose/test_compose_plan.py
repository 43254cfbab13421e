"""What stays open, who allows it, and how a composition is shown."""

from __future__ import annotations

import pytest
from component_parts import adder, caller, part
from refusals import refused

from witgen.compose import Part, compose, graph_text, plan
from witgen.compose.semver import name_track
from witgen.compose.views import folded

OPEN = ("wasi:io/poll@0.2.0", "a:b/add@1.0.0")


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        (None, []),
        ([], list(OPEN)),
        (["wasi:*"], ["a:b/add@1.0.0"]),
        (["wasi:*", "a:b/*@1.*"], []),
        (["wasi:io/poll"], list(OPEN)),
    ],
)
def test_only_allowed_imports_stay_open(allow: list[str] | None, left: list[str]) -> None:
    socket = caller(*OPEN)
    if not left:
        assert compose(socket, [], allow_imports=allow)
        return

    found = refused(socket, [], allow)

    (one,) = found
    count = f"import `{left[0]}` remains" if len(left) == 1 else f"{len(left)} imports remain"
    assert (one.code, one.message) == ("CMP3019", f"{count} open")
    own = [name for name in left if not name.startswith("wasi:")]
    assert [label.message for label in one.labels] == [f"`{n}` is needed here" for n in own or left]
    assert ("--allow-import 'wasi:*'" in " ".join(one.help)) == (len(own) < len(left))


def test_imports_of_wasi_are_one_unless_asked() -> None:
    made = plan(caller("wasi:io/poll@0.2.0", "wasi:io/error@0.2.0", "a:b/add@1.0.0"), [])

    short = folded(made)

    assert [item.name for item in short.imports] == ["a:b/add@1.0.0", "wasi:* (2 imports)"]
    assert short.imports[1].needed_by == (("socket", "wasi:* (2 imports)"),)
    assert folded(short) == short
    assert "wasi:io/poll" in graph_text(made)
    assert "wasi:io/poll" not in graph_text(short)


@pytest.mark.parametrize(
    ("wanted", "given", "hint"),
    [
        ("a:b-client/b-client", "a:b/api", "where DIR has the WIT of `a:b`"),
        ("a:b-client/b-client@1.0.0", "a:b/api@1.0.0", "`--client DIR` instead of `--plug`"),
        ("a:b-clients/b", "a:b/api", "it exports"),
        ("a:b/other", "a:b/api", "it exports"),
    ],
)
def test_a_callee_is_no_plug_of_its_caller(wanted: str, given: str, hint: str) -> None:
    (found,) = refused(caller(wanted), [adder(given, 10)])

    assert found.code == "CMP3011"
    assert hint in " ".join(found.help)


def test_wasi_is_counted_among_open_imports() -> None:
    (found,) = refused(caller("wasi:io/poll@0.2.0", "x:y/z@1.0.0"), [adder("a:b/add", 10)])

    assert "open imports are `x:y/z@1.0.0`, 1 of WASI" in found.help


def test_imports_of_types_only_do_not_count_and_are_listed() -> None:
    types = """(import "a:b/t" (instance (type $r (record (field "x" u8))) (export "t" (type (eq $r)))))"""

    assert compose(part(types), [], allow_imports=[])
    (found,) = refused(part(types + '(import "f" (func))'), [], [])
    assert "imports with types only do not count: a:b/t" in found.help


def test_a_plan_shows_parts_wires_and_open_imports() -> None:
    socket = Part("app/caller.wasm", caller("a:b/add@1.1.0", "x:y/out@1.0.0"))
    plugs = [
        Part("add.wasm", adder("a:b/add@1.0.0", 1, "x:y/out@1.2.0")),
        Part("no.wasm", b"\0asm\x0d\0\1\0"),
    ]

    shown = plan(socket, plugs)

    assert [(p.name, p.size, p.used) for p in shown.parts] == [
        ("app/caller.wasm", len(socket.data), True),
        ("add.wasm", len(plugs[0].data), True),
        ("no.wasm", 8, False),
    ]
    (wire,) = shown.wires
    assert (wire.supplier, wire.export) == ("add.wasm", "a:b/add@1.0.0")
    assert (wire.consumer, wire.import_) == ("app/caller.wasm", "a:b/add@1.1.0")
    (item,) = shown.imports
    assert item.name == "x:y/out@1.2.0"
    assert not item.types_only
    assert item.needed_by == (("app/caller.wasm", "x:y/out@1.0.0"), ("add.wasm", "x:y/out@1.2.0"))
    assert shown.exports == ("go",)
    assert shown.unused == ("no.wasm",)


def test_a_plan_is_drawn() -> None:
    types = (
        '(import "x:y/t" (instance (type $r (record (field "x" u8))) (export "r" (type (eq $r)))))'
    )
    plug = adder("a:b/add@1.0.0", 1, "x:y/o")
    large = b"\0\x84\x80\x80\x01\x01x" + bytes((1 << 21) + 2)
    shown = plan(
        Part('c"<.wasm', caller("a:b/add@1.1.0")),
        [Part("p\n.wasm", plug + large), Part("no.wasm", part(types))],
    )
    used = plan(Part("s", part(types)), [])

    assert graph_text(shown, "mermaid") == (
        "flowchart LR\n"
        '  p0["c#quot;#lt;.wasm (249 bytes)"]\n'
        '  p1["p .wasm (2.1 MB)"]\n'
        '  p2["no.wasm (38 bytes, not used)"]\n'
        '  i0(["x:y/o"])\n'
        '  p0 -- "a:b/add@1.1.0 by a:b/add@1.0.0" --> p1\n'
        "  p1 --> i0\n"
    )
    assert graph_text(shown, "dot") == (
        "digraph composition {\n"
        "  rankdir=LR;\n"
        "  node [shape=box];\n"
        '  p0 [label="c\\"<.wasm (249 bytes)"];\n'
        '  p1 [label="p .wasm (2.1 MB)"];\n'
        '  p2 [label="no.wasm (38 bytes, not used)"];\n'
        '  i0 [label="x:y/o", shape=oval];\n'
        '  p0 -> p1 [label="a:b/add@1.1.0 by a:b/add@1.0.0"];\n'
        "  p1 -> i0;\n"
        "}\n"
    )
    assert '  i0(["x:y/t (types only)"])' in graph_text(used).splitlines()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a:b/c@1.2.3", "a:b/c@1"),
        ("a:b/c@0.2.3", "a:b/c@0.2"),
        ("a:b/c@0.0.3", "a:b/c@0.0.3"),
        ("a:b/c@1.2.3+build", "a:b/c@1"),
        ("a:b/c@1.2.3-rc.1", "a:b/c@1.2.3-rc.1"),
        ("a:b/c", "a:b/c"),
        ("c", "c"),
        ("a:b/c@1.2", "a:b/c@1.2"),
        ("a@b@1.2.3", "a@b@1.2.3"),
        ("", ""),
    ],
)
def test_tracks(name: str, expected: str) -> None:
    assert name_track(name) == expected
