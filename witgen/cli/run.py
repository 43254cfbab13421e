"""`witgen run`: one invocation on the durable host."""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli import completion
from witgen.cli.applications import application_of
from witgen.cli.common import (
    FINDINGS,
    USAGE,
    Talk,
    existing,
    fail,
    product,
    read_bytes,
    surroundings,
    talkative,
)
from witgen.value import replace

if TYPE_CHECKING:
    from runtime_shim.host import Host
    from runtime_shim.link import ClientLink
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.protocol.records import Environment
    from runtime_shim.protocol.seams import Engine
    from runtime_shim.values import Value
    from runtime_shim.wasi.grants import Grants

DEFAULT_WORKER = "default"


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
@click.argument("function", metavar="FUNCTION")
@click.argument("args", metavar="[ARG]...", nargs=-1, type=click.UNPROCESSED)
@click.option("--worker", default=DEFAULT_WORKER, show_default=True, help="The worker's name.")
@click.option("--key", help="The idempotency key: the call runs once for it.")
@click.option(
    "--store",
    metavar="FILE",
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
@click.option("--env", multiple=True, metavar="K=V", help="The worker's environment.")
@click.option("--arg", "arguments", multiple=True, metavar="A", help="The worker's arguments.")
@click.option(
    "--dir",
    "folders",
    multiple=True,
    metavar="[NAME=]HOST[::GUEST][:ro]",
    help="A folder that the component (or the one deployed as NAME) may use, as GUEST, such as "
    "data::/data:ro; `ro` allows reading only.",
)
@click.option(
    "--http",
    multiple=True,
    metavar="[NAME=]HOST[:PORT]",
    help="A host that the component (or the one deployed as NAME) may send HTTP requests to, such "
    "as localhost:8080; default: none.",
)
@click.option(
    "--mode",
    type=click.Choice(["dynamic", "static"]),
    default="dynamic",
    show_default=True,
    help="static refuses open client imports.",
)
@talkative
def command(
    *,
    component: str,
    function: str,
    args: tuple[str, ...],
    worker: str,
    key: str | None,
    store: str | None,
    deployed: tuple[str, ...],
    ephemeral: tuple[str, ...],
    links: tuple[str, ...],
    env: tuple[str, ...],
    arguments: tuple[str, ...],
    folders: tuple[str, ...],
    http: tuple[str, ...],
    mode: str,
    talk: Talk,
) -> None:
    """Call FUNCTION (ns:pkg/iface.{f}) of a component; arguments and the result are WAVE text.

    COMPONENT is a file, or a component of golem.yaml, whose whole application is then deployed as
    built. Client imports are linked to the components given with --deploy, by a stub given with
    --link or else by convention. What guests print goes to stderr.
    """
    from runtime_shim.protocol.records import Environment

    _refuse_options(args)
    files = dict(_pair(item, "--deploy", "NAME=FILE") for item in deployed)
    variables: dict[str, str] = {}
    if (app := application_of(component, files, talk)) is not None:
        files = {name: str(one.file) for name, one in app.components.items()} | files
        ephemeral += tuple(name for name, one in app.components.items() if not one.durable)
        links += tuple(map(str, app.links))
        variables |= app.components[component].env
    name = _target(component, function, files)
    _check_ephemeral(ephemeral, files)
    variables |= dict(_pair(item, "--env", "K=V") for item in env)
    environment = Environment(variables, arguments)
    grants = _grants(folders, http, name, files)
    deployed_ = deployments(files, frozenset(ephemeral), load_links(links), grants)
    with spoken(talk, but=f"{name}/{worker}"), explained(_after_failure(store, name, worker)):
        engine = open_engine(store)
        host = open_host(engine, deployed_, mode)
        try:
            result = _invoke(host, name, worker, function, args, key, environment)
            host.drain()
        finally:
            host.close()
    if result is not None:
        product(result + "\n", None)


def _after_failure(store: str | None, name: str, worker: str | None) -> tuple[str, ...]:
    """What to do about a call that failed."""
    if store is None or worker is None:
        return ()
    target = f"{shlex.quote(store)} {shlex.quote(f'{name}/{worker}')}"
    log, revive = f"`witgen worker log {target}`", f"`witgen worker revive {target}`"
    return f"{log} shows what it did", f"{revive} lets it serve again"


def _refuse_options(args: tuple[str, ...]) -> None:
    """An argument may start with one dash (a negative number), but not with two."""
    for arg in args:
        if arg.startswith("--"):
            from witgen.diagnostics import did_you_mean

            known = [name for p in command.params for name in p.opts if name.startswith("--")]
            fail("APP4003", f"no such option: `{arg}`", *did_you_mean(arg, known))


def _pair(item: str, option: str, shape: str) -> tuple[str, str]:
    name, found, value = item.partition("=")
    if not found or not name:
        fail("APP4003", f"{option} takes {shape}, not `{item}`")
    return name, value


def _target(component: str, function: str, files: dict[str, str]) -> str:
    """Return the name of the component to call; a file not yet deployed is added to `files`."""
    if component in files:
        return component
    for name, file in files.items():
        if Path(file) == Path(component):
            return name
    if not component.endswith(".wasm") and not Path(component).exists():
        from witgen.diagnostics import did_you_mean

        hints = did_you_mean(component, files) or (
            "give a file, or deploy a component with --deploy",
        )
        fail("APP4005", f"`{component}` is neither a file nor the name of a component", *hints)
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


def _owner(item: str, called: str, files: dict[str, str]) -> tuple[str, str]:
    """Split `[NAME=]GRANT` into its component, by default the one called, and the grant."""
    owner, found, grant = item.partition("=")
    return (owner, grant) if found and owner in files else (called, item)


def _grants(
    folders: tuple[str, ...], hosts: tuple[str, ...], called: str, files: dict[str, str]
) -> dict[str, Grants]:
    """What each component may access outside."""
    from runtime_shim.wasi.grants import Directory, Grants

    granted: dict[str, Grants] = {}
    for item in folders:
        owner, directory = _owner(item, called, files)
        writable = not directory.endswith(":ro")
        host, _, guest = directory.removesuffix(":ro").partition("::")
        if not host:
            fail("APP4003", f"--dir takes [NAME=]HOST[::GUEST][:ro], not `{item}`")
        before = granted.get(owner) or Grants()
        if any((guest or host) == known.guest for known in before.directories):
            fail("APP4003", f"--dir names `{guest or host}` twice for {owner}")
        if not existing(host, "the folder").is_dir():
            fail("APP4001", f"--dir takes a folder, and `{host}` is a file")
        added = Directory(host, guest or host, writable)
        granted[owner] = replace(before, directories=(*before.directories, added))
    for item in hosts:
        owner, host = _host_grant(item, called, files)
        before = granted.get(owner) or Grants()
        granted[owner] = replace(before, http=(*before.http, host))
    return granted


def _host_grant(item: str, called: str, files: dict[str, str]) -> tuple[str, str]:
    """Split `[NAME=]HOST[:PORT]` into its component and the host."""
    from runtime_shim.wasi.http.send import split_authority
    from witgen.diagnostics import did_you_mean

    owner, host = _owner(item, called, files)
    if split_authority(host, secure=True) is None:
        name = host.partition("=")[0]
        near = did_you_mean(name, files) if "=" in host else ()
        fail("APP4003", f"--http takes [NAME=]HOST[:PORT], not `{item}`", *near)
    return owner, host


def deployments(
    files: dict[str, str],
    ephemeral: frozenset[str],
    links: tuple[ClientLink, ...],
    grants: dict[str, Grants],
) -> dict[str, Deployment]:
    """Return the deployments by name: the files read, each with its grants."""
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.wasi.grants import Grants

    return {
        name: Deployment(
            read_bytes(file, f"the file of {name},"),
            durable=name not in ephemeral,
            links=links,
            grants=grants.get(name) or Grants(),
        )
        for name, file in sorted(files.items())
    }


def load_links(folders: tuple[str, ...]) -> tuple[ClientLink, ...]:
    """The links of generated host stubs."""
    from runtime_shim.errors import LinkError
    from runtime_shim.link import load_link

    made = []
    for folder in folders:
        existing(folder, "the stub folder")
        try:
            made.append(load_link(folder))
        except LinkError as error:
            fail("APP4006", str(error), "give the `host` folder that `witgen generate` wrote")
    return tuple(made)


def open_engine(store: str | None) -> Engine:
    """The engine, with or without a journal."""
    from runtime_shim.engines.memory import MemoryEngine
    from runtime_shim.engines.sqlite.engine import SqliteEngine

    if store is None:
        return MemoryEngine()
    with surroundings():
        return SqliteEngine(store)


def open_host(
    engine: Engine, deployments: dict[str, Deployment], mode: str, *, warm: int | None = None
) -> Host:
    """Return the host of the deployments; `warm` as for `Host`, if given."""
    from runtime_shim.host import Host
    from runtime_shim.replay.handler import WARM

    try:
        return Host(
            engine=engine,
            components=deployments,
            mode="static" if mode == "static" else "dynamic",
            warm=WARM if warm is None else warm,
        )
    except BaseException:
        engine.close()
        raise


def _invoke(
    host: Host,
    name: str,
    worker: str,
    function: str,
    texts: tuple[str, ...],
    key: str | None,
    environment: Environment,
) -> str | None:
    from runtime_shim.errors import WaveError
    from runtime_shim.values import wave

    signature = host.signature(name, function)
    if len(texts) != len(signature.params):
        wanted = ", ".join(param for param, _ in signature.params) or "none"
        fail(
            "APP4007",
            f"`{function}` takes {len(signature.params)} arguments ({wanted}), not {len(texts)}",
        )
    values: list[Value] = []
    for text, (param, kind) in zip(texts, signature.params, strict=True):
        try:
            values.append(wave.parse(text, kind))
        except WaveError as error:
            fail("APP4007", f"argument `{param}`: {error}", _example(text))
    value = host.invoke(name, worker, function, tuple(values), key=key, environment=environment)
    return None if signature.result is None else wave.format(value, signature.result)


def _example(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f"arguments are WAVE text: a string is '\"{quoted}\"', shell quotes around its own"


@contextmanager
def spoken(talk: Talk, *, but: str | None = None) -> Iterator[None]:
    """Print what the host reports, such as retries, on stderr.

    Final failures of the worker `but` are left out: they become a diagnostic.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.formatter = _Spoken(talk)
    handler.addFilter(lambda record: record.levelno < logging.ERROR or _about(record) != but)
    log = logging.getLogger("runtime_shim")
    if talk.format == "text":
        log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)


def _about(record: logging.LogRecord) -> object:
    """The worker that a record is about: always its first argument."""
    return record.args[0] if isinstance(record.args, tuple) and record.args else None


class _Spoken(logging.Formatter):
    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self._talk = talk

    def format(self, record: logging.LogRecord) -> str:
        """Formats records like diagnostics: `warning: …`."""
        color = "red" if record.levelno >= logging.ERROR else "yellow"
        return f"{self._talk.paint(record.levelname.lower(), color)}: {super().format(record)}"


@contextmanager
def explained(after_failure: tuple[str, ...] = ()) -> Iterator[None]:
    """Turn the host's errors into diagnostics and exit statuses.

    Args:
        after_failure: Advice for a failed call.
    """
    from runtime_shim.errors import (
        BadArguments,
        InvalidComponent,
        InvocationFailed,
        LinkError,
        OpenImport,
        RpcError,
        StoreError,
        Trap,
        UnknownComponent,
        UnknownFunction,
        UnsupportedWasmtime,
    )

    try:
        yield
    except UnsupportedWasmtime as error:
        fail("RUN5010", str(error), "install one of these releases of `wasmtime`", status=USAGE)
    except InvalidComponent as error:
        fail("RUN5001", str(error), status=FINDINGS)
    except OpenImport as error:
        fail(
            "RUN5002",
            str(error),
            "compose the client into it with `witgen compose`, or run it with --mode dynamic",
            status=USAGE,
        )
    except LinkError as error:
        fail("RUN5003", str(error), status=FINDINGS)
    except (UnknownFunction, UnknownComponent) as error:
        fail("RUN5004", str(error), status=USAGE)
    except BadArguments as error:
        fail("RUN5005", str(error), status=USAGE)
    except StoreError as error:
        fail("RUN5006", error.message, *filter(None, (error.advice,)), status=USAGE)
    except (InvocationFailed, RpcError, Trap) as error:
        fail("RUN5007", str(error), *after_failure, status=FINDINGS)
