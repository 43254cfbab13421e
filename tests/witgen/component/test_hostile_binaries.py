"""Binaries that nobody vouches for: an answer with a place, soon, whatever the bytes are."""

from __future__ import annotations

import random
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from component_parts import API, API_PLUG, SOCKET, TYPES, TYPES_PLUG, adder, caller, part
from oracle import binary

from witgen.component import decode, encode_package
from witgen.component.body import read_component
from witgen.compose import compose, plan
from witgen.diagnostics import ComposeError, Diagnostic, WitError
from witgen.load import load, load_texts
from witgen.resolve import model as m
from witgen.resolve.document import to_dict

# CPU seconds for one input of at most some hundred kilobytes, on a slow machine.
LIMIT = 10.0


def encoded() -> bytes:
    return encode_package(load_texts({"a.wit": """package a:b@1.0.0;
      /// Docs.
      @since(version = 1.0.0)
      interface i { resource r { constructor(); m: func(v: v); } variant v { a(list<u8>), b }
        f: async func(r: borrow<r>) -> result<stream<v>, string>; }
      interface j { use i.{v}; flags s { a, b } g: func(s: s) -> tuple<v, map<string, s>>; }
      world w { use i.{v}; import j; export i; export f: func(v: v) -> option<v>; }"""}))


def module() -> bytes:
    """A core module that carries a world."""
    from witgen.component.wasmtime_tools import wat2wasm

    text = "".join(f"\\{byte:02x}" for byte in encoded_world())
    return wat2wasm(f'(module (@custom "component-type:w" "{text}") (func (export "go")))')


def encoded_world() -> bytes:
    return encode_package(load_texts({"a.wit": "package a:b; world w { export go: func(); }"}))


def fixtures() -> dict[str, bytes]:
    return {
        "package": encoded(),
        "module": module(),
        "plug": part(API_PLUG),
        "types": part(TYPES_PLUG),
        "socket": part(SOCKET),
        "composition": compose(caller("a:b/c@1.0.0"), [adder("a:b/c@1.0.1", 2, "c:d/e")]),
    }


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled, made huge; or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(8 if rng.random() < 0.95 else 0, len(out)) if len(out) > 8 else 0
        match rng.randrange(7):
            case 0:
                out[at : at + 1] = bytes((rng.randrange(256),))
            case 1:
                out[at : at + 1] = bytes((out[at] ^ 1 << rng.randrange(8),)) if out else b""
            case 2:
                del out[at : at + rng.randrange(1, 9)]
            case 3:
                out[at:at] = out[at : at + rng.randrange(1, 30)]
            case 4:
                out[at : at + 1] = b"\xff\xff\xff\xff\x0f"
            case 5:
                out[at:at] = rng.randbytes(rng.randrange(1, 6))
            case _:
                del out[rng.randrange(len(out) + 1) :]
    return bytes(out)


