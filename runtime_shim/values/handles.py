"""Map the resources in values, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

from runtime_shim.values import Case, Some, Value
from runtime_shim.values import types as t

Change = Callable[[Any, Any], Value]
"""Called with the caller's context (that of an instance), then the resource."""


def handle_mapper(ty: t.Type, leaf: Change) -> Change | None:
    """A function that maps each resource in a value with `leaf`; None if the type has none.

    Made once per function. The value must fit the type.
    """
    match ty:
        case t.Prim() | t.Enum() | t.Flags():
            return None
        case t.Own() | t.Borrow():
            return leaf
        case t.Option(item):
            return _option(handle_mapper(item, leaf), nested=isinstance(item, t.Option))
        case t.List(item):
            return _list(handle_mapper(item, leaf))
        case t.Tuple(items):
            return _tuple([handle_mapper(item, leaf) for item in items])
        case t.Record(fields):
            return _record(_some({name: handle_mapper(item, leaf) for name, item in fields}))
        case t.Result(ok, err):
            sides = {"Ok": _payload(ok, leaf), "Err": _payload(err, leaf)}
            return _payloads(_some(sides), lambda value: type(value).__name__)
        case t.Variant(cases):
            payloads = {name: _payload(item, leaf) for name, item in cases}
            return _payloads(_some(payloads), lambda value: value.name)
        case _:
            assert_never(ty)


def _payload(ty: t.Type | None, leaf: Change) -> Change | None:
    return None if ty is None else handle_mapper(ty, leaf)


def _some(changes: Mapping[str, Change | None]) -> dict[str, Change]:
    return {name: change for name, change in changes.items() if change is not None}


def _option(change: Change | None, *, nested: bool) -> Change | None:
    if change is None:
        return None
    if nested:
        return lambda context, value: None if value is None else Some(change(context, value.value))
    return lambda context, value: None if value is None else change(context, value)


def _list(change: Change | None) -> Change | None:
    if change is None:
        return None
    return lambda context, value: [change(context, item) for item in value]


def _tuple(changes: list[Change | None]) -> Change | None:
    if not any(changes):
        return None
    return lambda context, value: tuple(
        item if change is None else change(context, item)
        for change, item in zip(changes, value, strict=True)
    )


def _record(changes: dict[str, Change]) -> Change | None:
    if not changes:
        return None
    return lambda context, value: {
        name: changes[name](context, item) if name in changes else item
        for name, item in value.items()
    }


def _payloads(changes: dict[str, Change], name_of: Callable[[Any], str]) -> Change | None:
    if not changes:
        return None

    def change(context: Any, value: Any) -> Value:
        inner = changes.get(name_of(value))
        if inner is None:
            return value
        payload = inner(context, value.value)
        return Case(value.name, payload) if isinstance(value, Case) else type(value)(payload)

    return change
