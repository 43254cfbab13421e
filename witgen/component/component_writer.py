"""Writes a component: its sections, one item after the other; the mirror of `body`.

Source: component-model `design/mvp/Binary.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from witgen.component import types as t
from witgen.component.cursor import Buffer
from witgen.component.entities import sort_of
from witgen.component.writer import ScopeWriter, Unencodable, extern_name, name, u32, vector


@dataclass(slots=True)
class ComponentWriter(ScopeWriter):
    """A component under construction; consecutive items of one kind share a section."""

    pieces: list[Buffer] = field(default_factory=lambda: [b"\0asm\x0d\0\x01\0"])
    _section: int = -1
    _items: list[bytes] = field(default_factory=list)

    def put(self, section: int, item: bytes) -> None:
        """Append an item to a section of that kind."""
        if section != self._section:
            self.flush()
            self._section = section
        self._items.append(item)

    def flush(self) -> None:
        """End the open section."""
        if self._items:
            body = vector(self._items)
            self.pieces.append(bytes((self._section,)) + u32(len(body)) + body)
            self._items = []

    def put_type(self, body: bytes) -> None:
        """Append a type definition."""
        self.put(7, body)

    def put_core_type(self, body: bytes) -> None:
        """Append a core type definition."""
        self.put(3, body)

    def put_alias(self, body: bytes) -> None:
        """Append an alias."""
        self.put(6, body)

    def put_raw(self, section: int, *contents: Buffer) -> None:
        """Append a whole section with unchanged contents."""
        self.flush()
        self._section = -1
        self.pieces.append(bytes((section,)) + u32(sum(len(piece) for piece in contents)))
        self.pieces.extend(contents)

    def import_(self, key: str, extern: t.Extern, options: t.NameOptions | None = None) -> int:
        """Append an import; return its index in its sort.

        Raises:
            Unencodable: It refers to an undeclared name.
        """
        description = self.extern(extern)
        self.put(10, extern_name(key, options) + description)
        return self.enter(t.Space.IMPORT, (key,), extern)

    def export(
        self,
        key: str,
        index: int,
        extern: t.Extern,
        options: t.NameOptions | None = None,
        ascribed: t.Extern | None = None,
    ) -> int:
        """Append an export of the item `index` of the sort of `extern`.

        Args:
            key: Its name.
            index: Its index.
            extern: The item's type.
            options: Options of the name.
            ascribed: The type to export it with; None for its own.

        Raises:
            Unencodable: `ascribed` refers to an undeclared name.
        """
        description = b"\x00" if ascribed is None else b"\x01" + self.extern(ascribed)
        self.put(11, extern_name(key, options) + sort_bytes(extern) + u32(index) + description)
        return self.enter(t.Space.EXPORT, (key,), extern if ascribed is None else ascribed)

    def component(self, data: Buffer) -> int:
        """Append a whole component; return its index."""
        self.put_raw(4, data)
        self.components += 1
        return self.components - 1

    def instantiate(
        self, component: int, arguments: Iterable[tuple[str, t.Extern, int]], key: str
    ) -> int:
        """Append an instance of a component, known locally as `key`; return its index.

        Args:
            component: Index of the component.
            arguments: (name, something of its sort, index) of each argument.
            key: The local name, for references to its types.
        """
        items = [name(n) + sort_bytes(extern) + u32(index) for n, extern, index in arguments]
        self.put(5, b"\x00" + u32(component) + vector(items))
        self.known_instances[t.Space.LOCAL, (key,)] = self.instances
        self.instances += 1
        return self.instances - 1

    def bundle(self, items: Iterable[tuple[str, t.Extern, int]]) -> int:
        """Append an instance of things at hand: (name, something of its sort, index)."""
        encoded = [extern_name(n) + sort_bytes(extern) + u32(index) for n, extern, index in items]
        self.put(5, b"\x01" + vector(encoded))
        self.instances += 1
        return self.instances - 1

    def type_instance(self, key: str, type: t.InstanceType) -> int:
        """Append an instance of types, which is known locally as `key`; return its index.

        Raises:
            Unencodable: A type refers to an undeclared name.
        """
        items: list[tuple[str, t.Extern, int]] = []
        for member, extern in type.exports.items():
            match t.opened(extern, t.Space.LOCAL, (key,)):
                case t.TypeEq(defined):
                    index = self.type_index(defined)
                case _:
                    raise Unencodable(f"`{member}` is not a type that can be defined")
            self.known_types[t.Space.LOCAL, (key, member)] = index
            items.append((member, extern, index))
        return self.bundle(items)

    def alias_export(self, instance: int, key: str, extern: t.Extern) -> int:
        """Append an alias of an instance's export; return its index."""
        self.put(6, sort_bytes(extern) + b"\x00" + u32(instance) + name(key))
        return self._count(extern)

    def _count(self, extern: t.Extern) -> int:
        # Without a name: the caller keeps the index.
        return self.enter(t.Space.LOCAL, ("",), extern)

    def finish(self) -> list[Buffer]:
        """The pieces of the file."""
        self.flush()
        return self.pieces


def sort_bytes(extern: t.Extern) -> bytes:
    """The sort of an import or export."""
    sort, core = sort_of(extern)
    return bytes((sort, core)) if sort == 0 else bytes((sort,))
