"""A client for every target of a corpus, or a refusal that names what is really there.

Needs `WITGEN_WIT_CORPUS`, a folder with `manifest.jsonl` and `oracle.zip`.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from oracle import binary, write_tree

from witgen.client import client
from witgen.client.package import component_files
from witgen.diagnostics import WitError
from witgen.emit import generate
from witgen.resolve import model as m
from witgen.resolve.document import from_dict
from witgen.resolve.printer import to_wit

CORPUS = os.environ.get("WITGEN_WIT_CORPUS")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CORPUS is None, reason="WITGEN_WIT_CORPUS names no corpus"),
    pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed"),
]
# What a refusal names, and the text that a target with it has.
SIGNS = {
    "stream": "stream",
    "future": "future",
    "error-context": "error-context",
    "map": "map<",
    "fixed-length list": "list<",
    "the resource": "resource",
    "asynchronous": "async func",
    "accessor": "et(",
}


def targets() -> Iterator[tuple[str, m.Resolve]]:
    """Each world with exports of each accepted document: its name, and what it stands in."""
    folder = Path(CORPUS or "")
    seen = set()
    with zipfile.ZipFile(folder / "oracle.zip") as oracle:
        for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry["expect"] != "ok" or entry["json"] in seen:
                continue
            seen.add(entry["json"])
            document = json.loads(oracle.read(entry["json"].split("!")[1]))
            resolve = from_dict(document, len(document["packages"]) - 1)
            for world in resolve.worlds:
                if world.exports:
                    yield resolve.packages[world.package].name.interface(world.name), resolve


def accepted(folder: Path, files: dict[str, bytes]) -> bool:
    """Whether the reference takes the text, gates closed and open, and encodes it."""
    write_tree(folder, files)
    command = [str(binary()), "component", "wit", str(folder), "--wasm", "-o", os.devnull]
    return all(
        subprocess.run([*command, *gates], capture_output=True, check=False).returncode == 0
        for gates in ([], ["--all-features"])
    )


@pytest.mark.parametrize("types", ["auto", "use", "inline"])
def test_every_target(types: str, tmp_path: Path) -> None:
    counted: Counter[str] = Counter()
    wrong = []
    for number, (world, resolve) in enumerate(targets()):
        try:
            made = client(resolve, world, types=types)
            counted["clients"] += 1
        except WitError as error:
            counted["refusals"] += 1
            text = to_wit(resolve)
            for found in error.diagnostics:
                assert found.code == "GEN2101"
                reason = found.message.partition(" another worker: ")[2]
                assert any(name in reason and sign in text for name, sign in SIGNS.items()), reason
            made = client(resolve, world, types=types, skip_unsupported=True)
            counted["clients of the rest"] += 1
        assert generate(made)
        if not accepted(tmp_path / str(number), component_files(made)):
            wrong.append(world)
    print(types, dict(counted))  # noqa: T201  # the figures are what the run is for

    assert wrong == []
