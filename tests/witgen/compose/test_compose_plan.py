"""What stays open, who allows it, and how a composition is shown."""

from __future__ import annotations

import pytest
from component_parts import adder, caller, part
from refusals import refused

from witgen.compose import Part, compose, graph_text, plan
from witgen.compose.semver import name_track

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

    assert [d.message for d in found] == [f"import `{name}` remains open" for name in left]
    assert {d.code for d in found} == {"CMP3019"}


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
