"""`wasi:http` for guests that call out: every request and every access to its response is recorded.

Source: wasi:http 0.2 `types.wit`, `handler.wit`. wasmtime's own implementation is out of reach of
the journal, cannot be restricted by grants, and would give another response on replay. Here

- a request is sent when its body is finished, by its own thread, after everything that led to it is
  on disk. It carries an `idempotency-key` derived from the invocation's key and its number,
  unless the guest gave one: the same on every attempt;
- a response is recorded in full when the guest receives it, and read from the journal from then on;
- a request whose response was not recorded when the process died is sent again: at least once, or
  once if the peer honours the key. With idempotence mode off the invocation fails instead.
"""

from __future__ import annotations

import concurrent.futures
import functools
import threading
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from runtime_shim.boundary.context import Context
from runtime_shim.errors import Trap
from runtime_shim.offers.provide import HostFunction
from runtime_shim.values import Case, Err, Ok, Value
from runtime_shim.wasi.http import fields as http_fields
from runtime_shim.wasi.http.fields import Fields
from runtime_shim.wasi.http.send import (
    MAX_BODY,
    METHOD,
    TIMEOUT,
    Request,
    send,
    split_authority,
    valid_target,
)
from runtime_shim.wasi.polling import Arrival, Moment, pollable
from runtime_shim.wasi.streams import Source

KEY = "idempotency-key"

Allows = Callable[[str, int], bool]


@dataclass(slots=True)
class Requests:
    """How many requests the invocation at this place in the history has made."""

    seq: int = -1
    count: int = 0


def number_of(context: Context) -> int:
    """The number of this request in the current invocation, from 0."""
    requests, seq = context.state(Requests), context.current.seq
    number = requests.count if requests.seq == seq else 0
    requests.seq, requests.count = seq, number + 1
    return number


@dataclass(slots=True)
class OutgoingBody:
    """What the guest writes; `then` is called once with whether it is complete."""

    data: bytearray = field(default_factory=bytearray)
    finished: bool = False
    taken: bool = False
    then: Callable[[Context, bool], None] | None = None

    def write(self, context: Context, data: bytes) -> bool:
        """Append data."""
        if self.finished or len(self.data) + len(data) > MAX_BODY:
            return False
        self.data += data
        return True

    def finish(self, context: Context, *, whole: bool) -> None:
        """End the body."""
        if not self.finished:
            self.finished = True
            if self.then is not None:
                self.then(context, whole)


@dataclass(frozen=True, slots=True)
class _Written:
    """The stream of an outgoing body."""

    body: OutgoingBody

    def write(self, context: Context, data: bytes) -> bool:
        """Append data."""
        return self.body.write(context, data)


@dataclass(slots=True)
class OutgoingRequest:
    """A request that the guest is building."""

    headers: Fields
    method: Case = field(default_factory=lambda: Case("get"))
    scheme: Value = None
    authority: str | None = None
    target: str | None = None
    body: OutgoingBody | None = None


@dataclass(slots=True)
class Options:
    """How long a request may take, in nanoseconds; the last two are combined here."""

    connect: int | None = None
    first: int | None = None
    between: int | None = None

    def seconds(self) -> tuple[float, float]:
        """To connect, and for each wait for bytes."""
        waits = [wait for wait in (self.first, self.between) if wait is not None]
        connect = TIMEOUT if self.connect is None else self.connect / 1e9
        return max(connect, 0.001), max(max(waits) / 1e9, 0.001) if waits else TIMEOUT


@dataclass(slots=True)
class Response:
    """A recorded response."""

    status: int
    headers: Fields
    body: bytes
    consumed: bool = False


SLOTS = 64
"""How many requests of a component run at once: each has a thread. Further ones wait their turn."""


