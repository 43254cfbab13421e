"""The endpoint that the Restate server delivers to, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVarTuple, Unpack

import hypercorn.asyncio
import hypercorn.config
import hypercorn.events
import hypercorn.protocol
import hypercorn.protocol.h2
from restate.vm import VMException

from runtime_shim.errors import StoreError

_Ts = TypeVarTuple("_Ts")
log = logging.getLogger("runtime_shim")

_STREAMS = 2**31 - 1  # each attempt is one, and they wait for each other


class Endpoint:
    """Serves an ASGI application until it is closed.

    Args:
        make: Makes the application on the event loop.
        host: The address to listen on.
        port: 0 for a free one.
        grace: Seconds that attempts get to end when it is closed.

    Raises:
        StoreError: It cannot listen there.
    """

    def __init__(self, make: Callable[[], Any], host: str, port: int, grace: float) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen(128)
        except OSError as error:
            self._socket.close()
            said = f"cannot listen on {host}:{port}: {error}"
            raise StoreError(said, "give an address of this machine that is free") from None
        self.port: int = self._socket.getsockname()[1]
        self._make = make
        self._grace = grace
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="restate", daemon=True)
        self._thread.start()
        self._started.wait()

    def close(self) -> None:
        """Take no more attempts, and end those that do not end by themselves."""
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        loop.set_exception_handler(_lost)
        self._stop = asyncio.Event()
        config = hypercorn.config.Config()
        config.bind = [f"fd://{self._socket.detach()}"]  # which closes it
        config.h2_max_concurrent_streams = _STREAMS
        config.keep_alive_timeout = 3600
        config.keep_alive_max_requests = _STREAMS  # what is on its way at the last one is lost
        config.graceful_timeout = self._grace
        config.loglevel = "CRITICAL"
        config.accesslog = config.errorlog = None
        logging.getLogger("hypercorn.error").setLevel(logging.CRITICAL)
        logging.getLogger("restate.server").addFilter(_is_news)
        app = self._make()
        self._started.set()
        stop, grace = self._stop, self._grace

        async def ended() -> None:
            await stop.wait()
            if isinstance(loop, _Loop):
                loop.call_later(grace, loop.signal)

        try:
            await hypercorn.asyncio.serve(app, config, shutdown_trigger=ended)
        except Exception:
            if not stop.is_set():
                raise
            # Requests that it cuts when its time is over may fail, and it does not expect that.
            log.debug("the end of a host", exc_info=True)


class _Protocol(hypercorn.protocol.h2.H2Protocol):  # type: ignore[misc]
    """HTTP/2, where data for a request that was refused does not end all others of its connection.

    That is what comes with new requests while a host ends. And what is left to send when a connection is
    gone is waited for no more.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.streams = _Streams()

    async def handle(self, event: object) -> None:
        """Take what the connection says."""
        await super().handle(event)
        if isinstance(event, hypercorn.events.Closed):
            for unsent in self.stream_buffers.values():
                await unsent.close()


class _Streams(dict[int, Any]):
    """The requests of a connection; any other is over."""

    def __missing__(self, stream: int) -> _Over:
        return _Over()


class _Over:
    async def handle(self, event: object) -> None:
        """Nobody wants it."""


hypercorn.protocol.H2Protocol = _Protocol


class _Loop(asyncio.SelectorEventLoop):
    """A loop outside the main thread, for which `signal` stands for SIGTERM.

    The SDK waits for the server to end each request, and the server does not, until such a signal.
    """

    def __init__(self) -> None:
        super().__init__()
        self._handlers: list[Callable[[], object]] = []

    def add_signal_handler(
        self, sig: int, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts
    ) -> None:
        """Have `signal` call something."""
        self._handlers.append(lambda: callback(*args))

    def signal(self) -> None:
        """Call it."""
        for handler in self._handlers:
            handler()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether the SDK says something else than that a request was cut, or was none."""
    return not (record.exc_info and isinstance(record.exc_info[1], VMException))


def _lost(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A server that ends takes its connections with it, which hypercorn does not expect."""
    log.debug("%s", context.get("message"), exc_info=context.get("exception"))
