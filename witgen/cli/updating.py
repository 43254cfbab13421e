"""`witgen worker update`, and `--update` of `run` and `serve`: workers get the deployed build."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli import completion
from witgen.cli.applications import application_of
from witgen.cli.common import FINDINGS, Failure, Talk, fail, talkative
from witgen.cli.deploying import Deploying, Given, deploying, pair
from witgen.cli.progress import counting
from witgen.cli.reporting import explained
from witgen.cli.stores import address, opened, store_or_address
from witgen.cli.supervised import aside
from witgen.cli.table import printable, show_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runtime_shim.host import Host
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.protocol.ids import WorkerId
    from runtime_shim.update import Verdict


@click.command(
    "update",
    epilog="Example: witgen worker update sales.db a:house --deploy a:house=house.wasm --check",
)
@store_or_address
@click.argument("component", metavar="COMPONENT", shell_complete=completion.components_or_files)
@click.option(
    "--worker",
    "names",
    multiple=True,
    metavar="W",
    shell_complete=completion.worker_names,
    help="Only the worker W.",
)
@click.option("--check", is_flag=True, help="Only look, also while a host uses the store.")
@click.option("--partial", is_flag=True, help="Move those that pass, whatever the others do.")
@click.option(
    "--deploy",
    "deployed",
    multiple=True,
    metavar="NAME=FILE",
    help="The new build of COMPONENT, and components that it calls.",
)
@click.option("--link", "links", multiple=True, metavar="DIR/host", help="A generated host stub.")
@click.option(
    "--patience",
    type=click.FloatRange(0),
    metavar="S",
    help="How many seconds a host that serves waits for the ends of calls, by default 10.",
)
@deploying
@talkative
def update(
    *,
    store: str,
    component: str,
    names: tuple[str, ...],
    check: bool,
    partial: bool,
    deployed: tuple[str, ...],
    links: tuple[str, ...],
    patience: float | None,
    given: Given,
    talk: Talk,
) -> None:
    """Move the workers of COMPONENT to its new build, if that does what they did.

    The new build is that of golem.yaml, or given with --deploy. The history of each worker that
    belongs to another build is run against it: every call, host call and value has to be the
    recorded one. All workers are moved, or none; a worker in the middle of a call is not. The store
    must not be in use, except with --check.

    STORE may be the address of a host that serves. It reads the components again from where it has
    them, or from the files given with --deploy; new workers get the new builds from then on, and each
    old one is moved between two of its calls.
    """
    from runtime_shim.protocol.ids import WorkerId

    if check and partial:
        fail("APP4003", "--check changes nothing, so --partial does not apply to it")
    only = tuple(WorkerId(component, name.removeprefix(f"{component}/")) for name in names)
    if (serving := address(store)) is not None:
        if links or given != Given(None, None, (), (), {}):
            fail("APP4003", "a host that serves keeps its links, grants and limits")
        files = {name: str(Path(file).resolve()) for name, file in map(_file, deployed)}
        mode = "check" if check else "partial" if partial else "all"
        asked: dict[str, object] = {
            "components": {component: None} | files,
            "workers": list(map(list, only)),
            "mode": mode,
        } | ({} if patience is None else {"patience": patience})
        with explained():
            found = serving.update(asked)
        _shown(component, found, talk, changed=not check, partial=partial)
        return
    if patience is not None:
        fail("APP4003", "--patience applies only to the address of a host that serves")
    what = Deploying(dict(map(_file, deployed)), links=links)
    if (app := application_of(component, what.files, given, talk)) is not None:
        what.add(app)
    if component not in what.files:
        from witgen.diagnostics import did_you_mean

        hints = did_you_mean(component, what.files) or (
            f"give its new build: --deploy {shlex.quote(component)}=FILE",
        )
        fail("APP4005", f"`{component}` is not deployed", *hints)
    made = what.deployments(given, component, talk)
    found = _run(store, component, made, talk, only=only, check=check, partial=partial)
    if missing := [one for one in only if one not in {verdict.worker for verdict in found}]:
        _refuse_unknown(store, missing)
    _shown(component, found, talk, changed=not check, partial=partial)


def update_all(store: str | None, made: Mapping[str, Deployment], talk: Talk, mode: str) -> None:
    """Move the workers of a store to the builds that are deployed; all of a component's, or none."""
    if store is None:
        fail("APP4003", "--update needs --store: there is nothing else to update")
    if not Path(store).is_file():
        return
    for name, deployment in made.items():
        if deployment.durable:
            found = _run(store, name, made, talk, dynamic=mode == "dynamic")
            if found:
                _conclude(name, found, talk, changed=True, partial=False)


