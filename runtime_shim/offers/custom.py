"""Imports that a Python program implements: its own functions and resources.

Each call is a step of the running invocation, so a durable worker that is rebuilt gets the recorded
results, and the program is not called again. A resource is an object of the program, which the
guest knows by number. The journal records the number; the object itself does not outlive the
process, but one that can be saved as text is recreated from it when needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.boundary.reflect import Function, Interface
from runtime_shim.errors import BadValue, LinkError, Trap
from runtime_shim.offers.provide import HostFunction, HostResource, Offer, Run
from runtime_shim.typed.seams import ASYNC, Lacking, Members, Saves, asynchronous, not_a_coroutine
from runtime_shim.values import NO_OBJECTS, Handle, Value
from runtime_shim.values.check import check
from runtime_shim.values.fits import predicate
from runtime_shim.values.handles import Change, handle_mapper

_RECORDED = "host:"  # begins the address of a recorded object; workers never have such an address
_UNSAVED = "host"


class _Absent:
    """Represents an object of an earlier process."""


_ABSENT = _Absent()


@dataclass(slots=True)
class Kept:
    """An object of the program in the guest's hands.

    Attributes:
        resource: Its resource's name.
        members: What implements the resource's interface.
        value: The object; absent, until needed, if an earlier process had it.
        saved: The text to recreate it from, or None.
    """

    resource: str
    members: Members
    value: Any
    saved: str | None = None

    def get(self) -> Any:
        """The object, recreated if needed.

        Raises:
            Trap: It cannot be recreated.
        """
        if self.value is _ABSENT:
            restore = self.members.get("[restore]")
            if restore is None or self.saved is None:
                raise Trap(
                    f"a `{self.resource}` of the host ended with the process that made it: it has"
                    " no `save`, or nothing restores it",
                    retriable=False,
                )
            self.value = restore(self.resource, self.saved)
        return self.value

    def drop(self) -> None:
        """Tell the program that the guest has dropped it."""
        drop = self.members.get(f"[drop]{self.resource}")
        if drop is not None and (self.value is not _ABSENT or self.saved is not None):
            drop(self.get())


@dataclass(frozen=True, slots=True)
class Hosted:
    """How a resource of the program crosses the boundary: in calls it is the object."""

    number: int
    resource: str
    members: Members

    def lift(self, context: Context, rep: int, owned: bool) -> Any:
        """The object, or its placeholder; it leaves the table when the guest gives it away."""
        kept: Kept = context.table.pop(rep) if owned else context.table[rep]
        return kept if kept.value is _ABSENT else kept.value

    def lower(self, context: Context, value: Any) -> int:
        """The number of an object, or of one that a step recorded.

        Raises:
            BadValue: it is a value, not an object.
        """
        if type(value) in NO_OBJECTS:
            raise BadValue(f"not a `{self.resource}`")
        if isinstance(value, Kept):  # back from the guest, and not needed in between
            return context.insert(value)
        if not (isinstance(value, Handle) and value.uri.partition(":")[0] == _UNSAVED):
            return context.insert(self._kept(value))
        found = context.table.get(value.id, _ABSENT)
        if not isinstance(found, Kept):
            saved = value.uri.removeprefix(_RECORDED) if value.uri != _UNSAVED else None
            context.insert_at(value.id, self._kept(found, saved))
        return value.id

    def _kept(self, value: Any, saved: str | None = None) -> Kept:
        return Kept(self.resource, self.members, value, saved)


def offer(interface: Interface, members: Members) -> Offer:
    """The offer of what a program implements.

    Raises:
        LinkError: a function of the interface is not implemented.
    """
    problems = {name: _problem(members.get(name)) for name in interface.functions}
    problems |= {
        name: _problem(members[name])
        for name in (f"[drop]{owned}" for owned in interface.owned)
        if name in members
    }
    missing = {name: problem for name, problem in problems.items() if problem is not None}
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        where = f"`{interface.name}`" if interface.name else "the world's functions"
        reasons = "; ".join(dict.fromkeys(filter(None, missing.values())))
        said = f": {reasons}" if reasons else ""
        raise LinkError(f"what implements {where} lacks {listed}{said}")
    functions = {
        name: HostFunction(_recorded(function, members[name]))
        for name, function in interface.functions.items()
    }
    resources = {name: _resource(interface.name, name, members) for name in interface.owned}
    return Offer(functions, resources)


def _problem(run: Callable[..., Value] | None) -> str | None:
    """Why a member cannot be called, empty where it is only absent; None if it can."""
    if run is None:
        return ""
    if isinstance(run, Lacking):
        return run.problem
    return f"`{getattr(run, '__name__', run)}` {ASYNC}" if asynchronous(run) else None


def drop_all(context: Context) -> None:
    """Drop the objects that a guest still holds when it ends."""
    for rep in sorted(context.table):
        kept = context.table.get(rep)
        if isinstance(kept, Kept):
            del context.table[rep]
            kept.drop()


def _recorded(function: Function, run: Callable[..., Value]) -> Run:
    kind = f"import {function.interface}.{{{function.name}}}"
    if function.type is None:  # the linker refuses it
        return run
    take = [handle_mapper(ty, _found) for _, ty in function.type.params]
    finish = _finish(function)

    def call(context: Context, *args: Value) -> Value:
        def live() -> Value:
            pairs = zip(take, args, strict=True)
            taken = [one if change is None else change(context, one) for change, one in pairs]
            try:
                return finish(context, not_a_coroutine(run(*taken)))
            except BadValue as error:
                raise HostFailure(f"{kind}: {error}") from None

        return context.step(kind, live, external=True)

    return call


def _finish(function: Function) -> Change:
    """Check a result before it is recorded, and put its objects into the table.

    The change raises `BadValue` for one that does not fit.
    """
    ty = function.type.result if function.type else None
    if ty is None:
        return lambda context, result: None
    fits, park = predicate(ty), handle_mapper(ty, _parked)

    def finish(context: Context, result: Value) -> Value:
        if not fits(result):
            result = check(ty, result, "its result")
        return result if park is None else park(context, result)

    return finish


def _found(context: Context, value: Any) -> Any:
    return value.get() if isinstance(value, Kept) else value


def _parked(context: Context, value: Any) -> Handle:
    uri = f"{_RECORDED}{value.save()}" if isinstance(value, Saves) else _UNSAVED
    return Handle(uri, context.insert(value))


def _resource(interface: str, name: str, members: Members) -> Callable[[int], HostResource]:
    kind = f"import {interface}.{{[drop]{name}}}"

    def drop(context: Context, rep: int) -> None:
        kept: Kept | None = context.table.pop(rep, None)
        if kept is None:  # it was lent, and the loan is over
            return
        if context.invocation is None:  # the store is closed
            kept.drop()
        else:
            context.step(kind, kept.drop, external=True)

    def make(number: int) -> HostResource:
        codec = Hosted(number, name, members)
        return HostResource(codec, codec, drop)

    return make
