"""Values on the wire: the native client, the Python client and the host's encoder say the same.

A client component is called with values of every kind of type, and sends them to a host that answers
with what it got. What was sent is compared with what the host's own encoder makes of the value, and
what comes back with the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import echo_guests as guests
import pytest
from echo_host import Echo, echoing
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typed_values import TYPES, values

from runtime_shim.values import Value
from runtime_shim.values import types as t
from runtime_shim.values.witvalue import encode
from witgen.app.componentize import client_source, componentize
from witgen.client import Client, client
from witgen.load import load_texts
from witgen.native import client_bytes
from witgen.testing import boundaries, same, strategy

RESOLVE = load_texts({"echo.wit": guests.TARGET_WIT})
CLIENT = client(RESOLVE)
QUIET = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def native() -> Iterator[Echo]:
    with echoing(CLIENT, {"native": client_bytes(CLIENT)}) as found:
        yield found["native"]


def assert_same_on_the_wire(echo: Echo, member: str, sent: Value, ty: t.Type | None = None) -> None:
    got = echo.call("values", member, sent)
    wanted: Any = encode(ty or echo.type_of("values", member), sent)
    assert same(echo.sent[0], wanted["nodes"]), (echo.sent[0], wanted["nodes"])
    assert same(got, sent)


def type_of(kind: str) -> Any:
    (declared,) = (interface for interface in RESOLVE.interfaces if interface.name == "values")
    return declared.functions[f"echo-{kind}"].params[0].type


@pytest.mark.parametrize("kind", guests.KINDS)
def test_the_edges_of_every_kind(native: Echo, kind: str) -> None:
    for value in boundaries(RESOLVE, type_of(kind)):
        assert_same_on_the_wire(native, f"blocking-echo-{kind}", value)


@pytest.mark.parametrize("kind", ["everything", "python", "mixed", "crowded", "keyword", "shape"])
def test_values_of_the_large_kinds(native: Echo, kind: str) -> None:
    @QUIET
    @given(strategy(RESOLVE, type_of(f"the-{kind}")))
    def every(value: Value) -> None:
        assert_same_on_the_wire(native, f"blocking-echo-the-{kind}", value)

    every()


class Declarations:
    """Types of the runtime as WIT: named ones are declared."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def declare(self, word: str, body: str) -> str:
        name = f"t{len(self.lines)}"
        self.lines.append(f"{word} {name} {{ {body} }}")
        return name

    def of(self, ty: t.Type) -> str:
        match ty:
            case t.Prim():
                return ty.value
            case t.List(item):
                return f"list<{self.of(item)}>"
            case t.Option(item):
                return f"option<{self.of(item)}>"
            case t.Tuple(items):
                return f"tuple<{', '.join(self.of(item) for item in items)}>"
            case t.Result(ok, err):
                if ok is None and err is None:
                    return "result"
                left = "_" if ok is None else self.of(ok)
                return f"result<{left}>" if err is None else f"result<{left}, {self.of(err)}>"
            case t.Record(fields):
                return self.declare(
                    "record", ", ".join(f"%{name}: {self.of(item)}" for name, item in fields)
                )
            case t.Variant(cases):
                named = [
                    f"%{name}" + ("" if item is None else f"({self.of(item)})")
                    for name, item in cases
                ]
                return self.declare("variant", ", ".join(named))
            case t.Enum(names):
                return self.declare("enum", ", ".join(f"%{name}" for name in names))
            case t.Flags(names):
                return self.declare("flags", ", ".join(f"%{name}" for name in names))
            case _:
                raise TypeError(ty)


def client_of(ty: t.Type) -> Client:
    declared = Declarations()
    text = declared.of(ty)
    lines = " ".join(declared.lines)
    wit = f"""package any:types; interface values {{ {lines}
      echo: func(value: {text}) -> {text};
      crowd: func(a: u8, b: {text}, c: s64, d: {text}, e: string) -> tuple<u8, {text}>;
    }} world w {{ export values; }}"""
    return client(load_texts({"any.wit": wit}))


def check_any(data: Any, count: int) -> None:
    """Values of a type that nobody thought of, alone and among parameters."""
    ty = data.draw(TYPES)
    made = client_of(ty)
    with echoing(made, {"native": client_bytes(made)}) as found:
        native = found["native"]
        for value in data.draw(st.lists(values(ty), min_size=1, max_size=count)):
            assert_same_on_the_wire(native, "blocking-echo", value, ty)
            native.sent.clear()
            crowd = f"{made.interface_name}.{{values.schedule-crowd}}"
            assert native.program.signature(crowd).params[2][1] == ty


@QUIET
@given(st.data())
def test_types_of_every_shape(data: Any) -> None:
    check_any(data, 10)


@pytest.mark.long
@settings(QUIET, max_examples=400, derandomize=False)
@given(st.data())
def test_many_types_of_every_shape(data: Any) -> None:
    check_any(data, 40)


@pytest.mark.long
def test_both_backends_send_the_same_a_hundred_thousand_times() -> None:
    components = {
        "native": client_bytes(CLIENT),
        "python": componentize(client_source(CLIENT)).data,
    }
    each = 100_000 // len(guests.KINDS) + 1
    with echoing(CLIENT, components) as found:
        for kind in guests.KINDS:
            compare(found, kind, each)


def compare(found: dict[str, Echo], kind: str, count: int) -> None:
    @settings(QUIET, max_examples=count, derandomize=False)
    @given(strategy(RESOLVE, type_of(kind)))
    def every(value: Value) -> None:
        for made in found.values():
            assert_same_on_the_wire(made, f"blocking-echo-{kind}", value)
        assert same(found["native"].sent, found["python"].sent)

    every()
