"""The resident memory of the process, kept below a budget."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from runtime_shim.errors import UnsupportedPlatform
from runtime_shim.replay import budget
from runtime_shim.replay.budget import Budget, resident, size

MB = 1 << 20
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is resident")

# Each worker fills 8 MiB. The process is a new one: what is resident counts all that it did before.
PROGRAM = """
import sys
import wasmtime
from runtime_shim import Deployment, Host, SqliteEngine
from runtime_shim.replay.budget import resident

WAT = '''(component
  (core module $m (memory (export "m") 128) (global $n (mut i32) (i32.const 0))
    (func (export "add") (result i32)
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 8388608))
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
  (core instance $i (instantiate $m))
  (func (export "add") (result u32) (canon lift (core func $i "add"))))'''
component = Deployment(bytes(wasmtime.wat2wasm(WAT)))
with Host(engine=SqliteEngine(sys.argv[1]), components={"t:t": component}) as host:
    host.invoke("t:t", "first", "add")
    own = resident()
budget = own + (160 << 20)
most = 0
with Host(engine=SqliteEngine(sys.argv[1]), components={"t:t": component}, **eval(sys.argv[2])) as host:
    for turn in (1, 2):
        for worker in range(100):
            assert host.invoke("t:t", f"w{worker}", "add") == turn
            most = max(most, resident())
print((most - own) >> 20)
"""


def run(tmp_path: Any, options: str) -> int:
    """The most MiB that a host with these options took for a hundred workers."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s.db"), options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@linux
def test_workers_leave_before_memory_is_full(tmp_path: Any) -> None:
    # Looked at after each sixteenth call: 128 MiB more than the budget of 160, at worst.
    assert run(tmp_path, "dict(memory_budget=budget)") < 320


@linux
def test_without_a_budget_all_of_them_stay(tmp_path: Any) -> None:
    assert run(tmp_path, "dict()") > 700


@linux
def test_a_number_of_workers_bounds_as_well(tmp_path: Any) -> None:
    assert run(tmp_path, "dict(memory_budget=1 << 40, warm=4)") < 80


@linux
class TestRelieve:
    def test_until_there_is_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = [30, 20, 10, 5]
        monkeypatch.setattr(budget, "resident", lambda: left[0])
        gone: list[int] = []

        def let_go() -> bool:
            gone.append(left.pop(0))
            return True

        bound = Budget(10)
        for _ in range(15):
            bound.relieve(let_go)
        assert gone == [], "it does not look after each call"
        bound.relieve(let_go)
        assert gone == [30, 20]

    def test_until_nobody_is_idle(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(budget, "resident", lambda: 11)
        bound = Budget(10)
        asked = []

        def let_go() -> bool:
            asked.append(1)
            return len(asked) % 3 != 0

        for _ in range(32):
            bound.relieve(let_go)
        assert len(asked) == 6

    def test_what_is_resident_is_measured(self) -> None:
        before = resident()
        block = bytearray(b"x") * (64 * MB)
        assert 60 * MB < resident() - before < 80 * MB
        del block


@pytest.mark.parametrize(
    ("given", "bytes_"),
    [(5, 5), ("7", 7), ("512MiB", 512 * MB), ("2 GiB", 2 << 30), (" 3KiB ", 3 << 10), ("9 B", 9)],
)
def test_sizes(given: int | str, bytes_: int) -> None:
    assert size(given) == bytes_


@pytest.mark.parametrize("wrong", [0, -1, "", "much", "2 GB", "1.5GiB", "0MiB", "9" * 30])
def test_what_is_not_a_size(wrong: int | str) -> None:
    with pytest.raises(ValueError, match="expected a size such as"):
        size(wrong)


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(budget, "_STATUS", tmp_path / "statm")
    with pytest.raises(UnsupportedPlatform, match="needs Linux"):
        Budget("1GiB")
