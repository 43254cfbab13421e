"""What the typed Python of a world looks like: names, defaults, documentation, size."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError
from typing import Any

import black
import pytest
from oracle import write_tree

from runtime_shim import Err, Ok, ShimError, UnwrapError
from witgen.emit.host import bindings, host_world
from witgen.load import load_texts

VERSIONS = """
package t:ord;
world ord { IMPORTS export run: func(); }
package dep:lib@1.2.0 { interface api { record thing { a: u8 } variant way { on(u8), off }
  resource res { constructor(); } make: func(w: way, r: borrow<res>) -> thing; } }
package dep:lib@2.0.0-rc.1 { interface api { record thing { a: u8, b: u8 } variant way { on, off }
  resource res { constructor(); } make: func(w: way, r: borrow<res>) -> thing; } }
package dep:other@1.0.0 { interface more { record thing { c: u8 } make: func() -> thing; } }
"""
IMPORTED = ("dep:lib/api@1.2.0", "dep:lib/api@2.0.0-rc.1", "dep:other/more@1.0.0")


def files(text: str, **options: Any) -> dict[str, str]:
    made = bindings(host_world(load_texts({"a.wit": text})), **options)
    return {path: data.decode() for path, data in made.items()}


def exported(source: str) -> list[str]:
    found = [
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"  # type: ignore[attr-defined]
    ]
    return list(ast.literal_eval(found[0]))


class TestNames:
    @pytest.mark.parametrize("order", [*itertools.permutations(IMPORTED)])
    def test_they_do_not_depend_on_the_order_of_imports(self, order: tuple[str, ...]) -> None:
        imports = "".join(f"import {name}; " for name in order)
        made = files(VERSIONS.replace("IMPORTS", imports))

        world = exported(made["host/ord_client/world.py"])
        assert [name for name in world if name.startswith(("Api", "Way", "Res"))] == [
            "Api_1_2_0",
            "Api_2_0_0_rc_1",
            "Res_1_2_0",
            "Res_2_0_0_rc_1",
            "Way_1_2_0",
            "Way_1_2_0Off",
            "Way_1_2_0On",
            "Way_2_0_0_rc_1",
            "Way_2_0_0_rc_1Off",
            "Way_2_0_0_rc_1On",
        ]
        assert sorted(path.rpartition("/")[2] for path in made) == [
            "__init__.py",
            "api_1_2_0.py",
            "api_2_0_0_rc_1.py",
            "more.py",
            "py.typed",
            "world.py",
        ]
        assert "class DepLibApiThing_1_2_0" in made["host/ord_client/api_1_2_0.py"]
        assert "class DepOtherMoreThing_1_0_0" in made["host/ord_client/more.py"]
        assert "def api_1_2_0(self)" in made["host/ord_client/world.py"]

    def test_of_one_version_they_are_plain(self) -> None:
        made = files(VERSIONS.replace("IMPORTS", "import dep:lib/api@1.2.0;"))

        assert {"Api", "Res", "Thing", "Way"} <= {*exported(made["host/ord_client/world.py"])}
        assert len(made) == 3

    def test_of_two_interfaces_they_say_which(self) -> None:
        text = "package a:b; interface x { record t { a: u8 } f: func() -> t; } interface y {"
        text += "record t { b: u8 } f: func() -> t; } world w { IMPORT }"
        orders = ("import x; import y;", "import y; import x;")
        made = [files(text.replace("IMPORT", order)) for order in orders]

        assert exported(made[0]["host/w_client/world.py"]) == exported(
            made[1]["host/w_client/world.py"]
        )
        assert "class XT" in made[0]["host/w_client/x.py"]


CONFIG = """
package t:config;
interface api {
  /// What can be set.
  record config {
    /// The name.
    name: string,
    a: option<u8>, b: option<string>, size: u32, c: option<list<u8>>, d: option<option<u8>>,
  }
  record tail { name: string, a: option<u8>, b: maybe }
  record all { a: option<u8>, b: option<u8> }
  type maybe = option<u32>;
  /// What is drawn.
  variant shape {
    /// Only a dot.
    dot,
    line(u8),
  }
  enum color {
    /// Like a rose.
    red,
  }
  /// The old way.
  @since(version = 1.0.0)
  @deprecated(version = 1.2.0)
  old: func(a: u8) -> u8;
  resource r {
    @since(version = 1.0.0)
    @deprecated(version = 1.3.0)
    quit: func();
  }
  open: func(name: string, first: option<u8>, size: u32, second: option<u8>, third: maybe) -> config;
  tails: func(tail: tail, all: all, shape: shape, color: color) -> tail;
  keep: func(r: r);
}
world setup { import api; export api; }
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("config")
    text = CONFIG.replace("package t:config;", "package t:config@2.0.0;")
    write_tree(folder, {p: d.encode() for p, d in files(text).items()})
    sys.path.insert(0, str(folder / "host"))
    try:
        yield importlib.import_module("setup_client.world")
    finally:
        sys.path.pop(0)


