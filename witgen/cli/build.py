"""`witgen build`: everything that golem.yaml declares, and only what changed."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from witgen.cli import completion
from witgen.cli.ahead import compile_ahead
from witgen.cli.common import (
    FINDINGS,
    USAGE,
    Failure,
    Talk,
    existing,
    fail,
    surroundings,
    talkative,
)
from witgen.diagnostics import DiagnosticError

if TYPE_CHECKING:
    from witgen.app.building import Request
    from witgen.app.plan import Task
    from witgen.app.schedule import Outcome
    from witgen.diagnostics import Diagnostic


@click.command(
    "build",
    short_help="Build what golem.yaml declares, and only what changed.",
    epilog="Example: witgen build --explain-rebuild",
)
@click.argument(
    "components", metavar="[COMPONENT]...", nargs=-1, shell_complete=completion.components
)
@click.option(
    "--manifest",
    metavar="FILE",
    help="The manifest; by default the golem.yaml in this folder or above.",
)
@click.option(
    "--step",
    "step_names",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.steps,
    help="Run only this step: generate, componentize, compose or metadata. --step generate",
)
@click.option("--profile", metavar="NAME", help="The profile to build: --profile release.")
@click.option(
    "--backend",
    type=click.Choice(["python", "native"]),
    help="How clients of static dependencies are built, now and from now on.",
)
@click.option("--force", is_flag=True, help="Rebuild everything.")
@click.option(
    "--check", is_flag=True, help="Run and write nothing; exit 1 if anything would be built."
)
@click.option("--diff", is_flag=True, help="With --check, print the differences in generated WIT.")
@click.option("--explain-rebuild", is_flag=True, help="Explain why each task runs; -v does, too.")
@click.option(
    "--no-compile",
    is_flag=True,
    help="Leave compiling for this machine to the first run.",
)
@click.option("--watch", is_flag=True, help="Build again whenever a source changes, until Ctrl-C.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N", help="Number of parallel jobs: --jobs 4."
)
@talkative
def command(
    *,
    components: tuple[str, ...],
    manifest: str | None,
    step_names: tuple[str, ...],
    profile: str | None,
    backend: str | None,
    force: bool,
    check: bool,
    diff: bool,
    explain_rebuild: bool,
    no_compile: bool,
    watch: bool,
    jobs: int | None,
    talk: Talk,
) -> None:
    """Build COMPONENTs; by default those in this folder and below.

    \b
    generate      generatedWit: the WIT with the clients of the dependencies
    componentize  the build commands, and the clients themselves
    compose       static-wasm-rpc and wasm dependencies, composed in
    metadata      linkedWasm, which carries the component's name
    """  # noqa: D301 -- click looks for the character that \b stands for
    start = Path.cwd()
    path = Path(existing(manifest, "the manifest")) if manifest is not None else None
    if watch and check:
        fail("APP4003", "--check runs nothing, so --watch does not apply to it")
    if not force and not watch:
        from witgen.app.settled import settled

        if (known := settled(start, path, components, step_names, [profile, backend])) is not None:
            ledger, count = known
            if ledger.digests.dirty and not check:
                with surroundings():
                    ledger.save()
            talk.say(_current(count))
            return
    from witgen.app.building import Request
    from witgen.app.steps import steps

    try:
        request = Request(
            start, path, components, steps(step_names), profile, backend,
            force, check, diff, jobs or os.cpu_count() or 1,
        )  # fmt: skip
        show = functools.partial(
            _build,
            talk=talk,
            diff=diff,
            explain=explain_rebuild or talk.verbose,
            compiled=not no_compile,
        )
        if watch:
            from witgen.cli.watching import watched

            with surroundings():
                watched(request, show, talk)
        show(request)
    except DiagnosticError as error:
        raise Failure(error.diagnostics, USAGE) from error


def _build(request: Request, talk: Talk, *, diff: bool, explain: bool, compiled: bool) -> None:
    from witgen.app.building import run
    from witgen.diagnostics import Severity

    begin = time.perf_counter()
    with surroundings(), _listening(talk, explain=explain) as listener:
        made, outcome = run(request, listener)
    talk.show(made.app.warnings)
    if request.check:
        _tell_check(outcome, talk, diff=diff, explain=explain)
    talk.show(d for d in outcome.diagnostics if d not in listener.shown)
    if skipped := [_verb(name) for name in outcome.skipped if not name.startswith("bindings ")]:
        talk.say(f"not tried: {', '.join(skipped)}")
    if any(d.severity is Severity.ERROR for d in outcome.diagnostics):
        raise click.exceptions.Exit(FINDINGS)
    if request.check and outcome.done:
        raise click.exceptions.Exit(FINDINGS)
    if compiled and not request.check and any(name.startswith(_FINISH) for name in outcome.done):
        # Also what an earlier build finished before it failed.
        built = [one for one in made.app.components.values() if one.linked_wasm.is_file()]
        compile_ahead(built, talk)
    if not outcome.done:
        talk.say(_current(len(made.app.components)))
    elif not request.check:
        talk.say(
            f"{len(outcome.done)} done, {outcome.current} up to date,"
            f" {time.perf_counter() - begin:.1f} s"
        )


def _current(count: int) -> str:
    return f"everything is up to date: {count} component{'s' if count != 1 else ''}"


def _tell_check(outcome: Outcome, talk: Talk, *, diff: bool, explain: bool) -> None:
    for name, why in outcome.done.items():
        talk.say(f"would {_verb(name)}")
        if explain:
            _explain(why, talk)
    if diff and outcome.drift:
        from dataclasses import replace

        from witgen.app.files import unified_diff
        from witgen.app.manifest.find import shown

        for folder, made in sorted(outcome.drift.items()):
            prefix = Path(shown(folder)).as_posix()
            moved = tuple(replace(change, path=f"{prefix}/{change.path}") for change in made)
            click.echo(unified_diff(moved), nl=False)


_FINISH = "metadata "
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

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        """Record when the task began."""
        self.began[task.name] = time.perf_counter()
        if self.explain:
            self.talk.say(f"{_verb(task.name)}, because")
            _explain(why, self.talk)

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        """Report how it went, and what was wrong; a document for machines comes in the end."""
        took = time.perf_counter() - self.began.pop(task.name)
        how = self.talk.paint("failed", "red") if failed else self.talk.paint("  done", "green")
        self.talk.say(f"{how}  {_verb(task.name)}" + (f", {took:.1f} s" if took >= 0.1 else ""))
        if self.talk.format == "text":
            self.talk.show(found)
            self.shown += found


class _Live(_Lines):
    """Also shows the running tasks, for a person at a terminal."""

    def __init__(self, talk: Talk, progress: Any, *, explain: bool) -> None:
        super().__init__(talk, explain=explain)
        self.progress = progress
        self.rows: dict[str, Any] = {}

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        """Show the running tasks."""
        super().begins(task, why)
        self.rows[task.name] = self.progress.add_task(_verb(task.name), total=None)

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        """Remove the line."""
        self.progress.remove_task(self.rows.pop(task.name))
        super().ends(task, failed=failed, found=found)


@contextmanager
def _listening(talk: Talk, *, explain: bool) -> Iterator[_Lines]:
    if not talk.draws:
        yield _Lines(talk, explain=explain)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not talk.color, highlight=False, soft_wrap=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Live(talk, progress, explain=explain)
