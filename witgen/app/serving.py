"""The host on a loopback HTTP endpoint, following Golem's worker API.

Only programs on this machine can use it, and no web page: the `Host` header must name the loopback,
and requests that change something must be JSON, which a page cannot send to another origin without
permission.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from runtime_shim.errors import (
    BadArguments,
    KeyReused,
    ShimError,
    StillBusy,
    StoreError,
    TimedOut,
    UnknownComponent,
    UnknownFunction,
)
from runtime_shim.host import Host
from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.protocol.keys import new_worker
from witgen.app.listening import LARGEST, Asked, Later, Listener, Reply
from witgen.app.typedjson import Unfit, described, parse, plain
from witgen.diagnostics import did_you_mean

_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Refused(Exception):
    """A request that gets an error of this status."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Service:
    """The state behind the answers.

    Attributes:
        host: The host.
        names: The components.
    """

    host: Host
    names: Collection[str]

    def component(self, given: str) -> str:
        """The name of a component given by name or id."""
        for name in self.names:
            if given in {name, str(component_uuid(name))}:
                return name
        raise no_component(given, self.names)

    def components(self) -> list[dict[str, Any]]:
        """All components with their functions."""
        return [
            {
                "componentId": str(component_uuid(name)),
                "componentName": name,
                "functions": list(self.host.functions(name)),
            }
            for name in sorted(self.names)
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
    ) -> Reply | Later:
        """Call a function and answer with its result, or at once."""
        signature = self.host.signature(name, function, worker)
        params = body.get("params", []) if isinstance(body, dict) else None
        if not isinstance(params, list) or len(params) != len(signature.params):
            wanted = ", ".join(param for param, _ in signature.params) or "none"
            raise Unfit(f"`params` must be an array of {len(signature.params)} ({wanted})")
        args = tuple(
            parse(_value(given), kind, param)
            for given, (param, kind) in zip(params, signature.params, strict=True)
        )
        if not wait:
            sent = self.host.send(name, worker, function, args, key=key)
            return Reply(HTTPStatus.OK, {"idempotencyKey": sent})
        # Whoever looks again means the same call.
        known = key or str(uuid.uuid4())
        target = WorkerId(name, worker or new_worker(name, known))

        def again() -> Reply | Later:
            try:
                value = self.host.invoke(
                    name,
                    target.name,
                    function,
                    args,
                    key=known,
                    timeout=0.0,
                )
            except TimedOut:
                return Later(
                    lambda bell: self.host.engine.ring(target, known, bell), answered(again)
                )
            if signature.result is None:
                return Reply(HTTPStatus.OK, {"result": None})
            result = {"typ": described(signature.result), "value": plain(value, signature.result)}
            return Reply(HTTPStatus.OK, {"result": result})

        return again()

    def answer(self, asked: Asked) -> Reply | Later:
        """Answer a request."""
        return answered(lambda: self._answer(asked))()

    def _answer(self, asked: Asked) -> Reply | Later:
        check_origin(asked)
        match asked.method:
            case "GET":
                return self._get(asked)
            case "POST":
                return self._post(asked)
            case method:
                raise Refused(HTTPStatus.NOT_IMPLEMENTED, f"Unsupported method ({method!r})")

    def _get(self, asked: Asked) -> Reply:
        if parts_of(asked)[0] == ["v1", "components"]:
            return Reply(HTTPStatus.OK, self.components())
        raise nothing_at(asked, "GET /v1/components")

    def _post(self, asked: Asked) -> Reply | Later:
        parts, query = parts_of(asked)
        worker: str | None = None
        match parts:
            case ["v1", "components", given, "workers", worker_name, action] if worker_name:
                worker = worker_name
            case ["v1", "components", given, action]:
                pass
            case _:
                known = "POST /v1/components/ID/workers/NAME/invoke-and-await?function=…"
                raise nothing_at(asked, known)
        if action not in {"invoke", "invoke-and-await"}:
            raise Refused(HTTPStatus.NOT_FOUND, f"there is no action `{action:.60}`")
        functions = query.get("function", [])
        if len(functions) != 1:
            raise Refused(HTTPStatus.BAD_REQUEST, "give one function with `?function=`")
        body = content(asked)
        name = self.component(given)
        keys = asked.headers.get_all("Idempotency-Key", [])
        if keys[1:] or "" in keys:  # who sends one relies on it
            raise Refused(HTTPStatus.BAD_REQUEST, "give one `Idempotency-Key`, which is not empty")
        wait = action == "invoke-and-await"
        return self.call(name, worker, functions[0], body, keys[0] if keys else None, wait=wait)


def _value(given: Any) -> Any:
    """A parameter is a value, or an object that also gives its type."""
    if isinstance(given, dict) and given.keys() == {"typ", "value"}:
        return given["value"]
    return given


def server(service: Service, port: int) -> Listener:
    """A server on the loopback; port 0 takes a free one.

    Raises:
        OSError: The port is taken.
    """
    return Listener(service.answer, "127.0.0.1", port)


def answered(make: Callable[[], Reply | Later]) -> Callable[[], Reply | Later]:
    """As `make`, with an answer instead of an error."""

    def run() -> Reply | Later:
        try:
            return make()
        except Refused as error:
            return Reply(error.status, {"error": error.message})
        except (KeyReused, StillBusy) as error:
            return Reply(HTTPStatus.CONFLICT, {"error": str(error)})
        except (Unfit, BadArguments) as error:
            return Reply(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except (UnknownFunction, UnknownComponent) as error:
            return Reply(HTTPStatus.NOT_FOUND, {"error": str(error)})
        except StoreError as error:
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)})
        except ShimError as error:
            return Reply(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)})

    return run


def check_origin(asked: Asked) -> None:
    """Refuse what a web page may have sent."""
    hosts = asked.headers.get_all("Host") or [""]
    for host in hosts:
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in _LOCAL:
            raise Refused(HTTPStatus.FORBIDDEN, "only this machine may send requests")


def no_component(name: str, known: Iterable[str]) -> Refused:
    """The answer where a component is named that is not served."""
    hint = "".join(f"; {line}" for line in did_you_mean(name, known))
    return Refused(HTTPStatus.NOT_FOUND, f"there is no component `{name:.100}`{hint}")


NOTHING = "there is nothing at "
"""What an answer says first where nothing is."""


def nothing_at(asked: Asked, known: str) -> Refused:
    """The answer at an address where nothing is: it says so, and what there is."""
    path = urlsplit(asked.target).path
    return Refused(HTTPStatus.NOT_FOUND, f"{NOTHING}{path:.200}; there is {known}")


def parts_of(asked: Asked) -> tuple[list[str], dict[str, list[str]]]:
    """The parts of the path, and the query.

    What is not UTF-8 is refused: replaced, two names would become one.
    """
    if not asked.target.isascii():
        raise Refused(HTTPStatus.BAD_REQUEST, "invalid URL: it has bytes that are not ASCII")
    try:
        url = urlsplit(asked.target)
        parts = [unquote(part, errors="strict") for part in url.path.strip("/").split("/")]
        return parts, parse_qs(url.query, errors="strict")
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"invalid URL: {error}") from None


def content(asked: Asked) -> Any:
    """The JSON in the body."""
    kind = asked.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
    length = asked.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdecimal()):
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "`Content-Length` is missing")
    if asked.body is None:
        said = f"the body may have at most {LARGEST >> 20} MiB"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
    try:
        return json.loads(asked.body)
    except (ValueError, RecursionError):
        raise Refused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
