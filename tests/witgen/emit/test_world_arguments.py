"""Arguments of generated functions: what is refused, what is taken, and what a refusal leaves."""

from __future__ import annotations

import array
from collections.abc import Callable, Iterator
from enum import Enum, IntEnum, StrEnum
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mirror_world import Cell, Imports, world

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import BadArguments, Busy, ResourceGone, Trap
from runtime_shim.host import Host
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Deployment
from runtime_shim.values import Case, Err, Ok, Some


@pytest.fixture
def imports() -> Imports:
    return Imports()


@pytest.fixture
def instance(component: bytes, imports: Imports) -> Iterator[Instance]:
    with Instance(component, imports=world.bind(imports)) as made:
        yield made


@pytest.fixture
def mirror(instance: Instance) -> Any:
    return world.Mirror(instance)


class Number(IntEnum):
    ONE = 1
    BIG = 500


class Word(StrEnum):
    A = "a"


class OldWord(str, Enum):  # noqa: UP042 -- whose `str()` is not its value
    A = "a"


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Int(int):
    def __int__(self) -> int:
        return 99


class Octets(bytes):
    pass


class Real(float):
    pass


class Names(list[str]):
    pass


class Stamp(NamedTuple):
    big: int
    small: int
    letter: str
    done: bool


def people(**changes: Any) -> Any:
    given: dict[str, Any] = {"name": "Ann", "from_": world.Color.RED, "tags": ["x"]}
    return world.Person(**{**given, "rights": world.Rights.READ, **changes})


def deep(**changes: Any) -> Any:
    given: dict[str, Any] = {"plain": Ok(), "good": Err(), "bad": Ok(), "either": Ok([])}
    given |= {"bytes_": b"", "rows": [], "stamp": (1, 1, "x", True)}
    return world.Deep(**{**given, **changes})


WRONG: dict[str, tuple[str, Callable[[], Any], str]] = {
    "int for enum": ("colors", lambda: [1], r"value\[0\]: Color is expected, not 1"),
    "name for enum": ("colors", lambda: [world.Color.RED, "red"], r"value\[1\]: Color"),
    "enum for enum": ("colors", lambda: [Number.ONE], r"value\[0\]: Color"),
    "int for flags": ("sets", lambda: [1], r"value\[0\]: Rights is expected, not 1"),
    "set for flags": ("sets", lambda: [{"read"}], r"value\[0\]: Rights"),
    "dict for record": ("people", lambda: [{"name": "Ann"}], r"value\[0\]: Person is expected"),
    "class for record": ("people", lambda: [world.Person], r"value\[0\]: Person is expected"),
    "none for record": ("people", lambda: [None], r"value\[0\]: Person"),
    "int for variant": ("shapes", lambda: [3], r"value\[0\]: a case of `shape` is expected"),
    "class for case": ("shapes", lambda: [world.ShapeDot], r"value\[0\]: a case of `shape`"),
    "raw case": ("shapes", lambda: [Case("nothing")], r"value\[0\]: a case of `shape`"),
    "record for case": ("shapes", lambda: [world.Point(1, 2)], r"value\[0\]: a case of `shape`"),
    "wrong payload": ("shapes", lambda: [world.ShapeDot(3)], r"value\[0\]\.dot: Point is"),
    "number of payload": ("shapes", lambda: [world.ShapeNum(-1)], r"value\[0\]\.num: -1 is out"),
    "case for result": (
        "deeps",
        lambda: [deep(good=world.ShapeNothing())],
        r"value\[0\]\.good: Ok or Err is expected, not ShapeNothing\(\)",
    ),
    "case for plain result": (
        "deeps",
        lambda: [deep(plain=world.ShapeNothing())],
        r"value\[0\]\.plain: Ok or Err is expected",
    ),
    "payload of result": ("deeps", lambda: [deep(bad=Err("red"))], r"\.bad\.err: Color is"),
    "list in result": ("deeps", lambda: [deep(either=Ok("x"))], r"\.either\.ok: a list is"),
    "tuple in result": ("deeps", lambda: [deep(either=Err(()))], r"\.either\.err: a tuple of 1"),
    "no some": ("deeps", lambda: [deep(maybe=people())], r"\.maybe: None or Some is expected"),
    "inside some": ("deeps", lambda: [deep(maybe=Some(3))], r"\.maybe\.some: Person is expected"),
    "rows": ("deeps", lambda: [deep(rows=[[], [3]])], r"\.rows\[1\]\[0\]: Point is expected"),
    "text for list": ("strings", lambda: "abc", "value: a list is expected, not 'abc'"),
    "bytes for list": ("words", lambda: b"abc", "value: a list is expected"),
    "dict for list": ("strings", lambda: {"a": 1}, "value: a list is expected"),
    "set for list": ("strings", lambda: {"a"}, "value: a list is expected"),
    "number for list": ("strings", lambda: 3, "value: a list is expected"),
    "text for tags": ("people", lambda: [people(tags="ab")], r"value\[0\]\.tags: a list is"),
    "list for bytes": ("octets", lambda: [1], "value: bytes is expected"),
    "text for bytes": ("octets", lambda: "x", "value: bytes is expected"),
    "wide memory": ("octets", lambda: memoryview(array.array("I", [1])), "value: bytes is"),
    "huge float": ("doubles", lambda: [10**400], r"value\[0\]: a float is expected"),
    "very huge float": ("singles", lambda: [10**5000], r"value\[0\]: a float is expected"),
    "bool for float": ("doubles", lambda: [True], r"value\[0\]: a float is expected"),
    "text for float": ("doubles", lambda: ["1"], r"value\[0\]: a float is expected"),
    "huge number": ("longs", lambda: [10**400], r"value\[0\]: 1000.*out of the range of u64"),
    "very huge number": ("longs", lambda: [10**5000], r"value\[0\]: a int is out of the range"),
    "big enum": ("tinies", lambda: [Number.BIG], r"value\[0\]: 500 is out"),
    "float for int": ("words", lambda: [1.0], r"value\[0\]: an integer is expected"),
    "none for text": ("strings", lambda: [None], r"value\[0\]: a string is expected"),
    "two letters": ("chars", lambda: [Text("ab")], r"value\[0\]: a char is one character"),
    "bare point": ("people", lambda: [people(home=(1, 2))], r"value\[0\]\.home: Point is"),
}


