"""What Golem's tests of its runtime check, checked of this host: in both bindings, and restarted.

`RUNTIME` names each test of Golem's list and the tests here that assert what it checks. The guests
are those of the other tests: the caller is linked by convention, or composed with the client that
witgen makes. After each test every oplog is read, entry by entry.
"""

from __future__ import annotations

import ast
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import counter_guest
import pytest
import restate_server
from engine_guests import on_restate

import witgen
from runtime_shim.engines.records import Stored, WorkerInfo
from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.engines.stored import stored
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy

pytestmark = pytest.mark.usefixtures("compiled_once")

ROOT = Path(__file__).parents[3]
HERE = "tests/runtime_shim/golem/test_golem_list.py::"
CONVENTION = "tests/runtime_shim/clients/test_convention.py::TestRunning::"
CIRCLES = "tests/runtime_shim/engines/test_failures.py::TestCircles::"

RUNTIME: dict[str, tuple[str, ...]] = {
    "auction_example_1": (
        f"{HERE}test_a_component_calls_a_component",
        "tests/test_auction.py::test_dynamically_by_convention_alone",
        "tests/test_auction.py::test_statically_with_the_same_answer",
        "tests/test_auction.py::test_a_house_remembers_between_calls",
    ),
    "auction_example_2": (f"{HERE}test_resources_are_called_and_dropped_in_order",),
    "counter_resource_test_1": (f"{HERE}test_resources_are_called_and_dropped_in_order",),
    "counter_resource_test_2": (f"{HERE}test_a_handle_is_kept_between_invocations",),
    "counter_resource_test_2_with_restart": (f"{HERE}test_a_handle_is_kept_between_invocations",),
    "counter_resource_test_3": (f"{HERE}test_the_state_of_a_worker_is_kept",),
    "counter_resource_test_3_with_restart": (f"{HERE}test_the_state_of_a_worker_is_kept",),
    "context_inheritance": (f"{HERE}test_arguments_and_environment_are_inherited",),
    "counter_resource_test_5": (f"{HERE}test_triggers_and_parallel_futures",),
    "counter_resource_test_5_with_restart": (f"{HERE}test_triggers_and_parallel_futures",),
    "wasm_rpc_bug_32_test": (
        f"{HERE}test_variants_and_empty_results_come_back",
        "tests/conformance/test_conformance.py::test_the_edges_of_every_kind",
    ),
    "golem_bug_1265_test": (f"{HERE}test_variants_and_empty_results_come_back",),
    "error_message_non_existing_target_component": (f"{HERE}test_a_target_that_does_not_exist",),
    "ephemeral_worker_invocation_via_rpc1": (
        f"{HERE}test_ephemeral_workers_have_a_name_a_handle_and_a_key_a_call",
        f"{CONVENTION}test_an_ephemeral_target_gets_a_name_a_handle_and_an_instance_a_call",
    ),
    "ts_rpc1_stubless::counter_resource_test_1": (
        "tests/runtime_shim/test_other_toolchains.py::test_a_caller_in_javascript",
    ),
    "ts_rpc1_stubless::counter_resource_test_1_with_restart": (
        "tests/runtime_shim/test_other_toolchains.py::test_a_caller_in_javascript",
    ),
    "ts_rpc2_stubless::counter_resource_test_2_with_restart": (
        "tests/runtime_shim/test_other_toolchains.py::test_a_caller_in_javascript",
    ),
    "ts_rpc1_stubless::context_inheritance": (
        "tests/runtime_shim/test_other_toolchains.py::test_a_caller_in_javascript",
    ),
    "ts_rpc2_stubless::counter_resource_test_2": (
        "tests/runtime_shim/test_other_toolchains.py::test_a_caller_in_javascript",
    ),
    "scheduled_invocation_stubbed": (
        f"{HERE}test_scheduled_calls",
        f"{HERE}test_a_worker_schedules_itself",
    ),
    "scheduled_invocation_stubless": (
        f"{HERE}test_scheduled_calls",
        f"{HERE}test_a_worker_schedules_itself",
    ),
    "invoking_with_same_idempotency_key_is_idempotent": (f"{HERE}test_a_key_is_asked_once",),
    "invoking_with_same_idempotency_key_is_idempotent_after_restart": (
        f"{HERE}test_a_key_is_asked_once",
    ),
    "cancelling_pending_invocations": (f"{HERE}test_what_is_pending_can_be_cancelled",),
    "delete_interrupts_long_rpc_call": (f"{HERE}test_a_deleted_worker_leaves_its_call",),
    "check_oplog_is_queryable": (f"{HERE}test_every_oplog_can_be_read",),
    "agent_self_rpc_is_not_allowed": (
        f"{HERE}test_a_worker_cannot_await_itself",
        f"{CIRCLES}test_a_circle_of_awaits_is_an_error",
        f"{CIRCLES}test_a_circle_of_triggered_calls_is_none",
    ),
    "agent_await_parallel_rpc_calls": (f"{HERE}test_triggers_and_parallel_futures",),
    "agent_env_inheritance": (f"{HERE}test_arguments_and_environment_are_inherited",),
    "ephemeral_agent_works": (
        f"{HERE}test_ephemeral_workers_have_a_name_a_handle_and_a_key_a_call",
    ),
    "ephemeral_invocation_lookup_does_not_create_unknown_agent": (
        f"{HERE}test_looking_for_a_key_creates_nothing",
    ),
    "immediate_scheduled_ephemeral_invocation_reuses_completed_result": (
        f"{HERE}test_the_key_of_an_ephemeral_call_is_answered_once",
    ),
    "scheduled_ephemeral_invocation_uses_schedule_time_component_revision": (
        # A difference: what lives for one call runs what is deployed when it runs.
        f"{HERE}test_a_scheduled_call_to_a_worker_for_one_call_runs_what_is_deployed",
    ),
    "rust_rpc_with_payload": (
        f"{HERE}test_variants_and_empty_results_come_back",
        "tests/conformance/test_conformance.py::test_the_edges_of_every_kind",
    ),
    "compatibility": (
        "tests/runtime_shim/engines/sqlite/test_store_format.py::test_a_recorded_store_is_served_on",
        "tests/runtime_shim/engines/sqlite/test_store_format.py::test_it_reads_as_it_was_written",
    ),
    "stale_scheduled_invocation_dropped_after_worker_recreation": (
        f"{HERE}test_a_deleted_worker_takes_its_scheduled_calls_along",
    ),
}
"""Golem's test → the tests that assert what it checks."""

