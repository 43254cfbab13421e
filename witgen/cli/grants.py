"""What `--dir` and `--http` let components do outside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from witgen.cli.common import existing, fail
from witgen.value import replace

if TYPE_CHECKING:
    from runtime_shim.wasi.grants import Grants


def granted(
    folders: tuple[str, ...], hosts: tuple[str, ...], called: str | None, files: Mapping[str, str]
) -> dict[str, Grants]:
    """What the command line lets each component do outside.

    Args:
        folders: What `--dir` was given.
        hosts: What `--http` was given.
        called: The component that grants without a name are for, if there is one.
        files: What is deployed, by name.
    """
    from runtime_shim.wasi.grants import Grants
    from witgen.app import grants

    made: dict[str, Grants] = {}
    for item in folders:
        owner, text = _owner(item, "--dir", called, files)
        before = made.get(owner) or Grants()
        try:
            added = grants.directory(text, Path())
        except ValueError:
            fail("APP4003", f"--dir takes [NAME=]{grants.DIRECTORY}, not `{item}`")
        if any(added.guest == known.guest for known in before.directories):
            fail("APP4003", f"--dir names `{added.guest}` twice for {owner}")
        if not existing(added.host, "the folder").is_dir():
            fail("APP4001", f"--dir takes a folder, and `{added.host}` is a file")
        made[owner] = replace(before, directories=(*before.directories, added))
    for item in hosts:
        owner, text = _owner(item, "--http", called, files)
        before = made.get(owner) or Grants()
        try:
            made[owner] = replace(before, http=(*before.http, grants.http(text)))
        except ValueError:
            _refuse_host(item, files)
    return made


def _owner(item: str, option: str, called: str | None, files: Mapping[str, str]) -> tuple[str, str]:
    """Split `[NAME=]GRANT` into its component and the grant."""
    name, found, grant = item.partition("=")
    if found and name in files:
        return name, grant
    from witgen.diagnostics import did_you_mean

    near = did_you_mean(name, files) if found else ()
    if called is None or (near and not Path(item.partition("::")[0]).exists()):
        fail(
            "APP4003",
            (
                f"{option} has to name one of the components here: {option} NAME={item}"
                if not found
                else f"{option} names `{name}`, which is not deployed"
            ),
            *(near or (f"deployed: {', '.join(sorted(files))}",)),
        )
    return called, item


def _refuse_host(item: str, files: Mapping[str, str]) -> None:
    from witgen.app.grants import HTTP
    from witgen.diagnostics import did_you_mean

    name, found, _ = item.partition("=")
    near = did_you_mean(name, files) if found else ()
    fail("APP4003", f"--http takes [NAME=]{HTTP}, not `{item}`", *near)