class Exchange:
    """A running request, behind a `future-incoming-response`."""

    def __init__(
        self, label: str, request: Callable[[], Request], slots: threading.Semaphore
    ) -> None:
        self._label = label
        self._request = request
        self._slots = slots
        self._result: concurrent.futures.Future[Value] = concurrent.futures.Future()
        self._sent = False  # in this process
        self._was_sent = False  # by this or an earlier one
        self.got = False

    def start(self, context: Context, whole: bool) -> None:
        """Send it, once everything that led here is on disk; a step of the invocation."""
        if not whole:
            self._result.set_result(Err(Case("HTTP-protocol-error")))
            return
        request = self._request()
        content = repr((request.fields, request.body)).encode()
        url = f"{'https' if request.secure else 'http'}://{request.authority}{request.target}"
        kind = f"wasi:http {request.method} {url} {zlib.crc32(content):08x}"
        context.step(kind, lambda: self._send(context), external=True)
        self._was_sent = True

    def _send(self, context: Context) -> None:
        while not self._slots.acquire(timeout=context.patience()):
            pass  # it raises once the deadline has passed
        try:
            request = self._request()
            left = context.patience(request.total)
            request = replace(request, total=request.total if left is None else left)
            thread = threading.Thread(
                target=self._exchange,
                args=(request, context.idempotent),
                name="runtime-shim-http",
                daemon=True,
            )
            thread.start()
        except BaseException:  # the system allows no more threads, or it is too late
            self._slots.release()
            raise
        self._sent = True

    def _exchange(self, request: Request, again: bool) -> None:
        try:
            self._result.set_result(send(request, again=again))
        except Exception as error:  # noqa: BLE001 -- raised where the guest looks
            self._result.set_exception(error)
        finally:
            self._slots.release()

    def arrival(self, context: Context) -> Arrival:
        """The event of its end."""
        return Arrival(self._result, lambda: self._again(context))

    def _again(self, context: Context) -> None:
        """Send again what an earlier process sent without getting an answer, unless forbidden."""
        if self._sent or not self._was_sent:
            return
        if not context.idempotent:
            message = "Non-idempotent remote write operation was not completed, cannot retry"
            raise Trap(f"{message}: {self._label}", retriable=False)
        self._send(context)

    def look(self, context: Context) -> Value:
        """None while it is running, then its recorded outcome."""

        def live() -> Value:
            self._again(context)
            return self._result.result() if self._result.done() else None

        return context.step(f"{self._label} response", live)

    def end(self, context: Context) -> None:
        """The guest wants no answer: wait for it anyway, so that the request is sent."""
        if self.got or context.invocation is None or not self._was_sent:
            return

        def live() -> bool:
            self._again(context)
            while not self._result.done():
                concurrent.futures.wait([self._result], context.patience())
            return True

        context.step(f"{self._label} dropped", live)


class _Http:
    """The functions that need to know more than their arguments."""

    def __init__(self, allows: Allows) -> None:
        self._allows = allows
        self._slots = threading.BoundedSemaphore(SLOTS)

    def handle(self, context: Context, request: OutgoingRequest, options: Options | None) -> Value:
        secure = request.scheme != Case("HTTP")
        where = split_authority(request.authority or "", secure=secure)
        odd = request.scheme is not None and request.scheme.name == "other"
        if where is None or odd:
            return Err(Case("HTTP-request-URI-invalid"))
        number = number_of(context)
        label = f"wasi:http request {number} to {request.authority}"
        # The grants may have changed by the time of a replay.
        if not context.step(label, lambda: self._allows(*where)):
            context.hint = f"the component has no HTTP grant for {request.authority}"
            return Err(Case("HTTP-request-denied"))
        key = functools.partial(context.current.derived, f"http-request-{number}")
        body = request.body or OutgoingBody(finished=True)
        exchange = Exchange(
            label, lambda: _request(request, where, options or Options(), body, key), self._slots
        )
        if body.finished:
            exchange.start(context, True)
        else:
            body.then = exchange.start
        return Ok(exchange)

    def subscribe(self, context: Context, exchange: Exchange) -> Value:
        return pollable(context, exchange.arrival(context))

    def ready(self, context: Context, trailers: Any) -> Value:
        return pollable(context, Moment(0))


def _request(
    request: OutgoingRequest,
    where: tuple[str, int],
    options: Options,
    body: OutgoingBody,
    key: Callable[[], uuid.UUID],
) -> Request:
    fields = request.headers.items
    own = [(name, value) for name, value in fields if name != "content-length"]
    if all(name != KEY for name, _ in own):
        own.append((KEY, str(key()).encode()))
    method = request.method
    return Request(
        method.value if method.name == "other" else method.name.upper(),
        request.scheme != Case("HTTP"),
        *where,
        request.authority or "",
        request.target or "/",
        tuple(own),
        bytes(body.data),
        *options.seconds(),
    )


def _get(context: Context, exchange: Exchange) -> Value:
    if exchange.got:
        return Err()
    outcome = exchange.look(context)
    if outcome is None:
        return None
    exchange.got = True
    if isinstance(outcome, Err):
        return Ok(outcome)
    status, fields, body = outcome.value
    return Ok(Ok(Response(status, Fields(list(fields), mutable=False), body)))


