"""`witgen compose --client`: several clients at once, by both backends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from component_parts import check_valid, wasm_tools

from witgen.component.body import read_component

Cli = Callable[..., Any]

NAMES = ("alpha", "beta")
CLIENTS = [f"t:{name}-client/{name}-client" for name in NAMES]


def target(name: str) -> str:
    return f"""package t:{name};
    interface api {{ ask: func(what: string, times: u32) -> list<string>; }}
    world {name} {{ export api; }}"""


@pytest.fixture
def caller(cli: Cli, tmp_path: Path) -> Path:
    """A component that imports the clients of both targets, with bodies that trap."""
    folder = tmp_path / "caller"
    folder.mkdir()
    (folder / "caller.wit").write_text("package t:caller; world caller { export go: func(); }")
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.wit").write_text(target(name))
        out = tmp_path / f"{name}-client"
        assert cli("generate", name, "-o", out, "--caller", folder, "--emit", "wit").status == 0
        folder = out / "caller"
    core = wasm_tools("component", "embed", "--dummy", "--world", "caller", str(folder))
    (tmp_path / "caller.wasm").write_bytes(wasm_tools("component", "new", data=core))
    return tmp_path / "caller.wasm"


def imports(path: Path) -> list[str]:
    return list(read_component(path.read_bytes()).type.imports)


def test_several_clients_are_built_and_plugged(cli: Cli, caller: Path, tmp_path: Path) -> None:
    assert [name for name in imports(caller) if "-client/" in name] == CLIENTS[::-1]

    clients = [option for name in NAMES for option in ("--client", name)]
    done = cli("compose", caller, *clients, "--backend", "native", "-o", "out.wasm", "--explain")

    assert done.status == 0
    for name, client in zip(NAMES, CLIENTS, strict=True):
        assert f"wire   {client} of {caller.stem}: by client of {name}\n" in done.err
    check_valid((tmp_path / "out.wasm").read_bytes())
    left = imports(tmp_path / "out.wasm")
    assert not [name for name in left if "-client/" in name]
    # What both clients ask of the host is asked once.
    assert len(left) == len({name.partition("@")[0] for name in left})


def test_one_client_leaves_the_other_open(cli: Cli, caller: Path, tmp_path: Path) -> None:
    done = cli("compose", caller, "--client", "beta", "--backend", "native", "-o", "out.wasm")

    assert done.status == 0
    assert CLIENTS[0] in imports(tmp_path / "out.wasm")
    assert CLIENTS[1] not in imports(tmp_path / "out.wasm")


def test_a_client_of_another_name_is_another_component(
    cli: Cli, caller: Path, tmp_path: Path
) -> None:
    for name, setting in (("a.wasm", ""), ("b.wasm", ",name=t:other")):
        done = cli(
            "compose", caller, "--client", f"alpha{setting}", "--backend", "native", "-o", name
        )
        assert done.status == 0

    assert (tmp_path / "a.wasm").read_bytes() != (tmp_path / "b.wasm").read_bytes()
    assert b"t:other" in (tmp_path / "b.wasm").read_bytes()


def test_the_same_client_twice_has_several_suppliers(
    cli: Cli, caller: Path, tmp_path: Path
) -> None:
    twice = ["--client", "alpha", "--client", "alpha"]

    done = cli("compose", caller, *twice, "--backend", "native", "-o", "out.wasm")

    assert done.status == 1
    assert "`client of alpha (2)`" in done.err
    assert not (tmp_path / "out.wasm").exists()


@pytest.mark.long
def test_clients_that_were_built_come_from_the_cache(
    cli: Cli, caller: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path / "cache"))
    built = cli("generate", "alpha", "-o", "built", "--emit", "component")
    assert "from the cache" not in built.err

    clients = ["--client", "alpha", "--client", "beta"]
    first = cli("compose", caller, *clients, "-o", "1.wasm")
    second = cli("compose", caller, *clients, "-o", "2.wasm")

    assert [done.err.count("from the cache") for done in (first, second)] == [1, 2]
    assert (tmp_path / "1.wasm").read_bytes() == (tmp_path / "2.wasm").read_bytes()
