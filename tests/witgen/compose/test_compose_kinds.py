"""Components and core modules as imports: what needs less and gives more fits."""

from __future__ import annotations

import pytest
from component_parts import check_valid, part
from refusals import only, refused

from witgen.compose import compose

RESOURCE = '(import "a:b/t" (instance $t (export "r" (type (sub resource))))) (alias export $t "r" (type $r))'


def importing(type: str, before: str = "") -> bytes:
    return part(f'{before} (import "x" {type})')


def passing(type: str, before: str = "") -> bytes:
    """A plug that exports as `x` what it imports as `y`."""
    sort = "core module" if type.startswith("(core module") else "component"
    declared = type[len(sort) + 1 :]
    return part(f'{before} (import "y" ({sort} $x {declared}) (export "x" ({sort} $x))')


FITS = [
    ("(component)", "(component)"),
    ('(component (import "f" (func)) (import "g" (func)))', '(component (import "f" (func)))'),
    ('(component (export "f" (func)))', '(component (export "f" (func)) (export "g" (func)))'),
    (
        '(component (import "i" (instance (export "f" (func)) (export "g" (func)))))',
        '(component (import "i" (instance (export "f" (func)))))',
    ),
    (
        '(component (import "c" (component (import "f" (func)))))',
        '(component (import "c" (component (import "f" (func)) (import "g" (func)))))',
    ),
    (
        '(component (import "r" (type $r (sub resource))) (export "f" (func (result (own $r)))))',
        '(component (import "r" (type $q (sub resource))) (export "f" (func (result (own $q)))))',
    ),
    (
        (
            '(component (type $a (record (field "x" u8))) (import "a" (type $b (eq $a)))'
            ' (export "f" (func (param "x" $b))))'
        ),
        (
            '(component (type $c (record (field "x" u8))) (import "a" (type $d (eq $c)))'
            ' (export "f" (func (param "x" $d))))'
        ),
    ),
    ("(core module)", '(core module (export "f" (func)))'),
    ('(core module (import "" "f" (func)))', "(core module)"),
    ('(core module (export "m" (memory 1)))', '(core module (export "m" (memory 2 3)))'),
    ('(core module (export "m" (memory 1 4)))', '(core module (export "m" (memory 2 3)))'),
    (
        '(core module (import "" "t" (table 2 funcref)))',
        '(core module (import "" "t" (table 1 funcref)))',
    ),
    (
        '(core module (type (func)) (type (func (param i32))) (export "f" (func (type 1))))',
        '(core module (type (func (param i32))) (export "f" (func (type 0))))',
    ),
]
MISFITS = [
    ("(component)", '(component (import "f" (func)))', "import f: nothing offers it"),
    ('(component (export "f" (func)))', "(component)", "export f: it is missing"),
    (
        '(component (import "i" (instance (export "f" (func)))))',
        '(component (import "i" (instance (export "f" (func)) (export "g" (func)))))',
        "import i, func g: it is missing",
    ),
    (
        '(component (export "f" (func (param "x" u8))))',
        '(component (export "f" (func (param "x" u16))))',
        'export f, param 1 "x": expected u8, found u16',
    ),
    (
        '(component (import "f" (func (result u8))))',
        '(component (import "f" (func (result u16))))',
        "import f, result: expected u16, found u8",
    ),
    (
        '(component (import "c" (component (import "f" (func)) (import "g" (func)))))',
        '(component (import "c" (component (import "f" (func)))))',
        "import c, import g: nothing offers it",
    ),
    (
        (
            '(component (import "r" (type $r (sub resource))) (import "s" (type (sub resource)))'
            ' (export "f" (func (result (own $r)))))'
        ),
        (
            '(component (import "r" (type (sub resource))) (import "s" (type $q (sub resource)))'
            ' (export "f" (func (result (own $q)))))'
        ),
        "export f, result: expected the resource `r`, found the resource `s`",
    ),
    (
        '(component (export "i" (instance (type $a (record (field "x" u8))) (export "a" (type (eq $a))))))',
        '(component (export "i" (instance (type $a (record (field "x" u16))) (export "a" (type (eq $a))))))',
        'export i, type a, field "x": expected u8, found u16',
    ),
    (
        '(core module (export "f" (func)))',
        "(core module)",
        "export `f` of the core module is missing",
    ),
    (
        "(core module)",
        '(core module (import "env" "f" (func)))',
        "nothing provides the import `env` `f` of the core module",
    ),
    (
        '(core module (import "env" "f" (func)))',
        '(core module (import "env" "f" (func (param i32))))',
        "the import `env` `f` of the core module has another type",
    ),
    (
        '(core module (export "f" (func)))',
        '(core module (export "f" (func (result i32))))',
        "export `f` of the core module has another type",
    ),
    (
        '(core module (export "m" (memory 2)))',
        '(core module (export "m" (memory 1)))',
        "export `m` of the core module has another type",
    ),
    (
        '(core module (export "m" (memory 1 2)))',
        '(core module (export "m" (memory 1)))',
        "export `m` of the core module has another type",
    ),
    (
        '(core module (export "g" (global i32)))',
        '(core module (export "g" (global (mut i32))))',
        "export `g` of the core module has another type",
    ),
    (
        '(core module (export "g" (global i32)))',
        '(core module (export "g" (memory 1)))',
        "export `g` of the core module has another type",
    ),
]


