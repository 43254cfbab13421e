"""Hosts as commands open them: on which engine, and interrupted by a signal."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import click

from witgen.cli.common import Talk
from witgen.cli.supervised import INTERRUPTED
from witgen.cli.table import printable

if TYPE_CHECKING:
    from runtime_shim.host import Host
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.wasi.cli import Output
    from witgen.cli.engines import Chosen

_T = TypeVar("_T")
_SHOWN = 20  # calls that stay queued


class Running:
    """A host that a signal interrupts.

    Args:
        chosen: The engine.
        talk: Where to say what stays queued.
        output: Where the guests print.
    """

    def __init__(self, chosen: Chosen, talk: Talk, output: Output) -> None:
        self._chosen = chosen
        self._talk = talk
        self._output = output
        self._host: Host | None = None
        self._number: int | None = None

    def run(
        self,
        deployments: Mapping[str, Deployment],
        act: Callable[[Host], _T],
        *,
        mode: str = "dynamic",
        warm: int | None = None,
        budget: int | None = None,
        snapshots: bool = False,
    ) -> _T:
        """What `act` gives with the host, which is open meanwhile."""
        from runtime_shim.errors import StoreError

        host = self._host = self._open(deployments, mode, warm, budget, snapshots=snapshots)
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
        """Interrupt the guests; called by another thread.

        Raises:
            click.exceptions.Exit: There is no host yet, and nothing that has to be waited for.
        """
        self._number, name = number, signal.Signals(number).name
        if self._host is None:  # it compiles, or reads its store: a process may end there
            self._talk.say(f"{name}: ended before anything ran")
            raise click.exceptions.Exit(INTERRUPTED + number)
        self._host.interrupt()
        self._chosen.interrupt()
        self._talk.say(f"{name}: interrupting; a second one ends at once")

    def _open(
        self,
        deployments: Mapping[str, Deployment],
        mode: str,
        warm: int | None,
        budget: int | None,
        *,
        snapshots: bool,
    ) -> Host:
        from runtime_shim.boundary import platforms

        platforms.require()  # before wasmtime is loaded and a store is opened
        from runtime_shim.host import Host

        engine = self._chosen.make()
        try:
            return Host(
                engine=engine,
                components=deployments,
                mode="static" if mode == "static" else "dynamic",
                output=self._output,
                warm=warm,
                memory_budget=budget,
                snapshots=snapshots,
                interruptible=True,
            )
        except BaseException:
            engine.close()
            raise

    def _report(self, host: Host) -> None:
        """Say what the next process that opens the store will continue."""
        left = host.engine.unfinished()
        if left and self._chosen.store is None:
            self._talk.say("what was interrupted is lost: there is no --store")
            return
        for worker, function, _ in left[:_SHOWN]:
            name = printable(str(worker))
            self._talk.say(f"stays queued in {self._chosen.store}: {function} of {name}")
        if len(left) > _SHOWN:
            self._talk.say(f"and {len(left) - _SHOWN} more")