class TestWrongKinds:
    @pytest.mark.parametrize("name", WRONG)
    def test_they_are_refused_with_their_place(
        self, mirror: Any, imports: Imports, name: str
    ) -> None:
        function, value, message = WRONG[name]
        with pytest.raises(BadArguments, match=rf"\{{{function}\}}: {message}|{message}") as caught:
            getattr(mirror.values, function)(value())

        assert f"{{{function}}}: value" in str(caught.value)
        assert imports.values.seen == []
        assert mirror.ticks(1) == 1

    @pytest.mark.parametrize("value", [1, "x", None, Ok(), Number.ONE, Cell, object()])
    def test_what_is_no_object_of_the_program(self, mirror: Any, value: Any) -> None:
        for function in (mirror.tools.read, mirror.tools.pass_):
            with pytest.raises(BadArguments, match=r"\}: cell: a `cell` is expected"):
                function(value)

        assert mirror.ticks(1) == 1

    @pytest.mark.parametrize("value", [1, "x", None, Cell("x"), b""])
    def test_what_is_no_resource_of_the_component(self, mirror: Any, value: Any) -> None:
        with pytest.raises(BadArguments, match=r"\}: box: Box is expected, not"):
            mirror.tools.box_unbox(value)

    def test_another_resource(self, mirror: Any) -> None:
        door = mirror.tools.door("key").unwrap()
        with pytest.raises(BadArguments, match="box: Box is expected, not <Door"):
            mirror.tools.box_unbox(door)

        door.drop()

    def test_the_parameter_of_a_handle_that_the_instance_refuses(
        self, mirror: Any, component: bytes
    ) -> None:
        with Instance(component, imports=world.bind(Imports())) as other:
            box = world.Mirror(other).tools.box(Cell("x"))
            with pytest.raises(BadArguments, match=r"unbox\}: box: .*different worker"):
                mirror.tools.box_unbox(box)

    @pytest.mark.parametrize("name", WRONG)
    def test_a_host_refuses_them_too(self, hosted: Any, name: str) -> None:
        function, value, _ = WRONG[name]
        with pytest.raises(BadArguments, match=rf"\{{{function}\}}: value"):
            getattr(hosted.values, function)(value())


