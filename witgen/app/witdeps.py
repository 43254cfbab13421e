"""WIT whose missing dependencies come from shared folders (`witDeps`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from witgen.diagnostics import Diagnostic
from witgen.load import GroupFiles, Inputs, load, read_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.printer import directory_name
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter
from witgen.wkg.needs import completion, packages

Pool = Mapping[str, GroupFiles]


def pool(folders: Iterable[Path]) -> Pool:
    """The packages of shared folders, by name; the first of each name wins.

    A folder contains packages like a `deps` folder: each a folder or file. It may itself be a
    package, with its own `deps`.

    Raises:
        WitError: A file cannot be read.
    """
    found: dict[str, GroupFiles] = {}
    for folder in folders:
        for group in _groups(folder):
            present, _ = packages([group])
            for name in present:
                found.setdefault(name, group)
    return found


def _groups(folder: Path) -> Iterator[GroupFiles]:
    inputs = read_inputs(folder)
    if inputs.root is not None and inputs.root.files:
        yield inputs.root
    yield from inputs.dependencies
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.name != "deps":
                yield from _groups(path)


def _groups_of(inputs: Inputs) -> list[GroupFiles]:
    return [g for g in (inputs.root, *inputs.dependencies) if g is not None]


def load_with(path: Path, shared: Pool) -> m.Resolve:
    """Load WIT with its dependencies completed.

    Raises:
        WitError: It cannot be read or has errors.
    """
    if not shared or path.suffix in {".wasm", ".wat"}:
        return load(path)
    inputs = read_inputs(path)
    added = completion(_groups_of(inputs), shared)
    if not added:
        return load(path)
    full = inputs._replace(dependencies=(*inputs.dependencies, *added))
    return resolve_inputs(full, (), all_features=False)


def folder_files(path: Path, shared: Pool) -> dict[str, bytes]:
    """The files of a WIT folder with its dependencies completed: relative path → content.

    Raises:
        WitError: A file cannot be read.
    """
    inputs = read_inputs(path)
    root = path if path.is_dir() else path.parent
    files: dict[str, bytes] = {}
    for group in (*_groups_of(inputs), GroupFiles("", inputs.binaries)):
        for file in group.files:
            name = Path(file.name)
            if name.is_relative_to(root):
                files[PurePosixPath(name.relative_to(root)).as_posix()] = file.data
            else:  # a `wkg.toml` names it
                inside = PurePosixPath("deps", _own_folder(group), name.name)
                files[inside.as_posix()] = file.data
    for group in completion(_groups_of(inputs), shared):
        folder = Path(group.label).stem
        for file in group.files:
            files[f"deps/{folder}/{Path(file.name).name}"] = file.data
    return files


def _own_folder(group: GroupFiles) -> str:
    names = sorted(packages([group])[0])
    return folder_name(names[0]) if names else "."


def folder_name(package: str) -> str:
    """What the folder of a package is called in `deps`; the package by its full name."""
    bare, _, version = package.partition("@")
    namespace, _, name = bare.partition(":")
    return directory_name(m.PackageName(namespace, name, version or None))


def faults(path: Path) -> tuple[Diagnostic, ...]:
    """The syntax errors in a folder's own files.

    Raises:
        WitError: A file cannot be read.
    """
    report = Reporter()
    root = read_inputs(path).root
    for file in () if root is None else root.files:
        parse_bytes(file.data, file.name, report)
    return tuple(report.sink.diagnostics)
