"""`wasi:io/streams` by the host, for recorded I/O: bodies of HTTP, files, standard output.

A stream of wasmtime's is out of reach of the journal, and a stream of ours has another type. So if
one interface needs ours, every interface with streams is offered here (see `virtual`). A plain
input stream has all its bytes, a plain output stream accepts everything at once: what a guest sees
of them is the same on every replay and needs no step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.offers.provide import HostFunction
from runtime_shim.values import Case, Err, Ok, Value
from runtime_shim.wasi.polling import Moment, pollable

WINDOW = 1 << 20
"""How many bytes an output stream takes, or an input stream gives, at once."""

_CLOSED = Err(Case("closed"))


class Source:
    """An input stream with all its bytes."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes = b"", at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, context: Context, length: int) -> bytes | None:
        """The next bytes, at most `length`; None when everything was taken."""
        if self.at >= len(self.data):
            return None
        taken = self.data[self.at : self.at + min(length, WINDOW)]
        self.at += len(taken)
        return taken


class Sink(Protocol):
    """An output stream: where its bytes go."""

    def write(self, context: Context, data: bytes) -> bool:
        """Take bytes; whether it still takes any."""


def functions() -> dict[str, HostFunction]:
    """What `wasi:io/streams` and `wasi:io/error` offer."""

    def ready(context: Context, stream: Any) -> Value:
        """Our streams never block."""
        return pollable(context, Moment(0))

    table: dict[str, Callable[..., Value]] = {
        "[method]input-stream.subscribe": ready,
        "[method]output-stream.subscribe": ready,
        "[method]output-stream.check-write": lambda context, sink: Ok(WINDOW),
        "[method]output-stream.flush": lambda context, sink: Ok(),
        "[method]output-stream.blocking-flush": lambda context, sink: Ok(),
        "[method]error.to-debug-string": lambda context, error: str(error),
    }
    for blocking in ("", "blocking-"):
        table[f"[method]input-stream.{blocking}read"] = _read
        table[f"[method]input-stream.{blocking}skip"] = _skip
        table[f"[method]output-stream.{blocking}splice"] = _splice
    for name in ("write", "blocking-write-and-flush"):
        table[f"[method]output-stream.{name}"] = _write
    for name in ("write-zeroes", "blocking-write-zeroes-and-flush"):
        table[f"[method]output-stream.{name}"] = _write_zeroes
    return {name: HostFunction(run) for name, run in table.items()}


def _read(context: Context, source: Source, length: int) -> Value:
    data = source.take(context, length)
    return _CLOSED if data is None else Ok(data)


def _skip(context: Context, source: Source, length: int) -> Value:
    data = source.take(context, length)
    return _CLOSED if data is None else Ok(len(data))


def _write(context: Context, sink: Sink, data: bytes) -> Value:
    return Ok() if sink.write(context, data) else _CLOSED


def _write_zeroes(context: Context, sink: Sink, length: int) -> Value:
    if length > WINDOW:
        raise HostFailure(
            f"write-zeroes: {length} bytes given, but at most {WINDOW} are allowed at once"
        )
    return _write(context, sink, bytes(length))


def _splice(context: Context, sink: Sink, source: Source, length: int) -> Value:
    data = source.take(context, length)
    if data is None:
        return _CLOSED
    return Ok(len(data)) if sink.write(context, data) else _CLOSED
