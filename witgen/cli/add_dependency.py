"""`witgen add-dependency`: add a dependency to golem.yaml."""

from __future__ import annotations

import os
from pathlib import Path

import click

from witgen.cli import completion
from witgen.cli.common import Choice, Talk, existing, fail, surroundings, talkative
from witgen.cli.manifests import opened, refused


@click.command(
    "add-dependency",
    short_help="Add a dependency to golem.yaml, or change how it is bound.",
    epilog="Example: witgen add-dependency shop:cart --target shop:stock --type static-wasm-rpc",
)
@click.argument("component", metavar="COMPONENT", shell_complete=completion.components)
@click.option(
    "--target",
    metavar="NAME",
    shell_complete=completion.components,
    help="A component of the application: --target shop:stock.",
)
@click.option(
    "--path", metavar="FILE", help="A component or WIT from elsewhere: --path lib/tax.wasm."
)
@click.option(
    "--type",
    "type_",
    type=Choice(["wasm-rpc", "static-wasm-rpc", "wasm"]),
    default="wasm-rpc",
    show_default=True,
    help="How it is bound: --type static-wasm-rpc.",
)
@click.option("--manifest", metavar="FILE", help="The manifest: --manifest app/golem.yaml.")
@talkative
def command(
    *,
    component: str,
    target: str | None,
    path: str | None,
    type_: str,
    manifest: str | None,
    talk: Talk,
) -> None:
    """Make COMPONENT depend on another. Comments and the rest of the manifest are kept."""
    from witgen.app.building import chosen
    from witgen.app.edit import Wanted, add_dependency
    from witgen.app.manifest.find import shown
    from witgen.atomic import write_file

    if (target is None) == (path is None):
        fail("APP4003", "give either --target or --path", "--target shop:stock")
    with refused():
        app = opened(manifest).app
        chosen(app, [name for name in (component, target) if name is not None])
        file = _manifest(app.components[component].folder, app.manifests)
        if path is not None:
            path = Path(os.path.relpath(existing(path, "the path"), file.parent)).as_posix()
        with surroundings():
            text = file.read_text("utf-8")
        wanted = Wanted(component, type_, "path" if path else "target", path or target or "")
        made = add_dependency(text, shown(file), wanted)
    if made == text:
        talk.say(f"{shown(file)}: `{component}` already has this dependency")
        return
    with surroundings():
        write_file(file, made.encode())
    talk.say(f"{shown(file)}: `{component}` depends on `{wanted.value}` ({type_})")
    talk.say("`witgen build` adds the client to its generated WIT")


def _manifest(folder: Path, manifests: tuple[Path, ...]) -> Path:
    return next(path for path in manifests if path.parent == folder)
