"""`witgen deps add`: the packages that WIT needs, copied into its `deps` from this disk."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.witdeps import folder_name
from witgen.component import decode
from witgen.diagnostics import Diagnostic, WitError
from witgen.load import File, GroupFiles, Inputs, read_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.printer import to_wit
from witgen.wkg import manifest, store
from witgen.wkg.needs import packages

# The package of a component's own world.
_COMPONENT = m.PackageName("root", "component")


@dataclass(frozen=True, slots=True)
class Vendored:
    """What is to be written.

    Attributes:
        files: Path below the folder of the WIT → content.
        added: Package → where it comes from.
        kept: Packages that were requested and are there already.
    """

    files: dict[str, bytes]
    added: dict[str, str]
    kept: tuple[str, ...]


@dataclass(slots=True)
class _Pool:
    """The packages on offer, the first of each name."""

    groups: dict[str, GroupFiles] = field(default_factory=dict)

    def offer(self, groups: Iterable[GroupFiles]) -> None:
        """Add packages as texts."""
        for group in groups:
            for name in sorted(packages([group])[0]):
                self.groups.setdefault(name, group)


def vendor(wit: Path, sources: Sequence[Path], python_path: Sequence[Path]) -> Vendored:
    """Find what a folder of WIT needs.

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
    present = set(packages(_texts(inputs))[0])
    present |= {str(p.name) for file in inputs.binaries for p in _decoded(file).packages}
    pool = _Pool()
    asked: list[str] = []
    for source in sources:
        given = read_inputs(source)
        pool.offer(_all(given))
        asked += _wanted_of(given)
    for place in _named(wit):
        pool.offer(_all(read_inputs(place)))
    for place in _installed(python_path):
        with suppress(WitError):  # another package's files, which nobody asked for
            pool.offer(_all(read_inputs(place)))
    chosen = _choose(_texts(inputs), present, asked, pool)
    full = inputs._replace(dependencies=(*inputs.dependencies, *_distinct(chosen.values())))
    resolve_inputs(full, (), all_features=True)
    return Vendored(
        dict(_files(wit / "deps", chosen)),
        {name: group.label for name, group in chosen.items()},
        tuple(name for name in asked if name in present),
    )


def _texts(inputs: Inputs) -> list[GroupFiles]:
    return [group for group in (inputs.root, *inputs.dependencies) if group is not None]


def _distinct(groups: Iterable[GroupFiles]) -> list[GroupFiles]:
    return list(dict.fromkeys(groups))


def _decoded(file: File) -> m.Resolve:
    return resolve_inputs(Inputs(None, (), (file,)), (), all_features=True)


def _all(inputs: Inputs) -> Iterator[GroupFiles]:
    """The packages of a source as texts, those of binaries printed."""
    yield from _texts(inputs)
    for file in inputs.binaries:
        yield from _printed(_decoded(file), file.name)


def _printed(resolve: m.Resolve, label: str) -> Iterator[GroupFiles]:
    for index, package in enumerate(resolve.packages):
        if package.name != _COMPONENT:
            text = to_wit(resolve, m.PackageId(index)).encode()
            yield GroupFiles(label, (File("package.wit", text),))


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
    cache = store.folder()
    chosen: dict[str, GroupFiles] = {}
    missing: list[str] = []
    waiting = [*asked, *sorted(packages(texts)[1])]
    seen = set(present)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name not in pool.groups and cache is not None:
            pool.offer(_cached(cache, name))
        group = pool.groups.get(name)
        if group is None:
            missing.append(name)
            continue
        chosen[name] = group
        there, more = packages([group])
        seen |= there
        waiting += sorted(more)
    if missing:
        raise WitError(_nowhere(name, pool.groups) for name in missing)
    return chosen


def _cached(cache: Path, name: str) -> Iterator[GroupFiles]:
    """The packages of a release that wkg has fetched before."""
    bare, _, version = name.partition("@")
    digest = store.digest_of(cache, bare, version)
    data = None if digest is None else store.content_of(cache, digest)
    if data is not None:
        label = f"{cache / f'{bare}-{version}.json'}"
        yield from _printed(decode(data, label), label)


def _nowhere(name: str, known: Iterable[str]) -> Diagnostic:
    bare = name.partition("@")[0]
    others = sorted(other for other in known if other.partition("@")[0] == bare)
    advice = (
        f"there is {', '.join(f'`{other}`' for other in others)}, which is another version"
        if others
        else "name a file, a folder or a component that has it"
    )
    return Diagnostic("APP4503", f"`{name}` is needed and nowhere on this disk", help=(advice,))


def _files(deps: Path, chosen: Mapping[str, GroupFiles]) -> Iterator[tuple[str, bytes]]:
    for group in _distinct(chosen.values()):
        name = next(name for name, other in chosen.items() if other == group)
        folder = _free(deps, folder_name(name))
        for file in group.files:
            yield f"deps/{folder}/{Path(file.name).name}", file.data


def _free(deps: Path, name: str) -> str:
    """A name that no entry of the folder has."""
    numbers = iter(range(2, 1 << 30))
    free = name
    while (deps / free).exists():
        free = f"{name}-{next(numbers)}"
    return free
