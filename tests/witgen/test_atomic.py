"""Files are written whole or not at all, and devices are written to."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from witgen.atomic import write_file, write_pieces


def test_pieces_are_written_in_order_into_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    pieces: list[bytes | memoryview] = [b"", b"a" * 70_000, memoryview(b"b"), *[b"c"] * 3000]

    assert write_pieces(path, pieces) == 73_001
    assert path.read_bytes() == b"a" * 70_000 + b"b" + b"c" * 3000
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_without_a_folder_and_with_permissions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    write_pieces("mine", [b"x"], 0o600)

    assert Path("mine").stat().st_mode & 0o777 == 0o600


def test_an_error_between_pieces_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def broken() -> list[bytes]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pieces(path, (piece for _ in (1, 2) for piece in broken()))

    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["folder", "file/below"])
def test_what_is_no_place_for_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(OSError, match=name.partition("/")[0]) as caught:
        write_file(tmp_path / name, b"x")

    assert "witgen-tmp" not in str(caught.value)

    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()

    write_file(pipe, b"x" * 200_000)
    reader.join(10)

    assert read == [b"x" * 200_000]
    assert pipe.is_fifo()
