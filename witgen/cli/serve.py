"""`witgen serve`: the application on a loopback HTTP endpoint."""

from __future__ import annotations

import functools
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli import completion
from witgen.cli.common import Failure, Talk, fail, surroundings, talkative
from witgen.cli.deploying import Deploying, Given, deploying, env_option, port_option
from witgen.cli.engines import Engines, on_engine
from witgen.cli.hosting import Running
from witgen.cli.manifests import opened, refused
from witgen.cli.reporting import explained, spoken
from witgen.cli.stores import read_token
from witgen.cli.supervised import supervised
from witgen.diagnostics import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runtime_shim.host import Host
    from runtime_shim.program.deployment import Deployment
    from witgen.app.access import Log
    from witgen.app.listening import Asked, Later, Listener, Reply

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command(
    "serve",
    short_help="Serve the application on a loopback HTTP endpoint.",
    epilog="Example: witgen serve --port 9006 --store app.db",
)
@port_option
@click.option(
    "--store",
    metavar="FILE",
    shell_complete=completion.files,
    help="The journal's file; without it, the journal ends with this process.",
)
@click.option(
    "--warm",
    type=click.IntRange(0),
    metavar="N",
    help="How many idle workers to keep in memory, by default 256, or 2000 under a budget; the others "
    "are rebuilt from the journal when called.",
)
@click.option(
    "--memory-budget",
    callback=lambda ctx, param, value: _size(value),
    metavar="SIZE",
    help="The most memory that the process should have resident, such as 2GiB: above that, idle workers "
    "are unloaded. On Linux.",
)
@click.option(
    "--snapshots",
    is_flag=True,
    help="Keep what workers are in the store now and then, so that they come back without running all of "
    "their history again.",
)
@click.option(
    "--manage",
    metavar="[HOST:]PORT",
    help="Where to answer management calls (list, log, health, cancel, revive, delete, update), by "
    "default nowhere; another host than 127.0.0.1 needs --token-file.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="A file with the token that management calls must bear.",
)
@click.option(
    "--access-log",
    metavar="FILE",
    help="Where to write a line for each request, in the Common Log Format; `-` is stderr.",
)
@click.option(
    "--update",
    is_flag=True,
    help="First move the workers of the store to the deployed builds, as `witgen worker update`.",
)
@on_engine(serves=True)
@env_option
@deploying
@talkative
def command(
    *,
    port: int,
    store: str | None,
    engine: Engines,
    warm: int | None,
    memory_budget: int | None,
    snapshots: bool,
    manage: str | None,
    token_file: str | None,
    access_log: str | None,
    update: bool,
    env: tuple[str, ...],
    given: Given,
    talk: Talk,
) -> None:
    """Deploy the built application and answer requests of Golem's worker API until stopped.

    /v1/components/ID/workers/NAME/invoke-and-await?function=FUNCTION; ID may be the component's name.

    With --engine restate, the server delivers calls to this host, and to others that serve the same
    application. SIGTERM ends it when the requests that it has are answered. Ctrl-C interrupts the guests, and what
    they were doing stays queued in the store; a second signal ends the process at once.
    """
    from runtime_shim.heap import share_heaps
    from witgen.app.deploying import deployed
    from witgen.app.serving import Service

    chosen = engine.chosen()
    place = _place(manage, token_file, chosen.store)
    token = None if token_file is None else read_token(token_file)
    share_heaps()
    what = Deploying()
    with refused():
        what.add(deployed(opened(given.manifest, given.profile)))
    only = next(iter(what.files)) if len(what.files) == 1 else None
    described = what.deployments(given, only, talk, env)
    if update and not chosen.remote:
        from witgen.cli.updating import update_all

        update_all(store, described, talk, "dynamic")
    listeners: list[Listener] = []

    def serve(host: Host) -> None:
        if update and chosen.remote:  # which takes a host
            from witgen.cli.updating import update_served

            update_served(host, talk)
        service = Service(host, what.files)
        with ExitStack() as stack:
            log = stack.enter_context(_access_log(access_log))
            listen = functools.partial(listening, log)
            public = stack.enter_context(listen(service.answer, "127.0.0.1", port, "--port"))
            listeners.append(public)
            if place is not None:
                from runtime_shim.engines.records import managed
                from witgen.app.managing import Manager

                again = functools.partial(_again, given, env, talk, described)
                manager = Manager(service, managed(host.engine), again, token)
                other = stack.enter_context(listen(manager.answer, *place, "--manage"))
                thread = threading.Thread(target=other.serve_forever, daemon=True)
                thread.start()
                stack.callback(thread.join)
                stack.callback(other.shutdown)
                talk.say(f"managed on http://{place[0]}:{other.server_port}")
            through = f" through {chosen.store}" if chosen.remote else ""
            where = f"http://127.0.0.1:{public.server_port}"
            talk.say(f"serving {counted(len(what.files), 'component')} on {where}{through}")
            public.serve_forever()

    def stop(number: int) -> None:
        if number == signal.SIGTERM and listeners:
            for listener in listeners:
                listener.finish()
            talk.say("finishing what is in flight")
        else:
            running.interrupt(number)
            for listener in listeners:
                listener.shutdown()

    with spoken(talk) as output, explained():
        running = Running(chosen, talk, output)
        act = functools.partial(
            running.run,
            described,
            serve,
            warm=warm,
            budget=memory_budget,
            snapshots=snapshots or what.snapshots,
        )
        supervised(act, stop)
    talk.say("stopped")


