"""The services of a host: what the server may call."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import restate
from restate.exceptions import RetryableError, TerminalError

from runtime_shim.engines.restate.attempts import attempt
from runtime_shim.engines.restate.bridge import BYTES, Bridge
from runtime_shim.engines.restate.retracing import retraced
from runtime_shim.engines.restate.site import Site
from runtime_shim.engines.restate.state import HEAD, PUT_OFF, Head
from runtime_shim.engines.restate.wire import LARGEST, fields, joined, parted
from runtime_shim.errors import StoreError
from runtime_shim.values.codec import decode

_ANYTHING = "application/octet-stream"
_FOREVER = 2**31 - 1
_Handler = Callable[[Any, bytes], Awaitable[bytes]]
_ENOUGH = 4 << 20  # bytes of an answer with several messages of a log

# A host that is down for an hour must not stop its workers, and is tried again soon.
RETRIES = restate.InvocationRetryPolicy(
    initial_interval=timedelta(milliseconds=50),
    exponentiation_factor=1.5,
    max_interval=timedelta(seconds=1),
    max_attempts=_FOREVER,
)


def application(
    site: Site, *, retention: float, inactivity: float, abort: float, identity_keys: list[str]
) -> Any:
    """The ASGI application of a host.

    Args:
        site: The host.
        retention: Seconds that the server keeps answers by their keys.
        inactivity: Seconds after which a caller that waits is suspended.
        abort: Seconds after that, after which an attempt is given up.
        identity_keys: The public keys of servers that may call it; without any, all may.
    """
    common = {
        "inactivity_timeout": timedelta(seconds=inactivity),
        "abort_timeout": timedelta(seconds=abort),
        "idempotency_retention": timedelta(seconds=retention),
        "journal_retention": timedelta(0),
        "invocation_retry_policy": RETRIES,
    }
    services = [
        _workers(site, common),
        _ephemeral(site, common),
        _messages(site, site.services.log, common | {"ingress_private": True}),
        _messages(site, site.services.blob, common),
    ]
    return restate.app(services, identity_keys=identity_keys or None)


def explicit_recovery() -> Callable[[Any], Any]:
    """The SDK's preview, which leaves recovery to the attempts at a service.

    Raises:
        StoreError: This version of the SDK has none.
    """
    try:
        from restate import _preview

        preview: Callable[[Any], Any] = _preview.explicit_recovery
    except (ImportError, AttributeError):
        said = "this version of restate-sdk has no preview of explicit recovery"
        raise StoreError(said, "use `--recovery journal`") from None
    return preview


def _recovering(site: Site, service: Any) -> Any:
    return explicit_recovery()(service) if site.explicit else service


def _handler(
    site: Site, service: Any, name: str, kind: str = "exclusive", **settings: Any
) -> Callable[[_Handler], _Handler]:
    mark: Callable[[_Handler], _Handler] = service.handler(
        name=name,
        kind=kind,
        input_serde=BYTES,
        output_serde=BYTES,
        accept=_ANYTHING,
        content_type=_ANYTHING,
        **settings,
    )

    def decorate(run: _Handler) -> _Handler:
        @functools.wraps(run)
        async def guarded(context: Any, data: bytes) -> bytes:
            if not site.explicit:
                try:
                    answer = await retraced(Bridge(context, site.beat), site.admin)
                except StoreError as error:
                    raise RetryableError(PUT_OFF + str(error)) from None
                if answer is not None:
                    return answer
            try:
                return await run(context, data)
            except (StoreError, ValueError) as error:  # and not tried again again and again
                raise TerminalError(f"not a request: {error}", 400) from None

        return mark(guarded)

    return decorate


def _workers(site: Site, common: dict[str, Any]) -> Any:
    workers = _recovering(site, restate.VirtualObject(site.services.worker, **common))

    @_handler(site, workers, "invoke")
    async def invoke(context: restate.ObjectContext, data: bytes) -> bytes:
        return await attempt(site, context, data, durable=True)

    @_handler(site, workers, "announced", "shared", ingress_private=True)
    async def announced(context: restate.ObjectSharedContext, data: bytes) -> bytes:
        head = await Bridge(context, site.beat).get(HEAD)
        return b"%d" % (0 if head is None else Head.parse(head).announced)

    @_handler(site, workers, "revive")
    async def revive(context: restate.ObjectContext, data: bytes) -> bytes:
        bridge = Bridge(context, site.beat)
        raw = await bridge.get(HEAD)
        head = None if raw is None else Head.parse(raw)
        if head is None or head.failure is None:
            return b"no"
        bridge.set(HEAD, replace(head, failure=None).pack())
        return b"yes"

    @_handler(site, workers, "move")
    async def move(context: restate.ObjectContext, data: bytes) -> bytes:
        digest, count = fields(data, str, int)
        bridge = Bridge(context, site.beat)
        raw = await bridge.get(HEAD)
        head = None if raw is None else Head.parse(raw)
        if head is None or head.count != count:
            return b"no"
        bridge.set(HEAD, head.moved(digest).pack())
        return b"yes"

    @_handler(site, workers, "delete")
    async def delete(context: restate.ObjectContext, data: bytes) -> bytes:
        bridge = Bridge(context, site.beat)
        raw = await bridge.get(HEAD)
        context.clear_all()
        context.generic_send(site.services.log, "clear", b"w1", key=context.key())
        return b"%d" % (0 if raw is None else Head.parse(raw).count)

    return workers


def _ephemeral(site: Site, common: dict[str, Any]) -> Any:
    calls = _recovering(site, restate.VirtualObject(site.services.ephemeral, **common))

    @_handler(site, calls, "invoke")
    async def invoke(context: restate.ObjectContext, data: bytes) -> bytes:
        return await attempt(site, context, data, durable=False)

    @_handler(site, calls, "clear", ingress_private=True)
    async def clear(context: restate.ObjectContext, data: bytes) -> bytes:
        context.clear_all()
        return b"w1"

    return calls


def _messages(site: Site, name: str, settings: dict[str, Any]) -> Any:
    """Objects with numbered messages."""
    lazy = settings | {"enable_lazy_state": True}
    messages = _recovering(site, restate.VirtualObject(name, **lazy))

    @_handler(site, messages, "append")
    async def append(context: restate.ObjectContext, data: bytes) -> bytes:
        number, chunk = parted(data)
        context.set(f"{decode(number)}", chunk, serde=BYTES)
        return b"w1"

    @_handler(site, messages, "read", "shared")
    async def read(context: restate.ObjectSharedContext, data: bytes) -> bytes:
        bridge = Bridge(context, site.beat)
        start, stop = fields(data, int, int)
        found: list[bytes] = []
        for number in range(start, stop):
            chunk = await bridge.get(f"{number}")
            if chunk is None or (found and sum(map(len, found)) + len(chunk) > _ENOUGH):
                break
            found.append(chunk)
        return joined(*found, most=2 * LARGEST)

    @_handler(site, messages, "clear")
    async def clear(context: restate.ObjectContext, data: bytes) -> bytes:
        context.clear_all()
        return b"w1"

    return messages
