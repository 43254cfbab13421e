"""The message of a trap: the reason first, then the end of the guest's output."""

from __future__ import annotations

import errno
import re

import wasmtime

from runtime_shim.boundary.context import LATE, Context, HostFailure
from runtime_shim.errors import (
    BadValue,
    HostTrouble,
    Late,
    OutOfMemory,
    ShimError,
    TooLarge,
    Trap,
    message_of,
)

_FINAL = re.compile(
    r"stack overflow|call stack exhausted|all fuel consumed|resource limit exceeded|exceeds \w+ limits"
)
_ABORTED = "`unreachable` instruction"
_TOO_LARGE = "too much data is being copied"
_MOST = "at most 128 MiB are copied in a call, of which each element of a list counts 48 bytes"
_LACKING = re.compile(r"os error \d+|Cannot allocate memory|mmap")
_UNDEFINED = re.compile(r"unknown import: `(?:(.+)#)?(.+)` has not been defined")
_LENT = "BUG: deferred host scope has no call context"
_OUT_OF_MEMORY = re.compile(r"memory allocation of \d+ bytes failed|^MemoryError")
_NUMBERED = re.compile(r"^\d+: ")
# The innermost frame of a guest that called a function to trap, and whether the next is marked as well.
# docs/design/native.md is the contract of these names.
_MARKED_END = re.compile(
    r"^ *0: .*?!witgen:trap/(?P<kind>[a-z-]+)(?:/(?P<text>.*))?$"
    r"(?P<malformed>\n *1: .*!witgen:trap/malformed-reply$)?",
    re.MULTILINE,
)


def from_error(error: wasmtime.WasmtimeError, context: Context, memory: int | None = None) -> Trap:
    """The trap for an error of wasmtime, or for the failure of a host function that caused it.

    Args:
        error: The error.
        context: The instance.
        memory: The limit of its memory, in bytes, for the message.
    """
    failure, context.failure = context.failure, None
    if isinstance(failure, Trap):
        return failure
    trouble = trouble_of(failure or error)
    if trouble is not None:
        raise trouble from failure
    if failure is not None and not isinstance(failure, Exception):
        raise failure  # the user's interrupt, held back until wasmtime's frames were left
    if isinstance(error, wasmtime.ExitTrap):
        how = "with an error, whose number WASI does not tell" if error.code else "without an error"
        return Trap(f"the guest ended its program {how}", retriable=False)
    end = _MARKED_END.search(str(error)) if failure is None else None
    if end is not None:
        return _marked_end(end, context, memory)
    reason = _raised(failure) if failure is not None else last_cause(str(error))
    raised, said = None, ""
    if failure is None:
        from runtime_shim.boundary.words import last_line, raised_in

        text = context.stderr.decode("utf-8", "replace")
        printed = [line.rstrip() for line in text.splitlines() if line.strip()]
        raised = raised_in(printed)
        said = raised or last_line(printed) or context.hint or ""
    message = f"{reason}: {said}" if said else reason
    if raised and _ABORTED in reason:  # which is how a language ends a program that has failed
        message = raised
    if _OUT_OF_MEMORY.search(said):
        return OutOfMemory(_out_of_memory(message, memory))
    if _TOO_LARGE in reason:
        return TooLarge(f"an argument or a result is too large: {_MOST}")
    if reason == "wasm trap: interrupt":
        return Late(LATE)
    if _LENT in str(error):
        said = "wasmtime lends no two resources to one import where a component has streams"
        return Trap(said, retriable=False)
    if undefined := _UNDEFINED.fullmatch(reason):
        interface, name = undefined.groups()
        named = f"{interface}.{{{name}}}" if interface else name
        return Trap(f"{named} has streams or futures, which no host can provide", retriable=False)
    if "exceeds memory limits" in reason:
        message = _out_of_memory(message, memory)
    trap = Trap(message, retriable=_FINAL.search(reason) is None)
    trap.__cause__ = failure
    return trap


def _raised(failure: BaseException) -> str:
    """What a host function raised: the host's own errors explain themselves."""
    said = message_of(failure)
    if isinstance(failure, ShimError | HostFailure | BadValue):
        return said
    name = type(failure).__name__
    return said if said == name else f"{name}: {said}"


_SHORT = frozenset({errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT})


def trouble_of(error: BaseException) -> HostTrouble | None:
    """What the process lacks, where that is what an error is about: then nobody's guest has failed."""
    try:
        if not _lacks(error):
            return None
    except Exception:  # noqa: BLE001 -- what an import raises is of anybody's class
        return None
    said = " ".join(message_of(error).split())
    return HostTrouble(f"the host lacks what the call needs: {said}")


def _lacks(error: BaseException) -> bool:
    match error:
        case MemoryError():
            return True
        case OSError(errno=number):
            return number in _SHORT
        case wasmtime.WasmtimeError():
            return _LACKING.search(last_cause(str(error))) is not None
        case RuntimeError():
            return str(error) == "can't start new thread"
        case _:
            return False


def _out_of_memory(message: str, limit: int | None) -> str:
    """The message of a guest that got no more memory, with its limit if there is one."""
    if limit is None:
        return message
    units = ((30, "GiB"), (20, "MiB"), (10, "KiB"))
    sizes = [f"{limit >> bits} {unit}" for bits, unit in units if limit % (1 << bits) == 0]
    return f"out of memory (limit {[*sizes, f'{limit} bytes'][0]}): {message}"


def _marked_end(end: re.Match[str], context: Context, memory: int | None) -> Trap:
    """The trap of a guest that called a function whose name gives the reason."""
    match end["kind"], end["text"]:
        case "out-of-memory", _:
            return OutOfMemory(_out_of_memory("memory exhausted", memory))
        case "rpc", str(function):
            reason = f"rpc failed: {function}"
        case "unknown-component", str(component):
            reason = f"no component is deployed as {component}"
        case kind, text:  # of a later version
            reason = f"{kind}: {text}" if text else kind
    said = "the reply has another type" if end["malformed"] else context.hint
    return Trap(f"{reason}: {said}" if said else reason)


def last_cause(text: str) -> str:
    """Wasmtime prints the frames first and the causes last; the last cause is the reason."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return _NUMBERED.sub("", lines[-1]) if lines else "unknown reason"
