"""A type of WIT is one class, whether a program has it from `api` or from `world`."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import black
import pytest
from golden_cases import CASES, GOLDEN, golden_client, golden_options
from oracle import write_tree

from witgen.client import client
from witgen.emit.host import host_world, package_files
from witgen.load import load, load_texts

ROOT = Path(__file__).parents[3]
WIT = """
package acme:shared@1.0.0;
interface api {
  record point { x: u8, y: option<u8> }
  enum color { red, green }
  flags rights { read, write }
  variant shape { dot(point), colored(color), none }
  type points = list<point>;
  resource pen { constructor(color: color); draw: func(points: points) -> result<shape, rights>; }
  record held { pen: pen }
  move: func(point: point) -> points;
  keep: func(held: held);
}
interface log { use api.{point}; at: func(point: point); }
world shared { import log; export api; }
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    resolve = load_texts({"a.wit": WIT})
    write_tree(tmp_path, package_files(client(resolve), host_world(resolve)))
    monkeypatch.syspath_prepend(str(tmp_path / "host"))
    api, world = (importlib.import_module(f"shared_client.{name}") for name in ("api", "world"))
    yield api, world
    for name in [name for name in sys.modules if name.startswith("shared_client")]:
        del sys.modules[name]


def test_types_without_resources_are_the_same(modules: tuple[Any, Any]) -> None:
    api, world = modules
    same = ("Point", "Color", "Rights", "Shape", "ShapeDot", "ShapeColored", "ShapeNone_", "Points")

    assert [name for name in same if getattr(api, name) is not getattr(world, name)] == []
    assert {*same} <= {*api.__all__} & {*world.__all__}
    assert api.Pen is not world.Pen  # that of a client also queues calls


def test_values_of_one_are_values_of_the_other(modules: tuple[Any, Any]) -> None:
    api, world = modules

    class Echo:
        def invoke(self, component: str, worker: Any, function: str, args: Any, **_: Any) -> Any:
            return [args[0]]

        send = cancel = invoke

    assert api.Api(Echo(), "w").move(world.Point(1)) == [api.Point(1)]


@pytest.mark.parametrize("name", CASES)
def test_black_leaves_them_alone(name: str) -> None:
    options = golden_options(name)
    resolve = load(GOLDEN / options.pop("of", name) / "input", all_features=True)
    made = golden_client(name)
    bound = host_world(resolve, made.target, skip_unsupported=True)
    for path, data in package_files(made, bound).items():
        if path.endswith(".py"):
            assert data.decode() == black.format_str(data.decode(), mode=black.Mode()), path


@pytest.mark.long
def test_mypy_is_content_with_both(tmp_path: Path) -> None:
    resolve = load_texts({"a.wit": WIT})
    files = package_files(client(resolve), host_world(resolve))
    write_tree(tmp_path, files)
    sources = [path for path in files if path.endswith(".py")]
    options = ["--strict", "--python-version", "3.11", "--follow-imports", "silent"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "", *options, *sources],
        cwd=tmp_path,
        env={"MYPYPATH": f"{tmp_path / 'host'}:{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
