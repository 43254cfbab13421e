"""`golem:api/host`: what is offered fits the published types, and does what guests rely on."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from wasmtime.component import Component

from runtime_shim.boundary.compile import EngineOptions, engine
from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.boundary.reflect import shape
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import BadArguments, RpcError, UnknownFunction
from runtime_shim.golem import api as golem_api
from runtime_shim.golem.ids import worker_id_value
from runtime_shim.golem.promises import PromiseProgram
from runtime_shim.golem.registry import Registry
from runtime_shim.protocol.ids import ROOT_NAMESPACE, WorkerId, component_uuid
from runtime_shim.protocol.promises import COMPLETE, COMPONENT, DELETE, POLL, promise_worker
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.values import Case, Value
from runtime_shim.values import types as t
from runtime_shim.values.check import check

# The functions as golem:api 1.1 has them; the order of the record fields is part of the type.
HOST = """
(component
  (import "golem:api/host@1.1.7" (instance
    (type $u (record (field "high-bits" u64) (field "low-bits" u64)))
    (export "uuid" (type $uuid (eq $u)))
    (type $c (record (field "uuid" $uuid)))
    (export "component-id" (type $component (eq $c)))
    (type $w (record (field "component-id" $component) (field "worker-name" string)))
    (export "worker-id" (type $worker (eq $w)))
    (type $p (record (field "worker-id" $worker) (field "oplog-idx" u64)))
    (export "promise-id" (type $promise (eq $p)))
    (type $l (variant (case "persist-nothing") (case "persist-remote-side-effects") (case "smart")))
    (export "persistence-level" (type $level (eq $l)))
    (type $r (record (field "max-attempts" u32) (field "min-delay" u64) (field "max-delay" u64)
      (field "multiplier" f64) (field "max-jitter-factor" (option f64))))
    (export "retry-policy" (type $policy (eq $r)))
    (type $s (enum "running" "idle" "suspended" "interrupted" "retrying" "failed" "exited"))
    (export "worker-status" (type $status (eq $s)))
    (type $m (record (field "worker-id" $worker) (field "args" (list string))
      (field "env" (list (tuple string string))) (field "status" $status)
      (field "component-version" u64) (field "retry-count" u64)))
    (export "worker-metadata" (type $metadata (eq $m)))
    (export "resolve-component-id" (func (param "r" string) (result (option $component))))
    (export "resolve-worker-id"
      (func (param "r" string) (param "n" string) (result (option $worker))))
    (export "resolve-worker-id-strict"
      (func (param "r" string) (param "n" string) (result (option $worker))))
    (export "get-self-metadata" (func (result $metadata)))
    (export "generate-idempotency-key" (func (result $uuid)))
    (export "create-promise" (func (result $promise)))
    (export "complete-promise"
      (func (param "p" $promise) (param "data" (list u8)) (result bool)))
    (export "poll-promise" (func (param "p" $promise) (result (option (list u8)))))
    (export "await-promise" (func (param "p" $promise) (result (list u8))))
    (export "delete-promise" (func (param "p" $promise)))
    (export "get-oplog-index" (func (result u64)))
    (export "set-oplog-index" (func (param "index" u64)))
    (export "oplog-commit" (func (param "replicas" u8)))
    (export "mark-begin-operation" (func (result u64)))
    (export "mark-end-operation" (func (param "begin" u64)))
    (export "get-oplog-persistence-level" (func (result $level)))
    (export "set-oplog-persistence-level" (func (param "level" $level)))
    (export "get-idempotence-mode" (func (result bool)))
    (export "set-idempotence-mode" (func (param "on" bool)))
    (export "get-retry-policy" (func (result $policy)))
    (export "set-retry-policy" (func (param "policy" $policy))))))
