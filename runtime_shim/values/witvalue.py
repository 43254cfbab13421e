"""The values of `golem:rpc`: typed values ⇄ `wit-value` nodes.

A `wit-value` is `{"nodes": [node, …]}` with the root first, children after their parent, each node
a `Case` of the variant `wit-node`; types are not sent, so the receiver decodes against its own
(golem:rpc 0.2, interface `types`). Received values are untrusted: indices, tags and ranges are
checked, and a node may have one parent only, so that work is bounded by the number of nodes.
"""

from __future__ import annotations

from typing import Any, assert_never

from runtime_shim.values import Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t

_PRIMITIVE_NODES = {
    t.Prim.U8: "prim-u8",
    t.Prim.U16: "prim-u16",
    t.Prim.U32: "prim-u32",
    t.Prim.U64: "prim-u64",
    t.Prim.S8: "prim-s8",
    t.Prim.S16: "prim-s16",
    t.Prim.S32: "prim-s32",
    t.Prim.S64: "prim-s64",
    t.Prim.F32: "prim-float32",
    t.Prim.F64: "prim-float64",
    t.Prim.CHAR: "prim-char",
    t.Prim.BOOL: "prim-bool",
    t.Prim.STRING: "prim-string",
}


class WitValueError(ValueError):
    """A `wit-value` that does not fit the type."""


def encode(ty: t.Type, value: Value) -> Value:
    """`value`, a normal form of `ty`, as a `wit-value`."""
    nodes: list[Value] = []
    _encode(ty, value, nodes)
    return {"nodes": nodes}


def encode_result(ty: t.Type | None, value: Value) -> Value:
    """The result of a function: a tuple of one element, or of none without a result."""
    if ty is None:
        return {"nodes": [Case("tuple-value", [])]}
    return encode(t.Tuple((ty,)), (value,))


def decode(ty: t.Type, wit_value: Value, path: str = "value") -> Value:
    """The value of `ty` in `wit_value`, which errors call `path`.

    Raises:
        WitValueError: it does not fit, with the place.
    """
    return _Decoder(wit_value["nodes"]).root(ty, path)


def _encode(ty: t.Type, value: Value, nodes: list[Value]) -> int:
    """Append the node of `value`, then its children; returns the node's index."""
    at = len(nodes)
    nodes.append(None)  # children come after their parent, which needs their indices
    nodes[at] = _node(ty, value, nodes)
    return at


def _node(ty: t.Type, value: Value, nodes: list[Value]) -> Case:
    match ty:
        case t.Prim():
            return Case(_PRIMITIVE_NODES[ty], value)
        case t.List(item):
            return Case("list-value", [_encode(item, element, nodes) for element in value])
        case t.Tuple(items):
            pairs = zip(items, value, strict=True)
            return Case("tuple-value", [_encode(item, element, nodes) for item, element in pairs])
        case t.Record(fields):
            return Case("record-value", [_encode(f, value[name], nodes) for name, f in fields])
        case t.Variant(cases):
            index = next(i for i, (name, _) in enumerate(cases) if name == value.name)
            return Case("variant-value", (index, _payload(cases[index][1], value.value, nodes)))
        case t.Enum(names):
            return Case("enum-value", names.index(value))
        case t.Flags(names):
            return Case("flags-value", [name in value for name in names])
        case t.Option(item):
            if value is None:
                return Case("option-value", None)
            inner = value.value if isinstance(item, t.Option) else value
            return Case("option-value", _encode(item, inner, nodes))
        case t.Result(ok, err):
            side, payload = (Ok, ok) if isinstance(value, Ok) else (Err, err)
            return Case("result-value", side(_payload(payload, value.value, nodes)))
        case t.Own() | t.Borrow():
            return Case("handle", ({"value": value.uri}, value.id))
        case _:
            assert_never(ty)


def _payload(ty: t.Type | None, value: Value, nodes: list[Value]) -> int | None:
    return None if ty is None else _encode(ty, value, nodes)


