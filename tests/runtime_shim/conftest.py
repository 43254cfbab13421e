"""Guests and a minimal engine for the tests of the wasmtime side."""

from __future__ import annotations

import concurrent.futures
import itertools
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import public_path
import pytest
import wasmtime
from wasmtime.component import Component

from runtime_shim.boundary import compile as machine_code
from runtime_shim.engines import buffered
from runtime_shim.errors import BadArguments, Divergence, RpcError, Trap, UnknownFunction
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import NO_CALL
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.protocol.seams import Future, Instance
from runtime_shim.values import Value
from witgen.app.componentize import componentize, read_source

GUESTS = Path(__file__).parent / "guests"
Entry = tuple[str, Any]


def build_guest(name: str) -> bytes:
    """A guest under `guests/`, built by componentize-py or taken from its cache."""
    folder = GUESTS / name
    return componentize(read_source(folder / "wit", name, folder, "app")).data


@pytest.fixture(scope="session", autouse=True)
def compressed_once() -> Iterator[None]:
    """Each store keeps its components compressed: do it once for the few that many tests share."""
    kept = SimpleNamespace(compress=lru_cache(maxsize=4)(zlib.compress))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffered, "zlib", kept)
        yield


@pytest.fixture(scope="module")
def compiled_once() -> Iterator[None]:
    """Hosts share the machine code of a component instead of reading and checking it again."""
    read = machine_code._from_cache
    kept: dict[tuple[Path, machine_code.EngineOptions], Component] = {}

    def cached(entry: Path, options: machine_code.EngineOptions) -> Component | None:
        found = kept.get((entry, options)) or read(entry, options)
        if found is not None:
            kept[entry, options] = found
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_code, "_from_cache", cached)
        yield


@pytest.fixture(scope="session")
def counters() -> bytes:
    return build_guest("counters")


@pytest.fixture(scope="session")
def caller() -> bytes:
    return build_guest("caller")


class MiniFuture:
    call = NO_CALL

    def __init__(self, future: concurrent.futures.Future[Value]) -> None:
        self.inner = future

    def done(self) -> bool:
        return self.inner.done()

    def wait(self, timeout: float | None = None) -> None:
        concurrent.futures.wait([self.inner], timeout)

    def get(self) -> Value:
        return self.inner.result()


class MiniInvocation:
    """Records, or replays `past`; everything else goes to the `MiniEngine`."""

    def __init__(self, engine: MiniEngine, worker: WorkerId, past: Iterable[Entry] = ()) -> None:
        self.engine = engine
        self.key = str(uuid.uuid4())
        self.worker = worker
        self.environment = engine.environment
        self.function = ""
        self.args: tuple[Value, ...] = ()
        self.attempt = 1
        self.seq = 0
        self.mark = self.leaves = ""
        self.past = list(past)
        self.log: list[Entry] = []

    def derived(self, name: str) -> uuid.UUID:
        return uuid.uuid5(uuid.UUID(self.key), name)

    @property
    def replaying(self) -> bool:
        return bool(self.past)

    @property
    def upcoming(self) -> str | None:
        return None

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        if self.past:
            recorded, value = self.past.pop(0)
            if recorded != kind:
                raise Divergence(f"{recorded} was recorded, {kind} is asked for")
        else:
            value = live()
        self.log.append((kind, value))
        return value

    def _recorded(self, kind: str, live: Callable[[], Value]) -> Value:
        def run() -> Value:
            try:
                return True, live()
            except RpcError as error:
                return False, (error.kind, error.message)

        ok, value = self.step(kind, run)
        if not ok:
            raise RpcError(*value)
        return value

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        return self._recorded(f"call {function}", lambda: self.engine.run(target, function, *args))

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> MiniFuture:
        if self.past:
            done: concurrent.futures.Future[Value] = concurrent.futures.Future()
            done.set_result(self.step("spawn", lambda: None))
            return MiniFuture(done)
        future = MiniFuture(self.engine.pool.submit(self.engine.run, target, function, *args))
        index = len(self.log)
        self.log.append(("spawn", None))
        future.inner.add_done_callback(lambda f: self.log.__setitem__(index, ("spawn", f.result())))
        return future

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        if not self.replaying:
            inner = [future.inner for future in futures if isinstance(future, MiniFuture)]
            end = patience if timeout is None else timeout
            concurrent.futures.wait(inner, end, concurrent.futures.FIRST_COMPLETED)

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        def live() -> int:
            if due is None:
                self.engine.run(target, function, *args)
                return 0
            number = next(self.engine.numbers)
            self.engine.scheduled[CallId(0, number)] = (due, target, function, args)
            return number

        return CallId(0, self._recorded(f"send {function}", live))

    @property
    def position(self) -> int:
        return len(self.log)

    def begin_region(self) -> int:
        self.step("begin", lambda: None)
        return self.position - 1

    def end_region(self, begin: int) -> None:
        self.step(f"end {begin}", lambda: None)

    def restart(self, position: int) -> NoReturn:
        raise Trap("not here")

    @property
    def retry_policy(self) -> RetryPolicy:
        return self.engine.policy

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        self.engine.policy = policy

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        while (value := self.call(target, function, args)) is None:
            time.sleep(0.001)
        return value

    def announce(self) -> None:
        pass

    def cancel(self, call: CallId) -> None:
        self.step("cancel", lambda: self.engine.scheduled.pop(call, None) and None)