def _consume(context: Context, response: Response) -> Value:
    if response.consumed:
        return Err()
    response.consumed = True
    return Ok(Source(response.body))


def _incoming_stream(context: Context, body: Source) -> Value:
    return Ok(body)


def _body(context: Context, request: OutgoingRequest) -> Value:
    if request.body is not None:
        return Err()
    request.body = OutgoingBody()
    return Ok(request.body)


def _write(context: Context, body: OutgoingBody) -> Value:
    if body.taken:
        return Err()
    body.taken = True
    return Ok(_Written(body))


def _finish(context: Context, body: OutgoingBody, trailers: Fields | None) -> Value:
    if trailers is not None and trailers.items:
        body.finish(context, whole=False)
        return Err(Case("internal-error", "trailers are not supported"))
    body.finish(context, whole=True)
    return Ok()


def _set_method(context: Context, request: OutgoingRequest, method: Case) -> Value:
    if method.name == "other" and METHOD.fullmatch(method.value) is None:
        return Err()
    request.method = method
    return Ok()


def _set_scheme(context: Context, request: OutgoingRequest, scheme: Value) -> Value:
    request.scheme = scheme
    return Ok()


def _set_authority(context: Context, request: OutgoingRequest, authority: str | None) -> Value:
    if authority is not None and split_authority(authority, secure=True) is None:
        return Err()
    request.authority = authority
    return Ok()


def _set_target(context: Context, request: OutgoingRequest, target: str | None) -> Value:
    target = f"/{target}" if target is not None and target.startswith("?") else target
    if target and not valid_target(target):
        return Err()
    request.target = target
    return Ok()


def _attribute(name: str) -> Callable[..., Value]:
    return lambda context, owner: getattr(owner, name)


def _set_option(name: str) -> Callable[..., Value]:
    def run(context: Context, options: Options, duration: int | None) -> Value:
        setattr(options, name, duration)
        return Ok()

    return run


def functions(allows: Allows) -> dict[str, HostFunction]:
    """What `wasi:http/types` and `wasi:http/outgoing-handler` offer to a guest that calls out."""
    http = _Http(allows)
    request, response = "[method]outgoing-request", "[method]incoming-response"
    timeouts = {"connect": "connect", "first-byte": "first", "between-bytes": "between"}
    table: dict[str, Callable[..., Value]] = {
        **http_fields.FUNCTIONS,
        "handle": http.handle,
        "http-error-code": lambda context, error: None,
        "[constructor]outgoing-request": lambda context, headers: OutgoingRequest(headers),
        f"{request}.method": _attribute("method"),
        f"{request}.set-method": _set_method,
        f"{request}.scheme": _attribute("scheme"),
        f"{request}.set-scheme": _set_scheme,
        f"{request}.authority": _attribute("authority"),
        f"{request}.set-authority": _set_authority,
        f"{request}.path-with-query": _attribute("target"),
        f"{request}.set-path-with-query": _set_target,
        f"{request}.headers": lambda context, owner: owner.headers.copy(mutable=False),
        f"{request}.body": _body,
        "[constructor]request-options": lambda context: Options(),
        "[method]outgoing-body.write": _write,
        "[static]outgoing-body.finish": _finish,
        "[method]future-incoming-response.subscribe": http.subscribe,
        "[method]future-incoming-response.get": _get,
        f"{response}.status": _attribute("status"),
        f"{response}.headers": _attribute("headers"),
        f"{response}.consume": _consume,
        "[method]incoming-body.stream": _incoming_stream,
        "[static]incoming-body.finish": lambda context, body: None,
        "[method]future-trailers.subscribe": http.ready,
        "[method]future-trailers.get": lambda context, trailers: Ok(Ok(None)),
    }
    for name, attribute in timeouts.items():
        table[f"[method]request-options.{name}-timeout"] = _attribute(attribute)
        table[f"[method]request-options.set-{name}-timeout"] = _set_option(attribute)
    return {name: HostFunction(run) for name, run in table.items()}


def drop(context: Context, value: object) -> None:
    """What happens when the guest drops one of these resources."""
    if isinstance(value, Exchange):
        value.end(context)
    elif isinstance(value, OutgoingBody):
        value.finish(context, whole=False)
