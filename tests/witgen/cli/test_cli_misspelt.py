"""Names that are misspelt on the command line: each is an error that says what is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from component_parts import adder

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from witgen.app.scaffold import scaffold
from witgen.app.serving import Service
from witgen.atomic import write_file

from .test_cli_serving import listening

Cli = Callable[..., Any]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a component, a store and an application that is not built."""
    calc = tmp_path / "calc.wasm"
    calc.write_bytes(adder("t:calc/api", 1))
    with Host(
        engine=SqliteEngine(tmp_path / "v.db"), components={"t:calc": Deployment(calc)}
    ) as host:
        host.invoke("t:calc", "w", "t:calc/api.{add}", (1,))
    for name, data in scaffold(tmp_path / "shop", "python", None).items():
        write_file(tmp_path / "shop" / name, data)
    return tmp_path


@pytest.mark.parametrize(
    ("args", "meant"),
    [
        (("worker", "list", "v.bd"), "did you mean `v.db`?"),
        (("worker", "list", "v.db", "--component", "t:clac"), "did you mean `t:calc`?"),
        (("worker", "list", "v.db", "--component", "other"), "it has t:calc"),
        (("worker", "list", "v.db", "--status", "fialed"), "did you mean `failed`?"),
        (("init", "new", "--template", "pyton"), "did you mean `python`?"),
        (("build", "--error-format", "jsn"), "did you mean `json`?"),
        (
            ("run", "calc.wasm", "add", "1", "--deploy", "t:calc=calc.wasm", "--dir", "t:clac=."),
            "did you mean `t:calc`?",
        ),
        (("run", "calc.wasm", "add", "1", "--store", "vv/x.db"), "folder `vv` does not exist"),
        (("run", "calc.wasm", "add", "1", "--store", "calc.wasm/x.db"), "is a file"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_what_is_meant(cli: Cli, here: Path, args: tuple[str, ...], meant: str) -> None:
    done = cli(*args)

    assert (done.status, done.out) == (2, "")
    assert meant in " ".join(done.err.split()), done.err
    assert "worker check" not in done.err


def test_a_component_of_the_application_by_its_short_name(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here / "shop")
    done = cli("run", "caler", "count")
    assert (done.status, "did you mean `shop:caller`?" in done.err) == (2, True), done.err

    (here / "shop/golem.yaml").write_text("components: [")
    done = cli("run", "caler", "count")
    assert (done.status, "give a file" in done.err) == (2, True), done.err


def test_the_public_address_is_not_that_of_operators(cli: Cli, here: Path) -> None:
    component = Deployment(here / "calc.wasm")
    with (
        Host(engine=SqliteEngine(here / "v.db"), components={"t:calc": component}) as host,
        listening(Service(host, ["t:calc"]).answer) as public,
    ):
        for args in (
            ("list", public),
            ("show", public, "t:calc/w"),
            ("log", public, "t:calc/w"),
            ("update", public, "t:calc"),
        ):
            done = cli("worker", *args)
            assert (done.status, "--manage PORT" in done.err) == (2, True), done.err
            assert "goes on serving" not in done.err


def test_nothing_is_declared(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "golem.yaml").write_text("")
    done = cli("build")
    assert (done.status, "declares no component" in done.err) == (0, True), done.err
    assert "up to date" not in done.err
    done = cli("custom", "nope")
    assert (done.status, "`customCommands`" in done.err) == (2, True), done.err


def test_what_init_does_not_replace_is_listed_with_one_advice(cli: Cli, here: Path) -> None:
    done = cli("init", "shop")

    assert done.status != 0
    assert done.err.count("already exists") > 2
    assert done.err.count("writes to a new folder") == 1
