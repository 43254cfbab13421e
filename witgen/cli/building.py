"""A build, as commands show it: its tasks, and what is wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from witgen.cli.ahead import compile_ahead
from witgen.cli.common import FINDINGS, Talk, product, surroundings
from witgen.diagnostics import counted

if TYPE_CHECKING:
    from witgen.app.building import Request
    from witgen.app.command import Processes
    from witgen.app.plan import Task
    from witgen.app.schedule import Outcome
    from witgen.diagnostics import Diagnostic


def build(
    request: Request,
    talk: Talk,
    *,
    diff: bool = False,
    explain: bool = False,
    compiled: bool = True,
    processes: Processes | None = None,
    also: Callable[[Task, bool | None], None] | None = None,
) -> None:
    """Build, and say what is done and what is wrong.

    Args:
        request: What to build.
        talk: How to say it.
        diff: Whether a check prints the differences.
        explain: Whether to say why each task runs.
        compiled: Whether to compile what was built for this machine.
        processes: What can end the build's commands from another thread.
        also: Called with each task that begins (None), succeeds (True) or fails (False).

    Raises:
        DiagnosticError: The manifest is wrong, or there is no such component.
        click.exceptions.Exit: Something failed, or a check found something to do.
    """
    from witgen.app.building import run
    from witgen.diagnostics import Severity

    begin = time.perf_counter()
    with surroundings(), _listening(talk, explain=explain) as listener:
        listener.also = also
        made, outcome = run(request, listener, processes)
    talk.show(made.app.warnings)
    if request.check:
        _tell_check(outcome, talk, diff=diff, explain=explain)
    talk.show(d for d in outcome.diagnostics if d not in listener.shown)
    if listener.went_on:  # what was done since may hide it
        talk.say(f"failed: {', '.join(listener.failed)}")
    if skipped := [_verb(name) for name in outcome.skipped if not name.startswith("bindings ")]:
        talk.say(f"not tried: {', '.join(skipped)}")
    if any(d.severity is Severity.ERROR for d in outcome.diagnostics):
        raise click.exceptions.Exit(FINDINGS)
    if request.check and outcome.done:
        raise click.exceptions.Exit(FINDINGS)
    if compiled and not request.check:
        # Also what an earlier build finished before it failed, or what the cache has no more.
        built = [one for one in made.app.components.values() if one.linked_wasm.is_file()]
        compile_ahead(built, talk)
    if not made.app.components:
        talk.warn("warning: golem.yaml declares no component: list some under `components`")
    elif not outcome.done:
        talk.say(current(len(made.app.components)))
    elif not request.check:
        talk.say(
            f"{len(outcome.done)} done, {outcome.current} up to date,"
            f" {time.perf_counter() - begin:.1f} s"
        )


def current(count: int) -> str:
    """What is said where there is nothing to do."""
    return f"everything is up to date: {counted(count, 'component')}"


def _tell_check(outcome: Outcome, talk: Talk, *, diff: bool, explain: bool) -> None:
    for name, why in outcome.done.items():
        talk.say(f"would {_verb(name)}")
        if explain:
            _explain(why, talk)
    if diff and outcome.drift:
        from witgen.app.files import unified_diff
        from witgen.app.manifest.find import shown
        from witgen.value import replace

        for folder, made in sorted(outcome.drift.items()):
            prefix = Path(shown(folder)).as_posix()
            moved = tuple(replace(change, path=f"{prefix}/{change.path}") for change in made)
            product(unified_diff(moved), None)


_VERBS = {
    "bindings": "write the bindings of",
    "client": "generate the client of",
    "build-client": "build the client of",
}


def _verb(name: str) -> str:
    """Describe a task by what it does."""
    kind, _, rest = name.partition(" ")
    if kind == "build":
        component, _, number = rest.rpartition(" ")
        return f"build {component}" + ("" if number == "1" else f", command {number}")
    if kind == "metadata":
        return f"finish {rest}"
    return f"{_VERBS.get(kind, kind)} {rest}"


def _explain(why: tuple[str, ...], talk: Talk) -> None:
    for reason in why:
        talk.say(f"    {reason}")


class _Lines:
    """Reports the tasks on stderr, one per line."""

    def __init__(self, talk: Talk, *, explain: bool) -> None:
        self.talk, self.explain = talk, explain
        self.began: dict[str, float] = {}
        self.shown: list[Diagnostic] = []
        self.failed: list[str] = []
        self.went_on = False
        self.also: Callable[[Task, bool | None], None] | None = None

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        """Record when the task began."""
        self.began[task.name] = time.perf_counter()
        if self.also is not None:
            self.also(task, None)
        if self.explain:
            self.talk.say(f"{_verb(task.name)}, because")
            _explain(why, self.talk)

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        """Report how it went, and what was wrong; a document for machines comes in the end."""
        from witgen.app.plan import Bind, Generate, MakeClient

        took = time.perf_counter() - self.began.pop(task.name)
        if self.also is not None:
            self.also(task, not failed)
        if self.failed and not isinstance(task.action, Bind | Generate | MakeClient):
            self.went_on = True  # with a program, which takes long and may have printed
        if failed:
            self.failed.append(_verb(task.name))
        how = self.talk.paint("failed", "red") if failed else self.talk.paint("  done", "green")
        self.talk.say(f"{how}  {_verb(task.name)}" + (f", {took:.1f} s" if took >= 0.1 else ""))
        if self.talk.format == "text":
            self.talk.show(found)
            self.shown += found


class _Live(_Lines):
    """Also shows the running tasks, for a person at a terminal.

    Rich erases as many lines as it drew last. If one thread draws while another prints, it erases
    what was printed; so everything happens under one lock, and Rich's own thread is off.
    """

    def __init__(self, talk: Talk, progress: Any, *, explain: bool) -> None:
        super().__init__(talk, explain=explain)
        self.progress = progress
        self.rows: dict[str, Any] = {}
        self.lock = threading.RLock()
        self.over = threading.Event()

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        """Show the running tasks."""
        with self.lock:
            super().begins(task, why)
            self.rows[task.name] = self.progress.add_task(_verb(task.name), total=None)

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        """Remove the line."""
        with self.lock:
            self.progress.remove_task(self.rows.pop(task.name))
            super().ends(task, failed=failed, found=found)

    def draw(self) -> None:
        """Draw the spinners and times until it is over."""
        while not self.over.wait(0.1):
            with self.lock:
                self.progress.refresh()


@contextmanager
def _listening(talk: Talk, *, explain: bool) -> Iterator[_Lines]:
    if not talk.draws:
        yield _Lines(talk, explain=explain)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not talk.color, highlight=False, soft_wrap=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        live = _Live(talk, progress, explain=explain)
        drawing = threading.Thread(target=live.draw, daemon=True)
        drawing.start()
        try:
            yield live
        finally:
            live.over.set()
            drawing.join()
