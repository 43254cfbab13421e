"""The server's side for operators: registering hosts, queries, ending calls."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from runtime_shim.errors import HostTrouble, StoreError

_PATIENCE = 20.0  # seconds
_LARGE = 1 << 20  # bytes of a request that is looked at no more: it comes as numbers in JSON
_LOOKS = 100  # for an invocation that is not seen
_WHERE = "see that it runs, and that this is its address for operators"
QUEUED = frozenset({"scheduled", "pending"})
"""The states of what has not begun."""
PARKED = "paused"
"""The state of what is not tried again by itself."""


def quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def payload(entry: object) -> bytes | None:
    """The request in the first entry of a journal, as the server tells it in JSON."""
    try:
        return bytes(json.loads(str(entry))["Command"]["Input"]["payload"])
    except (ValueError, LookupError, TypeError):
        return None


class Connections:
    """Connections to one of several servers, one for each thread; the next server after a failure.

    Args:
        urls: Those of the servers; at least one.
    """

    def __init__(self, urls: tuple[str, ...]) -> None:
        self.urls = urls
        self._local = threading.local()
        self._first = 0
        self._open: set[http.client.HTTPConnection] = set()

    def once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> tuple[int, bytes]:
        """The status and the body of an answer.

        Raises:
            OSError, HTTPException: There was none, and the next attempt asks another server.
        """
        try:
            connection = self._own() or self._connect()
            connection.timeout = timeout
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self.drop()
            raise

    def drop(self) -> None:
        """Close this thread's connection, and use the next server."""
        self._first += 1
        connection = self._own()
        self._local.connection = None
        if connection is not None:
            self._open.discard(connection)
            connection.close()

    def close(self) -> None:
        """Close all of them, whatever they are waiting for."""
        while self._open:
            connection = self._open.pop()
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _own(self) -> http.client.HTTPConnection | None:
        return getattr(self._local, "connection", None)

    def _connect(self) -> http.client.HTTPConnection:
        url = urlsplit(self.urls[self._first % len(self.urls)])
        made = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = self._local.connection = made(url.hostname or "", url.port)
        self._open.add(connection)
        return connection


class Admin:
    """What a server offers to operators.

    Args:
        urls: Those of its nodes, such as `http://127.0.0.1:9070`.
    """

    def __init__(self, urls: tuple[str, ...]) -> None:
        self.url = ", ".join(urls)
        self._connections = Connections(urls)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query; binary values as hex.

        Raises:
            HostTrouble: The server does not answer.
        """
        end = time.monotonic() + _PATIENCE
        status, found = self._ask("POST", "/query", {"query": sql})
        while status >= 500 and time.monotonic() < end:  # it does not know its nodes yet
            time.sleep(0.1)
            status, found = self._ask("POST", "/query", {"query": sql})
        if status != 200:
            raise StoreError(f"the Restate server at {self.url} refuses a query: {found}", _WHERE)
        rows = found.get("rows") if isinstance(found, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._other()
        return rows

    def asked(self, invocation: str) -> bytes | None:
        """The request of an invocation that is not over, unless it is large.

        Raises:
            HostTrouble: The server does not answer.
        """
        rows = self.query(
            f"SELECT entry_json FROM sys_journal WHERE id = {quoted(invocation)} "  # noqa: S608 -- quoted
            f"AND index = 0 AND raw_length < {_LARGE}"
        )
        return payload(rows[0].get("entry_json")) if rows else None

    def kept(self, service: str, key: str, name: str) -> bytes | None:
        """What an object keeps under a name.

        Raises:
            HostTrouble: The server does not answer.
        """
        rows = self.query(
            f"SELECT value FROM state WHERE service_name = {quoted(service)} "  # noqa: S608 -- quoted
            f"AND service_key = {quoted(key)} AND key = {quoted(name)}"
        )
        return bytes.fromhex(rows[0]["value"]) if rows else None

    def register(self, uri: str, *, patience: float = _PATIENCE) -> None:
        """Have the server deliver the services of the host at `uri`.

        Raises:
            StoreError: It refuses, or does not answer within `patience` seconds.
        """
        end = time.monotonic() + patience
        while True:
            status, found = self._ask("POST", "/deployments", {"uri": uri, "force": True})
            if status in {200, 201}:
                if not isinstance(found, dict) or "id" not in found:
                    raise self._other()
                return
            if time.monotonic() > end:
                said = found.get("message", found) if isinstance(found, dict) else found
                raise StoreError(
                    f"the Restate server at {self.url} cannot use this host: {said}",
                    f"it must be able to reach {uri}",
                )
            time.sleep(0.1)

    def deployments(self, service: str) -> dict[str, str]:
        """The addresses of hosts with a service, by what the server knows them by.

        Raises:
            StoreError: The server does not answer.
        """
        status, found = self._ask("GET", "/deployments", None)
        if status != 200 or not isinstance(found, dict):
            raise StoreError(f"the Restate server at {self.url} does not say its hosts: {found}")
        try:
            return {
                one["id"]: one.get("uri", "").rstrip("/")
                for one in found["deployments"]
                if any(offered["name"] == service for offered in one["services"])
            }
        except (LookupError, TypeError, AttributeError):
            raise self._other() from None

    def move(self, deployment: str, uri: str) -> None:
        """Have the server find what it knows as a deployment at another address.

        Raises:
            StoreError: It refuses, or does not answer.
        """
        path = f"/deployments/{quote(deployment, safe='')}"
        status, found = self._ask("PATCH", path, {"uri": uri})
        if status != 200:
            raise StoreError(f"the Restate server at {self.url} cannot move a host: {found}")

    def cancel(self, invocation: str) -> None:
        """Cancel an invocation unless it has begun.

        One that begins in this moment gets a signal, and ignores it.
        """
        where = f"id = {quoted(invocation)}"
        for _ in range(_LOOKS):  # it may be on its way
            found = self.query(f"SELECT status FROM sys_invocation WHERE {where}")  # noqa: S608
            if found:
                if found[0]["status"] in QUEUED:
                    self.end(invocation, kill=False)
                return
            time.sleep(0.01)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def end(self, invocation: str, *, kill: bool) -> bool:
        """Cancel an invocation that has not begun, or kill one that has; whether it was there."""
        return self._act(invocation, "kill" if kill else "cancel")

    def pause(self, invocation: str) -> bool:
        """Have no attempt follow the one under way; whether the invocation was there."""
        return self._act(invocation, "pause")

    def resume(self, invocation: str) -> bool:
        """Have another attempt at what is paused; whether it was there."""
        return self._act(invocation, "resume")

    def _act(self, invocation: str, action: str) -> bool:
        status, _ = self._ask("PATCH", f"/invocations/{quote(invocation, safe='')}/{action}", None)
        return status in {200, 202}

    def _other(self) -> StoreError:
        return StoreError(f"what answers at {self.url} is not a Restate server", _WHERE)

    def _ask(self, method: str, path: str, body: object) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "accept": "application/json"}
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                status, said = self._connections.once(method, path, data, headers, _PATIENCE)
                break
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > end:
                    raise HostTrouble(
                        f"the Restate server at {self.url} does not answer: {error}", _WHERE
                    ) from None
                time.sleep(0.1)
        try:
            return status, json.loads(said) if said else None
        except (ValueError, RecursionError):
            return status, said.decode(errors="replace")[:200]