@pytest.fixture(scope="module")
def hosted(component: bytes) -> Iterator[Any]:
    deployed = Deployment(component, imports=world.bind(Imports()))
    with Host(engine=MemoryEngine(), components={"acme:mirror": deployed}) as host:
        yield world.Mirror(host, "w")


TAKEN: dict[str, tuple[str, Callable[[], Any], Any]] = {
    "int enum": ("words", lambda: [Number.ONE, 2], [1, 2]),
    "int": ("words", lambda: [Int(7)], [7]),
    "str enum": ("strings", lambda: [Word.A, OldWord.A], ["a", "a"]),
    "str": ("strings", lambda: [Text("b")], ["b"]),
    "char": ("chars", lambda: [Word.A], ["a"]),
    "bytes": ("octets", lambda: Octets(b"\0\1"), b"\0\1"),
    "bytearray": ("octets", lambda: bytearray(b"\0\1"), b"\0\1"),
    "memoryview": ("octets", lambda: memoryview(b"\0\1\2\3")[::2], b"\0\2"),
    "float": ("doubles", lambda: [Real(0.5), 2, Number.ONE], [0.5, 2.0, 1.0]),
    "single": ("singles", lambda: [Real(0.5), 2], [0.5, 2.0]),
    "list": ("strings", lambda: Names(["a"]), ["a"]),
    "sequence": ("words", lambda: range(3), [0, 1, 2]),
    "tuple": ("stamps", lambda: [Stamp(1, -1, "x", True)], [(1, -1, "x", True)]),
}


class TestSubclasses:
    """What type checkers take is taken, as its base."""

    @pytest.mark.parametrize("name", TAKEN)
    def test_as_arguments(self, mirror: Any, imports: Imports, name: str) -> None:
        function, value, wanted = TAKEN[name]
        assert exact(getattr(mirror.values, function)(value())) == exact(wanted)
        assert exact(imports.values.seen) == exact([wanted])

    @pytest.mark.parametrize("name", TAKEN)
    def test_as_results_of_imports(self, mirror: Any, imports: Imports, name: str) -> None:
        function, value, wanted = TAKEN[name]
        setattr(imports.values, function, lambda _: value())

        assert exact(getattr(mirror.values, function)(type(wanted)())) == exact(wanted)

    @pytest.mark.parametrize("name", TAKEN)
    def test_by_a_host(self, hosted: Any, name: str) -> None:
        function, value, wanted = TAKEN[name]
        assert exact(getattr(hosted.values, function)(value())) == exact(wanted)

    def test_of_generated_classes(self, mirror: Any) -> None:
        class Place(world.Point):  # type: ignore[misc]  # generated
            __slots__ = ()

        class Dot(world.ShapeDot):  # type: ignore[misc]  # likewise
            __slots__ = ()

        found = mirror.values.shapes([Dot(Place(1, 2))])

        assert found == [world.ShapeDot(world.Point(1.0, 2.0))]

    def test_in_the_normal_form(self, instance: Instance) -> None:
        words = "acme:mirror/values@1.0.0.{words}"

        assert exact(instance.call(words, [Number.ONE])) == [("int", 1)]
        assert instance.call("acme:mirror/values@1.0.0.{octets}", bytearray(b"x")) == b"x"

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.data())
    def test_any_numbers_and_texts(self, component: bytes, data: st.DataObject) -> None:
        numbers = data.draw(st.lists(st.integers(-10, 2**33), max_size=4))
        texts = data.draw(st.lists(st.text(max_size=3), max_size=4))
        answers = data.draw(st.booleans())
        imports = Imports()
        if answers:
            imports.values.words = lambda _: [Int(n) for n in numbers]  # type: ignore[attr-defined]  # dynamic
        with Instance(component, imports=world.bind(imports)) as instance:
            mirror = world.Mirror(instance)
            fits = all(0 <= number < 2**32 for number in numbers)
            given_ = [] if answers else [Int(n) for n in numbers]
            if fits:
                assert exact(mirror.values.words(given_)) == exact(numbers)
            else:
                with pytest.raises(Trap if answers else BadArguments, match="words"):
                    mirror.values.words(given_)
        with Instance(component, imports=world.bind(Imports())) as instance:
            assert world.Mirror(instance).values.strings([Text(t) for t in texts]) == texts


def exact(value: Any) -> Any:
    """A value with the names of its types."""
    if isinstance(value, list):
        return [exact(item) for item in value]
    if type(value) is tuple:
        return tuple(exact(item) for item in value)
    return (type(value).__name__, value)


