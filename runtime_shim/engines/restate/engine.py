"""The engine on a Restate server, which queues, delivers and keeps; hosts come and go."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from runtime_shim.engines.restate.admin import PARKED, QUEUED, Admin, quoted
from runtime_shim.engines.restate.blobs import Blobs
from runtime_shim.engines.restate.builds import Builds
from runtime_shim.engines.restate.ingress import Ingress
from runtime_shim.engines.restate.outside import (
    Waiting,
    looked,
    same,
    seen_before,
    unfinished,
)
from runtime_shim.engines.restate.state import HEAD
from runtime_shim.engines.restate.wire import Answer, Request, Services, object_key
from runtime_shim.errors import (
    BadArguments,
    InvocationFailed,
    StoreError,
    TimedOut,
    UnknownFunction,
)
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.queue.endings import failure
from runtime_shim.queue.task import asked
from runtime_shim.values import Ok, Value

if TYPE_CHECKING:
    from runtime_shim.engines.records import Managed
    from runtime_shim.engines.restate.neighbours import Neighbours
    from runtime_shim.engines.restate.server import Endpoint
    from runtime_shim.engines.restate.suspects import Suspects
    from runtime_shim.protocol.health import Health
    from runtime_shim.protocol.seams import Handler, Program

_THREADS = 10_000  # of guests, which wait for each other
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a host uses a server.

    Attributes:
        ingress: The URLs of the server's nodes where calls enter.
        admin: Their URLs for operators.
        application: The name that the application's services begin with.
        listen: Where the server finds this host, port 0 for a free one; None only to call.
        advertise: The URL that the server uses instead, such as a balancer's.
        retention: Seconds that answers are kept by their keys: what exactly-once is limited by.
        inactivity: Seconds after which a worker that waits gives its memory back meanwhile.
        abort: Seconds that an attempt which does not answer is given.
        patience: Seconds that a server which cannot be reached is waited for.
        grace: Seconds that attempts get to end when the host is closed.
        identity_keys: Public keys of the servers that may call this host.
        recovery: `explicit`, by a preview of the SDK, or `journal`, without it: how an attempt that follows
            another one begins.
    """

    ingress: tuple[str, ...]
    admin: tuple[str, ...]
    application: str = "witgen"
    listen: tuple[str, int] | None = ("127.0.0.1", 0)
    advertise: str | None = None
    retention: float = 7 * _DAY
    inactivity: float = 60.0
    abort: float = 600.0
    patience: float = 60.0
    grace: float = 5.0
    identity_keys: tuple[str, ...] = ()
    recovery: Literal["explicit", "journal"] = "explicit"


