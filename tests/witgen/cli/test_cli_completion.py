"""What the shell completes."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from application import WITGEN, App, application
from engine_guests import Ephemeral, Guest, inc
from engine_guests import Host as EngineHost

from runtime_shim.engines.sqlite.engine import SqliteEngine
from witgen.diagnostics.codes import CODES


@pytest.fixture
def shop(tmp_path: Path) -> App:
    return application(tmp_path, {"cart": [("wasm-rpc", "stock")], "stock": [], "stamp": []})


def completed(folder: Path, shell: str, words: list[str], line: str) -> list[str]:
    """What is offered for the last word; an error of it would be shown in the prompt."""
    told = {"_WITGEN_COMPLETE": f"{shell}_complete", "COMP_WORDS": line}
    told |= {"COMP_CWORD": words[-1] if shell == "fish" else str(len(words) - 1)}
    done = subprocess.run(
        WITGEN, cwd=folder, env=os.environ | told, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [item.rpartition(",")[2].partition("\t")[0] for item in done.stdout.split()]


def fish(folder: Path, line: str) -> list[str]:
    return completed(folder, "fish", line.split(" "), line)


def bash(folder: Path, *words: str) -> list[str]:
    return completed(folder, "bash", list(words), "".join(f"{word} " for word in words))


def test_components(shop: App) -> None:
    assert fish(shop.root, "witgen build t:st") == ["t:stamp", "t:stock"]
    assert fish(shop.root, "witgen clean t:stock t:st") == ["t:stamp"]
    assert fish(shop.root, "witgen run t:c") == ["t:cart", "t:c"]
    assert fish(shop.root / "cart", "witgen add-dependency t:c") == ["t:cart"]


def test_bash_ends_words_at_colons(shop: App) -> None:
    assert bash(shop.root, "witgen", "build", "t") == ["t:cart", "t:stamp", "t:stock"]
    assert bash(shop.root, "witgen", "build", "t", ":") == ["cart", "stamp", "stock"]
    assert bash(shop.root, "witgen", "build", "t", ":", "st") == ["stamp", "stock"]


def test_bash_completes_behind_words_with_colons(shop: App) -> None:
    assert bash(shop.root, "witgen", "run", "t", ":", "c") == ["cart", "c"]
    assert bash(shop.root, "witgen", "clean", "t", ":", "stock", "t", ":", "st") == ["stamp"]
    assert bash(shop.root, "witgen", "build", "t", ":", "stock", "--step", "comp") == [
        "componentize",
        "compose",
    ]


def test_steps(shop: App) -> None:
    assert fish(shop.root, "witgen build --step comp") == ["componentize", "compose"]


def test_workers_of_a_store(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "s.db")) as engine:
        host = EngineHost(engine).deploy(
            **{"a:counter": Guest(inc=inc), "a:once": Ephemeral(inc=inc)}
        )
        for name in ("a:counter/north", "a:counter/north pole", "a:counter/south", "a:once/\x1b"):
            host.call(name, "inc", 1)

    assert fish(tmp_path, "witgen worker log s.db a:counter/s") == ["a:counter/south"]
    assert fish(tmp_path, "witgen worker delete s.db a:counter/south a:counter/s") == []
    assert fish(tmp_path, "witgen worker log s.db a:o") == [], "it would do something else"
    assert bash(tmp_path, "witgen", "worker", "log", "s.db", "a", ":", "counter/s") == [
        "counter/south"
    ]
    assert fish(tmp_path, "witgen worker log nowhere.db a") == []


def test_codes(tmp_path: Path) -> None:
    assert fish(tmp_path, "witgen explain app430") == sorted(c for c in CODES if c[:6] == "APP430")


@pytest.mark.parametrize("manifest", ["", "[", "components: 3", "\0", "components: {a: {}}"])
def test_nothing_is_offered_for_a_manifest_that_is_none(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "golem.yaml").write_text(manifest)

    assert fish(tmp_path, "witgen build t") == []


@pytest.mark.parametrize("line", ["witgen build t", "witgen build --manifest none.yaml t"])
def test_nothing_is_offered_where_there_is_no_application(tmp_path: Path, line: str) -> None:
    assert fish(tmp_path, line) == []