@pytest.mark.parametrize(("wanted", "given"), FITS)
def test_what_needs_less_and_gives_more_fits(wanted: str, given: str) -> None:
    out = compose(importing(wanted), [passing(given)])

    check_valid(out)


@pytest.mark.parametrize(("wanted", "given", "message"), MISFITS)
def test_what_needs_more_or_gives_less_does_not(wanted: str, given: str, message: str) -> None:
    assert only(refused(importing(wanted), [passing(given)]), "CMP3014") == (
        f"export `x` of `a.wasm` does not fit import `x` of `socket.wasm`: {message}"
    )


@pytest.mark.parametrize(
    "type",
    [
        (
            '(component (alias outer 1 $r (type $o)) (import "q" (type $q (eq $o)))'
            ' (import "f" (func (param "x" (own $q)))))'
        ),
        '(component (alias outer 1 $r (type $o)) (export "q" (type (eq $o))))',
    ],
)
def test_component_types_mention_resources_round_them(type: str) -> None:
    other = RESOURCE.replace("a:b/t", "a:b/other")

    check_valid(compose(importing(type, RESOURCE), [passing(type, RESOURCE)]))
    message = only(refused(importing(type, RESOURCE), [passing(type, other)]), "CMP3014")
    assert "the resource `r` of the import `a:b/t`" in message
    assert "the resource `r` of the import `a:b/other`" in message


ROOT_TYPES = [
    '(type $n (component (import "f" (func))))',
    '(type $n (instance (export "f" (func))))',
    '(type $n (func (param "x" u8)))',
]


@pytest.mark.parametrize("definition", ROOT_TYPES)
def test_named_types_of_components_are_equal_or_not(definition: str) -> None:
    def declared(definition: str) -> str:
        return f'(instance {definition} (export "n" (type (eq $n))))'

    def socket(text: str) -> bytes:
        return part(f'(import "a:b/i" {declared(text)})')

    def plug(text: str) -> bytes:
        return part(
            f'(import "q" {declared(text).replace("(instance", "(instance $q", 1)}) (export "a:b/i" (instance $q))'
        )

    check_valid(compose(socket(definition), [plug(definition)]))
    for other in [*ROOT_TYPES, definition.replace('"f"', '"g"').replace("u8", "s8")]:
        if other != definition:
            assert "type n" in only(refused(socket(definition), [plug(other)]), "CMP3014")
