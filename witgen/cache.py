"""The user's cache: small checked files that may vanish at any time.

Nothing depends on the cache: what cannot be read, written or verified is computed again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zlib import crc32

from witgen.atomic import UNFINISHED, write_pieces

_LINUX = sys.platform == "linux"


def cache_dir() -> Path:
    """`$WITGEN_CACHE_DIR`, or the platform's cache folder of witgen.

    Raises:
        RuntimeError: The user has no home.
    """
    if chosen := os.environ.get("WITGEN_CACHE_DIR"):
        return Path(chosen)
    if _LINUX:
        # What platformdirs answers, without the time that it takes to import.
        base = os.environ.get("XDG_CACHE_HOME", "").strip()
        return (Path(base) if base else Path.home() / ".cache") / "witgen"
    from platformdirs import user_cache_path

    return user_cache_path("witgen")


def any_compiled() -> bool:
    """Whether any compiled component is kept: the cache may have been emptied."""
    try:
        return any((cache_dir() / "compiled").iterdir())
    except (OSError, RuntimeError):
        return False


def read(name: str) -> bytes | None:
    """The content stored under `name`, or None if there is no complete one."""
    try:
        data = (cache_dir() / name).read_bytes()
    except (OSError, RuntimeError, ValueError):
        return None
    check, _, content = data.partition(b"\n")
    return content if check == _check(content) else None


def write(name: str, content: bytes) -> None:
    """Store `content` under `name`, atomically; failures are ignored."""
    try:
        write_pieces(cache_dir() / name, (_check(content), b"\n", content), 0o600)
    except (OSError, RuntimeError, ValueError):
        return


def prune(prefix: str, most: int) -> None:
    """Drop the oldest entries with a prefix, and what was never finished, beyond `most`."""
    try:
        found = [
            (path.stat().st_mtime, path)
            for path in cache_dir().iterdir()
            if path.name.startswith(prefix) or path.name.endswith(UNFINISHED)
        ]
        for _, path in sorted(found, reverse=True)[most:]:
            path.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return


def _check(content: bytes) -> bytes:
    return b"%08x" % crc32(content)
