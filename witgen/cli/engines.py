"""The option `--engine`: a journal in this process, or a Restate server."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from witgen.cli.common import Choice, Command, existing, fail, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from runtime_shim.engines.restate.engine import RestateEngine, Settings
    from runtime_shim.protocol.seams import Engine

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_INGRESS = "http://127.0.0.1:8080"


@dataclass(slots=True)
class Chosen:
    """The engine of a command.

    Attributes:
        store: What keeps the calls, as it is shown: a file or a server; None if nothing does.
        settings: How a Restate server is used, if one is.
    """

    store: str | None
    settings: Settings | None = None
    _made: list[RestateEngine] = field(default_factory=list)

    @property
    def remote(self) -> bool:
        """Whether a server delivers the calls, whatever this process does."""
        return self.settings is not None

    def make(self) -> Engine:
        """The engine."""
        if self.settings is not None:
            from runtime_shim.engines.restate.engine import RestateEngine

            self._made.append(RestateEngine(self.settings))
            return self._made[0]
        from runtime_shim.engines.memory import MemoryEngine
        from runtime_shim.engines.sqlite.engine import SqliteEngine

        if self.store is None:
            return MemoryEngine()
        with surroundings():
            return SqliteEngine(self.store)

    def interrupt(self) -> None:
        """End waiting for calls that a server goes on with."""
        for engine in self._made:
            engine.leave()


@dataclass(frozen=True, slots=True)
class Engines:
    """The options, as they were given.

    Attributes:
        name: The engine's.
        store: A file.
        given: The others by name.
    """

    name: str
    store: str | None
    given: dict[str, Any]

    def chosen(self) -> Chosen:
        """The engine that they name; ends the command where they do not fit together."""
        return _chosen(self.name, self.store, self.given)


_OPTIONS = (
    click.option(
        "--engine",
        type=Choice(["sqlite", "restate"]),
        default="sqlite",
        show_default=True,
        help="What keeps and delivers calls: the file of --store, or a Restate server.",
    ),
    click.option(
        "--ingress",
        multiple=True,
        metavar="URL",
        help=f"With --engine restate: where calls enter the server, by default {_INGRESS}; once for "
        "each of its nodes.",
    ),
    click.option(
        "--admin",
        multiple=True,
        metavar="URL",
        help="With --engine restate: the server's address for operators, by default port 9070 of the "
        "first --ingress; once for each of its nodes.",
    ),
    click.option(
        "--application",
        metavar="NAME",
        help="With --engine restate: what the application's services begin with, by default `witgen`; "
        "applications with different names can share a server.",
    ),
)
_SERVING = (
    click.option(
        "--listen",
        metavar="[HOST:]PORT",
        help="With --engine restate: where the server reaches this host, by default 127.0.0.1:9080. "
        "Another host than 127.0.0.1 needs --identity-key.",
    ),
    click.option(
        "--advertise",
        metavar="URL",
        help="With --engine restate: the URL that the server uses instead, such as a balancer's.",
    ),
    click.option(
        "--identity-key",
        "identity_keys",
        multiple=True,
        metavar="KEY",
        help="With --engine restate: a server's public key (publickeyv1_…); then only requests that it "
        "has signed are answered.",
    ),
    click.option(
        "--retention",
        type=click.FloatRange(0, min_open=True),
        metavar="DAYS",
        help="With --engine restate: how long the server keeps answers by their keys, by default 7; a "
        "call that comes again later runs again.",
    ),
    click.option(
        "--recovery",
        type=click.Choice(["explicit", "journal"]),
        help="With --engine restate: how an attempt that follows another one begins: `explicit`, the "
        "default, by a preview of Restate's SDK, or `journal`, without that.",
    ),
)
_RESTATE = (
    "ingress",
    "admin",
    "application",
    "listen",
    "advertise",
    "identity_keys",
    "retention",
    "recovery",
)


def on_engine(*, serves: bool) -> Callable[[Command], Command]:
    """Add the options for engines beside `--store`, and pass what they say as `engine`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            given = {name: kwargs.pop(name) for name in _RESTATE if name in kwargs}
            engine = Engines(kwargs.pop("engine"), kwargs["store"], given)
            return command(*args, engine=engine, **kwargs)

        for option in reversed((*_OPTIONS, *(_SERVING if serves else ()))):
            wrapped = option(wrapped)
        return wrapped  # type: ignore[return-value] # click's decorators keep the signature

    return decorate


def _chosen(engine: str, store: str | None, given: dict[str, Any]) -> Chosen:
    if engine == "sqlite":
        for name, value in given.items():
            if value:
                option = name.replace("_keys", "-key")
                fail("APP4003", f"--{option} applies only to --engine restate")
        if store is not None and not (folder := Path(store).parent).is_dir():
            existing(folder, "the store's folder")
            fail("APP4001", f"`{folder}`, the store's folder, is a file")
        return Chosen(store)
    if store is not None:
        fail(
            "APP4003", "--store and --engine restate exclude each other: the server keeps the calls"
        )
    ingress = given["ingress"] or (_INGRESS,)
    for url in (*ingress, *given["admin"], given.get("advertise")):
        if url is not None and not _usable(url):
            fail("APP4003", f"`{url}` is not the URL of a server, such as {_INGRESS}")
    found = restate_settings(ingress, given["admin"], given["application"])
    if "listen" not in given:
        return Chosen(ingress[0], found)
    _require()
    return Chosen(ingress[0], _serving(found, given))


def restate_settings(
    ingress: tuple[str, ...], admin: tuple[str, ...], application: str | None
) -> Settings:
    """How a server is used that delivers nothing here."""
    from runtime_shim.engines.restate.engine import settings

    named = {} if application is None else {"application": application}
    if application is not None and not application.replace("-", "").replace("_", "").isalnum():
        fail("APP4003", "--application takes letters, digits, `-` and `_`")
    return settings(ingress, admin, listen=None, **named)


def _serving(settings: Settings, given: dict[str, Any]) -> Settings:
    from dataclasses import replace

    host, _, port = (given["listen"] or "9080").rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        fail("APP4003", f"--listen takes [HOST:]PORT, not `{given['listen']}`")
    keys = given["identity_keys"]
    for key in keys:
        if not key.startswith("publickeyv1_"):
            fail("APP4003", f"`{key}` is not a public key of a Restate server: publickeyv1_…")
    if host not in _LOOPBACK and not keys:
        fail(
            "APP4003",
            f"--listen {given['listen']} needs --identity-key: others could reach it",
            "the key is in the log of a server with `request-identity-private-key-pem-file`",
        )
    kept = {} if given["retention"] is None else {"retention": given["retention"] * 86_400}
    return replace(
        settings,
        listen=(host, int(port)),
        advertise=given["advertise"],
        identity_keys=keys,
        recovery=given["recovery"] or settings.recovery,
        **kept,
    )


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _require() -> None:
    for module in ("restate", "hypercorn"):
        if importlib.util.find_spec(module) is None:
            fail(
                "APP4003",
                f"--engine restate needs the package {module}",
                "install witgen with it: pip install 'witgen[restate]'",
            )
