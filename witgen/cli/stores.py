"""`witgen worker check`, `backup` and `migrate`: a store as a whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli.common import (
    FINDINGS,
    Command,
    Failure,
    Talk,
    existing,
    fail,
    surroundings,
    talkative,
)
from witgen.cli.progress import counting
from witgen.cli.reporting import store_failed
from witgen.cli.table import printable

if TYPE_CHECKING:
    from runtime_shim.engines.records import Stored
    from witgen.app.remote import Serving

_MOST = 1000  # findings that are shown

_KEPT = "witgen.token"  # where the context keeps it
store_argument = click.argument("store", metavar="STORE", type=click.Path())


def store_or_address(command: Command) -> Command:
    """Add the argument STORE, which may be the address of a host that serves, and its token."""
    option = click.option(
        "--token-file",
        metavar="FILE",
        expose_value=False,
        callback=_keep_token,
        help="A file with the token of `witgen serve --token-file`, where STORE is its address.",
    )
    return store_argument(option(command))


def _keep_token(ctx: click.Context, option: click.Parameter, file: str | None) -> None:
    if file is not None:
        ctx.meta[_KEPT] = read_token(file)


def read_token(file: str) -> str:
    """The token of management calls."""
    path = existing(file, "the token file")
    with surroundings():
        token = path.read_bytes().strip()
    if len(token) < 16 or not token.isascii():
        fail("APP4003", f"`{file}` must hold at least 16 ASCII characters, a token")
    return token.decode()


def address(store: str) -> Serving | None:
    """The host that serves at an address; None for the name of a store."""
    if not store.startswith(("http://", "https://")):
        if _KEPT in click.get_current_context().meta:
            fail("APP4003", "--token-file applies only to the address of a host that serves")
        return None
    from witgen.app.remote import Serving

    return Serving(store, click.get_current_context().meta.get(_KEPT))


@click.command("check", epilog="Example: witgen worker check sales.db")
@store_argument
@talkative
def check(*, store: str, talk: Talk) -> None:
    """Look for damage: every row and every index, and whether they fit together.

    Works while a host uses the store. The exit status is 0 when nothing is found, 1 when something
    is, and 2 when the store cannot be read.
    """
    from witgen.diagnostics import Diagnostic, Place

    there = opened(store)
    with explained(), counting(f"checking {printable(store)}", "rows", talk) as progress:
        found = tuple(itertools.islice(there.check(progress), _MOST + 1))
    if found:
        advice = ["a backup that passes the check may replace it"]
        if len(found) > _MOST:
            advice.insert(0, f"only the first {_MOST} findings are shown")
        *others, last = (printable(str(one)) for one in found[:_MOST])
        shown = [Diagnostic("RUN5009", one, Place(store)) for one in others]
        shown.append(Diagnostic("RUN5009", last, Place(store), help=tuple(advice)))
        raise Failure(shown, FINDINGS)
    talk.say(f"{printable(store)}: nothing is damaged")


@click.command("backup", epilog="Example: witgen worker backup sales.db sales-monday.db")
@store_argument
@click.argument("file", metavar="FILE")
@click.option("--force", is_flag=True, help="Replace FILE.")
@talkative
def backup(*, store: str, file: str, force: bool, talk: Talk) -> None:
    """Copy STORE to FILE, also while a host uses it; FILE is written in whole or not at all."""
    there = opened(store)
    with explained(), counting(f"copying {printable(store)}", "pages", talk) as progress:
        there.backup(Path(file), force=force, progress=progress)
    talk.say(f"copied {printable(store)} to {printable(file)}")


@click.command("migrate", epilog="Example: witgen worker migrate sales.db")
@store_argument
@talkative
def migrate(*, store: str, talk: Talk) -> None:
    """Make a store of an earlier version usable; a copy of it as it was is kept beside it.

    The store must not be in use. All of it is migrated, or nothing in it is changed.
    """
    from runtime_shim.engines.sqlite.migrate import migrate as run
    from runtime_shim.engines.sqlite.schema import FORMAT

    existing(store, "the store")
    with explained(), counting(f"migrating {printable(store)}", "rows", talk) as progress:
        kept = run(store, progress)
    if kept is None:
        talk.say(f"{printable(store)} is a store of format {FORMAT} already")
        return
    talk.say(
        f"{printable(store)} is a store of format {FORMAT} now; {printable(str(kept))} is as it was"
    )


def opened(name: str) -> Stored:
    """The store of this name, or of the host that serves at this address."""
    if (serving := address(name)) is not None:
        return serving
    from runtime_shim.engines.stored import stored

    if not name.startswith("restate:"):
        existing(name, "the store")
    with explained():
        return stored(name)


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors of the store into diagnostics."""
    from runtime_shim.errors import StoreError

    try:
        yield
    except StoreError as error:
        store_failed(error)
