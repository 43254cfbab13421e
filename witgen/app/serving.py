"""The host on a loopback HTTP endpoint, following Golem's worker API.

Only programs on this machine can use it, and no web page: the `Host` header must name the loopback,
and requests that change something must be JSON, which a page cannot send to another origin without
permission.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from runtime_shim.errors import BadArguments, ShimError, UnknownComponent, UnknownFunction
from runtime_shim.host import Host
from runtime_shim.protocol.ids import component_uuid
from runtime_shim.protocol.records import Environment
from witgen.app.typedjson import Unfit, described, parse, plain

_LARGEST = 16 << 20
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Service:
    """The state behind the answers.

    Attributes:
        host: The host.
        environments: The environments of new workers, by component.
    """

    host: Host
    environments: Mapping[str, Mapping[str, str]]

    def component(self, given: str) -> str:
        """The name of a component given by name or id."""
        for name in self.environments:
            if given in {name, str(component_uuid(name))}:
                return name
        raise _Refused(HTTPStatus.NOT_FOUND, f"there is no component `{given:.100}`")

    def components(self) -> list[dict[str, Any]]:
        """All components with their functions."""
        return [
            {
                "componentId": str(component_uuid(name)),
                "componentName": name,
                "functions": list(self.host.functions(name)),
            }
            for name in sorted(self.environments)
        ]

    def call(
        self,
        name: str,
        worker: str | None,
        function: str,
        body: Any,
        key: str | None,
        *,
        wait: bool,
    ) -> dict[str, Any]:
        """Call a function and answer with its result, or at once."""
        signature = self.host.signature(name, function)
        params = body.get("params", []) if isinstance(body, dict) else None
        if not isinstance(params, list) or len(params) != len(signature.params):
            wanted = ", ".join(param for param, _ in signature.params) or "none"
            raise Unfit(f"`params` must be an array of {len(signature.params)} ({wanted})")
        args = tuple(
            parse(_value(given), kind, param)
            for given, (param, kind) in zip(params, signature.params, strict=True)
        )
        environment = Environment(dict(self.environments[name]), ())
        if not wait:
            sent = self.host.send(name, worker, function, args, key=key, environment=environment)
            return {"idempotencyKey": sent}
        value = self.host.invoke(name, worker, function, args, key=key, environment=environment)
        if signature.result is None:
            return {"result": None}
        typ = described(signature.result)
        return {"result": {"typ": typ, "value": plain(value, signature.result)}}


def _value(given: Any) -> Any:
    """A parameter is a value, or an object that also gives its type."""
    if isinstance(given, dict) and given.keys() == {"typ", "value"}:
        return given["value"]
    return given


def server(service: Service, port: int) -> ThreadingHTTPServer:
    """A server on the loopback; port 0 takes a free one.

    Raises:
        OSError: The port is taken.
    """

    class Handler(_Handler):
        answers = service

    return _Server(("127.0.0.1", port), Handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Many programs may connect at once; the system refuses any beyond this.
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
        # Otherwise the client has gone, which is not an error here.


class _Handler(BaseHTTPRequestHandler):
    answers: Service
    protocol_version = "HTTP/1.1"
    # Requests without a version get a status line too.
    default_request_version = "HTTP/1.0"
    timeout = 60

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base names it
        """Log nothing: stderr is for what guests print."""

    def _answer(self, make: Any) -> None:
        try:
            self._check_origin()
            status, body = HTTPStatus.OK, make()
        except _Refused as error:
            status, body = error.status, {"error": error.message}
        except (Unfit, BadArguments) as error:
            status, body = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        except (UnknownFunction, UnknownComponent) as error:
            status, body = HTTPStatus.NOT_FOUND, {"error": str(error)}
        except ShimError as error:
            status, body = HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)}
        self._send(status, body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer malformed or unknown requests in the same format as all others."""
        self._send(HTTPStatus(code), {"error": explain or message or HTTPStatus(code).phrase})

    def _send(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status is not HTTPStatus.OK:
            # The rest of a rejected request must not be read as the next one.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)

    def _check_origin(self) -> None:
        host = self.headers.get("Host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in _LOCAL:
            raise _Refused(HTTPStatus.FORBIDDEN, "only this machine may send requests")

    def _url(self) -> SplitResult:
        try:
            return urlsplit(self.path)
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"invalid URL: {error}") from None

    def _get(self) -> Any:
        if self._url().path.rstrip("/") == "/v1/components":
            return self.answers.components()
        raise _Refused(HTTPStatus.NOT_FOUND, "GET supports /v1/components")

    def _post(self) -> Any:
        url = self._url()
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        worker: str | None = None
        match parts:
            case ["v1", "components", given, "workers", worker_name, action] if worker_name:
                worker = worker_name
            case ["v1", "components", given, action]:
                pass
            case _:
                message = "POST supports /v1/components/ID/workers/NAME/invoke-and-await?function=…"
                raise _Refused(HTTPStatus.NOT_FOUND, message)
        if action not in {"invoke", "invoke-and-await"}:
            raise _Refused(HTTPStatus.NOT_FOUND, f"there is no action `{action:.60}`")
        functions = parse_qs(url.query).get("function", [])
        if len(functions) != 1:
            raise _Refused(HTTPStatus.BAD_REQUEST, "give one function with `?function=`")
        body = self._body()
        name = self.answers.component(given)
        key = self.headers.get("Idempotency-Key")
        wait = action == "invoke-and-await"
        return self.answers.call(name, worker, functions[0], body, key, wait=wait)

    def _body(self) -> Any:
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "`Content-Length` is missing")
        if len(length) > 10 or int(length) > _LARGEST:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body may have at most 16 MiB")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise _Refused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