class RestateEngine:
    """An `Engine` whose journal is a Restate server's.

    Args:
        settings: How it uses the server.
        retries: When trapped invocations are retried; by default Golem's policy.
        clock: Seconds since the epoch, for guests too.

    Attributes:
        settings: How it uses the server.
        admin: The server's side for operators.
        services: The application's services.
        builds: The components that it runs, once it has begun.

    Raises:
        StoreError: A URL is not one.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        retries: RetryPolicies | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.admin = Admin(settings.admin)
        self.services = Services(settings.application)
        self._ingress = Ingress(settings.ingress, settings.patience)
        self._retries = retries or RetryPolicies()
        self.clock = clock
        self._pool = concurrent.futures.ThreadPoolExecutor(_THREADS, "guest")
        self.builds: Builds | None = None
        self._endpoint: Endpoint | None = None
        self._neighbours: Neighbours | None = None
        self._suspects: Suspects | None = None
        self._lock = threading.Lock()
        self._waiting: Waiting = {}

    @property
    def health(self) -> Health:
        """Whether the server answers."""
        return self._ingress.health

    def start(self, handler: Handler) -> None:
        """Have the server deliver to `handler`; without an address to listen on, only call.

        Raises:
            StoreError: The address is taken, the server cannot use this host, or the SDK lacks what
                `recovery` needs.
        """
        self.builds = Builds(handler.programs, Blobs(self._ingress, self.services))
        listen = self.settings.listen
        if listen is None:
            return
        from runtime_shim.engines.restate.cycles import Cycles
        from runtime_shim.engines.restate.neighbours import Neighbours
        from runtime_shim.engines.restate.objects import application, explicit_recovery
        from runtime_shim.engines.restate.server import Endpoint
        from runtime_shim.engines.restate.site import Site
        from runtime_shim.engines.restate.suspects import Suspects

        settings, builds = self.settings, self.builds
        explicit = settings.recovery == "explicit"
        if explicit:
            explicit_recovery()  # or why there is none
        suspects = self._suspects = Suspects(self.admin, self.services)

        def make() -> object:
            site = Site(
                handler,
                self.services,
                self._retries,
                self._pool,
                self.admin,
                Cycles(self.admin, self.services),
                builds,
                suspects,
                self.clock,
                settings.inactivity / 4,
                explicit,
            )
            return application(
                site,
                retention=settings.retention,
                inactivity=settings.inactivity,
                abort=settings.abort,
                identity_keys=list(settings.identity_keys),
            )

        host, port = listen
        self._endpoint = Endpoint(make, host, port, settings.grace)
        shown = f"[{host}]" if ":" in host else host
        url = settings.advertise or f"http://{shown}:{self._endpoint.port}"
        try:
            self.admin.register(url)
        except BaseException:
            self._endpoint.close()
            raise
        builds.keep()
        self._neighbours = Neighbours(self.admin, self.services.worker, url)

    @property
    def managed(self) -> Managed:
        """Its workers, to be looked after while it serves."""
        from runtime_shim.engines.restate.inspection import Server
        from runtime_shim.engines.restate.online import Online

        used = self.settings
        store = Server(used.ingress[0], used.admin[0], used.application)
        return Online(store, self.builds)

    @property
    def port(self) -> int | None:
        """The port that it listens on."""
        return None if self._endpoint is None else self._endpoint.port

    def invoke(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        timeout: float | None = None,
    ) -> Value:
        """Run once for `key`, however often it is called; blocks, with `timeout` so many seconds.

        Raises:
            TimedOut: It is not over by then, and goes on.
            InvocationFailed: Retries are exhausted, or the worker has already failed.
            UnknownFunction, BadArguments: nothing was queued.
            KeyReused: the key has another function or other arguments.
            StoreError: the server cannot be reached, or refuses the call.
        """
        request = self._request(worker, function, args, key, environment)
        place = self._place(worker, request.identity)
        packed, what = request.pack(), function.removeprefix(f"{worker.component}/")
        with self._lock:
            self._waiting[worker, key] = function, place, request.identity
        over = True
        try:
            data = self._ingress.invoke(place, request.identity, packed, timeout, what)
        except (TimedOut, StoreError):
            over = False
            raise
        finally:
            with self._lock:
                if over:
                    self._waiting.pop((worker, key), None)
        answer = Answer.parse(data)
        same(answer, request)
        outcome = answer.read()
        if isinstance(outcome, Ok):
            return outcome.value
        raise failure(outcome, worker, function)

    def send(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        due: float | None = None,
    ) -> None:
        """Queue durably and return. Raises as `invoke`, but for what the call itself does.

        A key that is used again is looked at while the first call waits, unless that is large, and
        when it is over; `invoke` finds it out when the first call is over.
        """
        request = self._request(worker, function, args, key, environment, due)
        delay = None if due is None else due - self.clock()
        place = self._place(worker, request.identity)
        known = self._ingress.send(place, request.identity, request.pack(), delay)
        if known is not None:
            seen_before(self._ingress, self.admin, place, known, request)

    def cancel(
        self, worker: WorkerId, key: str, interrupt: Callable[[], None] | None = None
    ) -> bool:
        """Cancel a call from outside unless it has ended; whether it was cancelled.

        One that runs is cancelled only with `interrupt`.
        """
        request = Request(worker.name, "", b"", key, None, Environment())
        place = self._place(worker, request.identity)
        found = looked(self.admin, place, request.identity)
        if found is None or found["status"] == "completed":
            return False
        if found["status"] == "running" and interrupt is None:
            return False
        begun = found["status"] not in QUEUED
        if not self.admin.end(found["id"], kill=begun):
            return False
        # From now on, this is what its key stands for.
        self._ingress.send(place, request.identity, request.pack(), None)
        with suppress(InvocationFailed):
            self._ingress.invoke(place, request.identity, request.pack(), self.settings.patience)
        return True

    def status(self, worker: WorkerId, key: str) -> str | None:
        """`pending`, `running`, `done`, `failed`, `cancelled`, or None when unknown."""
        identity = Request(worker.name, "", b"", key, None, Environment()).identity
        place = self._place(worker, identity)
        found = looked(self.admin, place, identity)
        if found is None:
            return None
        if found["status"] != "completed":
            return "pending" if found["status"] in {*QUEUED, PARKED} else "running"
        try:
            data = self._ingress.output(place, identity)
        except InvocationFailed:
            return "cancelled"
        return None if data is None else Answer.parse(data).state

    def worker_exists(self, worker: WorkerId) -> bool:
        """Whether a durable worker has been created."""
        return bool(
            self.admin.query(
                f"SELECT key FROM state WHERE service_name = {quoted(self.services.worker)} "  # noqa: S608 -- quoted
                f"AND service_key = {quoted(object_key(worker))} AND key = {quoted(HEAD)}"
            )
        )

    def serving(self, worker: WorkerId) -> Program | None:
        """What serves a worker: the deployed component."""
        return None if self.builds is None else self.builds.programs.get(worker.component)

    def ring(self, worker: WorkerId, key: str, bell: Callable[[], None]) -> bool:
        """Call `bell`, which is short and never raises, when a call is over; False if it is."""
        identity = Request(worker.name, "", b"", key, None, Environment()).identity
        place = self._place(worker, identity)
        if self._ingress.over(place, identity):
            return False

        def wait() -> None:
            with suppress(StoreError):
                self._ingress.attach(place, identity)
            bell()

        threading.Thread(target=wait, daemon=True).start()
        return True

    def unfinished(self) -> tuple[tuple[WorkerId, str, str], ...]:
        """The worker, function and key of each call that this process has asked for and is not over."""
        with self._lock:
            waiting = dict(self._waiting)
        return unfinished(self.admin, waiting)

    def drain(self, *, everything: bool = False) -> None:
        """Wait until the application has nothing to do that is due; pauses stay."""
        from runtime_shim.engines.restate.draining import until_quiet

        until_quiet(self.admin, self.services)

    def leave(self) -> None:
        """End waiting for calls, which go on."""
        self._ingress.close()

    def close(self) -> None:
        """Stop. What was acknowledged is the server's."""
        self._ingress.close()
        if self._neighbours is not None:
            self._neighbours.close()
        if self._suspects is not None:
            self._suspects.close()
        if self._endpoint is not None:
            self._endpoint.close()
        self.admin.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _place(self, worker: WorkerId, identity: str) -> tuple[str, str]:
        program = self.serving(worker)
        durable = program is None or program.durable
        return self.services.place(worker, identity, durable=durable)

    def _request(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        due: float | None = None,
    ) -> Request:
        """A call from outside, which this host's components agree to."""
        data = asked(worker, environment, args, key, due)
        program = self.serving(worker)
        if program is None:
            raise UnknownFunction(f"no component is deployed as {worker.component}")
        program.check(function, args)
        request = Request(worker.name, function, data, key, None, environment)
        if len(data) > _MOST:
            raise BadArguments(f"a call of {len(data):,} bytes is too large: {_MOST:,} at most")
        return request


_MOST = 20 << 20  # bytes of arguments


def settings(
    ingress: Sequence[str],
    admin: Sequence[str] = (),
    **others: object,
) -> Settings:
    """Settings, with the default for `admin`: the first node's, port 9070."""
    from urllib.parse import urlsplit

    url = urlsplit(ingress[0])
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    made = tuple(admin) or (f"{url.scheme}://{host}:9070",)
    return Settings(tuple(ingress), made, **others)  # type: ignore[arg-type]  # named ones
