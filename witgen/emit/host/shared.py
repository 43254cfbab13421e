"""Types that two modules of a package have: the classes of one are those of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from hashlib import blake2b

from witgen.client.kinds import definition
from witgen.resolve import model as m
from witgen.resolve.kinds import types_in
from witgen.value import state, value


@value
class Shared:
    """A type that another module defines.

    Attributes:
        home: That module.
        name: Its class, or alias.
        members: The names of what it consists of.
        constant: What the host sees of it.
    """

    home: str
    name: str
    members: tuple[str, ...]
    constant: str


SharedTypes = Mapping[bytes, Shared]
"""By the digests of the types."""


@state
class Digests:
    """Digests of types: equal for equal names and structures, wherever the types are declared."""

    resolve: m.Resolve
    _known: dict[m.TypeId, bytes] = field(default_factory=dict)

    def of(self, ty: m.Type) -> bytes:
        """The digest of a type that has no resources in it."""
        if isinstance(ty, m.Prim):
            return ty.value.encode()
        if self.resolve.types[ty].name is not None:
            ty = definition(self.resolve, ty)
        if ty not in self._known:
            typedef = self.resolve.types[ty]
            parts = [type(typedef.kind).__name__, typedef.name or "", *_names(typedef.kind)]
            hasher = blake2b("\n".join(parts).encode(), digest_size=16)
            for part in types_in(typedef.kind):
                hasher.update(b"\0" + self.of(part))
            self._known[ty] = hasher.digest()
        return self._known[ty]


def _names(kind: m.TypeDefKind) -> list[str]:
    """The names in a kind, and which of its parts are there."""
    match kind:
        case m.Record(fields):
            return [f.name for f in fields]
        case m.Variant(cases):
            return [f"{case.name} {case.type is not None}" for case in cases]
        case m.Enum(labels) | m.Flags(labels):
            return [label.name for label in labels]
        case m.Result(ok, err):
            return [f"{ok is not None} {err is not None}"]
        case _:
            return []
