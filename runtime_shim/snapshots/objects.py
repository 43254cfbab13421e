"""The host's side of a worker as data: the objects that the guest holds, and what is counted for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runtime_shim.boundary.context import Context
from runtime_shim.golem.api import Chosen, Persistence
from runtime_shim.golem.remote import Client, Pending, Token
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.snapshots.tables import Held, NotNow
from runtime_shim.values import Case, Value
from runtime_shim.wasi.cli import Standard
from runtime_shim.wasi.clocks import Monotonic
from runtime_shim.wasi.files.contents import Appending, Contents, Reading, Writing
from runtime_shim.wasi.files.facts import Descriptor, Entries
from runtime_shim.wasi.files.granted import Granted
from runtime_shim.wasi.http.types import Requests
from runtime_shim.wasi.lines import Lines
from runtime_shim.wasi.pollables import Timers
from runtime_shim.wasi.polling import Polling
from runtime_shim.wasi.streams import Source
from runtime_shim.wasi.virtual import Printed

if TYPE_CHECKING:
    from runtime_shim.wasi.grants import Grants

# What whoever needs it makes again: the end of a call ends a printed line.
_MADE_AGAIN = (Held, Lines, Requests, Standard, Timers)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call that was started in an earlier invocation: it can be cancelled, and no longer awaited."""

    call: CallId


def dumped(value: Any) -> Value:
    """An object of the host's as data.

    Raises:
        NotNow: It cannot be made again.
    """
    match value:
        case Printed(stream):
            return ("printed", stream)
        case Descriptor():
            return ("descriptor", *_file(value))
        case Reading():
            return ("reading", value.at, *_file(value.descriptor))
        case Writing(_, descriptor, at):
            return ("writing", at, *_file(descriptor))
        case Appending(_, descriptor):
            return ("appending", *_file(descriptor))
        case Entries():
            return ("entries", list(value.left))
        case Source() if type(value) is Source:
            return ("source", value.data, value.at)
        case Client(worker, handle):
            return ("client", *worker, handle)
        case Pending(worker, function, future):
            return ("pending", *worker, function, *future.call)
        case Token(call):
            return ("token", *call)
        case _:
            raise NotNow(
                f"it holds an object of the host that cannot be kept ({type(value).__name__})"
            )


def _file(descriptor: Descriptor) -> tuple[Value, ...]:
    return descriptor.root, descriptor.parts, descriptor.kind, descriptor.flags


def loaded(value: Value, grants: Grants) -> Any:
    """The object that `dumped` made data of.

    Raises:
        ValueError, TypeError: It made none of this.
    """
    contents = Contents(Granted(grants.directories))
    match value:
        case ("printed", stream):
            return Printed(stream)
        case ("descriptor", *file):
            return Descriptor(*file)
        case ("reading", at, *file):
            return Reading(contents, Descriptor(*file), at)
        case ("writing", at, *file):
            return Writing(contents, Descriptor(*file), at)
        case ("appending", *file):
            return Appending(contents, Descriptor(*file))
        case ("entries", left):
            return Entries(left)
        case ("source", data, at):
            return Source(data, at)
        case ("client", component, name, handle):
            return Client(WorkerId(component, name), handle)
        case ("pending", component, name, function, caller, step):
            future: Any = Earlier(CallId(caller, step))
            owner: Any = None
            return Pending(WorkerId(component, name), function, future, owner)
        case ("token", caller, step):
            return Token(CallId(caller, step))
        case _:
            raise ValueError("an unknown object")


def counted(context: Context) -> Value:
    """What the host counts and remembers for an instance, as data.

    Raises:
        NotNow: It waits for something, or something of it cannot be kept.
    """
    for kind in context.states:
        if kind not in (*_MADE_AGAIN, Monotonic, Persistence, Chosen, Polling):
            raise NotNow(
                f"the host remembers something for it that cannot be kept ({kind.__name__})"
            )
    if context.state(Polling).events:
        raise NotNow("it holds pollables")
    policy = context.state(Chosen).policy
    return {
        "monotonic": context.state(Monotonic).latest,
        "level": context.state(Persistence).level,
        "transient": context.transient,
        "idempotent": context.idempotent,
        "policy": (
            None
            if policy is None
            else (
                policy.max_attempts,
                policy.min_delay,
                policy.max_delay,
                policy.multiplier,
                policy.jitter,
            )
        ),
        "representation": context.next_rep,
        "handle": context.next_handle,
    }


def remember(context: Context, counts: Value) -> RetryPolicy | None:
    """Let the host count and remember that for an instance; the policy that its guest has set."""
    context.state(Monotonic).latest = counts["monotonic"]
    level: Case = counts["level"]
    context.state(Persistence).level = level
    context.transient, context.idempotent = counts["transient"], counts["idempotent"]
    context.next_rep, context.next_handle = counts["representation"], counts["handle"]
    policy = None if counts["policy"] is None else RetryPolicy(*counts["policy"])
    context.state(Chosen).policy = policy
    return policy
