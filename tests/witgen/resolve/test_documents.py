"""Samples of the whole language give the documents that the reference gives, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from witgen.load import load, load_json, load_texts
from witgen.resolve.document import to_dict

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir())
Oracle = Callable[..., dict[str, Any] | None]


@pytest.mark.parametrize("features", [(), ("fresh",), "*"], ids=["none", "fresh", "all"])
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_resolves_as_the_reference_resolves_it(
    name: str, features: tuple[str, ...] | str, oracle: Oracle
) -> None:
    wanted = oracle(SAMPLES / name, features)

    everything = features == "*"
    found = to_dict(
        load(SAMPLES / name, features=() if everything else features, all_features=everything)
    )

    assert json.dumps(found) == json.dumps(wanted)


@pytest.mark.parametrize("name", NAMES)
def test_the_cached_result_is_the_same(name: str) -> None:
    first = load(SAMPLES / name)
    second = load(SAMPLES / name)

    assert second == first
    assert second.root == first.root
    assert json.loads(load_json(SAMPLES / name)) == to_dict(first)


def test_texts_in_memory_are_a_folder() -> None:
    folder = SAMPLES / "folder"
    texts = {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert load_texts(texts) == load(folder)


def test_the_root_is_the_package_that_was_asked_for() -> None:
    resolve = load(SAMPLES / "folder")

    assert str(resolve.packages[resolve.root].name) == "sample:folder@0.1.0"
    assert resolve.root != 0
