"""Typed Python of a world, used on a real component: exports called, imports implemented."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import public_path
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_world import (
    NAME,
    RESOLVE,
    VALUES,
    WORLD,
    Cell,
    Imports,
    RestoringStore,
    SavedCell,
    Store,
    world,
)
from oracle import binary
from world_guest import ECHOES

import witgen.testing
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import (
    BadArguments,
    Busy,
    InvocationFailed,
    LinkError,
    ResourceGone,
    ShimError,
    Trap,
)
from runtime_shim.host import Host
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.typed import Saves
from runtime_shim.values import Err, Ok, Some, Value
from runtime_shim.values.codec import CodecError

pytestmark = pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")


@pytest.fixture
def imports() -> Imports:
    return Imports()


@pytest.fixture(params=["ffi", "public"])
def instance(
    request: pytest.FixtureRequest,
    component: bytes,
    imports: Imports,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Instance]:
    if request.param == "public":
        public_path.use(monkeypatch)
    with Instance(component, imports=world.bind(imports)) as made:
        yield made


@pytest.fixture
def mirror(instance: Instance) -> Any:
    return world.Mirror(instance)


class Canned:
    """A caller that gives what it is told to, or the first argument, and keeps the arguments."""

    def __init__(self, answer: Value = None) -> None:
        self.answer = answer
        self.asked: tuple[Value, ...] = ()

    def invoke(
        self, component: str, worker: str | None, function: str, args: Any = (), *, key: Any = None
    ) -> Value:
        self.asked = args
        return self.answer


def method(made: Any, function: str) -> Any:
    return getattr(made.values, function.replace("-", "_"))


class TestValues:
    def test_values_of_every_kind_come_back(self, mirror: Any, imports: Imports) -> None:
        point = world.Point(1.5, 0.25)
        person = world.Person(
            "Ann", world.Color.RED, home=point, tags=["a", "ß"], rights=world.Rights.WRITE
        )
        deep = world.Deep(
            nested=Some(None),
            maybe=Some(person),
            plain=Ok(None),
            good=Ok(person),
            bad=Err(world.Color.DARK_BLUE),
            either=Err((world.Rights.READ | world.Rights.CLOSE_EARLY,)),
            bytes_=b"\x00\xff",
            rows=[[point], []],
            stamp=(2**64 - 1, -(2**63), "ß", True),
        )
        for function, value in (
            (mirror.values.bools, [True, False]),
            (mirror.values.octets, b"\x00\xff"),
            (mirror.values.signed_longs, [-(2**63), 2**63 - 1]),
            (mirror.values.colors, list(world.Color)),
            (mirror.values.sets, [world.Rights(0), world.Rights.READ]),
            (mirror.values.people, [person]),
            (mirror.values.shapes, [world.ShapeDot(point), world.ShapeNothing()]),
            (mirror.values.deeps, [deep]),
        ):
            imports.values.seen.clear()
            assert function(value) == value
            assert imports.values.seen == [value]

    def test_any_value_through_exports_and_imports(self, component: bytes) -> None:
        imports = Imports()
        with Instance(component, imports=world.bind(imports)) as instance:
            mirror = world.Mirror(instance)

            @settings(max_examples=150, deadline=None)
            @given(st.sampled_from(ECHOES), st.data())
            def check(function: str, data: st.DataObject) -> None:
                ty = VALUES.functions[function].params[0].type
                value = data.draw(witgen.testing.strategy(RESOLVE, ty))
                lifted = method(world.Mirror(Canned(value)), function)([])
                imports.values.seen.clear()
                came_back = method(mirror, function)(lifted)

                for found in (came_back, *imports.values.seen):
                    canned = Canned([])
                    method(world.Mirror(canned), function)(found)
                    assert witgen.testing.same(canned.asked[0], value)

            check()

    @pytest.mark.parametrize(
        ("function", "value"),
        [
            ("tinies", [128]),
            ("shorts", [-1]),
            ("longs", [2**64]),
            ("bools", [1]),
            ("chars", ["ab"]),
            ("chars", ["\ud800"]),
            ("strings", ["\ud800"]),
            ("words", [True]),
            ("octets", [1]),
        ],
    )
    def test_what_does_not_fit_is_refused_before_it_runs(
        self, mirror: Any, imports: Imports, function: str, value: Any
    ) -> None:
        with pytest.raises(BadArguments, match=rf"\{{{function}\}}: "):
            method(mirror, function)(value)

        assert imports.values.seen == []
        assert mirror.ticks(1) == 1  # and the instance lives on

    @pytest.mark.parametrize(
        ("function", "result", "message"),
        [
            ("words", [2**32], r"its result\[0\]: 4294967296 is out of the range of u32"),
            ("words", None, "its result: a list is expected, not None"),
            ("strings", [b"x"], r"its result\[0\]: a string is expected"),
            ("chars", ["ab"], "a char is one character"),
            ("singles", [1e300], "out of the range of f32"),
        ],
    )
    def test_a_result_that_does_not_fit_is_a_trap(
        self, component: bytes, function: str, result: Any, message: str
    ) -> None:
        made = Imports()
        made.values = SimpleNamespace(**{name: lambda value: result for name in dir_of_values()})  # type: ignore[assignment]  # a stand-in
        with (
            Instance(component, imports=world.bind(made)) as instance,
            pytest.raises(Trap, match=message),
        ):
            method(world.Mirror(instance), function)([])

    def test_what_an_import_raises_is_the_cause_of_the_trap(
        self, mirror: Any, imports: Imports
    ) -> None:
        imports.log.lines = None  # type: ignore[assignment]  # so that `write` fails
        with pytest.raises(Trap, match="NoneType") as caught:
            mirror.admin.note("x")

        assert isinstance(caught.value.__cause__, AttributeError)


def dir_of_values() -> list[str]:
    return [name.replace("-", "_") for name in ECHOES]


class TestResources:
    def test_an_object_lent_comes_back_to_itself(self, mirror: Any) -> None:
        cell = Cell("text")

        assert mirror.tools.read(cell) == "text"
        assert mirror.tools.write(cell, "new") is None
        assert (cell.text, cell.drops) == ("new", 0)

    def test_an_object_given_is_the_same_when_it_is_given_back(self, mirror: Any) -> None:
        cell, other = Cell("a"), Cell("b")

        assert mirror.tools.pass_(cell) is cell
        swapped = mirror.tools.swap(world.Pair(cell, other))
        assert (swapped.left, swapped.right) == (other, cell)
        assert mirror.tools.swap(world.Pair(cell, None)) == world.Pair(cell, None)
        assert (cell.drops, other.drops) == (0, 0)

    def test_the_component_makes_objects(self, mirror: Any, imports: Imports) -> None:
        made = mirror.tools.make("text")

        assert imports.store.made == [made]
        assert mirror.tools.look("") is None
        assert mirror.tools.look("name").text == "name"
        assert mirror.tools.merge(made, Cell("2")).text == "text2"

    def test_the_component_drops_what_it_holds(self, mirror: Any) -> None:
        cell = Cell("boxed")
        with mirror.tools.box(cell) as box:
            assert box.peek() == "boxed"
            assert cell.drops == 0

        assert cell.drops == 1
        with pytest.raises(ResourceGone, match="Box was dropped or given away"):
            box.peek()
        box.drop()
        assert cell.drops == 1

    def test_a_resource_given_away_is_gone(self, mirror: Any) -> None:
        cell = Cell("boxed")
        box = mirror.tools.box(cell)

        assert mirror.tools.box_unbox(box) is cell
        assert cell.drops == 0
        with pytest.raises(ResourceGone):
            mirror.tools.box_unbox(box)

    def test_a_constructor_that_fails_gives_its_error(self, mirror: Any) -> None:
        opened = mirror.tools.door("key")

        assert isinstance(opened.value, world.Door)
        assert mirror.tools.door("") == Err("no key")

    def test_a_resource_comes_from_calls_only(self) -> None:
        with pytest.raises(TypeError, match="a Box can only be returned by calls"):
            world.Box()

    def test_another_instances_resource_is_refused(self, component: bytes, mirror: Any) -> None:
        with Instance(component, imports=world.bind(Imports())) as other:
            box = world.Mirror(other).tools.box(Cell("x"))
            with pytest.raises(BadArguments, match="different worker"):
                mirror.tools.box_unbox(box)

    @pytest.mark.parametrize("value", ["x", 3, None, [], b"x"])
    def test_what_is_no_object_is_refused(self, mirror: Any, value: Any) -> None:
        for function in (mirror.tools.read, mirror.tools.pass_):
            with pytest.raises(BadArguments, match="cell"):
                function(value)

    def test_a_loan_that_fails_leaves_nothing(self, instance: Instance, mirror: Any) -> None:
        cell = Cell("x")
        with pytest.raises(BadArguments):
            mirror.tools.write(cell, 3)
        with pytest.raises(BadArguments):
            mirror.tools.merge(cell, 3)
        instance.close()

        assert cell.drops == 0

    def test_loans_end(self, instance: Instance, mirror: Any) -> None:
        cell = Cell("x")
        for _ in range(100):
            mirror.tools.read(cell)

        assert instance._instance._context.table == {}

    def test_closing_drops_what_the_component_held(
        self, instance: Instance, mirror: Any, imports: Imports
    ) -> None:
        mirror.hold("kept")
        assert mirror.held() == "kept"
        instance.close()
        instance.close()

        assert [cell.drops for cell in imports.store.made] == [1]

    def test_a_drop_that_fails_is_a_trap(self, mirror: Any) -> None:
        cell = Cell("x")
        cell.drop = lambda: 1 / 0  # type: ignore[method-assign, assignment]  # fails
        box = mirror.tools.box(cell)
        with pytest.raises(Trap, match="division by zero"):
            box.drop()


class TestInstance:
    def test_functions_of_the_world_and_of_inline_interfaces(
        self, mirror: Any, imports: Imports
    ) -> None:
        mirror.admin.note("line")

        assert imports.log.lines == ["line"]
        assert mirror.ticks(4) == 1 + 2 + 3 + 4

    def test_async_calls_take_turns(self, mirror: Any) -> None:
        async def run() -> list[int]:
            return list(await asyncio.gather(*[mirror.ticks_async(1) for _ in range(5)]))

        assert sorted(asyncio.run(run())) == [1, 2, 3, 4, 5]

    def test_a_resource_in_an_event_loop(self, mirror: Any) -> None:
        async def run() -> str:
            async with await mirror.tools.box_async(Cell("x")) as box:
                return str(await box.peek_async())

        assert asyncio.run(run()) == "x"

    def test_threads_take_turns(self, mirror: Any, imports: Imports) -> None:
        threads = [threading.Thread(target=mirror.ticks, args=(50,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert imports.ticked == 200

    def test_a_trap_ends_it(self, mirror: Any) -> None:
        with pytest.raises(Trap, match="unreachable"):
            mirror.boom()
        with pytest.raises(Trap, match="has already trapped"):
            mirror.ticks(1)

    def test_an_import_cannot_call_its_caller(self, component: bytes) -> None:
        imports = Imports()
        with Instance(component, imports=world.bind(imports)) as instance:
            mirror = world.Mirror(instance)
            imports.log.write = lambda line: mirror.ticks(1)  # type: ignore[method-assign]  # calls back
            with pytest.raises(Trap) as caught:
                mirror.admin.note("x")

        assert isinstance(caught.value.__cause__, Busy)

    def test_an_import_can_call_another_instance(self, component: bytes) -> None:
        with Instance(component, imports=world.bind(Imports())) as inner:
            imports = Imports()
            imports.tick = lambda: int(world.Mirror(inner).ticks(2))  # type: ignore[method-assign]  # calls on
            with Instance(component, imports=world.bind(imports)) as outer:
                assert world.Mirror(outer).ticks(2) == 3 + 7

    def test_code_that_names_the_caller_still_works(
        self, instance: Instance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.syspath_prepend(WORLD.parents[1])  # other tests forget what was imported
        text = WORLD.read_text("utf-8")
        older = text.replace("Invoker", "Caller")
        assert older != text
        package = str(world.__package__)
        names: dict[str, Any] = {"__name__": f"{package}.older", "__package__": package}
        exec(compile(older, WORLD, "exec"), names)  # noqa: S102  # our own

        assert names["Mirror"](instance).ticks(1) == 1

    def test_once_closed_nothing_runs(self, instance: Instance, mirror: Any) -> None:
        instance.close()
        with pytest.raises(ShimError, match="closed"):
            mirror.ticks(1)

    def test_missing_imports_are_named(self, component: bytes) -> None:
        with pytest.raises(LinkError, match=r"`tick`, `acme:mirror/values@1.0.0`, .*`log`"):
            Instance(component)

    def test_a_missing_function_is_named(self, component: bytes) -> None:
        bound = dict(world.bind(Imports()))
        bound["log"] = {}
        with pytest.raises(LinkError, match="what implements `log` lacks `write`"):
            Instance(component, imports=bound)

    def test_imports_without_generated_code(self, component: bytes, imports: Imports) -> None:
        bound = {**world.bind(imports), "": {"tick": lambda: 5}}
        with Instance(component, imports=bound) as instance:
            assert instance.call("ticks", 3) == 15

    def test_an_import_that_nobody_asks_for_is_no_fault(self, component: bytes) -> None:
        bound = {**world.bind(Imports()), "acme:other/thing": {}}
        with Instance(component, imports=bound) as instance:
            assert instance.call("ticks", 0) == 0


def once() -> RetryPolicies:
    return RetryPolicies(RetryPolicy(max_attempts=2, min_delay=0.01, max_delay=0.01))


def sqlite(store: Path, component: bytes, imports: Imports) -> Host:
    deployed = Deployment(component, imports=world.bind(imports))
    return Host(engine=SqliteEngine(store, retries=once()), components={NAME: deployed})


class TestDurable:
    def test_what_is_recorded_is_not_called_again(self, component: bytes, tmp_path: Path) -> None:
        first, second = Imports(), Imports()
        with sqlite(tmp_path / "store", component, first) as host:
            mirror = world.Mirror(host, "w")
            assert mirror.ticks(3) == 6
            mirror.admin.note("line")
        with sqlite(tmp_path / "store", component, second) as host:
            second.ticked = 10
            assert world.Mirror(host, "w").ticks(1) == 11

        assert (first.ticked, second.ticked) == (3, 11)
        assert (first.log.lines, second.log.lines) == (["line"], [])

    def test_values_are_recorded_in_every_form(self, component: bytes, tmp_path: Path) -> None:
        first, second = Imports(), Imports()
        value = [world.ShapeLine((world.Point(1.0, 2.0), world.Point(0.0, 0.5)))]
        with sqlite(tmp_path / "store", component, first) as host:
            assert world.Mirror(host, "w").values.shapes(value) == value
        with sqlite(tmp_path / "store", component, second) as host:
            assert world.Mirror(host, "w").ticks(0) == 0

        assert (first.values.seen, second.values.seen) == ([value], [])

    def test_an_import_that_fails_is_tried_again(self, component: bytes, tmp_path: Path) -> None:
        imports = Imports()
        failures = [OSError("busy")]
        tick = imports.tick

        def flaky() -> int:
            if imports.ticked == 1 and failures:
                raise failures.pop()
            return tick()

        imports.tick = flaky  # type: ignore[method-assign]  # fails once
        with sqlite(tmp_path / "store", component, imports) as host:
            assert world.Mirror(host, "w").ticks(3) == 1 + 2 + 3

        assert imports.ticked == 3  # the first was not repeated by the second attempt

    def test_a_wrong_result_is_not_recorded(self, component: bytes, tmp_path: Path) -> None:
        imports = Imports()
        answers: list[Any] = ["wrong", 5]
        imports.tick = lambda: answers.pop(0)  # type: ignore[method-assign]  # wrong once
        with sqlite(tmp_path / "store", component, imports) as host:
            assert world.Mirror(host, "w").ticks(1) == 5

    def test_an_import_that_goes_on_failing_fails_the_invocation(
        self, component: bytes, tmp_path: Path
    ) -> None:
        imports = Imports()
        imports.tick = lambda: 1 // 0  # type: ignore[method-assign]  # fails
        with (
            sqlite(tmp_path / "store", component, imports) as host,
            pytest.raises(InvocationFailed, match="by zero"),
        ):
            world.Mirror(host, "w").ticks(1)

    def test_an_object_lives_as_long_as_its_process(self, component: bytes, tmp_path: Path) -> None:
        first, second = Imports(), Imports()
        with sqlite(tmp_path / "store", component, first) as host:
            world.Mirror(host, "w").hold("text")
            assert world.Mirror(host, "w").held() == "text"
        with (
            sqlite(tmp_path / "store", component, second) as host,
            pytest.raises(InvocationFailed, match="`cell` of the host ended"),
        ):
            world.Mirror(host, "w").held()

        assert second.store.made == []

    def test_an_object_that_is_saved_is_made_again_when_it_is_needed(
        self, component: bytes, tmp_path: Path
    ) -> None:
        assert isinstance(SavedCell("x"), Saves)
        with sqlite(tmp_path / "store", component, Imports(Store(SavedCell))) as host:
            world.Mirror(host, "w").hold("te:xt")
        for _ in range(2):
            again = Imports(RestoringStore(SavedCell))
            with sqlite(tmp_path / "store", component, again) as host:
                assert world.Mirror(host, "w").ticks(0) == 0
                assert again.store.restored == []
                assert [world.Mirror(host, "w").held() for _ in range(2)] == ["te:xt"] * 2
            assert again.store.restored == ["cell te:xt"]
            assert again.store.made == []

    def test_a_saved_object_that_nothing_restores(self, component: bytes, tmp_path: Path) -> None:
        with sqlite(tmp_path / "store", component, Imports(Store(SavedCell))) as host:
            world.Mirror(host, "w").hold("text")
        with (
            sqlite(tmp_path / "store", component, Imports(Store(SavedCell))) as host,
            pytest.raises(InvocationFailed, match="Store has no `restore`"),
        ):
            world.Mirror(host, "w").held()

    def test_a_drop_is_recorded(self, component: bytes, tmp_path: Path) -> None:
        first, second = Imports(), Imports(RestoringStore())
        with sqlite(tmp_path / "store", component, first) as host:
            world.Mirror(host, "w").hold("text")
            world.Mirror(host, "w").release()
        with sqlite(tmp_path / "store", component, second) as host:
            world.Mirror(host, "w").hold("more")

        assert [cell.drops for cell in first.store.made] == [1]
        assert [cell.text for cell in second.store.made] == ["more"]
        assert second.store.restored == []

    def test_objects_stay_where_they_are(self, component: bytes) -> None:
        deployed = Deployment(component, imports=world.bind(Imports()))
        with Host(engine=MemoryEngine(retries=once()), components={NAME: deployed}) as host:
            with pytest.raises((BadArguments, CodecError), match="Cell is not a WIT value"):
                world.Mirror(host, "w").tools.read(Cell("x"))
            assert world.Mirror(host, "w").ticks(1) == 1

    def test_a_killed_process_repeats_nothing(self, component: bytes, tmp_path: Path) -> None:
        (tmp_path / "mirror.wasm").write_bytes(component)
        script = _KILLED.format(folder=str(tmp_path), support=str(Path(__file__).parent))
        killed = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        assert (killed.returncode, killed.stderr) == (9, "")
        calls = (tmp_path / "calls").read_text()
        assert calls == "1 2 3 "

        imports = Imports()
        imports.ticked = 100
        with sqlite(tmp_path / "store", component, imports) as host:
            # The first two are in the journal; what the third returned never came back.
            assert host.invoke(NAME, "w", "ticks", (4,), key="k") == 1 + 2 + 101 + 102


_KILLED = """
import os, sys
sys.path[:0] = [{support!r}, *{paths!r}]
import test_world_bindings as t
imports = t.Imports()
def tick():
    imports.ticked += 1
    with open({folder!r} + "/calls", "a") as calls:
        calls.write(str(imports.ticked) + " ")
    if imports.ticked == 3:
        os._exit(9)
    return imports.ticked
imports.tick = tick
component = open({folder!r} + "/mirror.wasm", "rb").read()
with t.sqlite(t.Path({folder!r}) / "store", component, imports) as host:
    host.invoke(t.NAME, "w", "ticks", (4,), key="k")
""".replace("{paths!r}", repr([path for path in sys.path if Path(path).is_dir()]))
