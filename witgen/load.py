"""WIT from disk → `Resolve`: the only reader of WIT files.

A path is a `.wit` file, a folder of them that is one package, with its dependencies in `deps/`
("Package format" of WIT.md and the conventions of the reference implementation), or a component.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from witgen import load_cache
from witgen.diagnostics import Diagnostic, Place, WitError

if TYPE_CHECKING:
    # A document that is cached is printed without the model, which takes a while to import.
    from witgen.resolve import model as m
    from witgen.syntax.trees import Trees

_BINARY = (".wasm", ".wat")
# No text of an interface comes near, and a device may have no end.
_LARGEST_TEXT = 64 << 20
# A component may carry a whole interpreter.
_LARGEST_BINARY = 512 << 20
_MAGIC = b"\0asm"


class File(NamedTuple):
    """A file that was read: the name shown to people, and its bytes."""

    name: str
    data: bytes


class GroupFiles(NamedTuple):
    """The files of one package: of a folder, or a single one."""

    label: str
    files: tuple[File, ...]


class Inputs(NamedTuple):
    """All files of a run.

    Attributes:
        root: The requested package; None when the only binary is the requested one.
        dependencies: The packages of `deps/`.
        binaries: WebAssembly, as text or binary.
    """

    root: GroupFiles | None
    dependencies: tuple[GroupFiles, ...] = ()
    binaries: tuple[File, ...] = ()


def load(
    path: str | os.PathLike[str],
    *,
    features: Collection[str] = (),
    all_features: bool = False,
) -> m.Resolve:
    """Load WIT.

    Args:
        path: A `.wit` file, a folder of them with its dependencies in `deps/`, or a component.
        features: Names of the feature gates that are open.
        all_features: Whether all gates are open.

    Raises:
        WitError: The path cannot be read, or what it holds is wrong; all errors that were found.
    """
    inputs = read_inputs(Path(path))
    return _resolve(inputs, tuple(features), all_features=all_features)


def load_json(
    path: str | os.PathLike[str],
    *,
    features: Collection[str] = (),
    all_features: bool = False,
) -> str:
    """The JSON document of WIT, indented by two spaces: `load` for those who only print.

    Args:
        path: As for `load`.
        features: As for `load`.
        all_features: As for `load`.

    Raises:
        WitError: As for `load`.
    """
    inputs = read_inputs(Path(path))
    return _document(inputs, tuple(features), all_features=all_features)


def load_texts(
    files: Mapping[str, str],
    *,
    features: Collection[str] = (),
    all_features: bool = False,
) -> m.Resolve:
    """Load WIT from memory.

    Args:
        files: Relative path → text, as a folder would hold them: `world.wit`, `deps/a/b.wit`.
        features: Names of the feature gates that are open.
        all_features: Whether all gates are open.

    Raises:
        WitError: What the texts say is wrong; all errors that were found.
    """
    texts = {name: files[name].encode("utf-8", "surrogatepass") for name in filter(_is_wit, files)}
    inputs = folder_inputs(texts, "the given texts")
    return _resolve(inputs, tuple(features), all_features=all_features)


def folder_inputs(files: Mapping[str, bytes], label: str) -> Inputs:
    """The files of a folder that are read when it is loaded, from memory.

    Args:
        files: Relative path → content.
        label: What the folder is called in messages.
    """
    root: list[File] = []
    groups: dict[str, list[File]] = {}
    binaries: list[File] = []
    for path in sorted(files, key=lambda path: PurePosixPath(path).parts):
        file = File(path, files[path])
        match PurePosixPath(path).parts:
            case (_,) if _is_wit(path):
                root.append(file)
            case ("deps", group) | ("deps", group, _) if _is_wit(path):
                groups.setdefault(group, []).append(file)
            case ("deps", _) if path.endswith(_BINARY):
                binaries.append(file)
            case _:
                pass
    return Inputs(
        GroupFiles(label, tuple(root)),
        tuple(GroupFiles(f"deps/{name}", tuple(found)) for name, found in groups.items()),
        tuple(binaries),
    )


def _is_wit(name: str) -> bool:
    return name.endswith(".wit")


# --- reading ------------------------------------------------------------------------------------


def read_inputs(path: Path, *, wkg: bool = True) -> Inputs:
    """The files of a path.

    Args:
        path: A file or folder.
        wkg: Whether what a `wkg.toml` has beyond the folder is read as well.

    Raises:
        WitError: One of them cannot be read.
    """
    problems: list[Diagnostic] = []
    if _is_dir(path):
        inputs = _read_folder(path, problems)
        if wkg and not problems:
            inputs = _with_wkg(inputs, path, problems)
    else:
        files = _read([path], problems)
        binary = path.suffix in _BINARY or any(file.data.startswith(_MAGIC) for file in files)
        inputs = Inputs(None, (), files) if binary else Inputs(GroupFiles(str(path), files))
    if problems:
        raise WitError(problems)
    return inputs


def _is_dir(path: Path) -> bool:
    """Whether a path is a folder; one that cannot be inspected is reported when it is read."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _read_folder(path: Path, problems: list[Diagnostic]) -> Inputs:
    root = GroupFiles(str(path), _read(_wit_files(path, problems), problems))
    groups: list[GroupFiles] = []
    binaries: list[File] = []
    deps = path / "deps"
    for entry in _entries(deps, problems) if _is_dir(deps) else ():
        if _is_dir(entry):
            groups.append(GroupFiles(str(entry), _read(_wit_files(entry, problems), problems)))
        elif _is_wit(entry.name):
            groups.append(GroupFiles(str(entry), _read([entry], problems)))
        elif entry.suffix in _BINARY:
            binaries += _read([entry], problems)
    return Inputs(root, tuple(groups), tuple(binaries))


