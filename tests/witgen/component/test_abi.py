"""Layouts of the canonical ABI, against a plain transcription and against the reference tools."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import binary

from witgen.component.abi import Abi, Core, Layout, align_to, tag_size
from witgen.component.wasmtime_tools import wat2wasm
from witgen.load import load_texts
from witgen.resolve import model as m

# Text of a type → (size, align, flat core types), computed without the code under test. Named types
# are declared beside it: (declarations, text, size, align, flat).
Known = tuple[tuple[str, ...], str, int, int, tuple[str, ...]]

PRIMITIVES: list[Known] = [
    ((), name, size, size, (core,))
    for name, size, core in [
        *[(name, 1, "i32") for name in ("bool", "u8", "s8")],
        *[(name, 2, "i32") for name in ("u16", "s16")],
        *[(name, 4, "i32") for name in ("u32", "s32", "char")],
        *[(name, 8, "i64") for name in ("u64", "s64")],
        ("f32", 4, "f32"),
        ("f64", 8, "f64"),
    ]
]
POINTERS: list[Known] = [
    ((), text, 8, 4, ("i32", "i32"))
    for text in ("string", "list<u64>", "list<tuple<u8, f64>>", "map<string, u8>")
]
HANDLES: list[Known] = [((), text, 4, 4, ("i32",)) for text in ("stream<u8>", "future<u64>")]


def padded(size: int, align: int) -> int:
    while size % align:
        size += 1
    return size


def sequence(parts: list[Known]) -> tuple[int, int, tuple[str, ...]]:
    size, align = 0, 1
    flat: list[str] = []
    for _, _, part_size, part_align, part_flat in parts:
        size = padded(size, part_align) + part_size
        align = max(align, part_align)
        flat += part_flat
    return padded(size, align), align, tuple(flat)


def choice(cases: int, payloads: list[Known]) -> tuple[int, int, tuple[str, ...]]:
    tag = 1 if cases <= 256 else 2
    size = align = 0
    flat: list[str] = []
    for _, _, part_size, part_align, part_flat in payloads:
        size, align = max(size, part_size), max(align, part_align)
        for index, core in enumerate(part_flat):
            if index == len(flat):
                flat.append(core)
            elif flat[index] != core:
                flat[index] = "i32" if {flat[index], core} == {"i32", "f32"} else "i64"
    whole = max(tag, align)
    return padded(padded(tag, align or 1) + size, whole), whole, ("i32", *flat)


def declared(word: str, body: str, parts: list[Known]) -> tuple[tuple[str, ...], str]:
    """A named type: its name is made of what is declared before it, so that it is unique."""
    before = tuple(dict.fromkeys(d for part in parts for d in part[0]))
    name = f"n{crc32(repr((word, body, before)).encode())}"
    return (*before, f"{word} {name} {{ {body} }}"), name


def anonymous(text: str, parts: list[Known]) -> tuple[tuple[str, ...], str]:
    return tuple(dict.fromkeys(d for part in parts for d in part[0])), text


def record(parts: list[Known]) -> Known:
    body = ", ".join(f"f{index}: {part[1]}" for index, part in enumerate(parts))
    return (*declared("record", body, parts), *sequence(parts))


def tuple_(parts: list[Known]) -> Known:
    text = f"tuple<{', '.join(part[1] for part in parts)}>"
    return (*anonymous(text, parts), *sequence(parts))


def variant(parts: list[Known | None]) -> Known:
    payloads = [part for part in parts if part is not None]
    body = ", ".join(f"c{n}({p[1]})" if p else f"c{n}" for n, p in enumerate(parts))
    return (*declared("variant", body, payloads), *choice(len(parts), payloads))


def option(part: Known) -> Known:
    return (*anonymous(f"option<{part[1]}>", [part]), *choice(2, [part]))


def result(ok: Known, err: Known) -> Known:
    return (*anonymous(f"result<{ok[1]}, {err[1]}>", [ok, err]), *choice(2, [ok, err]))


def fixed(part: Known, length: int) -> Known:
    return (*anonymous(f"list<{part[1]}, {length}>", [part]), *sequence([part] * length))


def flags(count: int) -> Known:
    body = ", ".join(f"f{index}" for index in range(count))
    size = 1 if count <= 8 else 2 if count <= 16 else 4
    return (*declared("flags", body, []), size, size, ("i32",))


def enum(count: int) -> Known:
    body = ", ".join(f"e{index}" for index in range(count))
    return (*declared("enum", body, []), *choice(count, []))


def extend(inner: st.SearchStrategy[Known]) -> st.SearchStrategy[Known]:
    some = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        some.map(record),
        some.map(tuple_),
        st.lists(st.none() | inner, min_size=1, max_size=4).map(variant),
        inner.map(option),
        st.tuples(inner, inner).map(lambda pair: result(*pair)),
        st.tuples(inner, st.integers(1, 4)).map(lambda pair: fixed(*pair)),
    )


LEAVES = st.one_of(
    st.sampled_from([*PRIMITIVES, *POINTERS, *HANDLES]),
    st.sampled_from([1, 8, 9, 16, 17, 32]).map(flags),
    st.sampled_from([1, 2, 256, 257]).map(enum),
)
KNOWN = st.recursive(LEAVES, extend, max_leaves=8)


def functions(known: Known, before: int) -> tuple[Abi, m.Function, m.Function]:
    """`take` with the type after some parameters, and `give`, which returns it."""
    text = f"""package a:b; interface i {{ {' '.join(known[0])}
      take: func({''.join(f'p{n}: u8, ' for n in range(before))}x: {known[1]});
      give: func() -> {known[1]}; }}"""
    resolve = load_texts({"a.wit": text})
    found = resolve.interfaces[m.InterfaceId(0)].functions
    return Abi(resolve), found["take"], found["give"]


@settings(max_examples=80, deadline=None)
@given(known=KNOWN, before=st.integers(0, 17))
def test_layouts_and_signatures(known: Known, before: int) -> None:
    abi, take, give = functions(known, before)
    _, _, size, align, flat = known
    assert give.result is not None
    layout = abi.layout(give.result)
    assert (layout.size, layout.align) == (size, align)
    assert layout.flat == (flat if len(flat) <= 16 else None)

    given_ = abi.signature(take, lowered=False)
    spilled = before + len(flat) > 16
    assert given_.params_spilled == spilled
    assert given_.params == (("i32",) if spilled else ("i32",) * before + flat)
    assert given_ == abi.signature(take, lowered=True)
    lifted, lowered = abi.signature(give, lowered=False), abi.signature(give, lowered=True)
    assert lifted.result_spilled == lowered.result_spilled == (len(flat) > 1)
    assert (lifted.params, lifted.results) == ((), flat if len(flat) == 1 else ("i32",))
    assert (lowered.params, lowered.results) == (((), flat) if len(flat) == 1 else (("i32",), ()))


def tool(*arguments: str | Path, cwd: Path) -> None:
    done = subprocess.run([binary() or "", *arguments], cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def core(cores: tuple[Core, ...], word: str) -> str:
    return f"({word} {' '.join(cores)})" if cores else ""


MEMORY = """(memory (export "memory") 1)
 (global $next (mut i32) (i32.const 1024))
 (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
   (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
   global.get $next
   (global.set $next (i32.add (global.get $next) (local.get 3))))"""


def componentize(wit: str, module: str, folder: Path) -> bytes:
    """A component of a core module in text; the tool checks all signatures."""
    (folder / "a.wit").write_text(wit)
    (folder / "a.wasm").write_bytes(wat2wasm(f"(module {module})"))
    tool("component", "embed", "a.wit", "a.wasm", "-o", "b.wasm", cwd=folder)
    tool("component", "new", "b.wasm", "-o", "c.wasm", cwd=folder)
    return (folder / "c.wasm").read_bytes()


@settings(max_examples=15, deadline=None)
@given(known=KNOWN, before=st.integers(0, 17))
def test_the_reference_has_the_same_signatures(
    known: Known, before: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    abi, take, give = functions(known, before)
    imports, exports = "", ""
    for function in (take, give):
        lowered, lifted = (abi.signature(function, lowered=side) for side in (True, False))
        imports += f"""(import "a:b/i" "{function.name}"
          (func {core(lowered.params, 'param')} {core(lowered.results, 'result')}))"""
        exports += f"""(func (export "a:b/j#{function.name}")
          {core(lifted.params, 'param')} {core(lifted.results, 'result')} unreachable)"""
    body = f"""{' '.join(known[0])} give: func() -> {known[1]};
      take: func({''.join(f'p{n}: u8, ' for n in range(before))}x: {known[1]});"""
    wit = f"""package a:b; interface i {{ {body} }} interface j {{ {body} }}
      world w {{ import i; export j; }}"""

    assert componentize(wit, imports + MEMORY + exports, tmp_path_factory.mktemp("abi"))


# Each with more than one flat value, so that a function returns a pointer to it.
FIELDS: list[tuple[str, Any]] = [
    ("string", "one"),
    ("tuple<u8, u64>", (1, 2)),
    ("option<u8>", 3),
    ("option<u64>", None),
    ("list<u16>", [4, 5]),
    ("tuple<u8, u8, u8>", (6, 7, 8)),
    ("tuple<f64, f32>", (0.5, 0.25)),
    ("tuple<bool, option<string>>", (True, "six")),
    ("tuple<u16, tuple<u8, u32>, u8>", (9, (10, 11), 12)),
    ("list<tuple<u8, u32>>", [(13, 14), (15, 16)]),
    ("tuple<char, s8>", ("x", -1)),
]


def test_fields_lie_where_the_layout_says(tmp_path: Path) -> None:
    import wasmtime
    from wasmtime.component import Component, Linker, Record

    names = [f"f{index}" for index in range(len(FIELDS))]
    declaration = ", ".join(f"{n}: {text}" for n, (text, _) in zip(names, FIELDS, strict=True))
    getters = "".join(
        f" export get-{n}: func(x: r) -> {text};"
        for n, (text, _) in zip(names, FIELDS, strict=True)
    )
    wit = f"package a:b; world w {{ record r {{ {declaration} }} {getters} }}"
    resolve = load_texts({"a.wit": wit})
    abi = Abi(resolve)
    type = next(m.TypeId(id) for id, found in enumerate(resolve.types) if found.name == "r")
    layout = abi.layout(type)
    assert layout.flat is None, "the record is passed in memory"
    code = "".join(
        f"""(func (export "get-{n}") (param i32) (result i32)
          (i32.add (local.get 0) (i32.const {offset})))"""
        for n, offset in zip(names, layout.offsets, strict=True)
    )
    engine = wasmtime.Engine()
    component = Component(engine, componentize(wit, MEMORY + code, tmp_path))

    given_ = Record()
    for name, (_, value) in zip(names, FIELDS, strict=True):
        setattr(given_, name, value)
    for name, (_, value) in zip(names, FIELDS, strict=True):
        store = wasmtime.Store(engine)
        get = Linker(engine).instantiate(store, component).get_func(store, f"get-{name}")
        assert get is not None
        assert get(store, given_) == value


@pytest.mark.parametrize(
    ("text", "tag", "payload", "size"),
    [
        ("option<u8>", 1, 1, 2),
        ("option<u64>", 1, 8, 16),
        ("result", 1, 1, 1),
        ("result<u16, string>", 1, 4, 12),
    ],
)
def test_payloads(text: str, tag: int, payload: int, size: int) -> None:
    abi, _, give = functions(((), text, 0, 0, ()), 0)
    assert give.result is not None
    layout = abi.layout(give.result)

    assert (layout.tag, layout.payload, layout.size) == (tag, payload, size)


def test_a_resource_has_no_layout_and_its_handles_have() -> None:
    resolve = load_texts(
        {"a.wit": "package a:b; interface i { resource r; f: func(a: r, b: borrow<r>); }"}
    )
    abi = Abi(resolve)
    function = resolve.interfaces[m.InterfaceId(0)].functions["f"]

    with pytest.raises(ValueError, match="a resource has no layout"):
        abi.layout(m.TypeId(0))
    for parameter in function.params:
        assert abi.layout(parameter.type) == Layout(4, 4, (Core.I32,))


def test_long_chains_of_types() -> None:
    chain = " ".join(f"record r{n} {{ a: r{n - 1} }}" for n in range(1, 3000))
    resolve = load_texts(
        {"a.wit": f"package a:b; interface i {{ record r0 {{ a: u64 }} {chain} }}"}
    )

    layout = Abi(resolve).layout(m.TypeId(len(resolve.types) - 1))

    assert (layout.size, layout.flat) == (8, (Core.I64,))


def test_sizes_beyond_all_memory_are_numbers_too() -> None:
    chain = " ".join(f"record r{n} {{ a: r{n - 1}, b: r{n - 1} }}" for n in range(1, 200))
    resolve = load_texts(
        {"a.wit": f"package a:b; interface i {{ record r0 {{ a: u64 }} {chain} }}"}
    )

    layout = Abi(resolve).layout(m.TypeId(len(resolve.types) - 1))

    assert (layout.size, layout.flat) == (8 << 199, None)


@given(st.integers(0, 1000), st.sampled_from([1, 2, 4, 8]))
def test_alignment(offset: int, align: int) -> None:
    assert align_to(offset, align) == padded(offset, align)


@pytest.mark.parametrize(("cases", "size"), [(1, 1), (256, 1), (257, 2), (65536, 2), (65537, 4)])
def test_tags(cases: int, size: int) -> None:
    assert tag_size(cases) == size
