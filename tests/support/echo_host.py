"""The runtime's host, in which every call is answered with its own parameter, on the wire.

So what a client component sends can be compared with what the host's encoder makes of the same value,
and the way back ends where it began. No target runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from runtime_shim.golem import rpc as golem_rpc
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Case, Err, Ok, Value
from runtime_shim.values import types as t
from witgen.client import Client


def shifted(node: Case) -> Case:
    """A node whose children are one further on."""
    match node.name, node.value:
        case "record-value" | "tuple-value" | "list-value", children:
            return Case(node.name, [child + 1 for child in children])
        case "variant-value", (case, child):
            return Case(node.name, (case, None if child is None else child + 1))
        case "option-value", child if child is not None:
            return Case(node.name, child + 1)
        case "result-value", Ok(value=child) if child is not None:
            return Case(node.name, Ok(child + 1))
        case "result-value", Err(value=child) if child is not None:
            return Case(node.name, Err(child + 1))
        case _:
            return node


class _Live:
    """An invocation that is not recorded."""

    replaying = False

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """What would be recorded."""
        return live()


@dataclass
class Echo:
    """A client component on such a host.

    Attributes:
        client: Its client.
        program: The component.
        sent: What was sent last: the parameters, each a list of nodes.
    """

    client: Client
    program: WasmProgram
    sent: list[list[Case]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._instance = self.program.instantiate(WorkerId("x", "w"), Environment())
        self._handles: dict[str, Value] = {}

    def close(self) -> None:
        """End the instance, and the handles in it."""
        self._handles.clear()
        self._instance.close()

    def _name(self, function: str) -> str:
        return f"{self.client.interface_name}.{{{function}}}"

    def type_of(self, resource: str, member: str) -> t.Type:
        """The type of a member's first parameter after `self`."""
        return self.program.signature(self._name(f"{resource}.{member}")).params[1][1]

    def call(self, resource: str, member: str, *args: Value) -> Value:
        """A member of a client resource that stands for an interface."""
        if resource not in self._handles:
            self._handles[resource] = self._call(f"{resource}.new", "w")
        return self._call(f"{resource}.{member}", self._handles[resource], *args)

    def _call(self, function: str, *args: Value) -> Value:
        return self._instance.call(self._name(function), args, cast("Any", _Live()))


@contextmanager
def echoing(client: Client, components: dict[str, bytes]) -> Iterator[dict[str, Echo]]:
    """The client's components, by these names, on such a host."""
    registry = Registry()
    found: dict[str, Echo] = {}

    def answer(self: object, context: Any, rpc: Any, function: str, params: list[Any]) -> Value:
        for made in found.values():
            if made._instance._context is context:
                made.sent = [param["nodes"] for param in params]
        nodes = [shifted(node) for node in params[0]["nodes"]]
        return Ok({"nodes": [Case("tuple-value", [1]), *nodes]})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(golem_rpc._Rpc, "invoke_and_await", answer)
        for name, data in components.items():
            program = WasmProgram(name, Deployment(data), registry)
            registry.add(client.component, program)
            found[name] = Echo(client, program)
        try:
            yield found
        finally:
            for made in found.values():
                made.close()
