"""The component model's own tests: `WITGEN_COMPONENT_TESTS=FOLDER`.

The folder holds `.wast` files at any depth. The crate `wasm-tools` carries those of the specification
(`tests/component-model/test`) and its own (`tests/cli/component-model`).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from oracle import binary, document

from witgen.component import decode
from witgen.component.state.instrument import Instrumented, instrument
from witgen.compose import compose
from witgen.diagnostics import ComposeError, WitError
from witgen.resolve.document import to_dict

FOLDER = os.environ.get("WITGEN_COMPONENT_TESTS")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(FOLDER is None, reason="WITGEN_COMPONENT_TESTS names no folder"),
]

# What is read in another way than by the reference, by the file and the line of the component.
KNOWN = {
    # A primitive type behind a type index: for us the primitive type, there a type without a name.
    "import.wast:277",
    "naming.wast:217",
    # A type of half a million nodes, beyond the reader's limit and within that of the reference.
    "very-nested.wast:2522",
}
_COMPONENT = b"\0asm\x0d\0\x01\0"


def components(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name, file) of each component of the tests, the invalid ones as well."""
    for wast in sorted(Path(FOLDER or "").rglob("*.wast")):
        out = folder / str(len(list(folder.iterdir())))
        out.mkdir()
        made = subprocess.run(
            [binary() or "", "json-from-wast", wast, "--wasm-dir", out, "-o", out / "list.json"],
            capture_output=True,
            check=False,
        )
        if made.returncode:
            continue  # a test of the text format that this release of wasm-tools does not take
        for command in json.loads((out / "list.json").read_text())["commands"]:
            file = out / command.get("filename", "none")
            if file.suffix == ".wasm" and file.read_bytes().startswith(_COMPONENT):
                yield f"{wast.name}:{command['line']}", file


def valid(file: Path) -> bool:
    done = subprocess.run(
        [binary() or "", "validate", "--features", "all", file], capture_output=True, check=False
    )
    return done.returncode == 0


def test_every_component_is_read_as_the_reference_reads_it(tmp_path: Path) -> None:
    wrong: set[str] = set()
    counts = {"valid": 0, "with WIT": 0, "refused": 0, "invalid": 0}
    for name, file in components(tmp_path):
        expected: object
        found: object
        try:
            found = json.loads(json.dumps(to_dict(decode(file.read_bytes()))))
        except WitError as error:
            found = error.diagnostics[0].code
        if not valid(file):
            counts["invalid"] += 1
            continue
        counts["valid"] += 1
        try:
            expected = document(file)
        except ValueError:
            # Valid, and WIT has no words for it.
            counts["refused"] += 1
            expected = "CMP3002"
        else:
            counts["with WIT"] += 1
        if found != expected:
            wrong.add(name)

    assert wrong <= KNOWN, counts
    assert counts["with WIT"] > 0


def test_what_leaves_the_composer_is_valid(tmp_path: Path) -> None:
    """A valid part composes to something valid; one that is not is named.

    This release of wasmtime refuses a few of the valid ones.
    """
    made = tmp_path / "made.wasm"
    counts: Counter[tuple[str, str]] = Counter()
    (tmp_path / "parts").mkdir()
    for _, file in components(tmp_path / "parts"):
        try:
            made.write_bytes(compose(file.read_bytes(), []))
            result = "valid" if valid(made) else "invalid"
        except ComposeError as error:
            result, *_ = sorted({found.code for found in error.diagnostics})
        counts["valid" if valid(file) else "invalid", result] += 1

    assert counts["valid", "CMP3001"] < counts["valid", "valid"] / 20, counts
    assert set(counts) == {("valid", "valid"), ("valid", "CMP3001"), ("invalid", "CMP3001")}, counts


def test_what_is_instrumented_stays_valid(tmp_path: Path) -> None:
    """A valid component stays valid, or the reasons against it are named."""
    made = tmp_path / "made.wasm"
    counts: Counter[str] = Counter()
    (tmp_path / "parts").mkdir()
    for name, file in components(tmp_path / "parts"):
        if not valid(file) or name in KNOWN:
            continue
        found = instrument(file.read_bytes())
        if isinstance(found, Instrumented):
            made.write_bytes(found.data)
            counts["valid" if valid(made) else f"{name} is invalid"] += 1
        else:
            counts["refused"] += 1

    assert counts.keys() == {"valid", "refused"}, counts
    assert counts["refused"] < counts["valid"], counts
