"""What components may do outside, as it is written in golem.yaml and on the command line."""

from __future__ import annotations

from pathlib import Path

from runtime_shim.wasi.grants import Directory, Grants
from witgen.value import replace

DIRECTORY = "HOST[::GUEST][:ro]"
HTTP = "HOST[:PORT]"


def directory(text: str, base: Path) -> Directory:
    """The folder of `HOST[::GUEST][:ro]`; HOST is relative to `base`.

    Raises:
        ValueError: It does not have this form.
    """
    host, _, guest = text.removesuffix(":ro").partition("::")
    if not host or "\0" in host:
        raise ValueError(f"must be {DIRECTORY}, not `{text}`")
    return Directory(str(base / host), guest or host, writable=not text.endswith(":ro"))


def http(text: str) -> str:
    """The grant `HOST[:PORT]`, as it is.

    Raises:
        ValueError: It does not have this form.
    """
    from runtime_shim.wasi.http.send import split_authority

    if split_authority(text, secure=True) is None:
        raise ValueError(f"must be {HTTP}, not `{text}`")
    return text


def joined(declared: Grants, given: Grants) -> Grants:
    """What both grant; a folder that is given hides a declared one with the same name."""
    names = {one.guest for one in given.directories}
    kept = (one for one in declared.directories if one.guest not in names)
    return replace(
        given, directories=(*kept, *given.directories), http=(*declared.http, *given.http)
    )
