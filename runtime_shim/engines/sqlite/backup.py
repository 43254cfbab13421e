"""A copy of a store, made while a host may use it."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from os import PathLike
from pathlib import Path

from runtime_shim.engines.sqlite.inspection import reading
from runtime_shim.engines.sqlite.ownership import Ownership
from runtime_shim.engines.sqlite.schema import FORMAT
from runtime_shim.errors import StoreError

_PAGES = 1024  # copied at a time


def backup(
    store: str | PathLike[str],
    file: str | PathLike[str],
    *,
    force: bool = False,
    format_: int = FORMAT,
    progress: Callable[[int, int], None] = lambda copied, pages: None,
) -> None:
    """Copy one view of a store to a file, which is there in whole or not at all.

    Args:
        store: What is copied; it may be in use.
        file: The copy.
        force: Replace a file that exists.
        format_: The format of the store.
        progress: Called with the number of pages that were copied and of all, every few pages.

    Raises:
        StoreError: the store cannot be read, or the file cannot be written or exists.
    """
    source, target = Path(store), Path(file)
    try:
        with reading(source, format_) as connection:
            _check_target(source, target, force)
            made, name = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
            os.close(made)
            part = Path(name)
            try:
                with closing(sqlite3.connect(part)) as copy:
                    connection.backup(
                        copy,
                        pages=_PAGES,
                        progress=lambda _, left, all_: progress(all_ - left, all_),
                    )
                part.chmod(stat.S_IMODE(source.stat().st_mode))
                _check_target(source, target, force)
                with _unused(target):
                    part.replace(target)
                _sync(target.parent)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from None


def _check_target(source: Path, target: Path, force: bool) -> None:
    """See that the copy replaces nothing that is wanted, and that no other store's log is its own."""
    log = target.with_name(target.name + "-wal")
    if target.exists():
        if not target.is_file():
            raise StoreError(f"{target} is not a file")
        if target.samefile(source):
            raise StoreError(f"{target} is the store itself")
        if not force:
            raise StoreError(f"{target} exists", "--force replaces it")
    if log.exists() and log.stat().st_size:
        raise StoreError(
            f"{log} exists: {target.name} is in use, or its host was killed", "use another name"
        )


@contextmanager
def _unused(target: Path) -> Iterator[None]:
    """While no host uses a file that is replaced."""
    if not target.exists():
        yield
        return
    owner = Ownership(target)
    try:
        yield
    finally:
        owner.release()


def _sync(folder: Path) -> None:
    """Have the new name of a file on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
