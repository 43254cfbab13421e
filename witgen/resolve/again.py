"""Elaborate worlds again after transforming a loaded `Resolve`."""

from __future__ import annotations

from collections.abc import Iterable

from witgen.diagnostics import Diagnostic, WitError
from witgen.resolve import model as m
from witgen.resolve.arena import Arena, Features, TooLarge
from witgen.resolve.elaborate import Incompatible, elaborate
from witgen.syntax.report import Reporter


def arena_of(resolve: m.Resolve) -> Arena:
    """The arenas of a `Resolve`, to change them and build a new one."""
    return Arena(
        Reporter(),
        Features(),
        list(resolve.types),
        list(resolve.interfaces),
        list(resolve.worlds),
        list(resolve.packages),
        {package.name: m.PackageId(id) for id, package in enumerate(resolve.packages)},
    )


def elaborated(resolve: m.Resolve, worlds: Iterable[m.WorldId]) -> m.Resolve:
    """Add what these worlds need to the `Resolve`, and put their imports in order.

    Raises:
        WitError: RES1050 for each world with an export that cannot be satisfied, RES1070 when they
            become too large.
    """
    arena = arena_of(resolve)
    problems: list[Diagnostic] = []
    for id in worlds:
        try:
            elaborate(arena, id)
        except Incompatible as problem:
            world = arena.worlds[id]
            name = arena.packages[world.package].name.interface(world.name)
            message = (
                f"export `{arena.key_name(problem.export)}` of world `{name}` depends on interfaces"
                f" in incompatible ways: `{arena.interface_title(problem.needed)}` would be both"
                " imported and exported"
            )
            problems.append(Diagnostic("RES1050", message))
        except TooLarge as problem:
            problems.append(Diagnostic("RES1070", f"there are too many {problem} to continue"))
            break
    if problems:
        raise WitError(problems)
    return arena.resolve(resolve.root)
