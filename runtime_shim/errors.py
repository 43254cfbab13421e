"""The exceptions of the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

MOST_TEXT = 1 << 14
"""The longest message, in characters."""


def readable(text: str) -> str:
    """`text` as it can be stored and shown: Unicode without lone surrogates and NUL, cut if long."""
    cut = text[:MOST_TEXT] + "…" if len(text) > MOST_TEXT else text
    return str.encode(cut, "utf-8", "backslashreplace").decode().replace("\0", "\\0")


def message_of(error: BaseException) -> str:
    """What an exception says, whatever its class does; at least its name."""
    try:
        said = readable(str(error))
    except Exception:  # noqa: BLE001  # `__str__` is anybody's
        said = ""
    return said or readable(type(error).__name__)


@contextmanager
def first_wins(first: BaseException | None, what: str) -> Iterator[None]:
    """Where an error is under way, another one here only becomes a note of it: the first is the cause."""
    try:
        yield
    except Exception as second:
        if first is None:
            raise
        first.add_note(f"then {what}: {type(second).__name__}: {message_of(second)}")


class ShimError(Exception):
    """The base class of the host's exceptions."""


class RpcError(ShimError):
    """A remote call failed; `kind` is the case of golem:rpc's `rpc-error`."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind  # protocol-error | denied | not-found | remote-internal-error
        self.message = message
        super().__init__(f"{kind}: {message}")


class Trap(ShimError):
    """The guest trapped or the host refused to continue; the instance is poisoned.

    Attributes:
        message: The reason first, without the frame list.
        retriable: False if another attempt cannot help (bad parameters, exit, stack overflow).
    """

    def __init__(self, message: str, *, retriable: bool = True) -> None:
        self.message = readable(message)
        self.retriable = retriable
        super().__init__(self.message)


class Divergence(Trap):
    """Replay reached another step than the recorded one: never tolerated, never retried."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retriable=False)


class Restart(Trap):
    """The guest goes back in its journal: an immediate attempt, which is not counted."""

    def __init__(self) -> None:
        super().__init__("the guest goes back to an earlier point in its journal")


class OutOfMemory(Trap):
    """The guest ran out of memory: retried more often than after other traps."""


class Late(Trap):
    """The invocation took longer than its deadline."""


class TooLarge(Trap):
    """A call carries more than can be recorded or cross between guest and host: it fails alone."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retriable=False)


class UnknownFunction(ShimError):
    """The component has no such function."""


class BadArguments(ShimError):
    """The arguments do not fit the function."""


class KeyReused(BadArguments):
    """The key belongs to a call of another function or with other arguments: nothing ran."""


class StoreError(ShimError):
    """The store cannot be used: locked, of another version, corrupt, or another component's.

    Attributes:
        message: What is wrong.
        advice: What helps; empty if unknown.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message}; {advice}" if advice else message)
        self.message = message
        self.advice = advice


class StoreLocked(StoreError):
    """Another host uses the store."""


class OtherFormat(StoreError):
    """The store was made by another version, which has another format."""


class NotAStore(StoreError):
    """The file is something else."""


class StillBusy(StoreError):
    """A worker that has something to do cannot be repaired."""


class TypesUnknown(StoreError):
    """A recorded call cannot be replayed: the component that was called is not deployed as it was."""


class HostTrouble(StoreError):
    """The process lacks what a call needs (memory, threads, files, a disk that takes what it writes).

    The call stays queued, unharmed.
    """


class InvocationFailed(ShimError):
    """The invocation failed for good: retries are exhausted or would not help."""


class TimedOut(ShimError):
    """A call was not over when its caller stopped waiting; it goes on."""


class Interrupted(StoreError):
    """The guest was interrupted: the call stays queued for whoever opens the store next."""


class Refused(InvocationFailed, BadArguments):
    """The worker could not take the arguments, such as a handle that it does not have: nothing ran."""


class LinkError(ShimError):
    """A component cannot be linked: its imports do not match what is offered."""


class OpenImport(LinkError):
    """Open client imports in static mode, where clients must be composed in."""


class UnsupportedWasmtime(ShimError):
    """The installed release of wasmtime-py is not one that the host works with."""


class UnsupportedPlatform(ShimError):
    """The host does not run on this system."""


class InvalidComponent(ShimError):
    """The bytes are not a component that this host can run."""


class UnsupportedType(ShimError):
    """A type that cannot be sent: stream, future, error-context, map, fixed-length list."""


class UnknownComponent(ShimError):
    """Nothing is deployed under this name."""


class ResourceGone(ShimError):
    """The resource was dropped, or given away as an owned argument."""


class UnwrapError(ShimError):
    """A result that was unwrapped is a failure; `value` is its payload."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"the result is a failure: {value!r}")


class Busy(ShimError):
    """A re-entrant call of an instance, from one of its own imports."""


class WaveError(BadArguments):
    """Text that is not a value, or not a value of its type.

    Attributes:
        problem: What was expected and found, without the place.
        line: The line in the text, from 1; None if a value could not be written.
        column: In that line, from 1.
    """

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        self.problem = problem
        self.line = line
        self.column = column
        where = "" if line in {None, 1} else f"line {line}, "
        super().__init__(problem if column is None else f"{where}column {column}: {problem}")


class BadValue(ValueError):
    """A value that does not fit its type; the message says where and why."""
