"""The names of a client's resources and futures: plain, or qualified where that is ambiguous."""

from __future__ import annotations

from witgen.client.entities import Entity, Sort
from witgen.client.members import Warn, warning
from witgen.client.names import PYTHON_BREAKING, Scope, ambiguous, canonical


def resource_names(entities: tuple[Entity, ...], scope: Scope, warn: Warn) -> tuple[str, ...]:
    """The names of the client resources: plain, or qualified where that is ambiguous."""
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
            what = f"`{entity.stands_for}` is the client resource `{name}`"
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
            what = f"the future of `{entity.stands_for}.{item}` is `{name}`"
            warn(warning("GEN2202", f"{what}, because `{wanted}` is ambiguous or taken"))
    return chosen
