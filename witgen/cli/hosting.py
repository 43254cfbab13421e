"""Hosts as commands open them: what is deployed, on which engine, within which limits."""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from witgen.app.limits import DEFAULTS, Limit, parsed
from witgen.cli.common import Command, Talk, existing, fail, read_bytes, surroundings
from witgen.cli.supervised import INTERRUPTED
from witgen.cli.table import printable

if TYPE_CHECKING:
    from runtime_shim.host import Host
    from runtime_shim.link import ClientLink
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.protocol.seams import Engine
    from runtime_shim.wasi.grants import Grants

_T = TypeVar("_T")
_SHOWN = 20  # calls that stay queued


class _Limit(click.ParamType[tuple[Limit]]):
    """A limit as `witgen.app.limits` reads it, in a tuple: None is one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Limit]:
        try:
            return (parsed(self.name, value),)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True, slots=True)
class Limited:
    """The limits on the command line.

    Attributes:
        given: By name; those that are not here are not given.
    """

    given: Mapping[str, Limit]

    def of(self, declared: Mapping[str, Limit]) -> dict[str, Any]:
        """The arguments of `Limits` for a component: the command line goes before golem.yaml."""
        return {**DEFAULTS, **declared, **self.given}


def limits(command: Command) -> Command:
    """Add the options for limits, and pass them as `limited`."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        found = {name: kwargs.pop(option) for name, option in _NAMES.items()}
        given = {name: value[0] for name, value in found.items() if value is not None}
        return command(*args, limited=Limited(given), **kwargs)

    for option in _OPTIONS:
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value] # click's decorators keep the signature


_NAMES = {"memory": "memory_limit", "fuel": "fuel", "deadline": "deadline"}
_OPTIONS = (
    click.option(
        "--deadline",
        type=_Limit("deadline"),
        metavar="S",
        help="The most seconds that a call may take, or `none`, the default.",
    ),
    click.option(
        "--fuel",
        type=_Limit("fuel"),
        metavar="N",
        help="The most instructions of a call, approximately, or `none`, the default.",
    ),
    click.option(
        "--memory-limit",
        type=_Limit("memory"),
        metavar="SIZE",
        help="The most memory of each memory of a worker, such as 512MiB, or `none`; "
        "by default 1GiB.",
    ),
)


def deployments(
    files: Mapping[str, str],
    ephemeral: frozenset[str],
    links: tuple[ClientLink, ...],
    grants: Mapping[str, Grants],
    limits: Callable[[str], dict[str, Any]],
) -> dict[str, Deployment]:
    """Return the deployments by name: the files read, each with its grants and limits."""
    from runtime_shim.program.deployment import Deployment, Limits
    from runtime_shim.wasi.grants import Grants

    return {
        name: Deployment(
            read_bytes(file, f"the file of {name},"),
            durable=name not in ephemeral,
            links=links,
            grants=grants.get(name) or Grants(),
            limits=Limits(**limits(name)),
        )
        for name, file in sorted(files.items())
    }


def pair(item: str, option: str, shape: str) -> tuple[str, str]:
    """Split `NAME=FILE` and the like, whose form is `shape`."""
    name, found, value = item.partition("=")
    if not found or not name:
        fail("APP4003", f"{option} takes {shape}, not `{item}`")
    return name, value


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


class Running:
    """A host that a signal interrupts.

    Args:
        store: The journal's file, if any.
        talk: Where to say what stays queued.
    """

    def __init__(self, store: str | None, talk: Talk) -> None:
        self._store = store
        self._talk = talk
        self._host: Host | None = None
        self._number: int | None = None

    def run(
        self,
        deployments: Mapping[str, Deployment],
        act: Callable[[Host], _T],
        *,
        mode: str = "dynamic",
        warm: int | None = None,
    ) -> _T:
        """What `act` gives with the host, which is open meanwhile."""
        from runtime_shim.errors import StoreError

        host = self._host = self._open(deployments, mode, warm)
        try:
            if self._number is None:  # else it came earlier
                return act(host)
        except StoreError:
            if self._number is None:
                raise
        finally:
            host.close()
            if self._number is not None:
                self._report(host)
        raise click.exceptions.Exit(INTERRUPTED + (self._number or 0))

    def interrupt(self, number: int) -> None:
        """Interrupt the guests; called by another thread."""
        self._number = number
        if self._host is not None:
            self._host.interrupt()
        self._talk.say(f"{signal.Signals(number).name}: interrupting; a second one ends at once")

    def _open(self, deployments: Mapping[str, Deployment], mode: str, warm: int | None) -> Host:
        from runtime_shim.boundary import platforms

        platforms.require()  # before wasmtime is loaded and a store is opened
        from runtime_shim.host import Host
        from runtime_shim.replay.handler import WARM

        engine = _engine(self._store)
        try:
            return Host(
                engine=engine,
                components=deployments,
                mode="static" if mode == "static" else "dynamic",
                warm=WARM if warm is None else warm,
                interruptible=True,
            )
        except BaseException:
            engine.close()
            raise

    def _report(self, host: Host) -> None:
        """Say what the next process that opens the store will continue."""
        left = host.engine.unfinished()
        if left and self._store is None:
            self._talk.say("what was interrupted is lost: there is no --store")
            return
        for worker, function, _ in left[:_SHOWN]:
            name = printable(f"{worker.component}/{worker.name}")
            self._talk.say(f"stays queued in {self._store}: {function} of {name}")
        if len(left) > _SHOWN:
            self._talk.say(f"and {len(left) - _SHOWN} more")


def _engine(store: str | None) -> Engine:
    """The engine, with or without a journal."""
    from runtime_shim.engines.memory import MemoryEngine
    from runtime_shim.engines.sqlite.engine import SqliteEngine

    if store is None:
        return MemoryEngine()
    with surroundings():
        return SqliteEngine(store)
