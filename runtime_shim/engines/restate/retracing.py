"""Recovery by the server's journal, without the SDK's preview of explicit recovery.

The SDK then expects each attempt to give the commands of earlier ones again, in their order, before
anything new. What an attempt does depends on more than the journal: on whether this host has the worker in
memory, on marks, which are random, on time. So an attempt reads there what was asked, and gives all of it
again without a look at the results. From then on it recovers from the worker's own state, as always.

The SDK numbers what it waits for, also what is known at once. Explicit recovery does not count that, so a
journal that attempts of both kinds have written by turns can only be gone on with explicitly.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from datetime import timedelta
from typing import Any

from runtime_shim.engines.restate.admin import Admin, quoted
from runtime_shim.engines.restate.bridge import BYTES, Bridge
from runtime_shim.errors import StoreError

_PAGE = 32  # entries that are read at once
_LATE, _PATIENCE = 0.02, 10.0  # seconds between two looks for an entry, and of all of them
_NUMBERS = {"GetEagerState": 1, "GetLazyState": 1, "Sleep": 1, "Run": 1, "Call": 2, "OneWayCall": 1}
"""How many numbers a command takes."""
_ADVICE = "have a host with `--recovery explicit` go on with it"


async def retraced(bridge: Bridge, admin: Admin) -> bytes | None:
    """Give the commands of earlier attempts again; the answer, if one of them gave it.

    Raises:
        StoreError: The journal cannot be read, or has something that no attempt asks for.
    """
    loop, invocation = asyncio.get_running_loop(), bridge.context.request().id
    end = time.monotonic() + _PATIENCE
    after = numbers = 0  # the request itself
    while bridge.replaying:
        ask = functools.partial(admin.query, _commands(invocation, after))
        rows = await loop.run_in_executor(None, ask)
        for row in rows:
            kind, command = _command(str(row.get("entry_json")))
            numbers += _NUMBERS.get(kind, 0)
            if (
                command.get("result_completion_id", command.get("completion_id", numbers))
                != numbers
            ):
                raise StoreError(
                    "hosts that recover in different ways have tried it by turns", _ADVICE
                )
            answer = _again(bridge, kind, command)
            if answer is not None:
                return answer
            after = int(row["index"])
        if not rows:
            if time.monotonic() > end:
                raise StoreError(f"the server does not tell the journal of {invocation}")
            await asyncio.sleep(_LATE)
    return None


def _commands(invocation: str, after: int) -> str:
    return (
        f"SELECT index, entry_json FROM sys_journal WHERE id = {quoted(invocation)} "  # noqa: S608 -- quoted
        f"AND index > {after} AND entry_type LIKE 'Command:%' ORDER BY index LIMIT {_PAGE}"
    )


def _again(bridge: Bridge, kind: str, command: dict[str, Any]) -> bytes | None:
    """Give a command again; the answer, if it is one. Nobody waits for what it gives."""
    context = bridge.context
    match kind, command:
        case "SetState", {"key": str(key), "value": list(value)}:
            bridge.set(key, bytes(value))
        case "ClearState", {"key": str(key)}:
            bridge.clear(key)
        case "ClearAllState", _:
            context.clear_all()
        case "GetEagerState" | "GetLazyState", {"key": str(key)}:
            context.get(key, serde=BYTES)
        case "Sleep", _:
            bridge.timer(0)
        case "Run", {"name": str(name)}:
            bridge.noted(name)
        case "Call", {"request": request}:
            service, handler, data, more = _asked(request)
            context.generic_call(service, handler, data, **more)
        case "OneWayCall", {"request": request, "invoke_time": int(due)}:
            service, handler, data, more = _asked(request)
            delay = timedelta(seconds=1) if due else None
            context.generic_send(service, handler, data, send_delay=delay, **more)
        case "Output", {"result": {"Success": list(answer)}}:
            return bytes(answer)
        case _:
            raise StoreError(f"the server's journal has something unknown: {kind:.40}")
    return None


def _command(entry: str) -> tuple[str, dict[str, Any]]:
    try:
        [(kind, command)] = json.loads(entry)["Command"].items()
        return kind, dict(command)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise StoreError("the server's journal cannot be read") from None


def _asked(request: Any) -> tuple[str, str, bytes, dict[str, str | None]]:
    """The service, the handler and the bytes of a call, then how else it is known."""
    try:
        [target] = request["invocation_target"].values()
        more = {"key": target.get("key"), "idempotency_key": request.get("idempotency_key")}
        return target["name"], target["handler"], bytes(request["parameter"]), more
    except (ValueError, LookupError, TypeError, AttributeError):
        raise StoreError("the server's journal has a call that cannot be read") from None
