"""`witgen init`: a new application."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from witgen.cli.common import Choice, Talk, existing, fail, surroundings, talkative
from witgen.cli.manifests import refused


@click.command(
    "init",
    short_help="Make a new application from a template.",
    epilog="Example: witgen init shop --template python && cd shop && witgen build",
)
@click.argument("folder", metavar="DIR")
@click.option(
    "--template",
    type=Choice(["python", "javascript", "existing-component"]),
    default="python",
    show_default=True,
    help="The template to start from: --template javascript.",
)
@click.option(
    "--component",
    metavar="FILE.wasm",
    help="The component for existing-component: --component counter.wasm.",
)
@talkative
def command(*, folder: str, template: str, component: str | None, talk: Talk) -> None:
    """Make an application in DIR: two components, one of which calls the other.

    The template existing-component takes a component that is already built.
    """
    from witgen.app.scaffold import refuse_existing, scaffold
    from witgen.atomic import write_file

    if (template == "existing-component") != (component is not None):
        fail(
            "APP4003",
            "--template existing-component and --component FILE.wasm must be used together",
        )
    root = Path(folder).resolve()
    if root.is_file():
        fail("APP4004", f"`{folder}` is a file")
    path = existing(component, "the component") if component is not None else None
    with refused(), surroundings():
        made = scaffold(root, template, path)
        refuse_existing(root, made)
        for name, data in made.items():
            write_file(root / name, data)
    for name in made:
        talk.say(f"wrote {Path(folder, name).as_posix()}")
    ready = "npm install && " if template == "javascript" else ""
    talk.say(f"next: cd {shlex.quote(folder)} && {ready}witgen build")
