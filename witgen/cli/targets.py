"""`witgen compose --targets`: whether the result fits a world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from witgen.cli.common import existing

if TYPE_CHECKING:
    from witgen.component.cursor import Buffer


def check_target(
    pieces: Sequence[Buffer], name: str, target: str, semver: Literal["compatible", "exact"]
) -> str:
    """Check a component against a world.

    Args:
        pieces: The component, as it will be written.
        name: Its name in messages.
        target: `WIT[#WORLD]`, WIT being a file, a folder or a `.wasm`.
        semver: Whether versions of one compatibility track are interchangeable.

    Returns:
        The name of the world.

    Raises:
        ComposeError: It does not fit; with all reasons.
        WitError: The WIT is wrong, or has no such world.
    """
    from witgen.compose import targets
    from witgen.load import load

    path, world = _split(target)
    existing(path, "the target")
    # The composition was read part by part, but only the whole shows its type.
    whole = b"".join(pieces)
    return targets.check_target(whole, load(path), world, name=name, file=path, semver=semver)


def _split(target: str) -> tuple[str, str | None]:
    """Split into (path, world); the path itself may contain `#`."""
    path, mark, world = target.rpartition("#")
    if not mark or Path(target).exists():
        return target, None
    return path, world