def update_served(host: Host, talk: Talk) -> None:
    """Move the workers of a host that has begun to its builds; all of a component's, or none."""
    from itertools import groupby

    from runtime_shim.redeploy import Update

    with explained():
        found = host.update(Update({}))
    for name, own in groupby(found, lambda one: one.worker.component):
        _conclude(name, tuple(own), talk, changed=True, partial=False)


def _run(
    store: str,
    component: str,
    made: Mapping[str, Deployment],
    talk: Talk,
    *,
    only: tuple[WorkerId, ...] = (),
    check: bool = False,
    partial: bool = False,
    dynamic: bool = True,
) -> tuple[Verdict, ...]:
    from runtime_shim.boundary import platforms

    with explained():
        platforms.require()
        from runtime_shim.update import built
        from runtime_shim.update import update as run

        there = opened(store)
        program = aside(lambda: built(made, component, dynamic=dynamic))
        with counting(f"checking {printable(component)}", "workers", talk) as progress:
            return run(
                there,
                component,
                program,
                only=only,
                check=check,
                partial=partial,
                progress=progress,
            )


def _file(item: str) -> tuple[str, str]:
    return pair(item, "--deploy", "NAME=FILE")


def _shown(
    component: str, found: tuple[Verdict, ...], talk: Talk, *, changed: bool, partial: bool
) -> None:
    show_table(("WORKER", "CALLS", "FOUND"), list(map(_row, found)), color=talk.color)
    _conclude(component, found, talk, changed=changed, partial=partial)


def _row(one: Verdict) -> tuple[str, str, str]:
    name = str(one.worker)
    return name, str(one.calls), "same" if one.problem is None else one.problem


def _conclude(
    component: str, found: tuple[Verdict, ...], talk: Talk, *, changed: bool, partial: bool
) -> None:
    """Say what was done, and fail if a worker was not moved."""
    from witgen.diagnostics import Diagnostic

    name, failed = printable(component), [one for one in found if one.problem is not None]
    moved = len(found) - len(failed) if changed and (partial or not failed) else 0
    if not found:
        talk.say(f"all workers of {name} belong to this build")
    elif moved:
        talk.say(f"moved {moved} worker{'' if moved == 1 else 's'} of {name} to this build")
    if not failed:
        return
    shown = [
        Diagnostic("RUN5013", printable(f"{component}/{one.worker.name}: {one.problem}"))
        for one in failed
    ]
    count = f"{len(failed)} of {len(found)} workers of {component} cannot be moved to this build"
    done = "the others were moved" if moved else "nothing was changed"
    others = changed and not partial and len(failed) < len(found)
    advice = ("`witgen worker update --partial` moves the others",) if others else ()
    shown.append(Diagnostic("RUN5013", f"{count}; {done}", help=advice))
    raise Failure(shown, FINDINGS)


def _refuse_unknown(store: str, missing: Iterable[WorkerId]) -> None:
    """Fail for workers that the store lacks; those of the new build are nothing to do."""
    from witgen.cli.common import USAGE
    from witgen.diagnostics import Diagnostic

    with explained(), opened(store).looking() as records:
        unknown = [one for one in missing if next(records.workers(one), None) is None]
    if unknown:
        raise Failure(
            [
                Diagnostic(
                    "RUN5008",
                    f"there is no worker `{one.component}/{one.name}` in the store",
                    help=("`witgen worker list` shows all workers",),
                )
                for one in unknown
            ],
            USAGE,
        )