class _Decoder:
    def __init__(self, nodes: list[Value]) -> None:
        self._nodes = nodes
        self._taken = bytearray(len(nodes))

    def root(self, ty: t.Type, path: str) -> Value:
        return self._at(ty, 0, path)

    def _at(self, ty: t.Type, index: int, path: str) -> Value:
        if not 0 <= index < len(self._nodes):
            raise WitValueError(f"{path}: there is no node {index}")
        if self._taken[index]:
            raise WitValueError(f"{path}: node {index} has two parents")
        self._taken[index] = 1
        node: Case = self._nodes[index]
        return self._decode(ty, node.name, node.value, path)

    def _decode(self, ty: t.Type, tag: str, value: Any, path: str) -> Value:
        wanted = _tag(ty)
        if tag != wanted:
            words = (name.removeprefix("prim-").removesuffix("-value") for name in (wanted, tag))
            raise WitValueError(f"{path}: {next(words)} is expected, not {next(words)}")
        match ty:
            case t.Prim():
                return value
            case t.List(item):
                return self._list(item, value, path)
            case t.Tuple(items):
                return tuple(self._all([(str(i), ty) for i, ty in enumerate(items)], value, path))
            case t.Record(fields):
                values = self._all(fields, value, path)
                return {name: v for (name, _), v in zip(fields, values, strict=True)}
            case t.Variant(cases):
                index, inner = value
                name, payload = _pick(cases, index, path)
                return Case(name, self._payload(payload, inner, f"{path}.{name}"))
            case t.Enum(names):
                return _pick(names, value, path)
            case t.Flags(names):
                if len(value) != len(names):
                    raise WitValueError(
                        f"{path}: {len(names)} flags are expected, not {len(value)}"
                    )
                return frozenset(name for name, on in zip(names, value, strict=True) if on)
            case t.Option(item):
                if value is None:
                    return None
                inner = self._at(item, value, f"{path}.some")
                return Some(inner) if isinstance(item, t.Option) else inner
            case t.Result(ok, err):
                if isinstance(value, Ok):
                    return Ok(self._payload(ok, value.value, f"{path}.ok"))
                return Err(self._payload(err, value.value, f"{path}.err"))
            case t.Own() | t.Borrow():
                uri, number = value
                return Handle(uri["value"], number)
            case _:
                assert_never(ty)

    def _list(self, item: t.Type, indices: list[int], path: str) -> Value:
        elements = [self._at(item, index, f"{path}[{i}]") for i, index in enumerate(indices)]
        return bytes(elements) if item is t.Prim.U8 else elements

    def _all(self, parts: Any, indices: list[int], path: str) -> list[Value]:
        if len(parts) != len(indices):
            raise WitValueError(f"{path}: {len(parts)} fields are expected, not {len(indices)}")
        pairs = zip(parts, indices, strict=True)
        return [self._at(ty, index, f"{path}.{name}") for (name, ty), index in pairs]

    def _payload(self, ty: t.Type | None, index: int | None, path: str) -> Value:
        if ty is None and index is None:
            return None
        if ty is None or index is None:
            raise WitValueError(f"{path}: a payload {'too many' if ty is None else 'is missing'}")
        return self._at(ty, index, path)


def _tag(ty: t.Type) -> str:
    return _PRIMITIVE_NODES[ty] if isinstance(ty, t.Prim) else _TAGS[type(ty)]


_TAGS: dict[type, str] = {
    t.List: "list-value",
    t.Tuple: "tuple-value",
    t.Record: "record-value",
    t.Variant: "variant-value",
    t.Enum: "enum-value",
    t.Flags: "flags-value",
    t.Option: "option-value",
    t.Result: "result-value",
    t.Own: "handle",
    t.Borrow: "handle",
}


def _pick(items: Any, index: int, path: str) -> Any:
    if not 0 <= index < len(items):
        raise WitValueError(f"{path}: there is no case {index}")
    return items[index]
