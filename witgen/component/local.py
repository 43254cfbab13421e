"""What a component defines in its body, and the names under which it is exported.

Instances made in a body have types and resources that only the body can name. An export gives them
a public name, and the first export of each is its definition. So the type of a component, which
refers only to imports and exports, follows from its body.
"""

from __future__ import annotations

from dataclasses import field

from witgen.component import types as t
from witgen.component.scope import COPY, MAX_DEPTH, Budget, Exhausted
from witgen.value import state


class Unnamed(ValueError):
    """An export refers to a resource without a public name."""


def linked(type: t.InstanceType, space: t.Space, path: tuple[str, ...]) -> t.InstanceType:
    """The type of an instance, with the instance's resources instead of fresh ones."""
    return _linked(type, t.Ref(1, space, path))


def _linked(type: t.InstanceType, root: t.Ref) -> t.InstanceType:
    exports: dict[str, t.Extern] = {}
    for name, extern in type.exports.items():
        here = t.Ref(root.up, root.space, (*root.path, name))
        match extern:
            case t.TypeSub():
                exports[name] = t.TypeEq(here)
            case t.InstanceType():
                exports[name] = _linked(extern, t.Ref(root.up + 1, here.space, here.path))
            case _:
                exports[name] = extern
    return t.InstanceType(exports, type.options)