class Echo:
    """Gives back what it is called with."""

    def invoke(self, component: str, worker: Any, function: str, args: Any, **given: Any) -> Any:
        self.asked = function, args
        return args[0]


class TestConstruction:
    def test_options_need_not_be_given(self, config: Any) -> None:
        made = config.Config("x", size=3, b="y")

        assert (made.name, made.a, made.b, made.size, made.c, made.d) == (
            *("x", None, "y", 3, None, None),
        )
        assert config.Config(name="x", size=3) == config.Config("x", size=3, c=None)

    def test_what_follows_an_option_is_a_keyword(self, config: Any) -> None:
        with pytest.raises(TypeError):
            config.Config("x", None, None, 3)
        with pytest.raises(TypeError, match="size"):
            config.Config("x")

    def test_options_at_the_end_have_a_position(self, config: Any) -> None:
        assert config.Tail("x", 1, 2) == config.Tail("x", b=2, a=1)
        assert config.Tail("x") == config.Tail("x", None, None)
        assert config.All() == config.All(None, None)

    def test_they_travel(self, config: Any) -> None:
        class Given(Echo):
            def invoke(self, *args: Any, **given: Any) -> Any:
                super().invoke(*args, **given)
                names = ("name", "a", "b", "size", "c", "d")
                return dict(zip(names, ("x", 1, None, 2, b"", None), strict=True))

        echo = Given()
        found = config.Setup(echo).api.open("x", None, 3)

        assert found == config.Config("x", a=1, size=2, c=b"")
        assert echo.asked == ("t:config/api@2.0.0.{open}", ("x", None, 3, None, None))

    def test_only_parameters_at_the_end_are_optional(self, config: Any) -> None:
        given = inspect.signature(config.Api.open).parameters
        assert [name for name, one in given.items() if one.default is None] == ["second", "third"]
        implemented = inspect.signature(config.ApiImport.open).parameters
        assert all(one.default is one.empty for one in implemented.values())

    def test_values_read_well(self, config: Any) -> None:
        assert repr(config.Tail("x")) == "Tail(name='x', a=None, b=None)"
        assert repr([config.ShapeDot(), config.ShapeLine(3)]) == "[ShapeDot(), ShapeLine(value=3)]"
        match config.ShapeLine(3):
            case config.ShapeLine(number):
                assert number == 3
        with pytest.raises(FrozenInstanceError):
            config.Tail("x").name = "y"

    def test_unwrap(self) -> None:
        assert Ok(3).unwrap() == 3
        with pytest.raises(UnwrapError, match="the result is a failure: 'why'") as caught:
            Err("why").unwrap()
        assert caught.value.value == "why"
        assert isinstance(caught.value, ShimError)


