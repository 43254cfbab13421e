"""What is not the guest's failure is not recorded as one."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from soak_guests import ADD, CHANCY, COUNTER, counter, imports

from runtime_shim.boundary.compile import EngineOptions
from runtime_shim.boundary.compile import engine as machine
from runtime_shim.boundary.context import Context
from runtime_shim.boundary.trap import trouble_of
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import HostTrouble, InvocationFailed, StoreError
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Engine
from runtime_shim.wasi.cli import Standard, configure

BIG = """
(component
  (core module $m (memory (export "memory") 1000)
    (global $n (mut i32) (i32.const 0))
    (func (export "add") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "big") (param i32) (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.store (i32.const 12) (local.get 0)) (i32.const 8)))
  (core instance $i (instantiate $m))
  (func (export "add") (result u32) (canon lift (core func $i "add")))
  (func (export "big") (param "length" u32) (result (list s8))
    (canon lift (core func $i "big") (memory (core memory $i "memory")))))
"""


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return MemoryEngine() if request.param == "memory" else SqliteEngine(tmp_path / "store")


def test_an_answer_that_is_too_large_fails_alone(engine: Engine) -> None:
    deployed = {"t:big": Deployment(bytes(wasmtime.wat2wasm(BIG)))}
    with Host(engine=engine, components=deployed) as host:
        assert host.invoke("t:big", "w", "add") == 1
        with pytest.raises(InvocationFailed, match="a result is too large: at most 128 MiB"):
            host.invoke("t:big", "w", "big", (60_000_000,))
        assert host.invoke("t:big", "w", "add") == 2, "as if it had not been called"
        assert len(host.invoke("t:big", "w", "big", (1000,))) == 1000


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "no memory"),
        OSError(errno.EMFILE, "no files"),
        RuntimeError("can't start new thread"),
        wasmtime.WasmtimeError(
            "mmap failed\n\nCaused by:\n    Cannot allocate memory (os error 12)"
        ),
    ],
)
def test_what_the_host_lacks_leaves_the_call_queued(error: Exception, tmp_path: Path) -> None:
    failing = [error]

    def draw(ticket: int) -> None:
        if failing:
            raise failing.pop()

    assert isinstance(trouble_of(error), HostTrouble)
    deployed = {COUNTER: Deployment(counter(), imports=imports(draw))}
    with Host(engine=SqliteEngine(tmp_path / "store"), components=deployed) as host:
        with pytest.raises(StoreError, match="the host lacks what the call needs"):
            host.invoke(COUNTER, "w", CHANCY, (1, 7), key="k")
        assert host.invoke(COUNTER, "other", ADD, (1,)) == 1
    with Host(engine=SqliteEngine(tmp_path / "store"), components=deployed) as host:
        assert host.invoke(COUNTER, "w", CHANCY, (1, 7), key="k") == 1


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "no such file"), RuntimeError("no"), KeyError(1)]
)
def test_what_is_the_programs_own(error: Exception) -> None:
    assert trouble_of(error) is None


def test_a_worker_that_has_outgrown_a_limit_waits(tmp_path: Path) -> None:
    def host(limits: Limits) -> Host:
        deployed = {"t:big": Deployment(bytes(wasmtime.wat2wasm(BIG)), limits=limits)}
        return Host(engine=SqliteEngine(tmp_path / "store"), components=deployed)

    with host(Limits()) as large:
        assert large.invoke("t:big", "w", "add") == 1
    with (
        host(Limits(memory=65536)) as small,
        pytest.raises(StoreError, match=r"cannot be rebuilt.*exceeds memory limits"),
    ):
        small.invoke("t:big", "w", "add", key="k")
    with host(Limits()) as large:
        assert large.invoke("t:big", "w", "add", key="k") == 2


def test_a_broken_output_is_not_the_guests_failure(caplog: pytest.LogCaptureFixture) -> None:
    def broken(worker: WorkerId, line: bytes) -> Any:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    context = Context(WorkerId("c", "w"), Environment(), machine(EngineOptions()))
    configure(context, broken)
    context.state(Standard).write(b"hello\n")
    assert bytes(context.stderr) == b"hello\n"
    assert "is lost: [Errno 32] Broken pipe" in caplog.text
