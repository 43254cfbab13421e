"""`witgen build`: everything that golem.yaml declares, and only what changed."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import click

from witgen.cache import any_compiled
from witgen.cli import completion
from witgen.cli.building import build, current
from witgen.cli.common import (
    USAGE,
    Choice,
    Failure,
    Talk,
    existing,
    fail,
    surroundings,
    talkative,
)
from witgen.diagnostics import DiagnosticError


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
    type=Choice(["python", "native"]),
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
    if not force and not watch and (no_compile or check or any_compiled()):
        from witgen.app.settled import settled

        if (known := settled(start, path, components, step_names, [profile, backend])) is not None:
            ledger, count = known
            if ledger.digests.dirty and not check:
                with surroundings():
                    ledger.save()
            talk.say(current(count))
            return
    from witgen.app.building import Request
    from witgen.app.steps import steps

    try:
        request = Request(
            start, path, components, steps(step_names), profile, backend,
            force, check, diff, jobs or os.cpu_count() or 1,
        )  # fmt: skip
        show = functools.partial(
            build,
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
