"""What does not fit is explained before anything is written."""

from __future__ import annotations

import pytest
from component_parts import API_PLUG, SOCKET, TYPES, TYPES_PLUG, adder, caller, part, run
from refusals import only, refused

from witgen.compose import compose


def test_a_plug_that_nothing_needs() -> None:
    found = refused(caller("a:b/add@1.0.0"), [adder("a:b/add@1.0.0", 1), adder("a:b/ad@1.0.0", 1)])

    assert only(found, "CMP3011") == "nothing imports what `b.wasm` exports"
    assert found[0].file == "b.wasm"


def test_a_nearly_right_name_gets_a_hint() -> None:
    (found,) = refused(caller("a:b/add@1.0.0"), [adder("a:b/adds@1.0.0", 1)])

    assert found.help[-1].endswith("--wire 'a:b/add@1.0.0=a.wasm.a:b/adds@1.0.0'")


def test_several_suppliers() -> None:
    plugs = [adder("a:b/add@1.0.0", 1), adder("a:b/add@1.0.0", 2)]

    message = only(refused(caller("a:b/add@1.0.0"), plugs), "CMP3012")

    assert "`a:b/add@1.0.0` of `a.wasm`, `a:b/add@1.0.0` of `b.wasm`" in message


def test_a_circle_is_named() -> None:
    plugs = [adder("a:b/x@1.0.0", 1, "a:b/y@1.0.0"), adder("a:b/y@1.0.0", 1, "a:b/x@1.0.0")]

    message = only(refused(caller("a:b/x@1.0.0"), plugs), "CMP3013")

    assert message == (
        "the plugs need each other in a cycle: `a.wasm` needs `a:b/y@1.0.0` of `b.wasm`, "
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
            'func f, param 1 "x": it is named "y" in the export',
        ),
        ('(param "x" u32)', "", "func f: expected 1 parameter, found 0"),
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
            "type t: the fields are in a different order",
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
            "type t: expected a variant of 1 case, found an enum of 1 case",
        ),
        ('(record (field "a" u32))', "u32", "type t: expected a record of 1 field, found u32"),
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
        "import `a:b/api@1.0.0` of `socket.wasm` remains open but uses the resource `thing` of "
        "`a:b/types@1.0.0`, defined in `a.wasm`"
    )


def test_an_export_cannot_mention_a_resource_of_a_plug_without_a_name_for_it() -> None:
    socket = part(f'{TYPES} (alias export $t "[method]thing.get" (func $f)) (export "f" (func $f))')

    found = refused(socket, [part(TYPES_PLUG)])

    assert "export `f` of `socket.wasm` uses the resource `thing`" in only(found, "CMP3018")
    assert "move the function into an interface that `use`s `thing`" in found[0].help[0]
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
        "imports use each other's types in a cycle: `a:b/x` → `a:b/y` → `a:b/x`"
    )
