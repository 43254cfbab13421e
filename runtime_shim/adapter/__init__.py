"""Wrap a component so that its polling can be recorded."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

HOST = "witgen:host/polling@0.1.0"
"""The import through which a wrapped component asks the host which pollables are ready."""


@cache
def version() -> str:
    """A digest of the adapter: components wrapped by another one are wrapped again."""
    parts = [
        files(__name__).joinpath(name).read_bytes() for name in ("virtual.py", "pollables.wat")
    ]
    return hashlib.sha256(b"".join(parts)).hexdigest()
