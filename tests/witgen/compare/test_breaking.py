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
    "the order of an enum, told once though a function takes it": (
        "interface i { enum e { a, b } f: func(x: e); }",
        "interface i { enum e { b, a } f: func(x: e); }",
        ["interface i/type e"],
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


@pytest.mark.parametrize("version", ["2.0.0", "1.2.1", "1.1.0", "1.2.0-rc.1", None])
def test_a_new_version_alone_changes_nothing(version: str | None) -> None:
    text = "package a:b@1.2.0; interface i { type t = u8; } world w { export i; }"
    new = text.replace("@1.2.0", f"@{version}" if version else "")

    found = compare(load_texts({"a.wit": text}), load_texts({"a.wit": new}))

    assert (found.changes, found.grown, found.version) == ((), False, version)


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


RECORD = "record r { a: u8 } record other { a: u8 }"
DEPENDENCIES = {
    "a field": (RECORD, RECORD.replace("a: u8", "a: string", 1), ["type r", 'field "a"']),
    "a resource became a record": ("resource r;", RECORD, ["type r"]),
    "a record became a resource": (RECORD, "resource r;", ["type r"]),
    "behind a name": (
        "type x = u8; type r = list<x>;",
        "type x = u16; type r = list<x>;",
        ["type r", "element"],
    ),
}


def with_dependency(types: str, version: str = "1.0.0", used: str = "r") -> str:
    use = f"interface i {{ use d:d/t@{version}.{{{used} as r}}; record q {{ r: list<r> }} f: func(x: q); }}"
    return f"{use} package d:d@{version} {{ interface t {{ {types} }} }}"


@pytest.mark.parametrize(("old", "new", "path"), DEPENDENCIES.values(), ids=DEPENDENCIES)
def test_a_type_of_a_dependency(old: str, new: str, path: list[str]) -> None:
    found = compared(with_dependency(old), with_dependency(new))

    assert ("interface i", *path) in [change.path for change in found.changes]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (with_dependency(RECORD), with_dependency(RECORD.replace("a: u8 } record other", "a: u8 } record more"))),
        (with_dependency(RECORD), with_dependency(RECORD.replace("other { a: u8", "other { a: u16"))),
        (with_dependency(RECORD), with_dependency(RECORD, used="other")),
        (with_dependency(RECORD), with_dependency(RECORD, "2.0.0")),
        (with_dependency("resource r;"), with_dependency("resource r; resource s;", "1.2.0")),
    ],
)  # fmt: skip
def test_what_is_not_used_of_a_dependency_and_other_names_of_equal_types(
    old: str, new: str
) -> None:
    assert compared(old, new).changes == ()


def test_a_resource_of_another_track_is_another_one() -> None:
    old, new = with_dependency("resource r;"), with_dependency("resource r;", "2.0.0")

    first, *_ = compared(old, new).changes

    assert first.path == ("interface i", "type r")
    assert "expected the resource `r`" in first.message


def test_a_type_that_moved_to_an_interface_already_used() -> None:
    old = "interface t { type x = u8; } interface i { use t.{x}; record r { a: x } f: func(x: r); }"
    new = "interface t { type x = u8; record r { a: x } } interface i { use t.{x, r}; f: func(x: r); }"

    assert compared(old, new).changes == ()


@pytest.mark.parametrize(
    ("types", "count"),
    [("type u = u8; enum e { a }", 0), ("resource s;", 1), ("g: func();", 1)],
)
def test_an_import_may_have_more_types_but_not_resources(types: str, count: int) -> None:
    old = "world w { import x: interface { resource r; f: func(x: r); } }"

    found = compared(old, old.replace("resource r;", f"resource r; {types}"))

    assert len(found.changes) == count


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
    assert suffices(breaking, version, breaking)
    assert suffices(breaking, version, grown)
    assert suffices(f"{breaking}-rc.1", version, breaking)
    assert not suffices(version, version, grown)
    assert not suffices(None, version, grown)
    assert suffices(version, version, version)


@pytest.mark.parametrize(
    ("before", "version", "enough"),
    [
        ("1.0.0", "2.0.0-rc.1", True),
        ("1.0.0", "1.9.0", False),
        ("1.0.0", "1.0.0+b", False),
        ("2.0.0-rc.1", "2.0.0-rc.2", True),
        ("2.0.0-rc.1", "2.0.0", True),
        ("2.0.0-rc.1", "2.1.0-alpha", True),
        ("2.0.0-rc.1", "2.0.0-rc.1", False),
        ("2.0.0-rc.1", "2.0.0-rc.1+b", False),
        ("2.0.0-rc.2", "2.0.0-rc.1", False),
        ("2.0.0-rc.1", "1.9.0", False),
    ],
)
def test_versions_that_suffice_for_a_breaking_change(
    before: str, version: str, enough: bool
) -> None:
    needed = next_version(before, breaking=True, grown=True)

    assert suffices(version, before, needed) is enough


@pytest.mark.parametrize(
    ("version", "enough"),
    [("1.0.0", True), ("1.0.1", True), ("1.0.0+b", True), ("1.0.0-rc.1", False), ("0.9.0", False)],
)
def test_versions_that_suffice_without_changes(version: str, enough: bool) -> None:
    assert suffices(version, "1.0.0", "1.0.0") is enough
