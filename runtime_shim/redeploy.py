"""Other builds for a host that serves: deployed without a restart, and workers moved to them."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from runtime_shim.engines.records import Managed, managed
from runtime_shim.errors import StillBusy, StoreError, UnknownComponent
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.seams import Program
from runtime_shim.replay.agreement import Rehearsal
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.update import Verdict, Views, packed, refusal, verdicts
from runtime_shim.values import Value
from runtime_shim.values.wave_format import format_untyped

PATIENCE = 10.0
"""How many seconds an update waits for calls, unless it says so."""

_SOON = 0.5  # seconds that the first look at a worker waits for its call


@dataclass(frozen=True, slots=True)
class Update:
    """What a host is to do while it serves.

    Attributes:
        builds: Components to deploy again, by name, each read now. Without any, workers are moved
            to what is deployed.
        only: The workers to move; by default all of `builds`, or of what is deployed.
        check: Only look; nothing is changed.
        partial: Deploy the builds and move the workers that can be moved, whatever the others do.
            Without it nothing is changed if there is a worker that would have done something else.
        patience: How many seconds to wait in all for calls that workers are in the middle of.
    """

    builds: Mapping[str, Deployment]
    only: frozenset[WorkerId] = frozenset()
    check: bool = False
    partial: bool = False
    patience: float = PATIENCE


def redeploy(
    engine: object,
    handler: WorkerHandler,
    registry: Registry,
    programs: dict[str, WasmProgram],
    asked: Update,
) -> tuple[Verdict, ...]:
    """Do what is asked of a host.

    A worker in the middle of a call is moved after it. It keeps its build if that takes too long, or
    if what it did since the first look is not what the other build would have done.

    Args:
        engine: The host's engine.
        handler: What it delivers to.
        registry: The deployed components as their callers find them.
        programs: The deployed components, which are replaced.
        asked: What to do.

    Raises:
        OSError, InvalidComponent, LinkError: A build cannot be used; nothing was changed.
        UnknownComponent: A component is not deployed.
        StoreError: There is no store, or it cannot be read or written.
    """
    store = managed(engine)
    for name in {*asked.builds, *(worker.component for worker in asked.only)}:
        if name not in programs:
            raise UnknownComponent(f"no component is deployed as `{name}`")
    with store.stored.looking() as records:
        for worker in asked.only:
            if next(records.workers(worker), None) is None:
                raise StoreError(f"the store has no worker {worker}")
    names = [name for name in asked.builds or programs if programs[name].durable]
    before = dict(programs)
    try:
        made = _made(registry, programs, asked.builds) if asked.builds else programs
        if asked.check or not asked.partial:
            with store.stored.looking() as records:
                found = tuple(
                    verdict
                    for name in names
                    for verdict in verdicts(records, name, made[name], asked.only, waits=True)
                )
            if asked.check or any(one.problem is not None for one in found):
                return found
        if asked.builds:
            _deploy(store, handler, programs, made)
        before = made
    finally:
        for name, program in before.items():
            registry.add(name, program)
    return tuple(_moved(store, handler, programs, names, asked))


def _made(
    registry: Registry, programs: Mapping[str, WasmProgram], builds: Mapping[str, Deployment]
) -> dict[str, WasmProgram]:
    """All components with other builds of some, linked to each other in the registry."""
    made = {name: program.relinked() for name, program in programs.items()}
    for name, deployment in builds.items():
        old = programs[name]
        made[name] = type(old)(
            name,
            deployment,
            registry,
            dynamic=old.dynamic,
            output=old.output,
            interrupts=old.interrupts,
        )
    for name, program in made.items():
        registry.add(name, program)
    for program in made.values():
        program.link()
    return made


def _deploy(
    store: Managed,
    handler: WorkerHandler,
    programs: dict[str, WasmProgram],
    made: Mapping[str, WasmProgram],
) -> None:
    """Serve new workers with what was made; old ones keep their builds, but not their old grants."""
    alike = {name for name in made if _settings(made[name]) == _settings(programs[name])}
    store.deployed(made, alike)
    programs.update(made)
    if len(alike) < len(made):
        with store.stored.looking() as records:
            for info in records.workers():
                if info.worker.component in made.keys() - alike:
                    handler.unload(info.worker)


def _settings(program: WasmProgram) -> Deployment:
    return replace(program.deployment, component=b"")


def _moved(
    store: Managed,
    handler: WorkerHandler,
    programs: Mapping[str, WasmProgram],
    names: Iterable[str],
    asked: Update,
) -> list[Verdict]:
    """Move workers one by one: first those that can be soon, then the others."""
    end = time.monotonic() + asked.patience
    movers = {name: Mover(store, handler, programs[name]) for name in names}
    with store.stored.looking() as records:
        left = [
            info
            for info in records.workers()
            if info.worker.component in movers
            and info.durable
            and info.build != programs[info.worker.component].digest
            and (not asked.only or info.worker in asked.only)
        ]
    found: dict[WorkerId, Verdict] = {}
    busy = []
    for patience in (_SOON, asked.patience):
        for info in left:
            seconds = max(min(patience, end - time.monotonic()), 0.0)
            problem: str | None
            try:
                problem = movers[info.worker.component].move(info.worker, seconds)
            except StillBusy as error:
                busy.append(info)
                problem = error.message
            found[info.worker] = Verdict(info.worker, info.invocations, problem)
        left, busy = busy, []
    return list(found.values())


class Mover:
    """Moves workers of a host that serves to a build that is deployed there.

    Args:
        store: The host's store.
        handler: What has its workers.
        program: The build.
    """

    def __init__(self, store: Managed, handler: WorkerHandler, program: Program) -> None:
        self._store = store
        self._handler = handler
        self._program = program
        self._views = Views(self._binary, program)
        self._packed = functools.cache(lambda: packed(program))

    def move(self, worker: WorkerId, patience: float) -> str | None:
        """Move a worker at the end of the call that it is in the middle of; why not, or None.

        It serves while its history is looked at, and waits only for a look at what it did meanwhile.

        Raises:
            StillBusy: That call is not over within `patience` seconds.
            StoreError: There is no such worker, or the store cannot be written.
        """
        with self._store.stored.looking() as records:
            info = next(records.workers(worker), None)
        if info is None:
            raise StoreError(f"the store has no worker {worker}")
        if info.build == self._program.digest or not info.durable:
            return None
        with self._views.rehearsal(info, format_untyped, self._asked) as rehearsal:
            problem = self._difference(rehearsal, worker)
            if problem is None:
                with self._store.between(worker, patience):
                    problem = self._difference(rehearsal, worker) or self._queued(worker)
                    if problem is None:
                        self._give(worker)
        return problem

    def _difference(self, rehearsal: Rehearsal, worker: WorkerId) -> str | None:
        with self._store.stored.looking() as records:
            found = rehearsal.difference(records.history(worker, rehearsal.seq))
        return None if found is None else str(found)

    def _queued(self, worker: WorkerId) -> str | None:
        refused = (refusal(self._program, *call) for call in self._store.queued(worker))
        return next(filter(None, refused), None)

    def _give(self, worker: WorkerId) -> None:
        """Have a worker that is held belong to the build."""
        build = (worker.component, self._program.digest, self._packed())
        self._store.changed(worker, lambda repairs: repairs.move([worker], *build))
        self._handler.unload(worker)

    def _asked(self, call: CallId) -> tuple[Value, ...] | None:
        with self._store.stored.looking() as records:
            return records.asked(call)

    def _binary(self, component: str, digest: str) -> bytes | None:
        with self._store.stored.looking() as records:
            return records.binary(component, digest)
