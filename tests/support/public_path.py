"""Another path to wasmtime, through wasmtime-py's public API: an oracle for `boundary.ffi`.

It is slower and cannot express everything: wasmtime-py distinguishes the cases of some variants
only by the Python type of their payload, and accepts `True` as an integer. Values are checked
before they are handed over, because wasmtime-py wraps integers silently, and a value that it would
mistake for another case is rejected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import wasmtime
from wasmtime.component import (
    F32,
    F64,
    U8,
    BorrowType,
    FlagsType,
    Func,
    FuncType,
    LinkerInstance,
    ListType,
    OptionType,
    OwnType,
    Record,
    RecordType,
    ResourceAny,
    ResourceHost,
    ResourceType,
    ResultType,
    TupleType,
    ValType,
    Variant,
    VariantType,
)

from runtime_shim.adapter import octets
from runtime_shim.boundary import ffi
from runtime_shim.boundary.context import Context, innermost
from runtime_shim.boundary.reflect import PRIMITIVES, Resources, value_type
from runtime_shim.boundary.resources import Codec, CodecOf
from runtime_shim.errors import BadValue, UnsupportedType
from runtime_shim.program import loading
from runtime_shim.values import Case, Err, Ok, Some, Value
from runtime_shim.values.check import check

Stock = Any  # a value in wasmtime-py's form
Convert = Callable[[Context, Any], Any]
Implementation = Callable[..., Value]
Destructor = Callable[[Context, int], None]

_NO_RESOURCES = Resources(())


# Of each instance: the resources that are lent for a call, each with its handle, and those that will
# be given away, without one.
_LENT: WeakKeyDictionary[Context, list[tuple[int, ResourceAny | None]]] = WeakKeyDictionary()


def _loans(context: Context) -> list[tuple[int, ResourceAny | None]]:
    return _LENT.setdefault(context, [])


def use(patch: pytest.MonkeyPatch) -> None:
    """Take this path instead of `boundary.ffi`, for components that are deployed from now on."""
    for name in ("Callee", "attach", "define", "define_resource"):
        patch.setattr(ffi, name, globals()[name])
    patch.setattr(loading, "NESTINGS", [one for one in loading.NESTINGS if not one.packed])
    patch.setattr(octets, "wrap", lambda data: None)


def attach(context: Context) -> None:
    """Nothing to prepare."""


class Callee:
    """An exported function with its converters."""

    def __init__(self, ty: FuncType, codecs: CodecOf, *, packed: bool = False) -> None:
        assert not packed
        self._writers = [_Writer(param, codecs) for _, param in ty.params]
        self._read = None if ty.result is None else _reader(ty.result, codecs)

    def bind(self, func: Func) -> Callable[[Context, Sequence[Value]], Value]:
        """The caller of `func`; see `ffi.Callee.bind`."""
        writers, read = self._writers, self._read

        def call(context: Context, args: Sequence[Value]) -> Value:
            loans = len(_loans(context))
            try:
                if len(args) != len(writers):
                    raise BadValue("wrong number of arguments")
                stock = [w(context, value) for w, value in zip(writers, args, strict=True)]
                kept = _loans(context)
                kept[loans:] = [loan for loan in kept[loans:] if loan[1]]
                moved = list(context.moving)
                context.moving.clear()
                result = func(context.store, *stock)
                for number in moved:
                    context.handles.pop(number, None)
                return None if read is None else read(context, result)
            finally:
                context.moving.clear()
                context.lending.clear()
                _end_loans(context, loans)

        return call


def define(
    linker: LinkerInstance,
    name: str,
    label: str,
    ty: FuncType,
    lifting: Sequence[CodecOf],
    lowering: CodecOf,
    run: Implementation,
    unfit: Implementation | None = None,
    *,
    packed: bool = False,
) -> None:
    """Define a host function; see `ffi.define`."""
    assert not packed
    types = [param for _, param in ty.params]
    readers = [_reader(param, of) for param, of in zip(types, lifting, strict=True)]
    write = None if ty.result is None else _Writer(ty.result, lowering)

    def call(store: wasmtime.StoreContext, *stock: Stock) -> Stock:
        context = innermost()
        loans = len(_loans(context))
        try:
            args = [read(context, value) for read, value in zip(readers, stock, strict=True)]
            value = run(context, *args)
            if write is None:
                return None
            try:
                return write(context, value)
            except BadValue as error:
                if unfit is not None:
                    return write(context, unfit(context, value))
                raise BadValue(f"{label} returned {value!r} ({error})") from None
        except BaseException as error:  # noqa: BLE001  # nothing may unwind through wasmtime
            # Not the exception itself: wasmtime-py would keep it in a global of the process.
            raise wasmtime.WasmtimeError(context.fail(error)) from None
        finally:
            del _loans(context)[loans:]  # results are given away

    linker.add_func(name, call)


def define_resource(
    linker: LinkerInstance, name: str, ty: ResourceType, destructor: Destructor
) -> None:
    """Define a host resource; see `ffi.define_resource`."""

    def drop(store: wasmtime.StoreContext, representation: int) -> None:
        context = innermost()
        try:
            destructor(context, representation)
        except BaseException as error:  # noqa: BLE001  # nothing may unwind through wasmtime
            raise wasmtime.WasmtimeError(context.fail(error)) from None

    linker.add_resource(name, ty, drop)


class _Writer:
    """Checks a value and brings it into wasmtime-py's form."""

    def __init__(self, ty: ValType, codecs: CodecOf) -> None:
        self._type = None if _has_resource(ty) else value_type(ty, _NO_RESOURCES)
        self._write = _writer(ty, codecs)

    def __call__(self, context: Context, value: Value) -> Stock:
        if self._type is not None:
            check(self._type, value)
        try:
            return self._write(context, value)
        except (TypeError, KeyError, AttributeError) as error:
            raise BadValue(f"value of another type ({error})") from None


