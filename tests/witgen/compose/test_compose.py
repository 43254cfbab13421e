"""Composition: what comes out runs, and what does not fit is explained before it is written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

import pytest
from component_parts import (
    API,
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
from hypothesis import given, settings
from hypothesis import strategies as st

from witgen.component.body import read_component
from witgen.component.types import FuncType
from witgen.compose import Part, compose, graph_text, plan
from witgen.compose.semver import name_track
from witgen.diagnostics import ComposeError, Diagnostic


def refused(
    socket: bytes, plugs: Sequence[bytes], allow: Sequence[str] | None = None
) -> tuple[Diagnostic, ...]:
    """The diagnostics of a composition that is refused; parts are called socket, a, b, ..."""
    parts = [Part(f"{name}.wasm", data) for name, data in zip("abcdefgh", plugs, strict=False)]
    with pytest.raises(ComposeError) as caught:
        compose(Part("socket.wasm", socket), parts, allow_imports=allow)
    return caught.value.diagnostics


def only(diagnostics: tuple[Diagnostic, ...], code: str) -> str:
    assert [d.code for d in diagnostics] == [code], diagnostics
    return diagnostics[0].message


# --- what runs ----------------------------------------------------------------------------------


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


# --- what is refused ----------------------------------------------------------------------------


def test_a_plug_that_nothing_needs() -> None:
    found = refused(caller("a:b/add@1.0.0"), [adder("a:b/add@1.0.0", 1), adder("a:b/ad@1.0.0", 1)])

    assert only(found, "CMP3011") == "nothing imports what `b.wasm` exports"
    assert found[0].file == "b.wasm"


def test_a_nearly_right_name_gets_a_hint() -> None:
    (found,) = refused(caller("a:b/add@1.0.0"), [adder("a:b/adds@1.0.0", 1)])

    assert "did you mean `a:b/add@1.0.0`?" in found.help


def test_several_suppliers() -> None:
    plugs = [adder("a:b/add@1.0.0", 1), adder("a:b/add@1.0.0", 2)]

    message = only(refused(caller("a:b/add@1.0.0"), plugs), "CMP3012")

    assert "`a:b/add@1.0.0` of `a.wasm`, `a:b/add@1.0.0` of `b.wasm`" in message


def test_a_circle_is_named() -> None:
    plugs = [adder("a:b/x@1.0.0", 1, "a:b/y@1.0.0"), adder("a:b/y@1.0.0", 1, "a:b/x@1.0.0")]

    message = only(refused(caller("a:b/x@1.0.0"), plugs), "CMP3013")

    assert message == (
        "the plugs need each other in a circle: `a.wasm` needs `a:b/y@1.0.0` of `b.wasm`, "
        "which needs `a:b/x@1.0.0` of `a.wasm`"
    )


def test_a_part_does_not_plug_into_itself() -> None:
    plug = adder("a:b/add@1.0.0", 10, "a:b/add@1.0.0")

    out = compose(caller("a:b/add@1.0.0"), [plug])

    assert run(out, {"a:b/add@1.0.0": lambda _, x: x + 1}) == 12


@pytest.mark.parametrize(
    ("socket", "plug", "message"),
    [
        (
            '(param "x" u32)',
            '(param "x" string)',
            'func f, param 1 "x": expected u32, found string',
        ),
        (
            '(param "x" u32)',
            '(param "y" u32)',
            'func f, param 1 "x": it is called "y" in the export',
        ),
        ('(param "x" u32)', "", "func f: expected 1 parameters, found 0"),
        ("(result u32)", "", "func f, result: expected u32, found no result"),
        ("", "(result u32)", "func f, result: expected no result, found u32"),
        (
            '(param "x" (list (tuple u8 u16)))',
            '(param "x" (list (tuple u8 s16)))',
            'func f, param 1 "x", element, element 2: expected u16, found s16',
        ),
        (
            "(result (result u8 (error string)))",
            "(result (result u8 (error u8)))",
            "func f, result, err: expected string, found u8",
        ),
        (
            "(result (result u8))",
            "(result (result u8 (error u8)))",
            "func f, result, err: expected no type, found u8",
        ),
        (
            "(result (option u8))",
            "(result (list u8))",
            "func f, result: expected option<u8>, found list<u8>",
        ),
        (
            "(result (tuple u8 u8))",
            "(result (tuple u8))",
            "func f, result: expected tuple<u8, u8>, found tuple<u8>",
        ),
    ],
)
def test_functions_that_differ(socket: str, plug: str, message: str) -> None:
    def declared(text: str) -> bytes:
        return part(f'(import "a:b/i@1.0.1" (instance (export "f" (func {text}))))')

    source = part(f"""
     (import "from-outside" (func $f {plug}))
     (instance $e (export "f" (func $f))) (export "a:b/i@1.0.2" (instance $e))""")

    assert only(refused(declared(socket), [source]), "CMP3014") == (
        "export `a:b/i@1.0.2` of `a.wasm` does not fit import `a:b/i@1.0.1` of `socket.wasm`: "
        + message
    )


def exporting(definition: str) -> bytes:
    """A component that exports an interface with one type `t`."""
    return part(f"""
     (type $d {definition})
     (component $shim (type $d {definition}) (import "t" (type $t (eq $d))) (export "t" (type $t)))
     (instance $e (instantiate $shim (with "t" (type $d))))
     (export "a:b/i@1.0.0" (instance $e))""")


@pytest.mark.parametrize(
    ("wanted", "given", "message"),
    [
        (
            '(record (field "ttl" u32) (field "n" u8))',
            '(record (field "ttl" u64) (field "n" u8))',
            'type t, field "ttl": expected u32, found u64',
        ),
        (
            '(record (field "ttl" u32) (field "n" u8))',
            '(record (field "ttl" u32))',
            'type t, field "n": it is missing in the export',
        ),
        (
            '(record (field "ttl" u32))',
            '(record (field "ttl" u32) (field "n" u8))',
            'type t, field "n": it is missing in the import',
        ),
        (
            '(record (field "a" u32) (field "b" u32))',
            '(record (field "b" u32) (field "a" u32))',
            "type t: the fields stand in another order",
        ),
        ('(enum "a" "b")', '(enum "a" "c")', 'type t, case "b": it is missing in the export'),
        ('(flags "a")', '(flags "a" "b")', 'type t, flag "b": it is missing in the import'),
        (
            '(variant (case "a" u8) (case "b"))',
            '(variant (case "a" u8) (case "b" string))',
            'type t, case "b": expected no payload, found string',
        ),
        (
            '(variant (case "a"))',
            '(enum "a")',
            "type t: expected a variant of 1 cases, found an enum of 1 cases",
        ),
        ('(record (field "a" u32))', "u32", "type t: expected a record of 1 fields, found u32"),
    ],
)
def test_types_that_differ(wanted: str, given: str, message: str) -> None:
    socket = part(f"""(import "a:b/i@1.0.0" (instance
      (type $d {wanted}) (export "t" (type (eq $d)))))""")

    assert only(refused(socket, [exporting(given)]), "CMP3014").endswith(f": {message}")


def test_all_members_that_differ_are_told() -> None:
    socket = part("""(import "a:b/i@1.0.0" (instance (export "f" (func (result u8)))
      (export "g" (func)) (export "t" (type (sub resource)))))""")

    found = refused(socket, [exporting("u32")])

    assert [d.message.split("`: ")[-1] for d in found] == [
        "func f: it is missing",
        "func g: it is missing",
        "resource t: expected a resource, found `t`",
    ]


def test_an_interface_is_no_function() -> None:
    socket = part('(import "a" (func))')

    message = only(refused(socket, [part('(instance $e) (export "a" (instance $e))')]), "CMP3014")

    assert message.endswith("expected a function, found an interface")


def test_a_resource_that_is_declared_again_is_another_one() -> None:
    # The plug declares its own `thing` instead of using the one of `a:b/types`.
    plug = part(API_PLUG.replace("a:b/types@1.0.0", "a:b/other@1.0.0"))

    found, *_ = refused(part(SOCKET), [plug])

    assert found.code == "CMP3014"
    assert found.message.endswith(
        "type thing: expected the resource `thing` of the import `a:b/types@1.0.0`, "
        "found the resource `thing` of the import `a:b/other@1.0.0`"
    )
    assert "`use` one interface" in found.help[0]


def test_an_import_that_stays_open_cannot_use_what_a_plug_defines() -> None:
    message = only(refused(part(SOCKET), [part(TYPES_PLUG)]), "CMP3015")

    assert message == (
        "import `a:b/api@1.0.0` of `socket.wasm` stays open but uses the resource `thing` of "
        "`a:b/types@1.0.0`, defined in `a.wasm`"
    )


def test_an_export_cannot_mention_what_a_plug_defines() -> None:
    socket = part(f'{TYPES} (export "again" (instance $t))')

    assert "export `again` of `socket.wasm` uses the resource `thing`" in only(
        refused(socket, [part(TYPES_PLUG)]), "CMP3018"
    )
    assert compose(socket, [])


def test_imports_that_cannot_be_merged() -> None:
    socket = part("""(import "x:y/z" (instance))
      (import "a:b/io@0.2.0" (instance (export "f" (func (param "x" u8)))))""")
    plug = part("""(import "a:b/io@0.2.1" (instance (export "f" (func (param "x" u16)))))
      (instance $e) (export "x:y/z" (instance $e))""")

    message = only(refused(socket, [plug]), "CMP3017")

    assert message == (
        "imports `a:b/io@0.2.0` of `socket.wasm` and `a:b/io@0.2.1` of `a.wasm` have different "
        'types: func f, param 1 "x": expected u16, found u8'
    )


def test_imports_that_use_each_other() -> None:
    def component(first: str, second: str, rest: str) -> bytes:
        return part(f"""
         (import "{first}" (instance $f (export "r" (type (sub resource)))))
         (alias export $f "r" (type $r))
         (import "{second}" (instance (alias outer 1 $r (type $o)) (export "s" (type (eq $o)))))
         {rest}""")

    socket = component("a:b/x", "a:b/y", '(import "x:y/z" (instance))')
    plug = component("a:b/y", "a:b/x", '(instance $e) (export "x:y/z" (instance $e))')

    assert only(refused(socket, [plug]), "CMP3016") == (
        "imports use each other's types in a circle: `a:b/x` → `a:b/y` → `a:b/x`"
    )


# --- policy and plan ----------------------------------------------------------------------------

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

    assert [d.message for d in found] == [f"import `{name}` stays open" for name in left]
    assert {d.code for d in found} == {"CMP3019"}


def test_imports_of_types_only_do_not_count_and_are_listed() -> None:
    types = """(import "a:b/t" (instance (type $r (record (field "x" u8))) (export "t" (type (eq $r)))))"""

    assert compose(part(types), [], allow_imports=[])
    (found,) = refused(part(types + '(import "f" (func))'), [], [])
    assert "imports of types only do not count: a:b/t" in found.help


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
    assert len(shown.parts[0].digest) == 64
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
    shown = plan(
        Part('c"<.wasm', caller("a:b/add@1.1.0")),
        [Part("p\n.wasm", adder("a:b/add@1.0.0", 1, "x:y/o"))],
    )

    assert graph_text(shown, "mermaid") == (
        "flowchart LR\n"
        '  p0["c#quot;#lt;.wasm"]\n'
        '  p1["p .wasm"]\n'
        '  i0(["x:y/o"])\n'
        '  p0 -- "a:b/add@1.1.0 by a:b/add@1.0.0" --> p1\n'
        "  p1 --> i0\n"
    )
    assert graph_text(shown, "dot") == (
        "digraph composition {\n"
        "  rankdir=LR;\n"
        "  node [shape=box];\n"
        '  p0 [label="c\\"<.wasm"];\n'
        '  p1 [label="p .wasm"];\n'
        '  i0 [label="x:y/o", shape=oval];\n'
        '  p0 -> p1 [label="a:b/add@1.1.0 by a:b/add@1.0.0"];\n'
        "  p1 -> i0;\n"
        "}\n"
    )


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


# --- what is no component -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (b"", "not a WebAssembly binary: the magic header is missing", 0),
        (b"(component)", "not a WebAssembly binary: the magic header is missing", 0),
        (b"\0asm\1\0\0\0", "this is a core module, not a component", 4),
        (b"\0asm\x0e\0\1\0", "unknown version of the component binary format", 4),
        (b"\0asm\x0d\0\1\0\x07\x05\x01", "section of 5 bytes is larger than the 1 bytes left", 10),
        (b"\0asm\x0d\0\1\0\x63\x00", "unknown section 99", 10),
        (b"\0asm\x0d\0\1\0\x07\x02\x01\x11", "invalid type 0x11", 11),
        (b"\0asm\x0d\0\1\0\x07\x81\x80\x80\x80\x80\x00", "integer representation is too long", 9),
        (b"\0asm\x0d\0\1\0\x07\x01\x7f", "type count 127 is larger than what is left", 10),
    ],
)
def test_what_is_no_component_is_told_with_its_offset(
    data: bytes, message: str, offset: int
) -> None:
    socket = caller("a:b/add@1.0.0")

    found = refused(socket, [data])

    assert only(found, "CMP3001") == message
    assert found[0].place is not None
    assert (found[0].place.file, found[0].place.offset) == ("a.wasm", offset)


def test_all_broken_parts_are_told() -> None:
    assert [d.file for d in refused(b"x", [b"\0asm", caller("a:b/c@1.0.0")])] == [
        "socket.wasm",
        "a.wasm",
    ]


def test_text_gets_a_hint() -> None:
    (found,) = refused(b"package a:b;", [])

    assert found.help == ("this looks like text; a component is a binary file",)


def test_every_truncation_is_refused() -> None:
    whole = part(API_PLUG)
    socket = part(f"{TYPES} {API}")
    taken = []
    codes: set[str] = set()
    for cut in range(len(whole)):
        try:
            taken.append(compose(socket, [whole[:cut]]))
        except ComposeError as error:
            codes |= {d.code for d in error.diagnostics}
    assert codes == {"CMP3001", "CMP3011"}
    # Only the section of names, which comes last, may be cut away as a whole.
    assert len(taken) == 1
    check_valid(taken[0])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damage_gives_a_component_or_an_explanation(data: st.DataObject) -> None:
    whole = bytearray(part(data.draw(st.sampled_from([API_PLUG, SOCKET, TYPES_PLUG]))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    # Any other exception fails the test.
    with suppress(ComposeError):
        read_component(compose(whole, []))
