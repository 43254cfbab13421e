"""Run the tasks that have to run, in dependency order and in parallel."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from witgen.app.componentize import ToolMissingError
from witgen.app.files import Change, plan
from witgen.app.ledger import Entry, Ledger
from witgen.app.listing import files
from witgen.app.manifest.find import shown
from witgen.app.plan import Bind, Generate, MakeClient, Task
from witgen.app.reasons import contents, reasons
from witgen.app.work import Workshop
from witgen.diagnostics import Diagnostic, DiagnosticError
from witgen.value import replace


class Listener(Protocol):
    """Receives the progress of a build."""

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        """A task begins."""

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        """A task has ended; `found` are its errors that no other task had."""


@dataclass(slots=True)
class Outcome:
    """The outcome of a build.

    Attributes:
        done: The tasks that were done, each with the reasons.
        current: How many were up to date.
        skipped: Tasks that did not start because others failed.
        diagnostics: The failures.
        drift: In a check, what the generated folders should contain instead.
    """

    done: dict[str, tuple[str, ...]] = field(default_factory=dict)
    current: int = 0
    skipped: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    drift: dict[Path, tuple[Change, ...]] = field(default_factory=dict)


def check(
    tasks: Mapping[str, Task], workshop: Workshop, ledger: Ledger, *, force: bool, diff: bool
) -> Outcome:
    """Find what a build would do, without running or writing anything.

    Generated files are made in memory and compared, so that a fresh checkout of a project counts as
    up to date if it is.

    Args:
        tasks: The tasks to consider.
        workshop: What generates in memory.
        ledger: The record of earlier builds.
        force: Whether everything would run.
        diff: Whether to collect all differences, including files that do not exist yet.
    """
    outcome = Outcome()
    would: set[str] = set()
    for name in TopologicalSorter(_graph(tasks)).static_order():
        task = tasks[name]
        if isinstance(task.action, Bind):
            continue  # a convenience, which a fresh checkout has not
        why = (
            ("--force was given",)
            if force
            else reasons(task, ledger.tasks.get(name), ledger.digests)
        )
        before = [need for need in task.needs if need in would]
        pure = isinstance(task.action, Generate | MakeClient)
        if why and pure and not force and (diff or _anything(task)):
            try:
                drift = _drift(task, workshop)
            except DiagnosticError as error:
                outcome.diagnostics += error.diagnostics
                would.add(name)
                continue
            outcome.drift |= drift
            why = why if drift else ()
        elif not why and before and not pure:
            why = (f"`{before[0]}` runs before it and may change its inputs",)
        if why:
            would.add(name)
            outcome.done[name] = why
        else:
            outcome.current += 1
    return outcome


def _anything(task: Task) -> bool:
    """Whether a task's folder exists and might be up to date."""
    return any(
        Path(made.base, pattern).exists() for made in task.makes for pattern in made.patterns
    )


def _drift(task: Task, workshop: Workshop) -> dict[Path, tuple[Change, ...]]:
    assert isinstance(task.action, Generate | MakeClient)
    folders = workshop.files(task.action).items()
    found = {folder: plan(folder, files).changes for folder, files in folders}
    return {folder: made for folder, made in found.items() if made}


def _graph(tasks: Mapping[str, Task]) -> dict[str, list[str]]:
    return {name: [n for n in task.needs if n in tasks] for name, task in tasks.items()}


def build(
    tasks: Mapping[str, Task],
    workshop: Workshop,
    ledger: Ledger,
    listener: Listener,
    *,
    force: bool,
    jobs: int,
) -> Outcome:
    """Run the tasks that have to run; a failure stops only its dependants.

    Args:
        tasks: The tasks to consider.
        workshop: What runs the tasks.
        ledger: The record of earlier builds; it is updated and saved.
        listener: Receives the progress.
        force: Whether everything has to run.
        jobs: How many tasks run in parallel.

    Raises:
        OSError: The record cannot be written.
    """
    made = _Build(tasks, workshop, ledger, listener, force)
    # What takes no program waits for none: it says early what is wrong.
    with ThreadPoolExecutor(jobs) as pool, ThreadPoolExecutor(1) as quick:
        try:
            made.run(pool.submit, quick.submit, jobs)
        except BaseException:
            workshop.processes.stop()
            raise
        finally:
            ledger.save()
    return made.outcome


_Why = tuple[str, ...]


