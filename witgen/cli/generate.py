"""`witgen generate`: the client of a component."""

from __future__ import annotations

import re
from collections.abc import Iterable
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.app.record import input_digest, settled
from witgen.cli.backends import Backend, backend_option, client_component
from witgen.cli.common import (
    FINDINGS,
    Choice,
    Talk,
    existing,
    fail,
    product,
    show_warnings,
    split_features,
    surroundings,
    talkative,
)
from witgen.diagnostics import counted
from witgen.emit.targets import TARGETS
from witgen.wkg.manifest import beyond

if TYPE_CHECKING:
    from witgen.client import Client
    from witgen.diagnostics import Diagnostic
    from witgen.resolve.model import Resolve

EMITS = (*TARGETS, "component")


@click.command(
    "generate",
    short_help="Generate the client of a component: WIT, host stubs, Python sources, a component.",
    epilog="Example: witgen generate house/wit -o house-client --caller caller/wit",
)
@click.argument("target", metavar="TARGET")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to generate into.")
@click.option("--world", metavar="W", help="The world of TARGET, if it has several.")
@click.option(
    "--emit",
    "emits",
    default=",".join(TARGETS),
    show_default=True,
    metavar="LIST",
    help=f"What to generate, comma-separated: {', '.join(EMITS)}.",
)
@click.option(
    "--module",
    metavar="NAME",
    help="The Python package in DIR/host, by default {world}_client; that of a component is called "
    "after its package, or its file.",
)
@click.option(
    "--kind",
    type=Choice(["durable", "ephemeral"]),
    default="durable",
    show_default=True,
    help="Whether workers of TARGET have names and keep their state.",
)
@click.option("--component-name", metavar="N", help="The name TARGET is deployed under.")
@click.option(
    "--types",
    type=Choice(["auto", "use", "inline"]),
    default="auto",
    show_default=True,
    help="Where to declare the client's types.",
)
@click.option(
    "--golem-rpc",
    type=Choice(["0.2.0", "0.2.1", "0.2.2"]),
    default="0.2.0",
    show_default=True,
    help="The version of golem:rpc that the client speaks.",
)
@click.option(
    "--with",
    "extras",
    multiple=True,
    metavar="LIST",
    help="Members beyond Golem's rules: try (errors as values, cancel), trigger (fire and forget).",
)
@click.option(
    "--sync-only",
    is_flag=True,
    help="Leave out members that wait, and with them wasi:io, for toolchains that cannot link "
    "pollables.",
)
@click.option("--features", multiple=True, metavar="F,…", help="Enable @unstable features.")
@click.option("--all-features", is_flag=True, help="Enable all @unstable features.")
@backend_option
@click.option(
    "--caller", metavar="WIT_DIR", help="Also write DIR/caller/: this WIT, importing the client."
)
@click.option(
    "--caller-world", metavar="W", help="Import the client into only this world of the caller."
)
@click.option(
    "--skip-unsupported",
    is_flag=True,
    help="Leave out, with a warning, functions whose types cannot be sent.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything would change.")
@click.option("--diff", is_flag=True, help="Print what changes, as a unified diff.")
@talkative
def command(
    *,
    target: str,
    output: str,
    world: str | None,
    emits: str,
    module: str | None,
    kind: str,
    component_name: str | None,
    types: str,
    golem_rpc: str,
    extras: tuple[str, ...],
    sync_only: bool,
    features: tuple[str, ...],
    all_features: bool,
    backend: Backend,
    caller: str | None,
    caller_world: str | None,
    skip_unsupported: bool,
    check: bool,
    diff: bool,
    talk: Talk,
) -> None:
    """Generate the client interface of TARGET (WIT) and its implementations into DIR.

    \b
    DIR/wit/          the client's WIT package, its deps complete
    DIR/host/         host stubs for dynamic linking and typed Python, a sys.path entry
    DIR/python/       the sources of the static client component
    DIR/client.wasm   the static client component, built
    DIR/caller/       the caller's WIT with the client imported

    With --emit host alone, TARGET may be any component's WIT, even one that exports nothing:
    DIR/host/ then holds typed Python to implement its imports and call its exports.
    """  # noqa: D301 -- click looks for the character that \b stands for
    wanted = _emits(emits)
    beyond = chosen_extras(extras)
    existing(target, "the target")
    if caller_world and not caller:
        fail("APP4003", "--caller-world requires --caller")
    inputs = _inputs(target, caller)
    if (count := settled(Path(output), inputs)) is not None:
        if not check:
            talk.say(f"{output}: {counted(count, 'file')}, 0 changed")
        return
    from witgen.cli.bindings import client_or_none, world_or_none
    from witgen.client import client as make_client
    from witgen.emit import generate
    from witgen.emit.host import package_files
    from witgen.load import load

    resolve = load(target, features=split_features(features), all_features=all_features)

    def make() -> Client:
        return make_client(
            resolve,
            world,
            kind=kind,
            component=component_name,
            types=types,
            golem_rpc=golem_rpc,
            extras=beyond,
            skip_unsupported=skip_unsupported,
            sync_only=sync_only,
        )

    package = _package(module, target, resolve, world) if "host" in wanted else None
    only_host = wanted == ("host",) and not caller
    warnings: list[Diagnostic] = []
    client = client_or_none(make, warnings) if only_host else make()
    files: dict[str, bytes] = {}
    if "host" in wanted:
        bound = world_or_none(
            resolve,
            world,
            component_name,
            warnings,
            skip_unsupported=skip_unsupported,
            needed=only_host,
        )
        files |= package_files(client, bound, package)
    if client is not None:
        warnings = [*client.warnings, *(w for w in warnings if w not in client.warnings)]
        files |= generate(client, [name for name in wanted if name in TARGETS and name != "host"])
        if caller:
            made, renamed = _caller(caller, client, caller_world)
            files |= made
            warnings += renamed
        if "component" in wanted:
            files["client.wasm"] = client_component(client, backend, talk)
    show_warnings(talk, warnings)
    # Repeat the warnings each time.
    inputs = None if warnings else inputs
    _finish(Path(output), dict(sorted(files.items())), inputs, check=check, diff=diff, talk=talk)


