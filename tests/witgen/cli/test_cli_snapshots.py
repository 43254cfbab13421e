"""Snapshots as commands see them: who can be taken, and why others never are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from application import WITGEN
from component_parts import part

Cli = Callable[..., Any]
TAKEN = part("""(core module $m (memory 1) (global (mut i32) (i32.const 0)) (func (export "f")))
    (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f")))""")
NEVER = part("""(core module $m (table 1 funcref) (memory 1)
      (func (export "f") (table.set (i32.const 0) (ref.null func))))
    (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f")))""")
WHY = "its code uses `table.set`, whose effect cannot be seen from outside"


def application(folder: Path, **more: object) -> None:
    """One that is built: a component that can be taken, one that cannot, and two of which nothing is said."""
    files = {"taken": TAKEN, "never": NEVER, "once": NEVER}
    for name, data in files.items():
        (folder / f"{name}.wasm").write_bytes(data)
    components = {
        f"a:{name}": {"sourceWit": "wit", "componentWasm": "x", "linkedWasm": f"{name}.wasm"}
        for name in (*files, "unbuilt")
    }
    components["a:once"]["componentType"] = "ephemeral"
    (folder / "golem.yaml").write_text(json.dumps({"components": components, **more}))


def test_the_doctor_tells_who_can_be_taken(cli: Cli, tmp_path: Path) -> None:
    application(tmp_path)
    done = cli("doctor")
    said = [line.split(maxsplit=2) for line in done.out.splitlines() if "  a:" in line]
    assert said == [
        ["absent", "a:never", f"no snapshots of its workers can be taken: {WHY}"],
        ["ok", "a:taken", "snapshots of its workers can be taken"],
    ]
    assert done.status == 0


@pytest.mark.parametrize("data", [b"", b"no component", TAKEN[:40]])
def test_the_doctor_is_not_put_off_by_a_file(cli: Cli, tmp_path: Path, data: bytes) -> None:
    application(tmp_path)
    (tmp_path / "taken.wasm").write_bytes(data)
    done = cli("doctor")
    [line] = [line for line in done.out.splitlines() if "a:taken" in line]
    assert line.startswith("absent")
    assert "it cannot be read: " in line


def test_the_doctor_is_not_put_off_by_a_manifest(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "golem.yaml").write_text("components: 3")
    done = cli("doctor")
    assert (done.status, "  a:" in done.out) == (0, False)


def test_a_worker_tells_that_it_is_never_taken(cli: Cli, tmp_path: Path) -> None:
    """No host has ever kept a snapshot in this store."""
    application(tmp_path)
    for name in ("never", "taken"):
        assert cli("run", f"{name}.wasm", "f", "--store", "s.db", "--worker", "w").status == 0
    said = cli("worker", "show", "s.db", "never/w").out
    assert [line.split(maxsplit=1)[1] for line in said.splitlines() if "snapshot" in line] == [
        f"never: {WHY}"
    ]
    assert "snapshot" not in cli("worker", "show", "s.db", "taken/w").out
    documents = [
        json.loads(cli("worker", "show", "s.db", f"{name}/w", "--json").out)["snapshot"]
        for name in ("never", "taken")
    ]
    assert documents == [{"calls": 0, "size": 0, "reason": "", "never": [WHY]}, None]


@pytest.mark.parametrize(
    ("declared", "options", "kept"),
    [(True, (), True), (False, (), False), (False, ("--snapshots",), True), (None, (), False)],
)
def test_the_manifest_turns_snapshots_on(
    tmp_path: Path, declared: bool | None, options: tuple[str, ...], kept: bool
) -> None:
    """A host that keeps snapshots says at its start of whom it cannot."""
    application(tmp_path, snapshots=declared)
    document = json.loads((tmp_path / "golem.yaml").read_text())
    del document["components"]["a:unbuilt"]
    (tmp_path / "golem.yaml").write_text(json.dumps(document))
    with subprocess.Popen(
        (*WITGEN, "serve", "--port", "0", "--store", "s.db", *options),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    ) as process:
        assert process.stderr is not None
        said = ""
        while "serving " not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert (f"workers of a:never come back by their whole history: {WHY}" in said) == kept


@pytest.mark.parametrize("declared", [True, False])
def test_a_single_run_does_as_the_manifest_says(cli: Cli, tmp_path: Path, declared: bool) -> None:
    application(tmp_path, snapshots=declared)
    document = json.loads((tmp_path / "golem.yaml").read_text())
    del document["components"]["a:unbuilt"]
    (tmp_path / "golem.yaml").write_text(json.dumps(document))

    done = cli("run", "a:taken", "f", "--store", "s.db")

    assert done.status == 0
    assert (f"workers of a:never come back by their whole history: {WHY}" in done.err) == declared
