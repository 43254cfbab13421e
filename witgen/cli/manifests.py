"""What the application commands share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from witgen.cli.common import USAGE, Failure, existing
from witgen.diagnostics import DiagnosticError

if TYPE_CHECKING:
    from witgen.app.building import Project


@contextmanager
def refused() -> Iterator[None]:
    """Turn errors in a manifest into exit 2."""
    try:
        yield
    except DiagnosticError as error:
        raise Failure(error.diagnostics, USAGE) from error


def opened(manifest: str | None, profile: str | None = None) -> Project:
    """The surrounding application, or the one whose manifest is given.

    Raises:
        WitError: There is no manifest, or it has errors.
    """
    from witgen.app.building import project

    path = existing(manifest, "the manifest") if manifest is not None else None
    return project(Path.cwd(), path, profile)