def _package(module: str | None, target: str, resolve: Resolve, world: str | None) -> str | None:
    """The requested Python package; None for the usual one."""
    from witgen.client.worlds import UNNAMED, choose, home
    from witgen.emit.pycode.names import snake

    if module is not None:
        if not module.isidentifier() or iskeyword(module):
            fail("APP4003", f"`--module` takes the name of a Python package, not `{module}`")
        return module
    if home(resolve, choose(resolve, world)) == UNNAMED:
        return f"{re.sub(r'[^A-Za-z0-9_]', '_', snake(Path(target).stem))}_client"
    return None


def _inputs(target: str, caller: str | None) -> str | None:
    """The digest of everything the command was given, except locations."""
    places = {"target", "output", "caller", "check", "diff", "color", "error_format"}
    given = click.get_current_context().params
    options = {name: value for name, value in given.items() if name not in places}
    roots = (Path(target), Path(caller) if caller else None, *beyond(Path(target)))
    return input_digest(options, roots)


def _emits(listed: str) -> tuple[str, ...]:
    wanted = [name for name in listed.replace(",", " ").split() if name]
    for name in wanted:
        if name not in EMITS:
            from witgen.diagnostics import did_you_mean

            hint = did_you_mean(name, EMITS) or (f"one of {', '.join(EMITS)}",)
            fail("APP4003", f"--emit does not know `{name}`", *hint)
    if not wanted:
        fail("APP4003", "--emit is empty", f"one of {', '.join(EMITS)}")
    return tuple(name for name in EMITS if name in wanted)


def chosen_extras(values: Iterable[str]) -> tuple[str, ...]:
    """Parse `--with try,trigger`; also used for `compose --client TARGET,with=try+trigger`."""
    known = ("try", "trigger")
    wanted = split_features(value.replace("+", ",") for value in values)
    for name in wanted:
        if name not in known:
            from witgen.diagnostics import did_you_mean

            hint = did_you_mean(name, known) or ("use try, trigger, or both",)
            fail("APP4003", f"--with does not know `{name}`", *hint)
    return wanted


def _caller(
    folder: str, client: Client, world: str | None
) -> tuple[dict[str, bytes], tuple[Diagnostic, ...]]:
    """Return the caller's WIT with the client, and what this renames in its bindings."""
    from witgen.client.caller import Caller
    from witgen.diagnostics import WitError
    from witgen.emit.python.caller_modules import renamed_modules

    root = existing(folder, "the caller's WIT")
    if not root.is_dir():
        fail("APP4003", f"--caller takes a WIT folder, and `{folder}` is a file")
    with surroundings():
        files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
    caller = Caller(files)
    made = caller.with_client(client, world=world)
    try:
        renamed = renamed_modules(caller.resolve(), made.resolve())
    except WitError:
        renamed = ()  # it could not be built before: it already imports the client
    return {f"caller/{path}": data for path, data in made.files.items()}, renamed


def _finish(
    folder: Path,
    files: dict[str, bytes],
    inputs: str | None,
    *,
    check: bool,
    diff: bool,
    talk: Talk,
) -> None:
    from witgen.app.files import plan, unified_diff, write_tree

    with surroundings():
        planned = plan(folder, files)
    made = planned.changes
    _refuse_foreign(planned.foreign)
    if diff:
        product(unified_diff(made), None)
    for change in made:
        if change.kind == "edited":
            talk.warn(f"warning: {folder / change.path} was edited by hand")
    if check:
        for change in made:
            talk.say(f"{change.kind:>8}  {folder / change.path}")
        if made:
            talk.say(f"{len(made)} of {len(files)} files differ from what would be generated")
            raise click.exceptions.Exit(FINDINGS)
        return
    for change in made:
        talk.detail(f"{change.kind:>8}  {folder / change.path}")
    with surroundings():
        write_tree(planned, inputs)
    talk.say(f"{folder}: {counted(len(files), 'file')}, {len(made)} changed")


def _refuse_foreign(path: Path | None) -> None:
    if path is not None:
        fail(
            "APP4004",
            f"`{path}` exists and was not generated by witgen",
            "move it away or generate into another folder",
        )
