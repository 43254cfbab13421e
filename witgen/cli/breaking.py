"""`witgen wit --breaking OLD NEW`: incompatible changes, and the next version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from witgen.app.manifest.find import alike
from witgen.cli.common import FINDINGS, USAGE, Failure, Talk, fail, product
from witgen.diagnostics import Diagnostic, Severity, WitError, counted, did_you_mean
from witgen.value import replace

if TYPE_CHECKING:
    from witgen.compare.breaking import Comparison
    from witgen.diagnostics import Place


class Gates(NamedTuple):
    """Which features are enabled."""

    features: tuple[str, ...]
    all_features: bool


def report_breaking(
    old: str, new: Path, world: str | None, gates: Gates, talk: Talk, output: str | None
) -> None:
    """Compare two versions and print the next one; status 1 if the new version is too low.

    Args:
        old: A path, a git revision (of the path `new`), or REVISION:PATH.
        new: The new version.
        world: The world to compare, by default the package.
        gates: Which features are enabled, in both.
        talk: Where to report the changes.
        output: Where to write the next version, by default stdout.

    Raises:
        WitError: One of the two is not WIT, or they cannot be compared.
    """
    from witgen.compare.breaking import compare
    from witgen.compare.places import places
    from witgen.load import load, read_inputs, resolve_inputs

    inputs = read_inputs(new)
    after = resolve_inputs(inputs, gates.features, all_features=gates.all_features)
    with _old_version(old, new) as path:
        if path is None:
            talk.say(f"`{new}` is not in `{old}`: nothing relies on it")
            return
        before = load(path, features=gates.features, all_features=gates.all_features)
    _report(compare(before, after, world), places(inputs), str(new), talk, output)


@contextmanager
def _old_version(old: str, new: Path) -> Iterator[Path | None]:
    """The path of the old version; None if it did not contain what is compared."""
    if old and Path(old).exists():
        yield Path(old)
        return
    from witgen.compare.revision import RevisionError

    try:
        with _at_revision(old, new) as copy:
            try:
                yield copy
            except WitError as error:
                raise WitError(_named(error.diagnostics, str(copy), old)) from None
    except RevisionError as error:
        raise Failure(error.diagnostics, USAGE) from None


@contextmanager
def _at_revision(old: str, new: Path) -> Iterator[Path | None]:
    """A copy of the path in the revision; None if that did not contain what is compared.

    Raises:
        RevisionError: git cannot be started, or it refuses.
    """
    from witgen.compare.revision import (
        at_commit,
        commit_of,
        contains,
        is_unborn,
        like,
        names_of,
        top_of,
    )
    from witgen.wkg.manifest import manifests

    here = new.absolute()
    folder = here if here.is_dir() else here.parent
    revision, colon, inside = old.partition(":")
    commit = commit_of(revision, folder)
    if commit is None and is_unborn(revision, folder):
        yield None
        return
    if commit is None:
        hints = alike(Path(old)) or did_you_mean(revision, names_of(folder))
        fail("CMP3203", f"`{old}` is neither a path nor a git revision of `{new}`", *hints)
    top = top_of(folder).resolve()
    if colon:  # as in git: from the top, or with `./` from here
        here = (Path() if inside.startswith(("./", "../")) else top) / inside
    wanted = here.resolve()
    if not wanted.is_relative_to(top):
        fail("CMP3203", f"`{inside or new}` is outside the repository `{top}`")
    name = wanted.relative_to(top).as_posix()
    if not contains(commit, top, name):
        if colon:
            near = like(commit, top, name)
            hints = (f"did you mean `{revision}:{near}`?",) if near else ()
            fail("CMP3203", f"`{inside}` is not in `{revision}`", *hints)
        yield None
        return
    # What a manifest names is elsewhere in the repository.
    with at_commit(commit, top, "." if manifests(wanted) else name) as found:
        yield found / name


def _named(diagnostics: tuple[Diagnostic, ...], copy: str, old: str) -> Iterator[Diagnostic]:
    """The same findings, with file names as given by the user."""
    for found in diagnostics:
        place = found.place
        if place is not None:
            place = replace(place, file=place.file.replace(copy, old, 1))
        yield replace(found, place=place, message=found.message.replace(copy, old))


def _report(
    comparison: Comparison,
    known: Mapping[tuple[str, ...], Place],
    file: str,
    talk: Talk,
    output: str | None,
) -> None:
    from witgen.compare.places import place_of
    from witgen.compare.versions import next_version, suffices

    changes, package = comparison.changes, comparison.package
    version = package.version if package else None
    needed, allowed = None, False
    if version is not None:
        needed = next_version(version, breaking=bool(changes), grown=comparison.grown)
        allowed = suffices(comparison.version, version, needed)
        if allowed:
            needed = comparison.version
    severity = Severity.WARNING if allowed else Severity.ERROR
    advice = () if needed is None or allowed else (f"the next version is {needed}",)
    talk.show(
        Diagnostic(
            "CMP3201",
            change.message,
            place_of(change, known, file),
            help=(*change.help, *advice),
            severity=severity,
        )
        for change in changes
    )
    talk.say(_summary(comparison, version, needed))
    if needed is not None:
        product(needed + "\n", output)
    if changes and not allowed:
        raise click.exceptions.Exit(FINDINGS)


def _summary(comparison: Comparison, version: str | None, needed: str | None) -> str:
    count = len(comparison.changes)
    what = counted(count, "breaking change")
    if not count:
        what = "compatible additions" if comparison.grown else "no changes"
    if needed is None:
        return f"{what}; there is no version to start from"
    unsaid = comparison.version in (None, version, needed)
    now = "" if unsaid else f", and it is {comparison.version}"
    return f"{what} since {version}: the next version is {needed}{now}"