def _same(context: Context, value: Any) -> Any:
    return value


def _cases(ty: ValType) -> list[tuple[str, ValType | None]] | None:
    match ty:
        case OptionType():
            return [("none", None), ("some", ty.payload)]
        case ResultType():
            return [("ok", ty.ok), ("err", ty.err)]
        case VariantType():
            return ty.cases
        case _:
            return None


def _classes(ty: ValType | None) -> set[type]:
    found: set[type] = set()
    if ty is None:
        found.add(object)
    else:
        ty.add_classes(found)
    return found


def _is_tagged(cases: list[tuple[str, ValType | None]]) -> bool:
    """wasmtime-py's rule: tagged where two cases have a Python class in common."""
    seen: set[type] = set()
    for _, ty in cases:
        classes = _classes(ty)
        if classes & seen:
            return True
        seen |= classes
    return False


def _untagged_case(cases: list[tuple[str, ValType | None]], stock: Stock) -> str:
    """The case that wasmtime-py takes a bare payload for: the first that fits."""
    for name, ty in cases:
        if ty is None:
            if stock is None:
                return name
        elif isinstance(stock, tuple(_classes(ty))):
            return name
    raise BadValue("the payload does not fit any case")


def _float(context: Context, value: float) -> float:
    """Guests only get one NaN; see `lower`."""
    return math.nan if math.isnan(value) else value


def _writer(ty: ValType, codecs: CodecOf) -> Convert:
    if type(ty) in PRIMITIVES:
        return _float if isinstance(ty, F32 | F64) else _same
    match ty:
        case ListType():
            if isinstance(ty.element, U8):
                return _same
            item = _writer(ty.element, codecs)
            return lambda context, value: [item(context, element) for element in value]
        case TupleType():
            items = [_writer(part, codecs) for part in ty.elements]
            return lambda context, value: tuple(
                [w(context, element) for w, element in zip(items, value, strict=True)]
            )
        case RecordType():
            fields = [(name, _writer(part, codecs)) for name, part in ty.fields]
            return lambda context, value: _record(
                {name: write(context, value[name]) for name, write in fields}
            )
        case FlagsType():
            return lambda context, value: set(value)
        case OwnType() | BorrowType():
            return _resource_writer(ty, codecs)
        case _:
            cases = _cases(ty)
            return _same if cases is None else _variant_writer(ty, cases, codecs)


def _record(fields: dict[str, Stock]) -> Record:
    record = Record()
    for name, value in fields.items():
        setattr(record, name, value)
    return record


def _variant_writer(
    ty: ValType, cases: list[tuple[str, ValType | None]], codecs: CodecOf
) -> Convert:
    tagged = _is_tagged(cases)
    payloads = {name: None if part is None else _writer(part, codecs) for name, part in cases}
    nested = isinstance(ty, OptionType) and isinstance(ty.payload, OptionType)

    def write(context: Context, value: Value) -> Stock:
        name, payload = _open(ty, value, nested)
        inner = payloads[name]
        stock = None if inner is None else inner(context, payload)
        if tagged:
            return Variant(name, stock)
        if _untagged_case(cases, stock) != name:
            raise BadValue(f"the public API of wasmtime-py cannot express the case `{name}`")
        return stock

    return write


