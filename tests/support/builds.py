"""Guests that are known by bytes, as components are, and stores that they are deployed on."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine_guests import COUNTER, FAST, Clock, Function, Guest, Host, inc

from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.protocol.seams import Invocation

KEPT: dict[bytes, Build] = {}
NUMBERS = itertools.count(1000, 1000)  # of keys: no host uses another's


class Build(Guest):
    """A guest that is known by bytes."""

    def __init__(self, name: str, functions: dict[str, Function], *, durable: bool = True) -> None:
        super().__init__(**functions)
        data = name.encode() * 100
        self.durable = durable
        self.binary = data if durable else None
        self.digest = hashlib.sha256(data).hexdigest()
        KEPT[data] = self

    def earlier(self, binary: bytes) -> Build:
        """The one with these bytes."""
        return KEPT[binary]


def tens(state: dict[str, Any], invocation: Invocation, by: int = 1) -> int:
    """Count in tens."""
    return inc(state, invocation, 10 * by)


ONE = Build("one", COUNTER)
TEN = Build("ten", {"inc": tens})


@contextmanager
def opened(store: Path, counter: Guest, **others: Guest) -> Iterator[Host]:
    """A host with a build of `counter`."""
    clock = Clock()
    with closing(SqliteEngine(store, retries=FAST, clock=clock)) as engine:
        host = Host(engine, clock).deploy(counter=counter, **others)
        host.keys = next(NUMBERS)
        yield host


def count(store: Path, table: str) -> int:
    """How many rows a table has."""
    with closing(sqlite3.connect(store)) as connection:
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 -- our names
        return int(connection.execute(query).fetchone()[0])


def whole(store: Path) -> bool:
    """Whether nothing is damaged."""
    return not list(check(store))
