"""The typed API of a client, generated, imported and used on a real host."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import black
import pytest
from golden_cases import golden_client
from host_api_guest import WIT, guest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import binary, write_tree

import witgen.testing
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import BadArguments, InvocationFailed, ResourceGone, UnknownComponent
from runtime_shim.host import Host
from runtime_shim.link import load_link
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import component_uuid
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.typed import Remote, RemoteResource
from runtime_shim.values import Err, Handle, Ok, Some, Value
from witgen.client import Client, client
from witgen.emit import generate
from witgen.load import load_texts

needs_oracle = pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")
NAME = "acme:everything"
RESOLVE = load_texts({"api.wit": WIT})


def module(made: Client, folder: Path) -> ModuleType:
    """The module `api` of a client, generated and imported."""
    write_tree(folder, generate(made, emit=("host",)))
    (path,) = folder.glob("host/*/api.py")
    name = f"{path.parent.name}_{id(made)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # where dataclasses look for their annotations
    try:
        spec.loader.exec_module(loaded)
    finally:
        del sys.modules[name]
    return loaded


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return module(client(RESOLVE), tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return guest(tmp_path_factory.mktemp("guest"))


@pytest.fixture
def host(component: bytes) -> Iterator[Host]:
    once = RetryPolicies(RetryPolicy(max_attempts=1, min_delay=0.01, max_delay=0.01))
    with Host(
        engine=MemoryEngine(retries=once), components={NAME: Deployment(component)}
    ) as running:
        yield running


class Echo:
    """A caller that keeps what it is asked, and gives what it is told to, or the argument."""

    def __init__(self, answer: Value = None) -> None:
        self.answer = answer
        self.asked: list[tuple[Any, ...]] = []

    def invoke(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
    ) -> Value:
        self.asked.append((component, worker, function, args, key))
        return args[0] if self.answer is None else self.answer

    def send(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
        due: float | None = None,
    ) -> str:
        self.asked.append((component, worker, function, args, key, due))
        return key or "made"

    def cancel(self, component: str, worker: str | None, key: str) -> bool:
        return key == "made"


def handle(number: int, worker: str = "w") -> Handle:
    return Handle(f"urn:worker:{component_uuid(NAME)}/{worker}", number)


def deep(api: Any) -> Any:
    point = api.Point(1, -0.5)
    person = api.Person("Ann", api.Color.DARK_BLUE, home=point, tags=["a"], rights=api.Rights(0))
    return api.Deep(
        nested=Some(None),
        maybe=Some(person),
        plain=Ok(None),
        good=Ok(person),
        bad=Err(api.Color.RED),
        either=Err((api.Rights.READ | api.Rights.CLOSE_EARLY,)),
        bytes_=b"\x00\xff",
        signed=[-128, 127],
        rows=[[point], []],
        stamp=(2**64 - 1, -(2**63), "ß", True),
    )


@needs_oracle
class TestOnAHost:
    def test_values_of_every_kind_come_back(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")
        point = api.Point(1.5, 0.25)
        some = api.Person(
            "Ann", api.Color.RED, home=point, tags=["a", "ß"], rights=api.Rights.WRITE
        )
        none = api.Person("", api.Color.DARK_BLUE, tags=[], rights=api.Rights(0))
        for function, value in (
            (worker.bools, [True, False]),
            (worker.octets, b"\x00\xff"),
            (worker.words, [0, 2**32 - 1]),
            (worker.wholes, [-(2**63), 2**63 - 1]),
            (worker.floats, [0.1, float("inf"), 3]),
            (worker.chars, ["a", "\U0010ffff"]),
            (worker.strings, ["", 'quo"te']),
            (worker.colors, list(api.Color)),
            (worker.sets, [api.Rights(0), api.Rights.READ | api.Rights.CLOSE_EARLY]),
            (worker.people, [some, none]),
            (worker.shapes, [api.ShapeDot(point), api.ShapeLine((point, point))]),
            (worker.shapes, [api.ShapeBlob(b"x"), api.ShapeNothing(), api.ShapeNum(2**64 - 1)]),
            (worker.stamps, [(1, -1, "x", False)]),
            (worker.deeps, [deep(api)]),
        ):
            assert function(value) == value

    def test_lists_are_the_callers_own(self, host: Host, api: Any) -> None:
        given_ = ["a"]
        got = api.Api(host, "w").strings(given_, key="k")
        got.append("b")
        given_.append("c")

        assert api.Api(host, "w").strings(["a"], key="k") == ["a"]

    def test_workers_keep_their_state_apart(self, host: Host, api: Any) -> None:
        one, two = api.Api(host, "one"), api.Api(host, "two")

        assert [one.count(), one.count(), two.count()] == [1, 2, 1]
        assert one.bump(5) is None
        assert one.count() == 8

    def test_a_key_is_answered_once(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")

        assert [worker.count(key="a"), worker.count(key="b"), worker.count(key="a")] == [1, 2, 1]

    def test_what_is_told_runs_in_order(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")
        sent = worker.tell_bump(10)

        assert worker.count() == 11
        assert sent.cancel() is False

    def test_what_is_told_twice_with_a_key_runs_once(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")
        for _ in range(2):
            assert worker.tell_bump(10, key="k").key == "k"

        assert worker.count() == 11

    def test_what_is_scheduled_waits_and_can_be_cancelled(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")
        later = datetime.now(UTC) + timedelta(hours=1)
        sent = worker.tell_bump(10, at=later)
        worker.tell_bump(100, at=datetime.now(UTC) - timedelta(seconds=1))
        host.drain()

        assert worker.count() == 101
        assert sent.cancel() is True
        assert sent.cancel() is False

    def test_async_calls_are_awaited(self, host: Host, api: Any) -> None:
        async def run() -> list[int]:
            workers = [api.Api(host, f"w{n}") for n in range(3)]
            await asyncio.gather(*[worker.bump_async(5) for worker in workers])
            return list(await asyncio.gather(*[worker.count_async() for worker in workers]))

        assert asyncio.run(run()) == [6, 6, 6]

    def test_a_resource_is_dropped_by_its_block(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")
        with api.Counter(host, "w", 5) as five:
            with five.add(five) as ten:
                assert (five.value(), ten.value()) == (5, 10)
            assert worker.dropped() == 1
        assert worker.dropped() == 2
        with pytest.raises(ResourceGone, match="Counter was dropped or given away"):
            five.value()
        five.drop()
        assert worker.dropped() == 2

    def test_an_owned_argument_is_gone(self, host: Host, api: Any) -> None:
        with api.Counter(host, "w", 5) as five, api.Counter(host, "w", 6) as six:
            with api.Counter.sum(five, six) as eleven:
                assert eleven.value() == 11
            with pytest.raises(ResourceGone):
                five.add(six)
            assert api.Api(host, "w").dropped() == 2  # what `sum` took, and `eleven`
        assert api.Api(host, "w").dropped() == 3

    def test_a_refused_argument_is_kept(self, host: Host, api: Any) -> None:
        with api.Counter(host, "w", 5) as five, api.Counter(host, "v", 6) as six:
            for first, second, why in (
                (five, five, "sum}: second: resource not found"),
                (five, six, "sum}: second: .*different worker"),
                (five, 3, "sum}: second: Counter is expected, not 3"),
            ):
                with pytest.raises(BadArguments, match=why):
                    api.Counter.sum(first, second)
            assert five.value() == 5
            assert six.value() == 6
            with pytest.raises(BadArguments, match="sum}: first: a resource is expected, not 3"):
                api.Counter.sum(3, five)

    def test_resources_travel_in_data(self, host: Host, api: Any) -> None:
        worker = api.Api(host, "w")
        pair = worker.split(4)

        assert [pair.left.value(), pair.right.value()] == [4, 1]
        assert worker.add_pair(pair) == 5
        with pytest.raises(ResourceGone):
            pair.left.value()

    def test_a_static_without_handles_names_its_worker(self, host: Host, api: Any) -> None:
        zero = api.Counter.zero(host, "w", there=True)

        assert zero.value() == 0
        assert api.Counter.zero(host, "w", there=False) is None

    def test_resources_in_an_event_loop(self, host: Host, api: Any) -> None:
        async def run() -> int:
            async with (
                await api.Counter.new_async(host, "w", 5) as five,
                await five.add_async(five) as ten,
            ):
                return int(await ten.value_async())

        assert asyncio.run(run()) == 10
        assert api.Api(host, "w").dropped() == 2

    @pytest.mark.parametrize("number", [-1, 2**32, True, "1", None])
    def test_what_does_not_fit_is_refused_before_it_runs(
        self, host: Host, api: Any, number: Any
    ) -> None:
        worker = api.Api(host, "w")
        for call in (worker.bump, worker.tell_bump):
            with pytest.raises(BadArguments, match=r"\{bump\}: by: "):
                call(number)

        assert worker.count() == 1

    def test_a_trap_is_raised(self, host: Host, api: Any) -> None:
        with pytest.raises(InvocationFailed, match="unreachable"):
            api.Api(host, "w").boom()

    def test_an_unknown_component_is_named(self, component: bytes, api: Any) -> None:
        with Host(engine=MemoryEngine(), components={"x:y": Deployment(component)}) as host:
            for call in (api.Api(host, "w").count, api.Api(host, "w").tell_count):
                with pytest.raises(UnknownComponent, match="acme:everything"):
                    call()


FUNCTIONS = {
    "colors": "color",
    "sets": "rights",
    "people": "person",
    "shapes": "shape",
    "stamps": "stamp",
    "deeps": "deep",
}


class TestConversion:
    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_any_value_there_and_back(self, api: Any, data: st.DataObject) -> None:
        function = data.draw(st.sampled_from(sorted(FUNCTIONS)))
        named = witgen.testing.named(RESOLVE, FUNCTIONS[function])
        value = data.draw(st.lists(witgen.testing.strategy(RESOLVE, named), max_size=3))
        lifted = getattr(api.Api(Echo(value), "w"), function)([])
        echo = Echo()
        getattr(api.Api(echo, "w"), function)(lifted)

        ((_, _, _, (sent,), _),) = echo.asked
        assert witgen.testing.same(sent, value)

    def test_an_unknown_case_is_refused(self, api: Any) -> None:
        from runtime_shim.values import Case

        with pytest.raises(ValueError, match="no case `round`"):
            api.Api(Echo([Case("round")]), "w").shapes([])
        with pytest.raises(ValueError, match="no case `green` of Color"):
            api.Api(Echo(["green"]), "w").colors([])

    def test_what_is_no_case_is_refused(self, api: Any) -> None:
        wrongs: list[Any] = [3, api.ShapeDot, {"x": 1}, Ok()]
        for wrong in wrongs:
            with pytest.raises(BadArguments, match=r"\{shapes\}: value\[1\]: a case of `shape`"):
                api.Api(Echo(), "w").shapes([api.ShapeNothing(), wrong])

    def test_an_unsettable_field(self, api: Any) -> None:
        with pytest.raises(AttributeError):
            api.Point(1.0, 2.0).x = 3.0
        with pytest.raises((AttributeError, TypeError)):
            api.Point(1.0, 2.0).z = 3.0


class TestCaller:
    def test_what_is_asked(self, api: Any) -> None:
        echo = Echo(7)
        api.Api(echo, "a/b").count(key="k")
        api.Api(echo, "w").tell_bump(1, at=datetime(2026, 1, 1, tzinfo=UTC))

        assert echo.asked == [
            (NAME, "a/b", "acme:everything/api@0.1.0.{count}", (), "k"),
            (NAME, "w", "acme:everything/api@0.1.0.{bump}", (1,), None, 1767225600.0),
        ]

    def test_a_worker_with_slashes_in_its_name(self, api: Any) -> None:
        echo = Echo(handle(3, "a/b"))
        made = api.Counter(echo, "a/b", 1, key="k")
        made.tell_value()
        made.drop(key="d")

        prefix = "acme:everything/api@0.1.0"
        assert echo.asked == [
            (NAME, "a/b", f"{prefix}.{{counter.new}}", (1,), "k"),
            (NAME, "a/b", f"{prefix}.{{counter.value}}", (handle(3, "a/b"),), None, None),
            (NAME, "a/b", f"{prefix}.{{counter.drop}}", (handle(3, "a/b"),), "d"),
        ]
        assert repr(made) == "<Counter gone>"

    def test_an_ephemeral_worker_has_no_name(self, tmp_path: Path) -> None:
        ephemeral = module(golden_client("ephemeral"), tmp_path)
        echo = Echo("noon")

        assert ephemeral.Api(echo).now("UTC") == "noon"
        assert echo.asked[0][:2] == ('the "clock" of acme', None)

    def test_a_drop_that_fails_can_be_tried_again(self, api: Any) -> None:
        echo = Echo(handle(3))
        made = api.Counter(echo, "w", 1)
        echo.invoke = lambda *args, key: 1 / 0  # type: ignore[method-assign]
        with pytest.raises(ZeroDivisionError):
            made.drop()

        assert repr(made).endswith("/w#3>")

    def test_a_constructor_that_gives_no_handle(self, api: Any) -> None:
        with pytest.raises(TypeError, match="the handle of a Counter is expected, not 5"):
            api.Counter(Echo(5), "w", 1)

    def test_a_resource_without_constructor_comes_from_calls(self) -> None:
        class Ticket(RemoteResource):
            _DROP = "x"

        with pytest.raises(TypeError, match="a Ticket can only be returned by calls"):
            Ticket()

    def test_a_remote_is_of_its_handle(self) -> None:
        echo = Echo()
        assert Remote(echo, NAME, None).of(handle(1, "x")) == Remote(echo, NAME, "x")


class TestSource:
    def test_names_that_python_has_taken(self, tmp_path: Path) -> None:
        words = module(golden_client("python-names"), tmp_path)
        echo = Echo("said")
        value = words.Class(from_="f", lambda_=1, int_=2)

        assert words.Import(echo, "w").str_(3, value) == "said"
        assert echo.asked[0][3] == (3, {"from": "f", "lambda": 1, "int": 2})
        assert words.AcmeWordsImportEnum("mro") is words.AcmeWordsImportEnum.MRO

    def test_control_words_win_over_parameters(self, tmp_path: Path) -> None:
        made = client(
            load_texts(
                {
                    "a.wit": "package a:b; interface i {"
                    " get: func(key: string, at: u8, %own: bool, caller: u8) -> string;"
                    " get-async: func(); tell-get: func(); datetime: func() -> u8;"
                    " resource r { constructor(caller: u8, worker: u8); drop: func();"
                    " new-async: func(); } } world w { export i; }"
                }
            )
        )
        api = module(made, tmp_path)
        echo = Echo("x")
        told = api.I(echo, "w").tell_get_("a", 1, True, 2, key="k")
        api.I(echo, "w").get_async()
        api.R(Echo(handle(1)), "w", 1, 2).drop_()

        assert told.key == "k"
        assert api.I(echo, "w").get("a", 1, own=True, caller=2, key="k") == "x"
        assert [entry[3] for entry in echo.asked] == [("a", 1, True, 2), (), ("a", 1, True, 2)]

    def test_classes_may_be_called_like_imports(self, tmp_path: Path) -> None:
        words = ["value", "ok", "remote", "enum", "flag", "result", "self", "optional", "case"]
        records = "".join(f"record %{word} {{ x: list<f32>, y: option<u8> }}\n" for word in words)
        functions = "".join(f"f{n}: func(v: %{w}) -> %{w};\n" for n, w in enumerate(words))
        extra = "enum color { red } variant caller { a, b(result<caller2, color>) } record caller2"
        text = f"{records} {extra.replace('variant', 'record caller3 { c: color } variant')}"
        text += "{ x: list<option<list<color>>> } send: func(v: caller) -> caller;"
        made = client(
            load_texts(
                {
                    "a.wit": f"package a:b; interface i {{ {text} {functions} }} "
                    "world w { export i; }"
                }
            )
        )
        api = module(made, tmp_path)
        value = api.Value(x=[1], y=None)

        assert api.I(Echo(), "w").f0(value) == value
        assert api.I(Echo(), "w").send(api.CallerB(Err(api.Color.RED))) == api.CallerB(
            Err(api.Color.RED)
        )

    def test_types_that_unfold_to_very_many_are_written_once(self) -> None:
        pairs = "".join(f"type t{n + 1} = tuple<t{n}, t{n}>;\n" for n in range(16))
        text = (
            "package a:b; interface i { record t0 { x: f32 }\n"
            f"{pairs} f: func(v: t16) -> t16; }} world w {{ export i; }}"
        )
        source = generate(client(load_texts({"a.wit": text})), emit=("host",))[
            "host/w_client/api.py"
        ]

        assert source.count(b" = TupleOf(") == 16

    @pytest.mark.parametrize("length", [10, 30, 50])
    def test_long_names_are_laid_out_as_black_does(self, length: int) -> None:
        word = "x" * length
        text = WIT.replace("person", f"person-{word}").replace("shape", f"shape-{word}")
        files = generate(client(load_texts({"api.wit": text})), emit=("host",))
        source = files["host/everything_client/api.py"].decode()

        assert source == black.format_str(source, mode=black.Mode())

    def test_flags_of_one(self, tmp_path: Path) -> None:
        text = "package a:b; interface i { flags f { only } g: func(f: f) -> f; } world w { export i; }"
        made = client(load_texts({"a.wit": text}))
        api = module(made, tmp_path)
        source = (tmp_path / "host" / "w_client" / "api.py").read_text("utf-8")

        assert api.I(Echo(), "w").g(api.F.ONLY) is api.F.ONLY
        assert source == black.format_str(source, mode=black.Mode())

    def test_the_link_is_loaded_without_the_api(self, tmp_path: Path) -> None:
        write_tree(tmp_path, generate(client(RESOLVE), emit=("host",)))
        (tmp_path / "host" / "everything_client" / "api.py").write_text("raise SystemError")

        assert load_link(tmp_path / "host").component == NAME


def test_mypy_is_content_with_the_api_and_its_users(tmp_path: Path, mypy_cache: str) -> None:
    sources = []
    for made in (client(RESOLVE), *map(golden_client, ("auction", "clashes", "python-names"))):
        files = generate(made, emit=("host",))
        write_tree(tmp_path, files)
        sources += [path for path in sorted(files) if path.endswith(".py")]
    (tmp_path / "good.py").write_text(USER.replace("WRONG", "b'x'").replace("CALLER", "Host"))
    (tmp_path / "bad.py").write_text(USER.replace("WRONG", "3").replace("CALLER", "Instance"))
    root = Path(__file__).parents[3]
    options = ["--strict", "--python-version", "3.11", "--follow-imports", "silent"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--config-file",
            "",
            *options,
            *sources,
            "good.py",
            "bad.py",
        ],
        cwd=tmp_path,
        env={
            "MYPYPATH": f"{tmp_path / 'host'}:{root}",
            "MYPY_CACHE_DIR": mypy_cache,
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    octets, caller = (line for line in done.stdout.splitlines() if ": error: " in line)
    assert octets.startswith('bad.py:18: error: Argument 1 to "octets" of "Api"'), done.stdout
    assert caller.startswith('bad.py:22: error: Argument 1 to "Api"'), done.stdout
    assert '"Instance"; expected "Caller"' in caller


USER = """
from everything_client.api import Api, Color, Counter, Deep, Shape, ShapeNothing, ShapeNum
from runtime_shim.host import Host
from runtime_shim.instance import Instance
from runtime_shim.values import Err, Ok


async def use(host: Host, deep: Deep) -> int:
    api = Api(host, "w")
    shapes: list[Shape] = await api.shapes_async([ShapeNum(1), ShapeNothing()])
    with Counter(host, "w", 3) as counter:
        total: int = counter.value() + len(shapes)
    match deep.bad:
        case Ok():
            total += 1
        case Err(value=color):
            total += len(api.colors([color, Color.RED]))
    return total + len(api.octets(WRONG))


def connect(caller: CALLER) -> Api:
    return Api(caller, "w")
"""
