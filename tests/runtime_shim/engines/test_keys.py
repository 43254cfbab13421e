"""The keys of calls that guests make: places inside, uuids outside."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from engine_guests import Guest
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import BadArguments
from runtime_shim.protocol.ids import WorkerId, derived_key
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.replay.keys import admissible, visible

NOWHERE = Environment()


@given(st.text(), st.lists(st.integers(0, 10**6), max_size=4))
def test_what_is_visible_of_a_place_is_what_golem_derives(key: str, places: list[int]) -> None:
    try:
        admissible(key)
    except BadArguments:
        return
    expected = key
    for place in places:
        expected = str(derived_key(expected, place))
    assert visible(key + "".join(f"~{place}" for place in places)) == expected


@pytest.mark.parametrize("key", ["~1", "a~0", "a~1~22", "a~b~3", "a\n~3"])
def test_a_key_from_outside_is_no_place(key: str) -> None:
    with pytest.raises(BadArguments, match=r"ends in ~ and a number"):
        admissible(key)


@pytest.mark.parametrize("key", ["", "~", "a~", "a~1b", "a~1 ", "1~x", "a~١", "a~1\n"])
def test_other_keys_are_admitted(key: str) -> None:
    admissible(key)
    assert visible(key) == key


def program(**functions: Any) -> dict[str, Any]:
    return {name: Guest(**{name: run}) for name, run in functions.items()}


class TestAnEngine:
    def test_refuses_places_as_keys(self, tmp_path: Path) -> None:
        engine = SqliteEngine(tmp_path / "store")
        engine.start(WorkerHandler(program(say=lambda state, invocation: 1)))
        worker = WorkerId("say", "a")
        try:
            for ask in (engine.invoke, engine.send):
                with pytest.raises(BadArguments, match=r"ends in ~ and a number"):
                    ask(worker, "say", (), "k~0", NOWHERE)
            assert not engine.worker_exists(worker)
        finally:
            engine.close()

    def test_shows_guests_the_uuid_and_knows_the_place(self, tmp_path: Path) -> None:
        seen: list[str] = []

        def say(state: Any, invocation: Invocation) -> None:
            seen.append(invocation.key)

        def ask(state: Any, invocation: Invocation) -> str:
            invocation.step("first", lambda: None)
            invocation.call(WorkerId("say", "a"), "say", ())
            return invocation.send(WorkerId("say", "b"), "say", ())

        engine = SqliteEngine(tmp_path / "store")
        engine.start(WorkerHandler(program(say=say, ask=ask)))
        try:
            sent = engine.invoke(WorkerId("ask", "a"), "ask", (), "k", NOWHERE)
            engine.drain()
            assert seen == [str(derived_key("k", 1)), str(derived_key("k", 2))]
            assert sent == seen[1], "what nobody waits for has its uuid at once"
            assert engine.status("k~1") == engine.status(sent) == "done"
        finally:
            engine.close()

    def test_keys_do_not_grow_where_nobody_waits(self, tmp_path: Path) -> None:
        keys: list[str] = []

        def tick(state: Any, invocation: Invocation, left: int) -> None:
            keys.append(invocation.key)
            if left:
                invocation.send(invocation.worker, "tick", (left - 1,))

        engine = SqliteEngine(tmp_path / "store")
        engine.start(WorkerHandler(program(tick=tick)))
        try:
            engine.invoke(WorkerId("tick", "a"), "tick", (20,), "k", NOWHERE)
            engine.drain()
        finally:
            engine.close()
        assert len(keys) == 21
        assert all(str(uuid.UUID(key)) == key for key in keys[1:])
