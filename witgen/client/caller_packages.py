"""The packages in a caller's `deps`: which are there, and which a client adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from witgen.client import fit
from witgen.client.model import Client
from witgen.client.package import caller_files, interface_file
from witgen.diagnostics import Diagnostic, WitError
from witgen.resolve import model as m
from witgen.syntax import ast
from witgen.syntax.trees import Trees
from witgen.value import value

Files = dict[str, bytes]


@value
class Parsed:
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
        """The existing packages, each with a file that contains it."""
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


def parse(files: Mapping[str, bytes], trees: Trees) -> Parsed:
    """The syntax trees of a caller's files.

    Raises:
        WitError: Their syntax is wrong, or there is no file.
    """
    report = trees.reporter()
    parsed = Parsed({}, {})
    for path in sorted(files, key=lambda p: PurePosixPath(p).parts):
        parts = PurePosixPath(path).parts
        if not path.endswith(".wit"):
            continue
        if len(parts) == 1:
            parsed.root[path] = trees.parse(files[path], path, report)
        elif parts[0] == "deps" and len(parts) <= 3:  # deps/group/file
            parsed.deps[path] = trees.parse(files[path], path, report)
    if report.sink.errors:
        raise WitError(report.sink.errors)
    if not parsed.root:
        raise WitError([Diagnostic("GEN2303", "the caller's folder has no `.wit` file")])
    return parsed


def add_packages(files: Files, parsed: Parsed, client: Client) -> list[m.PackageName]:
    """Put the client's packages into `deps`, except those that are there.

    Interfaces that a package lacks are added beside it.

    Returns:
        The packages that are there; see `check_packages`.

    Raises:
        WitError: One lacks what cannot be added, or is the caller's own.
    """
    present = parsed.present()
    resolve = client.resolve
    made = caller_files(client)
    given = {path: data for path, data in made.items() if path != "client.wit"}
    root = resolve.packages[resolve.root].name
    folder = f"deps/{root.namespace}-{root.name}" + (f"-{root.version}" if root.version else "")
    given[f"{folder}/client.wit"] = made["client.wit"]
    kept: list[m.PackageName] = []
    for path, data in given.items():
        package = _package_of(resolve, path)
        if package in present:
            kept.append(package)
        else:
            files[_free(files, path)] = data
    own = parsed.package
    if own in kept and root != own:
        raise WitError(
            [
                Diagnostic(
                    "GEN2304",
                    f"the client uses types of `{own}`, which is the caller's own package,"
                    " and packages cannot depend on each other",
                    help=("generate the client with `--types inline`",),
                )
            ]
        )
    for name in kept:
        if name != root:
            _complete(files, parsed, client, name)
    return kept


def _package_of(resolve: m.Resolve, path: str) -> m.PackageName:
    from witgen.resolve.printer import directory_name

    folder = PurePosixPath(path).parts[1]
    return next(p.name for p in resolve.packages if directory_name(p.name) == folder)


def _free(files: Mapping[str, bytes], path: str) -> str:
    """A path in an otherwise empty folder."""
    _, folder, name = PurePosixPath(path).parts
    taken = {PurePosixPath(p).parts[1] for p in files if p.startswith("deps/")}
    chosen, number = folder, 1
    while chosen in taken:
        number += 1
        chosen = f"{folder}-{number}"
    return f"deps/{chosen}/{name}"


def check_packages(
    parsed: Parsed, client: Client, kept: list[m.PackageName], there: m.Resolve
) -> None:
    """Check that the packages that were kept have what the client needs.

    Args:
        parsed: The caller's files, before packages were added.
        client: What to import.
        kept: What `add_packages` returned.
        there: The caller with what was added.

    Raises:
        WitError: One does not fit.
    """
    resolve = client.resolve
    present = parsed.present()
    own = resolve.packages[resolve.root].name
    if own in kept and fit.plain_text(resolve, own) != fit.plain_text(there, own):
        reason = "it is another client; remove it to use the new one"
        raise _misfit(own, present[own], reason)
    for index in range(len(resolve.packages) if kept else 0):
        problem = fit.misfit(resolve, fit.needs(resolve, m.PackageId(index)), there)
        if problem is not None:
            owner, reason = problem
            raise _misfit(owner, present.get(owner, "deps"), reason)


def _complete(files: Files, parsed: Parsed, client: Client, name: m.PackageName) -> None:
    """Add the interfaces that a package lacks; existing ones must have the needed types."""
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


def _types(parsed: Parsed, package: m.PackageName, interface: str) -> set[str] | None:
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
                f"`{path}` contains a package `{package}` that the client cannot use: {reason}",
            )
        ]
    )
