"""What counts as a breaking change, and which version comes next."""

from __future__ import annotations

import pytest
from component_parts import part
from hypothesis import given
from hypothesis import strategies as st

from witgen.compare.breaking import Comparison, compare
from witgen.compare.versions import next_version, suffices
from witgen.component import decode
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve import semver


def compared(old: str, new: str, world: str | None = None, header: str = "@1.2.0") -> Comparison:
    def resolved(text: str, version: str) -> object:
        return load_texts({"a.wit": f"package a:b{version};\n{text}"})

    return compare(resolved(old, header), resolved(new, header), world)  # type: ignore[arg-type]


BREAKING = {
    "a function is gone": (
        "interface i { f: func(); g: func(); }",
        "interface i { f: func(); }",
        ["interface i/func g"],
    ),
    "an interface is gone": ("interface i {} interface j {}", "interface j {}", ["interface i"]),
    "a world is gone": ("world w {} world v {}", "world v {}", ["world w"]),
    "a parameter has another type": (
        "interface i { f: func(x: u32); }",
        "interface i { f: func(x: u64); }",
        ['interface i/func f/param 1 "x"'],
    ),
    "a parameter has another name": (
        "interface i { f: func(x: u32); }",
        "interface i { f: func(y: u32); }",
        ['interface i/func f/param 1 "x"'],
    ),
    "there is one more parameter": (
        "interface i { f: func(); }",
        "interface i { f: func(x: u8); }",
        ["interface i/func f"],
    ),
    "a result": (
        "interface i { f: func() -> u8; }",
        "interface i { f: func(); }",
        ["interface i/func f/result"],
    ),
    "a function became async": (
        "interface i { f: func(); }",
        "interface i { f: async func(); }",
        ["interface i/func f"],
    ),
    "a field, told once though two functions take it": (
        "interface i { record r { a: u8 } f: func(x: r); g: func() -> list<r>; }",
        "interface i { record r { a: u8, b: u8 } f: func(x: r); g: func() -> list<r>; }",
        ['interface i/type r/field "b"'],
    ),
    "a case": (
        "interface i { variant v { a, b } }",
        "interface i { variant v { a, b, c } }",
        ['interface i/type v/case "c"'],
    ),
    "the order of flags": (
        "interface i { flags s { a, b } }",
        "interface i { flags s { b, a } }",
        ["interface i/type s"],
    ),
    "a method is gone": (
        "interface i { resource r { m: func(); } }",
        "interface i { resource r; }",
        ["interface i/func [method]r.m"],
    ),
    "a resource became a record": (
        "interface i { resource r; }",
        "interface i { record r { a: u8 } }",
        ["interface i/resource r"],
    ),
    "a type of another interface": (
        "interface t { record r { a: u8 } } interface i { use t.{r}; f: func(x: r); }",
        "interface t { record r { a: u16 } } interface i { use t.{r}; f: func(x: r); }",
        ['interface t/type r/field "a"'],
    ),
    "an export is gone": (
        "interface i {} world w { export i; export f: func(); }",
        "interface i {} world w { }",
        ["world w/export f", "world w/export a:b/i@1.2.0"],
    ),
    "one more import": (
        "world w { }",
        "world w { import f: func(); }",
        ["world w/import f"],
    ),
    "an import asks for more": (
        "interface i { f: func(); } world w { import i; }",
        "interface i { f: func(); g: func(); } world w { import i; }",
        ["world w/import a:b/i@1.2.0/func g"],
    ),
    "an inline interface": (
        "world w { export x: interface { f: func(); } }",
        "world w { export x: interface { f: func(y: u8); } }",
        ["world w/export x/func f"],
    ),
    "an import became another kind": (
        "world w { import x: func(); }",
        "world w { import x: interface {} }",
        ["world w/import x"],
    ),
}


@pytest.mark.parametrize(("old", "new", "paths"), BREAKING.values(), ids=BREAKING)
def test_breaking(old: str, new: str, paths: list[str]) -> None:
    found = compared(old, new)

    assert sorted("/".join(change.path) for change in found.changes) == sorted(paths)


COMPATIBLE = {
    "nothing": ("interface i { f: func(); }", "interface i { f: func(); }", False),
    "comments and order": (
        "interface i { f: func(); g: func(); }",
        "/// More.\ninterface i { g: func(); /// F.\n f: func(); }",
        False,
    ),
    "one more function": ("interface i {}", "interface i { f: func(); }", True),
    "one more interface": ("interface i {}", "interface i {} interface j {}", True),
    "one more export": ("world w {}", "world w { export f: func(); }", True),
    "one import less": ("world w { import f: func(); }", "world w {}", True),
    "an import asks for less": (
        "world w { import x: interface { f: func(); g: func(); } }",
        "world w { import x: interface { g: func(); } }",
        True,
    ),
    "a name for a type": (
        "interface i { f: func(x: list<u8>); }",
        "interface i { type bytes = list<u8>; f: func(x: bytes); }",
        True,
    ),
    "a type that moved": (
        "interface t {} interface i { record r { a: u8 } f: func(x: r); }",
        "interface t { record r { a: u8 } } interface i { use t.{r}; f: func(x: r); }",
        True,
    ),
    "an unstable function": (
        "interface i {}",
        "interface i { @unstable(feature = x) f: func(); }",
        False,
    ),
}


