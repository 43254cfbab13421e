"""What the options of `witgen run` let components access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from witgen.cli.common import existing, fail
from witgen.value import replace

if TYPE_CHECKING:
    from runtime_shim.wasi.grants import Grants


def _owner(item: str, called: str, files: dict[str, str]) -> tuple[str, str]:
    """Split `[NAME=]GRANT` into its component, by default the one called, and the grant."""
    owner, found, grant = item.partition("=")
    return (owner, grant) if found and owner in files else (called, item)


def granted(
    folders: tuple[str, ...], hosts: tuple[str, ...], called: str, files: dict[str, str]
) -> dict[str, Grants]:
    """What each component may access outside."""
    from runtime_shim.wasi.grants import Directory, Grants

    made: dict[str, Grants] = {}
    for item in folders:
        owner, directory = _owner(item, called, files)
        writable = not directory.endswith(":ro")
        host, _, guest = directory.removesuffix(":ro").partition("::")
        if not host:
            fail("APP4003", f"--dir takes [NAME=]HOST[::GUEST][:ro], not `{item}`")
        before = made.get(owner) or Grants()
        if any((guest or host) == known.guest for known in before.directories):
            fail("APP4003", f"--dir names `{guest or host}` twice for {owner}")
        if not existing(host, "the folder").is_dir():
            fail("APP4001", f"--dir takes a folder, and `{host}` is a file")
        added = Directory(host, guest or host, writable)
        made[owner] = replace(before, directories=(*before.directories, added))
    for item in hosts:
        owner, host = _host_grant(item, called, files)
        before = made.get(owner) or Grants()
        made[owner] = replace(before, http=(*before.http, host))
    return made


def _host_grant(item: str, called: str, files: dict[str, str]) -> tuple[str, str]:
    """Split `[NAME=]HOST[:PORT]` into its component and the host."""
    from runtime_shim.wasi.http.send import split_authority
    from witgen.diagnostics import did_you_mean

    owner, host = _owner(item, called, files)
    if split_authority(host, secure=True) is None:
        name = host.partition("=")[0]
        near = did_you_mean(name, files) if "=" in host else ()
        fail("APP4003", f"--http takes [NAME=]HOST[:PORT], not `{item}`", *near)
    return owner, host
