"""Moving workers to another build of their component, once that is seen to do what they did."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass

from runtime_shim.engines.records import UNKNOWN, Records, Stored, WorkerInfo
from runtime_shim.errors import ShimError, StoreError
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.seams import Program
from runtime_shim.replay.agreement import Asked, Rehearsal, Seen, Text
from runtime_shim.values import Value
from runtime_shim.values.wave_format import format_untyped
from runtime_shim.values.witvalue import encode, encode_result

_FINISH = "a host that is given the store finishes it, `witgen worker cancel` drops it"


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
            return tuple(verdicts(records, component, program, chosen, text, progress))
    with store.repairing() as repairs:
        found = tuple(verdicts(repairs, component, program, chosen, text, progress))
        moved = [one.worker for one in found if one.problem is None]
        if moved and (partial or len(moved) == len(found)):
            repairs.move(moved, component, program.digest, packed(program))
    return found


def packed(program: Program) -> bytes:
    """The bytes of a build as a store keeps them."""
    return zlib.compress(program.binary or b"", 1)


def verdicts(
    records: Records,
    component: str,
    program: Program,
    only: frozenset[WorkerId],
    text: Text = format_untyped,
    progress: Callable[[int], None] = lambda workers: None,
    *,
    waits: bool = False,
) -> Iterator[Verdict]:
    """What is found of the durable workers of other builds.

    With `waits` a worker in the middle of a call can be moved: after it.
    """
    others = [
        info
        for info in records.workers()
        if info.worker.component == component
        and info.durable
        and info.build != program.digest
        and (not only or info.worker in only)
    ]
    views = Views(records.binary, program)
    for count, info in enumerate(others, 1):
        problem = _queued(records, info, program, waits=waits)
        if problem is None:
            with views.rehearsal(info, text, records.asked) as rehearsal:
                found = rehearsal.difference(records.history(info.worker))
                problem = None if found is None else str(found)
        yield Verdict(info.worker, info.invocations, problem)
        progress(count)


class Views:
    """What guests see of calls through `golem:rpc`, whose values have the types of the callee.

    Their journals do not keep it: it is made again of recorded values by the types of today.

    Args:
        binary: Finds the bytes of a build.
        program: The build that workers are to have.
    """

    def __init__(self, binary: Callable[[str, str], bytes | None], program: Program) -> None:
        self._binary = binary
        self._program = program
        self._builds: dict[tuple[str, str], WasmProgram | None] = {}

    def rehearsal(
        self, info: WorkerInfo, text: Text, asked: Asked
    ) -> AbstractContextManager[Rehearsal]:
        """A worker in the new build, before its first call."""
        now = self._program
        before = self._build(info.worker.component, info.build)
        seen: Seen = lambda past: None  # noqa: E731
        if before is not None and isinstance(now, WasmProgram):
            seen = functools.partial(_other_view, before, now)
        return closing(Rehearsal(now, info.worker, info.environment, text, asked, seen))

    def _build(self, component: str, digest: str) -> WasmProgram | None:
        build = component, digest
        if build not in self._builds:
            program: Program | None = None
            with suppress(StoreError):  # without it, only values are compared
                binary = self._binary(*build)
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


def _queued(records: Records, info: WorkerInfo, program: Program, *, waits: bool) -> str | None:
    """Why a worker cannot be moved for what it has to do."""
    for one in records.log(info.worker, pending=True) if info.pending else ():
        if one.attempt > 1 or one.steps or one.state == "running":
            if waits:
                continue
            return f"it is in the middle of {one.function} ({one.known_by}); {_FINISH}"
        if one.function == UNKNOWN:
            continue
        refused = refusal(program, one.function, one.known_by, one.args)
        if refused is not None:
            return refused
    return None


def refusal(program: Program, function: str, known_by: str, args: tuple[Value, ...]) -> str | None:
    """Why a build cannot take a call that is queued; None if it can."""
    try:
        program.check(function, args)
    except ShimError as error:
        return f"{function} ({known_by}) is queued, which this build refuses: {error}"
    return None
