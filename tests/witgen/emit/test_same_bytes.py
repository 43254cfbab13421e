"""What is generated does not depend on the process, its hash seed, or where things lie."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from golden_cases import CASES, GOLDEN

SCRIPT = """
import hashlib, json, sys
from golden_cases import CASES, golden_client
from witgen.client.caller import add_client
from witgen.emit import generate

caller = {"a.wit": b"package my:caller;\\nworld caller {}\\n"}
digests = {}
for name in CASES:
    made = golden_client(name)
    for path, data in [*generate(made).items(), *add_client(caller, made).items()]:
        digests[f"{name}/{path}"] = hashlib.sha256(data).hexdigest()
json.dump(digests, sys.stdout)
"""


def generated(seed: str, folder: Path) -> dict[str, str]:
    """The digest of every file of every golden case, by a new process without caches."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join([str(GOLDEN.parent), str(GOLDEN.parent / "tests/support")]),
        "WITGEN_CACHE_DIR": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folder, env=environment, capture_output=True, check=True
    )
    digests: dict[str, str] = json.loads(done.stdout)
    return digests


def test_every_case_under_other_hash_seeds_and_in_other_folders(tmp_path: Path) -> None:
    found = []
    for seed in ("0", "4711"):
        folder = tmp_path / f"run {seed}"
        folder.mkdir()
        found.append(generated(seed, folder))

    assert {name.partition("/")[0] for name in found[0]} == set(CASES)
    assert found[1] == found[0]


def test_the_command_writes_the_same_tree_from_anywhere(tmp_path: Path) -> None:
    trees = []
    for seed, target in (("0", GOLDEN / "counters" / "input"), ("9", Path("here"))):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "here").symlink_to(GOLDEN / "counters" / "input")
        subprocess.run(
            [sys.executable, "-m", "witgen", "generate", str(target), "-o", "out"],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(GOLDEN.parent)},
            capture_output=True,
            check=True,
        )
        files = (path for path in sorted((folder / "out").rglob("*")) if path.is_file())
        trees.append({p.relative_to(folder).as_posix(): p.read_bytes() for p in files})

    assert "out/.witgen.json" in trees[0]
    assert trees[0] == trees[1]
