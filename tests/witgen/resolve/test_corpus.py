"""A corpus of real WIT with the verdicts of the reference: `WITGEN_WIT_CORPUS=FOLDER`.

The folder holds `manifest.jsonl`, `input.zip` (or `input/`) and `oracle.zip`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from witgen.diagnostics import WitError
from witgen.load import read_inputs, resolve_inputs
from witgen.resolve.document import to_dict

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        "WITGEN_WIT_CORPUS" not in os.environ, reason="WITGEN_WIT_CORPUS names no corpus"
    ),
]
# Codes that say no more than that the text is not WIT.
GENERIC = {"WIT0100"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], ZipFile]:
    folder = Path(os.environ["WITGEN_WIT_CORPUS"])
    lines = (folder / "manifest.jsonl").read_text("utf-8").splitlines()
    root = folder
    if not (folder / "input").is_dir():
        root = tmp_path_factory.mktemp("corpus")
        with ZipFile(folder / "input.zip") as packed:
            packed.extractall(root)
    return root, [json.loads(line) for line in lines], ZipFile(folder / "oracle.zip")


def test_every_verdict_and_every_document(
    corpus: tuple[Path, list[dict[str, Any]], ZipFile],
) -> None:
    root, cases, oracle = corpus
    wrong: list[str] = []
    generic = refused = 0
    for case in cases:
        everything = bool(case.get("all_features"))
        features = () if everything else tuple(case["features"])
        codes: set[str] = set()
        found = None
        try:
            inputs = read_inputs(root / case["path"])
            found = to_dict(resolve_inputs(inputs, features, all_features=everything))
        except WitError as error:
            codes = {d.code for d in error.diagnostics}
        if case["expect"] == "ok":
            wanted = json.loads(oracle.read(case["json"].split("!")[1]))
            if json.dumps(found) != json.dumps(wanted):
                wrong.append(case["id"])
        elif case["expect"] == "fail":
            refused += 1
            generic += codes <= GENERIC
            if found is not None:
                wrong.append(case["id"])
    assert wrong == []
    assert generic <= 0.05 * refused
