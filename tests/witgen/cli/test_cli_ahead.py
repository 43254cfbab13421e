"""Nothing is silent: what takes seconds is announced, and failures are told when they arise."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from application import EMPTY, application

from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from witgen.cli import reporting
from witgen.cli.common import Talk
from witgen.cli.reporting import spoken

Cli = Callable[..., Any]
# A component with a custom section of more than a megabyte: large, and compiled at once.
SIZE = 1_200_000


def section(content: bytes) -> bytes:
    """A custom section named `x`."""
    size, encoded = len(content) + 2, bytearray()
    while True:
        encoded.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return b"\0" + bytes(encoded) + b"\x01x" + content


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application of one large component, and a cache that is empty."""
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "big.wasm").write_bytes(EMPTY + section(bytes(SIZE)))
    (tmp_path / "wit").mkdir()
    (tmp_path / "wit/big.wit").write_text("package t:big;\nworld big {}\n")
    components = {"t:big": {"sourceWit": "wit", "componentWasm": "big.wasm"}}
    (tmp_path / "golem.yaml").write_text(json.dumps({"components": components}))
    return tmp_path


COMPILING = "compiling t:big (1.2 MB), once\n"


def test_a_build_compiles_what_it_finished(cli: Cli, large: Path) -> None:
    first = cli("build")

    assert COMPILING in first.err
    assert COMPILING not in cli("run", "t:big", "f").err
    assert "compiling" not in cli("build").err
    assert "compiling" not in cli("build", "--force").err, "it is compiled already"


def test_a_build_compiles_what_an_earlier_one_left(cli: Cli, large: Path) -> None:
    document = json.loads((large / "golem.yaml").read_text())
    document["components"]["t:new"] = {"sourceWit": "new", "componentWasm": "new.wasm"}
    (large / "golem.yaml").write_text(json.dumps(document))
    (large / "new").mkdir()
    (large / "new/new.wit").write_text("package t:new;\nworld new {}\n")
    failed = cli("build")
    assert (failed.status, "compiling" in failed.err) == (1, False)
    (large / "new.wasm").write_bytes(EMPTY)

    assert COMPILING in cli("build").err
    (large / "new.wasm").write_bytes(EMPTY + section(b""))
    assert "compiling" not in cli("build").err


def test_a_build_compiles_again_what_the_cache_has_lost(cli: Cli, large: Path) -> None:
    cli("build")
    cli("clean", "--cache")

    assert "compiling" not in cli("build", "--check").err
    assert "compiling" not in cli("build", "--no-compile").err
    done = cli("build")
    assert COMPILING in done.err
    assert "everything is up to date" in done.err
    assert "compiling" not in cli("build").err


def test_a_person_sees_that_it_goes_on(
    large: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn: list[str] = []

    @contextmanager
    def working(what: str, talk: Talk) -> Iterator[None]:
        drawn.append(what)
        yield
        drawn.append("over")

    monkeypatch.setattr(Talk, "draws", True)
    monkeypatch.setattr(reporting, "working", working)
    with spoken(Talk("text", color=False)):
        WasmProgram("t:big", Deployment(large / "big.wasm"), Registry())
        assert drawn == [COMPILING.rstrip(), "over"]
        logging.getLogger("runtime_shim").info(*INTERRUPTED)
    assert drawn[2:] == [
        COMPILING.rstrip(),
        "over",
    ], "Ctrl-C leaves a compiler behind, but no spinner"
    assert capsys.readouterr().err == ""


INTERRUPTED = ("compiling %s (%.1f MB), once", "t:big", 1.2)


def test_the_first_run_says_what_it_waits_for(cli: Cli, large: Path) -> None:
    assert "compiling" not in cli("build", "--no-compile").err
    assert "compiling" not in cli("build", "--check").err

    assert cli("run", "t:big", "a:b/c.{f}").err.startswith(COMPILING)
    assert "compiling" not in cli("run", "t:big", "a:b/c.{f}").err


def test_a_document_for_machines_has_no_progress(cli: Cli, large: Path) -> None:
    assert cli("build", "--error-format", "json").err == ""


def test_a_component_that_does_not_compile_is_built(cli: Cli, large: Path) -> None:
    (large / "big.wasm").write_bytes(EMPTY + section(bytes(SIZE)) + b"\x01\x01\xff")

    assert cli("build").status in {0, 1}


def test_errors_are_told_when_they_arise(cli: Cli, tmp_path: Path) -> None:
    """Not after the builds that have nothing to do with them."""
    app = application(tmp_path, {"cart": [], "stock": []})
    app.write("cart/wit/cart.wit", "package t:cart;\nworld cart { export }\n")
    done = cli("build", "--jobs", "1")

    assert done.status == 1
    assert done.err.count("error[") == 1
    assert done.err.index("error[") < done.err.index("done  build t:stock")
    assert done.err.index("failed  generate t:cart") < done.err.index("error[")


def test_a_document_for_machines_has_each_error_once(cli: Cli, tmp_path: Path) -> None:
    app = application(tmp_path, {"cart": []})
    app.write("cart/wit/cart.wit", "package t:cart;\nworld cart { export }\n")

    assert len(json.loads(cli("build", "--error-format", "json").err)["diagnostics"]) == 1
