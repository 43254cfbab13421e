"""Send one HTTP request with the standard library: no redirects, no kept connections, no guessing.

Errors are cases of `wasi:http/types.error-code`.
"""

from __future__ import annotations

import errno
import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from runtime_shim.values import Case, Err, Ok, Value

MAX_BODY = 64 << 20
"""The largest body of a response, in bytes: it is kept in the journal."""

TIMEOUT = 600.0
"""Seconds that a request may take as a whole, however often bytes arrive meanwhile."""

METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token, as in RFC 9110, section 5.6.2: a method, or the name of a field."""

_TARGET = re.compile(r"[\x21-\x7e]+")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~%-]+)(?::([0-9]{1,5}))?")

Fields = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as sent.

    Attributes:
        method: A token.
        secure: Whether over TLS.
        host: Without the brackets of an IPv6 address.
        port: Where.
        authority: As the guest gave it, for the field `host`.
        target: Path and query.
        fields: Names and values, in order.
        body: All of it.
        connect: Seconds that the connection may take.
        wait: Seconds that the head of the response may take, and then each wait for bytes.
        total: Seconds that all of it may take.
    """

    method: str
    secure: bool
    host: str
    port: int
    authority: str
    target: str
    fields: Fields
    body: bytes
    connect: float = TIMEOUT
    wait: float = TIMEOUT
    total: float = TIMEOUT


def split_authority(text: str, *, secure: bool) -> tuple[str, int] | None:
    """Host and port of `HOST[:PORT]`; or None."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    host, port = found.groups()
    number = int(port) if port else 443 if secure else 80
    return (host.strip("[]").lower(), number) if 0 < number < 1 << 16 else None


def valid_target(text: str) -> bool:
    """Whether this can be the target of a request."""
    return text.startswith("/") and _TARGET.fullmatch(text) is not None


_OF_THE_HOST = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}


def send(request: Request, *, again: bool = False) -> Value:
    """`Ok((status, fields, body))`, or `Err` of an `error-code`, whatever the network does.

    Raises:
        MemoryError, OSError: The host lacks memory or descriptors, and it may be sent `again`.
    """
    try:
        return _send(request)
    except Exception as error:
        lacks = isinstance(error, MemoryError) or getattr(error, "errno", 0) in _OF_THE_HOST
        if again and lacks:
            raise
        return Err(_code(error))


def _send(request: Request) -> Value:
    end = time.monotonic() + request.total
    kind = http.client.HTTPSConnection if request.secure else http.client.HTTPConnection
    connection = kind(request.host, request.port)
    try:
        connection.sock = _connected(request, min(end, time.monotonic() + request.connect))
        timed = _Timed(connection.sock, min(end, time.monotonic() + request.wait), request.wait)
        connection.sock = timed  # all that the library asks of a socket
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        connection.putheader("host", request.authority)
        connection.putheader("connection", "close")
        for name, value in request.fields:
            connection.putheader(name, value)
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        timed.end = end
        body = response.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            return Err(Case("HTTP-response-body-size", MAX_BODY))
        fields = tuple(
            (name.lower(), value.encode("latin-1", "replace"))
            for name, value in response.headers.items()
        )
        return Ok((response.status, fields, body))
    finally:
        connection.close()


def _connected(request: Request, end: float) -> socket.socket:
    """A socket of the first address that answers; the library's timeout is for each address alone."""
    failure: OSError = TimeoutError()
    for family, kind, number, _, address in socket.getaddrinfo(
        request.host, request.port, type=socket.SOCK_STREAM
    ):
        if (left := end - time.monotonic()) <= 0:
            raise TimeoutError
        sock = socket.socket(family, kind, number)
        try:
            sock.settimeout(left)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
            continue
        if not request.secure:
            return sock
        sock.settimeout(max(end - time.monotonic(), 0.001))  # for all of the handshake
        return ssl.create_default_context().wrap_socket(sock, server_hostname=request.host)
    raise failure


class _Timed:
    """A socket that is read until `end`; the library's own timeout is for each wait alone."""

    def __init__(self, sock: socket.socket, end: float, wait: float) -> None:
        self._sock = sock
        self._wait = wait
        self.end = end

    def sendall(self, data: bytes) -> None:
        self._hurry()
        self._sock.sendall(data)  # its timeout is for all of it

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(_Read(self._sock.makefile(mode, buffering=0), self._hurry))

    def close(self) -> None:
        self._sock.close()

    def _hurry(self) -> None:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._wait))


class _Read(io.RawIOBase):
    """What is received; `hurry` comes before each wait."""

    def __init__(self, received: io.RawIOBase, hurry: Callable[[], None]) -> None:
        self._received = received
        self._hurry = hurry

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._hurry()
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()


def _code(error: Exception) -> Case:
    match error:
        case ssl.SSLCertVerificationError():
            return Case("TLS-certificate-error")
        case ssl.SSLError():
            return Case("TLS-protocol-error")
        case socket.gaierror():
            return Case("DNS-error", {"rcode": error.strerror, "info-code": None})
        case TimeoutError():
            return Case("connection-timeout")
        case ConnectionRefusedError():
            return Case("connection-refused")
        case http.client.IncompleteRead():
            return Case("HTTP-response-incomplete")
        case http.client.RemoteDisconnected() | ConnectionError():
            return Case("connection-terminated")
        case http.client.HTTPException() | ValueError():
            return Case("HTTP-protocol-error")
        case OSError():
            return Case("destination-unavailable")
        case _:
            return Case("internal-error", str(error) or type(error).__name__)
