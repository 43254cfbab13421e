"""`witgen wit` with its transforms and the binary form."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_the_binary_form_prints_as_the_text_does(cli: Cli, target: Path, tmp_path: Path) -> None:
    assert cli("wit", target, "--wasm", "-o", "t.wasm").status == 0

    assert (tmp_path / "t.wasm").read_bytes().startswith(b"\0asm")
    assert cli("wit", "t.wasm").out == cli("wit", target).out
    assert cli("wit", "t.wasm", "--json").out == cli("wit", target, "--json").out


def test_a_world_is_turned_round(cli: Cli, target: Path) -> None:
    done = cli("wit", target, "--importize-world", "target")

    assert "world target-importized {\n  import api;\n}" in done.out
    assert cli("wit", target, "--importize").out == done.out


def test_a_world_is_cut_out(cli: Cli, target: Path) -> None:
    (target / "more.wit").write_text("interface unused {}\nworld other {}\n")

    assert "unused" in cli("wit", target).out
    assert "unused" not in cli("wit", target, "--world", "target").out


@pytest.mark.parametrize(
    ("args", "status", "hint"),
    [
        (["--world", "tarket"], 1, "did you mean `target`?"),
        (["--importize-world", "nothing"], 1, "worlds of"),
        (["--wasm"], 2, "-o"),
        (["--wasm", "--json", "-o", "x"], 2, "exclude each other"),
        (["--importize", "--importize-world", "target"], 2, "exclude each other"),
        (["-w", "--world", "target"], 2, "cannot be combined with other options"),
        (["--check", "--wasm"], 2, "cannot be combined with other options"),
        (["--merge-world-imports-based-on-semver", "tarket"], 1, "did you mean `target`?"),
        (["--importize", "--merge-world-imports-based-on-semver", "target"], 2, "exclude"),
        (["--importize-out-world-name", "n"], 2, "requires --importize"),
        (["--importize", "--importize-out-world-name", "api"], 1, "already has an interface `api`"),
        (["--importize", "--world", "target"], 1, "`target-importized`"),
    ],
)
def test_mistakes(cli: Cli, target: Path, args: list[str], status: int, hint: str) -> None:
    done = cli("wit", target, *args)

    assert (done.status, done.out) == (status, "")
    assert hint in done.err


def test_what_has_no_binary_form_is_1_and_writes_nothing(
    cli: Cli, target: Path, tmp_path: Path
) -> None:
    (target / "target.wit").write_text("package a:b; interface i { f: func() -> stream<char>; }")

    done = cli("wit", target, "--wasm", "-o", "t.wasm")

    assert done.status == 1
    assert "CMP3035" in done.err
    assert not (tmp_path / "t.wasm").exists()


def test_a_turned_world_is_named_and_cut_out_as_a_document(cli: Cli, target: Path) -> None:
    turn = ["--importize", "--importize-out-world-name", "caller", "--world", "caller"]

    document = json.loads(cli("wit", target, "--json", *turn).out)

    assert [(w["name"], w["exports"]) for w in document["worlds"]] == [("caller", {})]
    assert document["packages"][0]["worlds"] == {"caller": 0}


def test_imports_are_merged(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "shop.wit").write_text("""\
package a:b;
world shop { import c:d/e@1.0.0; import c:d/e@1.0.1; }
package c:d@1.0.0 { interface e { f: func(); } }
package c:d@1.0.1 { interface e { f: func(); g: func(); } }
""")

    done = cli("wit", "shop.wit", "--merge-world-imports-based-on-semver", "a:b/shop")

    assert "world shop {\n  import c:d/e@1.0.1;\n}" in done.out


def test_a_component_is_turned_round(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "c.wat").write_text("""\
(component
  (type $t (instance (export "f" (func))))
  (import "a:b/need" (instance $need (type $t)))
  (export "a:b/offer" (instance $need)))
""")

    done = cli("wit", "c.wat", "--importize")

    assert "world root-importized {\n  import a:b/offer;\n}" in done.out


def test_a_document_is_printed_without_the_model(cli: Cli, target: Path) -> None:
    cli("wit", target, "--json")
    code = f"""\
import sys
from witgen.cli import main
sys.argv = ["witgen", "wit", {str(target)!r}, "--json"]
try:
    main()
finally:
    assert "witgen.resolve.model" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["worlds"][0]["name"] == "target"
