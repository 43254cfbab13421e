"""A world seen from those who import it: its exports become imports.

This is what `wasm-tools component wit --importize-world` does, id for id.
"""

from __future__ import annotations

from witgen.diagnostics import Diagnostic, Sink, WitError
from witgen.resolve import model as m
from witgen.resolve.again import elaborated
from witgen.syntax.names import is_name, kebab, name_problem
from witgen.value import replace


def importize(resolve: m.Resolve, world: m.WorldId, out_world: str | None = None) -> m.Resolve:
    """Replace a world by the one that imports what it exports.

    Its own imports are dropped, but for its types, which the exported functions may use, and for
    the interfaces that are needed still.

    Args:
        resolve: Where the world stands.
        world: The world, whose id the new one has.
        out_world: The new world's name; None for the old one with `-importized`.

    Returns:
        The new `Resolve`; its root is the package of the world.

    Raises:
        WitError: RES1084 for each export that has the name of a type of the world, RES1085 when the
            new name is none or is taken.
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
            advice = ("imports and types share one space of names: rename one of the two",)
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
    # The reference takes any name, and loses the item that has it.
    if not is_name(name):
        meant = kebab(name)
        advice = (f"`{meant}` could be one",) if meant else ()
        message = f"a world cannot be called `{name}`: {name_problem(name)[0]}"
        sink.add(Diagnostic("RES1085", message, help=advice))
    elif name in package.interfaces or (name in package.worlds and name != old.name):
        what = "an interface" if name in package.interfaces else "a world"
        message = f"the package `{package.name}` has {what} `{name}` already"
        sink.add(Diagnostic("RES1085", message, help=("give the new world another name",)))
