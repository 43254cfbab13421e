"""Values of every kind of type, through both bindings and back.

A caller calls every member of a client of `conf:echo` (see `echo_guests`): linked by the host from a
generated stub, linked by convention, and composed with the client component of each backend. What
comes back must be what was sent. The guests are built once and cached by content.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import echo_guests as guests
import extra_guests
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from left_handles import left
from oracle import write_tree
from wasmtime import wat2wasm

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.link import ClientLink, load_link
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Handler, History, Invocation, Program
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.values import Case, Value
from witgen.app.componentize import Source, client_source, componentize
from witgen.client import Client, client
from witgen.client.caller import add_client
from witgen.compose import compose
from witgen.emit import generate
from witgen.load import load_texts
from witgen.native import client_bytes
from witgen.resolve import model as m
from witgen.testing import boundaries, same, strategy

pytestmark = pytest.mark.xdist_group("conformance")

RESOLVE = load_texts({"echo.wit": guests.TARGET_WIT})
CLIENT = client(RESOLVE, extras=("try", "trigger"))


CALLER = compile(guests.caller_python(), "app.py", "exec")  # a syntax error shows here, at once


def python_backend(made: Client) -> bytes:
    """The client component by componentize-py."""
    return componentize(client_source(made)).data


BACKENDS: dict[str, Callable[[Client], bytes]] = {"python": python_backend, "native": client_bytes}
"""What makes a client component: each gets its own run of the static binding."""

FAST = RetryPolicies(RetryPolicy(min_delay=0.002, max_delay=0.02))

BINDINGS = ["stub", "convention", *BACKENDS]


@dataclass(frozen=True, eq=False)
class Built:
    """The components, and the link from the generated stub."""

    target: bytes
    caller: bytes
    clients: dict[str, bytes]
    link: ClientLink


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    target = Source(
        {"echo.wit": guests.TARGET_WIT.encode()},
        "echo",
        {"app.py": guests.target_python().encode(), "cells.py": guests.CELLS_PYTHON.encode()},
        "app",
    )
    wit = add_client({"caller.wit": guests.CALLER_WIT.encode()}, CLIENT)
    modules = {"app.py": guests.caller_python(), "scripts.py": extra_guests.CALLER_PYTHON}
    sources = {name: text.encode() for name, text in modules.items()}
    caller = Source(wit, "caller", sources, "app")
    folder = write_tree(tmp_path_factory.mktemp("conformance"), generate(CLIENT, emit=["host"]))
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(componentize, source) for source in (caller, target)]
        clients = {name: pool.submit(make, CLIENT) for name, make in BACKENDS.items()}
        caller_data, target_data = (future.result().data for future in made)
    return Built(
        target_data,
        caller_data,
        {name: future.result() for name, future in clients.items()},
        load_link(Path(folder) / "host"),
    )


@pytest.fixture(scope="module", params=BINDINGS)
def binding(request: pytest.FixtureRequest) -> str:
    """How the caller's import is bound."""
    found: str = request.param
    return found


@cache
def composed(built: Built, backend: str) -> bytes:
    """The caller with the client of a backend in it."""
    return compose(built.caller, [built.clients[backend]])


def serving(
    built: Built, binding: str, target: bytes | None, engine: QueueEngine | None = None
) -> Host:
    """A host of the caller, and of the target if there is one."""
    caller, static = built.caller, binding in BACKENDS
    if static:
        caller = composed(built, binding)
    links = (built.link,) if binding == "stub" else ()
    components = {"conf:caller": Deployment(caller, links=links)}
    if target is not None:
        components["conf:echo"] = Deployment(target)
    return Host(
        engine=engine or MemoryEngine(retries=FAST),
        components=components,
        mode="static" if static else "dynamic",
    )


@pytest.fixture(scope="module")
def host(binding: str, built: Built) -> Iterator[Host]:
    with serving(built, binding, built.target) as running:
        yield running


def drive(host: Host, function: str, *args: Value, worker: str = "w") -> Value:
    """One invocation of the caller."""
    return host.invoke("conf:caller", "c", f"conf:caller/drive.{{{function}}}", (worker, *args))


