"""Workers that hold clients of others and calls under way: restored, they answer as if never away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.snapshots import handler
from runtime_shim.snapshots.content import Snapshot
from runtime_shim.snapshots.program import SnapshotProgram
from runtime_shim.values import Value
from witgen.app.componentize import Source, componentize

pytestmark = [pytest.mark.xdist_group("snapshots"), pytest.mark.long]
GUESTS = Path(__file__).parents[1] / "guests"
NAME, COUNTERS = "snap:holder", "test:counters"
ONCE = RetryPolicies(RetryPolicy(max_attempts=1))
_WIT = """\
package snap:holder;
world holder {
  import test:counters-client/counters-client;
  import golem:rpc/types@0.2.0;
  import golem:api/host@1.1.6;
  import wasi:clocks/wall-clock@0.2.0;
  export run: func(steps: string) -> string;
}
"""
_PYTHON = """
import json
import wit_world
from wit_world.imports import counters_client, host, types as rpc, wall_clock

KEPT = {}

def api(function, *numbers):
    return "test:counters/api.{%s}" % function, [
        rpc.WitValue([rpc.WitNode_PrimU64(number)]) for number in numbers
    ]

def do(kind, name, *rest):
    match kind:
        case "counter":
            KEPT[name] = counters_client.Counter(*rest)
        case "add":
            KEPT[name].blocking_inc_by(*rest)
            return KEPT[name].blocking_get_value()
        case "send":
            KEPT[name].inc_by(*rest)
        case "rpc":
            KEPT[name] = rpc.WasmRpc(host.resolve_worker_id("test:counters", *rest))
        case "ask":
            KEPT[name].invoke_and_await(*api("inc-global-by", *rest))
            return repr(KEPT[name].invoke_and_await(*api("get-global-value")))
        case "typed":
            KEPT[name] = KEPT[rest[0]].get_value()
        case "begin":
            KEPT[name] = KEPT[rest[0]].async_invoke_and_await(*api("slow", rest[1]))
        case "end":
            KEPT[name].subscribe().block()
            return repr(KEPT[name].get())
        case "later":
            due = wall_clock.Datetime(4102444800, 0)
            KEPT[name] = KEPT[rest[0]].schedule_cancelable_invocation(due, *api("slow", 1))
        case "cancel":
            KEPT[name].cancel()
        case "drop":
            with KEPT.pop(name):
                pass
        case "kept":
            return sorted(KEPT)

class WitWorld(wit_world.WitWorld):
    def run(self, steps):
        return json.dumps([do(*step) for step in json.loads(steps)])
"""
CALLS: list[list[tuple[object, ...]]] = [
    [("counter", "a", "w", "a"), ("add", "a", 1), ("rpc", "r", "w"), ("ask", "r", 8)],
    [("add", "a", 2), ("ask", "r", 1), ("counter", "b", "w", "b")],
    [("begin", "f", "r", 2), ("typed", "g", "a"), ("later", "t", "r")],
    [("add", "a", 3), ("ask", "r", 4), ("kept", "")],
    [("begin", "h", "r", 3), ("end", "h"), ("send", "b", 4), ("counter", "c", "w", "c")],
    [("cancel", "t"), ("add", "b", 1), ("drop", "a")],
    [("counter", "d", "v", "a"), ("add", "d", 7), ("drop", "f"), ("drop", "r")],
    [("kept", ""), ("add", "b", 1), ("rpc", "r", "v"), ("begin", "i", "r", 1), ("end", "i")],
    [("drop", "g"), ("drop", "i"), ("drop", "b"), ("drop", "c"), ("add", "d", 1)],
]
"""What a worker does in each call; `f` and `g` are calls that are never awaited."""


@pytest.fixture(scope="module")
def components(counters: bytes) -> dict[str, Deployment]:
    deps = (GUESTS / "caller/wit/deps/deps.wit").read_bytes()
    wit = {"holder.wit": _WIT.encode(), "deps/deps.wit": deps}
    source = Source(wit, "holder", {"app.py": _PYTHON.encode()}, "app")
    return {NAME: Deployment(componentize(source).data), COUNTERS: Deployment(counters)}


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are worth it after each call."""
    monkeypatch.setattr(handler, "AFTER", 0.0)
    monkeypatch.setattr(handler, "_LEAVES", 0)
    monkeypatch.setattr(handler, "_STAYS", 0)


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[Snapshot]:
    """The snapshots of the holder from which it was restored."""
    found: list[Snapshot] = []
    restore = SnapshotProgram.restore

    def noted(self: SnapshotProgram, snapshot: Snapshot, invocation: object) -> object:
        made = restore(self, snapshot, invocation)  # type: ignore[arg-type] # as it is called
        if self.name == NAME:
            found.append(snapshot)
        return made

    monkeypatch.setattr(SnapshotProgram, "restore", noted)
    return found


def run(host: Host, steps: Sequence[tuple[object, ...]]) -> Value:
    return host.invoke(NAME, "w", "run", (json.dumps(steps),))


def state(host: Host) -> list[Value]:
    """What the others were told to do."""
    return [
        host.invoke(COUNTERS, worker, "test:counters/api.{get-dropped}") for worker in ("w", "v")
    ]


def test_clients_and_calls_under_way(
    tmp_path: Path, components: dict[str, Deployment], restored: list[Snapshot]
) -> None:
    with Host(engine=MemoryEngine(), components=components) as host:
        expected = [run(host, steps) for steps in CALLS]
        told = state(host)
    answers = []
    for steps in CALLS:
        engine = SqliteEngine(tmp_path / "s.db")
        with Host(engine=engine, components=components, snapshots=True) as host:
            answers.append(run(host, steps))
    assert answers == expected
    held = [sorted(kind for kind, *_ in one.objects.values()) for one in restored]
    assert len(held) == len(CALLS) - 1
    assert [kinds.count("pending") for kinds in held] == [0, 0, 2, 2, 3, 3, 2, 3]
    assert [kinds.count("token") for kinds in held] == [0, 0, 1, 1, 1, 1, 1, 1]
    assert all(kinds.count("client") for kinds in held)
    with Host(engine=SqliteEngine(tmp_path / "s.db"), components=components) as host:
        assert state(host) == told


def test_a_call_of_an_earlier_invocation_is_awaited_alike(
    tmp_path: Path, components: dict[str, Deployment], restored: list[Snapshot]
) -> None:
    """It is refused, whether the worker was restored or not."""
    begin, end = [("rpc", "r", "w"), ("begin", "f", "r", 1)], [("end", "f")]
    said = []
    with Host(engine=MemoryEngine(retries=ONCE), components=components) as host:
        run(host, begin)
        with pytest.raises(InvocationFailed) as never:
            run(host, end)
        said.append(str(never.value))
    for steps in (begin, end):
        engine = SqliteEngine(tmp_path / "s.db", retries=ONCE)
        with Host(engine=engine, components=components, snapshots=True) as host:
            if steps is begin:
                run(host, begin)
                continue
            with pytest.raises(InvocationFailed) as once:
                run(host, steps)
            said.append(str(once.value))
    assert said[0] == said[1]
    assert len(restored) == 1