def _open(ty: ValType, value: Value, nested: bool) -> tuple[str, Value]:
    match ty:
        case OptionType():
            if value is None:
                return "none", None
            return "some", value.value if nested else value
        case ResultType():
            return ("ok" if isinstance(value, Ok) else "err"), value.value
        case _:
            return value.name, value.value


def _resource_writer(ty: OwnType | BorrowType, codecs: CodecOf) -> Convert:
    codec, owned = _codec(ty, codecs), isinstance(ty, OwnType)

    def write(context: Context, value: Value) -> Stock:
        if codec.number is None:
            return codec.lower(context, value, owned)
        rep = codec.lower(context, value)
        host = ResourceHost.own(rep, codec.number)
        if owned:
            _loans(context).append((rep, None))  # until the call, which may not happen
            return host
        lent = host.to_any(context.store)
        _loans(context).append((rep, lent))
        return lent

    return write


def _end_loans(context: Context, count: int) -> None:
    """Take back objects lent to a guest for a call."""
    while len(_loans(context)) > count:
        rep, lent = _loans(context).pop()
        context.table.pop(rep, None)  # first, so that its destructor does nothing
        if lent is None:
            continue
        with suppress(wasmtime.WasmtimeError):  # the guest has trapped
            lent.drop(context.store)


def _codec(ty: OwnType | BorrowType, codecs: CodecOf) -> Codec:
    codec = codecs(ty.ty)
    if codec is None:
        raise UnsupportedType("a resource that neither side of the call defines")
    return codec


def _reader(ty: ValType, codecs: CodecOf) -> Convert:
    if type(ty) in PRIMITIVES:
        return _same
    match ty:
        case ListType():
            if isinstance(ty.element, U8):
                return _same
            item = _reader(ty.element, codecs)
            return lambda context, stock: [item(context, element) for element in stock]
        case TupleType():
            items = [_reader(part, codecs) for part in ty.elements]
            return lambda context, stock: tuple(
                [r(context, element) for r, element in zip(items, stock, strict=True)]
            )
        case RecordType():
            fields = [(name, _reader(part, codecs)) for name, part in ty.fields]
            return lambda context, stock: {
                name: read(context, getattr(stock, name)) for name, read in fields
            }
        case FlagsType():
            return lambda context, stock: frozenset(stock)
        case OwnType() | BorrowType():
            return _resource_reader(ty, codecs)
        case _:
            cases = _cases(ty)
            return _same if cases is None else _variant_reader(ty, cases, codecs)


def _variant_reader(
    ty: ValType, cases: list[tuple[str, ValType | None]], codecs: CodecOf
) -> Convert:
    tagged = _is_tagged(cases)
    payloads = {name: None if part is None else _reader(part, codecs) for name, part in cases}
    exact = [(name, _classes(part)) for name, part in cases]

    def read(context: Context, stock: Stock) -> Value:
        if tagged:
            name, stock = stock.tag, stock.payload
        elif stock is None:
            # Of a case without a payload, or of an option that is the payload.
            name = next(case for case, classes in exact if object in classes)
        else:
            # By the exact class: `True` is a bool here, and an int only by inheritance.
            name = next(case for case, classes in exact if type(stock) in classes)
        inner = payloads[name]
        return _close(ty, name, None if inner is None else inner(context, stock))

    return read


def _close(ty: ValType, name: str, payload: Value) -> Value:
    match ty:
        case OptionType():
            if name == "none":
                return None
            return Some(payload) if isinstance(ty.payload, OptionType) else payload
        case ResultType():
            return Ok(payload) if name == "ok" else Err(payload)
        case _:
            return Case(name, payload)


def _resource_reader(ty: OwnType | BorrowType, codecs: CodecOf) -> Convert:
    codec, owned = _codec(ty, codecs), isinstance(ty, OwnType)

    def read(context: Context, stock: ResourceAny) -> Value:
        if codec.number is None:
            return codec.lift(context, stock, owned)
        return codec.lift(context, stock.to_host(context.store).rep, owned)

    return read


def _has_resource(ty: object) -> bool:
    """Whether a value type of wasmtime's has a resource in it."""
    if isinstance(ty, OwnType | BorrowType):
        return True
    parts = [getattr(ty, name, None) for name in ("element", "payload", "ok", "err")]
    parts += getattr(ty, "elements", ())
    parts += [part for name in ("fields", "cases") for _, part in getattr(ty, name, ())]
    return any(part is not None and _has_resource(part) for part in parts)
