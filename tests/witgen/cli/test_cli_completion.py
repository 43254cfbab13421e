"""What the shell completes."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from application import WITGEN, App, application
from engine_guests import Ephemeral, Guest, inc
from engine_guests import Host as EngineHost

from runtime_shim.engines.sqlite.engine import SqliteEngine
from tests.witgen.cli.conftest import Cli
from witgen.diagnostics.codes import CODES


@pytest.fixture
def shop(tmp_path: Path) -> App:
    return application(tmp_path, {"cart": [("wasm-rpc", "stock")], "stock": [], "stamp": []})


def told(shell: str, words: list[str], line: str) -> dict[str, str]:
    """What a shell asks with, for the last word."""
    at = words[-1] if shell == "fish" else str(len(words) - 1)
    return {"_WITGEN_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": at}


def offered(out: str, err: str) -> list[str]:
    """What is offered; an error of it would be shown in the prompt."""
    assert err == ""
    return [item.rpartition(",")[2].partition("\t")[0] for item in out.split()]


@dataclass(frozen=True)
class Shells:
    """What the command answers to shells, in this process."""

    cli: Cli
    patch: pytest.MonkeyPatch

    def completed(self, folder: Path, shell: str, words: list[str], line: str) -> list[str]:
        with self.patch.context() as patch:
            patch.chdir(folder)
            for name, value in told(shell, words, line).items():
                patch.setenv(name, value)
            done = self.cli()
        assert done.status == 0
        return offered(done.out, done.err)

    def fish(self, folder: Path, line: str) -> list[str]:
        return self.completed(folder, "fish", line.split(" "), line)

    def bash(self, folder: Path, *words: str) -> list[str]:
        return self.completed(folder, "bash", list(words), "".join(f"{word} " for word in words))


@pytest.fixture
def shells(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Shells:
    return Shells(cli, monkeypatch)


def test_a_shell_starts_a_process(shop: App) -> None:
    line = "witgen build t:st"
    done = subprocess.run(
        WITGEN,
        cwd=shop.root,
        env=os.environ | told("fish", line.split(" "), line),
        capture_output=True,
        text=True,
        check=True,
    )

    assert offered(done.stdout, done.stderr) == ["t:stamp", "t:stock"]


def test_components(shells: Shells, shop: App) -> None:
    assert shells.fish(shop.root, "witgen build t:st") == ["t:stamp", "t:stock"]
    assert shells.fish(shop.root, "witgen clean t:stock t:st") == ["t:stamp"]
    assert shells.fish(shop.root, "witgen run t:c") == ["t:cart", "t:c"]
    assert shells.fish(shop.root / "cart", "witgen add-dependency t:c") == ["t:cart"]


def test_bash_ends_words_at_colons(shells: Shells, shop: App) -> None:
    assert shells.bash(shop.root, "witgen", "build", "t") == ["t:cart", "t:stamp", "t:stock"]
    assert shells.bash(shop.root, "witgen", "build", "t", ":") == ["cart", "stamp", "stock"]
    assert shells.bash(shop.root, "witgen", "build", "t", ":", "st") == ["stamp", "stock"]


def test_bash_completes_behind_words_with_colons(shells: Shells, shop: App) -> None:
    assert shells.bash(shop.root, "witgen", "run", "t", ":", "c") == ["cart", "c"]
    assert shells.bash(shop.root, "witgen", "clean", "t", ":", "stock", "t", ":", "st") == ["stamp"]
    assert shells.bash(shop.root, "witgen", "build", "t", ":", "stock", "--step", "comp") == [
        "componentize",
        "compose",
    ]


def test_steps(shells: Shells, shop: App) -> None:
    assert shells.fish(shop.root, "witgen build --step comp") == ["componentize", "compose"]


def test_workers_of_a_store(shells: Shells, tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "s.db")) as engine:
        host = EngineHost(engine).deploy(
            **{"a:counter": Guest(inc=inc), "a:once": Ephemeral(inc=inc)}
        )
        for name in ("a:counter/north", "a:counter/north pole", "a:counter/south", "a:once/\x1b"):
            host.call(name, "inc", 1)

    assert shells.fish(tmp_path, "witgen worker log s.db a:counter/s") == ["a:counter/south"]
    assert shells.fish(tmp_path, "witgen worker delete s.db a:counter/south a:counter/s") == []
    assert shells.fish(tmp_path, "witgen worker log s.db a:o") == [], "it would do something else"
    assert shells.bash(tmp_path, "witgen", "worker", "log", "s.db", "a", ":", "counter/s") == [
        "counter/south"
    ]
    assert shells.fish(tmp_path, "witgen worker log nowhere.db a") == []


def test_codes(shells: Shells, tmp_path: Path) -> None:
    assert shells.fish(tmp_path, "witgen explain app430") == sorted(
        c for c in CODES if c[:6] == "APP430"
    )


@pytest.mark.parametrize("manifest", ["", "[", "components: 3", "\0", "components: {a: {}}"])
def test_nothing_is_offered_for_a_manifest_that_is_none(
    shells: Shells, tmp_path: Path, manifest: str
) -> None:
    (tmp_path / "golem.yaml").write_text(manifest)

    assert shells.fish(tmp_path, "witgen build t") == []


@pytest.mark.parametrize("line", ["witgen build t", "witgen build --manifest none.yaml t"])
def test_nothing_is_offered_where_there_is_no_application(
    shells: Shells, tmp_path: Path, line: str
) -> None:
    assert shells.fish(tmp_path, line) == []


def test_what_a_store_has(shells: Shells, shop: App) -> None:
    with closing(SqliteEngine(shop.root / "s.db")) as engine:
        host = EngineHost(engine).deploy(**{"t:stock": Guest(inc=inc), "t:cart": Guest(inc=inc)})
        for worker, key in (("t:stock/north", "one"), ("t:stock/south", "two"), ("t:cart/n", "o")):
            host.call(worker, "inc", 1, key=key)
        sent = host.send("t:stock/north", "inc", 1, due=4e9)

    store = "--store s.db"
    assert shells.fish(shop.root, f"witgen run t:stock {store} --worker n") == ["north"]
    assert shells.fish(shop.root, "witgen worker update s.db t:stock --worker north --worker ") == [
        "south"
    ]
    assert shells.fish(shop.root, "witgen worker list s.db --component t:s") == ["t:stock"]
    assert shells.fish(shop.root, "witgen worker log s.db t:stock/north --key ") == [
        "one",
        sent.key,
    ]
    assert shells.fish(shop.root, "witgen worker cancel s.db t:stock/north ") == [sent.key]
    assert shells.fish(shop.root, "witgen worker status s.db t:stock/north one ") == [sent.key]
    for line in (
        "run t:stock --store none.db --worker n",
        "worker list none.db --component t",
        "worker log s.db t:stock/nobody --key o",
        "worker cancel none.db t:stock/north o",
    ):
        assert shells.fish(shop.root, f"witgen {line}") == []


@pytest.mark.parametrize("command", ["run t:stock", "serve", "dev"])
def test_stores_are_files(shells: Shells, shop: App, command: str) -> None:
    words = ["witgen", *command.split(" "), "--store", "s.d"]

    assert shells.completed(shop.root, "zsh", words, " ".join(words)) == ["file", "s.d", "_"]
