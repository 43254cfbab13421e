"""Components that are read only if they are valid."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest
from component_parts import parsed, part
from oracle import binary

from witgen.component import wasm_tools
from witgen.component.body import read_component
from witgen.component.cursor import Buffer, Malformed
from witgen.component.validation import read_valid

# More than is given to wasmtime whole: code, data and sections for people stand before the fault.
FILLER = f"""(core module (memory (export "m") 9) (data "{'x' * (1 << 16)}")
  (func (export "f") (param i32) (result i64) i64.const 7) (@custom "any" "{'y' * 300}"))
  (@custom "other" "{'z' * 300}")"""
TYPE = '(type $t (record (field "x" u32)))'
HIGHER = """(component $c (import "x" (component (import "i" {})))) (component $d (import "i" {}))
  (instance (instantiate $c (with "x" (component $d))))"""
INVALID = {
    "a type": ("(type (record))", "record type must have at least one field"),
    "a name": ('(import "A-b_c" (func))', "import name `A-b_c` is not a valid extern name"),
    "a name of another": (
        '(import "a-b" (func)) (import "A-B" (func))',
        "import name `A-B` conflicts with previous name `a-b`",
    ),
    "the name of a proposal": (
        '(import "feature" (func)) (import "FEATURE" (func))',
        "import name `FEATURE` conflicts with previous name `feature`",
    ),
    "an export": (f'{TYPE} (import "f" (func (result $t)))', "func not valid to be used as import"),
    "a part": (
        "(component (component (type $r (resource (rep i32))) (type (func (result (borrow $r))))))",
        "function result cannot contain a `borrow` type",
    ),
    "a core argument": (
        """(core module $m (import "" "f" (func))) (core module $n (func (export "f") (param i32)))
        (core instance $i (instantiate $n)) (core instance (instantiate $m (with "" (instance $i))))""",
        "type mismatch for export `f` of module instantiation argument ``",
    ),
    "a lift": (
        """(core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func (result u32) (canon lift (core func $i "f")))""",
        "lowered result types `[I32]` do not match result types `[]` of core function 0",
    ),
    "a lowered string without a memory": (
        '(import "f" (func $f (param "x" string))) (core func (canon lower (func $f)))',
        "canonical option `memory` is required",
    ),
    "a body": ("(core module (func (result i32)))", "type mismatch: expected i32"),
    "a body in a part": (
        "(component (core module (func (result i32))))",
        "type mismatch: expected i32",
    ),
    "data": ('(core module (data (i32.const 0) "x"))', "unknown memory 0"),
    "a component as argument": (
        HIGHER.format("(func)", "(instance)"),
        "expected instance, found func",
    ),
}


# Valid; wasmtime 50 ends the process over the first and knows nothing of the others.
UNSURE = {
    "a component that uses a type": """(import "r" (type $r (sub resource)))
      (import "a" (component $a (alias outer 1 $r (type $o)) (import "r" (type $r (eq $o)))
        (type $h (own $r)) (import "t" (type $t (eq $h))) (export "f" (func (param "x" $t)))))
      (component $c (import "r" (type $r (sub resource)))
        (import "a" (component (alias outer 1 $r (type $o)) (import "r" (type $r (eq $o)))
          (type $h (own $r)) (import "t" (type $t (eq $h))) (export "f" (func (param "x" $t))))))
      (instance (instantiate $c (with "r" (type $r)) (with "a" (component $a))))""",
    "a fixed-length list": "(type (list u8 4))",
    "a value": '(import "v" (value $v u8)) (export "w" (value $v))',
}
# Not valid, which wasmtime 50 takes, or cannot tell.
BORROWED = "(type $r (resource (rep i32)))"
MISSED = {
    "types of components": """(import "r" (type $r (sub resource)))
      (import "c" (instance $c (export "f" (func (param "p" (own $r))))
        (export "e" (component (import "y" (func))))))
      (component $d (import "r" (type $r (sub resource)))
        (import "c" (instance (export "f" (func (param "p" (own $r))))
          (export "e" (component (import "z" (func)))))))
      (instance (instantiate $d (with "r" (type $r)) (with "c" (instance $c))))""",
    "types of core modules": """(import "r" (type $r (sub resource)))
      (import "c" (instance $c (export "f" (func (param "p" (own $r))))
        (export "m" (core module (import "a" "b" (func))))))
      (component $d (import "r" (type $r (sub resource)))
        (import "c" (instance (export "f" (func (param "p" (own $r)))) (export "m" (core module)))))
      (instance (instantiate $d (with "r" (type $r)) (with "c" (instance $c))))""",
    "an empty fixed-length list": "(type (list u8 0))",
    "a value that nothing uses": '(import "v" (value u8))',
    "a parameter in other letters": """(import "f" (func $f (param "A" u8)))
      (component $c (import "f" (func (param "a" u8))))
      (instance (instantiate $c (with "f" (func $f))))""",
    "a case with other hyphens": """(type $e (enum "x-y")) (import "e" (type $f (eq $e)))
      (component $c (type $e (enum "xy")) (import "e" (type (eq $e))))
      (instance (instantiate $c (with "e" (type $f))))""",
}
# What our own reader finds where wasmtime 50 takes it.
OLDER = {
    "a borrowed handle": f"{BORROWED} (core func (canon task.return (result (borrow $r))))",
    "a borrowed handle in a list": f"""{BORROWED} (type $l (list (borrow $r)))
      (type $t (tuple u8 (option $l))) (core func (canon task.return (result $t)))""",
    "a borrowed handle by name": """(import "i" (instance $i (export "r" (type $r (sub resource)))
        (type $l (record (field "x" (borrow $r)))) (export "l" (type (eq $l)))))
      (alias export $i "l" (type $l)) (core func (canon task.return (result $l)))""",
    "an exported type": """(import "a" (type $a (sub resource))) (export $b "b" (type $a))
      (import "c" (type (eq $b)))""",
    "a type exported in a type": """(type (component (import "a" (type $a (sub resource)))
      (export "b" (type $b (eq $a))) (import "c" (type (eq $b)))))""",
}


def place(data: bytes) -> int:
    """Where the reference finds the fault."""
    command = [binary() or "", "validate", "--features", "all"]
    done = subprocess.run(command, input=data, capture_output=True, text=False, check=False)
    found = re.search(rb"at offset 0x([0-9a-f]+)", done.stderr)
    assert found, done.stderr
    return int(found[1], 16)


@pytest.mark.parametrize("before", ["", FILLER], ids=["small", "large"])
@pytest.mark.parametrize("kind", INVALID)
def test_what_is_not_valid_is_told_with_its_place(kind: str, before: str) -> None:
    text, message = INVALID[kind]
    data = part(before + text)

    with pytest.raises(Malformed) as caught:
        read_valid(data)

    assert message in caught.value.message
    assert caught.value.offset == place(data)


@pytest.mark.parametrize("kind", [bytes, memoryview, bytearray])
@pytest.mark.parametrize("before", ["", FILLER], ids=["small", "large"])
def test_any_bytes_are_validated_where_they_are(
    kind: Callable[[bytes], Buffer], before: str
) -> None:
    data = kind(part(before + INVALID["a body"][0]))

    with pytest.raises(Malformed, match="type mismatch"):
        read_valid(data)


@pytest.mark.parametrize("before", ["", FILLER], ids=["small", "large"])
@pytest.mark.parametrize("text", ["", TYPE, HIGHER.format("(func)", "(func)")])
def test_what_is_valid_is_read(text: str, before: str) -> None:
    data = part(before + text)

    assert read_valid(data) == read_component(data)


@pytest.mark.parametrize("kind", UNSURE)
def test_what_wasmtime_cannot_judge_is_read_if_wasm_tools_takes_it(kind: str) -> None:
    data = parsed(UNSURE[kind])

    assert read_valid(data) == read_component(data)


@pytest.mark.parametrize("kind", MISSED)
def test_wasm_tools_says_what_wasmtime_does_not(kind: str) -> None:
    data = parsed(MISSED[kind])

    with pytest.raises(Malformed) as caught:
        read_valid(data)

    assert caught.value.offset == place(data)


@pytest.mark.parametrize("kind", UNSURE)
def test_what_nothing_here_can_judge_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wasm_tools, "program", lambda: None)

    with pytest.raises(Malformed, match="wasmtime cannot check this, and wasm-tools, which can"):
        read_valid(parsed(UNSURE[kind]))


@pytest.mark.parametrize("kind", OLDER)
def test_what_later_rules_refuse_is_refused_by_the_reader(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = parsed(OLDER[kind])
    assert place(data)  # the reference refuses it too
    monkeypatch.setattr(wasm_tools, "program", lambda: None)

    with pytest.raises(Malformed, match=r"borrowed handle|an export"):
        read_valid(data)


@pytest.mark.parametrize("name", ["url=<a>", "integrity=<sha256-a>", "unlocked-dep=<a:b>"])
def test_names_of_dependencies_are_refused(name: str) -> None:
    with pytest.raises(Malformed, match=f"`{name}` is not a valid name of an import or export"):
        read_component(parsed(f'(import "{name}" (func))'))


def test_close_labels_are_refused_where_nothing_can_judge_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = parsed("""(import "f" (func $f (param "set-up" u8))) (type (enum "setup"))
      (component $c) (instance (instantiate $c))""")
    assert read_valid(data) == read_component(data)
    monkeypatch.setattr(wasm_tools, "program", lambda: None)

    with pytest.raises(Malformed, match="labels that are compared differ only in case and hyphens"):
        read_valid(data)
