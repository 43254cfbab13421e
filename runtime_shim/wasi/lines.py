"""What guests print, in whole lines."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID

from runtime_shim.boundary.context import Context
from runtime_shim.errors import message_of
from runtime_shim.protocol.ids import WorkerId

log = logging.getLogger("runtime_shim")

LONGEST = 1 << 14
"""The longest line, in bytes: a longer one comes in pieces, all but the last without an end."""

_NAME = 40  # the longest name in a label
_SHORT = 8  # characters of a UUID in a label
_ENDS = re.compile(r"\r\n|\r|\n")
_STYLE = re.compile(r"\x1b\[[\d;]*m")
# What moves the cursor, or does worse to a terminal; colours are let through.
_CONTROL = re.compile(r"\x1b(?!\[[\d;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


class Lines:
    """The line that an instance is printing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # wasmtime prints in threads of its own
        self._begun = b""
        self._stream = 0

    def give(
        self,
        context: Context,
        output: Callable[[WorkerId, bytes], None],
        data: bytes,
        stream: int,
    ) -> None:
        """Give the lines that `data` ends.

        Args:
            context: The instance.
            output: Takes them.
            data: What is printed; b"" when the call is over, which ends the line.
            stream: Where: output and errors do not share a line.
        """
        with self._lock:
            # Outside a call there is no end to wait for.
            over = not data or context.invocation is None
            try:
                for line in self._lines(data, stream, over=over):
                    output(context.worker, line)
                if over:
                    output(context.worker, b"")
            except Exception as error:  # noqa: BLE001  # a broken pipe is not the guest's fault
                log.warning("what %s printed is lost: %s", context.worker.uri, message_of(error))

    def _lines(self, data: bytes, stream: int, *, over: bool) -> Iterator[bytes]:
        if self._begun and stream != self._stream:
            begun, self._begun = self._begun, b""
            yield begun
        self._stream = stream
        *whole, begun = (self._begun + data).split(b"\n")
        self._begun = b""
        for line in whole:
            yield from _pieces(line + b"\n")
        *whole, self._begun = _pieces(begun)
        yield from whole
        if over and self._begun:
            begun, self._begun = self._begun, b""
            yield begun


def _pieces(line: bytes) -> list[bytes]:
    """A line in pieces that are not too long, and that end between characters."""
    made: list[bytes] = []
    while len(line) > LONGEST:
        end = LONGEST
        while end > LONGEST - 3 and line[end] & 0xC0 == 0x80:
            end -= 1
        made.append(line[:end])
        line = line[end:]
    return [*made, line]


def label(worker: WorkerId) -> str:
    """The name of a worker as a label: one line and short."""
    name = worker.name
    with suppress(ValueError):
        name = str(UUID(name))[:_SHORT] if len(name) == 36 else name
    if len(name) > _NAME:
        name = f"{name[: _NAME // 2]}…{name[-_NAME // 4 :]}"
    text = f"{worker.component}/{name}"
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def readable(line: bytes) -> list[str]:
    """A line as text that does no harm to a terminal: several where it returns to its start."""
    text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    return [
        _CONTROL.sub(lambda found: ascii(found[0])[1:-1], part)
        + ("\x1b[0m" if _STYLE.search(part) else "")
        for part in _ENDS.split(text)
    ]


def uncolored(text: str) -> str:
    """A line as text without its colours."""
    return _STYLE.sub("", text)


def labelled(worker: WorkerId, line: bytes) -> str:
    """A line, or the lines that it is shown as, each with the name of the worker."""
    if not line:
        return ""
    return "".join(f"[{label(worker)}] {part}\n" for part in readable(line))
