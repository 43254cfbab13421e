"""What the runtime says of a native client that ended: which call, and what the host had answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import toolchains
import wasmtime
from component_parts import part
from native_host import Guest, Outside

from runtime_shim.boundary.trap import from_error
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import InvocationFailed, OutOfMemory
from runtime_shim.golem import rpc as golem_rpc
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from witgen.client import client
from witgen.load import load_texts
from witgen.native import client_bytes

CLIENT = client(load_texts({"kit.wit": toolchains.WIT}), "provider")
INTERFACE = f"{CLIENT.interface_name}."
ADD = "demo:kit/math@1.0.0.{add}"
PAIR = {"a": 30, "b": 6}


@pytest.fixture(params=[False, True], ids=["names", "stripped"])
def deployed(request: pytest.FixtureRequest) -> dict[str, Deployment]:
    return {
        "demo:client": Deployment(client_bytes(CLIENT, strip=request.param)),
        "demo:kit": Deployment(part(toolchains._WAT["provider"])),
    }


@pytest.fixture
def host(deployed: dict[str, Deployment]) -> Iterator[Host]:
    with Host(engine=MemoryEngine(), components=deployed) as running:
        yield running


def add(host: Host) -> object:
    math = host.invoke("demo:client", "w", INTERFACE + "{math.new}", ("worker",))
    return host.invoke("demo:client", "w", INTERFACE + "{math.blocking-add}", (math, PAIR))


def test_nothing_ends(host: Host) -> None:
    assert add(host) == 36


def test_an_unknown_component(deployed: dict[str, Deployment]) -> None:
    del deployed["demo:kit"]
    with (
        Host(engine=MemoryEngine(), components=deployed) as host,
        pytest.raises(InvocationFailed) as caught,
    ):
        add(host)

    assert "no component is deployed as demo:kit" in str(caught.value)


def test_a_failed_call_names_it_and_the_error(deployed: dict[str, Deployment]) -> None:
    other = toolchains._WAT["provider"].replace('"add"', '"sum"')
    deployed["demo:kit"] = Deployment(part(other))
    with (
        Host(engine=MemoryEngine(), components=deployed) as host,
        pytest.raises(InvocationFailed) as caught,
    ):
        add(host)

    said = rf"rpc failed: {re.escape(f'{ADD}: calling {ADD}')} of demo:kit/\S+ failed: "
    assert re.search(said, str(caught.value))
    assert "wasm trap" not in str(caught.value)


def test_a_reply_of_another_type(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golem_rpc, "encode_result", lambda *_: {"nodes": []})

    with pytest.raises(InvocationFailed) as caught:
        add(host)

    assert f"rpc failed: {ADD}: the reply has another type" in str(caught.value)


def test_no_memory() -> None:
    instance = Guest(CLIENT).start(Outside(), memory=1 << 16)
    with pytest.raises(wasmtime.WasmtimeError) as caught:
        instance.call("[constructor]math", "x" * 100_000)
    context: Any = SimpleNamespace(failure=None, hint="nothing to do with it", stderr=b"")

    trap = from_error(caught.value, context)

    assert isinstance(trap, OutOfMemory)
    assert trap.message == "memory exhausted"
