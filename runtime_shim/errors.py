"""What the host raises on purpose."""

from __future__ import annotations

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


class ShimError(Exception):
    """The base of what the host raises on purpose."""


class RpcError(ShimError):
    """A remote call failed; `kind` is the case of golem:rpc's `rpc-error`."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind  # protocol-error | denied | not-found | remote-internal-error
        self.message = message
        super().__init__(f"{kind}: {message}")


class Trap(ShimError):
    """The guest trapped or the host refused to go on; the instance is poisoned.

    Attributes:
        message: The reason first, without the frame list.
        retriable: False for what another attempt cannot cure (bad parameters, exit, stack overflow).
    """

    def __init__(self, message: str, *, retriable: bool = True) -> None:
        self.message = readable(message)
        self.retriable = retriable
        super().__init__(self.message)


class Divergence(Trap):
    """Replay asked for another step than the one recorded: never tolerated, never retried."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retriable=False)


class Restart(Trap):
    """The guest goes back in its journal: another attempt at once, which is not counted."""

    def __init__(self) -> None:
        super().__init__("the guest goes back to an earlier point of its journal")


class OutOfMemory(Trap):
    """The guest ran out of memory: always retried, by a policy of its own, as Golem does."""


class UnknownFunction(ShimError):
    """The component has no such function."""


class BadArguments(ShimError):
    """The arguments do not fit the function."""


class StoreError(ShimError):
    """The store cannot be used: locked, of another version, corrupt, or another component's.

    Attributes:
        message: What is wrong.
        advice: What helps; empty where nothing is known to.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message}; {advice}" if advice else message)
        self.message = message
        self.advice = advice


class InvocationFailed(ShimError):
    """The invocation failed for good: retries are used up or of no use."""


class LinkError(ShimError):
    """A component cannot be linked: its imports and what is offered do not fit together."""


class OpenImport(LinkError):
    """Imports of client interfaces where clients are to be composed in (static mode)."""


class InvalidComponent(ShimError):
    """The bytes are no component that this host can run."""


class UnsupportedType(ShimError):
    """A type that cannot travel: stream, future, error-context, map, fixed-length list."""


class UnknownComponent(ShimError):
    """Nothing is deployed under this name."""


class ResourceGone(ShimError):
    """The resource was dropped, or given away as an owned argument."""


class Busy(ShimError):
    """The instance was called by what its own guest called."""


class WaveError(BadArguments):
    """Text that is no value, or no value of its type.

    Attributes:
        problem: What was expected and found, without the place.
        line: Of the text, from 1; None when a value could not be written.
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
