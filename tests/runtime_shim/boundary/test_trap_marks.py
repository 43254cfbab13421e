"""Guests that name the function in which they trap: the mark becomes a message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import wasmtime

from runtime_shim.boundary.trap import from_error
from runtime_shim.errors import OutOfMemory, Trap

UNREACHABLE = "wasm trap: wasm `unreachable` instruction executed"


def trap_in(name: str, caller: str = "caller", hint: str | None = None) -> Trap:
    """The trap of a module whose function `caller` calls `name`, after the host had said `hint`."""
    text = (
        f'(module $client (func $"{name}" unreachable)'
        f' (func $"{caller}" (call $"{name}")) (func (export "run") (call $"{caller}")))'
    )
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, text)
    run: Any = wasmtime.Instance(store, module, []).exports(store)["run"]
    with pytest.raises(wasmtime.Trap) as caught:
        run(store)
    context: Any = SimpleNamespace(failure=None, hint=hint, stderr=b"")
    return from_error(wasmtime.WasmtimeError(str(caught.value)), context)


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("rpc/a:b/c@1.0.0.{d}", "rpc failed: a:b/c@1.0.0.{d}"),
        ("rpc/a!witgen:trap/rpc/b", "rpc failed: a!witgen:trap/rpc/b"),
        ("unknown-component/a:b", "no component is deployed as a:b"),
        ("unknown-component/", "no component is deployed as "),
        ("rpc", "rpc"),
        ("unknown-component", "unknown-component"),
        ("later", "later"),
        ("later/text/more", "later: text/more"),
    ],
)
def test_a_mark_becomes_a_message_before_the_hosts_answer(mark: str, message: str) -> None:
    trap = trap_in(f"witgen:trap/{mark}", hint="the answer")

    assert type(trap) is Trap
    assert trap.message == f"{message}: the answer"
    assert trap_in(f"witgen:trap/{mark}").message == message


def test_the_end_of_memory_is_a_class_of_its_own() -> None:
    trap = trap_in("witgen:trap/out-of-memory", hint="of an earlier call")

    assert isinstance(trap, OutOfMemory)
    assert trap.message == "memory exhausted"


def test_a_reply_of_another_type_takes_the_place_of_the_hosts_answer() -> None:
    trap = trap_in("witgen:trap/rpc/f", "witgen:trap/malformed-reply", hint="of an earlier call")

    assert trap.message == "rpc failed: f: the reply has another type"


@pytest.mark.parametrize(
    "name",
    [
        "rpc failed: f",
        "memory exhausted",
        "malformed-reply",
        "trap/rpc/f",
        "my-witgen:trap/rpc/f",
        "witgen:trap/",
        "witgen:trap//f",
        "witgen:trap/RPC/f",
        "witgen:trap/rpc f",
        "witgen:traps/rpc/f",
    ],
)
def test_other_names_mean_nothing(name: str) -> None:
    assert trap_in(name).message == UNREACHABLE


def test_a_mark_of_a_caller_means_nothing() -> None:
    assert trap_in("inner", "witgen:trap/out-of-memory").message == UNREACHABLE