@cache
def kind_type(kind: str) -> m.Type:
    """What the function of this kind takes."""
    (values,) = (interface for interface in RESOLVE.interfaces if interface.name == "values")
    return values.functions[f"echo-{kind}"].params[0].type


@cache
def spread_type() -> m.Type:
    (values,) = (interface for interface in RESOLVE.interfaces if interface.name == "values")
    result = values.functions["spread"].result
    assert result is not None
    return result


def of_u8(kind: str, values: list[Value]) -> Value:
    """A list of u8 is bytes."""
    return bytes(values) if guests.KINDS[kind] == "u8" else values


def assert_echoed(host: Host, function: str, how: str, sent: Value) -> None:
    got = drive(host, function, how, sent)
    assert len(got) == len(sent)
    wrong = [(a, b) for a, b in zip(sent, got, strict=True) if not same(a, b)]
    assert wrong == []


HOWS = ["blocking", "asynchronous"]
RETURNING = [*HOWS, "tried", "tried-later"]
"""The ways to get a result; the last two show errors as well."""


@pytest.mark.parametrize(
    "how", [*HOWS, "tried", pytest.param("tried-later", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("kind", guests.KINDS)
def test_the_edges_of_every_kind(host: Host, kind: str, how: str) -> None:
    values = list(boundaries(RESOLVE, kind_type(kind)))

    assert_echoed(host, f"echo-{kind}", how, of_u8(kind, values))


FEW = settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=60, derandomize=False, phases=[Phase.generate, Phase.shrink])
AMOUNTS = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.long)]


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("kind", guests.KINDS)
def test_any_values(host: Host, kind: str, amount: settings) -> None:
    chance = random.Random(kind)  # noqa: S311  # which way a value takes, not a secret

    @amount
    @given(st.lists(strategy(RESOLVE, kind_type(kind)), min_size=1, max_size=30))
    def every(values: list[Value]) -> None:
        assert_echoed(host, f"echo-{kind}", chance.choice(RETURNING), of_u8(kind, values))

    every()


@pytest.mark.parametrize("how", RETURNING)
def test_more_parameters_than_registers(host: Host, how: str) -> None:
    assert_echoed(host, "spread", how, list(boundaries(RESOLVE, spread_type())))


@pytest.mark.parametrize(("how", "times"), [("blocking", 3), ("asynchronous", 4)])
def test_nothing_in_and_nothing_out(host: Host, how: str, times: int) -> None:
    assert drive(host, "touch", how, times, worker=f"touched {how}") == times


MIXED = "the-mixed"


@pytest.mark.parametrize("how", HOWS)
def test_functions_without_a_result_run_in_order(host: Host, how: str) -> None:
    values = list(boundaries(RESOLVE, kind_type(MIXED)))

    kept = drive(host, "keep", how, values, worker=f"kept {how}")

    assert [(a, b) for a, b in zip(values, kept, strict=True) if not same(a, b)] == []


def test_scheduled_calls_carry_values(host: Host) -> None:
    values = list(boundaries(RESOLVE, kind_type(MIXED)))

    drive(host, "keep", "scheduled", values, worker="later")
    host.drain()
    kept = host.invoke("conf:echo", "later", "conf:echo/values.{kept}")

    assert sorted(map(repr, kept)) == sorted(map(repr, values))


@pytest.mark.parametrize("how", HOWS)
def test_resources(host: Host, how: str) -> None:
    values: list[Any] = list(boundaries(RESOLVE, kind_type(MIXED)))
    # Every case, not every value: each takes a score of calls.
    for value in {value.name: value for value in values}.values():
        got = drive(host, "cells", how, Case("nothing"), value, worker="cells")
        assert len(got) == 10
        assert [b for b in got if not same(b, value)] == []


# --- what is left of calls --------------------------------------------------------------------


Ran = list[tuple[str, tuple[Value, ...]]]
"""The functions that ran, with their arguments."""


