"""Topological sorting of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from witgen.syntax import ast

# Showing more steps of a cycle than this would not help.
_MOST_STEPS = 8


class Cycle(Exception):
    """Names that need each other; `edges` are the first references around the cycle, in order."""

    def __init__(self, edges: Sequence[ast.Ident]) -> None:
        super().__init__("a cycle")
        self.edges = tuple(edges[:_MOST_STEPS])


def toposort(needs: Mapping[str, Sequence[ast.Ident]]) -> list[str]:
    """Order names after those they need; among the ready ones, the earliest comes first.

    Args:
        needs: Name → references to other names of the mapping; repetitions count.

    Raises:
        Cycle: There is no such order.
    """
    names = list(needs)
    number = {name: index for index, name in enumerate(names)}
    waiting = [len(references) for references in needs.values()]
    users: list[list[int]] = [[] for _ in names]
    for index, references in enumerate(needs.values()):
        for reference in references:
            users[number[reference.name]].append(index)
    ready = [index for index, count in enumerate(waiting) if count == 0]
    order: list[str] = []
    while ready:
        index = heappop(ready)
        order.append(names[index])
        for user in users[index]:
            waiting[user] -= 1
            if waiting[user] == 0:
                heappush(ready, user)
    if len(order) < len(names):
        raise Cycle(_cycle(needs, {names[i] for i, count in enumerate(waiting) if count}))
    return order


def _cycle(needs: Mapping[str, Sequence[ast.Ident]], left: set[str]) -> list[ast.Ident]:
    """The references of one cycle among the remaining names."""
    name = next(name for name in needs if name in left)
    seen: dict[str, int] = {}
    path: list[ast.Ident] = []
    while name not in seen:
        seen[name] = len(path)
        reference = next(r for r in needs[name] if r.name in left)
        path.append(reference)
        name = reference.name
    return path[seen[name] :]
