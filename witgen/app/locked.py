"""`witgen deps check`: `deps` against `wkg.lock`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from witgen.diagnostics import Diagnostic, Place, Severity
from witgen.load import File, Inputs, read_inputs, resolve_inputs
from witgen.wkg import lock, manifest, store
from witgen.wkg.lock import Locked
from witgen.wkg.needs import packages
from witgen.wkg.requirements import matches


def check(wit: Path, file: Path) -> tuple[Diagnostic, ...]:
    """What differs between the dependencies of a folder of WIT and its lock file.

    Args:
        wit: The folder.
        file: The lock file.

    Returns:
        Errors, and warnings for packages that the lock file does not have.

    Raises:
        WitError: Something cannot be read.
    """
    inputs = read_inputs(wit, wkg=False)
    there = dict(_present(inputs))
    locked = lock.read(file)
    return (
        *_locked(locked, there, Place(str(file))),
        *_needed(inputs, there, locked, wit),
        *_unlocked(there, locked, wit),
    )


def _present(inputs: Inputs) -> Iterator[tuple[str, File]]:
    """(full name, a file of it) of each package in `deps`."""
    for group in inputs.dependencies:
        for name in packages([group])[0]:
            yield name, group.files[0]
    for binary in inputs.binaries:
        resolve = resolve_inputs(Inputs(None, (), (binary,)), (), all_features=True)
        for package in resolve.packages:
            yield str(package.name), binary


def _locked(
    locked: tuple[Locked, ...], there: Mapping[str, File], place: Place
) -> Iterator[Diagnostic]:
    cache = store.folder()
    for entry in locked:
        full = f"{entry.name}@{entry.version}"
        fits = matches(entry.requirement, entry.version)
        if not fits:
            what = "is not a requirement" if fits is None else f"does not allow {entry.version}"
            message = f"`{entry.name}`: the requirement `{entry.requirement}` {what}"
            yield Diagnostic("APP4505", message, place)
        others = sorted(n for n in there if n.partition("@")[0] == entry.name)
        if full in there:
            yield from _digest(entry, there[full])
        elif others:
            named = ", ".join(f"`{name}`" for name in others)
            message = f"`deps` has {named}, and `{full}` is locked"
            yield Diagnostic("APP4504", message, Place(there[others[0]].name))
        else:
            message = f"`{full}` is locked and not in `deps`"
            yield Diagnostic("APP4503", message, place, help=("`witgen deps add` copies it there",))
        known = store.digest_of(cache, entry.name, entry.version) if cache else None
        if known and entry.digest and known != entry.digest:
            message = f"`{full}`: the cache of wkg has {known}, and {entry.digest} is locked"
            yield Diagnostic("APP4506", message, place)


def _digest(entry: Locked, file: File) -> Iterator[Diagnostic]:
    """A binary is the release itself; a text was made from it."""
    if not entry.digest or not file.name.endswith(".wasm"):
        return
    found = f"sha256:{sha256(file.data).hexdigest()}"
    if found != entry.digest:
        message = f"`{entry.name}@{entry.version}` has {found}, and {entry.digest} is locked"
        yield Diagnostic("APP4506", message, Place(file.name))


def _needed(
    inputs: Inputs, there: Mapping[str, File], locked: tuple[Locked, ...], wit: Path
) -> Iterator[Diagnostic]:
    """What the texts refer to that is nowhere."""
    groups = [group for group in (inputs.root, *inputs.dependencies) if group is not None]
    present, wanted = packages(groups)
    known = present | there.keys() | {f"{entry.name}@{entry.version}" for entry in locked}
    own = _own(wit)
    for name in sorted(wanted - known):
        if name.partition("@")[0] not in own:
            message = f"`{name}` is needed, and neither locked nor in `deps`"
            yield Diagnostic("APP4503", message, Place(str(wit)))


def _unlocked(
    there: Mapping[str, File], locked: tuple[Locked, ...], wit: Path
) -> Iterator[Diagnostic]:
    known = {entry.name for entry in locked} | _own(wit)
    for name, file in sorted(there.items()):
        if name.partition("@")[0] not in known:
            yield Diagnostic(
                "APP4507",
                f"`{name}` is in `deps` and not locked",
                Place(file.name),
                severity=Severity.WARNING,
            )


def _own(wit: Path) -> set[str]:
    """The packages that `wkg.toml` has on this disk, which are never locked."""
    found = manifest.find(wit)
    if found is None:
        return set()
    names = set(found.overrides)
    for member in found.members:
        if member.exists():
            root = read_inputs(member, wkg=False).root
            names |= {name.partition("@")[0] for name in packages([root] if root else [])[0]}
    return names