def _again(
    given: Given, env: tuple[str, ...], talk: Talk, served: Mapping[str, Deployment]
) -> dict[str, Deployment]:
    """How what is served is deployed again: as golem.yaml declares it by now, read by then.

    Raises:
        WitError: It has errors, is not built, or declares components that take another host.
    """
    from witgen.app.deploying import deployed
    from witgen.diagnostics import Diagnostic, WitError

    what = Deploying()
    what.add(deployed(opened(given.manifest, given.profile)))
    only = next(iter(what.files)) if len(what.files) == 1 else None
    try:
        made = what.deployments(given, only, talk, env)
    except Failure as error:
        raise WitError(error.diagnostics) from None
    known = {name: one for name, one in made.items() if name in served}
    if others := [name for name, one in known.items() if one.durable != served[name].durable]:
        said = f"`{others[0]}` is of another kind by now"
        raise WitError([Diagnostic("RUN5013", said, help=("start `witgen serve` again",))])
    return {name: replace(one, component=Path(what.files[name])) for name, one in known.items()}


@contextmanager
def _access_log(name: str | None) -> Iterator[Log]:
    from witgen.app.access import AccessLog, unlogged

    if name is None:
        yield unlogged
    elif name == "-":
        yield AccessLog(sys.stderr)
    else:
        with surroundings():
            file = Path(name).open("a", encoding="ascii")  # noqa: SIM115 -- closed below
        with file:
            yield AccessLog(file)


def _size(budget: str | None) -> int | None:
    if budget is None:
        return None
    from runtime_shim.replay.budget import size

    try:
        return size(budget)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def listening(
    log: Log, answer: Callable[[Asked], Reply | Later], host: str, port: int, option: str
) -> Listener:
    """A listener on a port that an option names."""
    from witgen.app.listening import Listener

    try:
        return Listener(answer, host, port, log=log)
    except OSError as error:
        said = f"cannot listen on {host}:{port}: {error.strerror or error}"
        fail("APP4002", said, f"choose another with {option}; `{option} 0` picks a free one")


def _place(manage: str | None, token_file: str | None, store: str | None) -> tuple[str, int] | None:
    """Where management calls are answered."""
    if manage is None:
        if token_file is not None:
            fail("APP4003", "--token-file applies only to --manage")
        return None
    host, _, port = manage.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        fail("APP4003", f"--manage takes [HOST:]PORT, not `{manage}`")
    if store is None:
        fail(
            "APP4003", "--manage needs --store or --engine restate: there is nothing else to manage"
        )
    if host not in _LOOPBACK and token_file is None:
        fail("APP4003", f"--manage {manage} needs --token-file: others could reach it")
    return host, int(port)
