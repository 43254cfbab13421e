"""Calls from outside, through the server's ingress."""

from __future__ import annotations

import http.client
import json
import logging
import random
import time
from urllib.parse import quote, urlsplit

from runtime_shim.engines.restate.admin import Connections
from runtime_shim.errors import HostTrouble, InvocationFailed, StoreError, TimedOut
from runtime_shim.protocol.health import SERVING, Health

_PAUSES = (0.02, 0.25)  # seconds between two attempts
_SLICE = 300.0  # seconds that an answer is waited for on one connection
_LOOK = "see that it runs, and that this is its ingress"
_START = "start a host with `witgen serve --engine restate`"
_SERVED = 1.0  # seconds after which a request that fails had been accepted before
_GONE = frozenset({408, 429, 500, 502, 503, 504})

_log = logging.getLogger("runtime_shim")


class Ingress:
    """Where calls from outside enter.

    Args:
        urls: Those of the server's nodes.
        patience: Seconds after which a server that cannot be reached is an error.
        limit: Seconds that a host gets for something else than a call; None for any.
    """

    def __init__(self, urls: tuple[str, ...], patience: float, limit: float | None = None) -> None:
        for url in urls:
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
                raise StoreError(f"{url!r} is not the URL of a Restate server's ingress")
        self._connections = Connections(urls)
        self._nodes = len(urls)
        self._patience = patience
        self._limit = limit
        self.health: Health = SERVING
        self.closed = False

    def invoke(
        self,
        place: tuple[str, str],
        identity: str,
        request: bytes,
        timeout: float | None,
        what: str = "the call",
    ) -> bytes:
        """The answer of a call, which is the same each time; `what` it is called in errors.

        Raises:
            TimedOut: It is not over in time.
            InvocationFailed: It was cancelled.
            HostTrouble: The server cannot be reached.
        """
        if timeout is None:
            return self._post(f"{_path(place)}/invoke", identity, request, None)
        end = time.monotonic() + timeout
        self.send(place, identity, request, None)
        while True:
            found = self.output(place, identity)
            if found is not None:
                return found
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut(f"{what} is not over after {timeout:g} s; it goes on")
            try:
                return self._get(f"{_about(place, identity)}/attach", min(left, _SLICE))
            except TimeoutError:
                pass
            except (_NotThere, _Unknown):
                time.sleep(min(left, _PAUSES[0]))

    def send(
        self, place: tuple[str, str], identity: str, request: bytes, delay: float | None
    ) -> str | None:
        """Hand a call over, which begins in `delay` seconds.

        Returns what the server knows it by, if it knew its key before.

        Raises:
            HostTrouble: The server cannot be reached.
        """
        later = "" if delay is None else f"?delay={max(0, round(delay * 1000))}ms"
        said = self._post(f"{_path(place)}/invoke/send{later}", identity, request, None)
        try:
            found = json.loads(said)
            known = found["status"] == "PreviouslyAccepted"
            return str(found["invocationId"]) if known else None
        except (ValueError, LookupError, TypeError):
            raise StoreError("the Restate server does not say what it sends") from None

    def act(
        self, place: tuple[str, str], handler: str, data: bytes, timeout: float | None = None
    ) -> bytes:
        """The answer of another handler. Raises `HostTrouble`, and `TimeoutError`."""
        try:
            return self._post(f"{_path(place)}/{handler}", None, data, timeout or self._limit)
        except TimeoutError:
            if timeout is not None:
                raise
            said = f"no host has answered for {self._limit:g} s; one that comes does what was asked"
            raise HostTrouble(said, _START) from None

    def output(self, place: tuple[str, str], identity: str) -> bytes | None:
        """The answer of a call that is over, or None. Raises `InvocationFailed`, `HostTrouble`."""
        try:
            return self._get(f"{_about(place, identity)}/output", self._patience)
        except (_NotThere, _Unknown):
            return None

    def over(self, place: tuple[str, str], identity: str) -> bool:
        """Whether a call is over, or was never made. Raises `HostTrouble`."""
        try:
            self._get(f"{_about(place, identity)}/output", self._patience)
        except _NotThere:
            return False
        except (_Unknown, InvocationFailed):
            pass
        return True

    def attach(self, place: tuple[str, str], identity: str) -> None:
        """Wait until a call is over, if it is known. Raises `HostTrouble`."""
        while not self.closed:
            try:
                self._get(f"{_about(place, identity)}/attach", _SLICE)
            except TimeoutError:
                continue
            except (_NotThere, _Unknown, InvocationFailed):
                pass
            return

    def close(self) -> None:
        """End all calls, which go on in the server."""
        self.closed = True
        self._connections.close()

    def _get(self, path: str, timeout: float) -> bytes:
        return self._ask("GET", path, None, None, timeout)

    def _post(self, path: str, identity: str | None, data: bytes, timeout: float | None) -> bytes:
        return self._ask("POST", path, identity, data, timeout)

    def _ask(
        self,
        method: str,
        path: str,
        identity: str | None,
        data: bytes | None,
        timeout: float | None,
    ) -> bytes:
        headers = {} if data is None else {"content-type": "application/octet-stream"}
        if identity is not None:
            headers["idempotency-key"] = identity
        pause, longest = _PAUSES
        end: float | None = None
        failures = 0
        while True:
            if self.closed:
                raise StoreError("the engine was closed")
            begin = time.monotonic()
            try:
                status, said = self._connections.once(
                    method, path, data, headers, _SLICE if timeout is None else timeout
                )
            except TimeoutError:
                if timeout is not None:
                    raise
                continue
            except (OSError, http.client.HTTPException) as error:
                trouble, advice = str(error) or type(error).__name__, _LOOK
            else:
                if status in {200, 202}:
                    self.health = SERVING
                    return said
                trouble, advice = _message(said), _LOOK
                if status == 470:
                    raise _NotThere
                if status == 404 and method == "GET":
                    raise _Unknown
                if status in {409, 500} and trouble in {"cancelled", "canceled", "killed"}:
                    raise InvocationFailed("the invocation was cancelled")
                if status not in _GONE and status != 404:
                    raise StoreError(f"the Restate server refuses a call: {status} {trouble}")
                self._connections.drop()
                if status == 404:  # the server is there, and has not heard of such a service
                    trouble, advice = "no host serves the application", _START
            where = ", ".join(self._connections.urls)
            if end is None or time.monotonic() > begin + _SERVED:
                end, failures = time.monotonic() + self._patience, 0
            failures += 1
            if failures == self._nodes:  # none of them serves
                _log.info("waiting for the Restate server at %s: %s", where, trouble)
            if failures >= self._nodes:
                self.health = Health("waiting", trouble)
            if time.monotonic() > end:
                raise HostTrouble(
                    f"the Restate server at {where} does not serve: {trouble}", advice
                )
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 -- spreads callers
            pause = min(2 * pause, longest)


class _NotThere(Exception):
    """The call is not over."""


class _Unknown(Exception):
    """The server does not know the call."""


def _path(place: tuple[str, str]) -> str:
    service, key = place
    return f"/{service}/{quote(key, safe='')}"


def _about(place: tuple[str, str], identity: str) -> str:
    return f"/restate/invocation{_path(place)}/invoke/{quote(identity, safe='')}"


def _message(said: bytes) -> str:
    try:
        return str(json.loads(said)["message"])
    except (ValueError, LookupError, TypeError):
        return said.decode(errors="replace")[:200]
