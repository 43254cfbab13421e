"""Transforms over a corpus of real WIT, against the reference: `WITGEN_WIT_CORPUS=FOLDER`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest

from witgen.diagnostics import WitError
from witgen.load import load_texts, read_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.document import to_dict
from witgen.resolve.importize import importize
from witgen.resolve.merge_semver import merge_world_imports_based_on_semver
from witgen.resolve.printer import package_files
from witgen.resolve.prune import only_world
from witgen.resolve.select import select_world

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        "WITGEN_WIT_CORPUS" not in os.environ, reason="WITGEN_WIT_CORPUS names no corpus"
    ),
]


class Case(NamedTuple):
    """A loaded input, and how the reference is called on it."""

    id: str
    resolve: m.Resolve
    command: tuple[str, ...]

    def worlds(self) -> Iterator[tuple[m.WorldId, str]]:
        for index, world in enumerate(self.resolve.worlds):
            package = self.resolve.packages[world.package].name
            # `%` everywhere: names may be keywords.
            bare = m.PackageName(f"%{package.namespace}", f"%{package.name}", package.version)
            yield m.WorldId(index), bare.interface(f"%{world.name}")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory, wasm_tools: Path) -> list[Case]:
    folder = Path(os.environ["WITGEN_WIT_CORPUS"])
    root = folder
    if not (folder / "input").is_dir():
        root = tmp_path_factory.mktemp("corpus")
        with ZipFile(folder / "input.zip") as packed:
            packed.extractall(root)
    found: dict[tuple[str, bool], Case] = {}
    for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        case: dict[str, Any] = json.loads(line)
        everything = bool(case["all_features"])
        if case["expect"] != "ok" or (case["json"], everything) in found:
            continue
        path = root / case["path"]
        features = tuple(case["features"])
        resolve = resolve_inputs(read_inputs(path), features, all_features=everything)
        gates = ["--all-features"] if everything else [f"--features={f}" for f in features]
        command = (str(wasm_tools), "component", "wit", str(path), "--json", *gates)
        found[case["json"], everything] = Case(case["id"], resolve, command)
    return list(found.values())


@pytest.mark.parametrize(
    ("option", "transform"),
    [
        ("--importize-world", importize),
        ("--merge-world-imports-based-on-semver", merge_world_imports_based_on_semver),
    ],
)
def test_every_document(cases: list[Case], option: str, transform: Any) -> None:
    wrong = []
    for case in cases:
        for id, name in case.worlds():
            done = subprocess.run([*case.command, option, name], capture_output=True, check=False)
            assert select_world(case.resolve, name) == id
            try:
                got = json.dumps(to_dict(transform(case.resolve, id)))
            except WitError:
                got = ""
            wanted = json.dumps(json.loads(done.stdout)) if done.returncode == 0 else ""
            if got != wanted:
                wrong.append((case.id, name))
    assert wrong == []


def test_every_world_that_is_cut_out_loads_again(cases: list[Case]) -> None:
    wrong = []
    for case in cases:
        for id, name in case.worlds():
            files = package_files(only_world(case.resolve, id))
            texts = {path: data.decode() for path, data in files.items()}
            again = load_texts(texts, all_features=True)
            if package_files(only_world(again, select_world(again, None))) != files:
                wrong.append((case.id, name))
    assert wrong == []
