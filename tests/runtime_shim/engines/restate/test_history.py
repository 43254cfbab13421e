"""What a worker has been through, read from its object and from messages of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast
from unittest.mock import patch

import pytest
import restate_server
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.engines.restate.state import Head, Row
from runtime_shim.engines.restate.wire import fields, joined
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Ok
from runtime_shim.values.codec import encode

WORKER = WorkerId("counter", "a")


class Kept:
    """A server's answers: messages of the log, each with so many calls, and those of the object.

    Attributes:
        head: What is known of the worker.
        reads: How often the log was read.
    """

    def __init__(self, chunks: list[int], rest: int) -> None:
        first, count = sum(chunks) + 1, sum(chunks) + rest
        self.head = Head(
            "d" * 64, Environment(), count, f"{count}.m.d", count, first, 0, len(chunks)
        )
        numbers = iter(range(1, first))
        self._chunks = [joined(*(_row(next(numbers)) for _ in range(size))) for size in chunks]
        self.reads = 0

    def do(self, act: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run(act())

    async def get(self, name: str) -> bytes:
        return _row(int(name.removeprefix("row/")))

    async def call(self, service: str, handler: str, key: str, data: bytes) -> bytes:
        start, stop = fields(data, int, int)
        self.reads += 1
        return joined(*self._chunks[start:stop])


def _row(number: int) -> bytes:
    call, nothing = CallId(0, 0), encode(())
    asked = f"k{number}", None, "", call, "inc", 1, 0.0, 0, nothing, nothing, encode(Ok(number))
    return Row(number, "done", f"{number}.m.d", *asked).pack()


@given(st.lists(st.integers(1, 9), max_size=40), st.integers(1, 9), st.data())
def test_calls_are_read_from_any_on_with_few_messages(
    chunks: list[int], rest: int, data: st.DataObject
) -> None:
    if restate_server.missing_modules():
        return
    from runtime_shim.engines.restate import history

    kept = Kept(chunks, rest)
    before = history.Before(cast("Any", kept), WORKER, kept.head, "app.Log", "counter/a")
    start = data.draw(st.integers(1, kept.head.count))
    with patch.object(history, "_CHUNKS", 1):
        rows = [row.number for row in before.rows(start)]
    assert rows == list(range(start, kept.head.count + 1))
    after = sum(sum(chunks[: at + 1]) >= start for at in range(len(chunks)))
    assert kept.reads <= len(chunks).bit_length() + after
    found = asyncio.run(before.one(start))
    assert found is not None
    assert found.number == start


class Cancelled:
    """The SDK's context, whose first call was cancelled as its caller was, and the vm of it."""

    def __init__(self) -> None:
        self.vm = self
        self.calls = 0

    def generic_call(self, *args: Any, **settings: Any) -> Any:
        self.calls += 1
        self.handle = self.calls
        return self

    def is_completed(self, handle: int) -> bool:
        return True

    async def must_take_notification(self, handle: int) -> bytes:
        from restate.exceptions import TerminalError

        if handle == 1:
            raise TerminalError("cancelled", 409)
        return b"answer"


def test_a_signal_that_was_not_meant_does_not_end_what_is_asked() -> None:
    if reason := restate_server.missing_modules():
        pytest.skip(reason)
    from runtime_shim.engines.restate.bridge import Bridge

    async def ask() -> bytes:
        return await Bridge(Cancelled(), 1.0).call("app.Log", "append", "counter/a", b"")

    assert asyncio.run(ask()) == b"answer"
