"""How much of the host a plain component needs: the rest is loaded when it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MOST = 8000  # lines
PROGRAM = """
import sys
import wasmtime
from runtime_shim import Deployment, Host, SqliteEngine

WAT = '''(component
  (core module $m (func (export "f") (result i32) i32.const 7))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))'''
component = Deployment(bytes(wasmtime.wat2wasm(WAT)))
with Host(engine=SqliteEngine(sys.argv[1]), components={"t:t": component}) as host:
    assert host.invoke("t:t", "w", "f") == 7
print(*(module.__file__ for name, module in list(sys.modules.items())
        if name.split(".")[0] in ("runtime_shim", "witgen")), sep="\\n")
"""
ON_USE = (
    "wasi/files",
    "wasi/http",
    "golem/api",
    "golem/rpc",
    "clients",
    "adapter/virtual",
    "adapter/uncached",
    "snapshots",
    "engines/sqlite/snapshots",
)


def test_a_host_of_a_plain_component_is_small(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # What compiles it counts as little as what built it.
    kept = {**os.environ, "WITGEN_CACHE_DIR": str(tmp_path)}
    for store in ("first.db", "second.db"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / store)],
            capture_output=True,
            text=True,
            check=False,
            env=kept,
        )
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert not [file for file in files if "witgen" in file.parts[-3:]]
    assert not [
        file for file in files if any(f"runtime_shim/{room}" in str(file) for room in ON_USE)
    ]
    lines = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    with capsys.disabled():
        print(f" {lines} lines of runtime_shim ", end="")  # noqa: T201  # the number is the point
    assert lines <= MOST
