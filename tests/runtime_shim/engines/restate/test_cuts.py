"""Attempts that come to nothing after any of the changes of their worker's state."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import Any

import pytest
import restate_server
from engine_guests import HERE, Guest, Host, on_restate

from runtime_shim.protocol.ids import WorkerId

L = WorkerId("list", "l")


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_server_may_hear_only_the_beginning_of_what_an_attempt_says(
    when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    restate_server.server()
    from runtime_shim.engines.restate import history
    from runtime_shim.engines.restate.admin import quoted
    from runtime_shim.engines.restate.bridge import Bridge

    monkeypatch.setattr(history, "ROWS", 3)
    cut, seen = [0], [0]

    def cutting(name: str) -> None:
        act = getattr(Bridge, name)

        def do(self: Bridge, *args: Any) -> None:
            seen[0] += 1
            now = seen[0] == cut[0]
            if not (now and when == "before"):
                act(self, *args)
            if now:
                raise RuntimeError("cut")

        monkeypatch.setattr(Bridge, name, do)

    cutting("set")
    cutting("clear")
    application = f"t{uuid.uuid4().hex[:12]}"
    with closing(on_restate(application)) as engine:
        host = Host(engine)

        def add(state: Any, invocation: Any) -> int:
            luck = invocation.step("luck", lambda: 1, external=True)
            state["n"] = state.get("n", 0) + luck
            return int(state["n"])

        host.deploy(list=Guest(add=add))
        for number in range(30):
            cut[0], seen[0] = 1 + number // 3, 0
            key = f"k{number}"
            assert engine.invoke(L, "add", (), key, HERE, 20) == number + 1
            host.handler.unload(L)
        named = quoted(engine.services.worker)
        query = f"SELECT key FROM state WHERE service_name = {named}"  # noqa: S608
        rows = engine.admin.query(query)
        kept = [row["key"] for row in rows if row["key"].startswith(("row/", "now/"))]
        assert len(kept) <= 3
