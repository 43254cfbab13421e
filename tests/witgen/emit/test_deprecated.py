"""What WIT calls deprecated is so in the typed Python of a client and of a world."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oracle import write_tree

from runtime_shim.values import Handle
from witgen.client import client
from witgen.emit.host import client_files, host_world, package_files
from witgen.load import load_texts

OLD = "@since(version = 1.0.0) @deprecated(version = 1.{}.0)"
DEPRECATED = """
package t:old@2.0.0;
/// Was the first.
GATE0
interface api {
  deprecated: func();
  GATE1 record point { x: u8 }
  /// What is drawn.
  GATE2 variant shape { dot, line(u8) }
  GATE3 enum color { red }
  GATE4 flags rights { read, write }
  GATE5 type points = list<point>;
  GATE6 resource pen {
    deprecated: func();
    GATE7 constructor(made: color);
    GATE8 draw: func(shape: shape) -> points;
    GATE9 all: static func() -> rights;
    fresh: func();
  }
  resource box { GATE10 constructor() -> result<box>; }
  /// The old way.
  GATE11 send: func(point: point) -> point;
  GATE12 sink: func();
  keep: func(pen: borrow<pen>);
  fresh: func();
}
interface log { GATE13 resource line { GATE14 add: func(); } }
world old { import log; export api; }
"""
for number in reversed(range(15)):
    DEPRECATED = DEPRECATED.replace(f"GATE{number}", OLD.format(number))

MEMBERS = {
    **{f"Pen.{name}": 7 for name in ("__init__", "new_async")},
    **{f"Pen.{name}": 8 for name in ("draw", "draw_async", "tell_draw")},
    **{f"Pen.{name}": 9 for name in ("all", "all_async", "tell_all")},
    **{f"Box.{name}": 10 for name in ("new", "new_async")},
    **{f"Api.{name}": 11 for name in ("send", "send_async", "tell_send")},
    **{f"Api.{name}": 12 for name in ("sink", "sink_async", "tell_sink")},
}
TYPES = {"Point": 1, "ShapeDot": 2, "ShapeLine": 2, "Color": 3, "Rights": 4, "Pen": 6, "Api": 0}

HANDLE = Handle("urn:worker:old/w", 1)


class Echo:
    """Answers each call, and keeps what it was."""

    def invoke(self, component: str, worker: Any, function: str, args: Any, **given: Any) -> Any:
        self.asked = worker, function, args
        return HANDLE if function.endswith(".new}") else args[-1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any, Any]]:
    """The `api` of a client alone, and `api` and `world` of a package that has both."""
    folder = tmp_path_factory.mktemp("deprecated")
    resolve = load_texts({"a.wit": DEPRECATED})
    write_tree(folder / "alone", client_files(client(resolve)))
    (folder / "alone" / "old_client").rename(folder / "alone" / "lone_client")
    write_tree(folder, package_files(client(resolve), host_world(resolve)))
    before = [*sys.path]
    sys.path[:0] = [str(folder / "alone"), str(folder / "host")]
    try:
        names = ("lone_client.api", "old_client.api", "old_client.world")
        api, shared, world = map(importlib.import_module, names)
        yield api, shared, world
    finally:
        sys.path[:] = before


def said(documented: Any) -> str:
    return inspect.cleandoc(documented.__doc__).rpartition("\n\n")[2]


def member(module: Any, path: str) -> Any:
    owner, name = path.split(".")
    return getattr(getattr(module, owner), name)


class TestMembersOfClients:
    @pytest.mark.parametrize("path", MEMBERS)
    def test_they_are_marked(self, made: Any, path: str) -> None:
        for module in made[:2]:
            found = member(module, path)
            assert found.__deprecated__ == f"Deprecated since 1.{MEMBERS[path]}.0."

    def test_the_others_are_not(self, made: Any) -> None:
        found = {
            f"{name}.{attribute}"
            for name in ("Api", "Pen", "Box")
            for attribute in vars(getattr(made[0], name))
            if hasattr(getattr(getattr(made[0], name), attribute), "__deprecated__")
        }
        assert found == {*MEMBERS}

    @pytest.mark.parametrize(
        "path", ["Api.send", "Api.sink", "Pen.draw", "Pen.all", "Pen.__init__"]
    )
    def test_docstrings_say_so(self, made: Any, path: str) -> None:
        assert said(member(made[0], path)) == f"Deprecated since 1.{MEMBERS[path]}.0."

    def test_a_call_warns_where_it_stands(self, made: Any) -> None:
        api = made[0]
        with pytest.warns(DeprecationWarning, match=r"since 1\.11\.0") as caught:
            assert api.Api(Echo(), "w").send(api.Point(3)) == api.Point(3)
        assert [one.filename for one in caught] == [__file__]


class TestResources:
    def test_a_constructor_warns_once(self, made: Any) -> None:
        api, echo = made[0], Echo()
        with pytest.warns(DeprecationWarning, match=r"since 1\.7\.0") as caught:
            pen = api.Pen(echo, "w", api.Color.RED)
        assert [one.filename for one in caught] == [__file__]
        with pytest.warns(DeprecationWarning, match=r"since 1\.8\.0"):
            pen.draw_async(api.ShapeDot()).close()

    def test_the_constructor_to_await_warns_once(self, made: Any) -> None:
        api, echo = made[0], Echo()
        with pytest.warns(DeprecationWarning, match=r"since 1\.7\.0") as caught:
            pen = asyncio.run(api.Pen.new_async(echo, "w", api.Color.RED))
        assert [one.filename for one in caught] == [__file__]
        assert isinstance(pen, api.Pen)
        assert echo.asked == ("w", "t:old/api@2.0.0.{pen.new}", ("red",))

    @pytest.mark.parametrize("name", ["draw", "draw_async", "all", "pen", "pen_async"])
    def test_those_of_a_world(self, made: Any, name: str) -> None:
        found = getattr(made[2].Pen, name, None) or getattr(made[2].Api, name, None)
        found = found or getattr(made[2].Api, f"pen_{name}")
        assert found.__deprecated__.startswith("Deprecated since 1.")


class TestTypes:
    @pytest.mark.parametrize("name", TYPES)
    def test_docstrings_say_so(self, made: Any, name: str) -> None:
        for module in made:
            assert said(getattr(module, name)) == f"Deprecated since 1.{TYPES[name]}.0."

    def test_those_of_imports(self, made: Any) -> None:
        assert said(made[2].Line) == "Deprecated since 1.13.0."
        assert said(made[2].Line.add) == "Deprecated since 1.14.0."

    @pytest.mark.parametrize("module", [0, 2])
    def test_aliases_say_so(self, made: Any, module: int) -> None:
        path = Path(made[module].__file__)
        text = "".join(file.read_text("utf-8") for file in path.parent.glob("*.py"))
        assert 'Points: TypeAlias = list[Point]\n"""Deprecated since 1.5.0."""\n' in text
        assert '"""What is drawn.\n\nDeprecated since 1.2.0.\n"""\n' in text

    def test_values_are_made_without_a_warning(self, made: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for module in made:
                assert module.ShapeLine(module.Point(3).x).value == 3
