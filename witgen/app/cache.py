"""Where caches live."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache folder of witgen; `WITGEN_CACHE_DIR` overrides it."""
    override = os.environ.get("WITGEN_CACHE_DIR")
    if override:
        return Path(override)
    from platformdirs import user_cache_path

    return user_cache_path("witgen")
