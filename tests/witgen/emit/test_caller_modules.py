"""Modules of a caller's bindings that a client would rename are told, with what pins them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from oracle import write_tree

from witgen.client import Client, client
from witgen.client.caller import add_client
from witgen.emit.python.caller_modules import renamed_modules
from witgen.load import load_texts
from witgen.resolve import model as m

CALLER = {"c.wit": b"package my:caller; world c { export run: func(); } world d {}"}
OWN = {
    "c.wit": b"package my:caller; interface types { f: func(); }"
    b" world c { import types; export run: func(); } world d { import types; }"
}


def made(package: str, world: str = "app", **options: str) -> Client:
    text = (
        f"package {package}; interface api {{ f: func() -> u8; }} world {world} {{ export api; }}"
    )
    return client(load_texts({"a.wit": text}), **options)  # type: ignore[arg-type]


def loaded(files: Mapping[str, bytes]) -> m.Resolve:
    return load_texts({path: data.decode() for path, data in files.items()})


def told(before: dict[str, bytes], *clients: Client) -> list[tuple[str, ...]]:
    """What the last client renames, with the help."""
    for one in clients[:-1]:
        before = dict(add_client(before, one))
    found = renamed_modules(loaded(before), loaded(add_client(before, clients[-1])))
    assert {diagnostic.code for diagnostic in found} <= {"GEN2305"}
    return [(diagnostic.message, *diagnostic.help) for diagnostic in found]


@pytest.mark.parametrize(
    "clients",
    [
        (made("acme:a"),),
        (made("acme:a"), made("acme:b", "other")),
        (made("acme:a"), made("acme:b", "other"), made("acme:c", "third", kind="ephemeral")),
        (made("acme:a"), made("acme:a")),  # it already exists
    ],
    ids=len,
)
def test_clients_of_worlds_of_different_names_rename_nothing(clients: tuple[Client, ...]) -> None:
    assert told(CALLER, *clients) == []


def test_a_second_client_of_a_world_of_the_same_name() -> None:
    (message, pin), *more = told(CALLER, made("acme:a@1.0.0"), made("acme:b"))

    assert more == []  # once for both worlds
    assert "the module of `acme:a-client/app-client@1.0.0` `acme_a_client_app_client`" in message
    assert message.endswith("instead of `app_client`")
    assert pin.startswith(
        "`--import-interface-name acme:a-client/app-client@1.0.0=app_client` keeps"
    )


def test_an_interface_of_the_callers_own() -> None:
    ((message, pin),) = told(OWN, made("acme:a"))

    assert "the module of `my:caller/types` `my_caller_types`" in message
    assert pin.startswith("`--import-interface-name my:caller/types=types`")


def test_another_version_of_golem_rpc() -> None:
    messages = told(CALLER, made("acme:a"), made("acme:b", "other", golem_rpc="0.2.1"))

    assert {message.partition("`")[2].partition("`")[0] for message, _ in messages} == {
        "golem:rpc/types@0.2.0",
        "wasi:io/poll@0.2.0",
        "wasi:clocks/wall-clock@0.2.0",
    }


def test_the_pin_is_what_the_tool_takes(tmp_path: Path) -> None:
    once = dict(add_client(CALLER, made("acme:a")))
    twice = add_client(once, made("acme:b"))
    (found,) = renamed_modules(loaded(once), loaded(twice))
    pin = found.help[0].partition("`")[2].partition("`")[0].split()
    write_tree(tmp_path / "wit", twice)
    start = "import sys; from componentize_py import script; sys.exit(script())"
    command = [sys.executable, "-c", start, "-q", "-d", "wit", "-w", "c", *pin, "bindings", "out"]
    subprocess.run(command, cwd=tmp_path, check=True)

    made_modules = {path.stem for path in (tmp_path / "out/wit_world/imports").glob("*_client.py")}
    assert made_modules == {"app_client", "acme_b_client_app_client"}
