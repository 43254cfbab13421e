"""What users write against the typed Python of a world, as mypy sees it, and what is left to the host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from golden_cases import GOLDEN
from oracle import write_tree

import witgen
from runtime_shim.clients.convention import client_import
from runtime_shim.program import imports as host_imports
from witgen.emit.host import bindings, host_world
from witgen.emit.host.world.model import Side
from witgen.load import load, load_texts

ROOT = Path(__file__).parents[3]
USER = """
from __future__ import annotations

from mirror_client.world import Cell, Imports, Mirror, Pair, bind
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Deployment
from runtime_shim.values import Err, Ok

class MyCell:
    def __init__(self, text: str) -> None:
        self.text = text
    def get(self) -> str:
        return self.text
    def set(self, text: GETS) -> None:
        pass
    def drop(self) -> None:
        pass

class Store:
    cell = MyCell
    def cell_merged(self, first: Cell, second: Cell) -> Cell:
        return first
    def find(self, name: str) -> Cell | None:
        return None

def run(imports: Imports, component: bytes) -> list[str]:
    found: list[str] = []
    with Instance(component, imports=bind(imports)) as instance:
        mirror = Mirror(instance)
        found.append(mirror.tools.swap(Pair(MyCell("a"), None)).left.get())
        with mirror.tools.box(Store().cell("x")) as box:
            found.append(box.peek())
        match mirror.tools.door("key"):
            case Ok(value=door):
                door.drop()
            case Err(value=why):
                found.append(why)
    return found

def deploy(imports: Imports) -> Deployment:
    return Deployment(b"", imports=bind(imports))
"""


def test_mypy_is_content_with_worlds_and_their_users(tmp_path: Path, mypy_cache: str) -> None:
    sources = []
    for path in sorted(GOLDEN.glob("worlds/*/input")):
        files = bindings(host_world(load(path)))
        write_tree(tmp_path, files)
        sources += [name for name in files if name.endswith(".py")]
    (tmp_path / "good.py").write_text(USER.replace("GETS", "str"))
    (tmp_path / "bad.py").write_text(USER.replace("GETS", "int"))
    options = ["--strict", "--python-version", "3.11", "--follow-imports", "silent"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--config-file",
            "",
            *options,
            *sources,
            "good.py",
            "bad.py",
        ],
        cwd=tmp_path,
        env={
            "MYPYPATH": f"{tmp_path / 'host'}:{ROOT}",
            "MYPY_CACHE_DIR": mypy_cache,
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert errors
    assert all(line.startswith("bad.py:") and '"MyCell"' in line for line in errors), done.stdout


PROVIDED = [
    "wasi:cli/environment@0.2.0",
    "wasi:http/types@0.2.9",
    "wasi:io/poll@0.2.3",
    "golem:rpc/types@0.2.0",
    "golem:api/host@1.1.6",
    "auction:house-client/house-client",
    "auction:house-client/house-client@1.0.0",
]
OWN = [
    "wasi:keyvalue/store@0.2.0",
    "wasi:cli/environment@0.3.0",
    "wasi:clocks/wall-clock@0.1.0",
    "golem:api/oplog@1.1.6",
    "golem:rpc/other@0.2.0",
    "auction:house/house-client",
    "auction:house-client/house",
]


def imported(name: str) -> list[str]:
    package, _, rest = name.partition("/")
    interface, _, version = rest.partition("@")
    versioned = f"{package}@{version}" if version else package
    text = f"package {versioned} {{ interface {interface} {{ f: func(); }} }}"
    app = f"package a:b; world w {{ import {name}; }}\n{text}"
    return [p.key for p in host_world(load_texts({"a.wit": app})).imports]


@pytest.mark.parametrize("name", PROVIDED)
def test_what_the_host_provides_needs_no_implementation(name: str) -> None:
    assert imported(name) == []
    bare = name.partition("@")[0]
    known = bare in {"golem:rpc/types", "golem:api/host"} or client_import(name) is not None
    assert known or host_imports._WASI.match(name) is not None


@pytest.mark.parametrize("name", OWN)
def test_all_else_needs_one(name: str) -> None:
    assert imported(name) == [name]
    assert client_import(name) is None
    assert host_imports._WASI.match(name) is None


def test_a_resource_of_two_names_is_two(tmp_path: Path) -> None:
    text = """
    package a:b;
    interface store { resource cell { get: func() -> u8; } open: func() -> cell; }
    world w { import store; export store; }
    """
    world = host_world(load_texts({"a.wit": text}))
    (outer,) = world.imports
    (inner,) = world.exports

    assert (outer.side, inner.side) == (Side.IMPORT, Side.EXPORT)
    assert outer.resources != inner.resources
    assert outer.functions[0].kind.resource == outer.resources[0]
    assert inner.functions[0].kind.resource == inner.resources[0]


def test_the_facade_gives_the_same() -> None:
    resolve = load(GOLDEN / "worlds" / "mirror" / "input")

    assert witgen.bindings(resolve) == bindings(host_world(resolve))
    named = witgen.bindings(resolve, "mirror", component='the "mirror"')
    assert b"COMPONENT = 'the \"mirror\"'" in named["host/mirror_client/world.py"]
    with pytest.raises(witgen.WitError, match="miror"):
        witgen.bindings(resolve, "miror")


def test_a_wasi_resource_is_refused_by_name() -> None:
    text = """
    package a:b;
    world w { use wasi:io/poll@0.2.0.{pollable}; import wait: func(on: borrow<pollable>); }
    package wasi:io@0.2.0 { interface poll { resource pollable { block: func(); } } }
    """
    with pytest.raises(witgen.WitError, match="`pollable`, which the host itself provides"):
        host_world(load_texts({"a.wit": text}))
