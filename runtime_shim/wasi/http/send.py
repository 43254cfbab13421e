"""Send one HTTP request with the standard library: no redirects, no kept connections, no guessing.

Errors are cases of `wasi:http/types.error-code`.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from dataclasses import dataclass

from runtime_shim.values import Case, Err, Ok, Value

MAX_BODY = 64 << 20
"""The largest body of a response, in bytes: it is kept in the journal."""

TIMEOUT = 600.0
"""Seconds that a connection and each wait for bytes may take, unless the guest says otherwise."""

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
        wait: Seconds that each wait for bytes may take.
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


def send(request: Request) -> Value:
    """`Ok((status, fields, body))`, or `Err` of an `error-code`. Never raises an `Exception`."""
    try:
        return _send(request)
    except Exception as error:  # noqa: BLE001 -- the guest gets an error, whatever the network does
        return Err(_code(error))


def _send(request: Request) -> Value:
    kind = http.client.HTTPSConnection if request.secure else http.client.HTTPConnection
    connection = kind(request.host, request.port, timeout=request.connect)
    try:
        connection.connect()
        connection.sock.settimeout(request.wait)
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
