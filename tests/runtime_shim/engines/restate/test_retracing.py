"""What an attempt gives the server again that earlier ones have asked, where the SDK replays the journal."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import restate_server

if reason := restate_server.missing_modules():
    pytest.skip(reason, allow_module_level=True)

from engine_guests import FAST
from restate import _preview

from runtime_shim.engines.restate.engine import RestateEngine, Settings
from runtime_shim.engines.restate.retracing import retraced
from runtime_shim.errors import StoreError
from runtime_shim.replay.handler import WorkerHandler

CALL = {
    "invocation_target": {"VirtualObject": {"name": "s", "key": "k", "handler": "h"}},
    "parameter": [0, 255],
    "idempotency_key": "i",
}
KNOWN = {"key": "k", "idempotency_key": "i"}


class Attempt:
    """A bridge, its context and its server, which replay a journal.

    Attributes:
        given: What was given again.
    """

    def __init__(self, *journal: object, late: int = 0) -> None:
        self.journal = [one if isinstance(one, str) else json.dumps(one) for one in journal]
        self.given: list[Any] = []
        self.late = late  # questions that find nothing yet
        self.id = "inv"

    @property
    def context(self) -> Attempt:
        return self

    def request(self) -> Attempt:
        return self

    @property
    def replaying(self) -> bool:
        return len(self.given) < len(self.journal)

    def query(self, sql: str) -> list[dict[str, Any]]:
        self.late -= 1
        if self.late >= 0:
            return []
        assert "id = 'inv'" in sql
        after, most = (
            int(sql.split(word)[1].split(maxsplit=1)[0]) for word in ("index > ", "LIMIT ")
        )
        # Every other entry is what a command gave, which is not asked for.
        rows: list[dict[str, Any]] = [
            {"index": 2 * n + 1, "entry_json": one} for n, one in enumerate(self.journal)
        ]
        return [row for row in rows if row["index"] > after][:most]

    def __getattr__(self, name: str) -> Any:
        def give(*args: object, **kwargs: object) -> None:
            kwargs.pop("serde", None)
            self.given.append((name, *args, kwargs) if kwargs else (name, *args))

        return give

    def run(self) -> bytes | None:
        return asyncio.run(retraced(self, self))  # type: ignore[arg-type] # as far as it is used


def command(kind: str, **fields: object) -> dict[str, Any]:
    return {"Command": {kind: fields}}


def test_the_first_attempt_asks_nothing() -> None:
    made = Attempt()
    assert made.run() is None
    assert made.late == 0


@pytest.mark.parametrize(
    ("entry", "given"),
    [
        (command("SetState", key="a", value=[1, 2]), ("set", "a", b"\1\2")),
        (command("ClearState", key="a"), ("clear", "a")),
        (command("ClearAllState"), ("clear_all",)),
        (command("GetEagerState", key="a", result="Void"), ("get", "a")),
        (command("GetLazyState", key="a", completion_id=1), ("get", "a")),
        (command("Sleep", wake_up_time=1), ("timer", 0)),
        (command("Run", name="sync", completion_id=1), ("noted", "sync")),
        (command("Call", request=CALL), ("generic_call", "s", "h", b"\0\xff", KNOWN)),
        (
            command("OneWayCall", request=CALL, invoke_time=0),
            ("generic_send", "s", "h", b"\0\xff", {"send_delay": None, **KNOWN}),
        ),
    ],
    ids=lambda one: next(iter(one["Command"])) if isinstance(one, dict) else "",
)
def test_each_command_is_given_again(entry: dict[str, Any], given: tuple[Any, ...]) -> None:
    made = Attempt(entry)
    assert made.run() is None
    assert made.given == [given]


def test_a_call_that_is_to_start_later_is_one_again() -> None:
    made = Attempt(command("OneWayCall", request=CALL, invoke_time=5))
    made.run()
    assert made.given[0][-1]["send_delay"] is not None


def test_a_long_journal_is_given_in_its_order() -> None:
    made = Attempt(*(command("ClearState", key=f"{number}") for number in range(100)))
    assert made.run() is None
    assert made.given == [("clear", f"{number}") for number in range(100)]


def test_what_the_server_does_not_show_yet_is_waited_for() -> None:
    made = Attempt(command("ClearState", key="a"), late=3)
    assert made.run() is None
    assert made.given == [("clear", "a")]


def test_an_answer_that_was_given_is_given_again() -> None:
    made = Attempt(command("ClearAllState"), command("Output", result={"Success": [7]}))
    assert made.run() == b"\7"


def test_attempts_of_both_kinds_by_turns_are_an_error() -> None:
    # Explicit recovery goes on with number 1: it does not count what was known at once.
    made = Attempt(command("GetEagerState", key="a"), command("Run", name="r", completion_id=1))
    with pytest.raises(StoreError, match="by turns"):
        made.run()


def test_numbers_are_those_of_the_sdk() -> None:
    journal = [
        command("GetEagerState", key="a"),
        command("Run", name="r", completion_id=2),
        command("Call", request=CALL, invocation_id_completion_id=3, result_completion_id=4),
        command("OneWayCall", request=CALL, invoke_time=0, invocation_id_completion_id=5),
        command("Sleep", wake_up_time=1, completion_id=6),
    ]
    assert Attempt(*journal).run() is None


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (command("Nothing"), "something unknown: Nothing"),
        (command("SetState", key="a", value="b"), "something unknown: SetState"),
        (command("SetState", key="a"), "something unknown: SetState"),
        (command("Call", request={**CALL, "parameter": None}), "a call that cannot be read"),
        (command("Call", request={**CALL, "parameter": [256]}), "a call that cannot be read"),
        (command("Call", request={}), "a call that cannot be read"),
        (command("Call", request=[]), "a call that cannot be read"),
        ({"Notification": {}}, "cannot be read"),
        ({"Command": {}}, "cannot be read"),
        ({"Command": "Input"}, "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("None", "cannot be read"),
    ],
)
def test_what_no_attempt_asks_for_is_an_error(entry: object, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        Attempt(entry).run()


def test_a_server_that_shows_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime_shim.engines.restate.retracing._PATIENCE", 0.05)
    with pytest.raises(StoreError, match="does not tell the journal of inv"):
        Attempt(command("ClearAllState"), late=1000).run()


def test_an_sdk_without_the_preview_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_preview, "explicit_recovery")
    engine = RestateEngine(Settings(("http://127.0.0.1:1",), ("http://127.0.0.1:1",)), retries=FAST)
    with pytest.raises(StoreError, match="no preview") as caught:
        engine.start(WorkerHandler({}))
    assert caught.value.advice == "use `--recovery journal`"
    engine.close()
