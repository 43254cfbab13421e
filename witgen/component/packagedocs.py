"""Docs and stability of a package, which component types cannot hold: `package-docs`.

The custom section is a version byte and a JSON document. Source: the sections that wasm-tools
1.262 writes; nothing specifies them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from witgen.resolve import model as m

SECTION = "package-docs"

Json = dict[str, Any]


class BadDocs(ValueError):
    """The section is not one that is known; the caller names the file."""


def inject(resolve: m.Resolve, data: bytes) -> m.Resolve:
    """The `Resolve` with the docs and gates of its root package.

    Raises:
        BadDocs: The section is not one that is known, or mentions what is not there.
    """
    if not data or data[0] not in (0, 1):
        raise BadDocs("unknown version of the section `package-docs`")
    try:
        document = json.loads(data[1:].decode())
    except (ValueError, RecursionError):
        raise BadDocs("the section `package-docs` is not JSON") from None
    try:
        return _Injector(resolve).run(document)
    except (KeyError, TypeError, AttributeError, IndexError):
        raise BadDocs("the section `package-docs` does not fit the package") from None


class _Injector:
    """Replaces what has docs; the arenas are copied once."""

    def __init__(self, resolve: m.Resolve) -> None:
        self.resolve = resolve
        self.types = list(resolve.types)
        self.interfaces = list(resolve.interfaces)
        self.worlds = list(resolve.worlds)

    def run(self, document: Json) -> m.Resolve:
        root = self.resolve.root
        package = self.resolve.packages[root]
        for name, data in document.get("interfaces", {}).items():
            self._interface(package.interfaces[name], data)
        for name, data in document.get("worlds", {}).items():
            self._world(package.worlds[name], data)
        packages = list(self.resolve.packages)
        packages[root] = replace(package, docs=_docs(document))
        return replace(
            self.resolve,
            types=tuple(self.types),
            interfaces=tuple(self.interfaces),
            worlds=tuple(self.worlds),
            packages=tuple(packages),
        )

    def _interface(self, id: m.InterfaceId, data: Json) -> None:
        interface = self.interfaces[id]
        for name, item in data.get("types", {}).items():
            self._type(interface.types[name], item)
        functions = dict(interface.functions)
        for name, item in data.get("funcs", {}).items():
            functions[name] = _function(functions[name], item)
        self.interfaces[id] = replace(
            interface, functions=functions, docs=_docs(data), stability=_stability(data)
        )

    def _type(self, id: m.TypeId, data: Json | str) -> None:
        typedef = self.types[id]
        # The first version of the section had bare docs.
        data = {"docs": data} if isinstance(data, str) else data
        kind = _with_items(typedef.kind, data.get("items", {}))
        self.types[id] = replace(typedef, kind=kind, docs=_docs(data), stability=_stability(data))

    def _world(self, id: m.WorldId, data: Json) -> None:
        world = self.worlds[id]
        imports, exports = dict(world.imports), dict(world.exports)
        for name, item in data.get("types", {}).items():
            found = imports[name]
            if isinstance(found, m.TypeItem):
                self._type(found.id, item)
        for items, interfaces, functions in (
            (imports, "interfaces", "funcs"),
            (exports, "interface_exports", "func_exports"),
        ):
            for name, item in data.get(interfaces, {}).items():
                inline = items[name]
                if isinstance(inline, m.InterfaceItem):
                    self._interface(inline.id, item)
                    items[name] = replace(inline, stability=_stability(item))
            for name, item in data.get(functions, {}).items():
                function = items[name]
                if isinstance(function, m.FunctionItem):
                    items[name] = m.FunctionItem(_function(function.function, item))
        for items, way in ((imports, "import"), (exports, "export")):
            for name, gate in data.get(f"interface_{way}_stability", {}).items():
                self._item(items, name, stability=_stability({"stability": gate}))
            for name, text in data.get(f"interface_{way}_docs", {}).items():
                self._item(items, name, docs=text)
        self.worlds[id] = replace(
            world, imports=imports, exports=exports, docs=_docs(data), stability=_stability(data)
        )

    def _item(self, items: dict[m.WorldKey, m.WorldItem], name: str, **new: Any) -> None:
        for key, item in items.items():
            named = key if isinstance(key, str) else self.resolve.interface_id(key)
            if named == name and isinstance(item, m.InterfaceItem):
                items[key] = replace(item, **new)
                return
        raise KeyError(name)


def _docs(data: Json) -> str | None:
    docs = data.get("docs")
    if docs is not None and not isinstance(docs, str):
        raise TypeError
    return docs


def _stability(data: Json) -> m.Stability:
    gate: Mapping[str, Any] | str | None = data.get("stability")
    if gate is None or isinstance(gate, str):
        return None
    if "stable" in gate:
        return m.Stable(gate["stable"]["since"], gate["stable"].get("deprecated"))
    return m.Unstable(gate["unstable"]["feature"], gate["unstable"].get("deprecated"))


def _function(function: m.Function, data: Json | str) -> m.Function:
    data = {"docs": data} if isinstance(data, str) else data
    return replace(function, docs=_docs(data), stability=_stability(data))


def _with_items(kind: m.TypeDefKind, items: Mapping[str, str]) -> m.TypeDefKind:
    if not items:
        return kind
    match kind:
        case m.Record(fields):
            return m.Record(tuple(replace(f, docs=items.get(f.name)) for f in fields))
        case m.Variant(cases):
            return m.Variant(tuple(replace(c, docs=items.get(c.name)) for c in cases))
        case m.Enum(labels):
            return m.Enum(tuple(replace(x, docs=items.get(x.name)) for x in labels))
        case m.Flags(labels):
            return m.Flags(tuple(replace(x, docs=items.get(x.name)) for x in labels))
        case _:
            return kind
