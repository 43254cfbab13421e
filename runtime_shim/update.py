"""Moving workers to another build of their component, once that is seen to do what they did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from runtime_shim.engines.records import Records, Repairs, Stored, WorkerInfo
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import StillBusy, StoreError
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.seams import Engine, Program
from runtime_shim.replay.agreement import Text, difference, unfit
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.values.wave_format import format_untyped
from runtime_shim.values.witvalue import encode, encode_result

_TRIES = 10  # looks at a worker that is called meanwhile


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a worker of another build.

    Attributes:
        worker: The worker.
        calls: How many calls its history has.
        problem: Why it cannot be moved; None if it can.
    """

    worker: WorkerId
    calls: int
    problem: str | None


def built(components: Mapping[str, Deployment], name: str, *, dynamic: bool = True) -> WasmProgram:
    """A component as a host with these components would deploy it, without one.

    Raises:
        OSError: A component cannot be read.
        InvalidComponent: It is not a component.
        LinkError: the imports of the one named cannot be provided.
    """
    registry = Registry()
    programs: dict[str, WasmProgram] = {}
    for known, deployment in components.items():
        programs[known] = WasmProgram(
            known, deployment, registry, dynamic=dynamic, output=lambda worker, line: None
        )
        registry.add(known, programs[known])
    programs[name].link()
    return programs[name]


def update(
    store: Stored,
    component: str,
    program: Program,
    *,
    only: Iterable[WorkerId] = (),
    check: bool = False,
    partial: bool = False,
    text: Text = format_untyped,
    progress: Callable[[int], None] = lambda workers: None,
) -> tuple[Verdict, ...]:
    """Move the durable workers of other builds to a build; all of them, or none.

    Args:
        store: Where they are; no host may use it, except for a `check`.
        component: The name of their component.
        program: The build.
        only: The workers; by default all.
        check: Only look; nothing is changed.
        partial: Move those that can be moved, whatever the others do.
        text: Writes values.
        progress: Called with the number of workers so far.

    Raises:
        StoreError: it is in use, damaged, or cannot be written.
    """
    chosen = frozenset(only)
    if check:
        with store.looking() as records:
            return tuple(_verdicts(records, component, program, chosen, text, progress))
    with store.repairing() as repairs:
        found = tuple(_verdicts(repairs, component, program, chosen, text, progress))
        moved = [one.worker for one in found if one.problem is None]
        if moved and (partial or len(moved) == len(found)):
            repairs.move(moved, component, program.digest, program.binary or b"")
    return found


def _verdicts(
    records: Records,
    component: str,
    program: Program,
    only: frozenset[WorkerId],
    text: Text,
    progress: Callable[[int], None],
) -> Iterator[Verdict]:
    others = [
        info
        for info in records.workers()
        if info.worker.component == component
        and info.durable
        and info.build != program.digest
        and (not only or info.worker in only)
    ]
    views = _Views(records, program)
    for count, info in enumerate(others, 1):
        problem = _problem(records, info, program, text, views)
        yield Verdict(info.worker, info.invocations, problem)
        progress(count)


class _Views:
    """What guests see of calls through `golem:rpc`, whose values have the types of the callee.

    Their journals do not keep it: it is made again of recorded values by the types of today.
    """

    def __init__(self, records: Records, program: Program) -> None:
        self._records = records
        self._program = program
        self._builds: dict[tuple[str, str], WasmProgram | None] = {}

    def of(self, info: WorkerInfo) -> Callable[[Past], str | None]:
        """Finds what would be seen otherwise of a worker's calls."""
        now = self._program
        before = self._build(info.worker.component, info.build)
        if before is None or not isinstance(now, WasmProgram):
            return lambda past: None
        return lambda past: _other_view(before, now, past)

    def _build(self, component: str, digest: str) -> WasmProgram | None:
        build = component, digest
        if build not in self._builds:
            program: Program | None = None
            with suppress(StoreError):  # without it, only values are compared
                binary = self._records.binary(*build)
                program = None if binary is None else self._program.earlier(binary)
            self._builds[build] = program if isinstance(program, WasmProgram) else None
        return self._builds[build]


def _other_view(before: WasmProgram, now: WasmProgram, past: Past) -> str | None:
    """What a caller would see otherwise."""
    was, is_ = before.signature(past.function), now.signature(past.function)
    if was == is_:
        return None
    given = zip(was.params, is_.params, past.args, strict=True)
    for (_, one), (name, other), value in given:
        if encode(one, value) != encode(other, value):
            return f"takes a value of another type for {name}"
    if encode_result(was.result, past.result) != encode_result(is_.result, past.result):
        return "gives a value of another type"
    return None


def _problem(
    records: Records, info: WorkerInfo, program: Program, text: Text, views: _Views
) -> str | None:
    """Why a worker cannot be moved."""
    worker = info.worker
    for one in records.log(worker, pending=True) if info.pending else ():
        if one.attempt > 1 or one.steps:
            return f"it is in the middle of {one.function} ({one.known_by})"
        refused = unfit(program, one.function, one.args)
        if refused is not None:
            return f"{one.function} ({one.known_by}) is queued, which this build refuses: {refused}"
    history, seen = records.history(worker), views.of(info)
    found = difference(program, worker, info.environment, history, text, records.asked, seen)
    return None if found is None else str(found)


def update_worker(
    engine: Engine, handler: WorkerHandler, program: Program, worker: WorkerId
) -> str | None:
    """Move a worker of a running host to the deployed build; why not, or None.

    Its calls go on while its history is looked at; what they add to it is looked at again.

    Raises:
        StoreError: There is no store or no such worker, or it cannot be written.
    """
    if not isinstance(engine, SqliteEngine):
        raise StoreError("there is no store")
    name = f"{worker.component}/{worker.name}"

    def move(repairs: Repairs) -> bool:
        if next(repairs.workers(worker)) != info:
            return False
        repairs.move([worker], worker.component, program.digest, program.binary or b"")
        handler.unload(worker)
        return True

    for _ in range(_TRIES):
        engine.journal.sync()
        with engine.stored.looking() as records:
            info = next(records.workers(worker), None)
            if info is None:
                raise StoreError(f"the store has no worker {name}")
            if info.build == program.digest or not info.durable:
                return None
            views = _Views(records, program)
            problem = _problem(records, info, program, format_untyped, views)
        if problem is not None:
            return problem
        try:
            if engine.moved(worker, move):
                return None
        except StillBusy as busy:
            problem = busy.message
    return problem or f"{name} has calls all the time"