class TestOwnership:
    """A resource is given away when the call is made, and not before."""

    def test_a_refused_number_keeps_it(self, mirror: Any) -> None:
        box = mirror.tools.box(Cell("kept"))
        for wrong in (3, None, Cell("x")):
            with pytest.raises(BadArguments):
                mirror.tools.box_unbox(wrong)
        with pytest.raises(BadArguments):
            world.Remote(mirror._remote.caller, "", None).ask(two(), box, -1)

        assert box.peek() == "kept"

    def test_the_same_twice_keeps_it(self, mirror: Any) -> None:
        box = mirror.tools.box(Cell("kept"))
        with pytest.raises(BadArguments, match="takes 1 arguments"):
            mirror._remote.ask(two(owned=True), box, box)

        assert box.peek() == "kept"

    def test_another_instance_keeps_it(self, mirror: Any, component: bytes) -> None:
        with Instance(component, imports=world.bind(Imports())) as other:
            box = world.Mirror(other).tools.box(Cell("kept"))
            with pytest.raises(BadArguments, match="different worker"):
                mirror.tools.box_unbox(box)

            assert box.peek() == "kept"
            assert world.Mirror(other).tools.box_unbox(box).text == "kept"

    def test_a_busy_instance_keeps_it(self, mirror: Any, imports: Imports) -> None:
        box = mirror.tools.box(Cell("kept"))
        found: list[BaseException] = []

        def write(line: str) -> None:
            try:
                mirror.tools.box_unbox(box)
            except Busy as error:
                found.append(error)

        imports.log.write = write  # type: ignore[method-assign]  # calls back
        mirror.admin.note("x")

        assert len(found) == 1
        assert box.peek() == "kept"

    def test_a_call_that_is_made_takes_it(self, mirror: Any) -> None:
        box = mirror.tools.box(Cell("gone"))
        assert mirror.tools.box_unbox(box).text == "gone"
        with pytest.raises(ResourceGone):
            box.peek()

    def test_a_trap_takes_it(self, mirror: Any, imports: Imports) -> None:
        box = mirror.tools.box(Cell("x"))
        mirror._remote.caller._instance._poisoned = "for the test"
        with pytest.raises(Trap):
            mirror.tools.box_unbox(box)

        assert repr(box) == "<Box gone>"

    def test_a_queue_that_refuses_keeps_it(self) -> None:
        class Refusing:
            def invoke(self, *args: Any, **given: Any) -> Any:
                raise BadArguments("no")

            send = cancel = invoke

        remote = world.Remote(Refusing(), "a:b", None)
        box = world.Box._of(world_handle(), remote)
        with pytest.raises(BadArguments):
            remote.tell(two(), box, 1, at=None, key=None)

        assert repr(box) != "<Box gone>"

    @given(st.lists(st.sampled_from(["ok", "twice", "number", "busy"]), max_size=8))
    def test_whatever_is_refused(self, steps: list[str]) -> None:
        made: list[tuple[Any, ...]] = []

        class Sometimes:
            def invoke(
                self, component: str, worker: Any, function: str, args: Any, **_: Any
            ) -> Any:
                if args[1] != "ok":
                    raise {"busy": Busy}.get(args[1], BadArguments)(args[1])
                made.append(args)

        remote = world.Remote(Sometimes(), "a:b", None)
        for step in steps:
            box = world.Box._of(world_handle(), remote)
            try:
                remote.ask(text(), box, step)
            except (BadArguments, Busy):
                assert step != "ok"
                assert repr(box) != "<Box gone>"
            else:
                assert repr(box) == "<Box gone>"
        assert len(made) == steps.count("ok")


def world_handle() -> Any:
    from runtime_shim.values import Handle

    return Handle("urn:worker:id/w", 7)


def two(*, owned: bool = False) -> Any:
    from runtime_shim.typed import Function, HandleOf, Prim

    box = HandleOf(world.Box, owned=True)
    name = "acme:mirror/tools@1.0.0.{[static]box.unbox}"
    return Function(name, ("box", box), ("other", box if owned else Prim.U8))


def text() -> Any:
    from runtime_shim.typed import Function, HandleOf, Prim

    return Function("f", ("box", HandleOf(world.Box, owned=True)), ("how", Prim.STRING))
