"""Turn a world's exports into imports, as its users see it.

The result equals that of `wasm-tools component wit --importize-world`, including ids.
"""

from __future__ import annotations

from witgen.diagnostics import Diagnostic, Sink, WitError
from witgen.resolve import model as m
from witgen.resolve.again import elaborated
from witgen.syntax.names import is_name, kebab, name_problem
from witgen.value import replace


def importize(resolve: m.Resolve, world: m.WorldId, out_world: str | None = None) -> m.Resolve:
    """Replace a world with one that imports what it exports.

    Its own imports are dropped, except its types, which the exported functions may use, and
    interfaces that are still needed.

    Args:
        resolve: The `Resolve` that contains the world.
        world: The world; the new one keeps its id.
        out_world: The new world's name; None for the old one with `-importized`.

    Returns:
        The new `Resolve`; its root is the package of the world.

    Raises:
        WitError: RES1084 for each export that has the name of a type of the world, RES1085 when the
            new name is invalid or taken.
    """
    old = resolve.worlds[world]
    name = f"{old.name}-importized" if out_world is None else out_world
    sink = Sink()
    _check_name(resolve.packages[old.package], old, name, sink)
    imports: dict[m.WorldKey, m.WorldItem] = {
        key: item for key, item in old.imports.items() if isinstance(item, m.TypeItem)
    }
    for key, item in old.exports.items():
        if key in imports:
            message = f"the export `{key}` has the name of a type of the world `{old.name}`"
            advice = ("imports and types share one namespace: rename one of the two",)
            sink.add(Diagnostic("RES1084", message, help=advice))
        imports[key] = item
    if sink.errors:
        raise WitError(sink.diagnostics)
    worlds = list(resolve.worlds)
    worlds[world] = replace(old, name=name, imports=imports, exports={})
    packages = list(resolve.packages)
    package = packages[old.package]
    names = {other: id for other, id in package.worlds.items() if id != world}
    packages[old.package] = replace(package, worlds={**names, name: world})
    changed = replace(
        resolve, worlds=tuple(worlds), packages=tuple(packages), root=m.PackageId(old.package)
    )
    return elaborated(changed, [world])


def _check_name(package: m.Package, old: m.World, name: str, sink: Sink) -> None:
    # The reference accepts any name and loses the item that already has it.
    if not is_name(name):
        meant = kebab(name)
        advice = (f"did you mean `{meant}`?",) if meant else ()
        message = f"a world cannot be called `{name}`: {name_problem(name)[0]}"
        sink.add(Diagnostic("RES1085", message, help=advice))
    elif name in package.interfaces or (name in package.worlds and name != old.name):
        what = "an interface" if name in package.interfaces else "a world"
        message = f"the package `{package.name}` already has {what} `{name}`"
        sink.add(Diagnostic("RES1085", message, help=("give the new world another name",)))
