"""An application of golem.yaml in a test and in a program: as built, with a clock that can be moved."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Unpack

import pytest
import wasmtime
from application import App, inside

import witgen
from runtime_shim import Host, MemoryEngine, SqliteEngine, manifests
from runtime_shim.engines.sqlite.inspection import workers
from runtime_shim.errors import UnknownComponent
from runtime_shim.manifests import Options
from runtime_shim.protocol.records import Environment
from runtime_shim.snapshots.handler import SnapshotHandler
from witgen.app.fixtures import DeployApplication, deploy_application

__all__ = ["deploy_application"]  # a fixture here, also where the plugin is not installed

TALLY = """
(component
  (core module $m
    (global $n (mut i64) (i64.const 0))
    (func (export "add") (param i64) (result i64)
      (global.set $n (i64.add (global.get $n) (local.get 0)))
      (global.get $n)))
  (core instance $i (instantiate $m))
  (func $add (param "by" u64) (result u64) (canon lift (core func $i "add")))
  (instance $api (export "add" (func $add)))
  (export "t:tally/api" (instance $api)))
"""
WIT = (
    "package t:tally;\ninterface api { add: func(by: u64) -> u64; }\nworld tally { export api; }\n"
)
ADD = "t:tally/api.{add}"


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An application, not built yet."""
    made = App(tmp_path)
    made.write("tally.wasm", bytes(wasmtime.wat2wasm(TALLY)))
    made.write("caller.wasm", b"\0asm\x0d\0\x01\0")
    made.write("wit/tally.wit", WIT)
    made.write("caller/caller.wit", "package t:caller;\nworld caller {}\n")
    components = {
        "t:tally": {
            "sourceWit": "wit", "componentWasm": "tally.wasm", "env": {"SHOP": "north"},
            "limits": {"memory": "1MiB"},
        },
        "t:caller": {
            "sourceWit": "caller", "componentWasm": "caller.wasm", "componentType": "ephemeral"
        },
    }  # fmt: skip
    needs = {"t:caller": [{"type": "wasm-rpc", "target": "t:tally"}]}
    made.write("golem.yaml", json.dumps({"components": components, "dependencies": needs}))
    return made


def built(app: App) -> Path:
    assert app.build().diagnostics == []
    return app.root / "golem.yaml"


def test_workers_of_an_application(app: App, deploy_application: DeployApplication) -> None:
    host = deploy_application(built(app))

    assert host.invoke("t:tally", "a", ADD, (2,), key="k") == 2
    host.restart()
    assert host.invoke("t:tally", "a", ADD, (3,)) == 5
    [found] = [one for one in workers(host.store) if one.worker.component == "t:tally"]
    assert found.environment.variables == {"SHOP": "north"}


def test_a_clock_can_be_moved(app: App, deploy_application: DeployApplication) -> None:
    host = deploy_application(built(app))
    start = host.now()
    key = host.send("t:tally", "a", ADD, (1,), due=start + 3600)
    host.send("t:tally", "a", ADD, (10,), due=start + 2 * 86_400)

    host.advance(minutes=1)
    assert host.status("t:tally", "a", key) == "pending"
    host.advance(hours=1)
    assert host.invoke("t:tally", "a", ADD, (0,)) == 1
    host.restart()
    host.advance(days=2)
    assert host.invoke("t:tally", "a", ADD, (0,)) == 11


def test_typed_clients_can_be_imported(app: App, deploy_application: DeployApplication) -> None:
    host = deploy_application(built(app))
    before = set(sys.modules)
    from tally_client.api import Api  # type: ignore[import-not-found] # made by the build

    try:
        assert Api(host, "typed").add(4) == 4
    finally:
        for name in set(sys.modules) - before:
            del sys.modules[name]


@pytest.mark.parametrize("state", ["not built", "out of date", "wrong", "absent"])
def test_what_is_not_as_declared_fails_the_test(
    app: App, deploy_application: DeployApplication, state: str
) -> None:
    manifest = app.root / "golem.yaml"
    said = {
        "not built": "is not built",
        "out of date": "not up to date; run `witgen build`",
        "wrong": "did you mean `components`",
        "absent": "there is no `golem.yaml`|cannot read",
    }[state]
    if state != "not built":
        built(app)
    if state == "out of date":
        app.write("tally.wasm", b"\0asm\x0d\0\x01\0")
    if state == "wrong":
        app.write("golem.yaml", "componets: {}")
    if state == "absent":
        manifest.unlink()

    with pytest.raises(pytest.fail.Exception, match=said):
        deploy_application(manifest)


def test_a_program_deploys_what_is_declared(app: App) -> None:
    built(app)
    with inside(app.root):
        found = witgen.deployments()

    assert found == witgen.deployments(app.root) == witgen.deployments(app.root / "golem.yaml")
    assert [(name, one.durable) for name, one in found.items()] == [
        ("t:caller", False),
        ("t:tally", True),
    ]
    assert found["t:tally"].limits.memory == 1 << 20
    assert found["t:caller"].limits.memory == 1 << 30, "as for `witgen run`"
    assert found["t:caller"].links
    with Host(engine=MemoryEngine(), components=found) as host:
        assert host.invoke("t:tally", "a", ADD, (2,)) == 2
        with pytest.raises(UnknownComponent):
            host.invoke("t:tall", "a", ADD, (2,))


def test_a_host_is_made_from_a_manifest(app: App, tmp_path: Path) -> None:
    manifest = built(app)

    with inside(app.root), Host.from_manifest(engine=MemoryEngine()) as host:
        assert host.invoke("t:tally", "a", ADD, (2,)) == 2
        assert (host.durable("t:tally"), host.durable("t:caller")) == (True, False)
    store = tmp_path / "store"
    with Host.from_manifest(manifest, engine=SqliteEngine(store)) as host:
        host.invoke("t:tally", "asked", ADD, (1,))
        host.send("t:tally", "sent", ADD, (1,))
        own = Environment({"SHOP": "south"})
        host.invoke("t:tally", "own", ADD, (1,), environment=own)
        host.invoke("t:tally", "none", ADD, (1,), environment=Environment())
        host.drain()
    found = {one.worker.name: one.environment.variables for one in workers(store)}
    north = {"SHOP": "north"}
    assert found == {"asked": north, "sent": north, "own": {"SHOP": "south"}, "none": {}}


def test_a_host_does_what_the_manifest_says_unless_it_is_told(app: App, tmp_path: Path) -> None:
    said = json.loads((app.root / "golem.yaml").read_text("utf-8"))
    app.write("golem.yaml", json.dumps({**said, "snapshots": True}))
    manifest = built(app)

    def takes(store: Path, **options: Unpack[Options]) -> bool:
        with Host.from_manifest(manifest, engine=SqliteEngine(store), **options) as host:
            return isinstance(host._handler, SnapshotHandler)

    assert takes(tmp_path / "as declared")
    assert not takes(tmp_path / "as told", snapshots=False)


def test_a_manifest_is_read_by_whoever_registered_for_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = MemoryEngine()
    with pytest.raises(witgen.WitError, match="is not built"):
        Host.from_manifest(app.root, engine=engine)
    built(app)
    monkeypatch.setattr(manifests, "GROUP", "runtime_shim.nobody")
    with pytest.raises(ModuleNotFoundError, match="needs the package `witgen`"):
        Host.from_manifest(app.root, engine=engine)
    engine.close()


def test_a_program_is_told_what_is_missing(app: App) -> None:
    with pytest.raises(witgen.WitError, match=re.escape("`t:tally` is not built")):
        witgen.deployments(app.root)
