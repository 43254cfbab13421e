"""What a name of a scope refers to, through aliases and instances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from witgen.component import types as t
from witgen.value import state

Root = Callable[[t.Space, str], "t.Extern | None"]


@state
class Names:
    """Looks up the names of one scope.

    Attributes:
        root: Returns what is declared in the scope, as seen from it.
        parent: The names of the enclosing scope, if there is one.
    """

    root: Root
    parent: Names | None = None
    _memo: dict[tuple[t.Space, tuple[str, ...]], t.Extern | None] = field(default_factory=dict)
    _outer: dict[t.Ref, t.DefType | None] = field(default_factory=dict)

    def lookup(self, space: t.Space, path: tuple[str, ...]) -> t.Extern | None:
        """What is declared under a path, as seen from the scope, or None."""
        key = (space, path)
        if key in self._memo:
            return self._memo[key]
        found: t.Extern | None = None
        if len(path) == 1:
            found = self.root(space, path[0])
        else:
            owner = self.lookup(space, path[:-1])
            if isinstance(owner, t.InstanceType) and path[-1] in owner.exports:
                found = t.opened(owner.exports[path[-1]], space, path[:-1])
        self._memo[key] = found
        return found

    def canonical(self, ref: t.Ref) -> t.Ref:
        """The last name in the chain of names that a name refers to."""
        return self.chain(ref)[-1]

    def chain(self, ref: t.Ref) -> list[t.Ref]:
        """The names that a name refers to, itself first."""
        seen = {ref: None}
        while True:
            if ref.up and self.parent is not None:
                outer = self.parent.chain(t.Ref(ref.up - 1, ref.space, ref.path))
                return [*seen, *(t.Ref(r.up + 1, r.space, r.path) for r in outer[1:])]
            match self.lookup(ref.space, ref.path) if ref.up == 0 else None:
                case t.TypeEq(t.Ref() as behind) if behind not in seen:
                    seen[behind] = None
                    ref = behind
                case _:
                    return list(seen)

    def definition(self, ref: t.Ref) -> t.DefType | None:
        """The type behind a name, never a name; None for a resource or an unknown name."""
        owner = self.canonical(ref)
        if owner.up and self.parent is not None:
            if owner not in self._outer:
                outer = self.parent.definition(t.Ref(owner.up - 1, owner.space, owner.path))
                self._outer[owner] = None if outer is None else t.shift(outer, 1)
            return self._outer[owner]
        match self.lookup(owner.space, owner.path) if owner.up == 0 else None:
            case t.TypeEq(type=type) if not isinstance(type, t.Ref):
                return type
            case _:
                return None


def free(extern: t.Extern, depth: int = 0) -> tuple[t.Ref, ...]:
    """What a type refers to outside itself, each once; `depth` is the depth of its scope."""
    found: dict[t.Ref, None] = {}

    def leaf(ref: t.Ref) -> t.ValType:
        found[ref] = None
        return ref

    t.rewrite_extern(extern, leaf, depth)
    return tuple(found)