"""
FUNCTIONS: dict[str, t.FunctionType] = {}
WORKER = WorkerId("test:me", "w")


def signature(name: str) -> t.FunctionType:
    """The published type of a function."""
    if not FUNCTIONS:
        machine = engine(EngineOptions())
        reflected = shape(Component(machine, HOST), machine)
        for function in reflected.imports["golem:api/host@1.1.7"].functions.values():
            assert function.type is not None
            FUNCTIONS[function.name] = function.type
    return FUNCTIONS[name]


class Guest:
    """Calls host functions as a guest would: arguments and results have the published types."""

    def __init__(self, registry: Registry, invocation: Any) -> None:
        self.context = Context(WORKER, Environment({"A": "1"}, ("x",)), engine(EngineOptions()))
        self.context.invocation = invocation
        self.offer = golem_api.offers(registry)

    def __call__(self, name: str, *args: Value) -> Value:
        ty = signature(name)
        for (_, param), value in zip(ty.params, args, strict=True):
            check(param, value)
        result = self.offer.functions[name].run(self.context, *args)
        if ty.result is None:
            assert result is None
        else:
            check(ty.result, result)
        return result


class Invocation:
    """Records steps; calls go to promises of this process."""

    def __init__(self, past: list[tuple[str, Value]] | None = None) -> None:
        self.key = "key"
        self.attempt = 1
        self.seq = 0
        self.past = list(past or [])
        self.log: list[tuple[str, Value]] = []
        self.retry_policy = RetryPolicy()
        self.promises: dict[WorkerId, Any] = {}
        self.program: PromiseProgram | None = None
        self.changed = threading.Event()

    def derived(self, name: str) -> uuid.UUID:
        return uuid.uuid5(ROOT_NAMESPACE, name)

    @property
    def replaying(self) -> bool:
        return bool(self.past)

    @property
    def upcoming(self) -> str | None:
        return None

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        if self.past:
            recorded, value = self.past.pop(0)
            assert recorded == kind
        else:
            value = live()
        self.log.append((kind, value))
        return value

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        def live() -> Value:
            if self.program is None:
                raise RpcError("not-found", "no promises here")
            self.program.check(function, args)
            if target not in self.promises:
                self.promises[target] = self.program.instantiate(target, Environment())
            return self.promises[target].call(function, args, self)

        return self.step(f"{function} {target.name}", live)

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        while (value := self.call(target, function, args)) is None:
            if not self.replaying:
                assert self.changed.wait(10)
        return value

    def announce(self) -> None:
        self.changed.set()

    @property
    def position(self) -> int:
        return len(self.log)

    def begin_region(self) -> int:
        self.step("begin", lambda: None)
        return self.position - 1

    def end_region(self, begin: int) -> None:
        self.step(f"end {begin}", lambda: None)

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        self.retry_policy = policy


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add("test:me", object())  # type: ignore[arg-type]  # only its name is asked for
    return registry


@pytest.fixture
def guest(registry: Registry) -> Guest:
    invocation = Invocation()
    invocation.program = PromiseProgram()
    return Guest(registry, invocation)


def test_everything_published_is_offered(registry: Registry) -> None:
    signature("create-promise")
    assert set(golem_api.offers(registry).functions) == set(FUNCTIONS)


class TestResolving:
    def test_components(self, guest: Guest) -> None:
        found = guest("resolve-component-id", "test:me")["uuid"]
        number = (found["high-bits"] << 64) | found["low-bits"]
        assert uuid.UUID(int=number) == component_uuid("test:me")
        assert guest("resolve-component-id", "test:other") is None

    def test_workers(self, guest: Guest) -> None:
        assert guest("resolve-worker-id", "test:me", "any")["worker-name"] == "any"
        assert guest("resolve-worker-id", "no such", "any") is None

    def test_workers_that_must_exist(self, registry: Registry, guest: Guest) -> None:
        assert guest("resolve-worker-id-strict", "test:me", "w") is None
        registry.worker_exists = lambda worker: worker.name == "w"
        assert guest("resolve-worker-id-strict", "test:me", "w") == worker_id_value(WORKER)
        assert guest("resolve-worker-id-strict", "test:me", "x") is None
        assert guest("resolve-worker-id-strict", "no such", "w") is None

    def test_the_answer_is_recorded(self, registry: Registry, guest: Guest) -> None:
        assert guest("resolve-component-id", "test:late") is None
        log = guest.context.current.log  # type: ignore[attr-defined]  # the one above
        registry.add("test:late", object())  # type: ignore[arg-type]  # only its name
        again = Guest(registry, Invocation(log))
        assert again("resolve-component-id", "test:late") is None
        assert again("resolve-component-id", "test:late") is not None


class TestSelf:
    def test_metadata(self, guest: Guest) -> None:
        metadata = guest("get-self-metadata")
        assert metadata["worker-id"] == worker_id_value(WORKER)
        assert metadata["args"] == ["x"]
        assert dict(metadata["env"])["GOLEM_WORKER_NAME"] == "w"
        assert metadata["retry-count"] == 0

    def test_the_retry_count_is_the_recorded_one(self, registry: Registry, guest: Guest) -> None:
        guest.context.current.attempt = 3  # type: ignore[misc]  # the one above
        assert guest("get-self-metadata")["retry-count"] == 2
        again = Guest(registry, Invocation(guest.context.current.log))  # type: ignore[attr-defined]
        assert again("get-self-metadata")["retry-count"] == 2

    def test_keys_differ_and_replay(self, registry: Registry, guest: Guest) -> None:
        keys = [guest("generate-idempotency-key") for _ in range(3)]
        assert len({(key["high-bits"], key["low-bits"]) for key in keys}) == 3
        again = Guest(registry, Invocation(guest.context.current.log))  # type: ignore[attr-defined]
        assert [again("generate-idempotency-key") for _ in range(3)] == keys


class TestSettings:
    def test_what_was_set_is_got(self, guest: Guest) -> None:
        assert guest("get-oplog-persistence-level") == Case("smart")
        guest("set-oplog-persistence-level", Case("persist-nothing"))
        assert guest("get-oplog-persistence-level") == Case("persist-nothing")
        assert guest("get-idempotence-mode") is True
        guest("set-idempotence-mode", False)
        assert guest("get-idempotence-mode") is False

    def test_the_oplog_index_grows(self, guest: Guest) -> None:
        begin = guest("mark-begin-operation")
        guest("oplog-commit", 3)
        assert guest("get-oplog-index") > begin
        guest("mark-end-operation", begin)
        guest.context.current.seq += 1  # type: ignore[misc]  # the one above
        assert guest("get-oplog-index") > 1 << 32

    @pytest.mark.parametrize("index", [0, (1 << 32) + 1, 2**64 - 1])
    def test_indexes_of_other_invocations(self, guest: Guest, index: int) -> None:
        for function in ("mark-end-operation", "set-oplog-index"):
            with pytest.raises(
                HostFailure, match=rf"{function}: the oplog index {index} does not belong"
            ):
                guest(function, index)

    def test_retry_policy(self, guest: Guest) -> None:
        policy = guest("get-retry-policy")
        assert (policy["max-attempts"], policy["min-delay"]) == (3, 100_000_000)
        guest("set-retry-policy", policy | {"max-attempts": 7, "max-jitter-factor": None})
        assert guest.context.current.retry_policy.max_attempts == 7
        assert guest("get-retry-policy")["max-jitter-factor"] is None

    @pytest.mark.parametrize("multiplier", [0.5, float("inf"), float("nan"), -1.0])
    def test_what_is_no_retry_policy(self, guest: Guest, multiplier: float) -> None:
        policy = guest("get-retry-policy") | {"multiplier": multiplier}
        with pytest.raises(HostFailure, match="set-retry-policy: not a retry policy"):
            guest("set-retry-policy", policy)


class TestPromises:
    def test_are_completed_once(self, guest: Guest) -> None:
        promise, other = guest("create-promise"), guest("create-promise")
        assert promise != other
        assert guest("poll-promise", promise) is None
        assert guest("complete-promise", promise, b"first") is True
        assert guest("complete-promise", promise, b"second") is False
        assert guest("poll-promise", promise) == b"first"
        assert guest("await-promise", promise) == b"first"
        assert guest("poll-promise", other) is None
        guest("delete-promise", other)
        assert guest("complete-promise", other, b"late") is False

    def test_awaiting_wakes_up(self, guest: Guest, registry: Registry) -> None:
        promise = guest("create-promise")
        invocation: Any = guest.context.current

        def complete() -> None:
            worker = promise_worker(WORKER.uri, promise["oplog-idx"])
            invocation.promises[worker].call(COMPLETE, (b"later",), invocation)

        timer = threading.Timer(0.05, complete)
        timer.start()
        assert guest("await-promise", promise) == b"later"
        timer.join()
        again = Guest(registry, Invocation(invocation.log))
        assert again("create-promise") == promise
        assert again("await-promise", promise) == b"later", "a replay does not wait"

    def test_of_a_worker_that_cannot_be(self, guest: Guest) -> None:
        promise = guest("create-promise")
        nobody = {"component-id": {"uuid": {"high-bits": 1, "low-bits": 2}}, "worker-name": "w"}
        with pytest.raises(HostFailure, match="Could not find any component"):
            guest("complete-promise", promise | {"worker-id": nobody}, b"")

    def test_a_failure_is_a_trap(self, registry: Registry) -> None:
        guest = Guest(registry, Invocation())
        with pytest.raises(HostFailure, match="complete of a promise failed: not-found"):
            guest("complete-promise", guest("create-promise"), b"")

    def test_live_on_the_engine(self, registry: Registry) -> None:
        engine = MemoryEngine()
        engine.start(WorkerHandler({COMPONENT: PromiseProgram()}))
        worker = promise_worker(WORKER.uri, 1)
        none = Environment()
        assert engine.invoke(worker, POLL, (), "k1", none) is None
        assert engine.invoke(worker, COMPLETE, (b"x",), "k2", none) is True
        assert engine.invoke(worker, COMPLETE, (b"y",), "k3", none) is False
        assert engine.invoke(worker, POLL, (), "k4", none) == b"x"
        assert engine.invoke(worker, DELETE, (), "k5", none) is None
        with pytest.raises(UnknownFunction):
            engine.invoke(worker, "steal", (), "k6", none)
        with pytest.raises(BadArguments):
            engine.invoke(worker, COMPLETE, ("text",), "k7", none)
        engine.close()
