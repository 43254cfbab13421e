"""Adding a client to a caller's WIT: its worlds import the client, and the `deps` are complete.

The caller's own text stays as it is but for one line in each world. What is there already is kept
where it has what the client needs, so that doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from witgen.client import fit
from witgen.client.model import Client
from witgen.client.package import caller_files, interface_file
from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.load import folder_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.text import package_text
from witgen.syntax import ast
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter
from witgen.value import value

Files = dict[str, bytes]


def add_client(caller: Mapping[str, bytes], client: Client, *, world: str | None = None) -> Files:
    """A copy of a caller's WIT whose worlds import a client.

    Args:
        caller: Relative path → content, the files of a WIT folder: `*.wit` and `deps/**`.
        client: What to import.
        world: The only world to change; by default all worlds of the caller's package.

    Returns:
        The files, sorted. Applied to its own result, nothing changes.

    Raises:
        WitError: the caller's WIT is wrong, has no such world, or its `deps` have something else
            under the name of a package that the client needs.
    """
    files = dict(caller)
    parsed = _parse(files)
    _add_packages(files, parsed, client)
    resolve = _load(files)
    chosen = _worlds(resolve, parsed, world)
    edited = False
    for path, document in parsed.root.items():
        names = [d for d in document.items if isinstance(d, ast.WorldDef)]
        wanted = [d for d in names if d.name.name in chosen and not _imports(resolve, d, client)]
        if wanted:
            files[path] = _insert(files[path], document, wanted, client)
            edited = True
    if edited:
        _load(files)
    return dict(sorted(files.items()))


@value
class _Parsed:
    """The syntax trees of the root package's files and of the files of `deps`, by path."""

    root: dict[str, ast.Document]
    deps: dict[str, ast.Document]

    @property
    def package(self) -> m.PackageName | None:
        """The caller's package."""
        for document in self.root.values():
            if document.header is not None:
                return _name(document.header.name)
        return None

    def present(self) -> dict[m.PackageName, str]:
        """The packages that are there, each with a file that holds it."""
        found: dict[m.PackageName, str] = {}
        for path, document in (*self.deps.items(), *self.root.items()):
            if document.header is not None:
                found.setdefault(_name(document.header.name), path)
            for item in document.items:
                if isinstance(item, ast.NestedPackage):
                    found.setdefault(_name(item.name), path)
        return found


def _name(ref: ast.PackageRef) -> m.PackageName:
    return m.PackageName(ref.namespace.name, ref.name.name, ref.version)


def _parse(files: Mapping[str, bytes]) -> _Parsed:
    report = Reporter()
    parsed = _Parsed({}, {})
    for path in sorted(files, key=lambda p: PurePosixPath(p).parts):
        parts = PurePosixPath(path).parts
        if not path.endswith(".wit"):
            continue
        if len(parts) == 1:
            parsed.root[path] = parse_bytes(files[path], path, report)
        elif parts[0] == "deps" and len(parts) <= 3:  # deps/group/file
            parsed.deps[path] = parse_bytes(files[path], path, report)
    if report.sink.errors:
        raise WitError(report.sink.errors)
    if not parsed.root:
        raise WitError([Diagnostic("GEN2303", "the caller's folder has no `.wit` file")])
    return parsed


def _load(files: Mapping[str, bytes]) -> m.Resolve:
    """The `Resolve` of a folder's files."""
    return resolve_inputs(folder_inputs(files, "the caller"), features=(), all_features=True)


# --- packages -----------------------------------------------------------------------------------


def _add_packages(files: Files, parsed: _Parsed, client: Client) -> None:
    """Put the client's packages into `deps`, those left out that are there and fit."""
    present = parsed.present()
    resolve = client.resolve
    given = {path: data for path, data in caller_files(client).items() if path != "client.wit"}
    root = resolve.packages[resolve.root].name
    folder = f"deps/{root.namespace}-{root.name}" + (f"-{root.version}" if root.version else "")
    given[f"{folder}/client.wit"] = caller_files(client)["client.wit"]
    kept: list[m.PackageName] = []
    for path, data in given.items():
        package = _package_of(resolve, path)
        if package in present:
            kept.append(package)
        else:
            files[_free(files, path)] = data
    if kept:
        _check(files, parsed, client, kept)


def _package_of(resolve: m.Resolve, path: str) -> m.PackageName:
    from witgen.resolve.printer import directory_name

    folder = PurePosixPath(path).parts[1]
    return next(p.name for p in resolve.packages if directory_name(p.name) == folder)


def _free(files: Mapping[str, bytes], path: str) -> str:
    """A path whose folder holds nothing else."""
    _, folder, name = PurePosixPath(path).parts
    taken = {PurePosixPath(p).parts[1] for p in files if p.startswith("deps/")}
    chosen, number = folder, 1
    while chosen in taken:
        number += 1
        chosen = f"{folder}-{number}"
    return f"deps/{chosen}/{name}"


def _check(files: Files, parsed: _Parsed, client: Client, kept: list[m.PackageName]) -> None:
    """What is there must fit; interfaces that a package lacks are added beside it."""
    resolve = client.resolve
    present = parsed.present()
    own = resolve.packages[resolve.root].name
    ids = {body.name: m.PackageId(i) for i, body in enumerate(resolve.packages)}
    own_package = parsed.package
    used = [n for n in kept if n == own_package]
    if used and own != own_package:
        raise WitError(
            [
                Diagnostic(
                    "GEN2304",
                    f"the client uses types of `{own_package}`, which is the caller's own package,"
                    " and packages cannot need each other",
                    help=("generate the client with `--types inline`",),
                )
            ]
        )
    for name in kept:
        if name != own:
            _complete(files, parsed, client, name)
    there = _load(files)
    if own in kept and fit.plain_text(resolve, own) != fit.plain_text(there, own):
        reason = "it is another client; remove it to take the new one"
        raise _misfit(own, present[own], reason)
    for package in ids.values():
        problem = fit.misfit(resolve, fit.needs(resolve, package), there)
        if problem is not None:
            owner, reason = problem
            raise _misfit(owner, present.get(owner, "deps"), reason)


