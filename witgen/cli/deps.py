"""`witgen deps`: the dependencies of WIT, without the network."""

from __future__ import annotations

import os
from pathlib import Path

import click

from witgen.cli.common import FINDINGS, Talk, existing, fail, surroundings, talkative
from witgen.diagnostics import counted

_wit = click.option(
    "--wit",
    "folder",
    metavar="DIR",
    default="wit",
    show_default=True,
    help="The folder of the WIT.",
)


@click.group(
    "deps",
    short_help="Check and copy the dependencies of WIT; nothing is fetched.",
    epilog="Example: witgen deps add house.wasm",
)
def command() -> None:
    """The packages in `deps`, where WIT has what it depends on. Nothing is ever fetched."""


@command.command("check", epilog="Example: witgen deps check --wit wit")
@_wit
@talkative
def check(*, folder: str, talk: Talk) -> None:
    """Compare `deps` with wkg.lock: missing packages, other versions, digests."""
    from witgen.app.locked import check as compare
    from witgen.diagnostics import Severity
    from witgen.wkg.lock import NAME, find

    wit = _folder(folder)
    file = find(wit)
    if file is None:
        fail("APP4001", f"there is no {NAME} in `{wit}` or beside it")
    found = compare(wit, file)
    talk.show(found)
    errors = sum(each.severity is Severity.ERROR for each in found)
    talk.say(
        f"{file}: {counted(errors, 'problem')}" if errors else f"{file}: `deps` agrees with it"
    )
    if errors:
        raise click.exceptions.Exit(FINDINGS)


@command.command("add", epilog="Example: witgen deps add ../shared/wit house.wasm")
@click.argument("sources", metavar="[PATH|COMPONENT.wasm]...", nargs=-1)
@_wit
@click.option(
    "--python-path",
    multiple=True,
    metavar="DIR",
    help="Where Python packages are installed; the active environment unless given.",
)
@talkative
def add(*, sources: tuple[str, ...], folder: str, python_path: tuple[str, ...], talk: Talk) -> None:
    """Copy into `deps` what the WIT needs, and what each PATH has, with all that it needs.

    Packages are taken from PATH, from what wkg.toml names, from installed Python packages that have
    a componentize-py.toml, and from the cache of wkg.
    """
    from witgen.app.vendoring import installed, vendor
    from witgen.atomic import write_file

    wit = _folder(folder)
    given = [existing(source, "the source") for source in sources]
    places = [existing(place, "the folder") for place in python_path]
    vendored = vendor(wit, given, places or installed(os.environ))
    with surroundings():
        for name, data in vendored.files.items():
            if data is None:
                (wit / name).unlink()
                continue
            (wit / name).parent.mkdir(parents=True, exist_ok=True)
            write_file(wit / name, data)
    for name in vendored.kept:
        talk.say(f"{name} is in {wit / 'deps'} already")
    for name, origin in vendored.added.items():
        talk.say(f"added {name} from {origin}")
    if not vendored.added:
        talk.say("nothing to add")


def _folder(path: str) -> Path:
    wit = existing(path, "the WIT")
    if not wit.is_dir():
        fail("APP4001", f"`{wit}` is not a folder: only a folder of WIT has `deps`")
    return wit