@pytest.mark.parametrize(("old", "new", "grown"), COMPATIBLE.values(), ids=COMPATIBLE)
def test_compatible(old: str, new: str, grown: bool) -> None:
    found = compared(old, new)

    assert found.changes == ()
    assert found.grown == grown


def test_a_new_version_renames_nothing() -> None:
    old = load_texts({"a.wit": "package a:b@1.2.0; interface i {} world w { export i; }"})
    new = load_texts({"a.wit": "package a:b@2.0.0; interface i {} world w { export i; }"})

    found = compare(old, new)

    assert (found.changes, found.version) == ((), "2.0.0")


def test_a_package_that_depends_on_its_older_version() -> None:
    nested = "package a:b@1.0.0 { interface i { f: func(); } }"
    old = load_texts({"a.wit": "package a:b@1.0.0; interface i { f: func(); }"})
    new = load_texts(
        {
            "a.wit": f"package a:b@2.0.0; interface i {{ f: func(); }} interface j {{ use a:b/i@1.0.0.{{}}; }} {nested}"
        }
    )

    assert compare(old, new).changes == ()


def test_versions_of_a_dependency_on_one_track_are_one_thing() -> None:
    def text(version: str) -> str:
        io = f"package w:io@{version} {{ interface poll {{ resource p; }} }}"
        use = f"interface i {{ use w:io/poll@{version}.{{p}}; f: func() -> p; }}"
        return f"{use} world w {{ export i; }} {io}"

    assert compared(text("0.2.0"), text("0.2.3")).changes == ()
    assert compared(text("0.2.0"), text("0.3.0")).changes != ()


def test_one_world_of_a_package() -> None:
    old, new = "world w {} world v { export f: func(); }", "world w {} world v {}"

    assert compared(old, new, "w").changes == ()
    assert len(compared(old, new, "v").changes) == 1


LIFTED = """(core module $m (func (export "f") {core}))
  (core instance $i (instantiate $m)) (func $f {type} (canon lift (core func $i "f")))
  (instance $x (export "f" (func $f))) (export "a:b/i@1.2.0" (instance $x))"""
GOOD = part(LIFTED.format(core="", type=""))
WORSE = part(LIFTED.format(core="(param i32)", type='(param "x" u8)'))


def test_components() -> None:
    found = compare(decode(GOOD), decode(WORSE))

    assert [change.path for change in found.changes] == [
        ("world root", "export a:b/i@1.2.0", "func f")
    ]
    assert found.package is not None
    assert found.package.version == "1.2.0"
    assert compare(decode(GOOD), decode(GOOD)).grown is False


def test_a_component_against_its_wit() -> None:
    wit = load_texts(
        {"a.wit": "package a:b@1.2.0; interface i { f: func(); } world w { export i; }"}
    )

    assert compare(wit, decode(GOOD)).changes == ()
    assert len(compare(wit, decode(WORSE)).changes) == 1


def test_refusals() -> None:
    one = load_texts({"a.wit": "package a:b; world v {} world w {}"})
    other = load_texts({"a.wit": "package a:c;"})

    with pytest.raises(WitError) as caught:
        compare(one, other)
    assert caught.value.diagnostics[0].code == "CMP3202"
    with pytest.raises(WitError) as caught:
        compare(one, one, "u")
    assert caught.value.diagnostics[0].code == "RES1083"
    with pytest.raises(WitError) as caught:
        compare(one, decode(GOOD))
    assert caught.value.diagnostics[0].code == "RES1082"


# --- versions -----------------------------------------------------------------------------------

NEXT = [
    ("1.4.2", "2.0.0", "1.5.0"),
    ("0.4.2", "0.5.0", "0.4.3"),
    ("0.0.2", "0.0.3", "0.0.3"),
    ("2.0.0-rc.1", "2.0.0", "2.0.0"),
    ("1.0.0+build", "2.0.0", "1.1.0"),
]


@pytest.mark.parametrize(("version", "breaking", "grown"), NEXT)
def test_next_version(version: str, breaking: str, grown: str) -> None:
    assert next_version(version, breaking=True, grown=True) == breaking
    assert next_version(version, breaking=False, grown=True) == grown
    assert next_version(version, breaking=False, grown=False) == version


NUMBER = st.integers(0, 20)


@given(st.tuples(NUMBER, NUMBER, NUMBER))
def test_a_breaking_change_leaves_the_track_and_an_addition_does_not(
    numbers: tuple[int, int, int],
) -> None:
    version = ".".join(map(str, numbers))
    breaking = next_version(version, breaking=True, grown=True)
    grown = next_version(version, breaking=False, grown=True)

    assert semver.track(breaking) != semver.track(version)
    assert (semver.track(grown) == semver.track(version)) == (numbers[:2] != (0, 0))
    assert suffices(breaking, breaking)
    assert suffices(breaking, grown)
    assert not suffices(version, grown)
    assert not suffices(None, grown)