@dataclass(frozen=True)
class Watch:
    """A handler that keeps what it ran."""

    handler: Handler
    ran: Ran

    @property
    def programs(self) -> Mapping[str, Program]:
        return self.handler.programs

    def __call__(
        self, invocation: Invocation, history: History, program: Program | None = None
    ) -> Value:
        self.ran.append((invocation.function, invocation.args))
        return self.handler(invocation, history, program)


class Watched(MemoryEngine):
    """An engine that keeps what ran."""

    def __init__(self) -> None:
        super().__init__(retries=FAST)
        self.ran: Ran = []

    def start(self, handler: Handler) -> None:
        super().start(Watch(handler, self.ran))


def drive_cells(host: Host, how: str) -> None:
    drive(host, "cells", how, Case("nothing"), Case("tiny", 1), worker="cells")


@pytest.fixture(scope="module")
def tidy(binding: str, built: Built) -> Iterator[Host]:
    """A host for tests that leave nothing."""
    with serving(built, binding, built.target) as running:
        yield running


@pytest.mark.parametrize("how", HOWS)
def test_calls_leave_no_handles(tidy: Host, how: str) -> None:
    for _ in range(3):
        drive_cells(tidy, how)
        drive(tidy, "touch", how, 3, worker=f"touched {how}")

        assert left(tidy) == {}


def test_calls_that_fail_and_futures_that_nobody_asks_leave_no_handles(tidy: Host) -> None:
    for _ in range(3):
        unknown, later, refused, made, absorbed = script(tidy, "unfinished", "w")
        tidy.drain()

        assert unknown.startswith(UNKNOWN)
        assert later.startswith(UNKNOWN)
        assert (refused, made) == ("refused: 1000 is too high", "made: 100")
        assert absorbed == "ok Mixed_Tiny(value=1)"
        assert left(tidy) == {}


@cache
def calls_of_cells(binding: str, built: Built) -> dict[str, Ran]:
    """What a caller's use of remote resources calls, with the handles, by how it calls."""
    engine = Watched()
    ran = {}
    with serving(built, binding, built.target, engine) as host:
        for how in HOWS:
            engine.ran.clear()
            drive_cells(host, how)
            if how == "blocking":
                script(host, "cells", "cells")
            host.drain()
            ran[how] = engine.ran.copy()
    return ran


@pytest.mark.parametrize("how", HOWS)
def test_each_remote_resource_is_dropped_once_and_in_order(
    binding: str, built: Built, how: str
) -> None:
    ran = calls_of_cells(binding, built)[how]
    dropped = [args[0].id for function, args in ran if function.endswith("{cell.drop}")]

    # Of six cells three are given away; the script adds five.
    assert len(dropped) == (8 if how == "blocking" else 3)
    assert len(set(dropped)) == len(dropped)
    assert ran == calls_of_cells("stub", built)[how]


def test_a_remote_drop_that_fails_ends_the_caller(host: Host) -> None:
    with pytest.raises(
        InvocationFailed, match=r"cell\.drop.*the worker has already failed.*on purpose"
    ):
        script(host, "orphan", "orphan", caller="orphaned")


# --- beyond Golem's rules ---------------------------------------------------------------------

CANCELLED = "RemoteInternalError: the invocation was cancelled"
UNKNOWN = "NotFound: Could not find any component with the given id: "


def script(
    host: Host, name: str, worker: str, caller: str = "c", key: str | None = None
) -> list[str]:
    """What a script of the caller tells."""
    found: list[str] = host.invoke(
        "conf:caller", caller, "conf:caller/drive.{script}", (worker, name), key=key
    )
    return found


def test_an_error_of_a_call_is_a_value(host: Host) -> None:
    before, failed, after, later = script(host, "failing", "failing")

    assert before == "ok 1"
    assert failed.startswith("RemoteInternalError: ")
    assert "on purpose" in failed
    for told in (after, later):
        assert told.startswith("RemoteInternalError: the worker has already failed: ")
    assert host.invoke("conf:echo", "alive", "conf:echo/values.{said}") == []


