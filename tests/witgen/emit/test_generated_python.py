"""The generated Python runs: what it sends is what the host's own encoding makes, and back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from golden_cases import GOLDEN, golden_client
from oracle import write_tree

from runtime_shim.protocol.ids import component_uuid
from runtime_shim.values import Case, Err, Handle, Ok, Some, witvalue
from runtime_shim.values import types as t
from witgen.client import Client, client
from witgen.emit import generate
from witgen.load import load

MODULES = re.compile(
    r"(app|remote|wit_value|client_types|\w+_client|wit_world|componentize_py_types)(\..*)?"
)

LOT = t.Record(
    (("title", t.Prim.STRING), ("reserve", t.Option(t.Prim.U32)), ("tags", t.List(t.Prim.STRING)))
)
CURRENCY = t.Enum(("euro", "dollar"))
OUTCOME = t.Variant((("sold", t.Prim.U64), ("passed", t.Prim.STRING), ("none", None)))
RIGHTS = t.Flags(("see", "bid", "close-early"))
STAMP = t.Tuple((t.Prim.U64, t.Prim.S32, t.Prim.CHAR, t.Prim.BOOL, t.Prim.F32, t.Prim.F64))
SEAT = t.Record((("sale", t.Own("sale")), ("rights", RIGHTS)))
WORKER = f"urn:worker:{component_uuid('acme:auction')}/hall"


class Wire:
    """Stands in for the host: keeps what is sent, answers what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, list[Any]]] = []
        self.answer: Any = None
        self.modules: Any = None

    def send(self, how: str, function: str, params: list[Any]) -> None:
        self.sent.append((how, function, [from_python(p) for p in params]))

    def reply(self, ty: t.Type | None, value: Any = None) -> None:
        nodes = witvalue.encode_result(ty, value)["nodes"]
        self.answer = self.modules.rpc.WitValue([self.node(n) for n in nodes])

    def node(self, node: Case) -> Any:
        name = "".join(part.capitalize() for part in node.name.split("-"))
        value, types = node.value, self.modules.types
        if isinstance(value, Ok):
            value = types.Ok(value.value)
        elif isinstance(value, Err):
            value = types.Err(value.value)
        elif node.name == "handle":
            value = (self.modules.rpc.Uri(value[0]["value"]), value[1])
        return getattr(self.modules.rpc, f"WitNode_{name}")(value)


def from_python(value: Any) -> Any:
    """A `wit-value` of the bindings as one of the host's."""
    nodes = []
    for node in value.nodes:
        name = type(node).__name__.removeprefix("WitNode_")
        kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
        inner = node.value
        if type(inner).__name__ in {"Ok", "Err"}:
            inner = (Ok if type(inner).__name__ == "Ok" else Err)(inner.value)
        elif kebab == "handle":
            inner = ({"value": inner[0].value}, inner[1])
        nodes.append(Case(kebab, inner))
    return {"nodes": nodes}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bindings_of(golden_client("auction"), tmp_path_factory.mktemp("generated"))


@pytest.fixture(scope="module")
def trying_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = client(load(GOLDEN / "auction" / "input"), extras=("try", "trigger"))
    return bindings_of(made, tmp_path_factory.mktemp("trying"))


def bindings_of(made: Client, folder: Path) -> Path:
    write_tree(folder, generate(made, emit=("python",)))
    start = "import sys; from componentize_py import script; sys.exit(script())"
    bindings = [sys.executable, "-c", start, "-q", "-d", "python/wit", "-w", made.component_world]
    subprocess.run([*bindings, "bindings", "bindings"], cwd=folder, check=True)
    return folder


