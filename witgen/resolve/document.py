"""`Resolve` ⇄ the JSON document of the reference tool, with the same keys and ids.

The document is what `wasm-tools component wit PATH --json` prints: four arenas, ids as indices,
without empty and unknown members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from witgen.resolve import model as m

Json = dict[str, Any]


def to_dict(resolve: m.Resolve) -> Json:
    """The document of a `Resolve`, ready for `json.dumps`."""
    return {
        "worlds": [_world(world) for world in resolve.worlds],
        "interfaces": [_interface(interface) for interface in resolve.interfaces],
        "types": [_typedef(typedef) for typedef in resolve.types],
        "packages": [_package(package) for package in resolve.packages],
    }


def _common(
    docs: str | None, stability: m.Stability = None, external_id: str | None = None
) -> Json:
    out: Json = {}
    if docs is not None:
        out["docs"] = {"contents": docs}
    match stability:
        case None:
            pass
        case m.Stable(since, deprecated):
            out["stability"] = {"stable": _gate("since", since, deprecated)}
        case m.Unstable(feature, deprecated):
            out["stability"] = {"unstable": _gate("feature", feature, deprecated)}
        case _:
            assert_never(stability)
    if external_id is not None:
        out["external_id"] = external_id
    return out


def _gate(key: str, value: str, deprecated: str | None) -> Json:
    return {key: value} | ({"deprecated": deprecated} if deprecated is not None else {})


def _package(package: m.Package) -> Json:
    return {
        "name": str(package.name),
        **_common(package.docs),
        "interfaces": dict(package.interfaces),
        "worlds": dict(package.worlds),
    }


def _world(world: m.World) -> Json:
    return {
        "name": world.name,
        "imports": {_key(key): _item(item) for key, item in world.imports.items()},
        "exports": {_key(key): _item(item) for key, item in world.exports.items()},
        "package": world.package,
        **_common(world.docs, world.stability),
    }


def _key(key: m.WorldKey) -> str:
    return key if isinstance(key, str) else f"interface-{key}"


def _item(item: m.WorldItem) -> Json:
    match item:
        case m.InterfaceItem(id, stability, external_id, docs):
            body: Json = {"id": id, **_common(None, stability, external_id), **_common(docs)}
            return {"interface": body}
        case m.FunctionItem(function):
            return {"function": _function(function)}
        case m.TypeItem(id):
            return {"type": id}
        case _:
            assert_never(item)


def _interface(interface: m.Interface) -> Json:
    return {
        "name": interface.name,
        "types": dict(interface.types),
        "functions": {name: _function(f) for name, f in interface.functions.items()},
        **_common(interface.docs, interface.stability),
        "package": interface.package,
        **({"clone_of": interface.clone_of} if interface.clone_of is not None else {}),
    }


def _function(function: m.Function) -> Json:
    kind = function.kind
    shape = kind.shape.value
    return {
        "name": function.name,
        "kind": shape if kind.resource is None else {shape: kind.resource},
        "params": [{"name": p.name, "type": _type(p.type)} for p in function.params],
        **({"result": _type(function.result)} if function.result is not None else {}),
        **_common(function.docs, function.stability, function.external_id),
    }


def _type(type: m.Type) -> str | int:
    return type.value if isinstance(type, m.Prim) else int(type)


def _optional(type: m.Type | None) -> str | int | None:
    return None if type is None else _type(type)


def _typedef(typedef: m.TypeDef) -> Json:
    owner: Json | None
    match typedef.owner:
        case None:
            owner = None
        case m.InterfaceOwner(interface):
            owner = {"interface": interface}
        case m.WorldOwner(world):
            owner = {"world": world}
        case _:
            assert_never(typedef.owner)
    return {
        "name": typedef.name,
        "kind": _kind(typedef.kind),
        "owner": owner,
        **_common(typedef.docs, typedef.stability, typedef.external_id),
    }


def _kind(kind: m.TypeDefKind) -> str | Json:
    match kind:
        case m.Record(fields):
            return {
                "record": {
                    "fields": [
                        {"name": f.name, "type": _type(f.type), **_common(f.docs)} for f in fields
                    ]
                }
            }
        case m.Variant(cases):
            return {
                "variant": {
                    "cases": [
                        {"name": c.name, "type": _optional(c.type), **_common(c.docs)}
                        for c in cases
                    ]
                }
            }
        case m.Enum(labels):
            return {"enum": {"cases": [{"name": x.name, **_common(x.docs)} for x in labels]}}
        case m.Flags(labels):
            return {"flags": {"flags": [{"name": x.name, **_common(x.docs)} for x in labels]}}
        case m.Tuple(types):
            return {"tuple": {"types": [_type(t) for t in types]}}
        case m.Option(type):
            return {"option": _type(type)}
        case m.Result(ok, err):
            return {"result": {"ok": _optional(ok), "err": _optional(err)}}
        case m.List(type):
            return {"list": _type(type)}
        case m.FixedLengthList(type, length):
            return {"fixed-length-list": [_type(type), length]}
        case m.Map(key, value):
            return {"map": [_type(key), _type(value)]}
        case m.Future(payload):
            return {"future": _optional(payload)}
        case m.Stream(payload):
            return {"stream": _optional(payload)}
        case m.Own(resource):
            return {"handle": {"own": resource}}
        case m.Borrow(resource):
            return {"handle": {"borrow": resource}}
        case m.Resource():
            return "resource"
        case m.Alias(type):
            return {"type": _type(type)}
        case _:
            assert_never(kind)


# --- document → Resolve -------------------------------------------------------------------------


def from_dict(document: Mapping[str, Any], root: int = 0) -> m.Resolve:
    """The `Resolve` of a well-formed document (our own cache, a test's oracle)."""
    return m.Resolve(
        worlds=tuple(_load_world(x) for x in document["worlds"]),
        interfaces=tuple(_load_interface(x) for x in document["interfaces"]),
        types=tuple(_load_typedef(x) for x in document["types"]),
        packages=tuple(_load_package(x) for x in document["packages"]),
        root=m.PackageId(root),
    )


def _docs(data: Json) -> str | None:
    return data["docs"]["contents"] if "docs" in data else None


def _stability(data: Json) -> m.Stability:
    gate = data.get("stability")
    if not gate:
        return None
    if "stable" in gate:
        return m.Stable(gate["stable"]["since"], gate["stable"].get("deprecated"))
    return m.Unstable(gate["unstable"]["feature"], gate["unstable"].get("deprecated"))


def _load_package(data: Json) -> m.Package:
    name, _, version = data["name"].partition("@")
    namespace, _, name = name.partition(":")
    return m.Package(
        m.PackageName(namespace, name, version or None),
        {k: m.InterfaceId(v) for k, v in data["interfaces"].items()},
        {k: m.WorldId(v) for k, v in data["worlds"].items()},
        _docs(data),
    )


def _load_world(data: Json) -> m.World:
    return m.World(
        data["name"],
        {_load_key(k, v): _load_item(v) for k, v in data["imports"].items()},
        {_load_key(k, v): _load_item(v) for k, v in data["exports"].items()},
        m.PackageId(data["package"]),
        _docs(data),
        _stability(data),
    )


def _load_key(key: str, item: Json) -> m.WorldKey:
    if "interface" in item and key == f"interface-{item['interface']['id']}":
        return m.InterfaceId(item["interface"]["id"])
    return key


def _load_item(data: Json) -> m.WorldItem:
    if "interface" in data:
        body = data["interface"]
        return m.InterfaceItem(
            m.InterfaceId(body["id"]), _stability(body), body.get("external_id"), _docs(body)
        )
    if "function" in data:
        return m.FunctionItem(_load_function(data["function"]))
    return m.TypeItem(m.TypeId(data["type"]))


def _load_interface(data: Json) -> m.Interface:
    clone = data.get("clone_of")
    return m.Interface(
        data["name"],
        {k: m.TypeId(v) for k, v in data["types"].items()},
        {k: _load_function(v) for k, v in data["functions"].items()},
        m.PackageId(data["package"]),
        _docs(data),
        _stability(data),
        None if clone is None else m.InterfaceId(clone),
    )


def _load_function(data: Json) -> m.Function:
    kind = data["kind"]
    if isinstance(kind, str):
        function_kind = m.FunctionKind(m.FunctionShape(kind))
    else:
        ((shape, resource),) = kind.items()
        function_kind = m.FunctionKind(m.FunctionShape(shape), m.TypeId(resource))
    return m.Function(
        data["name"],
        function_kind,
        tuple(m.Param(p["name"], _load_type(p["type"])) for p in data["params"]),
        _load_type(data["result"]) if "result" in data else None,
        _docs(data),
        _stability(data),
        data.get("external_id"),
    )


def _load_type(data: str | int) -> m.Type:
    return m.Prim(data) if isinstance(data, str) else m.TypeId(data)


def _load_optional(data: str | int | None) -> m.Type | None:
    return None if data is None else _load_type(data)


def _load_typedef(data: Json) -> m.TypeDef:
    owner: m.TypeOwner = None
    if data["owner"] and "interface" in data["owner"]:
        owner = m.InterfaceOwner(m.InterfaceId(data["owner"]["interface"]))
    elif data["owner"]:
        owner = m.WorldOwner(m.WorldId(data["owner"]["world"]))
    return m.TypeDef(
        data["name"],
        _load_kind(data["kind"]),
        owner,
        _docs(data),
        _stability(data),
        data.get("external_id"),
    )


def _load_kind(data: str | Json) -> m.TypeDefKind:
    if isinstance(data, str):
        return m.Resource()
    ((tag, body),) = data.items()
    match tag:
        case "record":
            return m.Record(
                tuple(m.Field(f["name"], _load_type(f["type"]), _docs(f)) for f in body["fields"])
            )
        case "variant":
            return m.Variant(
                tuple(m.Case(c["name"], _load_optional(c["type"]), _docs(c)) for c in body["cases"])
            )
        case "enum":
            return m.Enum(tuple(m.Label(c["name"], _docs(c)) for c in body["cases"]))
        case "flags":
            return m.Flags(tuple(m.Label(c["name"], _docs(c)) for c in body["flags"]))
        case "tuple":
            return m.Tuple(tuple(_load_type(t) for t in body["types"]))
        case "option":
            return m.Option(_load_type(body))
        case "result":
            return m.Result(_load_optional(body["ok"]), _load_optional(body["err"]))
        case "list":
            return m.List(_load_type(body))
        case "fixed-length-list":
            return m.FixedLengthList(_load_type(body[0]), body[1])
        case "map":
            return m.Map(_load_type(body[0]), _load_type(body[1]))
        case "future":
            return m.Future(_load_optional(body))
        case "stream":
            return m.Stream(_load_optional(body))
        case "handle" if "own" in body:
            return m.Own(m.TypeId(body["own"]))
        case "handle":
            return m.Borrow(m.TypeId(body["borrow"]))
        case "type":
            return m.Alias(_load_type(body))
        case _:
            raise ValueError(f"unknown kind of type `{tag}`")
