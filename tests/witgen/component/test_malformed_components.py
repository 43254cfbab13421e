"""Binaries that break the format, and what is said about each."""

from __future__ import annotations

import pytest

from witgen.component import decode, encode_package
from witgen.component.body import read_component
from witgen.component.cursor import Malformed
from witgen.component.packagedocs import inject
from witgen.component.writer import u32
from witgen.diagnostics import WitError
from witgen.load import load_texts


def component(*sections: tuple[int, bytes]) -> bytes:
    return b"\0asm\x0d\0\1\0" + b"".join(
        bytes((kind,)) + u32(len(body)) + body for kind, body in sections
    )


def types(*definitions: bytes) -> tuple[int, bytes]:
    return 7, u32(len(definitions)) + b"".join(definitions)


def refusal(data: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        read_component(data)
    return caught.value.message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (component(types(b"\x70\x05")), "unknown type 5: index out of bounds (0 are defined)"),
        (component(types(b"\x42\x00", b"\x70\x00")), "type index 0 is not a defined value type"),
        (component(types(b"\x70\x40")), "invalid value type"),
        (component(types(b"\x7d", b"\x69\x00")), "type index 0 is not a resource"),
        (component(types(b"\x42\x01\x02\x03\x02\x05\x00")), "invalid outer alias count 5"),
        (component(types(b"\x42\x01\x03\x00\x01a\x03\x01")), "invalid declaration 0x03"),
        (
            component(types(b"\x41\x02\x03\x00\x01a\x03\x01\x03\x00\x01a\x03\x01")),
            "import name `a` is not unique",
        ),
        (
            component(types(b"\x7d"), (10, b"\x01\x00\x01f\x01\x00")),
            "type index 0 is not a function type",
        ),
        (component((10, b"\x01\x00\x01f\x07\x00")), "invalid kind of import or export 0x07"),
        (component((10, b"\x01\x09\x01f\x03\x01")), "invalid kind of name 0x09"),
        (component((10, b"\x01\x02\x01f\x01\x07\x01x\x03\x01")), "invalid name option 0x07"),
        (
            component((6, b"\x01\x05\x00\x00\x01x")),
            "unknown instance 0: index out of bounds (0 are defined)",
        ),
        (component((6, b"\x01\x05\x00")), "unexpected end"),
        (
            component((6, b"\x01\x01\x02\x00\x00")),
            "an outer alias can only refer to a type, a module or a component",
        ),
        (
            component((5, b"\x01\x00\x00\x00")),
            "unknown component 0: index out of bounds (0 are defined)",
        ),
        (component((8, b"\x01\x77")), "unknown canonical definition 0x77"),
        (
            component((8, b"\x01\x00\x00\x00\x00\x00")),
            "unknown type 0: index out of bounds (0 are defined)",
        ),
        (component((8, b"\x01\x00\x00\x00\x01\x63\x00")), "unknown canonical option 0x63"),
        (component((1, b"module")), "a core module has no module header"),
        (
            component((11, b"\x01\x00\x01x\x01\x00\x00")),
            "unknown function 0: index out of bounds (0 are defined)",
        ),
        (component((7, b"\x00\x00")), "a section is longer than its contents"),
        (component((0, b"\x05ab")), "unexpected end"),
        (
            component((4, component((10, b"\x01\x00\x01a\x03\x01"))), (5, b"\x01\x00\x00\x00")),
            "instantiation argument `a` is missing",
        ),
        (
            component(
                (4, component((10, b"\x01\x00\x01a\x03\x01"))),
                (10, b"\x01\x00\x01a\x03\x01"),
                types(b"\x40\x00\x01\x00"),
                (10, b"\x01\x00\x01f\x01\x01"),
                (5, b"\x01\x00\x00\x01\x01a\x01\x00"),
            ),
            "instantiation argument `a` has another kind",
        ),
    ],
)
def test_what_does_not_follow_the_format(data: bytes, message: str) -> None:
    assert refusal(data) == message


@pytest.mark.parametrize(
    "section",
    [
        b"",
        b"\x07{}",
        b"\x01{",
        b"\x01[]",
        b"\x01null",
        b"\x01" + b"[" * 100_000,
        b'\x01{"docs":1}',
        b'\x01{"interfaces":{"nothing":{}}}',
        b'\x01{"interfaces":[]}',
        b'\x01{"worlds":{"w":{"funcs":{"nothing":{}}}}}',
        b'\x01{"worlds":{"w":{"interface_import_docs":{"x":"y"}}}}',
        b'\x01{"interfaces":{"i":{"stability":{"stable":{}}}}}',
        b"\x01\xff",
    ],
)
def test_damaged_docs_are_told(section: bytes) -> None:
    text = "package a:b; interface i { f: func(); } world w { import i; }"
    plain = encode_package(load_texts({"a.wit": text}))
    assert plain.endswith(b"\x0cpackage-docs\x01{}")
    body = b"\x0cpackage-docs" + section
    size = len(body)
    leb = bytes((size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14))
    data = plain[: -len(b"\x00\x0f\x0cpackage-docs\x01{}")] + b"\x00" + leb + body

    with pytest.raises(WitError) as caught:
        decode(data)

    assert [d.code for d in caught.value.diagnostics] == ["CMP3002"]


def test_docs_of_the_first_version_are_plain_texts() -> None:
    loaded = load_texts({"a.wit": "package a:b; interface i { f: func(); type t = u8; }"})

    resolve = inject(
        loaded, b'\x00{"interfaces":{"i":{"funcs":{"f":"of f"},"types":{"t":"of t"}}}}'
    )

    assert resolve.interfaces[0].functions["f"].docs == "of f"
    assert resolve.types[0].docs == "of t"
