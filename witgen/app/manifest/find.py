"""Find golem.yaml: upward from the current folder, then downward by `includes`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from witgen.app.listing import Listing, files
from witgen.app.manifest.decode import decode
from witgen.app.manifest.model import Document
from witgen.app.manifest.nodes import compose
from witgen.diagnostics import Diagnostic, Label, Place, Sink, WitError, nearest

NAME = "golem.yaml"
INCLUDES = ("**/golem.yaml",)
_LARGEST = 4 << 20
_FAR = f"..{os.sep}..{os.sep}.."


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest as read.

    Attributes:
        path: Its absolute path.
        document: Its content.
    """

    path: Path
    document: Document


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests of an application.

    Attributes:
        root: The folder of the first.
        found: The first, then the included ones, sorted by path.
        listing: How the included ones were found.
    """

    root: Path
    found: tuple[Found, ...]
    listing: Listing


def shown(path: Path | str) -> str:
    """A path as shown to people: relative to the current folder, unless far away."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return str(path) if relative.startswith(_FAR) else relative


def alike(path: Path) -> tuple[str, ...]:
    """A help line with the path that is probably meant: each part that does not exist is replaced."""
    made = Path(path.anchor)
    for part in path.parts[len(made.parts) :]:
        if not (made / part).exists():
            try:
                beside = [entry.name for entry in made.iterdir()]
            except OSError:
                return ()
            last = part == path.name
            near = nearest(part, [n for n in beside if not last or Path(n).suffix == path.suffix])
            if near is None and last:  # the mistake may be in the suffix
                suffix = nearest(path.suffix, {Path(name).suffix for name in beside})
                near = nearest(part, [name for name in beside if Path(name).suffix == suffix])
            if near is None:
                return ()
            part = near
        made /= part
    return (f"did you mean `{shown(made)}`?",) if made.exists() else ()


def above(start: Path) -> list[Path]:
    """The manifests in a folder and the folders above it, nearest first."""
    folders = (start, *start.parents)
    return [folder / NAME for folder in folders if (folder / NAME).is_file()]


def find(start: Path, manifest: Path | None, sink: Sink) -> Manifests:
    """The manifests of the application that a folder belongs to.

    The nearest golem.yaml is its first, unless one further up includes that one.

    Args:
        start: Where to start looking.
        manifest: The first manifest, if known.
        sink: Receives their errors.

    Raises:
        WitError: There is none, or the first cannot be read at all.
    """
    if manifest is not None:
        return _collect(_read(manifest.resolve(), sink), sink)
    candidates = above(start.resolve())
    if not candidates:
        wrong = [n for n in ("golem.yml", "Golem.yaml", "golem.json") if (start / n).is_file()]
        hint = "create an application with `witgen init DIR`, or give a manifest with --manifest"
        if wrong:
            hint = f"found `{wrong[0]}`: rename it to `{NAME}`, or give it with --manifest"
        raise WitError(
            [
                Diagnostic(
                    "APP4201",
                    f"there is no `{NAME}` here or in a folder above",
                    help=(hint,),
                )
            ]
        )
    first, *others = candidates
    for path in others:
        # Errors further up matter only if the manifest belongs to the application.
        local = Sink()
        try:
            upper = _read(path, local)
        except WitError:
            continue
        if str(first) in files(_listing(path.parent, [upper])):
            first = path
    return _collect(_read(first, sink), sink)


def _collect(first: Found, sink: Sink) -> Manifests:
    root = first.path.parent
    listing = _listing(root, [first])
    included = [Path(path) for path in files(listing) if Path(path) != first.path]
    found = [first, *(read for path in included if (read := _try(path, sink)))]
    holders = [f for f in found if f.document.includes]
    for other in holders[1:]:
        _once("includes", other.document.includes or (), holders[0].document.includes or (), sink)
    if first.document.includes is None and holders:
        sink.add(
            Diagnostic(
                "APP4206",
                "`includes` belongs in the first manifest of the application",
                (holders[0].document.includes or ())[0].place,
                help=(f"move it to `{shown(first.path)}`",),
            )
        )
    return Manifests(root, tuple(found), listing)


def _once(name: str, again: Sequence[object], first: Sequence[object], sink: Sink) -> None:
    place, label = again[0].place, first[0].place  # type: ignore[attr-defined] # both are words
    message = f"`{name}` may be given in one manifest only"
    sink.add(Diagnostic("APP4206", message, place, labels=(Label(label, "first given here"),)))


def _listing(root: Path, found: Sequence[Found]) -> Listing:
    document = found[0].document
    patterns = tuple(word.text for word in document.includes or ()) or INCLUDES
    temp = document.temp_dir.text if document.temp_dir else "golem-temp"
    return Listing(str(root), patterns, (os.path.normpath(root / temp),))


def _try(path: Path, sink: Sink) -> Found | None:
    try:
        return _read(path, sink)
    except WitError as error:
        for diagnostic in error.diagnostics:
            sink.add(diagnostic)
        return None


def _read(path: Path, sink: Sink) -> Found:
    name = shown(path)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        message = f"`{name}` is not UTF-8"
        raise WitError([Diagnostic("APP4202", message, Place(name))]) from None
    except OSError as error:
        message = f"cannot read `{name}`: {error.strerror or error}"
        raise WitError([Diagnostic("APP4201", message)]) from None
    tree = compose(text, name)
    if tree is None:
        return Found(path, Document(place=Place(name)))
    return Found(path, decode(tree, Document, sink, "a manifest"))
