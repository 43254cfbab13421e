"""An interface that a world imports or exports under several names: bound, linked and run."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oracle import binary, write_tree

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import BadArguments, LinkError
from runtime_shim.host import Host
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Deployment
from witgen.emit.host import bindings, host_world
from witgen.load import load, load_texts

pytestmark = pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
WIT = """
package acme:labels@1.0.0;
interface store {
  resource cell { constructor(value: u32); get: func() -> u32; }
  record pair { left: cell, right: u32 }
  find: func(number: u32) -> u32;
  split: func(pair: pair) -> u32;
}
interface sums { twice: func(number: u32) -> u32; }
world labels {
  import primary: store;
  import backup: store;
  export near: sums;
  export far: sums;
}
"""
CORE = """
(module
  (import "primary" "find" (func $primary (param i32) (result i32)))
  (import "backup" "[constructor]cell" (func $cell (param i32) (result i32)))
  (import "backup" "[method]cell.get" (func $get (param i32) (result i32)))
  (import "backup" "[resource-drop]cell" (func $drop (param i32)))
  (import "backup" "find" (func $backup (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "near#twice") (param i32) (result i32)
    (i32.add (call $primary (local.get 0)) (call $primary (local.get 0))))
  (func (export "far#twice") (param i32) (result i32) (local $it i32)
    (local.set $it (call $cell (call $backup (local.get 0))))
    (i32.add (call $get (local.get $it)) (call $get (local.get $it)))
    (call $drop (local.get $it))))
"""


class Cell:
    def __init__(self, value: int) -> None:
        self.value = value

    def get(self) -> int:
        return self.value

    def drop(self) -> None: ...


class Store:
    cell = Cell

    def __init__(self, more: int) -> None:
        self.more = more

    def find(self, number: int) -> int:
        return number + self.more

    def split(self, pair: Any) -> int:
        return int(pair.right)


class Imports:
    def __init__(self) -> None:
        self.primary, self.backup = Store(100), Store(1000)


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tool, folder = binary(), tmp_path_factory.mktemp("labels")
    assert tool is not None
    (folder / "core.wat").write_text(CORE)
    (folder / "labels.wit").write_text(WIT)
    for command in (
        ["embed", "labels.wit", "core.wat", "-o", "embedded.wasm"],
        ["new", "embedded.wasm", "-o", "labels.wasm"],
    ):
        subprocess.run([tool, "component", *command], cwd=folder, check=True)
    return folder / "labels.wasm"


@pytest.fixture(params=["wit", "component"])
def world(
    request: pytest.FixtureRequest, guest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    resolve = load_texts({"labels.wit": WIT}) if request.param == "wit" else load(guest)
    made = host_world(resolve)
    write_tree(tmp_path, bindings(made))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path / "host"))
    (package,) = (path.name for path in (tmp_path / "host").iterdir())
    yield importlib.import_module(f"{package}.world")
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def named(world: Any) -> Any:
    return getattr(world, "Labels", None) or world.Root


def test_each_name_has_its_own_implementation(world: Any, guest: Path) -> None:
    with Instance(guest, imports=world.bind(Imports())) as instance:
        labels = named(world)(instance)
        assert labels.near.twice(1) == 202
        assert labels.far.twice(1) == 2002
        with pytest.raises(BadArguments, match=r"^far\.\{twice\}: number: -1 is out"):
            labels.far.twice(-1)


def test_a_missing_one_is_named(world: Any, guest: Path) -> None:
    imports = Imports()
    del imports.backup
    with pytest.raises(LinkError, match=r"`backup` lacks .*: Imports has no `backup`"):
        Instance(guest, imports=world.bind(imports))


def test_with_a_journal(world: Any, guest: Path, tmp_path: Path) -> None:
    for _ in range(2):
        deployed = Deployment(guest, imports=world.bind(Imports()))
        name = world.COMPONENT
        with Host(engine=SqliteEngine(tmp_path / "db"), components={name: deployed}) as host:
            assert named(world)(host, "w").far.twice(2) == 2004
            assert host.invoke(name, "w", "near.{twice}", (1,), key="k") == 202


def test_the_resources_of_both_are_apart() -> None:
    made = bindings(host_world(load_texts({"labels.wit": WIT})))
    text = made["host/labels_client/store.py"].decode()

    assert "class Cell(Protocol)" in text
    assert "class BackupCell(Protocol)" in text
