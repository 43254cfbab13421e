"""A host for client components that does just what a test says, by stock wasmtime.

It answers every call with the reply at hand, however wrong, and keeps what it was called with.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import wasmtime
from wasmtime.component import (
    Component,
    Linker,
    Record,
    ResourceAny,
    ResourceHost,
    ResourceType,
    Variant,
)

from witgen.client import Client
from witgen.native import client_bytes

POLLABLE, RPC, FUTURE, TOKEN = 1, 2, 3, 4


def record(**fields: Any) -> Record:
    """A record; underscores stand for dashes."""
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def node(kind: str, payload: Any) -> Variant:
    """A `wit-node`."""
    return Variant(kind, payload)


def reply(*nodes: Variant) -> Record:
    """A `wit-value` that answers a call."""
    return record(nodes=list(nodes))


def plain(value: Any) -> Any:
    """A value of wasmtime as one that can be compared: records as dicts, variants as pairs."""
    if isinstance(value, Variant):
        return (value.tag, plain(value.payload))
    if isinstance(value, Record):
        return {name: plain(item) for name, item in vars(value).items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


@dataclass
class Outside:
    """The host: what it answers, and what it saw.

    Attributes:
        known: Whether the component that the client asks for is deployed.
        answer: What calls are answered with; an `rpc-error` is a Variant, a reply a record.
        inside: Called while a call is outstanding.
        calls: (function, parameters as lists of nodes) of each call.
        events: Everything else that happened, in order.
    """

    known: bool = True
    answer: Any = None
    inside: Callable[[], None] | None = None
    calls: list[tuple[str, list[Any]]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    next: int = 0

    def call(self, _: object, rpc: ResourceAny, name: str, params: list[Any]) -> Any:
        """`invoke-and-await` and its kin."""
        rpc.drop(_)  # type: ignore[arg-type]  # a store, which the binding does not export
        self.calls.append((name, [plain(param)["nodes"] for param in params]))
        if self.inside is not None:
            self.inside()
        return self.answer

    def later(self, store: object, rpc: ResourceAny, name: str, params: list[Any]) -> ResourceHost:
        """`async-invoke-and-await`."""
        self.call(store, rpc, name, params)
        return ResourceHost.own(5, FUTURE)

    def scheduled(
        self, store: object, rpc: ResourceAny, at: Any, name: str, params: list[Any]
    ) -> ResourceHost:
        """`schedule-cancelable-invocation`."""
        self.call(store, rpc, name, params)
        self.events.append(f"at {plain(at)}")
        return ResourceHost.own(6, TOKEN)

    def get(self, store: Any, future: ResourceAny) -> Any:
        """`future-invoke-result.get`."""
        future.drop(store)
        return self.answer

    def subscribe(self, store: Any, future: ResourceAny) -> ResourceHost:
        """`future-invoke-result.subscribe`."""
        future.drop(store)
        return ResourceHost.own(8, POLLABLE)

    def cancel(self, store: Any, future: ResourceAny) -> None:
        """`cancellation.cancel`."""
        future.drop(store)
        self.events.append("cancel")

    def connect(self, _: object, target: Any) -> ResourceHost:
        """The constructor of `wasm-rpc`, and `ephemeral`."""
        self.next += 1
        self.events.append(f"connect {plain(target)}")
        return ResourceHost.own(self.next, RPC)

    def worker(self, _: object, component: str, name: str) -> Any:
        """`resolve-worker-id`."""
        self.events.append(f"resolve {component} {name}")
        return record(component_id=_COMPONENT, worker_name=name) if self.known else None

    def component(self, _: object, name: str) -> Any:
        """`resolve-component-id`."""
        self.events.append(f"resolve {name}")
        return _COMPONENT if self.known else None

    def dropped(self, what: str) -> Callable[[object, int], None]:
        """A destructor of the host."""
        return lambda _, number: self.events.append(f"drop {what} {number}")


_COMPONENT = record(uuid=record(high_bits=1, low_bits=2))
URI = "urn:worker:00000000-0000-0001-0000-000000000002/w"
_OFFERS: dict[str, dict[str, str]] = {
    "golem:rpc/types": {
        "[constructor]wasm-rpc": "connect",
        "[static]wasm-rpc.ephemeral": "connect",
        "[method]wasm-rpc.invoke-and-await": "call",
        "[method]wasm-rpc.invoke": "call",
        "[method]wasm-rpc.async-invoke-and-await": "later",
        "[method]wasm-rpc.schedule-cancelable-invocation": "scheduled",
        "[method]future-invoke-result.get": "get",
        "[method]future-invoke-result.subscribe": "subscribe",
    },
    "golem:api/host": {"resolve-worker-id": "worker", "resolve-component-id": "component"},
    "witgen:rpc/cancellation": {"cancel": "cancel"},
}
_RESOURCES = {
    "wasi:io/poll": {"pollable": POLLABLE},
    "golem:rpc/types": {
        "wasm-rpc": RPC,
        "future-invoke-result": FUTURE,
        "cancellation-token": TOKEN,
    },
}
_ENGINE = wasmtime.Engine()


@dataclass
class Guest:
    """A client component under test: instances of it, each with a host of its own."""

    client: Client
    component: Component = field(init=False)

    def __post_init__(self) -> None:
        self.component = Component(_ENGINE, client_bytes(self.client))
        atexit.register(self.component.close)  # before the interpreter takes wasmtime apart

    def start(self, outside: Outside, memory: int | None = None) -> Instance:
        """An instance; `memory` limits its memories, in bytes."""
        store = wasmtime.Store(_ENGINE)
        if memory is not None:
            store.set_limits(memory_size=memory)
        linker = self.linked(outside)
        return Instance(self, store, linker.instantiate(store, self.component))

    @property
    def component_engine(self) -> wasmtime.Engine:
        """The engine that it is compiled by."""
        return _ENGINE

    def linked(self, outside: Outside) -> Linker:
        """A linker with the host."""
        linker = Linker(_ENGINE)
        imports = self.component.type.imports(_ENGINE)
        with linker.root() as root:
            for name in imports:
                plain_name = name.partition("@")[0]
                offers = _OFFERS.get(plain_name, {})
                resources = _RESOURCES.get(plain_name, {})
                with root.add_instance(name) as instance:
                    for key, number in resources.items():
                        drop = outside.dropped(key)
                        instance.add_resource(key, ResourceType.host(number), drop)
                    for key, method in offers.items():
                        instance.add_func(key, getattr(outside, method))
        return linker


@dataclass
class Instance:
    """A running client component."""

    guest: Guest
    store: wasmtime.Store
    raw: Any

    def call(self, name: str, *args: Any) -> Any:
        """An exported function of the client interface."""
        component = self.guest.component
        owner = component.get_export_index(self.guest.client.interface_name)
        index = component.get_export_index(name, owner)
        assert index is not None, name
        func = self.raw.get_func(self.store, index)
        assert func is not None
        return func(self.store, *args)


def end_of(error: BaseException) -> str:
    """The innermost frame of a trap: the function that is there for its name."""
    frames = [line for line in str(error).splitlines() if "!" in line]
    return frames[0].partition("!")[2] if frames else f"no frames: {error}"
