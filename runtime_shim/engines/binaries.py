"""The bytes of a component that its workers were created with, read back."""

from __future__ import annotations

import hashlib
import zlib

from runtime_shim.errors import StoreError


def unpacked(component: str, digest: str, data: bytes | None) -> bytes:
    """The build of a component that has this digest.

    Raises:
        StoreError: It was not kept, or is damaged.
    """
    if data is None:
        raise StoreError(
            f"the store lacks the build {digest:.12} of {component}, which the worker belongs to",
            "deploy that build once, or move the worker to the deployed one with `witgen worker "
            "update`",
        )
    try:
        binary = zlib.decompress(data)
    except zlib.error:
        binary = b""
    if hashlib.sha256(binary).hexdigest() != digest:
        raise StoreError(f"the store is damaged: a build of {component} is not as it was")
    return binary
