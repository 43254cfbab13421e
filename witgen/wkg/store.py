"""The cache of `wkg`: packages that it has fetched before. Nothing is fetched here.

A release is a JSON file that names the digest of its content, which is a file of that name.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

_LARGEST = 512 << 20


def folder() -> Path | None:
    """Where `wkg` keeps its cache; None if the user has no home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "wasm-pkg"
    except RuntimeError:
        return None


def digest_of(store: Path, name: str, version: str) -> str | None:
    """The digest that the cache has of a release; None if it does not have the release."""
    try:
        content = json.loads((store / f"{name}-{version}.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    digest = content.get("content_digest") if isinstance(content, dict) else None
    return digest if isinstance(digest, str) and "/" not in digest else None


def content_of(store: Path, digest: str) -> bytes | None:
    """A file of the cache, if it is what its name says."""
    try:
        file = store / digest
        if file.stat().st_size > _LARGEST:
            return None
        data = file.read_bytes()
    except (OSError, ValueError):
        return None
    return data if digest == f"sha256:{sha256(data).hexdigest()}" else None
