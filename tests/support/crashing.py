"""Updates that are killed: at every statement that is given to SQLite, or when a file reaches a size.

Run as a program it makes the update of a copy of a store in child after child, each of which gets a little
further, until one gets to its end; it prints what each has left.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds import Build, whole
from engine_guests import append, inc

from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.update import update

SAME = Build("same" * 5000, {"inc": inc, "append": append, "new": inc})
_STEP = 2060  # half of what the write-ahead log holds for a page


@dataclass(frozen=True)
class Left:
    """What a child has left.

    Attributes:
        ended: Whether it got to its end.
        new: Of each worker whether it has the new build.
        whole: Whether nothing is damaged.
    """

    ended: bool
    new: tuple[bool, ...]
    whole: bool


def at_statements(number: int) -> None:
    """Have this process end before the statement with this number."""
    connect, left = inspection.connect, itertools.count(-number)

    def counting(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(lambda statement: os._exit(9) if next(left) == 0 else None)
        return connection

    inspection.connect = counting  # type: ignore[attr-defined]


def at_sizes(number: int) -> None:
    """Have this process end when it writes a file beyond a size."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (number * _STEP, resource.RLIM_INFINITY))


AT: dict[str, Callable[[int], None]] = {"statements": at_statements, "sizes": at_sizes}


def crashes(store: Path, at: str, step: int = 1) -> list[Left]:
    """What each child has left, of which the last got to the end; in a process of its own."""
    command = [sys.executable, __file__, str(store), at, str(step)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Left(ended, tuple(new), right) for ended, new, right in json.loads(done.stdout)]


def _run(store: Path, at: str, step: int) -> Iterator[tuple[Any, ...]]:
    for number in itertools.count(0, step):
        copy = store.with_name(f"{at}-{number}.db")
        shutil.copyfile(store, copy)
        child = os.fork()
        if not child:
            AT[at](number)
            update(SqliteFile(copy), "counter", SAME)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with SqliteFile(copy).looking() as records:
            new = [info.build == SAME.digest for info in records.workers()]
        yield ended, new, whole(copy)
        for file in copy.parent.glob(f"{copy.name}*"):
            file.unlink()
        if ended:
            return


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("at", choices=AT)
    parser.add_argument("step", type=int)
    given = parser.parse_args()
    print(json.dumps(list(_run(given.store, given.at, given.step))))  # noqa: T201


if __name__ == "__main__":
    main()
