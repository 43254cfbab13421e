"""The exception in what a guest prints: as componentize-py and Rust print it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.boundary.trap import from_error
from runtime_shim.boundary.words import raised_in
from runtime_shim.errors import OutOfMemory, Trap

UNREACHABLE = "wasm trap: wasm `unreachable` instruction executed"
RUNTIME = """
thread '<unnamed>' (1) panicked at runtime/src/lib.rs:1280:25:
Python function threw an unexpected exception
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
PLAIN = """adding 5Traceback (most recent call last):
  File "/0/app.py", line 51, in fail
AttributeError: 'Api' object has no attribute 'reset'
"""
CHAINED = """Traceback (most recent call last):
  File "/0/app.py", line 14, in check
ValueError: cannot add -1

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/0/app.py", line 44, in fail
KeyError: 'missing'
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/0/app.py", line 46, in fail
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +------------------------------------
"""
CONVERSION = """
thread '<unnamed>' (1) panicked at runtime/src/lib.rs:1456:67:
called `Result::unwrap()` on an `Err` value: PyErr {{ type: <class '{}'>, value: {}, traceback: None }}
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
RUST = "thread 'main' panicked at src/lib.rs:5:9:\nno more seats\nnote: run with `RUST_BACKTRACE=1`"


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("printed", "raised"),
    [
        (PLAIN + RUNTIME, "AttributeError: 'Api' object has no attribute 'reset'"),
        (PLAIN, "AttributeError: 'Api' object has no attribute 'reset'"),
        (CHAINED + RUNTIME, "KeyError: 'missing'"),
        (GROUP + RUNTIME, "ExceptionGroup: several (2 sub-exceptions)"),
        (
            CONVERSION.format(
                "TypeError", "TypeError(\"'str' object cannot be interpreted as an integer\")"
            ),
            "TypeError: 'str' object cannot be interpreted as an integer",
        ),
        (CONVERSION.format("app.Bad", "Bad()"), "app.Bad"),
        (CONVERSION.format("KeyError", "KeyError(200)"), "KeyError: 200"),
        (CONVERSION.format("app.Odd", "<Odd 3>"), "<Odd 3>"),
        (RUST, "panicked at src/lib.rs:5:9: no more seats"),
        ("thread 'main' panicked at 'old form', src/lib.rs:1:1", "panicked at 'old form', src/lib.rs:1:1"),
        ("selling\nsold out", None),
        ("", None),
        ("Traceback (most recent call last):\n  File", None),
    ],
)  # fmt: skip
def test_the_exception_is_found(printed: str, raised: str | None) -> None:
    assert raised_in(lines(printed)) == raised


@given(
    st.lists(
        st.sampled_from([*PLAIN.splitlines(), *CHAINED.splitlines(), *RUNTIME.splitlines(), "x"])
    )
)
def test_any_order_of_lines_gives_a_line_or_nothing(printed: list[str]) -> None:
    found = raised_in(lines("\n".join(printed)))
    assert found is None or (found.strip() and "\n" not in found)


def end(printed: str, *, reason: str = UNREACHABLE, hint: str | None = None) -> Trap:
    context: Any = SimpleNamespace(failure=None, stderr=bytearray(printed.encode()), hint=hint)
    return from_error(wasmtime.WasmtimeError(reason), cast("Any", context))


def trap(printed: str, *, reason: str = UNREACHABLE, hint: str | None = None) -> str:
    return end(printed, reason=reason, hint=hint).message


def test_an_exception_is_the_whole_message() -> None:
    assert trap(PLAIN + RUNTIME) == "AttributeError: 'Api' object has no attribute 'reset'"
    assert trap(RUST) == "panicked at src/lib.rs:5:9: no more seats"


def test_what_else_is_known_follows_the_reason() -> None:
    assert trap("sold out\n") == f"{UNREACHABLE}: sold out"
    assert trap("", hint="calling it failed") == f"{UNREACHABLE}: calling it failed"
    assert trap("") == UNREACHABLE
    memory = "wasm trap: out of bounds memory access"
    assert trap(PLAIN, reason=memory).startswith(f"{memory}: AttributeError")


def test_a_lack_of_memory_keeps_its_name() -> None:
    lacking = 'Traceback (most recent call last):\n  File "/0/app.py", line 1\nMemoryError\n'
    assert "MemoryError" in trap(lacking + RUNTIME)
    for printed in (lacking + RUNTIME, "memory allocation of 4096 bytes failed\n"):
        assert type(end(printed)) is OutOfMemory, "which is tried again ten times"
    assert type(end(PLAIN + RUNTIME)) is Trap
