"""A dynamic RPC between two Python guests against one direct call with stock wasmtime-py.

Both in the same run, in turns, the best of several rounds each. The direct call is the least that any
host could do: the target's own work and wasmtime-py's conversion of its values. The RPC is what a
loop in the caller sees, with the caller's CPython on top, and the engine and its journal where one is
named.

    python bench/bench_rpc.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import wasmtime
from wasmtime.component import Component, Func, Linker, Record, Variant

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite import SqliteEngine
from runtime_shim.host import Deployment, Host
from runtime_shim.protocol import Engine, Environment, WorkerId
from runtime_shim.values import Value
from runtime_shim.wasm.program import WasmProgram
from runtime_shim.wasm.registry import Registry
from witgen.app.componentize import componentize, read_source

GUESTS = Path(__file__).parents[1] / "tests" / "runtime_shim" / "guests"
CALLS, ROUNDS = 2000, 7


def guest(name: str) -> bytes:
    folder = GUESTS / name
    return componentize(read_source(folder / "wit", name, folder, "app")).data


class Direct:
    """The target in a store of its own, called with stock wasmtime-py."""

    def __init__(self, data: bytes) -> None:
        config = wasmtime.Config()
        config.wasm_component_model = True
        engine = wasmtime.Engine(config)
        linker = Linker(engine)
        linker.add_wasip2()
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasmtime.WasiConfig())
        component = Component(engine, data)
        self.instance = linker.instantiate(self.store, component)
        self.api = component.get_export_index("test:counters/api")
        self.component = component

    def function(self, name: str) -> Func:
        index = self.component.get_export_index(name, self.api)
        assert index is not None
        func = self.instance.get_func(self.store, index)
        assert func is not None
        return func


def microseconds(run: Callable[[], object], calls: int) -> float:
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) / calls * 1e6


def point(x: int, y: int) -> Record:
    record = Record()
    record.x, record.y = x, y  # type: ignore[attr-defined]  # a record has the fields one gives it
    return record


def bare_caller(target: bytes, caller: bytes) -> Callable[[str, tuple[Value, ...]], Value]:
    """The caller linked to the target, with nothing between them: no queue, no journal."""
    registry = Registry()
    instances = []
    for name, data in (("test:counters", target), ("test:caller", caller)):
        program = WasmProgram(name, data, registry)
        registry.add(name, program)
        instances.append(program.instantiate(WorkerId(name, "w"), Environment()))
    callee, called = instances

    def step(kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        return live()

    inner: Any = SimpleNamespace(replaying=False, step=step)
    outer: Any = SimpleNamespace(
        replaying=False,
        step=step,
        call=lambda worker, function, args: callee.call(function, args, inner),
    )
    return lambda function, args: called.call(function, args, outer)


def main() -> None:
    target, caller = guest("counters"), guest("caller")
    direct = Direct(target)
    add, echo = direct.function("add"), direct.function("echo-shape")
    shape = Variant("poly", [point(1, 2), point(3, 4)])

    def direct_add() -> None:
        for _ in range(CALLS):
            add(direct.store, 1, 2)

    def direct_shape() -> None:
        for _ in range(CALLS):
            echo(direct.store, shape.payload)

    bare = bare_caller(target, caller)
    with tempfile.TemporaryDirectory() as folder:
        engines: dict[str, Engine] = {
            "memory": MemoryEngine(),
            "sqlite": SqliteEngine(Path(folder) / "store"),
        }
        hosts = {
            name: Host(
                engine=engine,
                components={
                    "test:counters": Deployment(target),
                    "test:caller": Deployment(caller),
                },
            )
            for name, engine in engines.items()
        }
        best: dict[str, float] = {}
        for _ in range(ROUNDS):
            rounds: dict[str, Callable[[], object]] = {
                "add direct": direct_add,
                "shape direct": direct_shape,
            }
            for what in ("add", "shape"):
                rounds[f"{what} none"] = lambda what=what: bare(f"{what}-times", ("w", CALLS))  # type: ignore[misc]
            for name, host in hosts.items():
                for what in ("add", "shape"):
                    rounds[f"{what} {name}"] = lambda host=host, what=what: host.invoke(  # type: ignore[misc]
                        "test:caller", "c", f"{what}-times", ("w", CALLS)
                    )
            for name, run in rounds.items():
                best[name] = min(best.get(name, 1e9), microseconds(run, CALLS))
        for host in hosts.values():
            host.close()
    for what in ("add", "shape"):
        base = best[f"{what} direct"]
        print(f"{what:6} direct, stock wasmtime-py {base:8.1f} us")
        for name in ("none", *hosts):
            value = best[f"{what} {name}"]
            print(f"{what:6} dynamic RPC, engine {name:8} {value:8.1f} us  {value / base:5.2f} x")


if __name__ == "__main__":
    main()
