"""Printed WIT loads to what it was printed from."""

from __future__ import annotations

import json
import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import binary, document, write_tree

from witgen.load import load_texts
from witgen.resolve import model as m
from witgen.resolve.document import from_dict, to_dict
from witgen.resolve.printer import package_files, to_wit

CORPUS = os.environ.get("WITGEN_WIT_CORPUS")

EVERYTHING = """/// The package.
package %list:%use@1.2.3-rc.1+b;

/// Types.
interface kinds {
  use other:lib/base@0.1.0.{%list, thing as %record};
  @since(version = 1.0.0)
  @external-id("a \\"quoted\\" \\\\ one\\n\\u{e9}")
  record %type {
    /// The first.
    %from: u8,
    second: tuple<bool, s64, char, string, f32, f64>,
  }
  variant v { a, b(option<%type>), /// c
    c(result<_, string>) }
  enum e { x, %bool }
  @unstable(feature = beta)
  @deprecated(version = 1.1.0)
  flags f { read, write }
  type alias = list<result<u8>>;
  type fixed = list<u8, 4>;
  type table = map<string, list<fixed>>;
  type same = alias;
  type plain = result;
  type none-err = result<u8, e>;
}

interface things {
  use kinds.{e, v};
  first: func(x: u8) -> option<e>;
  /// A resource.
  resource r {
    constructor(x: own<s>);
    m: func(r: borrow<r>) -> r;
    am: async func() -> stream<u8>;
    st: static func() -> future;
    ast: static async func() -> future<v>;
    size: get() -> u32;
    size: set(x: u32) -> result<_, string>;
    all: static get() -> list<r>;
  }
  resource s { constructor(f: bool) -> result<s, string>; }
  type handle = own<r>;
  type again = r;
  type lent = list<again>;
  between: async func(e: error-context, s: stream, l: lent);
  level: get() -> u8;
  level: set(x: u8);
  resource last;
}

world empty {}

/// The world.
@since(version = 1.0.0)
world w {
  use kinds.{e as mine};
  import things;
  /// By its path.
  @since(version = 1.0.0)
  import kinds;
  import named: kinds;
  import inline: interface { use kinds.{e}; f: func() -> e; resource q { m: func(); } }
  record local { m: mine }
  resource own-one { constructor(); }
  import fun: func(l: local) -> own-one;
  import count: get() -> u8;
  export things;
  export %export: func();
  export %interface: interface { g: async func(); }
}

package other:lib@0.1.0 {
  interface base {
    type %list = u8;
    resource thing;
  }
  world small { import base; }
}
"""


def plain(resolve: m.Resolve) -> dict[str, Any]:
    return to_dict(resolve)


def test_everything_reads_back_to_the_same_document() -> None:
    resolve = load_texts({"a.wit": EVERYTHING}, all_features=True)
    printed = to_wit(resolve)
    again = load_texts({"a.wit": printed}, all_features=True)

    assert plain(again) == plain(resolve)
    assert to_wit(again) == printed


def test_the_directory_layout_reads_back_to_the_same_document() -> None:
    resolve = load_texts({"a.wit": EVERYTHING}, all_features=True)
    files = package_files(resolve, "root.wit")
    again = load_texts({path: data.decode() for path, data in files.items()}, all_features=True)

    assert list(files) == ["deps/other-lib-0.1.0/package.wit", "root.wit"]
    assert plain(again) == plain(resolve)


@pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
def test_the_reference_reads_the_same(tmp_path: Path) -> None:
    resolve = load_texts({"a.wit": EVERYTHING}, all_features=True)
    write_tree(tmp_path, {"a.wit": to_wit(resolve).encode()})

    assert document(tmp_path) == plain(resolve)


def test_one_package_alone() -> None:
    resolve = load_texts({"a.wit": EVERYTHING}, all_features=True)
    (lib,) = [i for i, p in enumerate(resolve.packages) if p.name.namespace == "other"]

    assert to_wit(resolve, m.PackageId(lib)) == (
        "package other:lib@0.1.0;\n\n"
        "interface base {\n  type %list = u8;\n  resource thing;\n}\n\n"
        "world small {\n  import base;\n}\n"
    )


