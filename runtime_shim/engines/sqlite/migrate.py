"""Making a store of today's format of one of format 2.

Format 2 had one space of keys for everything: `order~3` for what `order` called at its step 3 and
waited for, a UUID for what it did not wait for, and the keys from outside. Everything is read from
a backup, which stays, and written in one transaction.
"""

from __future__ import annotations

import functools
import itertools
import re
import sqlite3
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.engines.rows import STATES
from runtime_shim.engines.sqlite.backup import backup
from runtime_shim.engines.sqlite.ownership import Ownership
from runtime_shim.engines.sqlite.schema import (
    FORMAT,
    TABLES,
    WRITE,
    format_of,
    guarded,
    reader,
    seal,
)
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import ROOT_NAMESPACE, CallId
from runtime_shim.protocol.keys import NO_CALL, derived_key
from runtime_shim.replay.tape import cancelling

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Row

OLD = 2
_PLACE = re.compile(r"(.*)~([0-9]+)", re.DOTALL)
_ROWS = 1000  # between two reports of progress
_LONG = 256  # bytes, as below
_STATES = {str(state): number for number, state in enumerate(STATES)}


def migrate(
    store: str | PathLike[str], progress: Callable[[int], None] = lambda rows: None
) -> Path | None:
    """Make a store of today's format of an older one; all of it, or nothing is changed.

    Args:
        store: The file; no host may use it.
        progress: Called with the number of rows so far, every few rows.

    Returns:
        The backup of it as it was; None if it has today's format.

    Raises:
        StoreError: it is in use, damaged or of an unknown format, or cannot be written.
    """
    path = Path(store)
    if not path.is_file():
        raise StoreError(f"{path}: no such store")
    owner = Ownership(path)
    try:
        with guarded(path), closing(sqlite3.connect(path, isolation_level=None)) as target:
            found = format_of(target, path)
            if found == FORMAT:
                return None
            if found != OLD:
                message = f"{path} is a store of format {found}"
                raise StoreError(message, f"this version migrates format {OLD}")
            kept = _unused(path)
            backup(path, kept, format_=OLD)
            target.execute("PRAGMA synchronous = FULL")
            with closing(reader(kept, OLD)) as source:
                target.execute("BEGIN IMMEDIATE")
                for table in ("component", "worker", "invocation", "oplog"):
                    target.execute(f"DROP TABLE {table}")
                for statement in TABLES.split(";\n"):
                    target.execute(statement)
                for rows, _ in enumerate(_Copy(source, target).rows(), 1):
                    if rows % _ROWS == 0:
                        progress(rows)
                target.execute(f"PRAGMA user_version = {FORMAT}")
                target.execute("COMMIT")
            return kept
    finally:
        owner.release()


def _unused(path: Path) -> Path:
    """A name for the backup."""
    names = (
        path.name + f".format-{OLD}",
        *(f"{path.name}.format-{OLD}-{n}" for n in range(2, 100)),
    )
    for name in names:
        if not path.with_name(name).exists():
            return path.with_name(name)
    raise StoreError(f"{path} has a hundred backups", "remove some")


