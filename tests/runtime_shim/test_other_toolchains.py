"""A caller in JavaScript and a target in C: nothing of them is Python's, and nothing has to be.

The caller is built by ComponentizeJS, the target by `zig cc`; without them the tests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from oracle import binary, write_tree
from toolchains import node_module

import witgen
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Handle
from witgen.client import Client
from witgen.client.caller import add_client

pytestmark = pytest.mark.long

TALLY_WIT = """
package test:tally;

interface api {
  resource counter {
    constructor(name: string);
    inc-by: func(value: u64);
    get-value: func() -> u64;
  }
  add: func(a: u32, b: u32) -> u32;
  greet: func(name: string) -> string;
  get-dropped: func() -> list<tuple<string, u64>>;
}

world tally { export api; }
"""
TALLY_C = """
typedef unsigned int u32; typedef unsigned long long u64; typedef __SIZE_TYPE__ size;
#define API "test:tally/api"
#define IN(name) __attribute__((import_module("[export]" API), import_name(name)))
#define OUT(name) __attribute__((export_name(API "#" name)))

typedef struct { char *name; size length; u64 value; } counter;

IN("[resource-new]counter") extern u32 counter_new(counter *rep);

static char heap[1 << 20];
static size top = 0;
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size had, size align, size wanted) {
  char *fresh = heap + ((top + align - 1) & ~(align - 1));
  top = (size)(fresh - heap) + wanted;
  if (top > sizeof heap) __builtin_trap();
  for (size i = 0; i < had && i < wanted; i++) fresh[i] = ((char *)old)[i];
  return fresh;
}

static counter dropped[64];
static size drops = 0;
static struct { void *items; size length; } out;

OUT("[constructor]counter") u32 make(char *name, size length) {
  counter *made = cabi_realloc(0, 0, 8, sizeof(counter));
  made->name = name; made->length = length; made->value = 0;
  return counter_new(made);
}
OUT("[method]counter.inc-by") void inc_by(counter *self, u64 value) { self->value += value; }
OUT("[method]counter.get-value") u64 get_value(counter *self) { return self->value; }
OUT("[dtor]counter") void drop(counter *self) { dropped[drops++ % 64] = *self; }
OUT("add") u32 add(u32 a, u32 b) { return a + b; }
OUT("greet") void *greet(char *name, size length) {
  char *text = cabi_realloc(0, 0, 1, length + 6);
  for (size i = 0; i < 6; i++) text[i] = "hello "[i];
  for (size i = 0; i < length; i++) text[6 + i] = name[i];
  out.items = text; out.length = length + 6;
  return &out;
}
OUT("get-dropped") void *get_dropped(void) {
  out.items = dropped; out.length = drops;
  return &out;
}
"""
CALLER_WIT = """
package test:script;

world script {
  import wasi:io/poll@0.2.0;
  export run: func(worker: string) -> string;
  export resources: func(worker: string) -> list<tuple<string, u64>>;
  export keep: func(worker: string) -> u64;
  export inherit: func(worker: string) -> u32;
}
"""
CALLER_JS = """
import { Api, Counter } from 'test:tally-client/tally-client';
import { Api as Counters } from 'test:counters-client/counters-client';
import { poll } from 'wasi:io/poll@0.2.0';

let kept;

export function run(worker) {
  const api = new Api(worker);
  const futures = [api.add(3, 4), api.greet('ß')];
  const found = [];
  const waiting = [0, 1];
  while (waiting.length) {
    const ready = poll(waiting.map((number) => futures[number].subscribe()));
    for (const number of [...ready].map((index) => waiting[index])) {
      found[number] = futures[number].get();
      waiting.splice(waiting.indexOf(number), 1);
    }
  }
  return `${api.blockingAdd(1, 2)} ${found.join(' ')}`;
}

export function resources(worker) {
  const counters = ['one', 'two', 'three'].map((name) => new Counter(worker, name));
  for (const counter of counters) {
    counter.incBy(1n);
    counter.blockingIncBy(2n);
  }
  for (const counter of counters.reverse()) counter[Symbol.dispose]();
  return new Api(worker).blockingGetDropped();
}

export function keep(worker) {
  kept ??= new Counter(worker, 'kept');
  kept.blockingIncBy(1n);
  return kept.blockingGetValue();
}

