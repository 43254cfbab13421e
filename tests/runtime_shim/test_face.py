"""`import runtime_shim`: what programs that embed the host import, and nothing loaded before."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import runtime_shim
from runtime_shim import errors, values

ROOT = Path(__file__).parents[2]
FACE = {
    *("Host", "Deployment", "Instance", "SqliteEngine", "MemoryEngine", "DirectEngine"),
    *("Grants", "Directory", "Limits", "RetryPolicy", "RetryPolicies", "WorkerId"),
    *("Ok", "Err", "Some", "Result"),
    *("ShimError", "Trap", "InvocationFailed", "BadArguments", "UnknownFunction", "StoreError"),
    "KeyReused",
    *(
        "LinkError",
        "RpcError",
        "InvalidComponent",
        "ResourceGone",
        "Busy",
        "TimedOut",
        "UnwrapError",
    ),
    "Update",
}
USER = """\
import runtime_shim
from runtime_shim import Host, Result, Hosts
from runtime_shim.typed import Value, Values

def first(result: Result[int, str]) -> int:
    assert isinstance(result, runtime_shim.Ok)
    return result.value

runtime_shim.SqliteEngine("store").close()
runtime_shim.SqlEngine
"""
MISSPELT = [2, 3, 10]


def python(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_it_exports_these_names() -> None:
    assert {*runtime_shim.__all__} == FACE
    assert list(runtime_shim.__all__) == sorted(FACE)
    assert {*dir(runtime_shim)} >= FACE
    for name in FACE:
        assert getattr(runtime_shim, name).__name__ == name or name == "Result"


def test_they_are_the_same_as_inside() -> None:
    assert runtime_shim.ShimError is errors.ShimError
    assert runtime_shim.Result is values.Result
    assert all(issubclass(vars(errors)[name], errors.ShimError) for name in FACE & {*vars(errors)})


def test_checkers_see_what_is_loaded() -> None:
    tree = ast.parse((ROOT / "runtime_shim" / "__init__.py").read_text("utf-8"))
    imports, _ = [node.body for node in tree.body if isinstance(node, ast.If)]
    homes = {
        alias.name: node.module
        for node in imports
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert homes == vars(runtime_shim)["_HOME"]


def test_a_name_that_it_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'runtime_shim' has no attribute 'Hosts'"):
        _ = getattr(runtime_shim, "Hosts")  # noqa: B009  # both type checkers refuse the attribute


def test_nothing_is_loaded_before_it_is_used() -> None:
    script = (
        "import sys; before = {*sys.modules}\n"
        "import runtime_shim\n"
        "print(sorted({*sys.modules} - before))\n"
        "runtime_shim.WorkerId\n"
        "print('wasmtime' in sys.modules)\n"
    )

    assert python("-S", "-c", script).split("\n")[:2] == ["['runtime_shim']", "False"]


def test_mypy_refuses_a_misspelt_name(tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text(USER)

    mypy = ("-m", "mypy", "--follow-imports=skip", "--cache-dir", os.devnull)
    faces = [
        f"runtime_shim/{name}.py" for name in ("__init__", "typed/__init__", "values/__init__")
    ]
    said = python(*mypy, *faces, str(user)).splitlines()
    said = [line for line in said if line.startswith(str(user))]

    assert [int(line.split(":")[1]) for line in said if ": error:" in line] == MISSPELT, said


def test_pyright_refuses_a_misspelt_name(tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text(USER)
    (tmp_path / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{ROOT.as_posix()}"]}}')

    said = python("-m", "basedpyright", "-p", str(tmp_path), "--level", "error").splitlines()

    assert [int(line.split(":")[1]) for line in said if " - error:" in line] == MISSPELT, said
