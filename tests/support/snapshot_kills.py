"""Calls a worker of a host with snapshots, until it is done or killed: a child of a test.

python tests/support/snapshot_kills.py STORE CALLS EVERY
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from state_guests import guest

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.snapshots import handler
from runtime_shim.values import Value

NAME = "snap:nested"
WORKERS = ("a", "b", "c")


def component() -> tuple[bytes, int]:
    """The component, and how many functions it has."""
    return guest(5)


def call(host: Host, number: int) -> Value:
    """The call with a number, whoever makes it."""
    chance = random.Random(number)  # noqa: S311 -- the same each time
    _, functions = component()
    function, args = f"f{chance.randrange(functions)}", (chance.getrandbits(64),)
    worker = WORKERS[number // 40 % len(WORKERS)]
    return host.invoke(NAME, worker, function, args, key=str(number))


def main(store: str, calls: str, every: str) -> None:
    """Make the calls, each with its key; one of two workers has to leave memory."""
    handler.AFTER, handler.CALLS = 1e9, int(every)
    handler._LEAVES = handler._STAYS = 0
    components = {NAME: Deployment(component()[0])}
    engine = SqliteEngine(store)
    with Host(engine=engine, components=components, snapshots=True, warm=1) as host:
        done = Path(store).with_suffix(".done")
        first = int(done.read_text()) if done.exists() else 0
        for number in range(first, int(calls)):
            call(host, number)
            if number % 10 == 0:
                done.write_text(str(number))
    done.write_text(calls)


if __name__ == "__main__":
    main(*sys.argv[1:])
