"""A corpus of real WIT through the native backend: `WITGEN_WIT_CORPUS=FOLDER`.

The folder holds `manifest.jsonl` and `input.zip` (or `input/`).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from oracle import binary

from witgen.client import Client, client
from witgen.diagnostics import WitError
from witgen.load import load
from witgen.native import client_bytes

CORPUS = os.environ.get("WITGEN_WIT_CORPUS")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CORPUS is None, reason="WITGEN_WIT_CORPUS names no corpus"),
]


def clients(
    root: Path, cases: list[dict[str, Any]], **options: Any
) -> Iterator[tuple[str, Client]]:
    """Every client that the generator makes of a world of the corpus."""
    for case in cases:
        if case["expect"] != "ok":
            continue
        everything = bool(case["all_features"])
        try:
            resolve = load(
                root / case["path"], features=tuple(case["features"]), all_features=everything
            )
        except WitError:
            continue
        for world in resolve.worlds:
            name = resolve.packages[world.package].name.interface(world.name)
            try:
                yield f"{case['id']} {name}", client(
                    resolve, name, skip_unsupported=True, **options
                )
            except WitError:
                continue


@pytest.mark.parametrize(
    "options",
    [
        {"extras": ("try", "trigger")},
        {"types": "use"},
        {"types": "inline", "kind": "ephemeral", "golem_rpc": "0.2.2"},
    ],
    ids=["all members", "used types", "inline types"],
)
def test_every_client_has_a_native_one_that_validates(
    options: dict[str, Any], tmp_path: Path
) -> None:
    folder = root = Path(CORPUS or "")
    if not (folder / "input").is_dir():
        root = tmp_path
        with ZipFile(folder / "input.zip") as packed:
            packed.extractall(root)
    cases = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    wrong: list[str] = []
    count = 0
    for name, made in clients(root, cases, **options):
        count += 1
        done = subprocess.run(
            [binary() or "", "validate", "--features", "all", "-"],
            input=client_bytes(made),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            wrong.append(f"{name}: {done.stderr.decode()}")
    assert wrong == []
    assert count > 300