@dataclass(slots=True)
class _Build:
    tasks: Mapping[str, Task]
    workshop: Workshop
    ledger: Ledger
    listener: Listener
    force: bool
    outcome: Outcome = field(default_factory=Outcome)

    def run(
        self,
        submit: Callable[..., Future[None]],
        soon: Callable[..., Future[None]],
        jobs: int,
    ) -> None:
        """Run the tasks; each is examined only at its turn, when its predecessors have finished.

        Args:
            submit: Runs something beside `jobs - 1` others.
            soon: Runs something at once, beside those.
            jobs: How many run in parallel.
        """
        sorter = TopologicalSorter(_graph(self.tasks))
        sorter.prepare()
        checking: dict[Future[None], tuple[Task, _Why]] = {}
        generating: dict[Future[None], tuple[Task, dict[str, str]]] = {}
        running: dict[Future[None], tuple[Task, dict[str, str]]] = {}
        waiting: deque[tuple[Task, _Why]] = deque()
        failed: set[str] = set()
        while sorter.is_active():
            ready = deque(sorter.get_ready())
            while ready:
                name = ready.popleft()
                task = self.tasks[name]
                if any(need in failed for need in task.needs):
                    failed.add(name)
                    self.outcome.skipped.append(name)
                    sorter.done(name)
                elif not (why := self._why(task)):
                    self.outcome.current += 1
                    sorter.done(name)
                elif isinstance(task.action, Generate | MakeClient):
                    generating[soon(self.workshop.do, task)] = task, self._begin(task, why)
                else:
                    checking[soon(self.workshop.check, task)] = task, why
                ready += sorter.get_ready() if sorter.is_active() else ()
            while waiting and len(running) < jobs:
                task, why = waiting.popleft()
                running[submit(self.workshop.do, task)] = task, self._begin(task, why)
            under_way = {*checking, *generating, *running}
            if not under_way:
                continue
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                if future in checking:
                    task, why = checking.pop(future)
                    if (error := future.exception()) is None:
                        waiting.append((task, why))
                        continue
                    self.outcome.done[task.name] = why
                    self.listener.begins(task, why)
                    succeeded = self._ended(task, error)
                else:
                    task, inputs = (generating if future in generating else running).pop(future)
                    succeeded = self._end(task, inputs, future)
                if not succeeded:
                    failed.add(task.name)
                sorter.done(task.name)

    def _why(self, task: Task) -> tuple[str, ...]:
        if self.force:
            return ("--force was given",)
        return reasons(task, self.ledger.tasks.get(task.name), self.ledger.digests)

    def _begin(self, task: Task, why: tuple[str, ...]) -> dict[str, str]:
        """Forget that it was done, even if the build is killed now: its products change."""
        self.outcome.done[task.name] = why
        self.listener.begins(task, why)
        if self.ledger.tasks.pop(task.name, None) is not None:
            self.ledger.save()
        return contents(task.reads, self.ledger.digests)

    def _end(self, task: Task, inputs: dict[str, str], future: Future[None]) -> bool:
        succeeded = self._ended(task, future.exception())
        made = {path for listing in task.makes for path in files(listing)}
        self.ledger.digests.forget(made)
        if not succeeded or self.workshop.processes.stopped:
            return False
        outputs = contents(task.makes, self.ledger.digests)
        self.ledger.tasks[task.name] = Entry(task.params, inputs, outputs)
        return True

    def _ended(self, task: Task, error: BaseException | None) -> bool:
        """Report the end of a task; whether it succeeded."""
        found = [] if error is None else self._new(task, error)
        self.listener.ends(task, failed=error is not None, found=found)
        self.outcome.diagnostics += found
        return error is None

    def _new(self, task: Task, error: BaseException) -> list[Diagnostic]:
        """The errors of a task: several tasks may read the same faulty file."""
        known = self.outcome.diagnostics
        return [found for found in map(_near, _diagnostics(task, error)) if found not in known]


def _near(diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic with file paths as shown to people."""
    place = diagnostic.place
    return replace(
        diagnostic,
        place=place and replace(place, file=shown(place.file)),
        labels=tuple(
            replace(label, place=replace(label.place, file=shown(label.place.file)))
            for label in diagnostic.labels
        ),
    )


def _diagnostics(task: Task, error: BaseException) -> tuple[Diagnostic, ...]:
    if isinstance(error, DiagnosticError):
        return error.diagnostics
    if isinstance(error, ToolMissingError):
        return (Diagnostic("APP4104", str(error)),)
    if isinstance(error, OSError):
        where = f"`{error.filename}`: " if error.filename else ""
        return (Diagnostic("APP4002", f"{task.name}: {where}{error.strerror or error}"),)
    raise error
