"""Names without clashes in WIT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

from witgen.value import state

FIXED = (
    "wasi-io-pollable",
    "wasi-clocks-datetime",
    "golem-rpc-component-id",
    "golem-rpc-worker-id",
    "golem-rpc-cancellation-token",
)
"""The names under which a client interface `use`s the host's types, as in Golem."""

ERROR = "golem-rpc-rpc-error"
"""Likewise the error of a call, if visible to clients."""

_BINDINGS = (
    "any callable enum err flag generic list ok optional protocol result self some tuple union"
)
PYTHON_BREAKING = frozenset(_BINDINGS.split())
"""Names whose Python class would hide one that componentize-py's bindings import."""


def canonical(name: str) -> str:
    """The form that WIT compares: names in one scope must differ in more than case and dashes."""
    return name.replace("-", "").lower()


@state
class Scope:
    """The names taken in one scope."""

    _taken: set[str] = field(default_factory=set)

    def reserve(self, names: Iterable[str]) -> None:
        """Reserve names without a check."""
        self._taken.update(canonical(name) for name in names)

    def is_free(self, name: str) -> bool:
        """Whether no name that WIT considers equal is taken."""
        return canonical(name) not in self._taken

    def pick(self, *candidates: str) -> str:
        """Take the first free candidate, else the last one with the first free number."""
        for name in candidates:
            if self.is_free(name):
                self._taken.add(canonical(name))
                return name
        number = 2
        while not self.is_free(f"{candidates[-1]}-{number}"):
            number += 1
        return self.pick(f"{candidates[-1]}-{number}")


def ambiguous(names: Sequence[str]) -> frozenset[str]:
    """The canonical names that occur more than once."""
    counted = Counter(canonical(name) for name in names)
    return frozenset(name for name, count in counted.items() if count > 1)
