"""Whether a build has anything to do, told without reading the manifest: by the digest of all it saw."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from witgen.app.ledger import LOCK, Ledger, load, world

_NAME = "golem.yaml"
_TEMP = "golem-temp"
# Where a manifest may say `tempDir`. A guess that is wrong finds no record that fits.
_SAID = re.compile(
    rb"""["']?\btempDir["']?\s*:\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'#,}][^\n#,}]*))"""
)


def selection(options: Sequence[object], start: Path, root: Path) -> str:
    """The name of what was asked for: the options, and the folder that one is in.

    Args:
        options: Plain values.
        start: The folder that one is in.
        root: The application's folder.
    """
    try:
        inside = start.relative_to(root).as_posix()
    except ValueError:
        inside = ".."
    return json.dumps([*options, inside])


def settled(
    start: Path, manifest: Path | None, options: Sequence[object]
) -> tuple[Ledger, int] | None:
    """The record, and the number of components, if a selection is known to be up to date.

    None says nothing: the application may keep its record elsewhere.

    Args:
        start: The folder that one is in, an absolute path.
        manifest: The first manifest, if it was named.
        options: What was asked for.
    """
    for root, temp, nearest in _places(start, manifest):
        if _begun(temp):
            continue
        ledger = load(temp, root)
        # What is true of everything is true of a part of it.
        whole = [[], [], *options[2:]]
        for name in (selection(whole, root, root), selection(options, start, root)):
            found = ledger.settled.get(name)
            if found is None or str(nearest) not in found.files:
                continue
            if world(found.listings, found.files, ledger.digests) == found.world:
                return ledger, found.count
    return None


def _begun(temp: Path) -> bool:
    """Whether a build is under way, or was killed."""
    try:
        return (temp / LOCK).stat().st_size > 0
    except OSError:
        return False


def _places(start: Path, manifest: Path | None) -> Iterator[tuple[Path, Path, Path]]:
    """Folders that may be the application's, with those that may have its record; the nearest manifest."""
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
    """The folders that may be the application's, the uppermost first; and the nearest manifest."""
    if manifest is not None:
        path = manifest.resolve()
        return [(path.parent, path)]
    folders = [folder for folder in (start, *start.parents) if (folder / _NAME).is_file()]
    return [(folder, folders[0] / _NAME) for folder in reversed(folders)]
