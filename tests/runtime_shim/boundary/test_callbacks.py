"""What a host function raises ends the guest and nothing else, whatever it is."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest
from luck_guest import instance

from runtime_shim.errors import MOST_TEXT, Trap


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("not even this")


class Odd(Exception):
    def __str__(self) -> Any:
        return int("7")


class MuteLack(RuntimeError):
    __str__ = Mute.__str__


class Numberless(OSError):
    @property
    def errno(self) -> Any:  # type: ignore[override]  # the point
        raise ValueError("not even this")


class Rude(str):
    __slots__ = ()

    def encode(self, *args: Any) -> Any:
        raise ValueError("no")

    replace = encode


class Clever(Exception):
    def __str__(self) -> str:
        return Rude("caf\udce9")


RAISED = [
    (RuntimeError("caf\udce9.csv"), r"caf\\udce9\.csv"),
    (RuntimeError("a\0b"), r"a\\0b"),
    (RuntimeError(""), "RuntimeError"),
    (UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "\udce9"), "can't decode byte"),
    (Trap("caf\udce9\0", retriable=False), r"caf\\udce9\\0"),
    (Mute(), "Mute"),
    (Odd(), "Odd"),
    (MuteLack(), "MuteLack"),
    (Numberless(), "Numberless"),
    (Clever(), r"caf\\udce9"),
    (StopIteration(), "StopIteration"),
    (RuntimeError("x" * 10_000_000), "xxx"),
]


@pytest.mark.parametrize(("error", "message"), RAISED)
@pytest.mark.parametrize("where", ["a function", "a destructor"])
def test_what_is_raised_is_a_trap(error: Exception, message: str, where: str) -> None:
    def fail(_: Any) -> Any:
        raise error

    call = ("go", 1) if where == "a function" else ("drop",)
    with instance(fail, fail) as guest, pytest.raises(Trap, match=message) as trap:
        guest.call(*call)
    assert trap.value is error or trap.value.__cause__ is error
    assert len(trap.value.message) <= MOST_TEXT + 1
    trap.value.message.encode()


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), KeyboardInterrupt()])
def test_what_is_no_exception_comes_out_as_it_is(error: BaseException) -> None:
    def leave(ticket: int) -> str:
        raise error

    guest = instance(leave)
    with pytest.raises(type(error)) as raised:
        guest.call("go", 1)
    assert raised.value is error
    with pytest.raises(Trap, match="has already trapped: it was interrupted"):
        guest.call("go", 1)


class Unspeakable:
    def __repr__(self) -> str:
        raise ValueError("no")


@pytest.mark.parametrize("answer", [Unspeakable(), "a\udce9", [[0]] * 100_000, None])
def test_a_wrong_answer_is_a_trap(answer: Any) -> None:
    with instance(lambda ticket: answer) as guest, pytest.raises(Trap):
        guest.call("go", 1)


def test_no_frames_are_left_for_the_callback() -> None:
    guest = instance(lambda ticket: "ok")
    guest.call("go", 1)
    ended: list[type] = []

    def deep(left: int) -> None:
        if left:
            deep(left - 1)
            return
        guest.call("go", 1)

    for left in range(sys.getrecursionlimit()):
        try:
            deep(left)
        except (RecursionError, Trap) as error:  # a trap where the import itself had no frames left
            ended.append(type(error))
            guest = instance(lambda ticket: "ok")
        except ctypes.ArgumentError as error:  # a recursion error as ctypes tells it
            ended.append(type(error))
    assert ended
