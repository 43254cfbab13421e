"""What a program implements: what is missing is said when the instance is made, what is wrong with its place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from mirror_world import Cell, Imports, Store, world

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import LinkError, Trap
from runtime_shim.host import Host
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Deployment


class WithoutLog:
    values, store = Imports().values, Store()

    def tick(self) -> int:
        return 1


class WithoutTick:
    values, store, log = Imports().values, Store(), Imports().log


class Some:
    """A class that does not have what it should."""


class Getting:
    def __init__(self, text: str) -> None:
        self.text = text

    def get(self) -> str:
        return self.text


class Undropped(Getting):
    def set(self, text: str) -> None: ...


class AsyncGetting(Undropped):
    async def get(self) -> str:  # type: ignore[override]  # wrong
        return ""

    def drop(self) -> None: ...


class LateGetting:
    def __init__(self, text: str) -> None:
        self.get = lambda: text
        self.set = self.drop = lambda *_: None


class Dynamic:
    def __init__(self, text: str) -> None:
        self.text = text

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.text


async def later(*args: object) -> None:
    raise AssertionError("nobody awaits it")


class AsyncCalled:
    async def __call__(self, line: str) -> None: ...


async def generator(line: str) -> Any:
    yield line


def changed(**changes: Any) -> Imports:
    """Imports of which some attributes, `store__find` for nested ones, are others or gone."""
    made = Imports()
    for path, value in changes.items():
        owner, _, name = path.rpartition("__")
        target = getattr(made, owner) if owner else made
        setattr(target, name, value)
    return made


MISSING: dict[str, tuple[Callable[[], Any], str]] = {
    "interface": (WithoutLog, "`log` lacks `write`: WithoutLog has no `log`"),
    "no interface": (lambda: changed(log=None), "`log` lacks `write`: Imports has no `log`"),
    "world function": (
        WithoutTick,
        "the world's functions lacks `tick`: WithoutTick has no method `tick`",
    ),
    "no function": (lambda: changed(tick=3), "Imports has no method `tick`"),
    "method": (lambda: changed(log=Some()), "`log` lacks `write`: Some has no method `write`"),
    "methods": (
        lambda: changed(store=Some()),
        r"store@1.0.0` lacks .*Some has no method `cell`; Some has no method `cell_merged`",
    ),
    "method of a class": (
        lambda: changed(store=SimpleNamespace(cell=Getting, cell_merged=len, find=len)),
        r"lacks `\[method\]cell.set`, `\[drop\]cell`: Getting has no method `set`;",
    ),
    "drop of a class": (
        lambda: changed(store=SimpleNamespace(cell=Undropped, cell_merged=len, find=len)),
        r"lacks `\[drop\]cell`: Undropped has no method `drop`",
    ),
    "async function": (lambda: changed(log__write=later), r"write` is an `async def`"),
    "async world function": (lambda: changed(tick=later), r"tick` is an `async def`"),
    "async partial": (lambda: changed(log__write=partial(later)), r"write` is an `async def`"),
    "async object": (lambda: changed(log__write=AsyncCalled()), r"write` is an `async def`"),
    "async generator": (lambda: changed(log__write=generator), r"write` is an `async def`"),
    "async method of a class": (
        lambda: changed(store=SimpleNamespace(cell=AsyncGetting, cell_merged=len, find=len)),
        r"lacks `\[method\]cell.get`: `AsyncGetting.get` is an `async def`",
    ),
}


class TestWhatIsMissing:
    @pytest.mark.parametrize("name", MISSING)
    def test_it_is_named_when_the_instance_is_made(self, component: bytes, name: str) -> None:
        made, message = MISSING[name]
        with pytest.raises(LinkError, match=message):
            Instance(component, imports=world.bind(made()))

    @pytest.mark.parametrize("name", MISSING)
    def test_by_a_host_too(self, component: bytes, name: str) -> None:
        made, message = MISSING[name]
        deployed = Deployment(component, imports=world.bind(made()))
        with pytest.raises(LinkError, match=message):
            Host(engine=MemoryEngine(), components={"acme:mirror": deployed})

    def test_without_generated_code(self, component: bytes) -> None:
        bound = {**world.bind(Imports()), "log": {"write": later}}
        with pytest.raises(LinkError, match=r"`log` lacks `write`: `later` is an `async def`"):
            Instance(component, imports=bound)

    def test_what_the_component_does_not_need(self, component: bytes) -> None:
        bound = {**world.bind(Imports()), "acme:other/thing": world.bind(WithoutLog())["log"]}
        with Instance(component, imports=bound) as instance:
            assert world.Mirror(instance).ticks(1) == 1

    @pytest.mark.parametrize("kind", [LateGetting, Dynamic])
    def test_methods_that_only_objects_have(self, component: bytes, kind: Any) -> None:
        imports = Imports(SimpleNamespace(cell=kind, cell_merged=len, find=len))  # type: ignore[arg-type]
        with Instance(component, imports=world.bind(imports)) as instance:
            mirror = world.Mirror(instance)
            assert mirror.tools.read(mirror.tools.make("text")) == "text"

    def test_a_class_with_static_methods(self, component: bytes) -> None:
        lines: list[str] = []

        class Static:
            @staticmethod
            def write(line: str) -> None:
                lines.append(line)

        with Instance(component, imports=world.bind(changed(log=Static))) as instance:
            world.Mirror(instance).admin.note("x")
        assert lines == ["x"]


def fails(component: bytes, imports: Any, call: Callable[[Any], Any]) -> Trap:
    with Instance(component, imports=world.bind(imports)) as instance:
        mirror = world.Mirror(instance)
        with pytest.raises(Trap) as caught:
            call(mirror)
    return caught.value


VALUES = "import acme:mirror/values@1.0.0."
RESULTS: dict[str, tuple[str, Any, str]] = {
    "number": ("words", [2**32], "{words}: its result[0]: 4294967296 is out of the range of u32"),
    "none": ("words", None, "{words}: its result: a list is expected, not None"),
    "text": ("strings", "ab", "{strings}: its result: a list is expected, not 'ab'"),
    "enum": ("colors", [1], "{colors}: its result[0]: Color is expected, not 1"),
    "flags": ("sets", [1], "{sets}: its result[0]: Rights is expected, not 1"),
    "record": ("people", [{}], "{people}: its result[0]: Person is expected, not {}"),
    "field": (
        "people",
        [world.Person("A", 1, tags=[], rights=world.Rights(0))],
        "{people}: its result[0].from: Color is expected, not 1",
    ),
    "inner field": (
        "people",
        [world.Person(3, world.Color.RED, tags=[], rights=world.Rights(0))],
        "{people}: its result[0].name: a string is expected, not 3",
    ),
    "case": ("shapes", [3], "{shapes}: its result[0]: a case of `shape` is expected, not 3"),
    "payload": (
        "shapes",
        [world.ShapeDot(world.Point("a", 1.0))],
        "{shapes}: its result[0].dot.x: a float is expected, not 'a'",
    ),
    "tuple": ("stamps", [(1, 1)], "{stamps}: its result[0]: a tuple of 4 is expected, not of 2"),
    "bytes": ("octets", [1], "{octets}: its result: bytes is expected, not [1]"),
}


class TestWrongResults:
    @pytest.mark.parametrize("name", RESULTS)
    def test_they_are_named(self, component: bytes, name: str) -> None:
        function, result, message = RESULTS[name]
        imports = Imports()
        setattr(imports.values, function, lambda _: result)
        trap = fails(
            component,
            imports,
            lambda m: getattr(m.values, function)([] if function != "octets" else b""),
        )

        assert trap.message == f"{VALUES}{message}"

    def test_of_the_world(self, component: bytes) -> None:
        trap = fails(component, changed(tick=lambda: -1), lambda mirror: mirror.ticks(1))

        assert trap.message == "import .{tick}: its result: -1 is out of the range of u64"

    def test_of_methods(self, component: bytes) -> None:
        cell = Cell("x")
        cell.get = lambda: 3  # type: ignore[method-assign, assignment, return-value]  # wrong
        trap = fails(component, Imports(), lambda mirror: mirror.tools.read(cell))

        assert trap.message.endswith("{[method]cell.get}: its result: a string is expected, not 3")

    @pytest.mark.parametrize(
        ("result", "why"),
        [
            (3, "not 3 (int has no method `get`)"),
            (Getting("x"), "(Getting has no method `set`)"),
            (AsyncGetting("x"), "(`AsyncGetting.get` is an `async def`"),
            (Cell, "(a class)"),
        ],
    )
    def test_objects_that_are_none(self, component: bytes, result: Any, why: str) -> None:
        imports = changed(store__find=lambda name: result)
        trap = fails(component, imports, lambda mirror: mirror.tools.look("x"))

        assert "store@1.0.0.{find}: its result: a `cell` is expected, not" in trap.message
        assert why in trap.message

    @pytest.mark.parametrize("function", ["tick", "log__write"])
    def test_a_coroutine(self, component: bytes, function: str) -> None:
        imports = changed(**{function: lambda *args: later()})
        trap = fails(
            component,
            imports,
            lambda mirror: mirror.ticks(1) if function == "tick" else mirror.admin.note("x"),
        )

        assert "its result is a coroutine: imports are called, not awaited" in trap.message

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (KeyError("lamp"), "KeyError: 'lamp'"),
            (ValueError("no lamp"), "ValueError: no lamp"),
            (RuntimeError(), "RuntimeError"),
            (
                ExceptionGroup("several", [OSError("a")]),
                "ExceptionGroup: several (1 sub-exception)",
            ),
        ],
    )
    def test_what_is_raised_keeps_its_type(
        self, component: bytes, error: Exception, message: str
    ) -> None:
        def tick() -> int:
            raise error

        trap = fails(component, changed(tick=tick), lambda mirror: mirror.ticks(1))

        assert trap.message == message
        assert trap.__cause__ is error


class Undroppable(Cell):
    def drop(self) -> None:
        raise OSError("it is stuck")


class TestLeaving:
    """The error of a block wins over one of closing, which becomes its note."""

    def test_an_instance(self, component: bytes) -> None:
        instance = Instance(component, imports=world.bind(Imports(Store(Undroppable))))
        with pytest.raises(KeyError, match="lamp") as caught, instance:  # noqa: PT012
            world.Mirror(instance).hold("x")
            raise KeyError("lamp")

        (note,) = caught.value.__notes__
        assert note == "then the instance could not be closed: OSError: it is stuck"

    def test_an_instance_that_fails_alone(self, component: bytes) -> None:
        instance = Instance(component, imports=world.bind(Imports(Store(Undroppable))))
        with pytest.raises(OSError, match="stuck"), instance:
            world.Mirror(instance).hold("x")

    def test_a_resource_of_a_closed_instance(self, component: bytes) -> None:
        instance = Instance(component, imports=world.bind(Imports()))
        box = world.Mirror(instance).tools.box(Cell("x"))
        with pytest.raises(KeyError) as caught, box:  # noqa: PT012
            instance.close()
            raise KeyError("lamp")

        assert (
            "could not be dropped: ShimError: the instance is closed" in caught.value.__notes__[0]
        )

    def test_a_host(self, component: bytes) -> None:
        class Stuck(MemoryEngine):
            def close(self) -> None:
                super().close()
                raise OSError("it is stuck")

        deployed = Deployment(component, imports=world.bind(Imports()))

        def host() -> Host:
            return Host(engine=Stuck(), components={"a:b": deployed})

        def leave(error: Exception | None) -> None:
            with host():
                if error is not None:
                    raise error

        with pytest.raises(KeyError) as caught:
            leave(KeyError("lamp"))
        assert caught.value.__notes__ == ["then the host could not be closed: OSError: it is stuck"]
        with pytest.raises(OSError, match="stuck"):
            leave(None)
