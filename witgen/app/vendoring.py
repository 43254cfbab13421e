"""`witgen deps add`: the packages that WIT needs, copied into its `deps` from this disk."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.witdeps import folder_name
from witgen.compare.breaking import compare
from witgen.component import decode
from witgen.diagnostics import Diagnostic, Place, WitError
from witgen.load import File, GroupFiles, Inputs, read_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.printer import to_wit
from witgen.value import replace
from witgen.wkg import manifest, store
from witgen.wkg.needs import packages

# The package of a component's own world.
_COMPONENT = m.PackageName("root", "component")
# The file of a package that was read from a binary.
_PRINTED = "package.wit"


@dataclass(frozen=True, slots=True)
class Vendored:
    """What is to be written.

    Attributes:
        files: Path below the folder of the WIT → content; None for a file that goes.
        added: Package → where it comes from.
        kept: Packages that were requested and are there already.
    """

    files: dict[str, bytes | None]
    added: dict[str, str]
    kept: tuple[str, ...]


@dataclass(slots=True)
class _Pool:
    """The packages on offer.

    Attributes:
        whole: Packages with all that they have, the first of each name.
        binaries: Components and binary packages, which have of others only what they use.
    """

    whole: dict[str, GroupFiles] = field(default_factory=dict)
    binaries: dict[File, m.Resolve] = field(default_factory=dict)

    def offer(self, inputs: Inputs) -> None:
        """Add the packages of a source."""
        for file in inputs.binaries:
            resolve = self.binaries[file] = _decoded(file)
            self.add(_printed(resolve, file.name, [resolve.root]))
        self.add(_texts(inputs))

    def add(self, groups: Iterable[GroupFiles]) -> None:
        """Add whole packages."""
        for group in groups:
            for name in sorted(packages([group])[0]):
                self.whole.setdefault(name, group)

    def parts(self) -> dict[str, GroupFiles]:
        """What all binaries together have of each package."""
        root = GroupFiles("", (File("root.wit", b"package root:root;"),))
        merged = resolve_inputs(Inputs(root, (), tuple(self.binaries)), (), all_features=True)
        found: dict[str, GroupFiles] = {}
        for file, resolve in self.binaries.items():
            names = {package.name for package in resolve.packages}
            ids = [m.PackageId(i) for i, p in enumerate(merged.packages) if p.name in names]
            for group in _printed(merged, file.name, ids):
                for name in packages([group])[0]:
                    found.setdefault(name, group)
        return found


def vendor(wit: Path, sources: Sequence[Path], python_path: Sequence[Path]) -> Vendored:
    """Find what a folder of WIT needs.

    A whole package is preferred to what a component has of it, wherever the two come from.

    Args:
        wit: The folder.
        sources: Files, folders and components whose packages are wanted in any case.
        python_path: Folders with installed Python packages.

    Returns:
        Files that make the folder complete: it loads with them.

    Raises:
        WitError: A source cannot be read, a package is nowhere, or they do not fit together.
    """
    inputs = read_inputs(wit, wkg=False)
    pool = _Pool()
    asked: list[str] = []
    for source in sources:
        given = read_inputs(source)
        pool.offer(given)
        asked += _wanted_of(given)
    for place in _named(wit):
        pool.offer(read_inputs(place))
    for place in _installed(python_path):
        with suppress(WitError):  # another package's files, which nobody asked for
            pool.offer(read_inputs(place))
    replaced = dict(_replaceable(inputs, wit / "deps", pool.whole.keys() & set(asked)))
    kept = tuple(group for group in inputs.dependencies if group not in replaced.values())
    inputs = inputs._replace(dependencies=kept)
    present = set(packages(_texts(inputs))[0])
    present |= {str(p.name) for file in inputs.binaries for p in _decoded(file).packages}
    chosen = _choose(_texts(inputs), present, asked, pool)
    full = inputs._replace(dependencies=(*inputs.dependencies, *_distinct(chosen.values())))
    made = resolve_inputs(full, (), all_features=True)
    if problems := list(_contradictions(pool, made, {*asked, *chosen})):
        raise WitError(problems)
    unchanged = {name for name, group in replaced.items() if _same(group, chosen.get(name))}
    files = {
        **{f"deps/{folder_name(name)}/{_PRINTED}": None for name in replaced},
        **dict(_files(wit / "deps", chosen, replaced)),
    }
    if unchanged:
        chosen = {name: group for name, group in chosen.items() if name not in unchanged}
    return Vendored(
        files,
        {name: group.label for name, group in chosen.items()},
        tuple(name for name in asked if name in present | unchanged),
    )


def _same(group: GroupFiles, other: GroupFiles | None) -> bool:
    return other is not None and [f.data for f in group.files] == [f.data for f in other.files]


def _replaceable(
    inputs: Inputs, deps: Path, whole: Iterable[str]
) -> Iterator[tuple[str, GroupFiles]]:
    """The packages that were copied from a component, and of which there is a whole one."""
    for name in whole:
        file = str(deps / folder_name(name) / _PRINTED)
        for group in inputs.dependencies:
            if [each.name for each in group.files] == [file]:
                yield name, group


def _contradictions(pool: _Pool, made: m.Resolve, names: Container[str]) -> Iterator[Diagnostic]:
    """What binaries have of packages that these do not have, or not so."""
    known = {str(package.name): m.PackageId(id) for id, package in enumerate(made.packages)}
    for file, resolve in pool.binaries.items():
        for id, package in enumerate(resolve.packages):
            name = str(package.name)
            if package.name == _COMPONENT or name not in names or name not in known:
                continue
            part = replace(resolve, root=m.PackageId(id))
            for change in compare(part, replace(made, root=known[name])).changes:
                yield Diagnostic(
                    "APP4508",
                    f"`{file.name}` has another `{name}`: {', '.join(change.path)}",
                    Place(file.name),
                    help=(*change.help, "give a source that has the whole package"),
                )


def _texts(inputs: Inputs) -> list[GroupFiles]:
    return [group for group in (inputs.root, *inputs.dependencies) if group is not None]


def _distinct(groups: Iterable[GroupFiles]) -> list[GroupFiles]:
    return list(dict.fromkeys(groups))


def _decoded(file: File) -> m.Resolve:
    return resolve_inputs(Inputs(None, (), (file,)), (), all_features=True)


def _printed(resolve: m.Resolve, label: str, ids: Iterable[m.PackageId]) -> Iterator[GroupFiles]:
    for id in ids:
        if resolve.packages[id].name != _COMPONENT:
            yield GroupFiles(label, (File(_PRINTED, to_wit(resolve, id).encode()),))


def _wanted_of(source: Inputs) -> list[str]:
    """The packages that a source is given for: its own, and those that a component exports."""
    if source.root is not None:
        return sorted(packages([GroupFiles("", source.root.files)])[0])
    (file,) = source.binaries
    resolve = _decoded(file)
    root = resolve.packages[resolve.root]
    if root.name != _COMPONENT:
        return [str(root.name)]
    world = resolve.worlds[root.worlds["root"]]
    ids = [key for key in (*world.exports, *world.imports) if isinstance(key, int)]
    exported = [key for key in world.exports if isinstance(key, int)]
    owners = (resolve.interfaces[id].package for id in (exported or ids))
    return list(dict.fromkeys(str(resolve.packages[owner].name) for owner in owners))


def _named(wit: Path) -> Iterator[Path]:
    """What `wkg.toml` names."""
    found = manifest.find(wit)
    if found is not None:
        yield from (*found.overrides.values(), *found.members)


def _installed(python_path: Sequence[Path]) -> Iterator[Path]:
    """The WIT of installed Python packages."""
    for folder in python_path:
        for file in sorted(folder.glob("*/componentize-py.toml")):
            try:
                named = tomllib.loads(file.read_text("utf-8")).get("wit_directory")
                there = isinstance(named, str) and (file.parent / named).exists()
            except (OSError, ValueError, RecursionError):
                continue
            if there:
                yield file.parent / str(named)


def installed(environment: Mapping[str, str]) -> list[Path]:
    """The folders of installed Python packages: of the active environment, and of this program."""
    active = environment.get("VIRTUAL_ENV")
    found = sorted(Path(active).glob("lib/python*/site-packages")) if active else []
    found += [
        Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))
    ]
    return list(dict.fromkeys(path for path in found if path.is_dir()))


def _choose(
    texts: Sequence[GroupFiles], present: set[str], asked: Sequence[str], pool: _Pool
) -> dict[str, GroupFiles]:
    """The packages to add: what is requested, and what that and the texts need.

    Raises:
        WitError: APP4503, some are nowhere.
    """
    cache, parts = store.folder(), pool.parts()
    chosen: dict[str, GroupFiles] = {}
    missing: list[str] = []
    waiting = [*asked, *sorted(packages(texts)[1])]
    seen = set(present)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name not in pool.whole and cache is not None:
            pool.add(_cached(cache, name))
        group = pool.whole.get(name) or parts.get(name)
        if group is None:
            missing.append(name)
            continue
        chosen[name] = group
        there, more = packages([group])
        seen |= there
        waiting += sorted(more)
    if missing:
        raise WitError(_nowhere(name, pool.whole.keys() | parts.keys()) for name in missing)
    return chosen


def _cached(cache: Path, name: str) -> Iterator[GroupFiles]:
    """The packages of a release that wkg has fetched before."""
    bare, _, version = name.partition("@")
    digest = store.digest_of(cache, bare, version)
    data = None if digest is None else store.content_of(cache, digest)
    if data is not None:
        label = f"{cache / f'{bare}-{version}.json'}"
        resolve = decode(data, label)
        own = resolve.root
        # First the release itself: of others it has only what it uses.
        yield from _printed(resolve, label, [own])
        yield from _printed(
            resolve, label, (m.PackageId(i) for i in range(len(resolve.packages)) if i != own)
        )


def _nowhere(name: str, known: Iterable[str]) -> Diagnostic:
    bare = name.partition("@")[0]
    others = sorted(other for other in known if other.partition("@")[0] == bare)
    advice = (
        f"there is {', '.join(f'`{other}`' for other in others)}, which is another version"
        if others
        else "name a file, a folder or a component that has it"
    )
    return Diagnostic("APP4503", f"`{name}` is needed and nowhere on this disk", help=(advice,))


def _files(
    deps: Path, chosen: Mapping[str, GroupFiles], replaced: Container[str]
) -> Iterator[tuple[str, bytes]]:
    for group in _distinct(chosen.values()):
        name = next(name for name, other in chosen.items() if other == group)
        folder = folder_name(name)
        folder = folder if name in replaced else _free(deps, folder)
        for file in group.files:
            yield f"deps/{folder}/{Path(file.name).name}", file.data


def _free(deps: Path, name: str) -> str:
    """A name that no entry of the folder has."""
    numbers = iter(range(2, 1 << 30))
    free = name
    while (deps / free).exists():
        free = f"{name}-{next(numbers)}"
    return free