@pytest.fixture
def wire(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    yield from wired(tree, monkeypatch)


@pytest.fixture
def trying(trying_tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    yield from wired(trying_tree, monkeypatch)


def wired(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Import what was generated for a tree, with a host that is a `Wire`."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tree / "bindings"))
    monkeypatch.syspath_prepend(str(tree / "python"))
    made = Wire()
    rpc = import_module("wit_world.imports.types")
    host = import_module("wit_world.imports.host")
    patch(made, rpc, host, monkeypatch)
    made.modules = SimpleNamespace(
        rpc=rpc,
        types=import_module("componentize_py_types"),
        client=import_module("auction_client"),
        data=import_module("wit_world.exports.auction_types"),
        seats=import_module("wit_world.exports.auction_client"),
        values=import_module("wit_value"),
        remote=import_module("remote"),
    )
    yield made
    for name in [name for name in sys.modules if MODULES.fullmatch(name)]:
        del sys.modules[name]


def patch(wire: Wire, rpc: Any, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the bindings' stubs bodies."""

    def connect(self: Any, worker: Any) -> None:
        self.worker = worker

    def await_(self: Any, function: str, params: list[Any]) -> Any:
        wire.send("await", function, params)
        if isinstance(wire.answer, BaseException):
            raise wire.answer
        return wire.answer

    def invoke(self: Any, function: str, params: list[Any]) -> None:
        wire.send("invoke", function, params)

    def start(self: Any, function: str, params: list[Any]) -> Any:
        wire.send("start", function, params)
        return SimpleNamespace(get=lambda: wire.answer, subscribe=lambda: "pollable")

    def schedule(self: Any, time: Any, function: str, params: list[Any]) -> Any:
        wire.send(f"schedule {time}", function, params)
        return "token"

    def resolve(component: str, worker: str) -> Any:
        if component != "acme:auction" or worker == "nowhere":
            return None
        number = component_uuid(component).int
        uuid = rpc.Uuid(number >> 64, number & (1 << 64) - 1)
        return rpc.WorkerId(rpc.ComponentId(uuid), worker)

    monkeypatch.setattr(rpc.WasmRpc, "__init__", connect)
    monkeypatch.setattr(rpc.WasmRpc, "invoke_and_await", await_)
    monkeypatch.setattr(rpc.WasmRpc, "invoke", invoke)
    monkeypatch.setattr(rpc.WasmRpc, "async_invoke_and_await", start)
    monkeypatch.setattr(rpc.WasmRpc, "schedule_cancelable_invocation", schedule)
    monkeypatch.setattr(host, "resolve_worker_id", resolve)


def test_blocking_sends_and_reads_records_enums_and_variants(wire: Wire) -> None:
    data = wire.modules.data
    api = wire.modules.client.Api("hall")
    wire.reply(t.Option(OUTCOME), Case("sold", 7))

    found = api.blocking_open(
        [data.Lot("Clock", None, ["oak"]), data.Lot("", 3, [])], data.Currency.DOLLAR
    )

    assert found == data.Outcome_Sold(7)
    lots = [
        {"title": "Clock", "reserve": None, "tags": ["oak"]},
        {"title": "", "reserve": 3, "tags": []},
    ]
    assert wire.sent == [
        (
            "await",
            "acme:auction/api@1.2.0.{open}",
            [witvalue.encode(t.List(LOT), lots), witvalue.encode(CURRENCY, "dollar")],
        )
    ]


@pytest.mark.parametrize(
    ("value", "python"),
    [(None, None), (Case("passed", "x"), ("Passed", "x")), (Case("none"), ("None_",))],
)
def test_variants_come_back(wire: Wire, value: Any, python: Any) -> None:
    data = wire.modules.data
    wire.reply(t.Option(OUTCOME), value)
    found = wire.modules.client.Api("hall").blocking_open([], data.Currency.EURO)

    wanted = None if python is None else getattr(data, f"Outcome_{python[0]}")(*python[1:])
    assert found == wanted


def test_handles_flags_nested_options_and_plain_results(wire: Wire) -> None:
    data, seats = wire.modules.data, wire.modules.seats
    wire.reply(t.Own("sale"), Handle(WORKER, 5))
    sale = wire.modules.client.Sale("hall", "evening")
    wire.reply(t.Result(None, None), Ok())
    api = wire.modules.client.Api("hall")
    seat = seats.Seat(sale, data.Rights.SEE | data.Rights.CLOSE_EARLY)
    assert api.blocking_check(seat, wire.modules.types.Some(None)) is None
    wire.reply(t.Result(None, None), Err())
    with pytest.raises(wire.modules.types.Err):
        api.blocking_check(seat, None)

    new, first, second = wire.sent
    assert new == (
        "await",
        "acme:auction/api@1.2.0.{sale.new}",
        [witvalue.encode(t.Prim.STRING, "evening")],
    )
    value = {"sale": Handle(WORKER, 5), "rights": frozenset({"see", "close-early"})}
    nested = t.Option(t.Option(t.Prim.U8))
    assert first[2] == [witvalue.encode(SEAT, value), witvalue.encode(nested, Some(None))]
    assert second[2] == [witvalue.encode(SEAT, value), witvalue.encode(nested, None)]


def test_tuples_bytes_and_lists_of_results(wire: Wire) -> None:
    types = wire.modules.types
    stamp = (2**64 - 1, -(2**31), "ß", True, 0.5, -1.25)
    ty = t.List(t.Result(t.Prim.U16, STAMP))
    wire.reply(ty, [Ok(1), Err(stamp)])

    found = wire.modules.client.Api("hall").blocking_stamps([stamp], b"\x00\xff", b"\x00\xff\x80")

    assert found == [types.Ok(1), types.Err(stamp)]
    assert wire.sent[0][2] == [
        witvalue.encode(t.List(STAMP), [stamp]),
        witvalue.encode(t.List(t.Prim.U8), b"\x00\xff"),
        witvalue.encode(t.List(t.Prim.S8), [0, -1, -128]),
    ]


def test_methods_send_the_handle_first(wire: Wire) -> None:
    wire.reply(t.Own("sale"), Handle(WORKER, 5))
    sale = wire.modules.client.Sale("hall", "evening")
    wire.reply(t.Result(t.Prim.U32, t.Prim.STRING), Ok(3))
    assert sale.blocking_bid(9) == 3
    wire.reply(t.Result(t.Prim.U32, t.Prim.STRING), Err("low"))
    with pytest.raises(wire.modules.types.Err) as caught:
        sale.blocking_bid(9)
    assert caught.value.value == "low"
    sale.note("hm")

    handle = witvalue.encode(t.Own("sale"), Handle(WORKER, 5))
    assert wire.sent[1:] == [
        ("await", "acme:auction/api@1.2.0.{sale.bid}", [handle, witvalue.encode(t.Prim.U32, 9)]),
        ("await", "acme:auction/api@1.2.0.{sale.bid}", [handle, witvalue.encode(t.Prim.U32, 9)]),
        (
            "invoke",
            "acme:auction/api@1.2.0.{sale.note}",
            [handle, witvalue.encode(t.Prim.STRING, "hm")],
        ),
    ]


def test_a_returned_handle_is_called_where_it_lives(wire: Wire) -> None:
    wire.reply(t.Option(t.Own("sale")), Handle(WORKER, 6))
    sale = wire.modules.client.Sale.blocking_find("porch", "evening")
    worker = sale._remote.rpc.worker

    assert wire.sent == [
        ("await", "acme:auction/api@1.2.0.{sale.find}", [witvalue.encode(t.Prim.STRING, "evening")])
    ]
    assert worker.worker_name == "hall"
    uuid = worker.component_id.uuid
    assert (uuid.high_bits << 64 | uuid.low_bits) == component_uuid("acme:auction").int


def test_a_static_with_a_handle_goes_to_its_worker(wire: Wire) -> None:
    wire.reply(t.Own("sale"), Handle(WORKER, 5))
    client = wire.modules.client
    one = client.Sale("hall", "evening")
    wire.reply(t.Own("sale"), Handle(WORKER, 7))
    joined = client.Sale.blocking_join(one, one)

    handle = witvalue.encode(t.Own("sale"), Handle(WORKER, 5))
    assert wire.sent[-1] == ("await", "acme:auction/api@1.2.0.{sale.join}", [handle, handle])
    assert joined._handle[1] == 7


def test_futures_give_their_result_once_it_is_there(wire: Wire) -> None:
    data, client = wire.modules.data, wire.modules.client
    future = client.Api("hall").open([], data.Currency.EURO)
    wire.answer = None
    assert future.get() is None
    assert future.subscribe() == "pollable"
    wire.reply(t.Option(OUTCOME), None)
    wire.answer = wire.modules.types.Ok(wire.answer)

    assert future.get() == wire.modules.types.Some(None)
    assert wire.sent[0][0] == "start"


def test_a_future_of_a_failed_call_raises(wire: Wire) -> None:
    client = wire.modules.client
    future = client.AuctionInlineFunctions("hall").ping("x")
    wire.answer = wire.modules.types.Err(wire.modules.rpc.RpcError_NotFound("gone"))

    with pytest.raises(wire.modules.remote.RemoteError, match=r"\{ping\}: NotFound: gone"):
        future.get()


def test_schedule_and_trigger(wire: Wire) -> None:
    api = wire.modules.client.Api("hall")
    api.close()

    assert api.schedule_close("later") == "token"
    assert wire.sent == [
        ("invoke", "acme:auction/api@1.2.0.{close}", []),
        ("schedule later", "acme:auction/api@1.2.0.{close}", []),
    ]


def test_a_component_that_is_not_deployed_is_named(wire: Wire) -> None:
    with pytest.raises(wire.modules.remote.RemoteError, match="`acme:auction`"):
        wire.modules.client.Api("nowhere")


def test_a_failed_call_says_why(wire: Wire) -> None:
    wire.answer = wire.modules.types.Err(wire.modules.rpc.RpcError_Denied("no"))

    with pytest.raises(wire.modules.remote.RemoteError, match=r"\{ping\}: Denied: no"):
        wire.modules.client.AuctionInlineFunctions("hall").blocking_ping("x")


def test_custom_takes_the_id_as_it_is(wire: Wire) -> None:
    wire.reply(t.Own("sale"), Handle(WORKER, 5))
    client = wire.modules.client

    assert client.Api.custom("an id")._remote.rpc.worker == "an id"
    assert client.Sale.custom("an id", "evening")._remote.rpc.worker == "an id"


@pytest.mark.parametrize(
    ("ty", "value"),
    [
        (t.Prim.U8, 1),
        (t.Tuple(()), ()),
        (t.List(t.Prim.STRING), ["x"]),
        (None, None),
    ],
)
def test_replies_of_another_type_are_refused(wire: Wire, ty: t.Type | None, value: Any) -> None:
    wire.reply(ty, value)

    with pytest.raises(wire.modules.values.Mismatch):
        wire.modules.client.AuctionInlineFunctions("hall").blocking_ping("x")


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [Case("tuple-value", [7])],
        [Case("tuple-value", [-1])],
        [Case("tuple-value", [1, 2]), Case("prim-string", "a"), Case("prim-string", "b")],
        [Case("prim-string", "bare")],
    ],
)
def test_broken_replies_are_refused(wire: Wire, nodes: list[Case]) -> None:
    wire.answer = wire.modules.rpc.WitValue([wire.node(node) for node in nodes])

    with pytest.raises(wire.modules.values.Mismatch):
        wire.modules.client.AuctionInlineFunctions("hall").blocking_ping("x")


class TestErrorsAsValues:
    def test_a_result(self, trying: Wire) -> None:
        trying.reply(t.Prim.STRING, "pong")

        assert trying.modules.client.AuctionInlineFunctions("hall").try_ping("x") == "pong"

    def test_a_result_of_the_function_itself(self, trying: Wire) -> None:
        trying.reply(t.Own("sale"), Handle(WORKER, 5))
        sale = trying.modules.client.Sale("hall", "evening")
        trying.reply(t.Result(t.Prim.U32, t.Prim.STRING), Err("too low"))

        assert sale.try_bid(3) == trying.modules.types.Err("too low")

    def test_an_error_of_the_call(self, trying: Wire) -> None:
        error = trying.modules.rpc.RpcError_Denied("no")
        trying.answer = trying.modules.types.Err(error)
        api = trying.modules.client.AuctionInlineFunctions("hall")

        with pytest.raises(trying.modules.types.Err) as raised:
            api.try_ping("x")
        assert raised.value.value == error
        assert api.ping("x").try_get() == trying.modules.types.Err(error)

    @pytest.mark.parametrize(
        ("ty", "value"),
        [
            (t.Prim.U8, 1),
            (None, None),
            (t.Option(t.Variant((("other", None), *OUTCOME.cases))), Case("none")),
        ],
    )
    def test_a_reply_of_another_type(self, trying: Wire, ty: t.Type | None, value: Any) -> None:
        trying.reply(ty, value)
        api = trying.modules.client.Api("hall")

        with pytest.raises(trying.modules.types.Err) as raised:
            api.try_open([], trying.modules.data.Currency.EURO)
        assert isinstance(raised.value.value, trying.modules.rpc.RpcError_ProtocolError)
        trying.answer = trying.modules.types.Ok(trying.answer)
        later = api.open([], trying.modules.data.Currency.EURO).try_get()
        assert later == raised.value

    def test_what_is_not_there_yet(self, trying: Wire) -> None:
        trying.answer = None

        assert trying.modules.client.Api("hall").stamps([], b"", b"").try_get() is None

    def test_no_component_of_the_name(self, trying: Wire) -> None:
        api = trying.modules.client.Api("nowhere")
        uuid = api._remote.rpc.worker.component_id.uuid

        assert (uuid.high_bits << 64) + uuid.low_bits == component_uuid("acme:auction").int
        assert api._remote.rpc.worker.worker_name == "nowhere"

    def test_cancelling(self, trying: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        cancelled: list[Any] = []
        module = import_module("wit_world.imports.cancellation")
        monkeypatch.setattr(module, "cancel", cancelled.append)
        future = trying.modules.client.Api("hall").stamps([], b"", b"")
        future.cancel()

        assert cancelled == [future._pending.future]

    def test_triggering(self, trying: Wire) -> None:
        trying.modules.client.AuctionInlineFunctions("hall").trigger_ping("x")

        ((how, function, _),) = trying.sent
        assert (how, function.rpartition(".")[2]) == ("invoke", "{ping}")
