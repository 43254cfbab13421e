"""Clients that wait for nothing: no futures, and nothing of wasi:io in any of the forms."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from native_host import Guest, Outside, node, reply
from oracle import binary, write_tree

import witgen
from witgen.client import Client, Mode, client
from witgen.client.caller import add_client
from witgen.component.body import read_component
from witgen.component.wasmtime_tools import validate
from witgen.emit import generate
from witgen.load import load_texts
from witgen.native import client_bytes

WIT = """package a:b;
interface i {
  f: func(a: string) -> u32;
  g: func();
  resource r { get: func() -> string; fresh: static func() -> r; }
}
world w { export i; }
"""


def made(**options: Any) -> Client:
    return client(load_texts({"x.wit": WIT}), sync_only=True, **options)


@pytest.mark.parametrize("golem_rpc", ["0.2.0", "0.2.1", "0.2.2"])
@pytest.mark.parametrize("extras", [(), ("try", "trigger")])
@pytest.mark.parametrize("kind", ["durable", "ephemeral"])
class TestForms:
    def test_no_form_mentions_wasi_io(
        self, kind: str, extras: tuple[str, ...], golem_rpc: str
    ) -> None:
        files = generate(made(kind=kind, extras=extras, golem_rpc=golem_rpc))

        found = [path for path, data in files.items() if b"wasi:io" in data or b"ollable" in data]
        assert found == []
        assert [path for path in files if "wasi-io" in path] == []

    def test_python_sources_compile(
        self, kind: str, extras: tuple[str, ...], golem_rpc: str
    ) -> None:
        files = generate(made(kind=kind, extras=extras, golem_rpc=golem_rpc), emit=["python"])

        for path, data in files.items():
            if path.endswith(".py"):
                compile(data, path, "exec")
                assert b"Pending" not in data

    def test_the_component_has_no_futures(
        self, kind: str, extras: tuple[str, ...], golem_rpc: str
    ) -> None:
        data = client_bytes(made(kind=kind, extras=extras, golem_rpc=golem_rpc))

        validate(data)
        assert not any(name.startswith("wasi:io") for name in read_component(data).type.imports)
        assert b"future-" not in data
        assert len(data) < len(client_bytes(client(load_texts({"x.wit": WIT}), kind=kind)))


def test_members_that_remain() -> None:
    client_ = made(extras=("try", "trigger"))
    members = [(m.function.item_name, m.mode) for m in client_.resources[0].members]

    assert members == [
        ("blocking-f", Mode.BLOCKING),
        ("try-f", Mode.TRY),
        ("trigger-f", Mode.TRIGGER),
        ("schedule-f", Mode.SCHEDULED),
        ("blocking-g", Mode.BLOCKING),
        ("try-g", Mode.TRY),
        ("g", Mode.TRIGGER),
        ("schedule-g", Mode.SCHEDULED),
    ]
    assert client_.futures == ()


def test_calls() -> None:
    outside = Outside(answer=reply(node("tuple-value", [1]), node("prim-u32", 3)))
    instance = Guest(made()).start(outside)
    api = instance.call("[constructor]i", "w")

    assert instance.call("[method]i.blocking-f", api, "x") == 3
    token = instance.call("[method]i.schedule-g", api, _time())
    token.drop(instance.store)
    assert outside.events[-1] == "drop cancellation-token 6"


def _time() -> Any:
    from native_host import record

    return record(seconds=1, nanoseconds=2)


def test_the_facade_has_the_option() -> None:
    files = witgen.generate(witgen.client(load_texts({"x.wit": WIT}), sync_only=True))
    assert b"wasi:io" not in files["wit/client.wit"]


@pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
def test_callers_of_it_import_no_pollables(tmp_path: Path) -> None:
    wit = add_client({"c.wit": b"package c:d; world caller {}"}, made())
    folder = write_tree(tmp_path, wit)
    done = subprocess.run(
        [binary() or "", "component", "wit", folder], capture_output=True, check=True
    )
    assert b"import a:b-client/w-client;" in done.stdout
    assert b"wasi:io" not in done.stdout
