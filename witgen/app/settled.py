"""Decide by a recorded digest, without reading the manifest, whether a build has work to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from witgen.app.ledger import LOCK, Ledger, load, world
from witgen.app.steps import STEPS

_NAME = "golem.yaml"
_TEMP = "golem-temp"
# Where a manifest may give `tempDir`. A wrong guess finds no matching record.
_SAID = re.compile(
    rb"""["']?\btempDir["']?\s*:\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'#,}][^\n#,}]*))"""
)


def selection(options: Sequence[object], start: Path, root: Path) -> str:
    """The key of a selection: the options and the current folder.

    Args:
        options: Plain values.
        start: The current folder.
        root: The application's folder.
    """
    try:
        inside = start.relative_to(root).as_posix()
    except ValueError:
        inside = ".."
    return json.dumps([*options, inside])


def settled(
    start: Path,
    manifest: Path | None,
    components: Sequence[str],
    steps: Sequence[str],
    more: Sequence[object],
) -> tuple[Ledger, int] | None:
    """The record and the number of components, if a selection is known to be up to date.

    None decides nothing: the application may keep its record elsewhere.

    Args:
        start: The current folder, an absolute path.
        manifest: The first manifest, if given.
        components: The components given; one that does not exist decides nothing.
        steps: The steps given; likewise.
        more: The other options.
    """
    options = [list(components), list(steps), *more]
    for root, temp, nearest in _places(start, manifest):
        if _begun(temp):
            continue
        ledger = load(temp, root)
        # If everything is up to date, so is each part.
        whole = [[], [], *more]
        for name in (selection(whole, root, root), selection(options, start, root)):
            found = ledger.settled.get(name)
            if found is None or str(nearest) not in found.files:
                continue
            if not {*components} <= {*found.components} or not {*steps} <= {*STEPS}:
                continue  # a name that is wrong is an error, whether or not there is work to do
            if world(found.listings, found.files, ledger.digests) == found.world:
                return ledger, len(found.components)
    return None


def _begun(temp: Path) -> bool:
    """Whether a build is running or was killed."""
    try:
        return (temp / LOCK).stat().st_size > 0
    except OSError:
        return False


def _places(start: Path, manifest: Path | None) -> Iterator[tuple[Path, Path, Path]]:
    """Possible application folders, each with possible record folders; and the nearest manifest."""
    for root, nearest in _roots(start, manifest):
        for temp in dict.fromkeys((root / _TEMP, *_said(manifest or root / _NAME))):
            yield root, temp, nearest


def _said(manifest: Path) -> Iterator[Path]:
    """The folders of intermediate files that a manifest seems to name."""
    try:
        data = manifest.read_bytes()
    except OSError:
        return
    if b"tempDir" in data:
        for found in _SAID.findall(data):
            text = next(filter(None, found)).strip().decode("utf-8", "replace")
            if "\0" not in text:
                yield manifest.resolve().parent / text


def _roots(start: Path, manifest: Path | None) -> Iterable[tuple[Path, Path]]:
    """The possible application folders, uppermost first; and the nearest manifest."""
    if manifest is not None:
        path = manifest.resolve()
        return [(path.parent, path)]
    folders = [folder for folder in (start, *start.parents) if (folder / _NAME).is_file()]
    return [(folder, folders[0] / _NAME) for folder in reversed(folders)]
