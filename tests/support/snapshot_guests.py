"""Guests whose state is taken, and workers of them without an engine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.snapshots.content import Snapshot, pack, unpack
from runtime_shim.snapshots.program import SnapshotInstance, SnapshotProgram
from runtime_shim.values import Handle, Value
from witgen.app.componentize import Source, componentize

NAME = "snap:guest"
API = f"{NAME}/api"
RUN = f"{API}.{{run}}"

_WIT = """\
package snap:guest;
interface api {
  resource cell { constructor(start: u32); add: func(by: u32) -> u32; }
  run: func(program: string) -> string;
}
world guest { export api; }
"""
_PYTHON = """
import json, os, random, sys, time
from wit_world import exports

KEPT, FILES, NOTES = {}, {}, []

def do(kind, *rest):
    if kind == "set":
        KEPT[rest[0]] = rest[1]
    elif kind == "drop":
        KEPT.pop(rest[0], None)
    elif kind == "note":
        NOTES.append(rest[0] * rest[1]); return sum(map(len, NOTES))
    elif kind == "forget":
        del NOTES[: len(NOTES) // 2]
    elif kind == "print":
        print(rest[0]); sys.stdout.flush()
    elif kind == "error":
        print(rest[0], file=sys.stderr); sys.stderr.flush()
    elif kind == "random":
        return random.random()
    elif kind == "system":
        return os.urandom(4).hex()
    elif kind == "time":
        return time.time() > 0 and time.monotonic() > 0
    elif kind == "sleep":
        time.sleep(0.0001)
    elif kind == "environ":
        return os.environ.get("COLOUR")
    elif kind == "open":
        FILES[rest[0]] = open("/data/" + rest[0], rest[1])
    elif kind == "write":
        if rest[0] in FILES and FILES[rest[0]].writable():
            FILES[rest[0]].write(rest[1]); FILES[rest[0]].flush()
    elif kind == "read":
        if rest[0] in FILES and FILES[rest[0]].readable():
            return FILES[rest[0]].read(rest[1])
    elif kind == "close":
        if rest[0] in FILES:
            FILES.pop(rest[0]).close()
    elif kind == "list":
        return sorted(os.listdir("/data"))
    elif kind == "work":
        total = 0
        for n in range(rest[0]):
            total = (total * 31 + n) % 1000003
        return total
    elif kind == "state":
        return [sorted(KEPT.items()), len(NOTES), sorted(FILES)]

class Cell:
    def __init__(self, start): self.value = start
    def add(self, by):
        self.value += by
        return self.value

class Api(exports.Api):
    def run(self, program):
        answers = []
        for step in json.loads(program):
            try:
                answers.append(do(*step))
            except OSError as error:
                answers.append(type(error).__name__)
        return json.dumps(answers)
"""


def python_guest() -> bytes:
    """A component that does what programs say: lists of steps, as JSON."""
    return componentize(
        Source(
            {"guest.wit": _WIT.encode()},
            "guest",
            {"app.py": _PYTHON.encode(), "api.py": b"from app import Cell\n"},
            "app",
        )
    ).data


# It holds timers, for nothing.
POLLS = """
 (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
 (alias export $poll "pollable" (type $pollable))
 (import "wasi:clocks/monotonic-clock@0.2.0" (instance $c (alias outer 1 $pollable (type $outer))
   (export "pollable" (type $own (eq $outer)))
   (export "subscribe-duration" (func (param "when" u64) (result (own $own))))))
 (core func $wait (canon lower (func $c "subscribe-duration")))
 (core func $drop (canon resource.drop $pollable))
 (core module $m (import "" "wait" (func $wait (param i64) (result i32)))
   (import "" "drop" (func $drop (param i32)))
   (memory 1)
   (func (export "hold") (result i32) (call $wait (i64.const 1)))
   (func (export "drop") (param i32) (call $drop (local.get 0))))
 (core instance $i (instantiate $m
   (with "" (instance (export "wait" (func $wait)) (export "drop" (func $drop))))))
 (func (export "hold") (result u32) (canon lift (core func $i "hold")))
 (func (export "drop") (param "handle" u32) (canon lift (core func $i "drop")))
"""

KINDS = [
    "set",
    "set",
    "drop",
    "note",
    "note",
    "forget",
    "print",
    "error",
    "random",
    "system",
    "time",
    "sleep",
    "environ",
    "open",
    "open",
    "write",
    "write",
    "read",
    "read",
    "close",
    "list",
    "work",
    "state",
]


def steps(chance: random.Random, *, files: bool = True) -> str:
    """A program made by chance."""
    made: list[list[Any]] = []
    for _ in range(chance.randint(1, 4)):
        name = f"f{chance.randrange(3)}"
        match chance.choice(KINDS):
            case "set":
                made.append(["set", name, chance.choice([None, 1, "x" * chance.randint(0, 300)])])
            case "drop":
                made.append(["drop", name])
            case "note":
                made.append(["note", chance.choice("abc"), chance.randint(0, 20_000)])
            case ("print" | "error") as kind:
                made.append([kind, f"line {chance.random()}"])
            case ("open" | "write" | "read" | "close" | "list") as kind:
                if files:
                    rest = {
                        "open": [name, chance.choice(["w+", "r", "a"])],
                        "write": [name, "y" * chance.randint(0, 50)],
                        "read": [name, chance.randint(0, 50)],
                        "close": [name],
                        "list": [],
                    }
                    made.append([kind, *rest[kind]])
            case "work":
                made.append(["work", chance.randint(0, 2000)])
            case kind:
                made.append([kind])
    return json.dumps(made)


class Run:
    """An invocation without an engine: it records, or answers what was recorded."""

    attempt = 1
    key = "key"

    def __init__(
        self, worker: Worker, seq: int, past: list[tuple[str, Value]] | None = None
    ) -> None:
        self.worker, self.environment = worker.id, worker.environment
        self.seq = seq
        self.replaying = past is not None
        self.left = list(past or ())
        self.entries: list[tuple[str, Value]] = []
        self.retry_policy = RetryPolicy()

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        self.retry_policy = policy

    @property
    def position(self) -> int:
        return len(self.entries)

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        if not self.replaying:
            value = live()
        else:
            found, value = self.left.pop(0)
            assert found == kind, (found, kind)
        self.entries.append((kind, value))
        return value


class Worker:
    """A worker without an engine, with all that it has recorded."""

    def __init__(
        self, program: SnapshotProgram, environment: Environment | None = None, name: str = "w"
    ) -> None:
        self.program = program
        self.id = WorkerId(program.name, name)
        self.environment = environment or Environment()
        self.instance = cast("SnapshotInstance", program.instantiate(self.id, self.environment))
        self.past: list[tuple[str, tuple[Value, ...], list[tuple[str, Value]], Value]] = []

    def call(self, function: str, *args: Value) -> Value:
        run = Run(self, len(self.past))
        value = self.instance.call(function, args, cast("Invocation", run))
        self.past.append((function, args, run.entries, value))
        return value

    def taken(self) -> Snapshot:
        """Its state, as it is kept."""
        return unpack(pack(self.instance.snapshot()))

    def restored(self, snapshot: Snapshot) -> Worker:
        """Another one in that state."""
        other = Worker.__new__(Worker)
        other.program, other.id, other.environment = self.program, self.id, self.environment
        other.past = list(self.past)
        run = cast("Invocation", Run(self, len(self.past)))
        other.instance, _ = self.program.restore(snapshot, run)
        return other

    def replayed(self) -> Worker:
        """Another one, run through all that is recorded; nothing differs."""
        other = Worker(self.program, self.environment, self.id.name)
        for seq, (function, args, entries, value) in enumerate(self.past):
            run = Run(other, seq, entries)
            assert other.instance.call(function, args, cast("Invocation", run)) == value
            assert not run.left
            other.past.append((function, args, entries, value))
        return other

    def follow(self, other: Worker) -> Value:
        """Do what another worker did last, with what it recorded; the result."""
        function, args, entries, value = other.past[-1]
        run = Run(self, len(self.past), entries)
        found = self.instance.call(function, args, cast("Invocation", run))
        assert not run.left
        self.past.append((function, args, entries, value))
        return found


def deployed(component: bytes, name: str = NAME, **given: Any) -> SnapshotProgram:
    """A program by itself."""
    registry = Registry()
    program = SnapshotProgram(name, Deployment(component, **given), registry)
    registry.add(name, program)
    program.link()
    return program


def cells(handle: Value) -> Handle:
    assert isinstance(handle, Handle)
    return handle


def folder(path: Path) -> Any:
    """The grant of a folder as `/data`."""
    from runtime_shim.wasi.grants import Directory, Grants

    return Grants(directories=(Directory(str(path), "/data", writable=True),))