RUST = """
    auction_example_1 auction_example_2 counter_resource_test_1 counter_resource_test_2
    counter_resource_test_2_with_restart counter_resource_test_3 counter_resource_test_3_with_restart
    context_inheritance counter_resource_test_5 counter_resource_test_5_with_restart
    wasm_rpc_bug_32_test error_message_non_existing_target_component
    ephemeral_worker_invocation_via_rpc1 golem_bug_1265_test
"""
SCRIPTS = """
    ts_rpc1_stubless::counter_resource_test_1 ts_rpc1_stubless::counter_resource_test_1_with_restart
    ts_rpc1_stubless::context_inheritance ts_rpc2_stubless::counter_resource_test_2
    ts_rpc2_stubless::counter_resource_test_2_with_restart
"""
API = """
    scheduled_invocation_stubbed scheduled_invocation_stubless
    invoking_with_same_idempotency_key_is_idempotent
    invoking_with_same_idempotency_key_is_idempotent_after_restart cancelling_pending_invocations
    delete_interrupts_long_rpc_call check_oplog_is_queryable compatibility
"""
LATER = """
    agent_self_rpc_is_not_allowed agent_await_parallel_rpc_calls agent_env_inheritance
    ephemeral_agent_works immediate_scheduled_ephemeral_invocation_reuses_completed_result
    ephemeral_invocation_lookup_does_not_create_unknown_agent
    scheduled_ephemeral_invocation_uses_schedule_time_component_revision
    stale_scheduled_invocation_dropped_after_worker_recreation rust_rpc_with_payload
"""


def test_the_table_is_whole() -> None:
    assert set(RUNTIME) == {*RUST.split(), *SCRIPTS.split(), *API.split(), *LATER.split()}


def test_what_the_table_names_exists() -> None:
    for golem, nodes in RUNTIME.items():
        for node in nodes:
            path, *names = node.split("::")
            assert tuple(names) in _tests(ROOT / path), f"{golem}: {node}"


@cache
def _tests(path: Path) -> frozenset[tuple[str, ...]]:
    """The tests of a file: (function,) or (class, function)."""
    found = set()
    for item in ast.parse(path.read_text("utf-8")).body:
        inner = item.body if isinstance(item, ast.ClassDef) else [item]
        outer = (item.name,) if isinstance(item, ast.ClassDef) else ()
        found |= {(*outer, one.name) for one in inner if isinstance(one, ast.FunctionDef)}
    return frozenset(found)


