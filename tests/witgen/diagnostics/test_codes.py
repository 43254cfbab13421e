"""Every code is explained, has an example that gives it, and is used."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from witgen.diagnostics import WitError
from witgen.diagnostics.codes import CODES, explain
from witgen.diagnostics.examples import example, folder
from witgen.diagnostics.render import render_text
from witgen.load import load
from witgen.resolve import model as m
from witgen.resolve.document import to_dict
from witgen.resolve.importize import importize
from witgen.resolve.merge_semver import merge_world_imports_based_on_semver
from witgen.resolve.select import select_world

ROOT = Path(__file__).parents[3]
# The families whose inputs are WIT, so that an example can be loaded.
LOADED = sorted(code for code in CODES if code.startswith(("WIT0", "RES1")))
# An input of millions of types is no example for people.
WITHOUT_EXAMPLE = {"RES1070"}
# What is asked of an example that is right by itself.
ASKED: dict[str, Callable[[m.Resolve], object]] = {
    "RES1082": lambda resolve: select_world(resolve, None),
    "RES1083": lambda resolve: select_world(resolve, "shopp"),
    "RES1084": lambda resolve: importize(resolve, m.WorldId(0)),
    "RES1085": lambda resolve: importize(resolve, m.WorldId(0), "the client"),
    "RES1086": lambda resolve: select_world(resolve, "test:bank/bank"),
    "RES1087": lambda resolve: merge_world_imports_based_on_semver(resolve, m.WorldId(0)),
}
UPDATE = "WITGEN_UPDATE_GOLDEN" in os.environ


def used_codes() -> set[str]:
    texts = (path.read_text("utf-8") for path in (ROOT / "witgen").rglob("*.py"))
    return {code for text in texts for code in re.findall(r'"((?:WIT0|RES1)\d{3})"', text)}


@pytest.mark.parametrize("code", sorted(set(LOADED) - WITHOUT_EXAMPLE))
def test_the_example_gives_its_code(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder())
    stem = f"{code}-{CODES[code].slug}"
    path = Path(stem) if Path(stem).is_dir() else Path(f"{stem}.wit")

    with pytest.raises(WitError) as caught:
        ASKED.get(code, to_dict)(load(path))

    rendered = render_text(caught.value.diagnostics)
    if UPDATE:
        Path(f"{stem}.txt").write_text(rendered, "utf-8")
    assert {d.code for d in caught.value.diagnostics} == {code}
    assert rendered == Path(f"{stem}.txt").read_text("utf-8")


def test_examples_are_all_of_known_codes() -> None:
    stems = {f"{code}-{CODES[code].slug}" for code in CODES}
    assert {path.stem for path in folder().iterdir()} <= stems


def test_every_code_in_the_sources_is_registered_and_every_registered_one_used() -> None:
    assert used_codes() == set(LOADED)


@pytest.mark.parametrize("code", LOADED)
def test_explanations_are_prose(code: str) -> None:
    entry = CODES[code]
    assert entry.text[0].isupper() or entry.text[0] == "`"
    assert entry.text.endswith(".")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.slug)


def test_slugs_are_unique() -> None:
    slugs = [entry.slug for entry in CODES.values()]
    assert sorted(slugs) == sorted(set(slugs))


def test_explain_takes_any_case_and_knows_its_limits() -> None:
    assert explain("wit0110") is CODES["WIT0110"]
    assert explain("WIT9999") is None


def test_an_example_has_its_files() -> None:
    single = example(CODES["WIT0110"])
    several = example(CODES["RES1013"])
    missing = example(CODES["WIT0001"])
    assert single
    assert several
    assert missing
    assert [name for name, _ in single.files] == ["WIT0110-empty-record.wit"]
    assert [name for name, _ in several.files] == ["bank.wit", "shop.wit"]
    assert missing.files == ()
    assert "error[WIT0001]" in missing.rendered
