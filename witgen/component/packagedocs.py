"""Docs and stability of a package, which component types cannot express: `package-docs`.

The custom section is a version byte and a JSON document. Source: the sections that wasm-tools 1.262
writes; they are not specified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, assert_never

from witgen.resolve import model as m
from witgen.value import replace, state

SECTION = "package-docs"

Json = dict[str, Any]


class BadDocs(ValueError):
    """The section is unknown; the caller names the file."""


def inject(resolve: m.Resolve, data: bytes) -> m.Resolve:
    """The `Resolve` with the docs and gates of its root package.

    Raises:
        BadDocs: The section is unknown, or refers to items that do not exist.
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
    """Replaces items that have docs; the arenas are copied once."""

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


# --- Resolve → section --------------------------------------------------------------------------


def extract(resolve: m.Resolve, package: m.PackageId) -> bytes:
    """The contents of the section for a package."""
    root = resolve.packages[package]
    worlds = {name: _world_docs(resolve, id) for name, id in root.worlds.items()}
    interfaces = {name: _interface_docs(resolve, id) for name, id in root.interfaces.items()}
    document = _without_empty(
        {"docs": root.docs, "worlds": _kept(worlds), "interfaces": _kept(interfaces)}
    )
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return b"\x01" + text.encode("utf-8", "surrogatepass")


def _without_empty(data: Json) -> Json:
    return {key: value for key, value in data.items() if value not in (None, {})}


def _kept(items: Mapping[str, Json]) -> Json:
    return {name: item for name, item in items.items() if item}


def _gate(stability: m.Stability) -> Json | None:
    match stability:
        case None:
            return None
        case m.Stable(since, deprecated):
            return {"stable": _without_empty({"since": since, "deprecated": deprecated})}
        case m.Unstable(feature, deprecated):
            return {"unstable": _without_empty({"feature": feature, "deprecated": deprecated})}
        case _:
            assert_never(stability)


def _item_docs(docs: str | None, stability: m.Stability) -> Json:
    return _without_empty({"docs": docs, "stability": _gate(stability)})


def _function_docs(function: m.Function) -> Json:
    return _item_docs(function.docs, function.stability)


def _type_docs(typedef: m.TypeDef) -> Json:
    named: Sequence[tuple[str, str | None]] = ()
    match typedef.kind:
        case m.Record(fields):
            named = [(f.name, f.docs) for f in fields]
        case m.Variant(cases):
            named = [(c.name, c.docs) for c in cases]
        case m.Enum(labels) | m.Flags(labels):
            named = [(x.name, x.docs) for x in labels]
        case _:
            pass
    items = {name: docs for name, docs in named if docs is not None}
    return _item_docs(typedef.docs, typedef.stability) | _without_empty({"items": items})


def _interface_docs(resolve: m.Resolve, id: m.InterfaceId) -> Json:
    interface = resolve.interfaces[id]
    functions = {name: _function_docs(f) for name, f in interface.functions.items()}
    types = {name: _type_docs(resolve.types[type]) for name, type in interface.types.items()}
    return _item_docs(interface.docs, interface.stability) | _without_empty(
        {"funcs": _kept(functions), "types": _kept(types)}
    )


def _world_docs(resolve: m.Resolve, id: m.WorldId) -> Json:
    world = resolve.worlds[id]
    imports = _side(resolve, world.imports)
    exports = _side(resolve, world.exports)
    return _without_empty(
        {
            "docs": world.docs,
            "stability": _gate(world.stability),
            "interfaces": imports.inline,
            "types": imports.types,
            "funcs": imports.functions,
            "interface_exports": exports.inline,
            "func_exports": exports.functions,
            "interface_import_stability": imports.gates,
            "interface_export_stability": exports.gates,
            "interface_import_docs": imports.docs,
            "interface_export_docs": exports.docs,
        }
    )


@state
class _Side:
    """The docs of a world's imports or exports."""

    inline: Json = field(default_factory=dict)
    types: Json = field(default_factory=dict)
    functions: Json = field(default_factory=dict)
    gates: Json = field(default_factory=dict)
    docs: Json = field(default_factory=dict)


def _side(resolve: m.Resolve, items: Mapping[m.WorldKey, m.WorldItem]) -> _Side:
    side = _Side()
    for key, item in items.items():
        match item:
            case m.InterfaceItem(id, stability, _, docs):
                name = key if isinstance(key, str) else resolve.interface_id(key) or ""
                if resolve.interfaces[id].name is None:
                    side.inline |= _kept({name: _interface_docs(resolve, id)})
                    continue
                if stability is not None:
                    side.gates[name] = _gate(stability)
                if docs is not None:
                    side.docs[name] = docs
            case m.TypeItem(type):
                side.types |= _kept({str(key): _type_docs(resolve.types[type])})
            case m.FunctionItem(function):
                side.functions |= _kept({str(key): _function_docs(function)})
            case _:
                assert_never(item)
    return side
