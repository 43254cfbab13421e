"""What no store can keep fails the call that brings it, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import HERE, KEEPING, Guest, Host, hosts

from runtime_shim.errors import (
    MOST_TEXT,
    BadArguments,
    InvocationFailed,
    StoreError,
    Trap,
    UnknownFunction,
)
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue import task
from runtime_shim.values import codec


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("not even this")


@pytest.fixture(params=KEEPING)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


@pytest.fixture(params=[name for name in KEEPING if name != "memory"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


def serves(host: Host) -> None:
    """Other workers notice nothing, and what was asked of them is kept."""
    before = host.call("counter/well", "inc", 0)
    assert host.call("counter/well", "inc", 1) == before + 1
    host.engine.drain()
    if not host.remote:
        host.engine.journal.sync()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("caf\udce9.csv"),
        RuntimeError("a\0b"),
        RuntimeError("x" * 10_000_000),
        Mute(),
        Trap("caf\udce9\0", retriable=False),
        BadArguments("caf\udce9\0"),
        BadArguments("x" * 10_000_000),
        UnknownFunction("\ud800"),
    ],
)
def test_a_message_that_cannot_be_stored(host: Host, error: Exception) -> None:
    def fail(state: Any, invocation: Invocation) -> None:
        raise error

    host.deploy(bad=Guest(fail=fail))
    with pytest.raises(InvocationFailed) as told:
        host.call("bad/w", "fail", key="k")
    message = str(told.value)
    assert len(message) <= MOST_TEXT + 100
    message.encode()
    assert "\0" not in message
    serves(host)
    with pytest.raises(InvocationFailed) as again:
        host.call("bad/w", "fail", key="k")
    assert str(again.value) == message


def test_a_step_that_cannot_be_stored(stored: Host) -> None:
    def step(state: Any, invocation: Invocation) -> None:
        invocation.step("caf\udce9", lambda: 1)

    def cancel(state: Any, invocation: Invocation) -> None:
        invocation.step("one", lambda: 1, external=True)
        invocation.step("caf\udce9", lambda: 1)

    def value(state: Any, invocation: Invocation) -> None:
        invocation.step("name", lambda: "caf\udce9")

    stored.deploy(bad=Guest(step=step, cancel=cancel, value=value))
    for function in ("step", "cancel", "value"):
        with pytest.raises(InvocationFailed, match="cannot be recorded"):
            stored.call(f"bad/{function}", function)
        serves(stored)


class TestTooLarge:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(codec, "MOST", 10_000)
        monkeypatch.setattr(task, "_MOST_NAMES", 1000)

    def test_arguments_are_refused(self, host: Host) -> None:
        host.deploy()
        with pytest.raises(BadArguments, match=r"of 20,\d+ bytes is too large.*10,000 at most"):
            host.call("counter/w", "append", "x" * 20_000, key="k")
        with pytest.raises(BadArguments, match="too large"):
            host.send("counter/w", "append", "x" * 20_000)
        assert host.status("k") is None
        assert host.call("counter/w", "append", "y", key="k") == ["y"]

    @pytest.mark.parametrize("name", ["w" * 2000, "caf\0" * 500])
    def test_names_are_refused(self, host: Host, name: str) -> None:
        host.deploy()
        with pytest.raises(BadArguments, match="more than 1,000 bytes"):
            host.call(f"counter/{name}", "inc", 1)
        with pytest.raises(BadArguments, match="more than 1,000 bytes"):
            host.call("counter/w", "inc", 1, key=name)

    def test_a_result_fails_its_call_alone(self, stored: Host) -> None:
        def give(state: dict[str, int], invocation: Invocation, size: int) -> str:
            state["n"] = state.get("n", 0) + 1
            return str(state["n"]) + "x" * size

        stored.deploy(give=Guest(give=give))
        assert stored.call("give/w", "give", 0) == "1"
        with pytest.raises(InvocationFailed, match="too large to record"):
            stored.call("give/w", "give", 20_000, key="k")
        assert stored.call("give/w", "give", 0) == "2", "as if it had not been called"
        serves(stored)

    def test_what_a_guest_sends_fails_its_call_alone(self, stored: Host) -> None:
        def post(state: Any, invocation: Invocation, size: int) -> Any:
            return invocation.call(WorkerId("counter", "c"), "append", ("x" * size,))

        def keep(state: Any, invocation: Invocation, size: int) -> int:
            return len(invocation.step("text", lambda: "x" * size))

        stored.deploy(post=Guest(post=post, keep=keep))
        for function in ("post", "keep"):
            with pytest.raises(InvocationFailed, match="too large to record"):
                stored.call("post/w", function, 20_000)
        assert stored.call("post/w", "keep", 3) == 3, "the worker serves on"
        serves(stored)

    def test_zero_bytes_are_text(self, tmp_path: Path) -> None:
        for kind in ("first", "again"):
            for host in hosts("sqlite", tmp_path):
                host.deploy()
                worker = WorkerId("counter", "a\0b")
                assert host.engine.invoke(worker, "append", ("c\0d",), "k\0l", HERE) == ["c\0d"]
                other = WorkerId("counter", "a\0c")
                assert (
                    host.engine.invoke(other, "append", (kind,), f"k\0{kind}", HERE)[0] == "first"
                )


def test_a_store_that_is_asked_for_too_much_says_so(tmp_path: Path) -> None:
    """Nothing gets here that is refused before; if it does, the store stops and says why."""
    for stored in hosts("sqlite", tmp_path):
        stored.deploy()
        stored.engine.journal._store._writer.setlimit(0, 1000)  # type: ignore[attr-defined]  # SQLITE_LIMIT_LENGTH
        with pytest.raises(StoreError, match="too big"):
            stored.call("counter/w", "append", "x" * 2000)
        assert stored.engine.health.state == "stopped"
        with pytest.raises(StoreError, match="too big"):
            stored.engine.close()
        stored.engine.close()
