"""The names of a client's resources, futures and members; others where those are ambiguous or taken."""

from __future__ import annotations

from collections.abc import Mapping

from witgen.client.entities import Entity, Sort
from witgen.client.model import Extra
from witgen.client.names import PYTHON_BREAKING, Scope, ambiguous, canonical
from witgen.client.warnings import Warn, warning
from witgen.resolve import model as m
from witgen.value import value


def resource_names(entities: tuple[Entity, ...], scope: Scope, warn: Warn) -> tuple[str, ...]:
    """The names of the client resources: plain, or qualified if that is ambiguous."""
    plain = [entity.name for entity in entities]
    doubtful = ambiguous(plain) | PYTHON_BREAKING
    interfaces = ambiguous([e.name for e in entities if e.sort is not Sort.RESOURCE])
    chosen = []
    for entity in entities:
        key = canonical(entity.name)
        candidates: tuple[str, ...]
        if entity.sort is Sort.RESOURCE:
            qualified = (f"{entity.interface}-{entity.name}", f"{entity.qualified}-{entity.name}")
            candidates = qualified if key in doubtful else (entity.name, *qualified)
        elif key in interfaces or key in PYTHON_BREAKING:
            candidates = (entity.qualified,)
        else:
            candidates = (entity.name, entity.qualified)
        name = scope.pick(*candidates)
        chosen.append(name)
        if name != entity.name:
            what = f"`{entity.stands_for}` becomes the client resource `{name}`"
            warn(warning("GEN2201", f"{what}, because `{entity.name}` is ambiguous or taken"))
    return tuple(chosen)


def future_names(
    entities: tuple[Entity, ...], names: tuple[str, ...], scope: Scope, warn: Warn
) -> dict[tuple[int, str], str]:
    """The future resource of each function with a result, by entity and full name."""
    plain: dict[tuple[int, str], str] = {}
    for index, (entity, name) in enumerate(zip(entities, names, strict=True)):
        infix = f"{name}-" if entity.sort is Sort.RESOURCE else ""
        for function in entity.functions:
            if function.result is not None:
                wanted = f"future-{infix}{function.item_name}-result"
                plain[index, function.name] = wanted
    doubtful = ambiguous(list(plain.values()))
    chosen = {}
    for (index, full), wanted in plain.items():
        entity = entities[index]
        item = full.rsplit("]", 1)[-1].split(".", 1)[-1]
        long = f"future-{names[index]}-{item}-result"
        is_long = entity.sort is Sort.RESOURCE or canonical(wanted) in doubtful
        name = scope.pick(*((long,) if is_long else (wanted, long)))
        chosen[index, full] = name
        if name != wanted:
            what = f"the future of `{entity.stands_for}.{item}` is named `{name}`"
            warn(warning("GEN2202", f"{what}, because `{wanted}` is ambiguous or taken"))
    return chosen


@value
class Names:
    """The names of a function's members.

    Attributes:
        base: The base of the names by Golem's rules.
        extras: The members beyond them.
    """

    base: str
    extras: Mapping[Extra, str]


def member_names(
    entity: Entity, resource: str, extras: tuple[Extra, ...], warn: Warn
) -> dict[str, Names]:
    """The names of the members of each function of an entity, by the function's full name."""
    scope = Scope()
    # `[method]r.r` clashes with the resource itself.
    scope.reserve(("custom", resource))
    bases: dict[str, str] = {}
    for function in sorted(entity.functions, key=_is_awkward):
        plain = function.item_name
        name, number = plain, 1
        while not all(scope.is_free(member) for member in (name, *_derived(name))):
            number += 1
            name = f"{plain}-function" if number == 2 else f"{plain}-function-{number - 1}"
        scope.reserve((name, *_derived(name)))
        bases[function.name] = name
        if name != plain:
            warn(
                warning(
                    "GEN2203",
                    f"`{entity.stands_for}` has a function `{plain}`, a name that is taken in the"
                    f" client; its members are named after `{name}`",
                )
            )
    return {
        function.name: Names(
            bases[function.name],
            _extra_names(entity, function, bases[function.name], extras, scope, warn),
        )
        for function in entity.functions
    }


def _extra_names(
    entity: Entity,
    function: m.Function,
    base: str,
    extras: tuple[Extra, ...],
    scope: Scope,
    warn: Warn,
) -> dict[Extra, str]:
    """The names of a function's extra members; one without a result needs no trigger."""
    found: dict[Extra, str] = {}
    for extra in extras:
        if extra == "trigger" and function.result is None:
            continue
        wanted = f"{extra}-{base}"
        name = found[extra] = scope.pick(wanted, f"{wanted}-function")
        if name != wanted:
            warn(
                warning(
                    "GEN2203",
                    f"the member `{wanted}` for `{function.item_name}` of `{entity.stands_for}` is"
                    f" named `{name}`, because its own name is taken",
                )
            )
    return found


def _derived(name: str) -> tuple[str, str]:
    return f"blocking-{name}", f"schedule-{name}"


def _is_awkward(function: m.Function) -> bool:
    """Whether the function's name looks like a derived one; the others choose first."""
    name = function.item_name
    return name == "custom" or name.startswith(("blocking-", "schedule-"))
