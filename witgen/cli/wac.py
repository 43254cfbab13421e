"""`witgen compose FILE.wac`: a composition written as a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from witgen.cli.common import existing, fail, read_bytes, surroundings

if TYPE_CHECKING:
    from witgen.compose.api import Composition
    from witgen.compose.model import Semver
    from witgen.wac.packages import Dependency


def is_wac(path: str) -> bool:
    """Whether a file's name says that it is a WAC composition."""
    return path.endswith(".wac")


def written(
    path: str,
    dependencies: Sequence[str],
    allow: Sequence[str] | None,
    semver: Semver = "compatible",
    *,
    define_types: bool = False,
    strip: bool,
    folder: str | None = None,
    fill: bool = False,
) -> Composition:
    """Read the composition of a `.wac` file.

    Args:
        path: The file.
        dependencies: `NAME=FILE` for each package.
        folder: Where other packages are; None for `deps`, here or beside the file.
        allow: Globs of imports that may remain open; None allows all.
        semver: Whether versions of one compatibility track are interchangeable.
        fill: Import what instances are not given.
        define_types: Define types that would be imported.
        strip: Leave out names, producers and debug information.

    Raises:
        ComposeError: The text is wrong, or what it composes does not fit.
    """
    from witgen.wac import wac_composition

    text = read_bytes(path, "the composition")
    given: dict[str, Dependency] = {}
    for item in dependencies:
        dependency = _dependency(item)
        if dependency.name in given:
            fail("APP4003", f"--dep gives `{dependency.name}` twice")
        given[dependency.name] = dependency
    if folder is not None:
        existing(folder, "the folder of dependencies")
    places = [Path(folder)] if folder is not None else [Path("deps"), Path(path).parent / "deps"]
    return wac_composition(
        text,
        list(given.values()),
        file=path,
        look=partial(_found, next(filter(Path.is_dir, places), None)),
        allow_imports=allow,
        semver=semver,
        define_types=define_types,
        strip=strip,
        fill=fill,
    )


def _dependency(text: str) -> Dependency:
    """`ns:name[@version]=FILE`: a component, or WIT as text, folder or package."""
    name, equals, file = text.partition("=")
    if not equals or ":" not in name or not file:
        fail("APP4003", f"--dep does not understand `{text}`", "write --dep ns:name=FILE")
    return _read(name, existing(file, "the dependency"))


def _found(folder: Path | None, name: str, version: str | None) -> Dependency | None:
    """A package in a folder: `NS/NAME[/VERSION]`, a folder of WIT or a file with a suffix."""
    if folder is None:
        return None
    path = folder.joinpath(*name.split(":"), *([version] if version else []))
    files = [path.with_name(f"{path.name}.{suffix}") for suffix in ("wat", "wasm", "wit")]
    is_wit = path.is_dir() and any(path.glob("*.wit"))
    found = path if is_wit else next(filter(Path.is_file, files), None)
    return None if found is None else _read(f"{name}@{version}" if version else name, found)


def _read(name: str, path: Path) -> Dependency:
    """A package that was given: WIT is encoded, text assembled."""
    from witgen.wac.packages import Dependency

    if path.is_dir() or path.suffix == ".wit":
        return Dependency(name, _wit(path), str(path))
    from witgen.compose.files import map_part

    with surroundings():
        data = map_part(path).data
    if path.suffix == ".wat":
        from witgen.component.wasmtime_tools import wat2wasm

        data = wat2wasm(bytes(data).decode("utf-8", "replace"), str(path))
    return Dependency(name, data, str(path))


def _wit(path: Path) -> bytes:
    """Encode a WIT package."""
    from witgen.component import encode_package
    from witgen.load import load

    return encode_package(load(path, all_features=True))
