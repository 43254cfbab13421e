"""The gates of a target on what its client has instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from oracle import binary, document, write_tree

from witgen.client import Client, client
from witgen.client.caller import add_client
from witgen.client.package import caller_files, component_files
from witgen.load import load_texts

TARGET = """package acme:shop@1.2.0;

@since(version = 1.0.0)
interface api {
  @since(version = 1.0.0)
  record item { id: u64 }
  @unstable(feature = colours)
  enum colour { red, green }

  @since(version = 1.0.0)
  @deprecated(version = 1.1.0)
  buy: func(item: item) -> u64;
  @unstable(feature = colours)
  paint: func(colour: colour) -> bool;
  plain: func() -> u8;

  @unstable(feature = carts)
  resource cart {
    @unstable(feature = carts)
    constructor();
    @unstable(feature = carts)
    count: func() -> u32;
  }
}
interface old { f: func() -> u8; }

world shop {
  @since(version = 1.2.0)
  export api;
  @unstable(feature = tills)
  export old;
  export other:lib/tools@0.3.0;
  @unstable(feature = opens)
  export open: func() -> bool;
}
"""
LIB = """package other:lib@0.3.0;

@since(version = 0.3.0)
interface tools {
  @since(version = 0.3.0)
  f: func();
}
"""


def made(features: tuple[str, ...] = (), **options: str) -> Client:
    files = {"shop.wit": TARGET, "deps/lib/lib.wit": LIB}
    resolve = load_texts(files, features=features, all_features=not features)
    return client(resolve, **options)  # type: ignore[arg-type]


def text_of(client: Client) -> str:
    return caller_files(client)["client.wit"].decode()


def gate_of(wit: str, item: str) -> list[str]:
    """The lines of gates above the line that starts with `item`."""
    lines = [line.strip() for line in wit.splitlines()]
    (at,) = [n for n, line in enumerate(lines) if line.startswith(item)]
    gates: list[str] = []
    while lines[at - 1].startswith("@"):
        at -= 1
        gates.insert(0, lines[at])
    return gates


UNSTABLE = "@unstable(feature = {})"
SINCE = "@since(version = 1.0.0)"


@pytest.mark.parametrize(
    ("item", "gates"),
    [
        ("resource api {", [SINCE]),
        ("blocking-buy:", [SINCE, "@deprecated(version = 1.1.0)"]),
        ("buy:", [SINCE, "@deprecated(version = 1.1.0)"]),
        ("schedule-buy:", [SINCE, "@deprecated(version = 1.1.0)"]),
        ("resource future-buy-result {", [SINCE, "@deprecated(version = 1.1.0)"]),
        ("resource future-plain-result {", [SINCE]),
        ("blocking-plain:", []),
        ("blocking-paint:", [UNSTABLE.format("colours")]),
        ("resource future-paint-result {", [UNSTABLE.format("colours")]),
        ("enum colour {", [UNSTABLE.format("colours")]),
        ("record item {", [SINCE]),
        ("resource cart {", [UNSTABLE.format("carts")]),
        ("resource future-cart-count-result {", [UNSTABLE.format("carts")]),
        ("resource old {", [UNSTABLE.format("tills")]),
        ("resource future-f-result {", [UNSTABLE.format("tills")]),
        ("blocking-open:", [UNSTABLE.format("opens")]),
        ("resource shop-inline-functions {", []),
    ],
)
def test_an_item_has_the_gate_of_what_it_stands_for(item: str, gates: list[str]) -> None:
    assert gate_of(text_of(made()), item) == gates


def test_a_version_of_another_package_means_nothing_here() -> None:
    wit = text_of(made())

    assert gate_of(wit, "resource tools {") == []
    assert "0.3.0" not in wit


def test_what_is_behind_a_closed_gate_is_not_in_the_client() -> None:
    wit = text_of(made(("tills",)))

    assert "resource old {" in wit
    assert "paint" not in wit
    assert "cart" not in wit


def test_a_client_knows_whether_it_is_gated() -> None:
    assert made().is_gated
    assert not made(("none",)).is_gated


@pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
@pytest.mark.parametrize("types", ["auto", "use", "inline"])
def test_the_reference_reads_it_with_gates_open_and_closed(types: str, tmp_path: Path) -> None:
    whole = made(types=types)
    for name, files in (("a", caller_files(whole)), ("b", component_files(whole))):
        folder = write_tree(tmp_path / name, files)
        opened, closed = (document(folder, all_features=features) for features in (True, False))

        def functions(read: dict[str, Any]) -> set[str]:
            return {name for i in read["interfaces"] for name in i["functions"]}

        assert "[method]old.f" in functions(opened)
        assert "[method]old.f" not in functions(closed)
        assert "[method]api.buy" in functions(closed)


@pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
def test_a_caller_imports_a_gated_client(tmp_path: Path) -> None:
    caller = {"a.wit": b"package my:caller;\nworld caller {}\n"}

    read = document(write_tree(tmp_path, add_client(caller, made())), all_features=False)

    (world,) = (w for w in read["worlds"] if w["name"] == "caller")
    assert world["imports"]


LENT = "interface r { resource s { m: func(); } }"
USED = """export f: func(x: borrow<s>);
export i: interface { @since(version = 1.0.0) g: func(); }"""
INNER = """interface i {
  @unstable(feature = two) f: func() -> u8;
  @since(version = 1.0.0) g: func();
}"""


@pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
@pytest.mark.parametrize(
    "text",
    [
        # A function behind one feature in an interface behind another.
        f"@unstable(feature = one) {INNER} world w {{ @unstable(feature = one) export i; }}",
        # An export behind a feature, a function that uses what it is given by that interface.
        f"{LENT} world w {{ use r.{{s}}; @unstable(feature = one) export r; {USED} }}",
    ],
)
def test_features_are_open_where_a_gate_on_two_would_be_needed(text: str, tmp_path: Path) -> None:
    made = client(load_texts({"a.wit": f"package a:b@1.0.0; {text}"}, all_features=True))

    read = document(write_tree(tmp_path, caller_files(made)), all_features=False)

    assert not made.is_gated
    assert any(name.endswith(".blocking-f") for i in read["interfaces"] for name in i["functions"])
    assert text_of(made).count(SINCE) == 3