def valid(data: bytes) -> bool:
    done = subprocess.run(
        [binary() or "", "validate", "--features", "all"],
        input=data,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def refusal(attempt: Callable[[], object]) -> Sequence[Diagnostic]:
    """Why it is refused; nothing if it is not. Any other exception fails the test."""
    try:
        attempt()
    except (WitError, ComposeError) as error:
        found: Sequence[Diagnostic] = error.diagnostics
    else:
        return ()
    assert found, "a refusal says why"
    return found


def answered(data: bytes, others: dict[str, bytes], file: Path) -> None:
    """The bytes as WIT, from memory and from a file, and in each role of a composition."""
    start = time.process_time()
    for found in refusal(lambda: to_dict(decode(data, "hostile.wasm"))):
        assert found.place is not None
        assert found.file == "hostile.wasm"
        assert found.code != "CMP3001" or 0 <= (found.place.offset or 0) <= len(data)
    file.write_bytes(data)
    refusal(lambda: load(file))
    composed(data, [])
    composed(data, [others["plug"], others["types"]])
    composed(others["socket"], [data, others["types"]])
    composed(others["socket"], [others["plug"], data])
    assert time.process_time() - start < LIMIT


def composed(socket: bytes, plugs: list[bytes]) -> None:
    """A composition is refused, or valid if its parts are: bodies are carried over unread."""
    refused = refusal(lambda: compose(socket, plugs))
    assert all(d.place and d.place.offset is not None for d in refused if d.code == "CMP3001")
    if not refused:
        plan(socket, plugs)
        out = compose(socket, plugs)
        read_component(out)
        assert valid(out) or not all(valid(data) for data in (socket, *plugs))


def fuzz(count: int, seed: int, file: Path) -> None:
    others = fixtures()
    rng = random.Random(seed)  # noqa: S311  # the same variants in each run
    names = sorted(others)
    for index in range(count):
        # The variant stays in the file when it fails.
        answered(mutated(others[names[index % len(names)]], rng), others, file)


def test_some_damage(tmp_path: Path) -> None:
    fuzz(80, 1, tmp_path / "hostile.wasm")


@pytest.mark.parametrize("name", ["package", "module", "plug"])
def test_every_truncation(name: str) -> None:
    data = fixtures()[name]
    refused = 0
    for cut in range(len(data)):
        try:
            decode(data[:cut])
        except WitError:
            refused += 1
    # What is left is whole only where a section ends.
    assert refused > 0.9 * len(data)


@pytest.mark.long
def test_much_damage(tmp_path: Path) -> None:
    fuzz(5000, 2, tmp_path / "hostile.wasm")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert used < 2_000_000, "kilobytes"


@pytest.mark.long
def test_generated_modules(tmp_path: Path) -> None:
    others = fixtures()
    rng = random.Random(3)  # noqa: S311  # the same modules in each run
    made = 0
    for _ in range(300):
        done = subprocess.run(
            [binary() or "", "smith", "--allow-invalid-funcs", "true"],
            input=rng.randbytes(rng.randrange(20, 2000)),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            continue
        made += 1
        answered(done.stdout, others, tmp_path / "hostile.wasm")
        with pytest.raises(WitError):
            decode(done.stdout)
        # The same as a part of a component, where it is passed without a look.
        size = leb(len(done.stdout))
        whole = b"\0asm\x0d\0\1\0\x01" + size + done.stdout
        assert decode(whole).worlds[m.WorldId(0)].name == "root"
        composed(whole, [])
        for _ in range(5):
            answered(mutated(whole, rng), others, tmp_path / "hostile.wasm")
    assert made > 100


def leb(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


# --- a few bytes that stand for very much -------------------------------------------------------


def doubled_records(count: int) -> str:
    return '(type $t0 (record (field "a" u8))) (export "t0" (type $e0 (eq $t0)))' + "".join(
        f"""(type $t{n} (record (field "a" $e{n - 1}) (field "b" $e{n - 1})))
        (export "t{n}" (type $e{n} (eq $t{n})))""" for n in range(1, count)
    )


def unnamed(count: int) -> str:
    """A function of a body's instance, whose types have no name outside."""
    return f"""(type $i (instance {doubled_records(count)}
       (export "f" (func (param "x" $e{count - 1})))))
     (component $c (import "i" (instance (type $i))) (export "j" (instance 0)))
     (import "q" (instance $q (type $i)))
     (instance $x (instantiate $c (with "i" (instance $q))))
     (alias export $x "j" (instance $y)) (alias export $y "f" (func $f)) (export "f" (func $f))"""


def bundles(count: int) -> str:
    made = "".join(
        f'(instance $a{n + 1} (export "a" (instance $a{n})) (export "b" (instance $a{n})))'
        for n in range(count)
    )
    return f"""(import "f" (func $f)) (instance $a0 (export "f" (func $f)))
     {made} (export "o" (instance $a{count}))"""


def instance_types(count: int) -> str:
    made = "".join(
        f"""(type $a{n + 1} (instance (alias outer 1 $a{n} (type $x))
        (export "a" (instance (type $x))) (export "b" (instance (type $x)))))"""
        for n in range(count)
    )
    return f'(type $a0 (instance)) {made} (import "o" (instance (type $a{count})))'


def tuples(count: int) -> str:
    made = "".join(f"(type $t{n} (tuple $t{n - 1} $t{n - 1}))" for n in range(1, count))
    uses = "".join(f'(import "f{n}" (func (param "x" $t{count - 1})))' for n in range(50))
    return f"(type $t0 (tuple u8 u8)) {made} {uses}"


BOMBS = {
    "records without a name": unnamed(30),
    "a long chain without a name": unnamed(400),
    "bundles of bundles": bundles(30),
    "instances of instances": instance_types(40),
    "tuples of tuples": tuples(40),
    "many large types": tuples(14),
}


@pytest.mark.parametrize(
    ("kind", "attempt"),
    [*((kind, decode) for kind in BOMBS), ("tuples of tuples", lambda data: compose(data, []))],
)
def test_bombs(kind: str, attempt: Callable[[bytes], object]) -> None:
    data = part(BOMBS[kind])
    start = time.process_time()

    with pytest.raises((WitError, ComposeError)) as caught:
        attempt(data)

    (found,) = caught.value.diagnostics
    assert found.code == "CMP3001"
    assert "type" in found.message

    assert time.process_time() - start < LIMIT


@pytest.mark.parametrize("leaf", ["u8", "u16"])
def test_types_that_unfold_are_compared_by_name(leaf: str) -> None:
    # wasmtime itself stops at a million nodes, of which these have half; the reference is slow.
    count = 14 if leaf == "u8" else 16
    wanted = doubled_records(count) + f'(export "f" (func (param "x" $e{count - 1})))'
    given = wanted.replace("u8", leaf)
    socket = part(f'(import "a:b/i" (instance {wanted}))')
    plug = part(f'(import "q" (instance $q {given})) (export "a:b/i" (instance $q))')

    if leaf == "u8":
        assert valid(compose(socket, [plug]))
        return
    with pytest.raises(ComposeError, match='type t0, field "a": expected u8, found u16'):
        compose(socket, [plug])


def records(count: int, end: str) -> str:
    chain = " ".join(f"record r{n} {{ a: r{n - 1}, b: r{n - 1} }}" for n in range(1, count))
    return f"package a:b; interface i {{ record r0 {{ a: u8 }} {chain} {end} }}"


@pytest.mark.parametrize(
    "end",
    ["f: func(x: future<r299>);", "x: get() -> r299; x: set(v: r299);", "f: func(x: r299);"],
)
def test_texts_that_unfold_are_refused_before_they_are_encoded(end: str) -> None:
    resolve = load_texts({"a.wit": records(300, end)})

    with pytest.raises(WitError) as caught:
        encode_package(resolve)

    assert {d.code for d in caught.value.diagnostics} == {"CMP3037", "CMP3038"}


def test_types_that_stay_small_by_their_names_are_encoded() -> None:
    resolve = load_texts(
        {"a.wit": records(18, "x: get() -> r17; x: set(v: r17); f: func() -> future<r17>;")}
    )

    assert to_dict(decode(encode_package(resolve))) == to_dict(resolve)


def test_components_in_components() -> None:
    data = b"\0asm\x0d\0\1\0"
    for _ in range(500):
        data = b"\0asm\x0d\0\1\0\x04" + leb(len(data)) + data

    with pytest.raises(WitError, match="components nest deeper"):
        decode(data)


@pytest.mark.parametrize("sharing", [TYPES, TYPES + API])
def test_a_component_that_only_imports(sharing: str) -> None:
    assert decode(part(sharing)).worlds[m.WorldId(0)].exports == {}