def assert_missing(told: list[str]) -> None:
    """The script `missing` was told of no component, by name and by id."""
    assert len(told) == 6
    assert [line for line in told if not line.startswith(UNKNOWN)] == []
    for line in told[3:5]:
        assert line.endswith(": 00000000-0000-0001-0000-000000000002")


def test_no_component_of_the_name_or_the_id(built: Built) -> None:
    with serving(built, "convention", None) as host:
        assert_missing(script(host, "missing", "w"))


OTHER = """
(component
  (component $inner
    (core module $m (func (export "f") (param i32) (result i32) (i32.const 7)))
    (core instance $i (instantiate $m))
    (func (export "said") (param "more" u32) (result u32) (canon lift (core func $i "f")))
    (func (export "touched") (param "more" u32) (result u32) (canon lift (core func $i "f"))))
  (instance $values (instantiate $inner))
  (export "conf:echo/values" (instance $values)))
"""


@pytest.mark.parametrize("binding", BACKENDS, scope="module")
def test_a_component_of_other_types(binding: str, built: Built) -> None:
    with serving(built, binding, bytes(wat2wasm(OTHER))) as host:
        said, say, touched = script(host, "other", "w")

    assert said.startswith("ProtocolError: conf:echo/values.{said} takes 1 arguments, 0 given")
    assert say.startswith("ProtocolError: ")
    assert touched.startswith("ProtocolError: ")


def test_triggers_run_in_order_with_later_calls(host: Host) -> None:
    assert script(host, "trigger", "triggered") == ["3", "a", "b", "c", "d"]


def test_a_trigger_hears_of_no_failure(host: Host) -> None:
    assert script(host, "trigger_fail", "unheard") == ["sent"]
    host.drain()
    with pytest.raises(InvocationFailed, match=r"already failed.*unheard"):
        host.invoke("conf:echo", "unheard", "conf:echo/values.{said}")


def test_a_queued_call_is_cancelled_and_no_other(host: Host) -> None:
    assert script(host, "cancel", "cancelled") == [CANCELLED, "ok 120", "ok 1", "second"]


def test_a_finished_call_stays(host: Host) -> None:
    assert script(host, "cancel_finished", "finished") == ["ok 1", "done"]


def test_a_cancelled_call_has_no_result(host: Host) -> None:
    with pytest.raises(InvocationFailed, match=r"the invocation was cancelled"):
        script(host, "cancel_and_get", "cancelled and got", caller="ended")


CELLS = ["4", "1", "2", "2", "3"]


def test_handles_in_results_that_may_be_errors(host: Host) -> None:
    assert script(host, "cells", "tried cells") == CELLS


def test_a_constructor_that_can_fail(host: Host) -> None:
    assert script(host, "guards", "guarded") == ["7", "refused: 1000 is too high", "made: 100"]


@pytest.mark.parametrize("binding", ["stub", *BACKENDS], scope="module")
def test_restarts(binding: str, built: Built, tmp_path: Path) -> None:
    """The caller is rebuilt by a replay of what it did and heard, whatever is deployed by then."""

    def process(target: bytes | None) -> Host:
        return serving(built, binding, target, SqliteEngine(tmp_path / "store.db", retries=FAST))

    with process(None) as host:
        assert_missing(script(host, "missing", "w"))
    told = [CANCELLED, "ok 120", "ok 1", "second"]
    with process(built.target) as host:
        assert script(host, "cancel", "w", key="once") == told
        assert script(host, "cells", "cells") == CELLS
    with process(built.target) as host:
        assert script(host, "cancel", "w", key="once") == told
        assert script(host, "cancel_finished", "other") == ["ok 1", "done"]


def test_every_member_has_a_kind_that_calls_it() -> None:
    python = guests.caller_python() + extra_guests.CALLER_PYTHON + "".join(guests.KINDS)
    plain = {member.remote.name.replace("-", "_") for r in CLIENT.resources for member in r.members}
    assert {name for name in plain if name not in python} == set()
