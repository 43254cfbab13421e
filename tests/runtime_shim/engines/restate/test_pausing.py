"""Who waits for what another worker announces, while hosts come and go."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import restate_server
from engine_guests import HERE, Guest, Host, eventually, on_restate

from runtime_shim.protocol.ids import WorkerId

pytestmark = pytest.mark.long  # `make restate` runs it

PROMISE = WorkerId("promise", "p")


def guests() -> dict[str, Guest]:
    """A component whose workers wait for what another one announces."""

    def wait(state: Any, invocation: Any) -> Any:
        return invocation.until(PROMISE, "get", (), lambda: None)

    def put(state: Any, invocation: Any, value: int) -> None:
        state["value"] = value
        invocation.announce()

    promises = Guest(get=lambda state, invocation: state.get("value"), put=put)
    return {"waits": Guest(wait=wait), "promise": promises}


def test_an_answer_that_comes_while_who_waits_is_on_no_host_is_not_missed() -> None:
    restate_server.server()
    from restate.exceptions import RetryableError

    from runtime_shim.engines.restate import objects, pausing
    from runtime_shim.engines.restate.attempts import attempt

    application = f"t{uuid.uuid4().hex[:12]}"
    gone = threading.Event()

    async def lacking(site: Any, context: Any, data: bytes, *, durable: bool) -> bytes:
        if gone.is_set() and context.key().startswith("waits/"):
            raise RetryableError("its host is gone")
        return await attempt(site, context, data, durable=durable)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "attempt", lacking)
        patch.setattr(pausing, "_MORE", 2.0)
        engine = on_restate(application, inactivity=0.3)
        host: Any = Host(engine).deploy(**guests())
        sent = host.send("waits/w", "wait")
        status = (
            "SELECT status FROM sys_invocation WHERE status = 'suspended' AND "  # noqa: S608 -- ours
            f"target_service_name = '{engine.services.worker}'"
        )
        eventually(lambda: engine.admin.query(status))
        gone.set()
        host.call("promise/p", "put", 7)
        gone.clear()
        assert engine.invoke(sent.worker, "wait", (), sent.key, HERE, 60) == 7
        engine.close()
