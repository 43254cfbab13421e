"""Looking at the workers of an application on a Restate server, and repairing them, without a host."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from runtime_shim.engines.records import UNKNOWN, Finding, InvocationInfo, Taken, WorkerInfo
from runtime_shim.engines.restate.admin import PARKED, QUEUED, Admin, payload, quoted
from runtime_shim.engines.restate.blobs import Blobs, SeenBlobs
from runtime_shim.engines.restate.builds import keep, kept
from runtime_shim.engines.restate.ingress import Ingress
from runtime_shim.engines.restate.snapshots import RestateSnapshots
from runtime_shim.engines.restate.state import HEAD, Head, Row, Try, arguments, read_entries
from runtime_shim.engines.restate.wire import (
    Request,
    Services,
    object_key,
    outside,
    parted,
    read_outcome,
    worker_of,
)
from runtime_shim.errors import InvocationFailed, StillBusy, StoreError, TimedOut
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.promises import COMPONENT, promise_worker
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.unfinished import MOST_CRASHES
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

PREFIX = "restate:"
_ADMIN = 9070
_PATIENCE = 30.0  # seconds
_SOON = 5.0  # seconds that a worker's call is waited for
_SHOWN = 1 << 16  # bytes of a request that is shown


@dataclass(frozen=True, slots=True)
class Server:
    """An application on a server, as a store: `restate:INGRESS[,ADMIN][#APPLICATION]`.

    Attributes:
        ingress: Where calls enter.
        admin: The server's address for operators.
        application: What the services begin with.
    """

    ingress: str
    admin: str
    application: str

    @classmethod
    def named(cls, name: str) -> Server:
        """The one with this name. Raises `StoreError`."""
        urls, _, application = name.removeprefix(PREFIX).partition("#")
        ingress, _, admin = urls.partition(",")
        try:
            url = urlsplit(ingress)
            host, scheme = url.hostname, url.scheme
        except ValueError:
            host, scheme = None, ""
        if not host or scheme not in {"http", "https"}:
            raise StoreError(
                f"`{name}` does not name a Restate server", "as in restate:http://127.0.0.1:8080"
            )
        shown = f"[{host}]" if ":" in host else host
        admin = admin or f"{scheme}://{shown}:{_ADMIN}"
        return cls(ingress, admin, application or "witgen")

    @contextmanager
    def looking(self) -> Iterator[View]:
        """What the server says, each time that it is asked."""
        view = View(Admin((self.admin,)), Services(self.application), self.ingress)
        try:
            yield view
        except (OSError, http.client.HTTPException) as error:
            raise StoreError(f"the Restate server does not answer: {error}") from None
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            said = f"what answers at {self.admin} is not a Restate server, or another version"
            raise StoreError(f"{said}: {type(error).__name__} {error}") from None
        finally:
            view.close()

    repairing = looking

    def snapshots(self) -> RestateSnapshots:
        """Where snapshots of its workers are kept."""
        ingress = Ingress((self.ingress,), _PATIENCE)
        return RestateSnapshots(ingress, Blobs(ingress, Services(self.application)))

    def check(self, progress: Callable[[int], None]) -> Iterator[Finding]:
        """Read everything that workers keep."""
        with self.looking() as view:
            count = 0
            for worker in view.objects():
                try:
                    for _ in view.rows(worker):
                        count += 1
                        progress(count)
                except StoreError as error:
                    yield Finding("worker", object_key(worker), str(error))

    def backup(self, file: Path, *, force: bool, progress: Callable[[int], None]) -> None:
        """Refuse: a server has backups of its own.

        Raises:
            StoreError: Always.
        """
        raise StoreError("a Restate server is not copied to a file", "see its own backups")


class View:
    """An application: `Repairs` for an operator. One worker is read at a time.

    Attributes:
        seen: How many calls of workers were over when their history was read.
    """

    def __init__(self, admin: Admin, services: Services, ingress: str) -> None:
        self.seen: dict[WorkerId, int] = {}
        self._admin = admin
        self._services = services
        self._ingress = Ingress((ingress,), _PATIENCE, _PATIENCE)
        self._blobs = SeenBlobs(admin, self._ingress, services)
        self._snapshots = RestateSnapshots(self._ingress, self._blobs)

    def close(self) -> None:
        """Close the connections."""
        self._admin.close()
        self._ingress.close()

    # --- looking -------------------------------------------------------------------------------

    def objects(self) -> Iterator[WorkerId]:
        """The workers by component and name."""
        yield from self._heads()

    def workers(self, only: WorkerId | None = None) -> Iterator[WorkerInfo]:
        """The workers by component and name, or the one of this name."""
        if only is not None and worker_of(object_key(only)) != only:
            return  # its key is that of another one, whose name has a slash
        waiting = {
            worker_of(row["worker"]): row
            for row in self._admin.query(
                "SELECT target_service_name AS service, target_service_key AS worker, count(*) AS "  # noqa: S608 -- quoted
                f"count, count(*) FILTER (WHERE status = {quoted(PARKED)}) AS parked, "
                "min(CASE WHEN scheduled_at IS NULL THEN created_at END) AS since "
                f"FROM sys_invocation WHERE {self._unfinished(only)} "
                "GROUP BY target_service_name, target_service_key"
            )
        }
        heads = self._heads(only)
        for worker in sorted(heads.keys() | waiting):
            row = waiting.get(worker, {})
            durable = row.get("service") != self._services.ephemeral
            yield _worker(worker, heads.get(worker), row, durable=durable)

    def components(self) -> Iterator[str]:
        """The components that have workers."""
        yield from sorted({worker.component for worker in self.objects()})

    def log(
        self, worker: WorkerId, *, pending: bool = False, key: str | None = None, after: int = 0
    ) -> Iterator[InvocationInfo]:
        """A worker's calls beyond number `after`, in the order of their ends; then those that wait."""
        pieces, waiting = self._pieces(worker), self._pending(worker)
        if HEAD not in pieces and not waiting:
            raise StoreError(f"there is no worker {object_key(worker)}")
        head = Head.parse(pieces[HEAD]) if HEAD in pieces else Head("", Environment())
        seq = 0
        for row in () if pending else self._rows(worker, pieces):
            if row.number > after:
                info = _over(row, seq if row.state == "done" else None)
                if key in {None, info.known_by}:
                    yield info
            seq += row.state == "done"
        for number, found in enumerate(waiting, max(head.count, after) + 1):
            info = _waiting(number, found, head.next)
            if key in {None, info.known_by}:
                yield info

    def rows(self, worker: WorkerId) -> Iterator[Row]:
        """All calls that are over."""
        return self._rows(worker, self._pieces(worker))

    def _rows(self, worker: WorkerId, pieces: dict[str, bytes]) -> Iterator[Row]:
        if HEAD not in pieces:
            return
        head = Head.parse(pieces[HEAD])
        self.seen[worker] = head.count
        for number in range(head.chunks):
            yield from map(Row.parse, parted(self._chunk(worker, number)))
        for number in range(head.first, head.count + 1):
            if f"row/{number}" not in pieces:
                raise StoreError(f"the worker's call {number} is missing")
            yield Row.parse(pieces[f"row/{number}"])

    def ended(self, worker: WorkerId) -> int:
        """How many of its calls are over."""
        found = self._heads(worker).get(worker)
        return 0 if found is None else Head.parse(found).count

    def history(self, worker: WorkerId, start: int = 0) -> Iterator[Past]:
        """What a worker has been through, from its call `start` on."""
        done = (row for row in self.rows(worker) if row.state == "done")
        for seq, row in enumerate(done):
            if seq >= start:
                yield row.past(worker)

    def binary(self, component: str, digest: str) -> bytes | None:
        """The bytes of a build, if a host has handed them over."""
        return kept(self._blobs, component, digest)

    def taken(self, worker: WorkerId) -> Taken | None:
        """The newest snapshot of a worker; None where no host has kept any."""
        return self._snapshots.taken(worker)

    def asked(self, call: CallId) -> tuple[Value, ...] | None:
        """A number alone does not say which worker's call it is."""
        return None

    # --- repairs -------------------------------------------------------------------------------

    def move(self, workers: Iterable[WorkerId], component: str, digest: str, packed: bytes) -> None:
        """Have workers, each as its history was read, belong to a build. One by one: not all or none.

        Raises:
            StillBusy: Some were called since then; all others were moved.
        """
        keep(self._blobs, component, digest, packed)
        busy = []
        for worker in workers:
            asked = encode((digest, self.seen.get(worker, 0)))
            place = self._services.worker, object_key(worker)
            try:
                moved = self._ingress.act(place, "move", asked, _SOON) == b"yes"
            except TimeoutError:
                moved = False
            if not moved:
                busy.append(str(worker))
        if busy:
            raise StillBusy(f"called meanwhile, and not moved: {', '.join(busy)}", "try it again")

    def delete(self, worker: WorkerId) -> int:
        """Forget a worker, its promises and its calls; how many of those were over."""
        waiting = [one for one in self._pending(worker) if one["status"] in {*QUEUED, PARKED}]
        for found in sorted(
            waiting, key=lambda one: one["status"] == PARKED
        ):  # what blocks is last
            self._admin.end(found["id"], kill=found["status"] == PARKED)
        promises = promise_worker(worker.uri, 0).name.removesuffix("0")
        for other in tuple(self.objects()):
            if other.component == COMPONENT and other.name.startswith(promises):
                self._act(other, "delete")
        self._snapshots.forget(worker)
        return int(self._act(worker, "delete"))

    def revive(self, worker: WorkerId) -> bool:
        """Let a failed or parked worker serve again; whether it was either."""
        for found in self._pending(worker):
            if found["status"] == PARKED:
                return self._admin.resume(found["id"])
        return self._act(worker, "revive") == b"yes"

    def cancel(self, worker: WorkerId, key: str) -> bool:
        """Cancel a call that is not over, of a guest only one that is parked; whether it was cancelled."""
        request = Request(worker.name, "", b"", key, None, Environment())
        for found in self._pending(worker):
            identity = found.get("idempotency_key", "")
            parked = found["status"] == PARKED and key == _waiting(0, found, None).known_by
            if parked or identity == outside(key):
                place = found["service"], object_key(worker)
                kill = found["status"] not in QUEUED
                if not self._admin.end(found["id"], kill=kill):
                    return False
                with suppress(InvocationFailed, TimedOut):
                    self._ingress.invoke(place, identity, request.pack(), _PATIENCE)
                return True
        return False

    # --- the server's tables -------------------------------------------------------------------

    def _act(self, worker: WorkerId, handler: str) -> bytes:
        return self._ingress.act((self._services.worker, object_key(worker)), handler, b"w1")

    def _heads(self, only: WorkerId | None = None) -> dict[WorkerId, bytes]:
        """The heads of all workers, or of one, by component and name."""
        one = "" if only is None else f"AND service_key = {quoted(object_key(only))} "
        rows = self._admin.query(
            "SELECT service_key, value FROM state "  # noqa: S608 -- quoted
            f"WHERE service_name = {quoted(self._services.worker)} {one}AND key = {quoted(HEAD)}"
        )
        found = {worker_of(row["service_key"]): bytes.fromhex(row["value"]) for row in rows}
        return dict(sorted(found.items()))

    def _pieces(self, worker: WorkerId) -> dict[str, bytes]:
        """What a worker keeps in its object, at one moment."""
        rows = self._admin.query(
            "SELECT key, value FROM state "  # noqa: S608 -- quoted
            f"WHERE service_name = {quoted(self._services.worker)} "
            f"AND service_key = {quoted(object_key(worker))}"
        )
        return {row["key"]: bytes.fromhex(row["value"]) for row in rows}

    def _chunk(self, worker: WorkerId, number: int) -> bytes:
        """A message of a worker's log."""
        found = self._admin.kept(self._services.log, object_key(worker), f"{number}")
        if found is None:
            raise StoreError(f"message {number} of the log is missing")
        return found

    def _unfinished(self, worker: WorkerId | None) -> str:
        """A condition of SQL: the calls of a worker, or of all, that are not over.

        Of ephemeral workers, which are known by their calls, it is only those that are parked.
        """
        one = "" if worker is None else f"AND target_service_key = {quoted(object_key(worker))} "
        durable = f"target_service_name = {quoted(self._services.worker)}"
        parked = f"target_service_name = {quoted(self._services.ephemeral)} AND status = {quoted(PARKED)}"
        return (
            f"({durable} OR {parked}) {one}"
            "AND target_handler_name = 'invoke' AND status != 'completed'"
        )

    def _pending(self, worker: WorkerId) -> list[dict[str, Any]]:
        """The calls of a worker that are not over, in the order of their arrival."""
        which = self._unfinished(worker)
        asked = {
            row["id"]: row["entry_json"]
            for row in self._admin.query(
                f"SELECT id, entry_json FROM sys_journal WHERE index = 0 AND raw_length < {_SHOWN} "  # noqa: S608 -- quoted
                f"AND id IN (SELECT id FROM sys_invocation WHERE {which})"
            )
        }
        found = self._admin.query(
            # Without `scheduled_at`, servers do not say when a call is to start.
            "SELECT id, status, target_service_name AS service, idempotency_key, created_at, "  # noqa: S608 -- quoted
            f"scheduled_at, scheduled_start_at FROM sys_invocation WHERE {which} ORDER BY created_at"
        )
        return [row | {"asked": asked.get(row["id"])} for row in found]