class TestDocumentation:
    def test_it_is_carried_over(self, config: Any) -> None:
        source = inspect.getsource(config)
        assert config.Config.__doc__ == "What can be set."
        assert config.ShapeDot.__doc__ == "Only a dot."
        assert '    name: str\n    """The name."""' in source
        assert '    RED = "red"\n    """Like a rose."""' in source
        assert '"""What is drawn."""' in source

    def test_what_is_deprecated(self, config: Any) -> None:
        assert inspect.cleandoc(config.Api.old.__doc__) == "The old way.\n\nDeprecated since 1.2.0."
        assert config.Api.old.__deprecated__ == "Deprecated since 1.2.0."
        api = config.Setup(Echo()).api
        with pytest.warns(DeprecationWarning, match=r"Deprecated since 1\.2\.0") as caught:
            assert api.old(3) == 3
        assert caught[0].filename == __file__
        assert "Deprecated since 1.2.0." in config.ApiImport.old.__doc__
        assert config.R.quit.__deprecated__ == "Deprecated since 1.3.0."
        assert config.R.quit_async.__deprecated__ == "Deprecated since 1.3.0."


def variant(cases: int) -> str:
    kinds = ("(u64)", "(string)", "")
    named = ", ".join(f"c{n}{kinds[n % 3]}" for n in range(cases))
    return f"variant vast {{ {named} }} f: func(v: vast) -> vast;"


def nested(depth: int, kind: str = "result<_, {}>") -> str:
    ty = "string"
    for _ in range(depth):
        ty = kind.format(ty)
    return f"f: func(x: {ty}) -> {ty};"


class TestSize:
    def lines(self, body: str) -> int:
        text = f"package a:b; interface i {{ {body} }} world w {{ import i; export i; }}"
        return sum(source.count("\n") for source in files(text).values())

    @pytest.mark.parametrize(
        "body",
        [
            variant,
            lambda n: nested(n // 5),
            lambda n: nested(n // 5, "list<option<{}>>"),
            lambda n: "record r { " + ", ".join(f"g{i}: list<u8>" for i in range(n)) + "} "
            "f: func(r: r) -> r;",
            lambda n: "".join(f"g{i}: func(x: list<result<string>>) -> u8; " for i in range(n)),
        ],
    )
    def test_it_grows_with_what_it_says(self, body: Callable[[int], str]) -> None:
        small, large, larger = (self.lines(body(n)) for n in (40, 80, 160))

        assert (larger - large) <= 2.05 * (large - small) + 4


LONG = """
package a:b;
interface i {{
  record {r} {{ x: u8 }}
  type a-{r} = {r};
  type o-{r} = option<{r}>;
  type t-{r} = tuple<{r}, {r}>;
  type l-{r} = list<list<{r}>>;
  type e-{r} = result<{r}, {r}>;
  variant v-{r} {{ one, two({r}) }}
  variant w-{r} {{ only }}
  resource s-{r} {{ constructor(); }}
  type h-{r} = option<s-{r}>;
  type p-{r} = tuple<h-{r}, option<option<{r}>>>;
  f: func(a: a-{r}, o: o-{r}, t: t-{r}, l: l-{r}, e: e-{r}, v: v-{r}, w: w-{r}, p: p-{r})
    -> result<result<p-{r}>>;
}}
world w {{ import i; export i; }}
"""


@pytest.mark.parametrize("depth", [10, 14, 40])
def test_deep_types_are_laid_out_as_black_does(depth: int) -> None:
    body = nested(depth, "option<{}>").replace("f: func", "g: func") + nested(depth)
    text = f"package a:b; interface i {{ {body} }} world w {{ import i; export i; }}"
    source = files(text)["host/w_client/world.py"]

    assert source == black.format_str(source, mode=black.Mode())


@pytest.mark.parametrize("length", [1, 8, 15, 20, 24, 28, 31, 34, 38, 42, 50, 60])
def test_long_names_are_laid_out_as_black_does(length: int) -> None:
    for path, source in files(LONG.format(r="r" * length)).items():
        if path.endswith(".py"):
            assert source == black.format_str(source, mode=black.Mode()), path
