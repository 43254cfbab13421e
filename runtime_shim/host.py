"""The host as a library: deploy components, invoke their workers."""

from __future__ import annotations

import functools
import threading
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, Unpack

from runtime_shim.boundary.context import frames, nested, running
from runtime_shim.errors import UnknownComponent, first_wins
from runtime_shim.golem.promises import PromiseProgram
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment, to_stderr
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, COMPONENT, promise_worker
from runtime_shim.protocol.records import Environment
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.values import Value
from runtime_shim.values.types import FunctionType
from runtime_shim.wasi.cli import Output

if TYPE_CHECKING:
    from os import PathLike

    from runtime_shim.boundary.interrupts import Interrupts
    from runtime_shim.manifests import Options
    from runtime_shim.protocol.health import Health
    from runtime_shim.protocol.seams import Engine, Program
    from runtime_shim.redeploy import Update
    from runtime_shim.update import Verdict

Linking = Literal["dynamic", "static"]


class Host:
    """Components, deployed on an engine.

    Args:
        engine: Where invocations are queued and recorded; the host starts and closes it.
        components: The deployments, by name. The order does not matter.
        mode: `dynamic` links client imports; `static` rejects components that have any.
        output: Takes the lines that guests print (see `Output`); by default stderr.
        warm: How many idle workers keep their instance, by default 256 (2,000 under a budget). Beyond
            that, the least recently called one is unloaded, and rebuilt when called again.
        memory_budget: The most memory that the process should have resident, such as `2 GiB`; above
            that, idle workers are unloaded as well. On Linux.
        snapshots: Whether workers are taken now and then, so that those that left memory, or were
            there when a process ended, come back without running all of their history again.
        interruptible: Whether `interrupt` may be called.

    Attributes:
        engine: The engine.

    Raises:
        OSError: A component cannot be read, or a granted folder does not exist.
        InvalidComponent: It is not a component.
        LinkError: its imports cannot be provided (`OpenImport`: a client import in static mode).
        StoreError: the engine's store belongs to other components.
        ValueError: `memory_budget` is not a size.
        UnsupportedPlatform: The system does not say how much memory is resident.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        components: Mapping[str, Deployment],
        mode: Linking = "dynamic",
        output: Output = to_stderr,
        warm: int | None = None,
        memory_budget: int | str | None = None,
        snapshots: bool = False,
        interruptible: bool = False,
    ) -> None:
        self.engine = engine
        self._interrupts: Interrupts | None = None
        if interruptible:
            from runtime_shim.boundary.interrupts import Interrupts

            self._interrupts = Interrupts()
        self._updating = threading.Lock()
        self._registry = Registry()
        self._programs: dict[str, WasmProgram] = {}
        make, handle = WasmProgram, WorkerHandler
        if snapshots:
            from runtime_shim.snapshots.handler import kinds

            make, handle = kinds(engine)
        for name, deployment in components.items():
            if deployment.grants.directories:
                from runtime_shim.wasi.files import paths

                paths.check(deployment.grants.directories)
            program = make(
                name,
                deployment,
                self._registry,
                dynamic=mode == "dynamic",
                output=output,
                interrupts=self._interrupts,
            )
            self._programs[name] = program
            self._registry.add(name, self._programs[name])
        self._registry.worker_exists = engine.worker_exists
        self._registry.serving = self._serving
        self._registry.clock = engine.clock
        for program in self._programs.values():
            program.link()
        programs: dict[str, Program] = {COMPONENT: PromiseProgram(), **self._programs}
        budget = None
        if memory_budget is not None:
            from runtime_shim.replay.budget import WARM, Budget

            warm, budget = WARM if warm is None else warm, Budget(memory_budget)
        self._handler = handle(programs, capacity=warm, budget=budget)
        engine.start(self._handler)

    @classmethod
    def from_manifest(
        cls,
        manifest: str | PathLike[str] = "golem.yaml",
        *,
        engine: Engine,
        **options: Unpack[Options],
    ) -> Self:
        """A host of the application that a golem.yaml, or a folder's, declares, as it is built.

        The other arguments are those of the class, and go before what the manifest says.

        Raises:
            ModuleNotFoundError: The package `witgen`, which reads it, is not installed.
            witgen.WitError: It has errors, or a component is not built; see also the class.
        """
        from runtime_shim.manifests import read

        found = read(manifest, options)
        return cls(engine=engine, components=found.components, **found.options)

    def invoke(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
        environment: Environment | None = None,
        timeout: float | None = None,
    ) -> Value:
        """Run a function once for `key` of the worker and return its result, within `timeout` seconds if given.

        `worker` None is a new one, the same whenever the key is. `environment` is what the worker
        is created with, by default its deployment's.

        Raises:
            TimedOut: It is not over by then. It goes on, and `key` will give its result.
            UnknownComponent, UnknownFunction, BadArguments: nothing was queued.
            KeyReused: The key belongs to a call of another function or with other arguments.
            InvocationFailed: It trapped, and another attempt would not help.
            Busy: An import calls its own worker, or one that waits for it.
        """
        key = key or str(uuid.uuid4())
        target = _target(component, worker, key)
        if running.stack:
            nested(target, function)
        program = self._serving(target)
        given = environment or program.deployment.environment
        args = program.normal(function, args)
        return self.engine.invoke(target, function, args, key, given, timeout)

    def send(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
        due: float | None = None,
        environment: Environment | None = None,
    ) -> str:
        """Queue a function to run once for `key` of the worker, without waiting; returns the key.

        It runs in order after earlier calls of the worker; or at `due`, in seconds since the epoch.
        `worker` None is a new one, the same whenever the key is.

        Raises:
            UnknownComponent, UnknownFunction, BadArguments: nothing was queued.
            KeyReused: The key belongs to a call of another function or with other arguments.
        """
        key = key or str(uuid.uuid4())
        target = _target(component, worker, key)
        if running.stack:
            frames()
        program = self._serving(target)
        given = environment or program.deployment.environment
        args = program.normal(function, args)
        self.engine.send(target, function, args, key, given, due)
        return key

    def cancel(self, component: str, worker: str | None, key: str) -> bool:
        """Cancel a call unless it has ended; return whether it was cancelled.

        One that waits for another attempt is not tried again, and an interruptible host interrupts one
        that runs; what it has done stays done. `component`, `worker` and `key` are those that it was
        sent with.
        """
        interrupts, look = self._interrupts, None
        if interrupts is not None:
            engines = {program.engine for program in self._programs.values()}
            look = functools.partial(interrupts.look, engines)
        return self.engine.cancel(_target(component, worker, key), key, look)

    def status(self, component: str, worker: str | None, key: str) -> str | None:
        """`pending`, `running`, `done`, `failed`, `cancelled`, or None for an unknown call."""
        return self.engine.status(_target(component, worker, key), key)

    def functions(self, component: str) -> tuple[str, ...]:
        """The invocation names of a component."""
        return tuple(export.name for export in self._program(component).names.all)

    def durable(self, component: str) -> bool:
        """Whether the workers of a component keep their state."""
        return self._program(component).durable

    def signature(self, component: str, function: str, worker: str | None = None) -> FunctionType:
        """The type of a function; of a worker's, which may belong to an earlier build, where given.

        Raises:
            UnknownComponent, UnknownFunction: with similar names.
            BadArguments: A type of the function cannot be sent.
        """
        if worker is None:
            return self._program(component).signature(function)
        return self._serving(WorkerId(component, worker)).signature(function)

    def complete_promise(self, component: str, worker: str, index: int, data: bytes) -> bool:
        """Complete the promise that a worker created (its `oplog-idx` is `index`).

        Returns whether it was the first to do so.
        """
        target = promise_worker(WorkerId(component, worker).uri, index)
        return bool(self.engine.invoke(target, COMPLETE, (data,), str(uuid.uuid4()), Environment()))

    def update(self, update: Update) -> tuple[Verdict, ...]:
        """Deploy other builds, and move workers to them that would have done the same there.

        Other workers are served meanwhile.

        Raises:
            OSError, InvalidComponent, LinkError: A build cannot be used; nothing was changed.
            UnknownComponent: A component is not deployed.
            StoreError: There is no store, or it cannot be written.
        """
        from runtime_shim.redeploy import redeploy

        with self._updating:
            return redeploy(self.engine, self._handler, self._registry, self._programs, update)

    def interrupt(self) -> None:
        """Interrupt all guests of an interruptible host, which can only be closed afterwards.

        What they were doing stays queued in the store.
        """
        if self._interrupts is not None:
            self._interrupts.interrupt({program.engine for program in self._programs.values()})

    @property
    def health(self) -> Health:
        """Whether the store can be written; if not, whether calls wait for it or fail."""
        return self.engine.health

    def drain(self, *, everything: bool = False) -> None:
        """Deliver the calls of this host that are queued and due, and what they call.

        What an earlier process left is delivered meanwhile, and waited for with `everything`.
        Raises `Busy` in an import, whose own call is not over.
        """
        if running.stack:
            nested(None, "drain")
        self.engine.drain(everything=everything)

    def close(self) -> None:
        """Stop the engine and unload all workers."""
        self._handler.settle()
        self.engine.close()
        self._handler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with first_wins(error, "the host could not be closed"):
            self.close()

    def _serving(self, worker: WorkerId) -> WasmProgram:
        """What serves a worker."""
        found = self.engine.serving(worker)
        return found if isinstance(found, WasmProgram) else self._program(worker.component)

    def _program(self, component: str) -> WasmProgram:
        program = self._programs.get(component)
        if program is None:
            known = ", ".join(f"`{name}`" for name in self._programs) or "none"
            raise UnknownComponent(f"no component is deployed as `{component}`; deployed: {known}")
        return program


def _target(component: str, worker: str | None, key: str) -> WorkerId:
    """The worker that is called; a new one has a name that follows from the key."""
    if worker is None:
        from runtime_shim.protocol.keys import new_worker

        worker = new_worker(component, key)
    return WorkerId(component, worker)
