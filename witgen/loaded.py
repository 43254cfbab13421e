"""`Resolve` as the façade returns it: the model, which can print itself."""

from __future__ import annotations

from typing import Any

from witgen.resolve import model as m
from witgen.resolve.document import to_dict
from witgen.resolve.printer import to_wit


class Resolve(m.Resolve):
    """Everything that was loaded; ids are indices into the four arenas.

    Attributes:
        worlds: All worlds.
        interfaces: All interfaces.
        types: All types.
        packages: All packages.
        root: The requested package; the others are its dependencies.
    """

    __slots__ = ()

    @staticmethod
    def of(loaded: m.Resolve) -> Resolve:
        """The loaded model, with the methods that print it."""
        arenas = loaded.worlds, loaded.interfaces, loaded.types, loaded.packages
        return Resolve(*arenas, root=loaded.root)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that `wasm-tools component wit --json` prints, ids and all."""
        return to_dict(self)

    def to_wit(self) -> str:
        """Canonical WIT text that loads to the same document."""
        return to_wit(self)
