"""Wrap a component so that its polling can be recorded."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

HOST = "witgen:host/polling@0.1.0"
"""The import through which a wrapped component asks the host which pollables are ready."""


@cache
def version() -> str:
    """A digest of what wraps: components wrapped by something else are wrapped again.

    It covers witgen's reader and writer of components, which decide on the bytes as much.
    """
    folders = (files(__name__), files("witgen").joinpath("component"))
    paths = sorted((path for one in folders for path in one.iterdir()), key=lambda path: path.name)
    parts = [path.read_bytes() for path in paths if path.name.endswith((".py", ".wat"))]
    return hashlib.sha256(b"".join(parts)).hexdigest()
