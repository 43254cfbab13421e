"""The worlds of all tests as mypy and pyright see them, and how long mypy takes for large types."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from oracle import write_tree

from tests.witgen.emit.test_deprecated import DEPRECATED
from tests.witgen.emit.test_generated_pyright import pyright
from tests.witgen.emit.test_shared_types import WIT as SHARED
from tests.witgen.emit.test_world_labels import WIT as LABELS
from tests.witgen.emit.test_world_texts import CONFIG, LONG, VERSIONS, nested, variant
from witgen.client import client
from witgen.diagnostics import WitError
from witgen.emit.host import host_world, package_files
from witgen.load import load_texts

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[3]
IMPORTS = "import dep:lib/api@1.2.0; import dep:lib/api@2.0.0-rc.1; import dep:other/more@1.0.0;"


def world(body: str) -> str:
    return f"package a:b; interface i {{ {body} }} world w {{ import i; export i; }}"


TEXTS = {
    "config": CONFIG.replace("package t:config;", "package t:config@2.0.0;"),
    "deprecated": DEPRECATED,
    "labels": LABELS,
    "shared": SHARED,
    "versions": VERSIONS.replace("IMPORTS", IMPORTS),
    "long": LONG.format(r="r" * 20),
    "variant": world(variant(160)),
    "results": world(nested(60)),
    "options": world(nested(40, "list<option<{}>>")),
}


def generated(text: str, folder: Path) -> list[str]:
    """The Python files of a world, and of its client if it has one."""
    resolve = load_texts({"a.wit": text})
    try:
        made = client(resolve)
    except WitError:
        made = None
    files = package_files(made, host_world(resolve))
    write_tree(folder, files)
    return [path for path in files if path.endswith(".py")]


def mypy(folder: Path, sources: list[str], cache: Path) -> tuple[float, str]:
    """How many seconds of a processor it took, and what was found."""
    options = ["--strict", "--python-version", "3.11", "--follow-imports", "silent"]
    begin = time.perf_counter()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", ""),
            *(*options, "--cache-dir", str(cache), *sources),
        ],
        cwd=folder,
        env={"MYPYPATH": f"{folder / 'host'}:{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return time.perf_counter() - begin, "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("name", TEXTS)
def test_mypy_is_content(name: str, tmp_path: Path) -> None:
    sources = generated(TEXTS[name], tmp_path)

    assert mypy(tmp_path, sources, tmp_path / "cache")[1] == ""


def test_pyright_is_content(tmp_path: Path) -> None:
    count = sum(len(generated(text, tmp_path / name)) for name, text in TEXTS.items())
    found, said = pyright(tmp_path, [f"{name}/host" for name in TEXTS], [])

    assert not said, "\n".join(said)
    assert found == count


def test_large_variants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = {}
    for cases in (1, 40, 80, 160, 300):  # the first fills the cache with the host's face
        folder = tmp_path / str(cases)
        seconds[cases], said = mypy(
            folder, generated(world(variant(cases)), folder), tmp_path / "c"
        )
        assert said == ""
    with capsys.disabled():
        told = ", ".join(f"{cases}: {spent:.1f} s" for cases, spent in seconds.items())
        print(f" mypy of variants: {told} ", end="")  # noqa: T201  # the numbers are the point
    assert seconds[300] < 60  # it was minutes