def test_the_layout_of_items() -> None:
    resolve = load_texts(
        {
            "a.wit": "package a:b; interface i { f: func(); g: func(); /// Doc.\nh: func();"
            " type t = u8; type u = t; record r { a: u8 } } interface j {}"
        }
    )

    assert to_wit(resolve) == (
        "package a:b;\n\n"
        "interface i {\n"
        "  type t = u8;\n  type u = t;\n\n"
        "  record r {\n    a: u8,\n  }\n\n"
        "  f: func();\n  g: func();\n\n"
        "  /// Doc.\n  h: func();\n"
        "}\n\n"
        "interface j {}\n"
    )


def test_nothing_is_nothing() -> None:
    assert to_wit(m.Resolve()) == ""


def test_includes_are_written_out() -> None:
    resolve = load_texts(
        {
            "a.wit": "package a:b; world base { import f: func(); export i: interface {} }"
            " world w { include base with { f as g } }"
        }
    )
    printed = to_wit(resolve)

    assert "include" not in printed
    assert "import g: func();" in printed


def documented(docs: str) -> m.Resolve:
    function = m.Function("f", m.FunctionKind(m.FunctionShape.FREESTANDING), (), None, docs)
    record = m.TypeDef(
        "r", m.Record((m.Field("a", m.Prim.U8, docs),)), m.InterfaceOwner(m.InterfaceId(0))
    )
    interface = m.Interface("i", {"r": m.TypeId(0)}, {"f": function}, m.PackageId(0), docs)
    package = m.Package(m.PackageName("a", "b"), {"i": m.InterfaceId(0)}, {})
    return m.Resolve((), (interface,), (record,), (package,))


@pytest.mark.parametrize(
    "docs",
    [
        "",
        "one line",
        "two\nlines",
        "  not at the margin\nbut this is",
        "\n * a star in a block\n *   and more",
        "\n indented throughout\n  and more",
        "\ttab\n\ttabs",
        "a\n\nb",
        "/ begins with a slash",
        "*/ ends nothing",
        "\n /* a comment */ in a comment",
        "\n ends with a star *",
    ],
)
def test_documentation_reads_back(docs: str) -> None:
    resolve = documented(docs)

    assert plain(load_texts({"a.wit": to_wit(resolve)})) == plain(resolve)


@given(st.text(st.sampled_from(' "\\\n\r\tabcé€😀'), max_size=12))
def test_external_ids_read_back(text: str) -> None:
    resolve = documented("")
    record = resolve.types[0]
    changed = m.TypeDef(record.name, record.kind, record.owner, None, None, text)
    resolve = m.Resolve((), resolve.interfaces, (changed,), resolve.packages)

    assert plain(load_texts({"a.wit": to_wit(resolve)})) == plain(resolve)


# --- the corpus ---------------------------------------------------------------------------------


def cases() -> list[tuple[str, dict[str, Any]]]:
    """The accepted inputs of a corpus: id and the reference's document, each document once."""
    if CORPUS is None:
        return []
    folder = Path(CORPUS)
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    with zipfile.ZipFile(folder / "oracle.zip") as oracle:
        for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry["expect"] == "ok":
                name = entry["json"].split("!")[1]
                found.setdefault(name, (entry["id"], json.loads(oracle.read(name))))
    return list(found.values())


def packages(wanted: dict[str, Any]) -> dict[str, str]:
    """The text of each package: what a document says without its numbers."""
    resolve = from_dict(wanted)
    return {
        str(package.name): to_wit(resolve, m.PackageId(index))
        for index, package in enumerate(resolve.packages)
    }


@pytest.mark.skipif(CORPUS is None, reason="WITGEN_WIT_CORPUS names no corpus")
def test_the_corpus_reads_back() -> None:
    counted: Counter[str] = Counter()
    for name, wanted in cases():
        resolve = from_dict(wanted, len(wanted["packages"]) - 1)
        again = plain(load_texts({"a.wit": to_wit(resolve)}, all_features=True))
        for interface in wanted["interfaces"]:
            interface.pop("clone_of", None)  # an include is written out
        if again == wanted:
            counted["same ids"] += 1
        else:
            same = packages(again) == packages(wanted)
            counted["other ids" if same else f"differs: {name}"] += 1
    print(dict(counted))  # noqa: T201  # the figures are what the run is for

    assert set(counted) <= {"same ids", "other ids"}
