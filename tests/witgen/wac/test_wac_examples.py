"""Every code of written compositions has an example that gives it, as `witgen explain` shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from witgen.cli.wac import written
from witgen.diagnostics import ComposeError
from witgen.diagnostics.codes import CODES
from witgen.diagnostics.codes_wac import WAC
from witgen.diagnostics.examples import example, folder
from witgen.diagnostics.render import render_text

UPDATE = "WITGEN_UPDATE_GOLDEN" in os.environ


@pytest.mark.parametrize("code", [entry.code for entry in WAC])
def test_the_example_gives_its_code(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stem = folder() / f"{code}-{CODES[code].slug}"
    monkeypatch.chdir(stem)
    # `shop-kv.wit` is the package `shop:kv`.
    given = [
        f"{path.stem.replace('-', ':', 1)}={path.name}"
        for path in sorted(Path.cwd().iterdir())
        if path.suffix != ".wac"
    ]

    with pytest.raises(ComposeError) as caught:
        written("app.wac", given, None, strip=False)

    rendered = render_text(caught.value.diagnostics)
    expected = stem.with_suffix(".txt")
    if UPDATE:
        expected.write_text(rendered, "utf-8")
    assert {d.code for d in caught.value.diagnostics} == {code}
    assert all(d.line and d.column for d in caught.value.diagnostics)
    assert rendered == expected.read_text("utf-8")


def test_an_example_shows_its_files() -> None:
    shown = example(CODES["CMP3112"])

    assert shown is not None
    assert [name for name, _ in shown.files] == ["app.wac", "shop-app.wat", "shop-store.wat"]
    assert "error[CMP3112]" in shown.rendered
