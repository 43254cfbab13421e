"""Python guests on the real engines, linked by convention and by stub: the same observable results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import (
    BadArguments,
    InvocationFailed,
    LinkError,
    OpenImport,
    UnknownComponent,
    UnknownFunction,
)
from runtime_shim.host import Host
from runtime_shim.link import ClientLink, load_link
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.values import Case

pytestmark = pytest.mark.usefixtures("compiled_once")

STUB = """
from runtime_shim.link import ClientLink, ClientResource, Member, Mode

API = "test:counters/api."


def member(resource, name, function, mode, future=None, kind="method"):
    return Member(f"[{kind}]{resource}.{name}", f"{API}{{{function}}}", Mode(mode), future)


CLIENT = ClientLink(
    interface="test:counters-client/counters-client",
    component="test:counters",
    durable=True,
    resources=(
        ClientResource("api", None, None, (
            member("api", "blocking-add", "add", "blocking"),
            member("api", "blocking-inc-global-by", "inc-global-by", "blocking"),
            member("api", "inc-global-by", "inc-global-by", "trigger"),
            member("api", "schedule-inc-global-by", "inc-global-by", "scheduled"),
            member("api", "blocking-get-global-value", "get-global-value", "blocking"),
            member("api", "blocking-get-dropped", "get-dropped", "blocking"),
            member("api", "blocking-echo-shape", "echo-shape", "blocking"),
            member("api", "blocking-check", "check", "blocking"),
            member("api", "slow", "slow", "async", "future-slow-result"),
            member("api", "blocking-fail", "fail", "blocking"),
        )),
        ClientResource("counter", API + "{counter.new}", API + "{counter.drop}", (
            member("counter", "blocking-inc-by", "counter.inc-by", "blocking"),
            member("counter", "inc-by", "counter.inc-by", "trigger"),
            member("counter", "blocking-get-value", "counter.get-value", "blocking"),
            member("counter", "get-value", "counter.get-value", "async",
                   "future-counter-get-value-result"),
            member("counter", "blocking-merge", "counter.merge", "blocking", kind="static"),
        )),
    ),
    futures=("future-slow-result", "future-counter-get-value-result"),
)
"""


def stub(folder: Path, text: str = STUB) -> ClientLink:
    """The link of a generated stub folder with this text."""
    package = folder / "counters_client"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(text)
    return load_link(folder)


Start = Callable[..., Host]


@pytest.fixture(params=["convention", "stub"])
def start(
    request: pytest.FixtureRequest, tmp_path: Path, counters: bytes, caller: bytes
) -> Iterator[Start]:
    """Starts a host on a store, which is the same one each time."""
    links = (stub(tmp_path / "host"),) if request.param == "stub" else ()
    hosts: list[Host] = []

    def run(*, path: Path = tmp_path / "store.db", **changes: Any) -> Host:
        retries = RetryPolicies(RetryPolicy(max_attempts=2, min_delay=0.01, max_delay=0.01))
        components = {
            "test:counters": Deployment(counters),
            "test:caller": Deployment(caller, links=links),
        }
        host = Host(
            engine=SqliteEngine(path, retries=retries),
            components=components | changes,
            output=lambda worker, line: None,
        )
        hosts.append(host)
        return host

    yield run
    for host in hosts:
        host.close()


class TestCalls:
    def test_a_member_of_each_kind(self, start: Start) -> None:
        host = start()
        for worker in ("a", "b"):
            said = host.invoke("test:caller", "c", "tour", (worker,))
            assert said == "3 True None not good: bad 1 3"

    def test_async_calls_run_side_by_side(self, start: Start) -> None:
        host = start()
        host.invoke("test:caller", "c", "parallel", (4, 1))  # starts the workers
        begin = time.perf_counter()
        assert host.invoke("test:caller", "c", "parallel", (4, 400)) == 1600
        assert time.perf_counter() - begin < 1.2

    def test_a_timer_overtakes_a_call(self, start: Start) -> None:
        host = start()
        assert host.invoke("test:caller", "c", "race", (400, 30)) == [1]
        assert host.invoke("test:caller", "c", "race", (1, 20_000)) == [0]

    def test_remote_resources(self, start: Start) -> None:
        host = start()
        host.invoke("test:caller", "c", "resources", ("r",))
        for expected in (1, 2, 3):
            assert host.invoke("test:caller", "c", "keep", ("k",)) == expected

    def test_untyped_calls(self, start: Start) -> None:
        host = start()
        host.invoke("test:caller", "c", "loop", ("w", 3))
        function = "test:counters-exports/api.{get-global-value}"
        said = host.invoke("test:caller", "c", "raw", ("w", function))
        assert said == ("WitValue(nodes=[WitNode_TupleValue(value=[1]), WitNode_PrimU64(value=3)])")
        said = host.invoke("test:caller", "c", "raw", ("w", "test:counters/api.{get-global-valu}"))
        assert said.startswith("RpcError_ProtocolError: test:counters has no function")
        said = host.invoke("test:caller", "c", "raw", ("w", "test:counters/api.{slow}"))
        assert said == (
            "RpcError_ProtocolError: test:counters/api.{slow} takes 1 arguments, 0 given"
        )
        said = host.invoke("test:caller", "c", "raw-async", ("w",))
        assert "WitNode_PrimU64(value=7)" in said

    def test_failures_name_their_cause(self, start: Start) -> None:
        host = start()
        with pytest.raises(InvocationFailed) as error:
            host.invoke("test:caller", "f", "call-failing", ("w", "no luck"))
        assert "calling test:counters/api.{fail} of test:counters/" in str(error.value)
        assert "ValueError: no luck" in str(error.value)
        with pytest.raises(InvocationFailed, match="given id: test:missing"):
            host.invoke("test:caller", "u", "unknown")

    def test_what_a_worker_knows_about_itself(self, start: Start) -> None:
        host = start()
        first, second = (host.invoke("test:caller", "me", "who") for _ in range(2))
        assert (first[0], first[2]) == ("me", "None")
        assert first[1] != second[1], "idempotency keys differ"


class TestScheduled:
    def test_by_whoever_opens_the_store_next(self, start: Start) -> None:
        host = start()
        host.invoke("test:caller", "c", "schedule", ("s", 5, 1, False))
        host.invoke("test:caller", "c", "schedule", ("s", 70, 1, True))
        host.invoke("test:caller", "c", "schedule", ("s", 700, 60_000, False))
        host.close()
        time.sleep(0.01)
        host = start()
        value = host.invoke("test:counters", "s", "test:counters/api.{get-global-value}")
        assert value in {5, 75}, "a cancelled call may have been due before"


class TestRestart:
    def test_everything_goes_on(self, start: Start) -> None:
        host = start()
        begin = time.perf_counter()
        before = [
            host.invoke("test:caller", "c", "tour", ("a",)),
            host.invoke("test:caller", "c", "race", (400, 30)),
            host.invoke("test:caller", "c", "parallel", (2, 300)),
            host.invoke("test:caller", "c", "keep", ("k",)),
        ]
        host.invoke("test:counters", "r", "test:counters/api.{random}")
        live = time.perf_counter() - begin
        host.close()
        host = start()
        begin = time.perf_counter()
        assert host.invoke("test:caller", "c", "keep", ("k",)) == 2
        assert host.invoke("test:caller", "c", "tour", ("a",)) == "6 True None not good: bad 1 6"
        assert time.perf_counter() - begin < live, "nothing is waited for again"
        host.invoke("test:counters", "r", "test:counters/api.{random}")
        assert before[1:] == [[1], 600, 1]


class TestEnvironment:
    def test_is_the_workers_own_and_inherited(self, start: Start) -> None:
        host = start()
        environment = Environment({"A": "1", "GOLEM_WORKER_NAME": "lie"}, ("x", "y"))
        function = "test:counters/api.{environment}"
        variables, arguments = host.invoke(
            "test:counters", "own", function, environment=environment
        )
        assert variables == [
            ("A", "1"),
            ("GOLEM_COMPONENT_ID", str(component_uuid("test:counters"))),
            ("GOLEM_COMPONENT_VERSION", "0"),
            ("GOLEM_WORKER_NAME", "own"),
        ]
        assert arguments == ["x", "y"]
        host.invoke("test:caller", "c", "loop", ("child", 1), environment=environment)
        variables, arguments = host.invoke("test:counters", "child", function)
        assert (dict(variables)["A"], arguments) == ("1", ["x", "y"])
        assert dict(variables)["GOLEM_WORKER_NAME"] == "child"


class TestStubs:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('"slow", "async", "future-slow-result"', '"slow", "blocking"', "type mismatch"),
            ('"echo-shape", "blocking"', '"check", "blocking"', "type mismatch"),
            ('API + "{counter.new}", API + "{counter.drop}"', "None, None", "type mismatch"),
            ('"get-global-value", "blocking"', '"get-global-valu", "blocking"', "did you mean"),
            ('"get-dropped", "blocking"', '"get-dropped", "scheduled"', "is not a valid"),
            ('            member("api", "blocking-fail", "fail", "blocking"),\n', "", "no member"),
            ('ClientResource("counter"', 'ClientResource("kounter"', "no resource `counter`"),
            (
                '=("future-slow-result", "future-',
                '=("future-slow-result", "x-',
                "future-counter-get",
            ),
        ],
    )
    def test_a_broken_one_is_refused(
        self, tmp_path: Path, counters: bytes, caller: bytes, old: str, new: str, message: str
    ) -> None:
        assert old in STUB
        link = stub(tmp_path, STUB.replace(old, new))
        components = {
            "test:counters": Deployment(counters),
            "test:caller": Deployment(caller, links=(link,)),
        }
        with pytest.raises(LinkError) as error:
            Host(engine=MemoryEngine(), components=components)
        assert message in str(error.value)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("CLIENT = 1", "has no `CLIENT`"),
            ("", "has no `CLIENT`"),
            ("1/0", "ZeroDivisionError"),
            ("def", "SyntaxError"),
            ("import no_such_module", "ModuleNotFoundError"),
        ],
    )
    def test_a_folder_that_holds_none(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(LinkError, match=message):
            stub(tmp_path, text)

    def test_a_folder_with_no_package_or_two(self, tmp_path: Path) -> None:
        with pytest.raises(LinkError, match="holds 0 packages"):
            load_link(tmp_path)
        for name in ("a_client", "b_client"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text(STUB)
        with pytest.raises(LinkError, match="holds 2 packages"):
            load_link(tmp_path)

    def test_packages_may_have_modules(self, tmp_path: Path) -> None:
        (tmp_path / "counters_client").mkdir()
        (tmp_path / "counters_client" / "link.py").write_text(STUB)
        link = stub(tmp_path, "from .link import CLIENT")
        assert link.component == "test:counters"


class TestFacade:
    def test_functions_and_signatures(self, counters: bytes) -> None:
        with Host(
            engine=MemoryEngine(), components={"test:counters": Deployment(counters)}
        ) as host:
            names = host.functions("test:counters")
            assert "test:counters/api.{counter.drop}" in names
            signature = host.signature("test:counters", "test:counters/api.{inc-global-by}")
            assert [name for name, _ in signature.params] == ["value"]
            for wrong in ("test:counters/api.{inc-global}", "tour"):
                with pytest.raises(UnknownFunction, match="has no function"):
                    host.invoke("test:counters", "w", wrong)
            with pytest.raises(BadArguments, match="value: -1 is out of the range of u64"):
                host.invoke("test:counters", "w", "test:counters/api.{inc-global-by}", (-1,))
            with pytest.raises(BadArguments, match="no case `triangle`"):
                host.invoke(
                    "test:counters", "w", "test:counters/api.{echo-shape}", (Case("triangle"),)
                )
            with pytest.raises(UnknownComponent, match="deployed: `test:counters`"):
                host.functions("test:counter")

    def test_static_mode_refuses_open_imports(self, counters: bytes, caller: bytes) -> None:
        components = {"test:counters": Deployment(counters), "test:caller": Deployment(caller)}
        with pytest.raises(OpenImport, match="counters-client"):
            Host(engine=MemoryEngine(), components=components, mode="static")
        del components["test:caller"]
        Host(engine=MemoryEngine(), components=components, mode="static").close()

    def test_what_guests_print_goes_to_the_output_once(
        self, counters: bytes, tmp_path: Path
    ) -> None:
        printed: list[tuple[WorkerId, bytes]] = []
        for _ in range(2):
            with Host(
                engine=SqliteEngine(tmp_path / "store"),
                components={"test:counters": Deployment(counters)},
                output=lambda worker, line: printed.append((worker, line)),
            ) as host:
                host.invoke("test:counters", "w", "test:counters/api.{inc-global-by}", (1,))
        worker = WorkerId("test:counters", "w")
        lines = [b"total 1\n", b"", b"total 2\n", b""]
        assert printed == [(worker, line) for line in lines]
