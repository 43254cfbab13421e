"""What is generated, as pyright sees it in its strict mode: no errors, no warnings.

It is basedpyright, which is pyright in a wheel that needs nothing from elsewhere at run time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from golden_cases import CASES, GOLDEN, golden_client
from oracle import write_tree

from witgen.emit import generate
from witgen.emit.host import bindings, host_world
from witgen.load import load

ROOT = Path(__file__).parents[3]
BINDINGS = "import sys; from componentize_py import script; sys.exit(script())"

pytestmark = pytest.mark.long  # bindings and node: half a minute


def pyright(
    folder: Path, include: list[str], environments: list[dict[str, Any]]
) -> tuple[int, list[str]]:
    """How many files were looked at, and what was found in them."""
    config = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "include": include,
        "extraPaths": [str(ROOT)],  # of what the files import, too
        "executionEnvironments": environments,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "-p", str(folder), "--outputjson"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    said = [
        f"{Path(one['file']).relative_to(folder)}:{one['range']['start']['line'] + 1}: "
        f"{one['severity']}: {one['message']} ({one.get('rule')})"
        for one in found["generalDiagnostics"]
    ]
    return found["summary"]["filesAnalyzed"], said


def test_the_apis_of_clients(tmp_path: Path) -> None:
    for name in CASES:
        write_tree(tmp_path / name, generate(golden_client(name), emit=("host",)))

    count, said = pyright(tmp_path, [f"{name}/host" for name in CASES], [])
    assert not said, "\n".join(said)
    assert count == 2 * len(CASES)


def test_worlds(tmp_path: Path) -> None:
    folders = []
    inputs = {
        path.parent for place in ("*", "worlds/*") for path in GOLDEN.glob(f"{place}/input/*.wit")
    }
    for number, path in enumerate(sorted(inputs)):
        resolve = load(path, all_features=True)
        for world in resolve.packages[resolve.root].worlds:
            folder = f"{number}-{path.parent.name}-{world}"
            write_tree(
                tmp_path / folder, bindings(host_world(resolve, world, skip_unsupported=True))
            )
            folders.append(f"{folder}/host")

    count, said = pyright(tmp_path, folders, [])
    assert not said, "\n".join(said)
    assert count == len(list(tmp_path.rglob("*.py"))) > 2 * len(folders)


def test_the_sources_of_clients(tmp_path: Path) -> None:
    environments = []
    for name in CASES:
        made = golden_client(name)
        folder = write_tree(tmp_path / name, generate(made, emit=("python",)))
        command = ["-q", "-d", "python/wit", "-w", made.component_world, "--all-features"]
        command += ["bindings", "bindings"]
        subprocess.run([sys.executable, "-c", BINDINGS, *command], cwd=folder, check=True)
        paths = [f"{name}/python", f"{name}/bindings"]
        environments.append({"root": name, "extraPaths": paths})

    count, said = pyright(tmp_path, [f"{name}/python" for name in CASES], environments)
    assert not said, "\n".join(said)
    assert count >= 3 * len(CASES)
