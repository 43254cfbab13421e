"""`wkg.lock`: which version of each package was chosen, for which requirement."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from witgen.diagnostics import Diagnostic, Place, WitError
from witgen.wkg.manifest import read_toml

NAME = "wkg.lock"
_VERSION = 1
_SEMVER = re.compile(r"\d{1,20}\.\d{1,20}\.\d{1,20}(?:[-+][0-9A-Za-z.+-]*)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Locked(NamedTuple):
    """A version that was chosen.

    Attributes:
        name: `ns:pkg`.
        version: Its version.
        requirement: What it was chosen for.
        digest: `sha256:` and the digest of the file in the registry; empty if none is given.
    """

    name: str
    version: str
    requirement: str
    digest: str


def find(folder: Path) -> Path | None:
    """The lock file of a folder of WIT: in it, or in the folder that it is in."""
    # As the folder was given: messages name the file.
    above = folder / ".." if folder.name in ("", "..") else folder.parent
    places = (folder / NAME, above / NAME)
    return next((place for place in places if place.is_file()), None)


def read(file: Path) -> tuple[Locked, ...]:
    """The versions of a lock file.

    Raises:
        WitError: APP4502, it cannot be read or is not a lock file of version 1.
    """
    content = read_toml(file, "APP4502")
    if content.get("version") != _VERSION:
        raise _error(file, f"its `version` is not {_VERSION}")
    found: list[Locked] = []
    for package in _list(file, content, "packages"):
        name = _text(file, package, "name")
        for entry in _list(file, package, "versions"):
            version, requirement = (_text(file, entry, key) for key in ("version", "requirement"))
            digest = _text(file, entry, "digest") if "digest" in entry else ""
            if not _SEMVER.fullmatch(version):
                raise _error(file, f"`{version}` of `{name}` is not a version")
            if digest and not _DIGEST.fullmatch(digest):
                raise _error(file, f"`{digest}` of `{name}` is not a digest")
            found.append(Locked(name, version, requirement, digest))
    return tuple(found)


def _list(file: Path, table: dict[str, object], key: str) -> list[dict[str, object]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _error(file, f"`{key}` must be an array of tables")
    return found


def _text(file: Path, table: dict[str, object], key: str) -> str:
    found = table.get(key)
    if not isinstance(found, str):
        raise _error(file, f"a package lacks `{key}`")
    return found


def _error(file: Path, reason: str) -> WitError:
    return WitError([Diagnostic("APP4502", f"`{file.name}`: {reason}", Place(str(file)))])
