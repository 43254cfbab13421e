"""A component in this process, called directly: no engine, no journal, no other workers."""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from runtime_shim.errors import BadArguments, Busy, RpcError, ShimError, Trap, first_wins
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import ROOT_NAMESPACE, CallId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.typed.seams import HostImports
from runtime_shim.values import Value
from runtime_shim.values.types import FunctionType
from runtime_shim.wasi.grants import Grants

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Future


def _to_stderr(line: bytes) -> None:
    """Where instances print by default."""
    from runtime_shim.wasi.lines import readable

    sys.stderr.write("".join(f"{part}\n" for part in readable(line)) if line else "")


class Instance:
    """A component, instantiated once, whose functions run when they are called.

    It replaces a `Host` for the classes of a generated `world.py`, which then take no worker name.
    Threads take turns. After a trap it can no longer be used.

    Args:
        component: The path of the component, or its bytes.
        imports: What implements its imports (`bind` of a generated `{world}_client.world`); WASI
            needs nothing.
        grants: What it may do outside; by default nothing.
        environment: Its variables and arguments.
        limits: What it may use; by default as much as there is.
        output: Takes what it prints, in whole lines; by default stderr.

    Raises:
        OSError: the component cannot be read.
        InvalidComponent: It is not a component.
        LinkError: its imports cannot be provided.
        BadArguments: A variable or an argument is not valid text.
    """

    def __init__(
        self,
        component: str | PathLike[str] | bytes,
        *,
        imports: HostImports | None = None,
        grants: Grants | None = None,
        environment: Environment | None = None,
        limits: Limits | None = None,
        output: Callable[[bytes], None] = _to_stderr,
    ) -> None:
        deployment = Deployment(
            component,
            imports=imports or {},
            grants=grants or Grants(),
            limits=limits or Limits(),
        )
        self._program = WasmProgram(
            "instance", deployment, Registry(), output=lambda worker, line: output(line)
        )
        self._program.link()
        # A unique name: handles identify their owner.
        self._worker = WorkerId("instance", str(uuid.uuid4()))
        self._environment = environment or Environment()
        try:
            self._instance = self._program.instantiate(self._worker, self._environment)
        except UnicodeEncodeError:
            raise BadArguments("variables and arguments must not contain lone surrogates") from None
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._closed = False

    def call(self, function: str, *args: Value) -> Value:
        """Run a function by its invocation name; values are in normal form.

        Raises:
            UnknownFunction, BadArguments: nothing ran.
            Trap: the guest ended; an exception of an import is its `__cause__`.
            Busy: A re-entrant call from an import.
        """
        if self._owner == threading.get_ident():
            raise Busy(f"re-entrant call of {function} from an import")
        with self._lock:
            if self._closed:
                raise ShimError("the instance is closed")
            self._owner = threading.get_ident()
            try:
                invocation = _Unrecorded(self._worker, self._environment, function, args)
                return self._instance.call(function, args, invocation)
            finally:
                self._owner = None

    def invoke(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
    ) -> Value:
        """What generated classes call: `call`; component, worker and key are ignored."""
        return self.call(function, *args)

    def functions(self) -> tuple[str, ...]:
        """The invocation names of the component."""
        return tuple(export.name for export in self._program.names.all)

    def signature(self, function: str) -> FunctionType:
        """The type of a function.

        Raises:
            UnknownFunction: with similar names.
            BadArguments: A type of the function cannot be sent.
        """
        return self._program.signature(function)

    def close(self) -> None:
        """Unload, and drop the host's objects that the guest holds; idempotent."""
        with self._lock:
            if not self._closed:
                self._closed = True
                try:
                    self._instance.drop_objects()
                finally:
                    self._instance.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with first_wins(error, "the instance could not be closed"):
            self.close()


class _Unrecorded:
    """A call that records nothing."""

    def __init__(
        self, worker: WorkerId, environment: Environment, function: str, args: tuple[Value, ...]
    ) -> None:
        self.key = worker.name
        self.worker = worker
        self.environment = environment
        self.function = function
        self.args = args
        self.attempt = 1
        self.seq = 0
        self.mark = self.leaves = ""
        self._policy = RetryPolicy()

    def derived(self, name: str) -> uuid.UUID:
        """A key of its own; there is one attempt."""
        return uuid.uuid5(ROOT_NAMESPACE, f"{self.key} {name}")

    @property
    def replaying(self) -> bool:
        """There is no journal."""
        return False

    @property
    def upcoming(self) -> None:
        """There is no journal."""
        return None

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """What `live` gives."""
        return live()

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """There are no workers."""
        raise RpcError("not-found", "an instance without a host cannot call workers")

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """There are no workers."""
        raise RpcError("not-found", "an instance without a host cannot call workers")

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Nothing but time can pass."""
        time.sleep(timeout or 0)

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        """There are no workers."""
        raise RpcError("not-found", "an instance without a host cannot call workers")

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        """There are no workers."""
        return self.call(target, function, args)

    def announce(self) -> None:
        """Nobody waits."""

    def cancel(self, call: CallId) -> None:
        """Nothing was sent."""

    @property
    def position(self) -> int:
        """Nothing is recorded."""
        return 0

    def begin_region(self) -> int:
        """Without records, a region runs completely or not at all."""
        return 0

    def end_region(self, begin: int) -> None:
        """The region is over."""
        return

    def restart(self, position: int) -> NoReturn:
        """There is nothing to go back to."""
        raise Trap("there is no journal to go back to", retriable=False)

    @property
    def retry_policy(self) -> RetryPolicy:
        """The default one."""
        return self._policy

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        """Keep it for this call."""
        self._policy = policy