def _worker(
    worker: WorkerId, raw: bytes | None, waiting: dict[str, Any], *, durable: bool
) -> WorkerInfo:
    """A worker; without a head nothing of it is over."""
    head = Head("", Environment()) if raw is None else Head.parse(raw)
    count = int(waiting.get("count", 0))
    waits = "parked" if waiting.get("parked") else "pending" if count else "idle"
    return WorkerInfo(
        worker,
        durable,
        waits if head.failure is None else "failed",
        head.seq,
        count,
        head.failure,
        head.environment,
        head.digest,
        int(head.time) if head.count else None,
        head.took / 1000 or None,
        _time(waiting.get("since")),
    )


def _time(said: str | None) -> float | None:
    """A time that the server says, in seconds since the epoch."""
    return datetime.fromisoformat(said).timestamp() if said else None


def _over(row: Row, seq: int | None) -> InvocationInfo:
    outcome = read_outcome(row.outcome)
    return InvocationInfo(
        row.number,
        row.key,
        row.call if row.key is None else None,
        row.function,
        arguments(row.args),
        row.state,
        row.attempt,
        0,
        None,
        seq,
        outcome.value,
        int(row.time),
        read_entries(row.entries),
        row.took / 1000 or None,
    )


def _waiting(number: int, found: dict[str, Any], then: Try | None) -> InvocationInfo:
    """A call that is not over; what it asks is left out where that is long."""
    identity = str(found.get("idempotency_key", ""))
    again = then if then is not None and then.identity == identity else None
    due = _time(found.get("scheduled_start_at")) if again is None else again.due
    data = payload(found.get("asked"))
    asked = Request.parse(data) if data is not None else None
    guests = asked is not None and asked.key is None
    return InvocationInfo(
        number,
        None if guests else unquote(identity.removeprefix("k.")) if asked is None else asked.key,
        asked.call if asked is not None and guests else None,
        UNKNOWN if asked is None else asked.function,
        () if asked is None else arguments(asked.args),
        "pending",
        1 if again is None else again.attempt,
        MOST_CRASHES if found["status"] == PARKED else 0,
        due,
        None,
        None,
        None,
        (),
        since=_time(found["created_at"]) if due is None else None,
    )
