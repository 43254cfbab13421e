"""Every code about manifests and builds is explained, and the examples give them."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from application import App, inside

from witgen.app.manifest.resolve import application
from witgen.diagnostics import Diagnostic, WitError
from witgen.diagnostics.codes import CODES
from witgen.diagnostics.examples import folder
from witgen.diagnostics.render import render_text

ROOT = Path(__file__).parents[3]
UPDATE = "WITGEN_UPDATE_GOLDEN" in os.environ
# These need another process, or components that are built.
WITHOUT_EXAMPLE = {"APP4307", "APP4308", "APP4309"}
# These are about WIT; that nothing is built is beside the point.
GENERATING = {"APP4304", "APP4306"}
MANIFEST = sorted(c for c in CODES if c.startswith("APP42"))
BUILD = sorted(c for c in CODES if c.startswith("APP43") and c not in WITHOUT_EXAMPLE)


def found(code: str, place: Path) -> tuple[Diagnostic, ...]:
    try:
        if code.startswith("APP42"):
            return application(place).warnings
        steps = ("generate",) if code in GENERATING else ()
        return tuple(App(place).build(steps=steps).diagnostics)
    except WitError as error:
        return error.diagnostics


@pytest.mark.parametrize("code", [*MANIFEST, *BUILD])
def test_the_example_gives_its_code(code: str, tmp_path: Path) -> None:
    stem = folder() / f"{code}-{CODES[code].slug}"
    place = tmp_path / "app"
    if stem.is_dir():
        shutil.copytree(stem, place)
    else:
        place.mkdir()

    with inside(place):
        diagnostics = found(code, place)

    rendered = render_text(diagnostics)
    if UPDATE:
        Path(f"{stem}.txt").write_text(rendered, "utf-8")
    assert {d.code for d in diagnostics} == {code}
    assert rendered == Path(f"{stem}.txt").read_text("utf-8")


def test_every_code_in_the_sources_is_registered_and_every_registered_one_used() -> None:
    texts = (path.read_text("utf-8") for path in (ROOT / "witgen").rglob("*.py"))
    sources = [t for t in texts if "\nMANIFEST = (" not in t]
    used = {code for text in sources for code in re.findall(r'"(APP4[23]\d\d)"', text)}

    assert used == {c for c in CODES if c.startswith(("APP42", "APP43"))}


@pytest.mark.parametrize("code", sorted(c for c in CODES if c.startswith(("APP42", "APP43"))))
def test_explanations_are_prose(code: str) -> None:
    entry = CODES[code]

    assert entry.text[0].isupper()
    assert entry.text.endswith(".")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.slug)
