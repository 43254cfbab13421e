"""What is no component is told with its place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from component_parts import API, API_PLUG, SOCKET, TYPES, TYPES_PLUG, caller, check_valid, part
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import only, refused
from wac_parts import refused_text

from witgen.component.body import read_component
from witgen.compose import Part, compose
from witgen.diagnostics import ComposeError, Diagnostic


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
        (
            b"\0asm\x0d\0\1\0\x07\x01\x7f",
            "type count 127 is larger than the rest of the section",
            10,
        ),
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


def problems_of(plug: Part) -> tuple[Diagnostic, ...]:
    with pytest.raises(ComposeError) as caught:
        compose(caller("a:b/c@1.0.0"), [plug])
    return caught.value.diagnostics


def test_text_gets_a_hint() -> None:
    (found,) = refused(b"(component)", [])
    (written,) = refused(b"package a:b;", [])
    (wit,) = problems_of(Part("a.wit", b"package a:b;"))
    (empty,) = refused(b"", [])

    assert found.help == ("this looks like text; a component is a binary file",)
    assert written.help[1] == "the name of a composition text must end with `.wac`"
    assert wit.help == ("this is WIT: build a component for one of its worlds",)
    assert empty.help == ("it is empty",)


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


# A list of fixed length is not known to wasmtime, which validates nothing that follows it.
@pytest.mark.parametrize("first", [b"\x6b\x79", b"\x67\x79\x02"])
def test_an_import_that_mentions_an_export_is_refused_as_invalid(first: bytes) -> None:
    sections = [
        (7, b"\x02\x72\x01\x01f\x79" + first),  # a record of a u32, and another type
        (11, b"\x01\x00\x01t\x03\x00\x00"),  # the record is exported as `t`
        (7, b"\x01\x40\x00\x00\x02"),  # a function that returns it
        (10, b"\x01\x00\x01i\x01\x03"),  # imported as `i`
    ]
    data = b"\0asm\x0d\0\1\0" + b"".join(bytes((kind, len(body))) + body for kind, body in sections)

    for found in (
        refused(data, []),
        refused_text("package t:app; export new t:x { ... }...;", {"t:x": data}),
    ):
        assert only(found, "CMP3001") == "func not valid to be used as import"
