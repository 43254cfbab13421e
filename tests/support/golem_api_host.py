"""A host with a guest that calls `golem:api/host` as a component would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine_guests import COUNTER, FAST, HERE, Guest, Host

from runtime_shim.boundary.compile import EngineOptions, engine
from runtime_shim.boundary.context import Context
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import Trap
from runtime_shim.golem import api as golem_api
from runtime_shim.golem.promises import PromiseProgram
from runtime_shim.golem.registry import Registry
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPONENT
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.replay.handler import WorkerHandler

COUNTED = WorkerId("counter", "c")


class Api:
    """The host functions for one attempt of a guest; `seen` outlives all attempts and replays."""

    def __init__(self, registry: Registry, state: dict[str, Any], invocation: Invocation) -> None:
        context = state.get("context")
        if context is None:
            context = state["context"] = Context(
                invocation.worker, invocation.environment, engine(EngineOptions())
            )
        context.invocation = invocation
        self.state = state
        self.context: Context = context
        self.offer = golem_api.offers(registry)

    def __call__(self, name: str, *args: Any) -> Any:
        return self.offer.functions[name].run(self.context, *args)

    def effect(self, seen: list[Any], what: Any) -> Any:
        """A host call that acts on the world; its number among all."""

        def live() -> int:
            seen.append(what)
            return len(seen)

        return self.context.step("effect", live)

    def count(self) -> int:
        """A call of another worker."""
        return int(self.context.current.call(COUNTED, "inc", (1,)))


class Failures:
    """Traps that happen in the life of a test; a rebuild meets none of them again."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, most: int) -> None:
        if self.count < most:
            self.count += 1
            raise Trap(f"failure {self.count}")


Body = Callable[..., Any]


class Running:
    """A host with the guest `g`, and the means to look at its state rebuilt."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.store = folder / "store.db"
        self.registry = Registry()
        self.bodies: dict[str, Body] = {}
        self.seen: list[Any] = []
        self.open()

    def open(self, store: Path | None = None) -> None:
        engine: QueueEngine
        if self.kind == "memory":
            engine = MemoryEngine(retries=FAST)
        else:
            engine = SqliteEngine(store or self.store, retries=FAST)
        self.host = Host(engine)
        functions = {name: self.function(body) for name, body in self.bodies.items()}
        guests: dict[str, Any] = {
            "g": Guest(**functions),
            "counter": Guest(**COUNTER),
            COMPONENT: PromiseProgram(),
        }
        for name, guest in guests.items():
            if self.registry.program(name) is None:
                self.registry.add(name, guest)
        self.host.handler = WorkerHandler(guests)
        engine.start(self.host.handler)

    def function(self, body: Body) -> Body:
        def run(state: dict[str, Any], invocation: Invocation, *args: Any) -> Any:
            return body(Api(self.registry, state, invocation), *args)

        return run

    def deploy(self, **bodies: Body) -> None:
        self.bodies = bodies
        self.again()

    def again(self) -> None:
        """Every worker is rebuilt before it serves again; on SQLite by another engine."""
        if self.kind == "memory" and self.host.handler.programs["g"].functions:  # type: ignore[attr-defined]
            self.host.handler.close()
        else:
            self.host.engine.close()
            self.open()

    def call(self, function: str, *args: Any, key: str | None = None) -> Any:
        self.calls = getattr(self, "calls", 0) + 1
        worker = WorkerId("g", "w")
        return self.host.engine.invoke(worker, function, args, key or f"call-{self.calls}", HERE)

    def counted(self) -> int:
        self.calls = getattr(self, "calls", 0) + 1
        return int(self.host.engine.invoke(COUNTED, "inc", (0,), f"call-{self.calls}", HERE))
