"""`wkg.toml`: packages that are elsewhere on this disk.

Source: `wkg` 0.17 and its documentation. An override without a path names a version in a registry,
which is not asked; paths are relative to the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from witgen.diagnostics import Diagnostic, Place, WitError
from witgen.value import value

NAME = "wkg.toml"
# A manifest that people write has a few lines.
_LARGEST = 1 << 20
# Paths that a pattern may stand for.
_MOST_MEMBERS = 10_000


@value
class Manifest:
    """A manifest that was found.

    Attributes:
        file: Where it is.
        overrides: Package without version → file or folder; it stands for what `deps` has.
        members: The packages of the workspace: folders of WIT, and what it shares in `wkg/deps`.
    """

    file: Path
    overrides: Mapping[str, Path] = MappingProxyType({})
    members: tuple[Path, ...] = ()


def manifests(folder: Path) -> list[Path]:
    """The manifests in a folder and above it, the nearest first."""
    here = folder.absolute()
    return [file for parent in (here, *here.parents) if _is_file(file := parent / NAME)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # In a folder that others keep to themselves.
        return False


def beyond(path: Path) -> tuple[Path, ...]:
    """What is read for a folder of WIT besides the folder: manifests, and what they name."""
    files = manifests(path)
    if not files or not path.is_dir():
        return ()
    try:
        found = find(path)
    except WitError:
        # Whoever loads the folder reports it.
        found = None
    named = (*found.overrides.values(), *found.members) if found is not None else ()
    return (*files, *named)


def find(folder: Path) -> Manifest | None:
    """The manifest of a folder: in it or above, and the workspace above that has it as a member.

    Raises:
        WitError: APP4501, a manifest cannot be read or says something that is not understood.
    """
    found = manifests(folder)
    if not found:
        return None
    nearest = read(found[0])
    for file in found[1:]:
        if nearest.members:
            break
        above = read(file)
        if any(_is_within(folder, member) for member in above.members):
            return Manifest(nearest.file, nearest.overrides, above.members)
    return nearest


def _is_within(path: Path, folder: Path) -> bool:
    path, folder = path.resolve(), folder.resolve()
    return path == folder or folder in path.parents


def read(file: Path) -> Manifest:
    """A manifest.

    Raises:
        WitError: APP4501, it cannot be read or says something that is not understood.
    """
    content = read_toml(file, "APP4501")
    return Manifest(
        file,
        dict(_overrides(file, _table(file, content, "overrides"))),
        tuple(_members(file, _table(file, content, "workspace"))),
    )


def read_toml(file: Path, code: str) -> dict[str, object]:
    """A TOML file of bounded size.

    Raises:
        WitError: It cannot be read, or is not TOML; under the given code.
    """
    import tomllib

    try:
        if file.stat().st_size > _LARGEST:
            raise _error(file, f"it is larger than {_LARGEST >> 20} MiB", code)
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _error(file, error.strerror or str(error), code) from None
    except (ValueError, RecursionError) as error:
        raise _error(file, f"it is not TOML: {error}", code) from None


def _table(file: Path, content: dict[str, object], key: str) -> dict[str, object]:
    found = content.get(key, {})
    if not isinstance(found, dict):
        raise _error(file, f"`{key}` must be a table")
    return found


def _overrides(file: Path, table: dict[str, object]) -> Iterator[tuple[str, Path]]:
    for name, entry in table.items():
        if not isinstance(entry, dict):
            raise _error(file, f"the override of `{name}` must be a table")
        path = entry.get("path")
        if path is None:
            continue
        if not isinstance(path, str):
            raise _error(file, f"the `path` of `{name}` must be a string")
        yield name, file.parent / path


def _members(file: Path, table: dict[str, object]) -> Iterator[Path]:
    members = table.get("members", [])
    if not isinstance(members, list) or not all(isinstance(each, str) for each in members):
        raise _error(file, "`workspace.members` must be a list of paths")
    try:
        for member in members:
            yield from _matching(file.parent, member)
        shared = file.parent / "wkg" / "deps"
        if members and shared.is_dir():
            yield from sorted(shared.iterdir())
    except (ValueError, NotImplementedError, OSError) as error:
        raise _error(file, f"`workspace.members` cannot be found: {error}") from None


def _matching(folder: Path, member: str) -> list[Path]:
    """The folders of WIT that a pattern stands for, or the one path that it is."""
    found = islice(folder.glob(member), _MOST_MEMBERS) if any(c in member for c in "*?[") else ()
    folders = [path for path in sorted(found) if path.is_dir() and any(path.glob("*.wit"))]
    return folders or [folder / member]


def _error(file: Path, reason: str, code: str = "APP4501") -> WitError:
    return WitError([Diagnostic(code, f"`{file.name}`: {reason}", Place(str(file)))])
