"""What a server knows of calls from outside."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from runtime_shim.engines.restate.admin import Admin, quoted
from runtime_shim.engines.restate.ingress import Ingress
from runtime_shim.engines.restate.wire import Answer, Request
from runtime_shim.errors import HostTrouble, InvocationFailed, KeyReused
from runtime_shim.protocol.ids import WorkerId

Place = tuple[str, str]
"""The service and the object that run a call."""
Waiting = dict[tuple[WorkerId, str], tuple[str, Place, str]]
"""Calls by worker and key: the function, and where and by what the server knows them."""


def same(first: Request | Answer, asked: Request) -> None:
    """Refuse a call whose key belongs to another one. Raises `KeyReused`."""
    if not first.of(asked.function, asked.args):
        like = first.function == asked.function
        other = " with other arguments" if like else f"; this one is of {asked.function}"
        raise KeyReused(f"the key {asked.key!r:.100} belongs to a call of {first.function}{other}")


def seen_before(
    ingress: Ingress, admin: Admin, place: Place, invocation: str, asked: Request
) -> None:
    """Refuse a call whose key the server knew, as that of another one. Raises `KeyReused`."""
    with suppress(InvocationFailed):
        data = ingress.output(place, asked.identity)
        first = admin.asked(invocation) if data is None else None
        if data is not None:
            same(Answer.parse(data), asked)
        elif first is not None:
            same(Request.parse(first), asked)


def looked(admin: Admin, place: Place, identity: str) -> dict[str, str] | None:
    """The server's `id` and `status` of a call; None if it does not know it."""
    service, key = place
    rows = admin.query(
        "SELECT id, status FROM sys_invocation "  # noqa: S608 -- quoted
        f"WHERE target_service_name = {quoted(service)} "
        f"AND target_service_key = {quoted(key)} AND target_handler_name = 'invoke' "
        f"AND idempotency_key = {quoted(identity)}"
    )
    return rows[0] if rows else None


def unfinished(
    admin: Admin, waiting: Mapping[tuple[WorkerId, str], tuple[str, Place, str]]
) -> tuple[tuple[WorkerId, str, str], ...]:
    """The worker, function and key of each call that is not over; all if the server is silent."""
    if not waiting:
        return ()
    names = ", ".join(quoted(identity) for _, _, identity in waiting.values())
    try:
        rows = admin.query(
            "SELECT target_service_name AS service, target_service_key AS key, idempotency_key "  # noqa: S608 -- quoted
            f"FROM sys_invocation WHERE status != 'completed' AND idempotency_key IN ({names})"
        )
        there = {(row["service"], row["key"], row["idempotency_key"]) for row in rows}
    except HostTrouble:
        there = {(*place, identity) for _, place, identity in waiting.values()}
    return tuple(
        (worker, function, key)
        for (worker, key), (function, place, identity) in waiting.items()
        if (*place, identity) in there
    )
