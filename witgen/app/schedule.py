"""Doing what has to be done: in order of need, side by side, and never more than that."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from witgen.app.componentize import ToolMissingError
from witgen.app.files import Change, changes
from witgen.app.ledger import Entry, Ledger
from witgen.app.listing import files
from witgen.app.manifest.find import shown
from witgen.app.plan import Generate, MakeClient, Task
from witgen.app.reasons import contents, reasons
from witgen.app.work import Workshop
from witgen.diagnostics import Diagnostic, DiagnosticError
from witgen.value import replace


class Listener(Protocol):
    """Who is told how a build goes on."""

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        """A task is begun."""

    def ends(self, task: Task, *, failed: bool) -> None:
        """A task is over."""


@dataclass(slots=True)
class Outcome:
    """How a build went.

    Attributes:
        done: The tasks that were done, each with the reasons.
        current: How many were up to date.
        skipped: Tasks that were not begun because others failed.
        diagnostics: What failed.
        drift: In a check, what the generated folders should hold instead.
    """

    done: dict[str, tuple[str, ...]] = field(default_factory=dict)
    current: int = 0
    skipped: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    drift: dict[Path, tuple[Change, ...]] = field(default_factory=dict)


def check(
    tasks: Mapping[str, Task], workshop: Workshop, ledger: Ledger, *, force: bool, diff: bool
) -> Outcome:
    """What a build would do; nothing is run or written.

    What is generated is made in memory and compared, so that a fresh copy of a project counts as up
    to date where it is.

    Args:
        tasks: What to look at.
        workshop: Where things are made in memory.
        ledger: What was done before.
        force: Whether everything would be done.
        diff: Whether all differences are wanted, those from nothing, too.
    """
    outcome = Outcome()
    would: set[str] = set()
    for name in TopologicalSorter(_graph(tasks)).static_order():
        task = tasks[name]
        why = ("it is forced",) if force else reasons(task, ledger.tasks.get(name), ledger.digests)
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
            why = (f"`{before[0]}` comes before it, and may change what it reads",)
        if why:
            would.add(name)
            outcome.done[name] = why
        else:
            outcome.current += 1
    return outcome


def _anything(task: Task) -> bool:
    """Whether a task's folder exists, and might be as it should be."""
    return any(
        Path(made.base, pattern).exists() for made in task.makes for pattern in made.patterns
    )


def _drift(task: Task, workshop: Workshop) -> dict[Path, tuple[Change, ...]]:
    assert isinstance(task.action, Generate | MakeClient)
    folders = workshop.files(task.action).items()
    found = {folder: changes(folder, files) for folder, files in folders}
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
    """Do what has to be done; what does not depend on a failure goes on.

    Args:
        tasks: What to look at.
        workshop: Where it is done.
        ledger: What was done before; it is kept up to date and saved.
        listener: Who is told.
        force: Whether everything has to be done.
        jobs: How many tasks run side by side.

    Raises:
        OSError: The record cannot be written.
    """
    made = _Build(tasks, workshop, ledger, listener, force)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            made.run(pool.submit, jobs)
        except BaseException:
            workshop.processes.stop()
            raise
        finally:
            ledger.save()
    return made.outcome


@dataclass(slots=True)
class _Build:
    tasks: Mapping[str, Task]
    workshop: Workshop
    ledger: Ledger
    listener: Listener
    force: bool
    outcome: Outcome = field(default_factory=Outcome)

    def run(self, submit: Callable[..., Future[None]], jobs: int) -> None:
        """Do it; a task is looked at when it is its turn, so that it sees what came before."""
        sorter = TopologicalSorter(_graph(self.tasks))
        sorter.prepare()
        running: dict[Future[None], tuple[Task, dict[str, str]]] = {}
        failed: set[str] = set()
        ready: deque[str] = deque()
        while sorter.is_active():
            ready += sorter.get_ready()
            while ready and len(running) < jobs:
                name = ready.popleft()
                task = self.tasks[name]
                if any(need in failed for need in task.needs):
                    failed.add(name)
                    self.outcome.skipped.append(name)
                    sorter.done(name)
                elif why := self._why(task):
                    running[submit(self.workshop.do, task)] = task, self._begin(task, why)
                else:
                    self.outcome.current += 1
                    sorter.done(name)
                ready += sorter.get_ready() if sorter.is_active() else ()
            if not running:
                continue
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                task, inputs = running.pop(future)
                if not self._end(task, inputs, future):
                    failed.add(task.name)
                sorter.done(task.name)

    def _why(self, task: Task) -> tuple[str, ...]:
        if self.force:
            return ("it is forced",)
        return reasons(task, self.ledger.tasks.get(task.name), self.ledger.digests)

    def _begin(self, task: Task, why: tuple[str, ...]) -> dict[str, str]:
        """Forget that it was done, also for a build that is killed now."""
        self.outcome.done[task.name] = why
        self.listener.begins(task, why)
        if self.ledger.tasks.pop(task.name, None) is not None:
            self.ledger.save()
        return contents(task.reads, self.ledger.digests)

    def _end(self, task: Task, inputs: dict[str, str], future: Future[None]) -> bool:
        error = future.exception()
        self.listener.ends(task, failed=error is not None)
        made = {path for listing in task.makes for path in files(listing)}
        self.ledger.digests.forget(made)
        if error is None:
            if self.workshop.processes.stopped:
                return False
            outputs = contents(task.makes, self.ledger.digests)
            self.ledger.tasks[task.name] = Entry(task.params, inputs, outputs)
            return True
        known = self.outcome.diagnostics  # several tasks may read the same faulty file
        known += [found for found in map(_near, _diagnostics(task, error)) if found not in known]
        return False


def _near(diagnostic: Diagnostic) -> Diagnostic:
    """A diagnostic whose files are named as people see them."""
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
