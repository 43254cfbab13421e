"""An attempt from its delivery by the server to what is kept of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from restate.exceptions import RetryableError, TerminalError
from restate.server_context import DisconnectedException

from runtime_shim.engines.restate import state
from runtime_shim.engines.restate.bridge import Bridge
from runtime_shim.engines.restate.history import Before, forget, spilled
from runtime_shim.engines.restate.live import Live
from runtime_shim.engines.restate.site import AT_ONCE, Site
from runtime_shim.engines.restate.state import HEAD, PUT_OFF, Head, Row, Try
from runtime_shim.engines.restate.wire import Answer, Outcome, Request, checksum, worker_of
from runtime_shim.errors import (
    BadArguments,
    Restart,
    StoreError,
    TooLarge,
    Trap,
    UnknownFunction,
    message_of,
)
from runtime_shim.protocol.failures import policy_for
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue import task
from runtime_shim.queue.endings import report
from runtime_shim.values import Err, Ok
from runtime_shim.values.codec import CodecError, encode

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Program

log = logging.getLogger("runtime_shim")

_SHOWN = 1 << 20  # bytes of the steps of a call that failed which are kept
_SOON = 0.5  # seconds until another host may have what this one lacks


@dataclass(frozen=True, slots=True)
class _Under:
    """An attempt under way.

    Attributes:
        bridge: The way to the server.
        key: What the server knows the worker by.
        request: What is asked.
        head: What is known of the worker.
        durable: Whether it has a history.
        found: Whether the object had anything.
        attempt: From 1.
    """

    bridge: Bridge
    key: str
    request: Request
    head: Head
    durable: bool
    found: bool
    attempt: int


async def attempt(site: Site, context: Any, data: bytes, *, durable: bool) -> bytes:
    """The answer of an invocation.

    Raises:
        RetryableError: There is to be another attempt.
        TerminalError: The request is none.
    """
    bridge, key = Bridge(context, site.beat), context.key()
    try:
        request = Request.parse(data)
        worker = _worker(key, request, durable=durable)
        if request.function:
            state.arguments(request.args)
    except StoreError as error:
        raise TerminalError(f"not a request: {error}", 400) from None
    try:
        return await _delivered(site, bridge, worker, request, durable=durable)
    except (RetryableError, TerminalError, DisconnectedException) as error:
        # The SDK tells the server what it comes from as well, in words that may not be sendable.
        raise error from None
    except Exception as error:  # noqa: BLE001 -- whatever it is, the call is not lost
        said = message_of(error)
        log.info("%s: %s is put off: %s", worker, request.function, said)
        raise _again(None, PUT_OFF + said) from None


async def _delivered(
    site: Site, bridge: Bridge, worker: WorkerId, request: Request, *, durable: bool
) -> bytes:
    key = bridge.context.key()
    raw = await bridge.get(HEAD)
    head = None if raw is None else Head.parse(raw)
    if head is not None and head.last == request.identity:
        forget(bridge, None, head, len(await _batches(bridge, request.identity)))
        return _answer(await Before(bridge, worker, head, site.services.log, key).one(head.count))
    if not request.function:
        return Answer("cancelled", "", 0, encode(task.CANCELLED)).pack()
    program = site.programs.get(worker.component)
    if program is None:
        raise _absent(f"no component is deployed as {worker.component}")
    made = head or Head(program.digest, request.environment)
    if made.failure is not None:
        failed = f"the worker has already failed: {made.failure}"
        return _ended_at_once(request, failed)
    if durable and made.digest != program.digest:
        program = await site.build(worker, made.digest)
        if program is None:
            raise _absent(f"the build {made.digest:.12} of {worker.component} is not deployed")
    number = 1
    if made.next is not None and made.next.identity == request.identity:
        number = made.next.attempt
        early = made.next.due - site.clock()
        if early > AT_ONCE:
            raise _again(early, "it is not due yet")
    under = _Under(bridge, key, request, made, durable, raw is not None, number)
    return await _run(site, under, program)


async def _run(site: Site, under: _Under, program: Program) -> bytes:
    bridge, head, request = under.bridge, under.head, under.request
    worker = _worker(under.key, request, durable=under.durable)
    policy = head.policy or site.retries.of(worker)
    live = Live(site, bridge, worker, request, head, under.attempt, head.leaves, policy)
    if not under.durable:
        live.seq = crc32(request.identity.encode())
    live.recorded(await _batches(bridge, request.identity))
    before = Before(bridge, worker, head, site.services.log, under.key)
    live.counted = await site.suspects.counted(live)

    def job() -> bytes:
        value = site.handler(live, before, program)
        live.finish()
        return encode(Ok(value))

    try:
        outcome = await (live.counted or bridge).run(site.pool, job)
    except BaseException as error:
        if bridge.over is not None:  # suspended, disconnected or closed: the server knows
            raise bridge.over from None
        if not isinstance(error, Exception):
            raise _again(None, "interrupted") from error
        return await _failed(site, under, live, error)
    try:
        return await _end(site, under, live, "done", outcome)
    except TooLarge as error:
        return await _failed(site, under, live, error)


async def _batches(bridge: Bridge, identity: str) -> list[tuple[tuple[str, Any], ...]]:
    """What earlier attempts at this invocation have saved."""
    found: list[tuple[tuple[str, Any], ...]] = []
    count = 0
    while (data := await bridge.get(f"now/{count}")) is not None:
        whose, entries = state.read_batch(data)
        if whose == identity:
            found.append(entries)
        count += 1
    for other in reversed(range(len(found), count)):  # of one that was ended by an operator
        bridge.clear(f"now/{other}")
    return found


async def _failed(site: Site, under: _Under, live: Live, error: Exception) -> bytes:
    """See to what follows an attempt that gave no value."""
    match error:
        case CodecError():
            trap = Trap(message_of(error), retriable=False)
        case UnknownFunction() | BadArguments() | TooLarge():
            refused: Outcome = Err(("protocol-error", message_of(error)))
            return await _end(site, under, live, "failed", encode(refused))
        case StoreError():
            raise error
        case Trap(__cause__=StoreError() as cause):
            raise cause
        case Trap():
            trap = error
        case _:
            log.debug("an instance raised", exc_info=error)
            trap = Trap(message_of(error))
    return await _trapped(site, under, live, trap)


async def _trapped(site: Site, under: _Under, live: Live, trap: Trap) -> bytes:
    """Plan the next attempt, or fail for good."""
    bridge, request, head = under.bridge, under.request, under.head
    policy = policy_for(trap, live.retry_policy)
    again = isinstance(trap, Restart)
    delay = 0.0 if again else policy.delay(under.attempt)
    attempt = under.attempt + (not again)
    if not again:
        report(live.worker, live.function, trap, attempt, delay, policy.max_attempts)
    if delay is None:
        failed: Outcome = Err(("remote-internal-error", trap.message))
        return await _end(site, under, live, "failed", encode(failed), failure=trap.message)
    live.records.save(everything=True)
    then = Try(request.identity, attempt, site.clock() + delay, live.took)
    bridge.set(HEAD, replace(head, next=then, policy=_own(site, live)).pack())
    await bridge.sync()
    raise _again(max(delay, AT_ONCE), trap.message)


async def _end(
    site: Site,
    under: _Under,
    live: Live,
    what: str,
    outcome: bytes,
    failure: str | None = None,
) -> bytes:
    """Keep the end of an invocation; its answer."""
    bridge, request, head = under.bridge, under.request, under.head
    answer = Answer(what, request.function, checksum(request.args), outcome)
    if not under.durable:
        if under.found or live.records.batches:
            bridge.context.generic_send(site.services.ephemeral, "clear", b"w1", key=under.key)
        return answer.pack()
    entries = encode(tuple(live.entries))
    if what != "done" and len(entries) > _SHOWN:
        entries = encode(())
    row = Row(
        head.count + 1,
        what,
        live.leaves,
        request.key,
        None if request.base is None else str(request.base),
        request.caller,
        request.call,
        request.function,
        under.attempt,
        round(site.clock(), 3),
        live.took,
        request.args,
        entries,
        outcome,
    )
    data, packed = row.pack(), answer.pack()
    head = replace(head.ended(row, len(data)), failure=failure, policy=_own(site, live))
    first = head.first
    head = await spilled(bridge, head, data, site.services.log, under.key)
    bridge.set(HEAD, replace(head, announced=head.announced + live.announced).pack())
    forget(bridge, first, head, live.records.batches)
    return packed


def _worker(key: str, request: Request, *, durable: bool) -> WorkerId:
    """Whose an invocation is."""
    worker = worker_of(key)
    return worker if durable else WorkerId(worker.component, request.name)


def _own(site: Site, live: Live) -> Any:
    """The worker's own policy, if it has one."""
    policy = live.retry_policy
    return None if policy == site.retries.of(live.worker) else policy


def _answer(row: Row) -> bytes:
    """The answer of an invocation whose end was kept before its answer had left."""
    return Answer(row.state, row.function, checksum(row.args), row.outcome).pack()


def _ended_at_once(request: Request, message: str) -> bytes:
    outcome = encode(Err(("remote-internal-error", message)))
    return Answer("failed", request.function, checksum(request.args), outcome).pack()


def _absent(what: str) -> RetryableError:
    """What has the server try another host soon."""
    return _again(_SOON, PUT_OFF + what)


def _again(delay: float | None, message: str) -> RetryableError:
    """What has the server make another attempt, without a delay when it thinks fit."""
    after = None if delay is None else timedelta(seconds=delay)
    return RetryableError(message, retry_after=after)
