"""Packages → `Resolve`: in dependency order, each joined with those before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field
from itertools import pairwise
from typing import NamedTuple

from witgen.diagnostics import did_you_mean
from witgen.resolve import local, semver
from witgen.resolve import model as m
from witgen.resolve.arena import Arena, Features, TooLarge
from witgen.resolve.checks import check_included
from witgen.resolve.elaborate import Incompatible, elaborate, report_incompatible
from witgen.resolve.include import include
from witgen.resolve.lower import lower
from witgen.resolve.merge import Merge
from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state


class Group(NamedTuple):
    """The documents of one package, including nested packages.

    Attributes:
        label: The group as shown to people: a file or a folder.
        documents: The documents, in order of their paths.
    """

    label: str
    documents: tuple[ast.Document, ...]


def link(
    root: Group,
    dependencies: Sequence[Group],
    report: Reporter,
    *,
    features: Collection[str] = (),
    all_features: bool = False,
    decoded: Sequence[m.Resolve] = (),
) -> m.Resolve | None:
    """Link the groups into a `Resolve`.

    Args:
        root: The requested package.
        dependencies: Other packages that it may refer to.
        report: Receives errors of family RES1.
        features: Enabled features.
        all_features: Whether all features are enabled.
        decoded: Packages read from components.

    Returns:
        The result, or None if there was an error.
    """
    arena = Arena(report, Features(frozenset(features), all_features))
    if decoded:
        from witgen.resolve.absorb import absorb

        for resolve in decoded:
            absorb(arena, resolve)
    linker = _Linker(arena, report)
    main = linker.add_group(root)
    for group in dependencies:
        linker.add_group(group)
    try:
        linker.run()
    except TooLarge as problem:
        report.whole(
            "RES1070",
            f"the worlds of {root.label} have too many {problem} to be handled",
            root.label,
            help=("worlds that include each other multiply what they import and export",),
        )
    if report.sink.errors or main is None:
        return None
    return arena.resolve(arena.names[main])


@state
class _Linker:
    arena: Arena
    report: Reporter
    packages: dict[m.PackageName, local.LocalPackage] = field(default_factory=dict)
    # Something could not be parsed, so a missing package proves nothing.
    blind: bool = False
    joined: dict[m.PackageName, bool] = field(default_factory=dict)

    # --- packages -------------------------------------------------------------------------------

    def add_group(self, group: Group) -> m.PackageName | None:
        """Resolve the packages of a group; return the name of its main package."""
        headers = [d.header for d in group.documents if d.header is not None]
        items = [item for d in group.documents for item in d.items]
        broken = any(isinstance(item, ast.Broken) and item.name is None for item in items)
        self.blind = self.blind or broken
        if not headers:
            if not broken:
                self._no_header(group)
            name = None
        else:
            docs = self._docs(headers)
            for header in headers[1:]:
                self._compare(headers[0], header)
            name = self._add(headers[0].name, docs, [d.items for d in group.documents])
        for item in items:
            if isinstance(item, ast.NestedPackage):
                self._add(item.name, item.docs, [item.items])
        return name

    def _no_header(self, group: Group) -> None:
        base = group.documents[0].base if group.documents else None
        message = f"no `package` declaration in {group.label}"
        help = ("one file of a package must give its name: `package my-namespace:my-package;`",)
        if base is None:
            self.report.whole("RES1012", message, group.label, help=help)
        else:
            self.report.error("RES1012", message, base, help=help)

    def _compare(self, first: ast.PackageHeader, header: ast.PackageHeader) -> None:
        if str(first.name) != str(header.name):
            self.report.at(
                header.name,
                "RES1013",
                f"package `{header.name}` does not match `{first.name}` of another file",
                labels=[(first.name, "the files of a folder form one package")],
                help=("put a package that it depends on into its own folder in `deps`",),
            )

    def _docs(self, headers: Sequence[ast.PackageHeader]) -> str | None:
        documented = [header for header in headers if header.docs is not None]
        for header in documented[1:]:
            self.report.error(
                "RES1014",
                "the package has documentation in more than one file",
                header.docs_start,
                header.docs_start + 1,
                labels=[(documented[0].name, "also documented here")],
            )
        return documented[0].docs if documented else None

    def _add(
        self, node: ast.PackageRef, docs: str | None, files: Sequence[Sequence[ast.Item]]
    ) -> m.PackageName:
        name = local.package_name(node)
        before = self.packages.get(name)
        package = lower(node, docs, files, self.report)
        if before is not None:
            self.report.at(
                node,
                "RES1015",
                f"package `{name}` is defined in two places",
                labels=[(before.node, "first defined here")],
            )
            # Further errors about either would only confuse.
            before.sound = False
        elif name in self.arena.names:
            self.report.at(node, "RES1015", f"package `{name}` is also defined in a component")
        else:
            self.packages[name] = package
        return name

    # --- order ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Join all packages, each after those it refers to."""
        for name in sorted(self.packages, key=_order):
            self._visit(name)

    def _visit(self, name: m.PackageName) -> None:
        """Join a package after its dependencies; without recursion, as chains may be long."""
        stack = [(name, iter(self.packages[name].mentions.items()))]
        path = {name: None}
        if name in self.joined:
            return
        while stack:
            current, mentions = stack[-1]
            for needed, ref in mentions:
                if needed in path:
                    self._cycle(list(path), needed, ref)
                elif needed in self.packages:
                    if needed not in self.joined:
                        stack.append((needed, iter(self.packages[needed].mentions.items())))
                        path[needed] = None
                        break
                elif needed not in self.arena.names:
                    self._missing(needed, ref)
                    self.packages[current].sound = False
            else:
                stack.pop()
                del path[current]
                self._join(current)

    def _cycle(self, path: list[m.PackageName], needed: m.PackageName, ref: ast.PackageRef) -> None:
        around = path[path.index(needed) :]
        labels = [
            (self.packages[user].mentions[used], f"`{user}` needs `{used}`")
            for user, used in pairwise(around)
        ]
        for name in around:
            self.packages[name].sound = False
        if len(around) == 1:
            help = "inside a package, refer to its own interfaces by their plain names"
        else:
            help = " → ".join(f"`{name}`" for name in (*around, needed))
        self.report.at(
            ref,
            "RES1016",
            f"package `{needed}` creates a dependency cycle",
            labels=labels,
            help=(help,),
        )

    def _missing(self, needed: m.PackageName, ref: ast.PackageRef) -> None:
        if self.blind or self.report.full:
            return
        known = list(dict.fromkeys((*self.packages, *self.arena.names)))
        self.report.at(
            ref,
            "RES1017",
            f"package `{needed}` is not found",
            help=_near(needed, known),
        )

    def _join(self, name: m.PackageName) -> None:
        package = self.packages[name]
        needs = [n for n in package.mentions if n in self.packages]
        self.joined[name] = False
        if not package.sound or not all(self.joined.get(n, False) for n in needs):
            # It cannot be checked any further.
            return
        before = self.report.count
        join(self.arena, package)
        self.joined[name] = self.report.count == before


