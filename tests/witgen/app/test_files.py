"""Generated folders: written as a whole, owned, comparable, and nobody's work lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from witgen.app.files import plan, unified_diff, write_tree
from witgen.app.record import MANIFEST, owned
from witgen.atomic import write_file


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != MANIFEST
    }


def test_a_tree_is_written_and_then_has_no_changes(tmp_path: Path) -> None:
    files = {"a.txt": b"one\n", "deep/er/b.txt": b"two\n"}

    made = plan(tmp_path, files)
    write_tree(made)

    assert [(c.path, c.kind) for c in made.changes] == [
        ("a.txt", "missing"),
        ("deep/er/b.txt", "missing"),
    ]
    assert tree(tmp_path) == files
    assert plan(tmp_path, files).changes == ()


def test_a_second_write_touches_nothing(tmp_path: Path) -> None:
    write_tree(plan(tmp_path, {"a.txt": b"one\n"}))
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}

    write_tree(plan(tmp_path, {"a.txt": b"one\n"}))

    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_stale_files_go_and_empty_folders_with_them(tmp_path: Path) -> None:
    write_tree(plan(tmp_path, {"a.txt": b"one\n", "deep/er/b.txt": b"two\n"}))

    write_tree(plan(tmp_path, {"a.txt": b"one\n"}))

    assert tree(tmp_path) == {"a.txt": b"one\n"}
    assert not (tmp_path / "deep").exists()


def test_a_stale_file_that_was_edited_is_kept(tmp_path: Path) -> None:
    write_tree(plan(tmp_path, {"a.txt": b"one\n", "b.txt": b"two\n"}))
    (tmp_path / "b.txt").write_bytes(b"my own\n")

    write_tree(plan(tmp_path, {"a.txt": b"one\n"}))

    assert (tmp_path / "b.txt").read_bytes() == b"my own\n"


def test_somebody_elses_file_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"mine")

    write_tree(plan(tmp_path, {"a.txt": b"one\n"}))
    write_tree(plan(tmp_path, {}))

    assert tree(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("prepare", "kind"),
    [
        (lambda p: (p / "a.txt").write_bytes(b"edited\n"), "edited"),
        (lambda p: (p / "a.txt").unlink(), "missing"),
        (lambda p: (p / MANIFEST).unlink(), "foreign"),
        (lambda _: None, "changed"),
    ],
)
def test_kinds_of_changes(tmp_path: Path, prepare: object, kind: str) -> None:
    write_tree(plan(tmp_path, {"a.txt": b"one\n"}))
    assert callable(prepare)
    prepare(tmp_path)

    assert [c.kind for c in plan(tmp_path, {"a.txt": b"new\n"}).changes] == [kind]


def test_a_folder_in_the_way_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()

    assert [c.kind for c in plan(tmp_path, {"a.txt": b""}).changes] == ["foreign"]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{",
        '{"version": 99, "files": {}}',
        '{"version": 1, "files": []}',
        '{"version": 1, "files": {"../outside": "00", "/etc/passwd": "00", "a/../../b": "00"}}',
    ],
)
def test_a_hostile_manifest_owns_nothing(tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)

    assert owned(tmp_path) == {}


def test_the_manifest_is_deterministic(tmp_path: Path) -> None:
    write_tree(plan(tmp_path / "1", {"b": b"2", "a": b"1"}))
    write_tree(plan(tmp_path / "2", {"a": b"1", "b": b"2"}))

    manifest = (tmp_path / "1" / MANIFEST).read_bytes()

    assert manifest == (tmp_path / "2" / MANIFEST).read_bytes()
    assert list(json.loads(manifest)["files"]) == ["a", "b"]


def test_a_diff_shows_new_changed_stale_and_binary_files(tmp_path: Path) -> None:
    write_tree(plan(tmp_path, {"a.txt": b"one\n", "old.txt": b"gone\n", "x.wasm": b"\0asm"}))

    diff = unified_diff(
        plan(tmp_path, {"a.txt": b"two\n", "new.txt": b"no newline", "x.wasm": b"\0other"}).changes
    )

    assert diff == (
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n"
        "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+no newline\n\\ No newline at end of file\n"
        "--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"
        "Binary files a/x.wasm and b/x.wasm differ\n"
    )


def test_a_file_is_replaced_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    write_file(target, b"before")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="No space"):
        write_file(target, b"after")

    assert tree(tmp_path) == {"a.txt": b"before"}


@pytest.mark.parametrize("place", [".", "folder"])
def test_a_folder_is_not_replaced_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match=r"directory|busy"):
        write_file(Path(place), b"x")

    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_file(tmp_path / "a", b"")
    finally:
        os.umask(old)

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