# --- the guests --------------------------------------------------------------------------------


class Golem:
    """Hosts on one store; the caller is `test:caller`, its target `test:counters`.

    Args:
        store: A file, or the name of an application on the server of Restate.
        components: What is deployed.

    Attributes:
        later: The milliseconds after which `passed` lets what is scheduled begin.
    """

    def __init__(self, store: Path | str, components: dict[str, Deployment]) -> None:
        self.store = store
        self.components = components
        self.ahead = 0.0  # seconds that the clock of the next host is
        self.later = 3_600_000 if isinstance(store, Path) else 3_000
        self.host = self.open()

    def open(self) -> Host:
        retries = RetryPolicies(RetryPolicy(max_attempts=2, min_delay=0.001, max_delay=0.001))
        ahead, engine = self.ahead, None
        if isinstance(self.store, Path):
            engine = SqliteEngine(self.store, retries=retries, clock=lambda: time.time() + ahead)
        else:
            engine = on_restate(self.store, retries=retries)
        return Host(engine=engine, components=self.components, output=lambda worker, line: None)

    def restart(self) -> None:
        self.host.close()
        self.host = self.open()

    def passed(self) -> None:
        """Begin once more, and return when everything is due."""
        self.ahead = 7200
        self.restart()
        if isinstance(self.store, str):
            time.sleep(self.later / 1000)

    @property
    def seen(self) -> Stored:
        """The store, as an operator sees it."""
        if isinstance(self.store, Path):
            return SqliteFile(self.store)
        server = restate_server.server()
        return stored(f"restate:{server.ingress},{server.admin}#{self.store}")

    def workers(self) -> list[WorkerInfo]:
        with self.seen.looking() as records:
            return list(records.workers())

    def delete(self, worker: WorkerId) -> int:
        """Delete a worker while no host serves a file, and some host serves the server."""
        if isinstance(self.store, Path):
            self.host.close()
        with self.seen.repairing() as repairs:
            gone = repairs.delete(worker)
        self.host.close()
        self.host = self.open()
        return gone

    def call(
        self, function: str, *args: Any, worker: str = "c", key: str | None = None, **more: Any
    ) -> Any:
        return self.host.invoke("test:caller", worker, function, args, key=key, **more)

    def counters(self, function: str, *args: Any, worker: str = "w") -> Any:
        return self.host.invoke("test:counters", worker, f"test:counters/api.{{{function}}}", args)


@pytest.fixture(scope="session")
def composed(caller: bytes) -> bytes:
    """The caller with the client of `test:counters` in it."""
    target = witgen.load(Path(__file__).parents[1] / "guests" / "counters" / "wit")
    return witgen.compose(caller, [witgen.native_client(witgen.client(target))])


