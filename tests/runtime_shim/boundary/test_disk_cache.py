"""The bound of the cache: what was used lately stays, and so does what is in use."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime_shim.boundary import disk_cache

DAY = 86400.0
Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def made(name: str, size: int, days_ago: float) -> Path:
        path = tmp_path / name
        path.write_bytes(b"x" * size)
        when = time.time() - days_ago * DAY
        os.utime(path, (when, when))
        return path

    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, put: Put) -> None:
    for number in range(5):
        put(f"{number}.wasm", 100, 10 - number)
    disk_cache.use(tmp_path / "0.wasm")

    disk_cache.trim(tmp_path, 300)

    assert names(tmp_path) == ["0.wasm", "3.wasm", "4.wasm"]


def test_a_folder_that_is_small_enough_stays(tmp_path: Path, put: Put) -> None:
    put("a.wasm", 100, 900)

    disk_cache.trim(tmp_path, 100)

    assert names(tmp_path) == ["a.wasm"]


def test_the_files_of_an_entry_go_together(tmp_path: Path, put: Put) -> None:
    put("a.cwasm", 100, 2)
    put("a.sum", 10, 9)
    put("b.cwasm", 100, 5)
    put("b.sum", 10, 5)

    disk_cache.trim(tmp_path, 150)

    assert names(tmp_path) == ["a.cwasm", "a.sum"]


def test_what_somebody_may_be_writing_or_reading_stays(tmp_path: Path, put: Put) -> None:
    put("old.wasm", 100, 1)
    put("new.wasm", 100, 0)
    put(".half.wasm.tmp", 100, 0)

    disk_cache.trim(tmp_path, 0)

    assert names(tmp_path) == [".half.wasm.tmp", "new.wasm"]


def test_what_was_left_unfinished_goes(tmp_path: Path, put: Put) -> None:
    put(".half.wasm.k2j3", 100, 3)

    disk_cache.trim(tmp_path, 50)

    assert names(tmp_path) == []


def test_many_at_once_do_not_disturb_each_other(tmp_path: Path, put: Put) -> None:
    for number in range(200):
        put(f"{number}.wasm", 10, number + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: disk_cache.trim(tmp_path, 500), range(8)))

    # Each saw some that another had dropped already; none of them failed or began anew.
    assert names(tmp_path) == sorted(f"{number}.wasm" for number in range(50))


@pytest.mark.parametrize(
    ("text", "most"), [("", 2_000_000_000), ("much", 2_000_000_000), ("1.5", 2_000_000_000),
                       ("-1", 0), ("0", 0), (" 12 ", 12_000_000)]
)  # fmt: skip
def test_a_limit_that_is_no_number(text: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WITGEN_CACHE_MB", text)

    assert disk_cache.most_bytes() == most


def test_the_limit_that_is_set(tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WITGEN_CACHE_MB", "1")
    put("a.wasm", 600_000, 2)
    put("b.wasm", 600_000, 1)

    disk_cache.trim(tmp_path)

    assert names(tmp_path) == ["b.wasm"]


def test_no_folder_is_no_error(tmp_path: Path) -> None:
    disk_cache.trim(tmp_path / "none", 0)
    disk_cache.use(tmp_path / "none")

    assert disk_cache.size(tmp_path / "none") == 0
