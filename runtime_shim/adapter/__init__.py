"""Wrap a component so that its polling can be recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

HOST = "witgen:host/polling@0.1.0"
"""The import through which a wrapped component asks the host which pollables are ready."""


@cache
def version() -> str:
    """A digest of what wraps: components wrapped by something else are wrapped again.

    It covers witgen's reader and writer of components, which decide on the bytes as much.
    """
    folders = (files(__name__), files("witgen").joinpath("component"))
    parts = [text for folder in folders for text in _texts(folder)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _texts(folder: Traversable) -> Iterator[bytes]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_dir():
            yield from _texts(path)
        elif path.name.endswith((".py", ".wat")):
            yield path.read_bytes()