class _Copy:
    """What is copied from one store to another.

    Args:
        source: Of format 2.
        target: Of today's format, without rows, in a transaction.
    """

    def __init__(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        self._source = source
        self._target = target
        self._versions: dict[str, int] = {}
        self._durable: dict[int, int] = {}  # whether a worker is, or else its component below zero
        self._lost: dict[str, int] = {}  # numbers of callers that were deleted
        self._numbers = itertools.count(-1, -1)  # which no invocation ever has
        # The keys of calls that nobody waited for, in a table of its own beside the source.
        source.execute("CREATE TEMP TABLE made (key TEXT PRIMARY KEY, caller, step) WITHOUT ROWID")

    def rows(self) -> Iterator[None]:
        """Copy row by row."""
        yield from self._components()
        yield from self._workers()
        yield from self._invocations()
        yield from self._steps()

    def _components(self) -> Iterator[None]:
        rows = self._source.execute("SELECT name, digest FROM component ORDER BY name")
        for number, (name, digest) in enumerate(rows, 1):
            self._versions[name] = number
            self._insert("component", (number, name, digest))
            yield

    def _workers(self) -> Iterator[None]:
        query = "SELECT id, component, name, environment, durable, failure, checksum FROM worker"
        for row in self._source.execute(query):
            number, component, *rest = _verified(row)
            version = self._versions.get(component)
            if version is None:
                raise StoreError("the store is damaged: a component is missing")
            self._durable[number] = number if rest[2] else -version
            self._insert("worker", (number, version, component, *rest))
            yield

    def _invocations(self) -> Iterator[None]:
        """A caller has a smaller number than what it calls."""
        query = (
            "SELECT id, key, worker, seq, function, args, state, due, attempt, steps, result, "
            "checksum FROM invocation ORDER BY id"
        )
        for row in self._source.execute(query):
            number, key, worker, seq, function, args, state, *rest = _verified(row)
            due, attempt, steps, result = rest
            call = self._call(key)
            if worker not in self._durable:
                raise StoreError("the store is damaged: a worker is missing")
            known: Row = (self._durable[worker], key) if call is None else call
            base = _namespace(key) if call is None else self._seen(key, call)
            pending = state == "pending"
            given = key.encode() if pending and call is not None else b""
            self._insert(
                "invocation",
                (
                    *(number, worker, -1 if seq is None else seq, *known, base.bytes + given),
                    *(function, args, _STATES[state], (pending and due) or 0, attempt, 0, steps),
                    *(result or b"", b""),
                ),
            )
            self._note(number, base, state)
            yield

    def _call(self, key: str) -> CallId | None:
        """Which guest's call a key is of, None for a key from outside."""
        place = _PLACE.fullmatch(key)
        if place is None:
            query = "SELECT caller, step FROM made WHERE key = ?"
            made = self._source.execute(query, (key,)).fetchone()
            if made is None:
                return None
            call = CallId(*made)
        else:
            found = self._source.execute("SELECT id FROM invocation WHERE key = ?", (place[1],))
            call = CallId((found.fetchone() or (self._lost_caller(place[1]),))[0], int(place[2]))
        query = "SELECT 1 FROM invocation WHERE owner = ? AND name = ?"
        if self._target.execute(query, call).fetchone():  # its caller did two things at one step
            return CallId(self._lost_caller(key), call.step)
        return call

    def _lost_caller(self, key: str) -> int:
        """The number of a caller that is not there."""
        return self._lost.setdefault(key, next(self._numbers))

    def _seen(self, key: str, call: CallId) -> uuid.UUID:
        """The key of a guest's call as guests and peers saw it."""
        if _PLACE.fullmatch(key) is None:
            return uuid.UUID(key)
        query = "SELECT base FROM invocation WHERE id = ?"
        caller = self._target.execute(query, (call.caller,)).fetchone()
        if caller is not None:
            return derived_key(uuid.UUID(bytes=caller[0][:16]), call.step)
        steps = []
        while place := _PLACE.fullmatch(key):
            key = place[1]
            steps.append(int(place[2]))
        return functools.reduce(derived_key, reversed(steps), _namespace(key))

    def _note(self, number: int, base: uuid.UUID, state: str) -> None:
        """Note the keys of what an invocation called without waiting, or was about to call."""
        query = (
            "SELECT number FROM oplog WHERE invocation = ? "
            "AND (kind GLOB 'send *' OR kind GLOB 'spawn *')"
        )
        steps = [step for (step,) in self._source.execute(query, (number,))]
        if state != "done":
            query = "SELECT count(*) FROM oplog WHERE invocation = ?"
            steps += self._source.execute(query, (number,)).fetchone()
        self._source.executemany(
            "INSERT OR IGNORE INTO made VALUES (?, ?, ?)",
            [(str(derived_key(base, step)), number, step) for step in steps],
        )

    def _steps(self) -> Iterator[None]:
        rows = self._source.execute("SELECT invocation, number, kind, value, checksum FROM oplog")
        for row in rows:
            invocation, number, kind, value = _verified_step(row)
            if kind.startswith("cancel "):
                kind = self._cancelling(kind)
            self._insert("oplog", (invocation, number, kind, value))
            yield

    def _cancelling(self, kind: str) -> str:
        """The kind of the step that cancelled what a key belonged to."""
        key = kind.removeprefix("cancel ")
        if not key:  # it had failed before it was sent
            return cancelling(NO_CALL)
        query = "SELECT caller, step FROM made WHERE key = ?"
        made = self._source.execute(query, (key,)).fetchone()
        return kind if made is None else cancelling(CallId(*made))

    def _insert(self, table: str, row: Row) -> None:
        columns, _ = WRITE[table]
        marks = ", ".join("?" for _ in columns.split(", "))
        self._target.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 -- our names
            seal(row),
        )


def _verified(row: Row) -> Row:
    """A row as format 2 sealed it: over its `repr`, with longer byte strings separately.

    Raises:
        StoreError: it is not.
    """
    content, total = row[:-1], 0
    written = list(content)
    for at, item in enumerate(content):
        if type(item) is bytes and len(item) > _LONG:
            total = zlib.crc32(item, total)
            written[at] = len(item)
    if zlib.crc32(repr(tuple(written)).encode(), total) != row[-1]:
        raise StoreError("the store is damaged: a row does not match its checksum")
    return content


def _verified_step(row: Row) -> Row:
    """A row of `oplog` as format 2 sealed it.

    Raises:
        StoreError: it is not.
    """
    match row:
        case (int() as invocation, int() as number, str() as kind, bytes() as value, total):
            place = (invocation * 0x9E3779B1 + number) & 0xFFFFFFFF
            if zlib.crc32(value, zlib.crc32(kind.encode(), place)) == total:
                return row[:-1]
    raise StoreError("the store is damaged: a step does not match its checksum")


def _namespace(key: str) -> uuid.UUID:
    """What keys followed from that were derived from a key from outside."""
    try:
        return uuid.UUID(key)
    except ValueError:
        return uuid.uuid5(ROOT_NAMESPACE, key)
