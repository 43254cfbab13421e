"""Parts that were made to take long: an answer soon, whatever they ask for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from component_parts import check_valid, part
from refusals import only, refused

from witgen.component.body import read_component
from witgen.compose import Part, compose
from witgen.compose.targets import off_target
from witgen.diagnostics import ComposeError
from witgen.load import load_texts
from witgen.resolve.select import select_world

MANY = 1000
# CPU seconds on a slow machine that does other things too.
LIMIT = 10.0


@contextmanager
def soon() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < LIMIT


def each(text: str, count: int = MANY) -> str:
    return " ".join(text.replace("N", str(number)) for number in range(count))


def passed(type: str, name: str = "a:b/c") -> bytes:
    """A plug that exports what it imports."""
    return part(
        f'(import "q" {type.replace("(instance", "(instance $q", 1)}) (export "{name}" (instance $q))'
    )


EMPTY = "(instance $e)"


def test_many_missing_members() -> None:
    socket = part(f'(import "a:b/c" (instance {each("""(export "fN" (func))""")}))')
    plug = passed(f'(instance {each("""(export "gN" (func))""")})')

    with soon():
        found = refused(socket, [plug])

    assert len(found) == MANY
    assert found[-1].message.endswith(f"func f{MANY - 1}: it is missing")


def test_many_plugs_that_nothing_needs() -> None:
    socket = part(each('(import "a:b/cN" (instance))'))
    plug = part(EMPTY + each('(export "a:b/dN" (instance $e))'))

    with soon():
        assert only(refused(socket, [plug]), "CMP3011") == "nothing imports what `a.wasm` exports"


def test_many_imports_with_several_suppliers() -> None:
    socket = part(each('(import "a:b/cN" (instance))'))
    plug = part(EMPTY + each('(export "a:b/cN" (instance $e))'))

    with soon():
        assert {d.code for d in refused(socket, [plug, plug])} == {"CMP3012"}


def test_many_imports_that_cannot_be_merged() -> None:
    def declared(type: str) -> str:
        return each(f'(import "a:b/cN" (instance (export "f" (func {type}))))')

    socket = part(declared("") + '(import "x:y/z" (instance))')
    plug = part(declared("(result u8)") + EMPTY + '(export "x:y/z" (instance $e))')

    with soon():
        found = refused(socket, [plug])
    assert [d.code for d in found] == ["CMP3017"] * MANY


def test_a_long_chain_of_interfaces_that_use_each_other() -> None:
    chain = """(import "a:b/c0" (instance $i0 (export "r" (type (sub resource)))))
     (alias export $i0 "r" (type $r0))""" + "".join(
        f"""(import "a:b/c{n}" (instance $i{n} (alias outer 1 $r{n - 1} (type $o))
         (export "r" (type (eq $o))))) (alias export $i{n} "r" (type $r{n}))"""
        for n in range(1, MANY)
    )

    with soon():
        out = compose(part(chain), [])
    check_valid(out)


def test_a_long_chain_of_plugs() -> None:
    def link(number: int) -> Part:
        return Part(
            f"p{number}",
            part(f"""(import "a:b/c{number + 1}" (instance $i (export "f" (func))))
             (export "a:b/c{number}" (instance $i))"""),
        )

    with soon():
        out = compose(link(0), [link(n) for n in range(1, 120)])
    assert list(read_component(out).type.imports) == ["a:b/c120"]


def nested(depth: int, leaf: str) -> str:
    """Types of components that name types of components."""
    for number in range(depth):
        leaf = f'(type $c{number} (component {leaf})) (export "t" (type (eq $c{number})))'
    return f"(instance {leaf})"


LEAVES = [
    f"""(type $r (record (field "x" u8))) (export "r" (type $e (eq $r)))
    (export "f" (func (param "x" $e))) (export "g" (type (eq {again})))""" for again in ("$e", "$r")
]


@pytest.mark.parametrize(("depth", "enough"), [(2, True), (25, False)])
def test_named_types_of_components_are_compared_both_ways(depth: int, enough: bool) -> None:
    socket = part(f'(import "a:b/c" {nested(depth, LEAVES[0])})')
    plug = passed(nested(depth, LEAVES[1]))

    with soon():
        if enough:
            check_valid(compose(socket, [plug]))
            return
        message = only(refused(socket, [plug]), "CMP3014")
    assert message.endswith("the types differ: the types take too long to compare")
    assert message.count("the types differ") == 1


def test_a_large_interface_is_compared_whole() -> None:
    fields = each('(field "fN" u8)', 20)
    types = each(
        """(type $rN (record FIELDS)) (export "rN" (type $eN (eq $rN)))
        (export "gN" (func (param "x" $eN) (result (list $eN))))""",
        100,
    ).replace("FIELDS", fields)
    socket = part(f'(import "a:b/c" (instance {types}))')

    with soon():
        assert compose(socket, [passed(f"(instance {types})")])
        other = passed(f"(instance {types.replace('f19', 'f20')})")
        assert len(refused(socket, [other])) == 100


def test_many_imports_that_no_world_offers() -> None:
    resolve = load_texts({"a.wit": "package a:b; interface i { f: func(); } world w { import i; }"})
    type = read_component(part(each('(import "a:b/cN@1.0.0" (instance (export "f" (func))))'))).type

    with soon():
        assert len(off_target(type, resolve, select_world(resolve, "w"))) == MANY


def test_a_refusal_is_the_only_exception() -> None:
    with pytest.raises(ComposeError), soon():
        compose(b"\0asm\x0d\0\1\0" + b"\x06\xff\xff\xff\xff\x0f", [])
