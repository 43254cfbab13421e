"""Custom sections of compositions: kept, added, and left out."""

from __future__ import annotations

import json

import pytest
from component_parts import adder, caller, check_valid, part, run, wasm_tools
from hypothesis import given, settings
from hypothesis import strategies as st

from witgen.component.body import read_component, sections
from witgen.component.cursor import Cursor, Malformed
from witgen.component.writer import name, u32
from witgen.compose import compose
from witgen.compose.metadata import producers, stripped
from witgen.version import __version__


def custom(label: str, content: bytes = b"x") -> bytes:
    body = name(label) + content
    return b"\0" + u32(len(body)) + body


def module(*sections: bytes) -> bytes:
    return b"\0asm\1\0\0\0" + b"".join(sections)


def component(*sections: bytes) -> bytes:
    return b"\0asm\x0d\0\1\0" + b"".join(sections)


def section(kind: int, data: bytes) -> bytes:
    return bytes((kind,)) + u32(len(data)) + data


def labels(data: bytes) -> list[str]:
    """The names of the custom sections of a file, of its parts too."""
    found: list[str] = []
    for kind, inner in sections(Cursor(data, 8)):
        if kind == 0:
            found.append(inner.name())
        elif kind in {1, 4} and data[4:8] == b"\x0d\0\1\0":
            found += labels(data[inner.position : inner.end])
    return found


def test_a_composition_says_who_made_it() -> None:
    out = compose(caller("a:b/c"), [adder("a:b/c", 1)])

    assert out.endswith(producers())
    shown = json.loads(wasm_tools("metadata", "show", "--json", data=out))
    assert __version__ in json.dumps(shown["component"]["metadata"]["producers"])
    assert "witgen" in json.dumps(shown["component"]["metadata"]["producers"])


def test_sections_of_parts_are_kept() -> None:
    socket = part(
        '(core module (@custom "one" "x")) (@custom "two" "y") (import "a:b/c" (instance))'
    )
    plug = part('(@custom "three" "z") (instance $e) (export "a:b/c" (instance $e))')

    found = labels(compose(socket, [plug]))

    assert [name for name in found if name in {"one", "two", "three"}] == ["three", "one", "two"]


def test_a_composition_is_not_larger_than_that_of_the_reference(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("size")
    (folder / "plug.wasm").write_bytes(adder("a:b/c@1.0.0", 1, "a:b/open"))
    (folder / "socket.wasm").write_bytes(caller("a:b/c@1.0.0", "a:b/open"))
    paths = [str(folder / f"{name}.wasm") for name in ("socket", "plug", "out")]
    wasm_tools("compose", paths[0], "-d", paths[1], "-o", paths[2])

    ours = compose((folder / "socket.wasm").read_bytes(), [(folder / "plug.wasm").read_bytes()])

    # Apart from the section that says who made it, which pays off with more than a few imports.
    assert len(ours) - len(producers()) <= (folder / "out.wasm").stat().st_size


IDLE = ["name", "producers", "component-name", ".debug_info", ".debug_str", "sourceMappingURL"]
KEPT = [
    "component-type:w",
    "component-type",
    "dylink.0",
    "linking",
    "mine",
    "package-docs",
    "debug",
]


@pytest.mark.parametrize("label", [*IDLE, *KEPT])
def test_what_says_nothing_to_machines_is_stripped(label: str) -> None:
    inner = module(custom(label), section(1, b"\0"), custom(label))
    whole = component(custom(label), section(1, inner), section(4, component(section(1, inner))))

    found = stripped(whole)

    assert labels(bytes(found)) == ([] if label in IDLE else labels(whole))
    read_component(found)


def test_what_has_nothing_to_strip_is_not_copied() -> None:
    whole = component(section(1, module(custom("mine"))))

    assert stripped(whole) is whole


def test_a_stripped_composition_runs_and_is_smaller() -> None:
    parts = (caller("a:b/c"), [adder("a:b/c", 1)])

    out, small = compose(*parts), compose(*parts, strip=True)

    check_valid(small)
    assert run(small) == run(out) == 2
    assert len(small) < len(out)
    assert labels(small) == []
    assert labels(out)


def test_stripping_keeps_the_types() -> None:
    plug = adder("a:b/c@1.0.0", 1, "x:y/z")

    assert read_component(stripped(plug)).type == read_component(plug).type


def test_a_module_that_is_cut_off_is_told_when_it_is_stripped() -> None:
    broken = component(section(1, module(b"\x01\x09\0")))

    with pytest.raises(Malformed) as caught:
        stripped(broken)

    assert str(caught.value) == "section of 9 bytes is larger than the 1 bytes left"
    assert caught.value.offset == 20


@settings(max_examples=100)
@given(
    st.recursive(
        st.lists(st.sampled_from([*IDLE, *KEPT]).map(custom), max_size=4).map(
            lambda found: section(1, module(*found))
        ),
        lambda inner: st.lists(st.one_of(inner, st.sampled_from(IDLE).map(custom)), max_size=4).map(
            lambda found: section(4, component(*found))
        ),
        max_leaves=12,
    )
)
def test_stripping_twice_changes_nothing(whole: bytes) -> None:
    data = component(whole)

    once = bytes(stripped(data))

    assert labels(once) == [label for label in labels(data) if label in KEPT]
    assert stripped(once) is once
