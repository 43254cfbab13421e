"""A corpus of real WIT through the binary form: `WITGEN_WIT_CORPUS=FOLDER`.

The folder holds `manifest.jsonl` and `input.zip` (or `input/`).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from oracle import binary, document

from witgen.component import decode, encode_package
from witgen.load import read_inputs, resolve_inputs
from witgen.resolve.document import to_dict

CORPUS = os.environ.get("WITGEN_WIT_CORPUS")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CORPUS is None, reason="WITGEN_WIT_CORPUS names no corpus"),
]


def test_every_package_that_has_a_binary_form(tmp_path: Path) -> None:
    folder = root = Path(CORPUS or "")
    if not (folder / "input").is_dir():
        root = tmp_path
        with ZipFile(folder / "input.zip") as packed:
            packed.extractall(root)
    cases = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    ours, theirs = tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    checked = 0
    wrong: list[str] = []
    for case in cases:
        if case["expect"] != "ok" or not case.get("encodes"):
            continue
        checked += 1
        everything = bool(case["all_features"])
        resolve = resolve_inputs(
            read_inputs(root / case["path"]), tuple(case["features"]), all_features=everything
        )
        ours.write_bytes(encode_package(resolve))
        features = ["--all-features"] if everything else ["--features", ",".join(case["features"])]
        if not everything and not case["features"]:
            features = []
        subprocess.run(
            [
                *(binary() or "", "component", "wit", root / case["path"], *features),
                *("--wasm", "-o", theirs),
            ],
            check=True,
            capture_output=True,
        )
        found = [json.loads(json.dumps(to_dict(decode(f.read_bytes())))) for f in (ours, theirs)]
        if found != [document(ours), document(theirs)] or found[0] != found[1]:
            wrong.append(case["id"])
    assert wrong == []
    assert checked > 0