export function inherit(worker) {
  return new Counters(worker).blockingAdd(1, 2);
}
"""
BUILD_JS = """
import { writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';
const { component } = await componentize({
  sourcePath: 'app.js', witPath: 'wit', worldName: 'script',
  disableFeatures: ['http', 'fetch-event'],
});
await writeFile('script.wasm', component);
"""


def tally(folder: Path) -> bytes:
    """The target, from C."""
    if find_spec("ziglang") is None:
        pytest.skip("zig is missing: pip install ziglang")
    (folder / "tally.wit").write_text(TALLY_WIT)
    (folder / "tally.c").write_text(TALLY_C)
    flags = ["-target", "wasm32-freestanding", "-O2", "-nostdlib", "-Wl,--no-entry"]
    run(folder, sys.executable, "-m", "ziglang", "cc", *flags, "tally.c", "-o", "core.wasm")
    tool = str(binary())
    run(folder, tool, "component", "embed", "tally.wit", "core.wasm", "-o", "embedded.wasm")
    run(folder, tool, "component", "new", "embedded.wasm", "-o", "tally.wasm")
    return (folder / "tally.wasm").read_bytes()


def script(folder: Path, clients: list[Client]) -> bytes:
    """The caller, from JavaScript."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is missing")
    modules = node_module("@bytecodealliance/componentize-js").parents[1]
    (folder / "node_modules").symlink_to(modules)
    wit = {"script.wit": CALLER_WIT.replace("  import wasi:io/poll@0.2.0;\n", "").encode()}
    for client in clients:
        wit = add_client(wit, client)
    text = wit["script.wit"].decode()
    wit["script.wit"] = text.replace(
        "  export run", "  import wasi:io/poll@0.2.0;\n  export run"
    ).encode()
    write_tree(folder / "wit", wit)
    (folder / "app.js").write_text(CALLER_JS)
    (folder / "build.mjs").write_text(BUILD_JS)
    run(folder, node, "build.mjs")
    return (folder / "script.wasm").read_bytes()


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tally(tmp_path_factory.mktemp("tally"))


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The caller as it is, and with its clients composed in."""
    folder = tmp_path_factory.mktemp("script")
    (folder / "t.wit").write_text(TALLY_WIT)
    guests = Path(__file__).parent / "guests"
    clients = [
        witgen.client(witgen.load(path)) for path in (folder / "t.wit", guests / "counters" / "wit")
    ]
    caller = script(folder, clients)
    composed = witgen.compose(caller, [witgen.native_client(client) for client in clients])
    return {"dynamic": caller, "static": composed}


@pytest.mark.parametrize("binding", ["dynamic", "static"])
def test_a_caller_in_javascript(
    binding: str, target: bytes, callers: dict[str, bytes], counters: bytes, tmp_path: Path
) -> None:
    def host() -> Host:
        return Host(
            engine=SqliteEngine(tmp_path / "s.db"),
            components={
                "test:script": Deployment(callers[binding]),
                "test:tally": Deployment(target),
                "test:counters": Deployment(counters),
            },
            mode="static" if binding == "static" else "dynamic",
            output=lambda worker, line: None,
        )

    dropped = [("three", 3), ("two", 3), ("one", 3)]
    environment = Environment({"TEST": "yes"}, ("x",))
    function = "test:counters/api.{environment}"
    with host() as running:

        def call(name: str, *args: str) -> object:
            return running.invoke("test:script", "c", name, args, environment=environment)

        assert call("run", "w") == "3 7 hello ß"
        assert call("resources", "r") == dropped
        assert [call("keep", "k"), call("keep", "k")] == [1, 2]
        assert call("inherit", "child") == 3
    with host() as running:
        assert running.invoke("test:script", "c", "keep", ("k",)) == 3
        assert running.invoke("test:script", "c", "run", ("w",)) == "3 7 hello ß"
        assert running.invoke("test:script", "c", "resources", ("r",)) == dropped * 2
        variables, arguments = running.invoke("test:counters", "child", function)
        assert dict(variables)["TEST"] == "yes"
        assert dict(variables)["GOLEM_WORKER_NAME"] == "child"
        assert arguments == ["x"]


def test_a_target_in_c(target: bytes, tmp_path: Path) -> None:
    def host() -> Host:
        components = {"test:tally": Deployment(target)}
        return Host(engine=SqliteEngine(tmp_path / "s.db"), components=components)

    with host() as running:
        handle = running.invoke("test:tally", "w", "test:tally/api.{counter.new}", ("n",))
        assert isinstance(handle, Handle)
        running.invoke("test:tally", "w", "test:tally/api.{counter.inc-by}", (handle, 2))
    with host() as running:
        value = running.invoke("test:tally", "w", "test:tally/api.{counter.get-value}", (handle,))
        assert value == 2
        running.invoke("test:tally", "w", "test:tally/api.{counter.drop}", (handle,))
        assert running.invoke("test:tally", "w", "test:tally/api.{get-dropped}") == [("n", 2)]
        assert running.invoke("test:tally", "w", "test:tally/api.{greet}", ("é",)) == "hello é"
