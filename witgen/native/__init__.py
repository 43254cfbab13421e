"""Client components of a few kilobytes, made straight from a `Client`: core code without CPython."""

from __future__ import annotations

from witgen.native.assemble import client_bytes

__all__ = ["client_bytes"]
