"""Productions of worlds and paths → syntax tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from witgen.syntax import ast
from witgen.syntax.notes import Notes
from witgen.value import state


@state
class WorldBuilder:
    """The actions for worlds, their items, and the paths of interfaces."""

    notes: Notes

    def local_path(self, c: list[Any], start: int, end: int) -> object:
        """A single name."""
        return ast.Path(None, c[0])

    def foreign_path(self, c: list[Any], start: int, end: int) -> object:
        """`ns:package/name@version`."""
        return _foreign(c)

    def world(self, c: list[Any], start: int, end: int) -> object:
        """`world name { … }`."""
        attributes, name, *items = c
        gates = self.notes.attributes(attributes, external=False)
        return ast.WorldDef(name, tuple(items), self.notes.docs_at(start), gates)

    def _extern(
        self, c: list[Any], start: int, end: int, name: ast.Ident | None, path: ast.Path
    ) -> ast.Extern:
        return ast.Extern(
            c[1] == "import",
            name,
            path,
            self.notes.docs_at(start),
            self.notes.attributes(c[0]),
            start,
            end,
        )

    def extern_local(self, c: list[Any], start: int, end: int) -> object:
        """`import interface;`."""
        return self._extern(c, start, end, None, ast.Path(None, c[2]))

    def extern_foreign(self, c: list[Any], start: int, end: int) -> object:
        """`import ns:package/interface;`."""
        return self._extern(c, start, end, None, _foreign(c[2:]))

    def extern_named_local(self, c: list[Any], start: int, end: int) -> object:
        """`import label: interface;`."""
        return self._extern(c, start, end, c[2], ast.Path(None, c[3]))

    def extern_named_foreign(self, c: list[Any], start: int, end: int) -> object:
        """`import label: ns:package/interface;`."""
        return self._extern(c, start, end, c[2], _foreign(c[3:]))

    def extern_function(self, c: list[Any], start: int, end: int) -> object:
        """`import name: func(…);`."""
        docs, attributes = self.notes.docs_at(start), self.notes.attributes(c[0])
        function = ast.Func(c[2], c[3], False, docs, attributes)
        return ast.Extern(c[1] == "import", c[2], function, docs, attributes, start, end)

    def extern_inline(self, c: list[Any], start: int, end: int) -> object:
        """`import name: interface { … }`."""
        docs, attributes = self.notes.docs_at(start), self.notes.attributes(c[0])
        interface = ast.InterfaceDef(c[2], tuple(c[3:]), docs, attributes)
        return ast.Extern(c[1] == "import", c[2], interface, docs, attributes, start, end)

    def include(self, c: list[Any], start: int, end: int) -> object:
        """`include path with { … }`."""
        attributes, path, *renames = c
        return ast.Include(path, tuple(renames), self.notes.attributes(attributes, external=False))

    def rename(self, c: list[Any], start: int, end: int) -> object:
        """`name as alias`."""
        return ast.Rename(c[0], c[1])


def _foreign(c: Sequence[Any]) -> ast.Path:
    namespace, package, name = c[:3]
    version = c[3] if len(c) > 3 else None
    ref = ast.PackageRef(namespace, package, version, namespace.start, package.end)
    return ast.Path(ref, name)
