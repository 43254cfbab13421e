"""Components with streams, on the command line, over HTTP, composed and in typed Python."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from stream_guests import API, ASYNC_IMPORTS, CARRYING, EXPORTS, STATIC_CALLER

import witgen
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import BadArguments
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from witgen.app.serving import Service, server
from witgen.cli.completion import functions
from witgen.emit.host import bindings, host_world
from witgen.load import load_texts

Cli = Callable[..., Any]
WIT = """package t:flow;
interface api { add: func(by: u32) -> u32; gives-stream: func() -> stream<u8>; later: async func(); }
world flow { export api; }"""
some = pytest.mark.parametrize("name", ["gives-stream", "in-record", "is-async"])


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "flow.wasm"
    path.write_bytes(wasmtime.wat2wasm(EXPORTS))
    return path


@some
def test_run_refuses_them(cli: Cli, flow: Path, name: str) -> None:
    done = cli("run", "flow.wasm", name, "1")

    assert (done.status, done.out) == (2, "")
    assert f"error[RUN5005]: {API}.{{{name}}}: {CARRYING[name][0]}" in done.err
    assert cli("run", "flow.wasm", "add", "4").out == "4\n"


def test_they_are_listed_with_the_reason(cli: Cli, flow: Path) -> None:
    done = cli("run", "flow.wasm")

    assert "add: func" not in done.out
    assert f"{API}.{{add}}: func(by: u32) -> u32\n    witgen run flow.wasm add 1\n" in done.out
    assert (
        f"{API}.{{in-record}}: func(s: rec) -> u32\n"
        "    cannot be called: its parameter `s` is or contains a stream\n"
    ) in done.out
    assert f"{API}.{{is-async}}: async func(s: u32) -> u32\n    cannot be called: it" in done.out
    assert done.out.count("cannot be called") == len(CARRYING)


def test_they_are_not_completed(flow: Path) -> None:
    context: Any = type("Context", (), {"params": {"component": str(flow)}})

    assert functions(context, Any, "") == ["add"]  # type: ignore[arg-type]  # it is not used


def test_a_component_that_imports_asynchronous_functions_is_refused(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "late.wasm").write_bytes(wasmtime.wat2wasm(ASYNC_IMPORTS))
    done = cli("run", "late.wasm", "f")

    assert done.status == 1
    assert "error[RUN5001]" in done.err
    assert "cannot provide: `t:flow/io.{later}`, `soon`" in done.err


def test_http_refuses_them() -> None:
    deployed = {"t:flow": Deployment(bytes(wasmtime.wat2wasm(EXPORTS)))}
    with Host(engine=MemoryEngine(), components=deployed) as host:
        listener = server(Service(host, ["t:flow"]), 0)
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()

        def ask(name: str, *params: object) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", listener.server_port, timeout=30)
            path = f"/v1/components/t:flow/workers/w/invoke-and-await?function={API}.%7B{name}%7D"
            body = json.dumps({"params": params})
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read().decode()
            connection.close()
            return answer.status, said

        try:
            for name, (said, _, _) in CARRYING.items():
                status, text = ask(name, 1)
                assert (status, f"{API}.{{{name}}}: {said}" in text) == (400, True), text
            assert ask("add", 2)[0] == 200
        finally:
            listener.shutdown()
            thread.join()
            listener.server_close()


def test_what_has_streams_is_composed_with_a_client_and_runs(flow: Path) -> None:
    client = witgen.native_client(
        witgen.client(load_texts({"flow.wit": WIT}), skip_unsupported=True)
    )
    composed = witgen.compose(bytes(wasmtime.wat2wasm(STATIC_CALLER)), [client])
    deployed = {"t:flow": Deployment(flow), "t:caller": Deployment(composed)}
    with Host(engine=MemoryEngine(), components=deployed) as host:
        assert [host.invoke("t:caller", "c", "add", (n,)) for n in (1, 2)] == [1, 3]
        with pytest.raises(BadArguments, match="own-stream: a stream cannot pass"):
            host.invoke("t:caller", "c", "own-stream")


def test_a_component_that_is_plugged_in_may_pass_streams_to_its_socket() -> None:
    socket = f"""(component
     (import "{API}" (instance $api
      (export "gives-stream" (func (result (stream u8))))
      (export "add" (func (param "by" u32) (result u32)))))
     (core func $add (canon lower (func $api "add")))
     (core module $m (import "" "add" (func $add (param i32) (result i32)))
      (func (export "add") (param i32) (result i32) (call $add (local.get 0))))
     (core instance $i (instantiate $m (with "" (instance (export "add" (func $add))))))
     (func (export "twice") (param "by" u32) (result u32) (canon lift (core func $i "add"))))"""
    plug = bytes(wasmtime.wat2wasm(EXPORTS))
    composed = witgen.compose(bytes(wasmtime.wat2wasm(socket)), [plug])
    with Host(engine=MemoryEngine(), components={"t:both": Deployment(composed)}) as host:
        assert host.invoke("t:both", "w", "twice", (4,)) == 4


def test_typed_python_has_the_other_functions(flow: Path, tmp_path: Path) -> None:
    for path, data in bindings(
        host_world(load_texts({"flow.wit": WIT}), skip_unsupported=True)
    ).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    program = (
        "from flow_client.world import Flow\nfrom runtime_shim import Instance\n"
        "with Instance('flow.wasm') as one:\n"
        "    api = Flow(one).api\n    print(api.add(5), [n for n in dir(api) if 'stream' in n])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path / 'host'}:{Path(witgen.__file__).parents[1]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("5 []\n", 0), done.stderr
