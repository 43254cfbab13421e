"""Moving workers to another build of their component, once that is seen to do what they did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from runtime_shim.engines.records import Records, Stored, WorkerInfo
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Program
from runtime_shim.replay.agreement import Text, difference, unfit


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
            known, deployment, registry, dynamic=dynamic, output=lambda data: None
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
    text: Text = repr,
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
    for count, info in enumerate(others, 1):
        yield Verdict(info.worker, info.invocations, _problem(records, info, program, text))
        progress(count)


def _problem(records: Records, info: WorkerInfo, program: Program, text: Text) -> str | None:
    """Why a worker cannot be moved."""
    worker = info.worker
    for one in records.log(worker, pending=True) if info.pending else ():
        if one.attempt > 1 or one.steps:
            return f"it is in the middle of {one.function} ({one.known_by})"
        refused = unfit(program, one.function, one.args)
        if refused is not None:
            return f"{one.function} ({one.known_by}) is queued, which this build refuses: {refused}"
    found = difference(
        program, worker, info.environment, records.history(worker), text, records.asked
    )
    return None if found is None else str(found)
