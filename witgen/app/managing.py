"""Management calls: what an operator asks of a host that serves.

They live on a listener of their own, which the world must not reach: on the loopback, or elsewhere
for whoever has a token. Paths follow those of Golem's API.
"""

from __future__ import annotations

import hmac
import itertools
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from runtime_shim.engines.records import InvocationInfo, WorkerInfo
from runtime_shim.errors import InvalidComponent, LinkError
from runtime_shim.protocol.ids import CallId, WorkerId
from witgen.app import updating
from witgen.app.inspecting import described, logged, whole
from witgen.app.listening import Asked, Later, Reply
from witgen.app.serving import (
    Refused,
    Service,
    answered,
    check_origin,
    content,
    nothing_at,
    parts_of,
)
from witgen.diagnostics import DiagnosticError

if TYPE_CHECKING:
    from runtime_shim.engines.records import Managed
    from runtime_shim.program.deployment import Deployment

_I = TypeVar("_I", WorkerInfo, InvocationInfo)

_KNOWN = (
    "GET /health, GET /v1/workers, POST /v1/update, and what workers are asked at "
    "/v1/components/ID/workers/NAME"
)
_MOST = 1000  # entries of a log, and workers of a list, in one answer
_CALL = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)  # what a guest's call is known by
_Query = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Manager:
    """The state behind the answers.

    Attributes:
        service: What is served.
        store: Where its workers are.
        builds: How its components are deployed again, by name, as of now; each is read by then.
        token: What requests must bear; None for requests of this machine only.
    """

    service: Service
    store: Managed
    builds: Callable[[], Mapping[str, Deployment]]
    token: str | None

    def answer(self, asked: Asked) -> Reply | Later:
        """Answer a request."""
        return answered(lambda: self._answer(asked))()

    def _answer(self, asked: Asked) -> Reply:
        if self.token is None:
            check_origin(asked)
            if "Origin" in asked.headers:  # of a web page, which may also send what is not JSON
                raise Refused(HTTPStatus.FORBIDDEN, "no web page may send requests")
            given = ""
        else:
            given = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), (self.token or "").encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        parts, query = parts_of(asked)
        match asked.method, parts:
            case "GET", ["health"] | ["v1", "health"]:
                return self._health()
            case "GET", ["v1", "workers"]:
                return self._list(None, query)
            case "GET", ["v1", "components", given, "workers"]:
                return self._list(self.service.component(given), query)
            case _, ["v1", "components", given, "workers", name, *rest]:
                return self._worker(asked, self._named(given, name), rest, query)
            case "POST", ["v1", "update"]:
                return self._update(content(asked))
            case _:
                raise nothing_at(asked, _KNOWN)

    def _health(self) -> Reply:
        """Whether calls are acknowledged."""
        engine = self.service.host.engine
        health = engine.health
        serving = health.state == "serving"
        return Reply(
            HTTPStatus.OK if serving else HTTPStatus.SERVICE_UNAVAILABLE,
            {
                "status": health.state,
                "unfinished": len(engine.unfinished()),
                "error": health.reason or None,
            },
        )

    def _named(self, component: str, name: str) -> WorkerId:
        """A worker that exists; its component need not be deployed."""
        with suppress(Refused):
            component = self.service.component(component)
        worker = WorkerId(component, name)
        with self.store.stored.looking() as records:
            if next(records.workers(worker), None) is None:
                said = f"there is no worker `{component:.100}/{name:.100}`"
                raise Refused(HTTPStatus.NOT_FOUND, said)
        return worker

    def _worker(self, asked: Asked, worker: WorkerId, rest: list[str], query: _Query) -> Reply:
        """What is asked of a worker."""
        match asked.method, rest:
            case "GET", []:
                return self._show(worker, query)
            case "GET", ["oplog"]:
                return self._oplog(worker, query)
            case "GET", ["invocations", key]:
                return self._invocation(worker, key)
            case "POST", ["revive"]:
                return _ok({"revived": self.store.revived(worker)})
            case "DELETE", []:
                count = self.store.repaired(worker, lambda records: records.delete(worker))
                return _ok({"deleted": count})
            case "DELETE", ["invocations", key]:
                return _ok({"cancelled": self._cancel(worker, key)})
            case _:
                raise nothing_at(asked, _KNOWN)

    def _cancel(self, worker: WorkerId, key: str) -> bool:
        """Cancel a call from outside, or a guest's."""
        if self.service.host.cancel(*worker, key):
            return True
        call = _CALL.fullmatch(key)
        return call is not None and self.store.cancelled(worker, CallId(*map(int, call.groups())))

    def _list(self, component: str | None, query: _Query) -> Reply:
        skip, count = _page(query)
        with self.store.stored.looking() as records:
            own = (one for one in records.workers() if component in {None, one.worker.component})
            found = itertools.islice(own, skip, skip + count)
            return _ok([_shown(described, info, query) for info in found])

    def _show(self, worker: WorkerId, query: _Query) -> Reply:
        with self.store.stored.looking() as records:
            found = [_shown(described, info, query) for info in records.workers(worker)]
            waiting = [
                _shown(logged, self._now(worker, one), query)
                for one in records.log(worker, pending=True)
            ]
        return _ok({"workers": found, "pending": waiting})

    def _oplog(self, worker: WorkerId, query: _Query) -> Reply:
        skip, count = _page(query)
        (after,) = _numbers(query, {"after": "0"})
        key, pending = query.get("key", [None])[-1], "pending" in query
        with self.store.stored.looking() as records:
            own = records.log(worker, pending=pending, key=key, after=after)
            found = itertools.islice(own, skip, skip + count)
            return _ok([_shown(logged, self._now(worker, one), query) for one in found])

    def _invocation(self, worker: WorkerId, key: str) -> Reply:
        """An invocation, and whether it runs."""
        with self.store.stored.looking() as records:
            found = next(records.log(worker, key=key), None)
        if found is None:
            said = f"`{worker.name:.100}` has no invocation with the key `{key:.100}`"
            raise Refused(HTTPStatus.NOT_FOUND, said)
        return _ok(logged(self._now(worker, found)))

    def _now(self, worker: WorkerId, one: InvocationInfo) -> InvocationInfo:
        """An invocation, which may be running."""
        if one.state != "pending" or one.key is None:
            return one
        runs = self.service.host.status(*worker, one.key) == "running"
        return replace(one, state="running") if runs else one

    def _update(self, given: Any) -> Reply:
        """Deploy what is built by now, and move workers to it."""
        try:
            update = updating.asked(given, self.builds())
            found = self.service.host.update(update)
        except DiagnosticError as error:
            said = "; ".join(": ".join((one.message, *one.help)) for one in error.diagnostics)
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"nothing was changed: {said}") from None
        except (OSError, LinkError, InvalidComponent) as error:
            said = f"nothing was changed: {error}"
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, said) from None
        return _ok(updating.told(found))


def _ok(content: object) -> Reply:
    return Reply(HTTPStatus.OK, content)


def _shown(show: Callable[[_I], dict[str, object]], info: _I, query: _Query) -> dict[str, Any]:
    """What is said of a worker or an invocation: for people, or for `witgen worker`."""
    return dict(whole(info)) if "encoded" in query else show(info)


def _page(query: _Query) -> tuple[int, int]:
    """The part of a list that the request names."""
    skip, count = _numbers(query, {"skip": "0", "count": "100"})
    return skip, min(count, _MOST)


def _numbers(query: _Query, names: Mapping[str, str]) -> list[int]:
    """Numbers of the query, with what they are by default."""
    given = [query.get(name, [default])[-1] for name, default in names.items()]
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in given):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{' and '.join(names)} must be numbers")
    return list(map(int, given))
