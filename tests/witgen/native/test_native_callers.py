"""Callers in C and JavaScript, composed with a native client and run.

The toolchains are found as `toolchains` says; what is not installed is skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
import toolchains
from component_parts import wasm_tools
from oracle import write_tree

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from witgen.client import Client, client
from witgen.client.caller import add_client
from witgen.compose import compose
from witgen.load import load_texts
from witgen.native import client_bytes

pytestmark = pytest.mark.long

CALLER_WIT = "package demo:caller; world caller { export go: func(worker: string) -> u32; }"
CLIENT = "demo:kit-client/provider-client@1.0.0"
C = f"""
typedef unsigned int u32;
static unsigned char heap[65536]; static u32 top;
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {{
  top = (top + align - 1) & ~(align - 1);
  void *found = heap + top; top += size; return found;
}}
#define CLIENT(name) __attribute__((import_module("{CLIENT}"), import_name(name)))
CLIENT("[constructor]math") u32 connect(const char *worker, u32 size);
CLIENT("[method]math.blocking-add") u32 add(u32 self, u32 a, u32 b);
CLIENT("[method]math.blocking-greet") void greet(u32 self, const char *name, u32 size, u32 *out);
CLIENT("[resource-drop]math") void drop(u32 self);
__attribute__((export_name("go"))) u32 go(const char *worker, u32 size) {{
  u32 area[2], math = connect(worker, size);
  greet(math, "you", 3, area);
  u32 sum = add(math, 30, 6) + area[1];
  drop(math);
  return sum;
}}
"""
JAVASCRIPT = f"""
import {{ Math as Kit }} from '{CLIENT}';
export function go(worker) {{
  const math = new Kit(worker);
  return math.blockingAdd({{a: 30, b: 6}}) + math.blockingGreet('you').length;
}}
"""


def kit(*, sync_only: bool) -> Client:
    resolve = load_texts({"kit.wit": toolchains.WIT})
    return client(resolve, "provider", sync_only=sync_only)


def in_c(made: Client, folder: Path) -> bytes:
    if find_spec("ziglang") is None:
        pytest.skip("ziglang is not installed; CONTRIBUTING says how")
    write_tree(folder / "wit", add_client({"caller.wit": CALLER_WIT.encode()}, made))
    (folder / "guest.c").write_text(C)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-freestanding"]
    command += ["-nostdlib", "-O2", "-Wl,--no-entry", "-o", "core.wasm", "guest.c"]
    cache = {"ZIG_GLOBAL_CACHE_DIR": str(folder / "zig")}
    subprocess.run(
        command, cwd=folder, check=True, capture_output=True, env={**os.environ, **cache}
    )
    core = str(folder / "core.wasm")
    wit = str(folder / "wit")
    embedded = wasm_tools("component", "embed", "--world", "caller", wit, core)
    return wasm_tools("component", "new", data=embedded)


def in_javascript(tool: str, made: Client, folder: Path) -> bytes:
    write_tree(folder / "wit", add_client({"caller.wit": CALLER_WIT.encode()}, made))
    (folder / "guest.js").write_text(JAVASCRIPT)
    if tool == "componentize-qjs":
        found = toolchains.node_module(".bin/componentize-qjs")
        command = [str(found), "--sync", "--stub-wasi", "--wit", "wit", "--js", "guest.js"]
        command += ["--world", "caller", "-o", "out.wasm"]
    else:
        found = toolchains.node_module("@bytecodealliance/componentize-js/src/componentize.js")
        script = toolchains._COMPONENTIZE_JS.replace("'kit.wit'", "'wit'")
        (folder / "build.mjs").write_text(script)
        command = ["node", "build.mjs", str(found), "caller"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "out.wasm").read_bytes()


CALLERS: dict[str, tuple[bool, Callable[[Client, Path], bytes]]] = {
    "c": (False, in_c),
    "c, synchronous only": (True, in_c),
    "componentize-js": (False, partial(in_javascript, "componentize-js")),
    "componentize-qjs": (True, partial(in_javascript, "componentize-qjs")),
}


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_of_another_toolchain(caller: str, tmp_path: Path) -> None:
    sync_only, build = CALLERS[caller]
    made = kit(sync_only=sync_only)
    target = toolchains.build("wat", "provider", tmp_path / "target")
    (tmp_path / "caller").mkdir()

    composed = compose(build(made, tmp_path / "caller"), [client_bytes(made)])

    components = {"demo:kit": Deployment(target), "demo:caller": Deployment(composed)}
    with Host(engine=MemoryEngine(), components=components, mode="static") as host:
        assert host.invoke("demo:caller", "c", "go", ("a worker",)) == 42
        assert host.invoke("demo:caller", "c", "go", ("another",)) == 42
