"""`witgen run` lists functions with examples, and takes short names where they are unique."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime

from runtime_shim.values import types as t
from runtime_shim.values import wave
from witgen.app.offered import meant, offered
from witgen.cli.completion import functions

Cli = Callable[..., Any]
SHOP = """
(component
  (core module $m (func (export "one") (result i32) i32.const 1)
    (func (export "add") (param i32) (result i32) local.get 0))
  (core instance $i (instantiate $m))
  (func $one (result u32) (canon lift (core func $i "one")))
  (func $add (param "by" s8) (result s8) (canon lift (core func $i "add")))
  (instance $a (export "one" (func $one)) (export "add" (func $add)))
  (instance $b (export "one" (func $one)))
  (export "t:shop/a" (instance $a))
  (export "t:shop/b@1.0.0" (instance $b))
  (export "own" (func $one)))
"""
WIT = """\
package t:all;
interface api {
  resource lot { constructor(name: string); bid: func(by: u8); open: static func() -> lot; }
  record item { name: string, tags: list<string>, deep: option<option<bool>> }
  variant v { first(f32), second }
  enum e { low, high }
  flags f { red, green }
  type alias = item;
  all: func(i: alias, v: v, e: e, f: f, c: char, t: tuple<u8, string>, r: result<u8>, n: result);
}
world all { export api; export mine: func(a: borrow<thing>) -> string; use api.{lot as thing}; }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.wasm"
    path.write_bytes(wasmtime.wat2wasm(SHOP))
    return path


def test_the_functions_are_listed(cli: Cli, shop: Path) -> None:
    done = cli("run", "shop.wasm")

    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "t:shop/a.{one}: func() -> u32\n    witgen run shop.wasm 't:shop/a.{one}'\n"
        "t:shop/a.{add}: func(by: s8) -> s8\n    witgen run shop.wasm add 1\n"
        "t:shop/b@1.0.0.{one}: func() -> u32\n    witgen run shop.wasm 't:shop/b@1.0.0.{one}'\n"
        "own: func() -> u32\n    witgen run shop.wasm own\n"
    )


def test_what_is_listed_can_be_called(cli: Cli, shop: Path) -> None:
    for line in cli("run", "shop.wasm").out.splitlines()[1::2]:
        args = [word.strip("'") for word in line.split()[1:]]
        assert cli(*args).out == "1\n"


def test_a_short_name_is_the_full_one(cli: Cli, shop: Path) -> None:
    """The worker, the key and the journal are the same."""
    store = ("--store", "s.db", "--key", "k")
    assert cli("run", "shop.wasm", "add", "1", *store).out == "1\n"
    assert cli("run", "shop.wasm", "t:shop/a.{add}", "1", *store).out == "1\n"
    assert cli("worker", "log", "s.db", "t:shop/default").out.count("invoked") == 1


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("shop.wasm", "one"), 2, "`one` is a function of 2 interfaces\n  = help: `t:shop/a.{one}`"),
        (("shop.wasm", "ad"), 2, "did you mean `add`?"),
        (("shop.wasm", "ad"), 2, "`witgen run shop.wasm` lists its functions"),
        (("shop.wasm", "add"), 2, "takes 1 argument (by), not 0\n  = help: `witgen run shop.wasm add 1`"),
        (("shop.wasm", "add", "x"), 2, "argument `by`: column 1: expected s8, found 'x'\n"),
        (("text.wasm",), 1, "error[RUN5001]: `text.wasm` is not a component\n"),
        (("empty.wasm",), 2, "empty.wasm exports no function"),
        (("core.wasm",), 1, "error[CMP3002]"),
        (("nowhere.wasm",), 2, "does not exist"),
        ((".",), 2, "is a folder"),
    ],
)  # fmt: skip
def test_what_is_wrong(cli: Cli, shop: Path, args: tuple[str, ...], status: int, said: str) -> None:
    shop.with_name("text.wasm").write_text("package a:b;")
    shop.with_name("empty.wasm").write_bytes(b"\0asm\x0d\0\x01\0")
    shop.with_name("core.wasm").write_bytes(b"\0asm\x01\0\0\0")
    done = cli("run", *args)

    assert (done.status, done.out) == (status, "")
    assert said in done.err


def test_a_hint_that_says_nothing_is_not_given(cli: Cli, shop: Path) -> None:
    assert "help" not in cli("run", "shop.wasm", "add", "x").err


def test_examples_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "all.wit").write_text(WIT)

    found = {one.name: one for one in offered(tmp_path)}

    assert sorted(found) == [
        "mine",
        "t:all/api.{all}",
        "t:all/api.{lot.bid}",
        "t:all/api.{lot.new}",
        "t:all/api.{lot.open}",
    ]
    assert found["t:all/api.{lot.bid}"].samples == ('"HANDLE"', "1")
    assert found["t:all/api.{lot.bid}"].short == "lot.bid"
    samples = found["t:all/api.{all}"].samples
    assert samples == (
        '{name: "name", tags: ["tags"], deep: some(some(true))}',
        "first(1.5)",
        "low",
        "{red}",
        "'a'",
        '(1, "t")',
        "ok(1)",
        "ok",
    )
    types: list[t.Type] = [
        t.Record((("name", t.Prim.STRING), ("tags", t.List(t.Prim.STRING)),
                  ("deep", t.Option(t.Option(t.Prim.BOOL))))),
        t.Variant((("first", t.Prim.F32), ("second", None))),
        t.Enum(("low", "high")),
        t.Flags(("red", "green")),
        t.Prim.CHAR,
        t.Tuple((t.Prim.U8, t.Prim.STRING)),
        t.Result(t.Prim.U8, None),
        t.Result(None, None),
    ]  # fmt: skip
    for sample, kind in zip(samples, types, strict=True):
        assert wave.format(wave.parse(sample, kind), kind) == sample


def test_a_full_name_means_itself() -> None:
    names = ["f", "a:b/i.{f}", "a:b/j.{g}"]

    assert meant("f", names) == ["f"]
    assert meant("a:b/i.{f}", names) == ["a:b/i.{f}"]
    assert meant("g", names) == ["a:b/j.{g}"]


def test_completion_of_functions(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import click

    context = click.Context(click.Command("run"))
    context.params = {"component": str(shop)}
    parameter = click.Argument(["function"])

    assert functions(context, parameter, "") == [
        "t:shop/a.{one}",
        "add",
        "t:shop/b@1.0.0.{one}",
        "own",
    ]
    assert functions(context, parameter, "a") == ["add"]
    context.params = {"component": "nowhere"}
    assert functions(context, parameter, "") == []
