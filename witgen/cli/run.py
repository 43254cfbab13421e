"""`witgen run`: one invocation on the durable host."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli import completion
from witgen.cli.applications import application_of, declared_here
from witgen.cli.common import Choice, Talk, fail, product, talkative
from witgen.cli.deploying import Deploying, Given, deploying, env_option, pair
from witgen.cli.engines import Engines, on_engine
from witgen.cli.hosting import Running
from witgen.cli.reporting import explained, spoken
from witgen.cli.supervised import supervised

if TYPE_CHECKING:
    from runtime_shim.host import Host
    from runtime_shim.protocol.ids import WorkerId

DEFAULT_WORKER = "default"
_NEITHER = "give a file, or deploy a component with --deploy"


@click.command(
    "run",
    short_help="Call a function of a component, durably and exactly once.",
    context_settings={"ignore_unknown_options": True},
    epilog="Example: witgen run caller.wasm 'a:caller/api.{sell}' '\"hall\"' 3 "
    "--deploy a:house=house.wasm --key sale-1 --store sales.db",
)
@click.argument(
    "component", metavar="COMPONENT|FILE.wasm", shell_complete=completion.components_or_files
)
@click.argument(
    "function", metavar="[FUNCTION]", required=False, shell_complete=completion.functions
)
@click.argument("args", metavar="[ARG]...", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--worker",
    default=DEFAULT_WORKER,
    show_default=True,
    shell_complete=completion.worker_names,
    help="The worker's name.",
)
@click.option("--key", help="The idempotency key: the call runs once for it.")
@click.option(
    "--store",
    metavar="FILE",
    shell_complete=completion.files,
    help="The journal's file; without it, the journal lasts for this call only.",
)
@click.option(
    "--deploy",
    "deployed",
    multiple=True,
    metavar="NAME=FILE",
    help="A component that can be called.",
)
@click.option("--ephemeral", multiple=True, metavar="NAME", help="Deploy NAME as ephemeral.")
@click.option("--link", "links", multiple=True, metavar="DIR/host", help="A generated host stub.")
@env_option
@click.option("--arg", "arguments", multiple=True, metavar="A", help="The worker's arguments.")
@click.option(
    "--mode",
    type=Choice(["dynamic", "static"]),
    default="dynamic",
    show_default=True,
    help="static refuses open client imports.",
)
@click.option(
    "--update",
    is_flag=True,
    help="First move the workers of the store to the deployed builds, as `witgen worker update`.",
)
@on_engine(serves=False)
@deploying
@talkative
def command(
    *,
    component: str,
    function: str | None,
    args: tuple[str, ...],
    worker: str,
    key: str | None,
    store: str | None,
    engine: Engines,
    deployed: tuple[str, ...],
    ephemeral: tuple[str, ...],
    links: tuple[str, ...],
    env: tuple[str, ...],
    arguments: tuple[str, ...],
    mode: str,
    update: bool,
    given: Given,
    talk: Talk,
) -> None:
    """Call FUNCTION of a component; arguments and the result are WAVE text.

    FUNCTION is ns:pkg/iface.{f}, or f if no other interface has it. Without it, the functions are
    listed, each with an example of a call.

    COMPONENT is a file, or a component of golem.yaml, whose whole application is then deployed as
    built. Client imports are linked to the components given with --deploy, by a stub given with
    --link or else by convention. What guests print goes to stderr.

    With --engine restate, the call runs on a host that serves the component (`witgen serve`); here the
    component only says what types there are.
    """
    from runtime_shim.protocol.ids import WorkerId
    from runtime_shim.protocol.records import Environment
    from runtime_shim.values import wave
    from witgen.cli.functions import check_component, full_name, listing, values

    _refuse_options(args)
    chosen = engine.chosen()
    what = Deploying(
        dict(pair(item, "--deploy", "NAME=FILE") for item in deployed), ephemeral, links
    )
    if (app := application_of(component, what.files, given, talk)) is not None:
        what.add(app)
    file = Path(what.files.get(component, component))
    function = function and full_name(component, function, file)
    name = _target(component, function or "", what.files)
    check_component(file)
    if not function:
        product(listing(component, file) + "\n", None)
        return
    _check_ephemeral(what.ephemeral, what.files)
    environment = Environment(what.variables(name, env), arguments)
    deployed_ = what.deployments(given, name, talk)
    if update and chosen.remote:
        fail(
            "APP4003",
            "--update applies only to a store",
            "hosts move the workers of a server: `witgen serve --engine restate --update`",
        )
    if update:
        from witgen.cli.updating import update_all

        update_all(store, deployed_, talk, mode)

    def called(host: Host) -> str | None:
        signature = host.signature(name, function, worker)
        values_ = values(component, file, function, signature, args)
        value = host.invoke(name, worker, function, values_, key=key, environment=environment)
        result = None if signature.result is None else wave.format(value, signature.result)
        if not chosen.remote:
            host.drain()
        return result

    target = WorkerId(name, worker)
    call = f"{target} at {function.removeprefix(f'{name}/')}"
    with (
        spoken(talk, target) as output,
        explained(call, _after_failure(store, target, durable=name not in what.ephemeral)),
    ):
        running = Running(chosen, talk, output)
        result = supervised(
            lambda: running.run(deployed_, called, mode=mode, snapshots=what.snapshots),
            running.interrupt,
        )
    if result is not None:
        product(result + "\n", None)


def _after_failure(store: str | None, worker: WorkerId, *, durable: bool) -> tuple[str, ...]:
    """What to do about a call that failed; an ephemeral worker serves no other."""
    if store is None:
        return ()
    target = f"{shlex.quote(store)} {shlex.quote(str(worker))}"
    log = f"`witgen worker log {target}` shows what it did"
    revive = f"`witgen worker revive {target}` lets it serve again"
    return (log, revive) if durable else (log,)


def _refuse_options(args: tuple[str, ...]) -> None:
    """An argument may start with one dash (a negative number), but not with two."""
    for arg in args:
        if arg.startswith("--"):
            from witgen.diagnostics import did_you_mean

            known = [name for p in command.params for name in p.opts if name.startswith("--")]
            fail("APP4003", f"no such option: `{arg}`", *did_you_mean(arg, known))


def _target(component: str, function: str, files: dict[str, str]) -> str:
    """Return the name of the component to call; a file not yet deployed is added to `files`."""
    if component in files:
        return component
    for name, file in files.items():
        if Path(file) == Path(component):
            return name
    if not component.endswith(".wasm") and not Path(component).exists():
        from witgen.diagnostics import nearest

        known = {name: name for name in (*files, *declared_here())}
        known |= {name.rpartition(":")[2]: name for name in known}
        near = nearest(component, known)
        hint = f"did you mean `{known[near]}`?" if near else _NEITHER
        fail("APP4005", f"`{component}` is neither a file nor the name of a component", hint)
    owner, _, _ = function.partition("/")
    package = owner.partition("@")[0].partition(".{")[0].removesuffix("-exports")
    name = package if ":" in package else Path(component).stem
    if name in files:
        fail(
            "APP4005",
            f"`{name}` is deployed from `{files[name]}`, and {function} belongs to it",
            f"deploy `{component}` under another name with --deploy NAME={component}",
        )
    files[name] = component
    return name


def _check_ephemeral(names: tuple[str, ...], files: dict[str, str]) -> None:
    from witgen.diagnostics import did_you_mean

    for name in names:
        if name not in files:
            hints = did_you_mean(name, files) or (f"deployed: {', '.join(sorted(files))}",)
            fail("APP4005", f"--ephemeral names `{name}`, which is not deployed", *hints)
