"""What guests print, as commands show it: whose it is, and each failure once."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Sequence

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.told import Told
from runtime_shim.wasi.lines import label, uncolored
from witgen.cli.common import Talk

_COLORS = ("cyan", "magenta", "green", "blue")


class Guests(Told):
    """An `Output` that writes to stderr.

    Args:
        talk: How.
        called: The worker that the command calls: its lines have no label.
    """

    def __init__(self, talk: Talk, called: WorkerId | None = None) -> None:
        super().__init__(self._print, self._print_folded)
        self._talk = talk
        self._called = called

    def _print(self, worker: WorkerId, lines: Sequence[str]) -> None:
        start = ""
        if worker != self._called:
            name = label(worker)
            color = _COLORS[zlib.crc32(name.encode()) % len(_COLORS)]
            start = f"{self._talk.paint(f'[{name}]', color)} "
        shown = lines if self._talk.color else map(uncolored, lines)
        sys.stderr.write(
            "".join(f"{start}{line}\n" if line else f"{start.rstrip()}\n" for line in shown)
        )

    def _print_folded(self, worker: WorkerId, lines: Sequence[str]) -> None:
        self._print(
            worker, [part for line in lines for part in self._talk.folded(line).split("\n")]
        )
