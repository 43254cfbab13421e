"""`witgen compose FILE.wac`: a composition written as a file."""

from __future__ import annotations

from collections.abc import Sequence
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
    strip: bool,
) -> Composition:
    """Read the composition of a `.wac` file.

    Args:
        path: The file.
        dependencies: `NAME=FILE` for each package.
        allow: Globs of imports that may remain open; None allows all.
        semver: Whether versions of one compatibility track are interchangeable.
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
    return wac_composition(
        text, list(given.values()), file=path, allow_imports=allow, semver=semver, strip=strip
    )


def _dependency(text: str) -> Dependency:
    """`ns:name[@version]=FILE`: a component, or WIT as text, folder or package."""
    from witgen.wac.packages import Dependency

    name, equals, file = text.partition("=")
    if not equals or ":" not in name or not file:
        fail("APP4003", f"--dep does not understand `{text}`", "write --dep ns:name=FILE")
    path = existing(file, "the dependency")
    if path.is_dir() or path.suffix == ".wit":
        return Dependency(name, _wit(path), file)
    from witgen.compose.files import map_part

    with surroundings():
        data = map_part(file).data
    if path.suffix == ".wat":
        from witgen.component.wasmtime_tools import wat2wasm

        data = wat2wasm(bytes(data).decode("utf-8", "replace"), file)
    return Dependency(name, data, file)


def _wit(path: Path) -> bytes:
    """Encode a WIT package."""
    from witgen.component import encode_package
    from witgen.load import load

    return encode_package(load(path, all_features=True))
