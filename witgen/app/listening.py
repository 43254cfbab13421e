"""An HTTP server in which connections cost no threads.

An event loop receives requests and sends answers; a few threads make them. A request that waits for
something holds no thread either: whoever answers says how to learn of its end.
"""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any, Self

from witgen.app.access import Log, unlogged

LARGEST = 16 << 20
"""The largest body of a request, in bytes."""

_LINE = 1 << 16
_HEAD = 1 << 17
_CONNECTIONS = 1024  # at once; then the one that has been sending its request for longest is closed
_PATIENCE = 60.0  # seconds that a request may take to arrive, and an answer to be taken
_GRACE = 20.0  # seconds that what is in flight gets to end
_LOOK = 1.0  # seconds between two looks whether a client that waits is still there


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        method: Such as `GET`.
        target: As it was sent.
        headers: Those.
        body: Its content; None where it says nothing valid of its length.
    """

    method: str
    target: str
    headers: Message
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a status, and a value for JSON."""

    status: HTTPStatus
    content: Any


@dataclass(frozen=True, slots=True)
class Later:
    """What is not known yet.

    Attributes:
        ring: Has its argument called when it is worth asking again; False if that is now.
        again: Asks again.
    """

    ring: Callable[[Callable[[], None]], bool]
    again: Callable[[], Reply | Later]


class Listener:
    """A server; made, it has its port, and it answers while `serve_forever` runs.

    Args:
        answer: Answers a request; called in one of `threads` threads.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        threads: How many answers are made at once.
        log: Notes each request.

    Raises:
        OSError: The address is taken.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Reply | Later],
        host: str,
        port: int,
        *,
        threads: int = 16,
        log: Log = unlogged,
    ) -> None:
        self._answer = answer
        self._log = log
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=256)
        self.server_port: int = self._socket.getsockname()[1]
        self._pool = ThreadPoolExecutor(threads, "witgen-answer")
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._grace = 0.0
        self._reading: dict[asyncio.Task[Any], None] = {}  # the oldest first
        self._answering: set[asyncio.Task[Any]] = set()

    def serve_forever(self, poll_interval: float = 0.0) -> None:
        """Answer until `shutdown` or `finish`; nothing is polled.

        On the main thread, Ctrl-C ends it as well.

        Raises:
            KeyboardInterrupt: it did.
        """
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def shutdown(self) -> None:
        """Have `serve_forever` end at once; any thread may call this."""
        self._end(0.0)

    def finish(self) -> None:
        """Have it take no more requests, and end when those that it has are answered."""
        self._end(_GRACE)

    def server_close(self) -> None:
        """Let go of the port."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._socket.close()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.server_close()

    def _end(self, grace: float) -> None:
        def end() -> None:
            self._grace = grace
            self._stop.set()

        with suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(end)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, sock=self._socket, limit=_LINE)
        await self._stop.wait()
        server.close()
        for task in tuple(self._reading):
            task.cancel()
        if self._answering and self._grace:
            await asyncio.wait(self._answering, timeout=self._grace)
        for task in tuple(self._answering):
            task.cancel()
        await asyncio.gather(*self._reading, *self._answering, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a connection is served by a task")
        if len(self._reading) + len(self._answering) >= _CONNECTIONS:
            next(iter(self._reading), task).cancel()
        try:
            while not self._stop.is_set():
                self._reading[task] = None
                async with asyncio.timeout(_PATIENCE):
                    head, asked = await _received(reader, writer)
                begun = time.monotonic()
                del self._reading[task]
                self._answering.add(task)
                reply = head.refused
                if reply is None:
                    if asked is None:
                        return
                    reply = await self._replied(asked, reader)
                answer = _packed(reply, keep=not head.close_connection)
                client = str((writer.get_extra_info("peername") or ("-",))[0])
                took = time.monotonic() - begun
                self._log(client, head.requestline, reply.status, len(answer), took)
                writer.write(answer)
                async with asyncio.timeout(_PATIENCE):
                    await writer.drain()
                self._answering.discard(task)
                if head.close_connection or reply.status is not HTTPStatus.OK:
                    return  # the rest of a refused request is not the next one
        except (OSError, EOFError, TimeoutError, asyncio.CancelledError):
            pass  # the client has gone or is too slow, or the server ends
        finally:
            self._reading.pop(task, None)
            self._answering.discard(task)
            writer.close()

    async def _replied(self, asked: Asked, reader: asyncio.StreamReader) -> Reply:
        """The answer, once it is known.

        Raises:
            EOFError: the client has gone. What it asked for goes on.
        """
        made = await self._loop.run_in_executor(self._pool, self._answer, asked)
        while isinstance(made, Later):
            over = asyncio.Event()
            if made.ring(functools.partial(self._tell, over)):
                while not over.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(over.wait(), _LOOK)
                    if reader.at_eof():
                        raise EOFError
            made = await self._loop.run_in_executor(self._pool, made.again)
        return made

    def _tell(self, over: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(over.set)


class _Head(BaseHTTPRequestHandler):
    """The head of a request, as the library understands it."""

    protocol_version = "HTTP/1.1"
    # Requests without a version get a status line too.
    default_request_version = "HTTP/1.0"

    def __init__(self, data: bytes) -> None:
        self.rfile, self.wfile = BytesIO(data), BytesIO()
        self.close_connection = True
        self.refused: Reply | None = None
        self.raw_requestline = self.rfile.readline()
        self.valid = self.parse_request()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer malformed requests in the same format as all others."""
        status = HTTPStatus(code)
        self.refused = Reply(status, {"error": explain or message or status.phrase})

    def handle_expect_100(self) -> bool:
        """Whoever reads the body says that."""
        return True


async def _received(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[_Head, Asked | None]:
    """A request; None if it is refused, or nothing came.

    Raises:
        EOFError: the client has gone.
    """
    data, line = b"", b""
    while line not in {b"\r\n", b"\n"} or not data.strip():
        try:
            line = await reader.readline()
        except ValueError:  # it is longer than any may be
            return _refused(431 if data else 414)
        if not line:
            raise EOFError
        data += line
        if len(data) > _HEAD:
            return _refused(431)
    head = _Head(data.lstrip(b"\r\n"))
    if not head.valid:
        return head, None
    lengths = head.headers.get_all("Content-Length") or []
    if len(set(lengths)) > 1 or "Transfer-Encoding" in head.headers:
        return _refused(400, "a request must say once how long it is, by `Content-Length`")
    body: bytes | None = None
    length = lengths[0] if lengths else "0"
    if length.isascii() and length.isdecimal() and len(length) <= 10 and int(length) <= LARGEST:
        if head.headers.get("Expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(length))
    return head, Asked(head.command, head.path, head.headers, body)


def _refused(code: int, message: str | None = None) -> tuple[_Head, None]:
    """A request that is not read to its end."""
    head = _Head(b"")
    head.send_error(code, message)
    return head, None


def _packed(reply: Reply, *, keep: bool) -> bytes:
    """An answer as it is sent."""
    body = json.dumps(reply.content).encode()
    lines = [
        f"HTTP/1.1 {reply.status.value} {reply.status.phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    if not keep or reply.status is not HTTPStatus.OK:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + body
