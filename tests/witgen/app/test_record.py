"""The record of a generated folder: when a run would change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from witgen.app.files import plan, write_tree
from witgen.app.record import MANIFEST, input_digest, settled

FILES = {"a.txt": b"one\n", "deep/b.txt": b"two\n"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "deps").mkdir(parents=True)
    (folder / "a.wit").write_text("package a:b;\n")
    (folder / "deps" / "c.wit").write_text("package c:d;\n")
    return folder


@pytest.fixture
def made(tmp_path: Path, source: Path) -> Path:
    write_tree(plan(tmp_path / "made", FILES), input_digest({"kind": "durable"}, [source]))
    return tmp_path / "made"


def settled_for(made: Path, source: Path, kind: str = "durable") -> int | None:
    return settled(made, input_digest({"kind": kind}, [source]))


def test_a_folder_that_was_just_made_is_settled(made: Path, source: Path) -> None:
    assert settled_for(made, source) == len(FILES)


def test_it_stays_so_when_everything_is_moved(made: Path, source: Path, tmp_path: Path) -> None:
    there = tmp_path / "else" / "where"
    there.mkdir(parents=True)

    assert settled_for(made.rename(there / "x"), source.rename(there / "y")) == len(FILES)


@pytest.mark.parametrize(
    "change",
    [
        lambda made, source: (source / "a.wit").write_text("package a:c;\n"),
        lambda made, source: (source / "deps" / "c.wit").unlink(),
        lambda made, source: (source / "deps" / "c.wit").rename(source / "deps" / "d.wit"),
        lambda made, source: (source / "new.wit").write_text(""),
        lambda made, source: (source / "more").symlink_to(made, target_is_directory=True),
        lambda made, source: (made / "a.txt").write_text("edited\n"),
        lambda made, source: (made / "a.txt").unlink(),
        lambda made, source: (made / MANIFEST).unlink(),
        lambda made, source: (made / MANIFEST).write_text("["),
        lambda made, source: (made / MANIFEST).write_text("[" * 100_000),
        lambda made, source: (made / MANIFEST).write_bytes(b"\xff"),
    ],
)
def test_any_change_unsettles(
    made: Path, source: Path, change: Callable[[Path, Path], object]
) -> None:
    change(made, source)

    assert settled_for(made, source) is None


def test_another_choice_unsettles(made: Path, source: Path) -> None:
    assert settled_for(made, source, kind="ephemeral") is None


@pytest.mark.parametrize("key", ["tool", "inputs"])
def test_another_tool_or_input_unsettles(made: Path, source: Path, key: str) -> None:
    record = json.loads((made / MANIFEST).read_text())
    record[key] = "another"
    (made / MANIFEST).write_text(json.dumps(record))

    assert settled_for(made, source) is None


def test_nothing_is_settled_without_inputs(tmp_path: Path) -> None:
    write_tree(plan(tmp_path, FILES))

    assert settled(tmp_path, None) is None
    assert "inputs" not in json.loads((tmp_path / MANIFEST).read_text())


def test_what_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    assert input_digest({}, [tmp_path / "missing"]) is None


def test_a_root_that_was_not_given_differs_from_an_empty_one(tmp_path: Path) -> None:
    assert input_digest({}, [None]) != input_digest({}, [tmp_path])