def _with_wkg(inputs: Inputs, path: Path, problems: list[Diagnostic]) -> Inputs:
    """The same with what a `wkg.toml` has: overrides instead of `deps`, members where it lacks them.

    Raises:
        WitError: The manifest is broken, or a binary that it names is not one.
    """
    from witgen.wkg.manifest import find

    manifest = find(path)
    if manifest is None or inputs.root is None:
        return inputs
    from witgen.wkg.needs import completion, packages

    overridden = manifest.overrides
    kept = [
        group
        for group in inputs.dependencies
        if {name.partition("@")[0] for name in packages([group])[0]}.isdisjoint(overridden)
    ]
    shared: dict[str, GroupFiles] = {}
    for place in (*overridden.values(), *manifest.members):
        for name, group in packages_at(place, problems):
            shared.setdefault(name, group)
    added = completion([inputs.root, *kept], shared)
    binary = [group for group in added if group.files[0].name.endswith(_BINARY)]
    return Inputs(
        inputs.root,
        (*kept, *(group for group in added if group not in binary)),
        (*inputs.binaries, *(file for group in binary for file in group.files)),
    )


def packages_at(path: Path, problems: list[Diagnostic]) -> Iterator[tuple[str, GroupFiles]]:
    """(full name, files) of the packages in a folder of WIT, a `.wit` file or a binary.

    Args:
        path: Where they are.
        problems: Receives what cannot be read.

    Raises:
        WitError: A binary is not WebAssembly with types.
    """
    from witgen.wkg.needs import packages

    files = _read(_wit_files(path, problems) if _is_dir(path) else [path], problems)
    group = GroupFiles(str(path), files)
    if files and files[0].name.endswith(_BINARY):
        resolve = _decode(files[0])
        yield str(resolve.packages[resolve.root].name), group
    else:
        yield from ((name, group) for name in sorted(packages([group])[0]))


def _entries(folder: Path, problems: list[Diagnostic]) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name))
    except OSError as error:
        problems.append(_unreadable(folder, error.strerror or str(error)))
        return []


def _wit_files(folder: Path, problems: list[Diagnostic]) -> list[Path]:
    return [p for p in _entries(folder, problems) if _is_wit(p.name) and not _is_dir(p)]


def _read(paths: Iterable[Path], problems: list[Diagnostic]) -> tuple[File, ...]:
    files: list[File] = []
    for path in paths:
        try:
            reason = _refusal(path.stat(), _LARGEST_TEXT if _is_wit(path.name) else _LARGEST_BINARY)
            if reason is None:
                files.append(File(str(path), path.read_bytes()))
            else:
                problems.append(_unreadable(path, reason))
        except OSError as error:
            problems.append(_unreadable(path, error.strerror or str(error)))
        except ValueError as error:
            problems.append(_unreadable(path, str(error)))
    return tuple(files)


