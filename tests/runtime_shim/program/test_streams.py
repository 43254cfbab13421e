"""Streams, futures and asynchronous functions: refused by name, and everything else works."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import wasmtime
from stream_guests import API, ASYNC_IMPORTS, CALLER, CARRYING, EXPORTS, IMPORTS, IO, METHODS, WASI

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import BadArguments, InvalidComponent, InvocationFailed, Trap
from runtime_shim.golem import rpc
from runtime_shim.golem.remote import Client
from runtime_shim.host import Host
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.values import Value

ADD = f"{API}.{{add}}"
BINARIES = {
    text: bytes(wasmtime.wat2wasm(text)) for text in (EXPORTS, IMPORTS, ASYNC_IMPORTS, CALLER)
}
OFFERED = {IO: {"twice": lambda n: 2 * n}}
each = pytest.mark.parametrize(
    ("name", "said"), [(name, said) for name, (said, _, _) in CARRYING.items()]
)


@pytest.fixture(scope="module")
def exporter() -> Any:
    with Instance(BINARIES[EXPORTS]) as made:
        yield made


@pytest.fixture
def host() -> Any:
    deployed = {
        "t:flow": Deployment(BINARIES[EXPORTS]),
        "t:caller": Deployment(BINARIES[CALLER]),
        "t:user": Deployment(BINARIES[IMPORTS], imports=OFFERED),
    }
    with Host(engine=MemoryEngine(), components=deployed) as made:
        yield made


@each
def test_an_instance_refuses_them(exporter: Instance, name: str, said: str) -> None:
    before = exporter.call(ADD, 1)
    values: tuple[Value, ...] = (1, [], None)
    for argument in values:
        with pytest.raises(BadArguments, match=rf"t:flow/api\.{{{name}}}: {said}"):
            exporter.call(f"{API}.{{{name}}}", argument)
    with pytest.raises(BadArguments, match=name):
        exporter.signature(f"{API}.{{{name}}}")
    assert exporter.call(ADD, 1) == before + 1, "nothing ran"


@each
def test_a_host_refuses_them_before_they_are_queued(host: Host, name: str, said: str) -> None:
    assert host.invoke("t:flow", "w", ADD, (1,)) == 1
    for ask in (host.invoke, host.send):
        with pytest.raises(BadArguments, match=rf"t:flow/api\.{{{name}}}: {said}"):
            ask("t:flow", "w", f"{API}.{{{name}}}", (1,))
    assert host.invoke("t:flow", "w", ADD, (1,)) == 2


@each
def test_reflection_refuses_them(mini: Any, name: str, said: str) -> None:
    mini.deploy("t:flow", BINARIES[EXPORTS])
    functions = rpc.offers(mini.registry).functions
    client = Client(WorkerId("t:flow", "w"))
    current = SimpleNamespace(upcoming=None, replaying=True)
    context: Any = SimpleNamespace(current=current)
    for way in ("invoke-and-await", "invoke"):
        run = functions[f"[method]wasm-rpc.{way}"].run
        answer = run(context, client, f"{API}.{{{name}}}", [])
        assert answer.value.name == "protocol-error"
        assert f"{API}.{{{name}}}: {said}" in answer.value.value


@pytest.mark.parametrize("name", ["pass", "give", "wrap", "bare"])
def test_a_call_of_an_import_with_them_is_a_trap(name: str) -> None:
    named = rf"{IO}\.{{{name}}}" if name != "bare" else "bare"
    with Instance(BINARIES[IMPORTS], imports=OFFERED) as user:
        assert user.call("twice", 4) == 8
        with pytest.raises(Trap, match=f"^{named} has streams or futures") as caught:
            user.call(name)
    assert not caught.value.retriable


def test_members_of_a_resource_with_them() -> None:
    offered: Any = {IO: {"[static]pipe.open": SimpleNamespace, "[method]pipe.size": lambda pipe: 6}}
    with Instance(bytes(wasmtime.wat2wasm(METHODS)), imports=offered) as one:
        assert one.call("size") == 6
        named = rf"^{IO}\.{{\[method\]pipe\.read}} has streams or futures"
        with pytest.raises(Trap, match=named):
            one.call("read")


def test_wasi_is_there_for_them() -> None:
    with Instance(bytes(wasmtime.wat2wasm(WASI))) as one:
        assert one.call("first") == 1


def test_what_a_program_offers_for_them_is_not_called() -> None:
    called: list[object] = []
    every = dict.fromkeys(("pass", "give", "wrap"), called.append)
    offered = {IO: {**OFFERED[IO], **every}}
    with (
        Instance(BINARIES[IMPORTS], imports=offered) as user,
        pytest.raises(Trap, match=r"io\.{pass}"),
    ):
        user.call("pass")
    assert called == []


def test_a_worker_whose_guest_calls_such_an_import_fails_alone(host: Host) -> None:
    with pytest.raises(InvocationFailed, match=r"t:flow/io\.{give} has streams or futures"):
        host.invoke("t:user", "w", "give")
    assert host.invoke("t:user", "other", "twice", (2,)) == 4


def test_a_client_with_them(host: Host) -> None:
    assert host.invoke("t:caller", "c", "add", (3,)) == 3
    named = r"t:flow-client/flow-client\.{\[method\]api\.blocking-gives-stream}"
    with pytest.raises(InvocationFailed, match=f"{named} has streams or futures"):
        host.invoke("t:caller", "c", "give")
    assert host.invoke("t:flow", "w", ADD, (1,)) == 4


def test_asynchronous_imports_cannot_be_provided() -> None:
    named = r"asynchronous functions, which this host cannot provide: `t:flow/io\.{later}`, `soon`$"
    with pytest.raises(InvalidComponent, match=named):
        Instance(BINARIES[ASYNC_IMPORTS], imports=OFFERED)


@pytest.mark.parametrize("types", ["", "(type (stream u8))"])
def test_two_resources_are_lent_to_one_import_unless_there_are_streams(types: str) -> None:
    lending = f"""(component {types}
     (import "{IO}" (instance $io
      (export "r" (type $r (sub resource)))
      (export "make" (func (result (own $r))))
      (export "both" (func (param "a" (borrow $r)) (param "b" (borrow $r)) (result u32)))))
     (core func $make (canon lower (func $io "make")))
     (core func $both (canon lower (func $io "both")))
     (core module $m
      (import "" "make" (func $make (result i32)))
      (import "" "both" (func $both (param i32 i32) (result i32)))
      (func (export "go") (result i32) (call $both (call $make) (call $make))))
     (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "both" (func $both))))))
     (func (export "go") (result u32) (canon lift (core func $i "go"))))"""
    offered: Any = {IO: {"make": SimpleNamespace, "both": lambda a, b: 7}}
    with Instance(bytes(wasmtime.wat2wasm(lending)), imports=offered) as one:
        if not types:
            assert one.call("go") == 7
            return
        with pytest.raises(Trap, match="wasmtime lends no two resources to one import"):
            one.call("go")


def test_limits_hold_for_such_components() -> None:
    spinning = EXPORTS.replace("(global.get $n))", "(loop $l (br $l)) (global.get $n))", 1)
    limited = bytes(wasmtime.wat2wasm(spinning))
    for limits, said in ((Limits(fuel=10_000), "all fuel"), (Limits(deadline=0.05), "deadline")):
        with Instance(limited, limits=limits) as one, pytest.raises(Trap, match=said):
            one.call(ADD, 1)


def test_they_are_kept_compiled_apart_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path))
    for _ in range(2):
        with Instance(BINARIES[EXPORTS]) as one:
            assert one.call(ADD, 1) == 1
    assert len(list(tmp_path.glob("compiled/*.cwasm"))) == 1
