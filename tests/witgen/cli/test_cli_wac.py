"""`witgen compose FILE.wac`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from component_parts import part, run
from wac_parts import X, Y, arithmetic, world_of

from witgen.component.wasmtime_tools import wat2wasm

Cli = Callable[..., Any]

ROOT = Path(__file__).parents[3]
TEXT = """package t:app;
let a = new t:add {};
let c = new t:chain { ...a };
export new t:caller { ...a, ...c }.go;
"""


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    """`--dep` of all components, and the text beside them."""
    options = []
    for name, data in arithmetic().items():
        file = tmp_path / f"{name.replace(':', '-')}.wasm"
        file.write_bytes(data)
        options += ["--dep", f"{name}={file.name}"]
    (tmp_path / "app.wac").write_text(TEXT)
    return options


def test_at_a_terminal_the_result_stands_beside_the_text(
    cli: Cli, given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    done = cli("compose", "app.wac", *given)

    assert (done.status, done.out) == (0, "")
    assert re.fullmatch(r"app\.wasm: [\d,]+ bytes from 3 components\n", done.err)
    assert run((tmp_path / "app.wasm").read_bytes()) == 11 + 111


@pytest.mark.parametrize("output", [[], ["-o", "-"]])
def test_the_result_goes_to_stdout(given: list[str], tmp_path: Path, output: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "witgen", "compose", "app.wac", *given, *output],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )

    assert run(done.stdout) == 11 + 111
    assert re.fullmatch(rb"stdout: [\d,]+ bytes from 3 components\n", done.stderr)
    assert not (tmp_path / "app.wasm").exists()


def test_text_is_printed(
    cli: Cli, given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = cli("compose", "app.wac", *given, "--wat")
    written = cli("compose", "app.wac", *given, "-t", "-o", "app.wat")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("witgen.component.wasm_tools.find_spec", lambda _: None)
    missing = cli("compose", "app.wac", *given, "--wat", "-o", "none.wat")

    assert (shown.status, written.status) == (0, 0)
    assert shown.out.startswith("(component")
    assert (tmp_path / "app.wat").read_text() == shown.out
    assert run(wat2wasm(shown.out)) == 11 + 111
    assert missing.status == 2
    assert "error[APP4104]: --wat needs wasm-tools" in missing.err
    assert not (tmp_path / "none.wat").exists()


@pytest.mark.parametrize(("place", "option"), [("deps", []), ("d/e", ["--deps-dir", "d/e"])])
def test_packages_are_found_in_a_folder(
    cli: Cli, tmp_path: Path, place: str, option: list[str]
) -> None:
    folder = tmp_path / place
    (folder / "t").mkdir(parents=True)
    for name in ("t:add", "t:caller"):
        (folder / f"{name.replace(':', '/')}.wasm").write_bytes(arithmetic()[name])
    (folder / "t/chain").mkdir()
    (folder / "t/chain/1.2.0.wasm").write_bytes(arithmetic()["t:chain"])
    (folder / "t/faces").mkdir()
    (folder / "t/faces/all.wit").write_text("package t:faces; interface i { f: func(); }")
    text = TEXT.replace("t:chain", "t:chain@1.2.0") + "interface j { use t:faces/k.{x}; }"
    (tmp_path / "app.wac").write_text(text)

    refused = cli("compose", "app.wac", *option, "-o", "out.wasm")
    (tmp_path / "app.wac").write_text(text.replace("use t:faces/k.{x};", ""))
    done = cli("compose", "app.wac", *option, "-o", "out.wasm")
    (tmp_path / "app.wac").write_text(TEXT)
    other = cli("compose", "app.wac", *option, "-o", "none.wasm")

    assert "`t:faces`" in refused.err
    assert (done.status, done.err.count("from 3 components")) == (0, 1)
    assert run((tmp_path / "out.wasm").read_bytes()) == 11 + 111
    assert "unknown package `t:chain`" in other.err
    assert "or as `deps/t/chain.wasm`" in other.err


def test_a_text_elsewhere_has_its_packages_beside_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "app/deps/t").mkdir(parents=True)
    (tmp_path / "app/deps/t/add.wasm").write_bytes(arithmetic()["t:add"])
    (tmp_path / "app/a.wac").write_text("package t:app; export new t:add {}...;")

    assert cli("compose", "app/a.wac", "-o", "out.wasm").status == 0


def test_what_is_missing_is_imported(cli: Cli, given: list[str], tmp_path: Path) -> None:
    (tmp_path / "app.wac").write_text("package t:app; export (new t:chain {}).y;")

    refused = cli("compose", "app.wac", *given, "-o", "out.wasm")
    done = cli("compose", "app.wac", *given, "-i", "-o", "out.wasm")

    assert "error[CMP3112]: missing argument of `t:chain`" in refused.err
    assert done.status == 0
    assert list(world_of((tmp_path / "out.wasm").read_bytes()).imports) == [X]


def test_it_is_explained_and_drawn(cli: Cli, given: list[str], tmp_path: Path) -> None:
    done = cli("compose", "app.wac", *given, "-o", "out.wasm", "--explain", "--graph", "mermaid")

    assert done.status == 0
    assert f"wire   {Y} of t:caller: by c (t:chain)\n" in done.err
    assert done.out.startswith("flowchart LR\n")
    assert not (tmp_path / "app.wasm").exists()
    assert (tmp_path / "out.wasm").exists()


def test_findings_have_line_and_column_and_nothing_is_written(
    cli: Cli, given: list[str], tmp_path: Path
) -> None:
    (tmp_path / "app.wac").write_text(TEXT.replace("...c }", "...d }"))

    done = cli("compose", "app.wac", *given)
    machine = cli("compose", "app.wac", *given, "--error-format", "github")

    assert (done.status, machine.status) == (1, 1)
    assert "error[CMP3105]: undefined name `d`\n --> app.wac:4:32\n" in done.err
    assert "file=app.wac,line=4" in machine.err
    assert not (tmp_path / "app.wasm").exists()


def test_imports_may_be_refused(cli: Cli, given: list[str], tmp_path: Path) -> None:
    (tmp_path / "app.wac").write_text("package t:app; export (new t:chain { ... }).y;")

    done = cli("compose", "app.wac", *given, "--no-imports")
    allowed = cli("compose", "app.wac", *given, "--allow-import", "a:*")

    assert done.status == 1
    assert f"error[CMP3019]: import `{X}` remains open" in done.err
    assert allowed.status == 0


def test_dependencies_may_be_wit_and_text(cli: Cli, tmp_path: Path) -> None:
    wit = tmp_path / "wit"
    (wit / "deps").mkdir(parents=True)
    (wit / "a.wit").write_text("package t:wit; interface i { use t:dep/j.{r}; f: func(x: r); }")
    (wit / "deps" / "d.wit").write_text("package t:dep; interface j { record r { a: u8 } }")
    (tmp_path / "one.wit").write_text("package t:one; interface i { g: func(); }")
    (tmp_path / "text.wat").write_text('(component (import "t:one/i" (instance)))')
    (tmp_path / "app.wac").write_text(
        "package t:app; import a: t:wit/i; import b: t:one/i; let t = new t:text { b };"
    )
    deps = ["--dep", "t:wit=wit", "--dep", "t:one=one.wit", "--dep", "t:text=text.wat"]

    done = cli("compose", "app.wac", *deps, "--explain")

    assert done.status == 0
    imports = [line for line in done.err.splitlines() if line.startswith("import")]
    assert [line.partition(":")[0] for line in imports] == ["import t"] * 3
    assert "import t:one/i: needed by t (t:text)" in imports


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["app.wac", "--dep", "t:add"], "--dep does not understand `t:add`"),
        (["app.wac", "--dep", "add=x.wasm"], "--dep does not understand `add=x.wasm`"),
        (["app.wac", "--dep", "t:add=gone.wasm"], "the dependency `gone.wasm` does not exist"),
        (
            ["app.wac", "--dep", "t:add=t-add.wasm", "--dep", "t:add=t-add.wasm"],
            "--dep gives `t:add` twice",
        ),
        (["app.wac", "--plug", "t-add.wasm"], "--plug applies only to components"),
        (["app.wac", "--client", "wit"], "--client applies only to components"),
        (["app.wac", "--wire", "a=b.c"], "--wire applies only to components"),
        (["app.wac", "--leave-open", "a"], "--leave-open applies only to components"),
        (
            ["t-add.wasm", "--dep", "t:add=t-add.wasm", "-o", "x"],
            "--dep applies only to a FILE.wac",
        ),
        (["t-add.wasm", "--plug", "t-add.wasm", "--graph", "dot"], "no output file given"),
        (["t-add.wasm"], "nothing to plug in"),
        (["gone.wac"], "the composition `gone.wac` does not exist"),
    ],
)
def test_wrong_use_is_told(cli: Cli, given: list[str], arguments: list[str], message: str) -> None:
    assert given
    done = cli("compose", *arguments)

    assert done.status == 2
    assert message in done.err


def test_the_example_of_the_documentation_composes(cli: Cli, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "wac.md").read_text("utf-8")
    text = re.search(r"```wac\n(.*?)```", page, re.DOTALL)
    command = re.search(r"```sh\nwitgen (compose app\.wac .*?)\n```", page, re.DOTALL)
    assert text
    assert command
    (tmp_path / "app.wac").write_text(text[1])
    get = '(export "get" (func (param "key" u32) (result u32)))'
    store = part("""(core module $m (func (export "get") (param i32) (result i32) local.get 0))
      (core instance $i (instantiate $m))
      (func $f (param "key" u32) (result u32) (canon lift (core func $i "get")))
      (instance $e (export "get" (func $f))) (export "shop:kv/store@1.0.0" (instance $e))""")
    front = part(f"""(import "shop:kv/store@1.0.0" (instance $s {get}))
      (import "shop:kv/cache@1.0.0" (instance {get})) (import "shop:kv/log@1.0.0" (instance))
      (alias export $s "get" (func $f)) (export "look-up" (func $f))""")
    (tmp_path / "store.wasm").write_bytes(store)
    (tmp_path / "front.wasm").write_bytes(front)
    (tmp_path / "kv" / "wit").mkdir(parents=True)
    wit = "package shop:kv@1.0.0; interface log { note: func(text: string); }"
    (tmp_path / "kv" / "wit" / "kv.wit").write_text(wit)

    done = cli(*command[1].split(), "--explain")

    assert done.status == 0, done.err
    assert "export look-up\nexport shop:kv/raw@1.0.0\n" in done.err
    assert "import shop:kv/log@1.0.0: needed by front (shop:front)" in done.err