def _refusal(status: os.stat_result, largest: int) -> str | None:
    if not S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_size > largest:
        return f"it is larger than {largest >> 20} MiB"
    return None


def _unreadable(path: Path, reason: str) -> Diagnostic:
    return Diagnostic("WIT0001", f"cannot read `{path}`: {reason}", Place(str(path)))


# --- resolving ----------------------------------------------------------------------------------


def _name(inputs: Inputs, features: tuple[str, ...], *, all_features: bool) -> str:
    root = inputs.root or GroupFiles("", ())
    groups = (GroupFiles("", inputs.binaries), root, *inputs.dependencies)
    contents = ((file.data for file in group.files) for group in groups)
    return load_cache.key(contents, features, all_features=all_features)


def _document(inputs: Inputs, features: tuple[str, ...], *, all_features: bool) -> str:
    """The JSON document of files that were read, perhaps from the cache."""
    name = _name(inputs, features, all_features=all_features)
    found = load_cache.read(name)
    if found is not None and found[1].startswith("{\n"):
        return found[1]
    resolve = _cached(name) or resolve_inputs(inputs, features, all_features=all_features)
    return _keep(name, resolve, indent=2)


def _resolve(inputs: Inputs, features: tuple[str, ...], *, all_features: bool) -> m.Resolve:
    """The `Resolve` of files that were read, perhaps from the cache."""
    name = _name(inputs, features, all_features=all_features)
    resolve = _cached(name)
    if resolve is None:
        resolve = resolve_inputs(inputs, features, all_features=all_features)
        # To indent the document takes longer than to resolve what most targets have.
        _keep(name, resolve, indent=None)
    return resolve


def _cached(name: str) -> m.Resolve | None:
    found = load_cache.read(name)
    if found is None:
        return None
    import json

    from witgen.resolve.document import from_dict

    try:
        return from_dict(json.loads(found[1]), found[0])
    except (ValueError, TypeError, LookupError, AttributeError):
        # Of another program, by an accident that the checks did not see.
        return None


def _keep(name: str, resolve: m.Resolve, *, indent: int | None) -> str:
    import json

    from witgen.resolve.document import to_dict

    document = json.dumps(to_dict(resolve), indent=indent, ensure_ascii=False)
    load_cache.write(name, resolve.root, document)
    return document


def resolve_inputs(
    inputs: Inputs, features: tuple[str, ...], *, all_features: bool, trees: Trees | None = None
) -> m.Resolve:
    """The `Resolve` of files that were read.

    Args:
        inputs: The files.
        features: As for `load`.
        all_features: As for `load`.
        trees: What was parsed of them already; receives the rest.

    Raises:
        WitError: What they hold is wrong; all errors that were found.
    """
    decoded = _decode_all(inputs.binaries)
    if inputs.root is None:
        return decoded[0]
    from witgen.resolve.link import Group, link
    from witgen.syntax.trees import Trees

    trees = trees or Trees()
    report = trees.reporter()

    def group(files: GroupFiles) -> Group:
        return Group(files.label, tuple(trees.parse(f.data, f.name, report) for f in files.files))

    with _no_collection():
        resolve = link(
            group(inputs.root),
            [group(files) for files in inputs.dependencies],
            report,
            features=features,
            all_features=all_features,
            decoded=decoded,
        )
    if resolve is None:
        raise WitError(report.sink.errors)
    return resolve


def _decode_all(files: Iterable[File]) -> list[m.Resolve]:
    """The packages of all binaries.

    Raises:
        WitError: Some of them have none; the errors of each.
    """
    found: list[m.Resolve] = []
    problems: list[Diagnostic] = []
    for file in files:
        try:
            found.append(_decode(file))
        except WitError as error:
            problems += error.diagnostics
    if problems:
        raise WitError(problems)
    return found


def _decode(file: File) -> m.Resolve:
    """The packages of a binary, or of its text.

    Raises:
        WitError: It is not WebAssembly with types.
    """
    from witgen.component import decode

    data = file.data
    if file.name.endswith(".wat") and not data.startswith(_MAGIC):
        from witgen.component.wasmtime_tools import wat2wasm

        data = wat2wasm(data.decode("utf-8", "replace"), file.name)
    return decode(data, file.name)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector: trees have no cycles, and it would walk them again and again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
