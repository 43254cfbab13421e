"""Mistakes of a real day: what the command line says of them, as a golden for each.

`.venv/bin/pytest --snapshot-update` on this file rewrites them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from application import application
from component_parts import adder, caller
from wasmtime import wat2wasm

from witgen.app.scaffold import scaffold

GOLDEN = Path(__file__).parents[3] / "golden" / "broken"
Cli = Callable[..., Any]
# What a newcomer changes in the application of `witgen init`, and then builds: file, from, to.
EDITS = {
    "python-syntax": ("counter/app.py", "def add(self, by: int) -> int:", "def add(self, by: int)"),
    "python-import": ("counter/app.py", "COUNT = 0", "import requestz"),
    "python-client": ("caller/app.py", "import counter_client", "import conter_client"),
    "python-class": ("counter/app.py", "class Api", "class Counter"),
    "python-class-misspelt": ("counter/app.py", "class Api", "class API"),
    "python-function": ("counter/app.py", "def add", "def ad"),
    "python-function-missing": ("counter/wit/counter.wit", "add:", "reset: func();\n  add:"),
    "python-parameters": ("counter/wit/counter.wit", "add: func(by: u64", "add: func(by: u64, of: u8"),
    "python-self": ("counter/app.py", "self, ", ""),
    "python-resource": ("counter/wit/counter.wit", "}\n\nworld", "  resource lot { bid: func(); }\n}\n\nworld"),
    "wit-path": ("golem.yaml", 'last }}/wit"', 'last }}/wt"'),
    "dependency": ("golem.yaml", "target: shop:counter", "target: shop:callr"),
    "python-app": ("golem.yaml", "componentize app", "componentize main"),
}  # fmt: skip
# What is typed once everything is up to date.
TYPED = {
    "component": ("build", "t:carts"),
    "component-elsewhere": ("build", "t:cart", "stock"),
    "step": ("build", "--step", "componentise"),
    "step-of-golem": ("build", "--step", "gen-rpc"),
    "target": ("generate", "cart/wt", "-o", "client"),
    "target-above": ("generate", "crat/wit", "-o", "client"),
    "target-nowhere": ("generate", "nowhere/wit", "-o", "client"),
    "profile": ("build", "--profile", "relaese"),
}


def told(args: tuple[str, ...], done: Any) -> str:
    """A command with what it wrote and its status."""
    return f"$ witgen {' '.join(args)}\n{done.out}{done.err}status {done.status}\n"


def compare(name: str, text: str, request: pytest.FixtureRequest) -> None:
    file = GOLDEN / f"{name}.txt"
    if request.config.getoption("--snapshot-update"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit(
    name: str,
    cli: Cli,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for path, data in scaffold(Path("shop"), "python", None).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    file, old, new = EDITS[name]
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1))
    component = f"shop:{file.partition('/')[0]}" if "/" in file else "shop:counter"
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "venv"))
    args = ("build", component)

    done = cli(*args, "--jobs", "1")

    shown = [line.split(", 0.")[0] for line in done.err.splitlines() if "  done  " not in line]
    done = type(done)(done.status, done.out, "\n".join(shown) + "\n")
    compare(name, told(args, done), request)


@pytest.mark.parametrize("name", TYPED)
def test_a_typing_error(
    name: str, cli: Cli, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    application(tmp_path, {"cart": [("wasm-rpc", "stock")], "stock": []})
    assert cli("build").status == 0

    compare(name, told(TYPED[name], cli(*TYPED[name])), request)


OPEN = ("x:cart/api", "t:stock-client/stock-client", "wasi:io/poll@0.2.0", "wasi:io/error@0.2.0")
COMPOSED = {
    "compose-callee": ("--plug", "stock.wasm"),
    "compose-stranger": ("--plug", "other.wasm"),
    "compose-no-imports": ("--plug", "client.wasm", "--no-imports"),
    "compose-one-import": ("--plug", "client.wasm", "--allow-import", "wasi:*"),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_a_composition(name: str, cli: Cli, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "cart.wasm").write_bytes(caller(*OPEN))
    for file, export in (("stock", "t:stock/api"), ("other", "t:other/api"), ("client", OPEN[1])):
        (tmp_path / f"{file}.wasm").write_bytes(adder(export, 1))
    args = ("compose", "cart.wasm", *COMPOSED[name], "-o", "out.wasm")

    compare(name, told(args, cli(*args)), request)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("t:stock", "make that with `--client stock/wit` instead of `--plug`"),
        ("t:other", "where DIR has the WIT of `t:stock`"),
    ],
)
def test_a_callee_of_the_application_has_its_folder(
    name: str, said: str, cli: Cli, tmp_path: Path
) -> None:
    application(tmp_path, {"stock": []})
    manifest = (tmp_path / "golem.yaml").read_text()
    (tmp_path / "golem.yaml").write_text(manifest.replace("t:stock", name))
    (tmp_path / "cart.wasm").write_bytes(caller(*OPEN))
    (tmp_path / "stock.wasm").write_bytes(adder("t:stock/api", 1))

    done = cli("compose", "cart.wasm", "--plug", "stock.wasm", "-o", "out.wasm")

    assert (done.status, said in done.err) == (1, True), done.err


RUN = {
    "run-unknown-function": ("tally.wasm", "ad", "1"),
    "run-bare-string": ("tally.wasm", "say", "hello"),
    "run-no-arguments": ("tally.wasm", "add"),
    "run-not-a-number": ("tally.wasm", "add", "one"),
    "run-wrong-file": ("taly.wasm", "add", "1"),
    "run-option": ("tally.wasm", "add", "1", "--sotre", "s.db"),
    "run-no-component": ("golem.yaml", "add"),
}
TALLY = """(component
  (core module $m (memory (export "m") 1) (func (export "add") (param i32) (result i32) local.get 0)
    (func (export "say") (param i32 i32))
    (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 8))
  (core instance $i (instantiate $m))
  (func $add (param "by" u32) (result u32) (canon lift (core func $i "add")))
  (func $say (param "what" string)
    (canon lift (core func $i "say") (memory (core memory $i "m")) (realloc (core func $i "r"))))
  (instance $api (export "add" (func $add)) (export "say" (func $say)))
  (export "t:tally/api" (instance $api)))"""


@pytest.mark.parametrize("name", RUN)
def test_a_call(name: str, cli: Cli, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "tally.wasm").write_bytes(wat2wasm(TALLY))
    (tmp_path / "golem.yaml").write_text("components: {}\n")
    args = ("run", *RUN[name])

    compare(name, told(args, cli(*args)), request)


def test_every_golden_has_its_case() -> None:
    cases = EDITS.keys() | TYPED.keys() | COMPOSED.keys() | RUN.keys()
    assert {path.stem for path in GOLDEN.iterdir()} == cases