class MiniEngine:
    """Runs invocations at once, keeps instances, and keeps each one's journal."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.programs: dict[str, WasmProgram] = {}
        self.environment = Environment()
        self.instances: dict[WorkerId, Instance] = {}
        self.locks: dict[WorkerId, threading.RLock] = {}
        self.journal: dict[WorkerId, list[tuple[str, tuple[Value, ...], list[Entry], Value]]] = {}
        self.scheduled: dict[CallId, tuple[float, WorkerId, str, tuple[Value, ...]]] = {}
        self.numbers = itertools.count(1)
        self.pool = concurrent.futures.ThreadPoolExecutor(8)
        self.output: list[bytes] = []
        self.policy = RetryPolicy()

    def deploy(self, name: str, component: bytes | str, **settings: Any) -> WasmProgram:
        """Add a component, as bytes or as text."""
        data = bytes(wasmtime.wat2wasm(component)) if isinstance(component, str) else component
        dynamic = settings.pop("dynamic", True)
        limits = {f.name: settings.pop(f.name) for f in fields(Limits) if f.name in settings}
        deployment = Deployment(data, limits=Limits(**limits), **settings)
        program = WasmProgram(
            name,
            deployment,
            self.registry,
            dynamic=dynamic,
            output=lambda worker, line: self.output.append(line),
        )
        self.registry.add(name, program)
        self.programs[name] = program
        return program

    def run(self, worker: WorkerId | str, function: str, *args: Value) -> Value:
        """Invoke; what ends a callee is an `RpcError`, as for a caller."""
        worker = WorkerId(*worker.split("/")) if isinstance(worker, str) else worker
        program = self.programs.get(worker.component)
        if program is None:
            raise RpcError("not-found", f"no component {worker.component}")
        with self.locks.setdefault(worker, threading.RLock()):
            instance = self.instances.get(worker) if program.durable else None
            if instance is None:
                instance = program.instantiate(worker, self.environment)
            if program.durable:
                self.instances[worker] = instance
            invocation = MiniInvocation(self, worker)
            try:
                value = instance.call(function, args, invocation)
            except Trap as trap:
                self.instances.pop(worker, None)
                raise RpcError("remote-internal-error", trap.message) from None
            except (UnknownFunction, BadArguments) as error:
                raise RpcError("protocol-error", str(error)) from None
            finally:
                if not program.durable:
                    instance.close()
            self.journal.setdefault(worker, []).append((function, args, invocation.log, value))
            return value

    def replay(self, worker: str) -> list[tuple[Value, Value]]:
        """Run a worker's past in a fresh instance; (recorded, replayed) results."""
        target = WorkerId(*worker.split("/"))
        program = self.programs[target.component]
        instance = program.instantiate(target, self.environment)
        results = []
        for function, args, log, value in self.journal[target]:
            invocation = MiniInvocation(self, target, log)
            results.append((value, instance.call(function, args, invocation)))
            assert not invocation.past, invocation.past
        instance.close()
        return results

    def close(self) -> None:
        self.pool.shutdown()
        for instance in self.instances.values():
            instance.close()


@pytest.fixture(params=["ffi", "public"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The host's path to wasmtime, and the oracle; modules that use it run over both."""
    if request.param == "public":
        public_path.use(monkeypatch)
    return str(request.param)


@pytest.fixture
def mini() -> Iterator[MiniEngine]:
    engine = MiniEngine()
    yield engine
    engine.close()