@pytest.fixture(scope="session")
def resources(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A target whose resources have destructors."""
    wit = Path(__file__).parents[1] / "guests" / "counters" / "wit" / "counters.wit"
    return counter_guest.guest(tmp_path_factory.mktemp("counters"), wit)


Start = Callable[..., Golem]


_ON_RESTATE = [
    pytest.param((binding, "restate"), marks=pytest.mark.long, id=f"{binding}-restate")
    for binding in ("dynamic", "static")
]


@pytest.fixture(params=[("dynamic", "file"), ("static", "file"), *_ON_RESTATE], ids="-".join)
def start(
    request: pytest.FixtureRequest, tmp_path: Path, caller: bytes, counters: bytes, composed: bytes
) -> Iterator[Start]:
    """Starts hosts; every oplog is read when the test is over."""
    binding, kind = request.param
    if kind == "restate":
        restate_server.server()  # or the test is skipped
    own = Deployment(caller if binding == "dynamic" else composed)
    started: list[Golem] = []

    def run(target: bytes | None = counters, **more: Deployment) -> Golem:
        components = {"test:caller": own, **more}
        if target is not None:
            components["test:counters"] = Deployment(target)
        application = f"t{uuid.uuid4().hex[:12]}"
        golem = Golem(application if kind == "restate" else tmp_path / "store.db", components)
        started.append(golem)
        return golem

    yield run
    for golem in started:
        golem.host.close()
        read_all(golem)


def read_all(golem: Golem) -> int:
    """Decode every entry of a store; how many there are."""
    found = 0
    with golem.seen.looking() as records:
        logs = {info.worker: list(records.log(info.worker)) for info in golem.workers()}
    for log in logs.values():
        for invocation in log:
            assert invocation.state in {"pending", "done", "failed", "cancelled"}
            found += 1 + len(invocation.steps)
    return found


# --- the checks --------------------------------------------------------------------------------


def test_a_component_calls_a_component(start: Start) -> None:
    golem = start()
    assert golem.call("tour", "a").startswith("3 ")
    golem.restart()
    assert golem.call("tour", "a").startswith("6 ")


def test_resources_are_called_and_dropped_in_order(start: Start, resources: bytes) -> None:
    golem = start(resources)
    dropped = [("b", 3), ("a", 3), ("a", 6), ("c", 3)]  # moved; then as the caller lets go
    assert golem.call("resources", "r") == dropped
    golem.restart()
    assert golem.counters("get-dropped", worker="r") == dropped, "a rebuild drops nothing again"
    assert golem.call("resources", "r") == dropped * 2


def test_a_handle_is_kept_between_invocations(start: Start, resources: bytes) -> None:
    golem = start(resources)
    assert [golem.call("keep", "k"), golem.call("keep", "k")] == [1, 2]
    golem.restart()
    assert golem.call("keep", "k") == 3
    assert golem.counters("get-dropped", worker="k") == []


def test_the_state_of_a_worker_is_kept(start: Start) -> None:
    golem = start()
    assert [golem.call("loop", "g", 1), golem.call("loop", "g", 1)] == [1, 2]
    golem.restart()
    assert golem.call("loop", "g", 1) == 3


def test_arguments_and_environment_are_inherited(start: Start) -> None:
    golem = start()
    environment = Environment({"TEST": "yes", "GOLEM_WORKER_NAME": "lie"}, ("x", "y"))
    expected = (
        [
            ("GOLEM_COMPONENT_ID", str(component_uuid("test:counters"))),
            ("GOLEM_COMPONENT_VERSION", "0"),
            ("GOLEM_WORKER_NAME", "child"),
            ("TEST", "yes"),
        ],
        ["x", "y"],
    )
    golem.call("loop", "child", 1, environment=environment)
    assert golem.counters("environment", worker="child") == expected
    golem.restart()
    assert golem.counters("environment", worker="child") == expected


def test_triggers_and_parallel_futures(start: Start) -> None:
    golem = start()
    assert golem.call("gather", "g") == [3, 3, 3]
    begin = time.perf_counter()
    assert golem.call("parallel", 3, 300) == 900
    assert time.perf_counter() - begin < 0.85
    golem.restart()
    assert golem.call("gather", "g") == [3, 3, 3]
    assert golem.call("parallel", 3, 1) == 3


def test_variants_and_empty_results_come_back(start: Start) -> None:
    golem = start()
    expected = "3 True None not good: bad 1 3"
    assert golem.call("tour", "a", key="k") == expected
    golem.restart()
    assert golem.call("tour", "a", key="k") == expected
    assert golem.call("tour", "b") == expected


def test_a_target_that_does_not_exist(start: Start) -> None:
    message = "Could not find any component with the given id"
    golem = start(None)
    for _ in range(2):
        with pytest.raises(InvocationFailed, match=message):
            golem.call("loop", "w", 1, key="k")
        golem.restart()


def test_ephemeral_workers_have_a_name_a_handle_and_a_key_a_call(
    start: Start, caller: bytes
) -> None:
    golem = start(**{"test:once": Deployment(caller, durable=False)})
    said = golem.call("ephemeral", "test:once", key="k")
    names, keys = zip(*(one.split(" ")[:2] for one in said), strict=True)
    assert names[0] == names[1] != names[2]
    assert len(set(keys)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) for name in names)
    golem.restart()
    assert golem.call("ephemeral", "test:once", key="k") == said
    assert not set(golem.call("ephemeral", "test:once")) & set(said)


def test_the_key_of_an_ephemeral_call_is_answered_once(start: Start, caller: bytes) -> None:
    golem = start(**{"test:once": Deployment(caller, durable=False)})
    golem.host.send("test:once", None, "who", key="k", due=time.time())
    golem.host.drain()
    said = golem.host.invoke("test:once", None, "who", key="k")
    assert golem.host.invoke("test:once", "another", "who", key="k") == said
    golem.restart()
    assert golem.host.invoke("test:once", None, "who", key="k") == said
    golem.host.close()
    # A server keeps no record of a call of a worker for one call, only its answer.
    assert len(golem.workers()) == isinstance(golem.store, Path)


def test_a_scheduled_call_to_a_worker_for_one_call_runs_what_is_deployed(
    start: Start, caller: bytes, counters: bytes
) -> None:
    golem = start(**{"test:once": Deployment(caller, durable=False)})
    golem.host.send("test:once", None, "who", key="k", due=time.time() + golem.later / 1000)
    golem.components = golem.components | {"test:once": Deployment(counters, durable=False)}
    golem.passed()
    golem.host.drain(everything=True)
    assert golem.host.status("test:once", None, "k") == "failed"  # which has no `who`


def test_scheduled_calls(start: Start) -> None:
    golem = start()
    golem.call("schedule", "s", 1, golem.later, False)
    golem.call("schedule", "s", 10, golem.later, True)
    assert golem.counters("get-global-value", worker="s") == 0
    golem.passed()
    golem.host.drain(everything=True)
    assert golem.counters("get-global-value", worker="s") == 1
    golem.restart()
    assert golem.counters("get-global-value", worker="s") == 1


def test_a_worker_schedules_itself(start: Start) -> None:
    golem = start()
    golem.call("note-later", 1)
    time.sleep(0.02)
    golem.host.drain()
    assert golem.call("noted") == 1
    golem.call("note-later", 1)
    golem.restart()
    time.sleep(0.02)
    golem.host.drain()
    assert golem.call("noted") == 2


def test_a_key_is_asked_once(start: Start) -> None:
    golem = start()
    assert [golem.call("loop", "i", 1, key="k") for _ in range(2)] == [1, 1]
    golem.restart()
    assert golem.call("loop", "i", 1, key="k") == 1
    assert golem.counters("get-global-value", worker="i") == 1


def test_what_is_pending_can_be_cancelled(start: Start) -> None:
    golem = start()
    function = "test:counters/api.{inc-global-by}"
    soon = time.time() + golem.later / 1000
    kept, lost = (
        golem.host.send("test:counters", "p", function, (by,), due=soon) for by in (1, 10)
    )
    assert golem.host.cancel("test:counters", "p", lost)
    golem.passed()
    assert not golem.host.cancel("test:counters", "p", lost)
    golem.host.drain(everything=True)
    assert golem.counters("get-global-value", worker="p") == 1
    assert not golem.host.cancel("test:counters", "p", kept)


def test_a_deleted_worker_leaves_its_call(start: Start, tmp_path: Path) -> None:
    golem = start()
    if isinstance(golem.store, str):
        pytest.skip("nobody copies a server; deleting waits for the call there")
    golem.call("parallel", 1, 1)
    calling = threading.Thread(target=lambda: golem.call("parallel", 1, 700, key="long"))
    calling.start()
    time.sleep(0.3)
    copy = tmp_path / "copy.db"
    for suffix in ("", "-wal"):  # as a killed process leaves it
        shutil.copy(f"{golem.store}{suffix}", f"{copy}{suffix}")
    calling.join()
    me = WorkerId("test:caller", "c")
    assert [one.state for one in inspect.log(copy, me)] == ["done", "pending"]
    assert inspect.delete(copy, me) == 2
    again = Golem(copy, golem.components)
    again.host.drain()
    assert me not in [info.worker for info in inspect.workers(copy)], "nobody goes on with it"
    assert again.call("parallel", 1, 1) == 1
    assert golem.call("parallel", 1, 1) == 1
    again.host.close()
    read_all(again)


def test_every_oplog_can_be_read(start: Start) -> None:
    golem = start()
    golem.call("tour", "a")
    golem.call("gather", "g")
    golem.host.close()
    assert read_all(golem) > 20


def test_a_worker_cannot_await_itself(start: Start) -> None:
    golem = start()
    said = golem.call("call-itself", key="k")
    assert said.startswith("RpcError_Denied: ")
    assert "calls itself and waits" in said
    golem.restart()
    assert golem.call("call-itself", key="k") == said
    assert golem.call("noted") == 0, "the worker serves on"


def test_looking_for_a_key_creates_nothing(start: Start) -> None:
    golem = start()
    assert not golem.host.cancel("test:counters", "p", "never used")
    golem.restart()
    assert golem.workers() == []


def test_a_deleted_worker_takes_its_scheduled_calls_along(start: Start) -> None:
    golem = start()
    golem.call("schedule", "s", 5, 60_000, False)
    golem.delete(WorkerId("test:counters", "s"))
    golem.host.drain()
    assert golem.counters("get-global-value", worker="s") == 0
    golem.host.close()
    (found,) = (info for info in golem.workers() if info.worker.component == "test:counters")
    assert found.pending == 0
