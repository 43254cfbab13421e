"""The store of a host that serves, by its management calls: what `witgen worker` asks of a store."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from runtime_shim.errors import StoreError
from witgen.app import updating
from witgen.app.inspecting import invocation_of, worker_of
from witgen.app.serving import NOTHING

if TYPE_CHECKING:
    from runtime_shim.engines.records import Finding, InvocationInfo, WorkerInfo
    from runtime_shim.protocol.ids import CallId, WorkerId
    from runtime_shim.protocol.past import Past
    from runtime_shim.update import Verdict
    from runtime_shim.values import Value

_T = TypeVar("_T")
_PAGE = 200  # workers or invocations in one request
_PATIENCE = 3700.0  # seconds: an update may wait for calls


@dataclass(frozen=True, slots=True)
class Serving:
    """A host that serves, where its management calls are answered: `Stored` and `Repairs`.

    Every method raises `StoreError` where it does not answer, or refuses.

    Attributes:
        url: Its address, such as `http://127.0.0.1:9007`.
        token: What it wants to see, if anything.
    """

    url: str
    token: str | None = None

    def looking(self) -> AbstractContextManager[Serving]:
        """Itself: each question is about the store as it is then."""
        return nullcontext(self)

    def repairing(self) -> AbstractContextManager[Serving]:
        """Itself: each repair is made at once."""
        return nullcontext(self)

    def check(self, progress: Callable[[int], None]) -> Iterator[Finding]:
        """Not here."""
        self._needs_a_file()

    def backup(self, file: Path, *, force: bool, progress: Callable[[int], None]) -> None:
        """Not here."""
        self._needs_a_file()

    # --- looking -------------------------------------------------------------------------------

    def workers(self, only: WorkerId | None = None) -> Iterator[WorkerInfo]:
        """The workers by component and name, or those of this name."""
        if only is not None:
            found = self._ask("GET", _path(only), {"encoded": "1"}, missing={"workers": []})
            yield from self._each(self._field(found, "workers"), worker_of)
            return
        skip = 0
        while page := self._page("/v1/workers", worker_of, skip=str(skip)):
            yield from page
            skip += len(page)
            if len(page) < _PAGE:
                return

    def components(self) -> Iterator[str]:
        """The components that have workers."""
        yield from dict.fromkeys(info.worker.component for info in self.workers())

    def log(
        self, worker: WorkerId, *, pending: bool = False, key: str | None = None, after: int = 0
    ) -> Iterator[InvocationInfo]:
        """A worker's invocations beyond number `after`, in the order of their arrival."""
        query = ({"pending": "1"} if pending else {}) | ({} if key is None else {"key": key})
        path = f"{_path(worker)}/oplog"
        while page := self._page(path, invocation_of, after=str(after), **query):
            yield from page
            if len(page) < _PAGE:
                return
            if page[-1].id <= after:
                self._odd("it repeats itself")
            after = page[-1].id

    def history(self, worker: WorkerId, start: int = 0) -> Iterator[Past]:
        """Not here."""
        self._needs_a_file()

    def binary(self, component: str, digest: str) -> None:
        """Not sent over HTTP."""

    def taken(self, worker: WorkerId) -> None:
        """Not known over HTTP."""

    def asked(self, call: CallId) -> tuple[Value, ...] | None:
        """Not here."""
        self._needs_a_file()

    # --- repairs -------------------------------------------------------------------------------

    def move(self, workers: Iterable[WorkerId], component: str, digest: str, packed: bytes) -> None:
        """Not here: see `update`."""
        self._needs_a_file()

    def delete(self, worker: WorkerId) -> int:
        """Forget a worker that has nothing to do; how many invocations it had."""
        return int(self._field(self._ask("DELETE", _path(worker)), "deleted"))

    def revive(self, worker: WorkerId) -> bool:
        """Let a failed or parked worker serve again; whether it was either."""
        return bool(self._field(self._ask("POST", f"{_path(worker)}/revive"), "revived"))

    def cancel(self, worker: WorkerId, key: str) -> bool:
        """Cancel a call that is not over, also one that runs; whether it was cancelled."""
        path = f"{_path(worker)}/invocations/{quote(key, safe='')}"
        return bool(self._field(self._ask("DELETE", path), "cancelled"))

    def update(self, asked: dict[str, object]) -> tuple[Verdict, ...]:
        """Have the host deploy other builds and move workers to them; what came of it.

        Args:
            asked: See `witgen.app.updating.asked`.
        """
        found = self._ask("POST", "/v1/update", body=asked)
        try:
            return updating.verdicts(found)
        except ValueError as error:
            self._odd(error)

    # --- asking --------------------------------------------------------------------------------

    def _page(self, path: str, read: Callable[[Any], _T], **query: str) -> list[_T]:
        query |= {"count": str(_PAGE), "encoded": "1"}
        return self._each(self._ask("GET", path, query), read)

    def _each(self, found: Any, read: Callable[[Any], _T]) -> list[_T]:
        try:
            if not isinstance(found, list):
                raise ValueError("not a list")  # noqa: TRY004, TRY301 -- as for what is in one
            return [read(item) for item in found]
        except ValueError as error:
            self._odd(error)

    def _field(self, found: Any, name: str) -> Any:
        if not isinstance(found, dict) or name not in found:
            self._odd(f"`{name}` is missing")
        return found[name]

    def _ask(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        *,
        body: object = None,
        missing: object = None,
    ) -> Any:
        """What it answers; `missing` where it says that there is none."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        data = None
        if body is not None:
            data, headers = json.dumps(body), headers | {"Content-Type": "application/json"}
        target = path + (f"?{urlencode(query)}" if query else "")
        try:
            parts = urlsplit(self.url)
            secure = parts.scheme == "https"
            connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = connect(parts.hostname or "", parts.port, timeout=_PATIENCE)
            try:
                connection.request(method, target, data, headers)
                answer = connection.getresponse()
                found = json.loads(answer.read())
            finally:
                connection.close()
        except (ValueError, RecursionError) as error:
            self._odd(error)
        except (OSError, http.client.HTTPException) as error:
            said = f"nothing answers at {self.url}: {error}"
            advice = "`witgen serve --manage PORT` says where it is managed"
            raise StoreError(said, advice) from None
        if answer.status == HTTPStatus.NOT_FOUND:
            said = str(self._field(found, "error"))
            if said.startswith(NOTHING):
                self._odd(said)
        match answer.status:
            case HTTPStatus.OK:
                return found
            case HTTPStatus.NOT_FOUND if missing is not None:
                return missing
            case HTTPStatus.UNAUTHORIZED:
                advice = "give the file that `witgen serve` was given: --token-file FILE"
                raise StoreError(f"{self.url}: the token is missing or wrong", advice)
            case _:
                raise StoreError(f"{self.url}: {self._field(found, 'error')}", "it goes on serving")

    def _odd(self, problem: object) -> NoReturn:
        said = f"{self.url} does not answer as `witgen serve --manage` does: {problem}"
        raise StoreError(
            said,
            "give the address that `witgen serve --manage PORT` names; that of --port is another",
        )

    def _needs_a_file(self) -> NoReturn:
        said = f"{self.url}: only a store's file can be asked for that"
        raise StoreError(said, "give the file, also while `witgen serve` uses it")


def _path(worker: WorkerId) -> str:
    component, name = (quote(part, safe="") for part in worker)
    return f"/v1/components/{component}/workers/{name}"
