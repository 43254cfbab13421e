"""WIT whose missing dependencies come from shared folders (`witDeps`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from witgen.diagnostics import Diagnostic
from witgen.load import GroupFiles, Inputs, load, read_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.syntax import ast
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter

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
            present, _ = _packages([group])
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


def completion(inputs: Inputs, shared: Pool) -> tuple[GroupFiles, ...]:
    """The shared packages that files refer to but do not include, in order of need."""
    groups = [g for g in (inputs.root, *inputs.dependencies) if g is not None]
    present, wanted = _packages(groups)
    added: list[GroupFiles] = []
    while missing := sorted(name for name in wanted - present if name in shared):
        group = shared[missing[0]]
        added.append(group)
        there, more = _packages([group])
        present |= there
        wanted |= more
    return tuple(added)


def load_with(path: Path, shared: Pool) -> m.Resolve:
    """Load WIT with its dependencies completed.

    Raises:
        WitError: It cannot be read or has errors.
    """
    if not shared or path.suffix in {".wasm", ".wat"}:
        return load(path)
    inputs = read_inputs(path)
    added = completion(inputs, shared)
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
    groups = [g for g in (inputs.root, *inputs.dependencies) if g is not None]
    files = {
        PurePosixPath(Path(file.name).relative_to(root)).as_posix(): file.data
        for group in (*groups, GroupFiles("", inputs.binaries))
        for file in group.files
    }
    for group in completion(inputs, shared):
        name = Path(group.label).stem
        for file in group.files:
            files[f"deps/{name}/{Path(file.name).name}"] = file.data
    return files


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


def _packages(groups: Iterable[GroupFiles]) -> tuple[set[str], set[str]]:
    """The packages that files declare, and those that they refer to."""
    report = Reporter()
    present: set[str] = set()
    wanted: set[str] = set()
    for group in groups:
        for file in group.files:
            document = parse_bytes(file.data, file.name, report)
            if document.header is not None:
                present.add(str(document.header.name))
            for item in document.items:
                if isinstance(item, ast.NestedPackage):
                    present.add(str(item.name))
                    wanted.update(_references(item.items))
                else:
                    wanted.update(_references(item))
    return present, wanted


def _references(node: object) -> Iterator[str]:
    """The packages that a tree refers to."""
    if isinstance(node, ast.PackageRef):
        yield str(node)
    elif isinstance(node, tuple):
        for part in node:
            yield from _references(part)