def _complete(files: Files, parsed: _Parsed, client: Client, name: m.PackageName) -> None:
    """Add the interfaces that a package lacks; the types of those that it has must be there."""
    resolve = client.resolve
    path = parsed.present()[name]
    (body,) = (p for p in resolve.packages if p.name == name)
    for interface, ref in body.interfaces.items():
        declared = _types(parsed, name, interface)
        if declared is not None:
            missing = [t for t in _used(resolve, ref) if t not in declared]
            if missing:
                where = name.interface(interface)
                raise _misfit(name, path, f"`{where}` has no type `{missing[0]}`")
            continue
        if len(PurePosixPath(path).parts) != 3:  # deps/group/file
            raise _misfit(name, path, f"it has no interface `{interface}`")
        added = PurePosixPath(path).parent / f"{interface}.wit"
        while str(added) in files:
            added = added.with_stem(f"{added.stem}-client")
        files[str(added)] = interface_file(resolve, ref)


def _used(resolve: m.Resolve, interface: m.InterfaceId) -> list[str]:
    """The types of an interface that other interfaces of the client use."""
    found: dict[str, None] = {}
    for typedef in resolve.types:
        if isinstance(typedef.kind, m.Alias) and not isinstance(typedef.kind.type, m.Prim):
            target = resolve.types[typedef.kind.type]
            if target.owner == m.InterfaceOwner(interface) != typedef.owner and target.name:
                found[target.name] = None
    return list(found)


def _types(parsed: _Parsed, package: m.PackageName, interface: str) -> set[str] | None:
    """The names of the types that an interface of a package declares; None without it."""
    for document in (*parsed.root.values(), *parsed.deps.values()):
        items = document.items if _is(document, package) else ()
        nested = [i for i in document.items if isinstance(i, ast.NestedPackage)]
        inner = [i for n in nested if _name(n.name) == package for i in n.items]
        for item in (*items, *inner):
            if isinstance(item, ast.InterfaceDef) and item.name.name == interface:
                return set(_type_names(item))
    return None


def _type_names(interface: ast.InterfaceDef) -> Iterator[str]:
    for item in interface.items:
        if isinstance(item, ast.Use):
            yield from (used.local.name for used in item.names)
        elif isinstance(item, ast.AliasDef | ast.MembersDef | ast.ResourceDef):
            yield item.name.name


def _is(document: ast.Document, package: m.PackageName) -> bool:
    return document.header is not None and _name(document.header.name) == package


def _misfit(package: m.PackageName, path: str, reason: str) -> WitError:
    return WitError(
        [
            Diagnostic(
                "GEN2302",
                f"`{path}` holds a package `{package}` that the client cannot use: {reason}",
            )
        ]
    )


# --- worlds -------------------------------------------------------------------------------------


def _worlds(resolve: m.Resolve, parsed: _Parsed, world: str | None) -> frozenset[str]:
    names = list(resolve.packages[resolve.root].worlds)
    if world is None:
        if not names:
            message = f"the caller's package `{parsed.package}` has no world to import the client"
            raise WitError([Diagnostic("GEN2303", message)])
        return frozenset(names)
    if world not in names:
        hint = did_you_mean(world, names)
        raise WitError([Diagnostic("GEN2303", f"the caller has no world `{world}`", help=hint)])
    return frozenset((world,))


def _imports(resolve: m.Resolve, definition: ast.WorldDef, client: Client) -> bool:
    world = resolve.packages[resolve.root].worlds[definition.name.name]
    return any(
        isinstance(key, int) and resolve.interface_id(key) == client.interface_name
        for key in resolve.worlds[world].imports
    )


def _insert(
    data: bytes, document: ast.Document, worlds: list[ast.WorldDef], client: Client
) -> bytes:
    """The text with an import at the beginning of each world."""
    text = data.decode()
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    newline = "\r\n" if "\r\n" in text else "\n"
    name, at, version = package_text(client.package).partition("@")
    interface = client.resolve.interfaces[client.interface].name
    line = f"{newline}  import {name}/{interface}{at}{version};"
    for definition in sorted(worlds, key=lambda d: d.name.end, reverse=True):
        place = _after_brace(text, definition.name.end - document.base)
        end = "" if text[place:].lstrip(" \t").startswith(("\n", "\r\n")) else newline
        text = text[:place] + line + end + text[place:]
    return (mark + text).encode()


def _after_brace(text: str, place: int) -> int:
    """The offset after the next `{` that is not in a comment."""
    while text[place] != "{":
        if text.startswith("//", place):
            place = text.index("\n", place)
        elif text.startswith("/*", place):
            place = _after_comment(text, place)
        else:
            place += 1
    return place + 1


def _after_comment(text: str, place: int) -> int:
    depth = 0
    while True:
        if text.startswith("/*", place):
            depth, place = depth + 1, place + 2
        elif text.startswith("*/", place):
            depth, place = depth - 1, place + 2
            if depth == 0:
                return place
        else:
            place += 1
