"""The user's cache: small checked files that may vanish at any time.

Nothing depends on the cache: what cannot be read, written or verified is computed again.
"""

from __future__ import annotations

import os
from pathlib import Path
from zlib import crc32


def cache_dir() -> Path:
    """`$WITGEN_CACHE_DIR`, or the platform's cache folder of witgen."""
    if chosen := os.environ.get("WITGEN_CACHE_DIR"):
        return Path(chosen)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("witgen", appauthor=False))


def read(name: str) -> bytes | None:
    """The content stored under `name`, or None when there is none that is whole."""
    try:
        data = (cache_dir() / name).read_bytes()
    except (OSError, RuntimeError, ValueError):
        return None
    check, _, content = data.partition(b"\n")
    return content if check == _check(content) else None


def write(name: str, content: bytes) -> None:
    """Store `content` under `name`, atomically; a failure is nobody's business."""
    from tempfile import NamedTemporaryFile

    try:
        folder = cache_dir()
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=name, delete=False) as file:
            try:
                file.write(_check(content) + b"\n" + content)
                file.close()
                Path(file.name).replace(folder / name)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
    except (OSError, RuntimeError, ValueError):
        return


def _check(content: bytes) -> bytes:
    return b"%08x" % crc32(content)
