"""Management calls: what an operator asks of a host that serves.

They live on a listener of their own, which the world must not reach: on the loopback, or elsewhere
for whoever has a token. Paths follow those of Golem's API.
"""

from __future__ import annotations

import hmac
import itertools
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from runtime_shim.engines.records import Records
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import Update
from witgen.app.inspecting import described, logged
from witgen.app.listening import Asked, Later, Reply
from witgen.app.serving import Refused, Service, answered, check_origin, parts_of

if TYPE_CHECKING:
    from runtime_shim.engines.records import Managed

_SUPPORTED = (
    "GET /v1/health",
    "GET /v1/components/ID/workers",
    "GET /v1/components/ID/workers/NAME",
    "GET /v1/components/ID/workers/NAME/oplog?skip=N&count=M",
    "POST /v1/components/ID/workers/NAME/revive",
    "POST /v1/components/ID/workers/NAME/update",
    "DELETE /v1/components/ID/workers/NAME",
    "DELETE /v1/components/ID/workers/NAME/invocations/KEY",
)
_MOST = 1000  # entries of a log, and workers of a list, in one answer


@dataclass(frozen=True, slots=True)
class Manager:
    """The state behind the answers.

    Attributes:
        service: What is served.
        store: Where its workers are.
        token: What requests must bear; None for requests of this machine only.
    """

    service: Service
    store: Managed
    token: str | None

    def answer(self, asked: Asked) -> Reply | Later:
        """Answer a request."""
        return answered(lambda: self._answer(asked))()

    def _answer(self, asked: Asked) -> Reply:
        if self.token is None:
            check_origin(asked)
            given = ""
        else:
            given = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), (self.token or "").encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        parts, query = parts_of(asked)
        match asked.method, parts:
            case "GET", ["v1", "health"]:
                return self._health()
            case method, ["v1", "components", given, "workers", *rest]:
                component = self.service.component(given)
                return self._workers(method, component, rest, query)
            case _:
                raise _unknown()

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

    def _workers(
        self, method: str, component: str, rest: list[str], query: dict[str, list[str]]
    ) -> Reply:
        """What is asked of the workers of a component."""
        match method, rest:
            case "GET", []:
                return self._list(component, query)
            case "GET", [name]:
                return self._show(WorkerId(component, name))
            case "GET", [name, "oplog"]:
                return self._oplog(WorkerId(component, name), query)
            case "POST", [name, "revive"]:
                worker = self._known(WorkerId(component, name))
                return _ok({"revived": self.store.revived(worker)})
            case "POST", [name, "update"]:
                worker = self._known(WorkerId(component, name))
                found = self.service.host.update(Update({}, frozenset({worker}), partial=True))
                problem = next((one.problem for one in found), None)
                return _ok({"updated": problem is None, "problem": problem})
            case "DELETE", [name]:
                worker = self._known(WorkerId(component, name))
                count = self.store.repaired(worker, lambda records: records.delete(worker))
                return _ok({"deleted": count})
            case "DELETE", [name, "invocations", key]:
                worker = self._known(WorkerId(component, name))
                return _ok({"cancelled": self.service.host.cancel(*worker, key)})
            case _:
                raise _unknown()

    def _list(self, component: str, query: dict[str, list[str]]) -> Reply:
        skip, count = _page(query)
        with self.store.stored.looking() as records:
            own = (info for info in records.workers() if info.worker.component == component)
            found = itertools.islice(own, skip, skip + count)
            return _ok([described(info) for info in found])

    def _show(self, worker: WorkerId) -> Reply:
        with self.store.stored.looking() as records:
            self._among(records, worker)
            waiting = [logged(one) for one in records.log(worker, pending=True)]
            found = [described(info) for info in records.workers(worker)]
        return _ok({"workers": found, "pending": waiting})

    def _oplog(self, worker: WorkerId, query: dict[str, list[str]]) -> Reply:
        skip, count = _page(query)
        with self.store.stored.looking() as records:
            self._among(records, worker)
            entries = itertools.islice(records.log(worker), skip, skip + count)
            return _ok([logged(one) for one in entries])

    def _known(self, worker: WorkerId) -> WorkerId:
        with self.store.stored.looking() as records:
            self._among(records, worker)
        return worker

    def _among(self, records: Records, worker: WorkerId) -> None:
        if next(records.workers(worker), None) is None:
            name = str(worker)
            raise Refused(HTTPStatus.NOT_FOUND, f"there is no worker `{name:.200}`")


def _ok(content: object) -> Reply:
    return Reply(HTTPStatus.OK, content)


def _unknown() -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, f"supported: {', '.join(_SUPPORTED)}")


def _page(query: dict[str, list[str]]) -> tuple[int, int]:
    """The part of a list that the request names."""
    given = [query.get(name, [default])[-1] for name, default in (("skip", "0"), ("count", "100"))]
    if not all(text.isascii() and text.isdecimal() and len(text) < 10 for text in given):
        raise Refused(HTTPStatus.BAD_REQUEST, "`skip` and `count` must be numbers")
    return int(given[0]), min(int(given[1]), _MOST)
