"""`witgen compose FILE.wac`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from component_parts import part, run
from wac_parts import X, Y, arithmetic

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


def test_the_result_stands_beside_the_text(cli: Cli, given: list[str], tmp_path: Path) -> None:
    done = cli("compose", "app.wac", *given)

    assert (done.status, done.out) == (0, "")
    assert re.fullmatch(r"app\.wasm: [\d,]+ bytes from 3 components\n", done.err)
    assert run((tmp_path / "app.wasm").read_bytes()) == 11 + 111


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
    assert f"error[CMP3019]: import `{X}` stays open" in done.err
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
        (
            ["app.wac", "--plug", "t-add.wasm"],
            "--plug, --client and --wire apply only to components",
        ),
        (
            ["t-add.wasm", "--dep", "t:add=t-add.wasm", "-o", "x"],
            "--dep applies only to a FILE.wac",
        ),
        (["t-add.wasm", "--plug", "t-add.wasm"], "no output file given"),
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