@state
class Local:
    """What was defined, and under which exported path it is known.

    Attributes:
        budget: The budget for unfolding types.
        made: The type of each instance made here, by its local name.
        published: Local path → exported path.
    """

    budget: Budget
    made: dict[str, t.InstanceType] = field(default_factory=dict)
    published: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    _unfolding: int = 0

    def _lookup(self, path: tuple[str, ...]) -> t.Extern | None:
        """What a local path refers to, as seen from the body; None for a resource made there.

        Raises:
            Exhausted: The file exceeds the work budget.
        """
        extern: t.Extern | None = self.made.get(path[0])
        for name in path[1:]:
            if not isinstance(extern, t.InstanceType):
                return None
            extern = extern.exports.get(name)
        if extern is None:
            return None
        depth = len(path) - 1

        def leaf(ref: t.Ref) -> t.ValType:
            self.budget.take(1)
            if ref.up < depth:
                return t.Ref(0, t.Space.LOCAL, path[: depth - ref.up] + ref.path)
            return t.Ref(ref.up - depth, ref.space, ref.path)

        self.budget.take(len(path))
        return t.rewrite_extern(extern, leaf)

    def _owner(self, ref: t.Ref) -> t.Ref:
        """The last name in a chain of names."""
        while ref.up == 0 and ref.space is t.Space.LOCAL:
            match self._lookup(ref.path):
                case t.TypeEq(t.Ref() as behind):
                    ref = behind
                case _:
                    break
        return ref

    def public(self, ref: t.Ref) -> t.ValType:
        """A reference of the body, without local names.

        Raises:
            Unnamed: It refers to a resource without a public name.
            Exhausted: It refers to a type that is too large.
        """
        if ref.up or ref.space is not t.Space.LOCAL:
            return ref
        if ref.path in self.published:
            return t.Ref(0, t.Space.EXPORT, self.published[ref.path])
        owner = self._owner(ref)
        if owner.up or owner.space is not t.Space.LOCAL:
            return owner
        if owner.path in self.published:
            return t.Ref(0, t.Space.EXPORT, self.published[owner.path])
        made = self._lookup(owner.path)
        if not isinstance(made, t.TypeEq):
            raise Unnamed(f"the resource `{owner.path[-1]}`")
        if isinstance(made.type, t.FuncType | t.InstanceType | t.ComponentType):
            raise Unnamed(f"the type `{owner.path[-1]}`")
        if self._unfolding >= MAX_DEPTH:
            raise Exhausted(f"type is nested deeper than {MAX_DEPTH}")
        self.budget.take(COPY * t.weight(made.type))
        self._unfolding += 1
        try:
            return t.rewrite_value(made.type, self.public)
        finally:
            self._unfolding -= 1

    def publish(self, name: str, extern: t.Extern, source: t.DefType | None) -> t.Extern:
        """The public type of an export that is not an instance.

        Args:
            name: The name of the export.
            extern: Its type as seen from the body.
            source: For a type export, the type that is exported.

        Raises:
            Unnamed: The type refers to a resource without a public name.
        """
        if isinstance(source, t.Ref) and source.space is t.Space.LOCAL and source.up == 0:
            if isinstance(extern, t.TypeEq):
                return self._publish_type((name,), source, 0)
            self.published.setdefault(self._owner(source).path, (name,))
        return t.rewrite_extern(extern, self.public)

    def _publish_type(self, exported: tuple[str, ...], ref: t.Ref, up: int) -> t.Extern:
        """The public type of a type export that refers to something local."""
        owner = self._owner(t.Ref(0, ref.space, ref.path))
        if owner.up or owner.space is not t.Space.LOCAL:
            return t.TypeEq(t.shift_value(owner, up))
        known = self.published.get(owner.path)
        if known is not None:
            return t.TypeEq(t.Ref(up, t.Space.EXPORT, known))
        made = self._lookup(owner.path)
        if not isinstance(made, t.TypeEq):
            self.published[owner.path] = exported
            return t.TypeSub()
        public = t.rewrite_extern(made, self.public)
        self.published[owner.path] = exported
        return t.shift_extern(public, up)

    def publish_instance(
        self, name: str, type: t.InstanceType, space: t.Space, path: tuple[str, ...]
    ) -> t.InstanceType:
        """The public type of an exported instance.

        Args:
            name: The name of the export.
            type: Its type as seen from the body.
            space: Where the instance comes from.
            path: Its path there.

        Raises:
            Unnamed: The type refers to a resource without a public name.
        """
        members = self._publish_members((name,), type, space, path, 1)
        public = t.rewrite_instance(members, self.public)
        inside = False

        def own(ref: t.Ref) -> t.ValType:
            nonlocal inside
            if ref.up == 1 and ref.space is t.Space.EXPORT and ref.path[0] == name:
                inside = True
                return t.Ref(0, t.Space.EXPORT, ref.path[1:])
            return ref

        exports = {key: t.rewrite_extern(extern, own) for key, extern in public.exports.items()}
        if inside:
            # The parts come in any order: a function may precede the type that it mentions.
            kinds = (t.TypeEq, t.TypeSub)
            exports = dict(sorted(exports.items(), key=lambda kv: not isinstance(kv[1], kinds)))
        return t.InstanceType(exports, public.options)

    def _publish_members(
        self,
        exported: tuple[str, ...],
        type: t.InstanceType,
        space: t.Space,
        path: tuple[str, ...],
        up: int,
    ) -> t.InstanceType:
        exports: dict[str, t.Extern] = {}
        for name, extern in type.exports.items():
            here = (*path, name)
            target = (*exported, name)
            new = extern
            match extern:
                case t.TypeSub():
                    if space is not t.Space.LOCAL:
                        new = t.TypeEq(t.Ref(up, space, here))
                    elif here in self.published:
                        new = t.TypeEq(t.Ref(up, t.Space.EXPORT, self.published[here]))
                case t.TypeEq(t.Ref(out, t.Space.LOCAL, local)) if out == up:
                    new = self._publish_type(target, t.Ref(0, t.Space.LOCAL, local), up)
                case t.InstanceType():
                    new = self._publish_members(target, extern, space, here, up + 1)
                case _:
                    pass
            if space is t.Space.LOCAL and isinstance(extern, t.TypeSub | t.TypeEq):
                self.published.setdefault(here, target)
            exports[name] = new
        return t.InstanceType(exports, type.options)