def _order(name: m.PackageName) -> tuple[str, str, bool, object]:
    version = name.version
    return name.namespace, name.name, version is not None, semver.key(version) if version else ()


def _near(needed: m.PackageName, known: Sequence[m.PackageName]) -> tuple[str, ...]:
    """Help for a missing package."""
    same = [k for k in known if (k.namespace, k.name) == (needed.namespace, needed.name)]
    if same:
        shown = " and ".join(f"`{name}`" for name in dict.fromkeys(same))
        return (f"found {shown}: versions must be equal, and are written after the name",)
    near = tuple(
        f"did you mean `{name}`?"
        for name in known
        if (name.namespace == needed.namespace and did_you_mean(needed.name, (name.name,)))
        or (name.name == needed.name and did_you_mean(needed.namespace, (name.namespace,)))
    )[:1]
    where = f"put its WIT into `deps/{needed.name}/` beside the package that needs it"
    if len(known) <= 1:
        return (*near, where)
    shown = ", ".join(f"`{name}`" for name in list(known)[:12])
    return (*near, where, f"known packages: {shown}{', …' if len(known) > 12 else ''}")


def join(arena: Arena, package: local.LocalPackage) -> None:
    """Append a package to the arenas and finish its worlds."""
    id = m.PackageId(len(arena.packages))
    arena.packages.append(m.Package(package.name, {}, {}))
    arena.names[package.name] = id
    arena.nodes[package.name] = package.node
    before = arena.report.count
    merge = Merge(arena, package, id)
    merge.run()
    if arena.report.count > before:
        return
    for world, index in zip(package.worlds, merge.ids.worlds, strict=True):
        if index < 0:
            continue
        _finish_world(arena, merge, world, m.WorldId(index))


def _finish_world(arena: Arena, merge: Merge, world: local.LocalWorld, id: m.WorldId) -> None:
    for node in world.includes:
        if not arena.is_open(node.stability, merge.package.name, node.node):
            continue
        source = merge.ids.world_id(node.world, node.node)
        if source is not None:
            include(arena, id, source, node, merge.places[id])
            check_included(arena.worlds[id], world, node.node, arena.report)
    try:
        elaborate(arena, id)
    except Incompatible as problem:
        report_incompatible(arena, world.node, merge.places[id][1], problem)
