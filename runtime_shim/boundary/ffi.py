"""The one file that reaches into wasmtime-py's private layer, for speed.

wasmtime-py converts values by reflecting on the type of each value again, and keeps the exception
of a host function in a global of the process. Here calls and callbacks go to the C API directly,
with the converters of `lift` and `lower`. `probe` says whether this release of wasmtime-py has the
features that this was written for.
"""

from __future__ import annotations

import ctypes
import itertools
import reprlib
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import wasmtime
from wasmtime.component import (
    Func,
    FuncType,
    LinkerInstance,
    ResourceAny,
    ResourceType,
    String,
    ValType,
)

from runtime_shim.boundary.context import Context, HostFailure, frames, innermost
from runtime_shim.boundary.layout import SIZE
from runtime_shim.boundary.lift import Readers
from runtime_shim.boundary.lower import FAILURES, Writers
from runtime_shim.boundary.probe import AVAILABLE
from runtime_shim.boundary.reflect import PRIMITIVES
from runtime_shim.boundary.resources import Codec, CodecOf
from runtime_shim.errors import BadArguments, BadValue
from runtime_shim.values import Value

Implementation = Callable[..., Value]
"""A host function: called with the context and the arguments."""

Destructor = Callable[[Context, int], None]


def capi(name: str, restype: Any, *argtypes: Any, quick: bool = True) -> Any:
    """A function of the C API; a `quick` one keeps the interpreter lock while it runs."""
    from wasmtime import _ffi  # the purpose of this file

    library = ctypes.PyDLL(_ffi.dll._name) if quick else _ffi.dll  # noqa: SLF001  # its path
    function = library[name]  # by item: an object of our own, with our own signature
    function.restype, function.argtypes = restype, list(argtypes)
    return function


_P = ctypes.c_void_p
_U32 = ctypes.c_uint32
_SIZE_T = ctypes.c_size_t
_CALLBACK = ctypes.CFUNCTYPE(_SIZE_T, _P, _P, _P, _P, _SIZE_T, _P, _SIZE_T)
_DESTRUCTOR = ctypes.CFUNCTYPE(_SIZE_T, _P, _P, _U32)
_FINALIZER = ctypes.CFUNCTYPE(None, _P)

if AVAILABLE:
    _call = capi("wasmtime_component_func_call", _P, _P, _P, _P, _SIZE_T, _P, _SIZE_T, quick=False)
    _clone = capi("wasmtime_component_val_clone", None, _P, _P)
    _delete = capi("wasmtime_component_val_delete", None, _P)
    _add_func = capi(
        "wasmtime_component_linker_instance_add_func",
        _P,
        _P,
        _P,
        _SIZE_T,
        _CALLBACK,
        _P,
        _FINALIZER,
    )
    _add_resource = capi(
        "wasmtime_component_linker_instance_add_resource",
        _P, _P, _P, _SIZE_T, _P, _DESTRUCTOR, _P, _FINALIZER,
    )  # fmt: skip
    _any_clone = capi("wasmtime_component_resource_any_clone", _P, _P)
    _any_delete = capi("wasmtime_component_resource_any_delete", None, _P)
    _any_drop = capi("wasmtime_component_resource_any_drop", _P, _P, _P)
    _any_to_host = capi("wasmtime_component_resource_any_to_host", _P, _P, _P, _P)
    _host_new = capi("wasmtime_component_resource_host_new", _P, ctypes.c_bool, _U32, _U32)
    _host_to_any = capi("wasmtime_component_resource_host_to_any", _P, _P, _P, _P)
    _host_rep = capi("wasmtime_component_resource_host_rep", _U32, _P)
    _host_delete = capi("wasmtime_component_resource_host_delete", None, _P)
    _error_new = capi("wasmtime_error_new", _P, ctypes.c_char_p)


def new_error(message: bytes) -> int:
    """The address of an error for wasmtime to take."""
    return int(_error_new(message))


def _error(pointer: int) -> wasmtime.WasmtimeError:
    from wasmtime import _ffi  # the purpose of this file

    typed = ctypes.cast(pointer, ctypes.POINTER(_ffi.wasmtime_error_t))
    return wasmtime.WasmtimeError._from_ptr(typed)  # noqa: SLF001  # the purpose of this file


def _address(pointer: Any) -> int:
    return _P.from_buffer(pointer).value or 0  # a cast would tie `pointer` to itself


def concurrency(config: wasmtime.Config, enabled: bool) -> None:
    """Whether components may contain asynchronous functions, streams and futures.

    Only those that do get it: with it, wasmtime 50 ends a guest that lends two resources to one
    host function ("deferred host scope has no call context").
    """
    from wasmtime import _ffi  # the purpose of this file

    _ffi.wasmtime_config_concurrency_support_set(config.ptr(), enabled)
    _ffi.wasmtime_config_wasm_component_model_async_set(config.ptr(), enabled)


def attach(context: Context) -> None:
    """Note the address of the context's store."""
    context.raw = _address(context.store._context())  # noqa: SLF001  # the purpose of this file


class _Access:
    """Handles in memory: see `layout.ResourceAccess`.

    Args:
        lends: Whether it lowers arguments: the host's objects among them return unless given away.
    """

    def __init__(self, *, lends: bool) -> None:
        self._lends = lends

    def lift(self, codec: Codec, context: Context, pointer: int, owned: bool) -> Value:
        """The value of a handle that a guest passed; wasmtime frees the handle's own memory."""
        if codec.number is None:
            return codec.lift(context, _adopt(_any_clone(pointer)), owned)
        return codec.lift(context, _representation(context, pointer), owned)

    def lower(self, codec: Codec, context: Context, value: Value, owned: bool) -> int:
        """The address of a handle; `_release` frees it when the call is over."""
        if codec.number is None:
            address = _any_clone(_address(codec.lower(context, value, owned).ptr()))
        else:
            rep = codec.lower(context, value)
            address = _make(context, rep, codec.number)
            if self._lends:
                context.lent[address] = rep
                if owned:
                    context.moving.append(-address)
        context.temporaries.append(address)
        return int(address)


def _adopt(pointer: int) -> ResourceAny:
    from wasmtime import _ffi  # the purpose of this file

    typed = ctypes.cast(pointer, ctypes.POINTER(_ffi.wasmtime_component_resource_any_t))
    return ResourceAny._from_ptr(typed)  # noqa: SLF001  # the purpose of this file


def _representation(context: Context, pointer: int) -> int:
    """The number of a host resource; also ends the loan of a borrowed one."""
    error = _any_to_host(context.raw, pointer, context.out_address)
    if error:
        raise _error(error)
    host = context.out.value
    rep = int(_host_rep(host))
    _host_delete(host)
    return rep


def _make(context: Context, rep: int, number: int) -> int:
    host = _host_new(True, rep, number)
    error = _host_to_any(context.raw, host, context.out_address)
    _host_delete(host)
    if error:
        raise _error(error)
    return int(context.out.value or 0)


def _release(context: Context, count: int) -> None:
    while len(context.temporaries) > count:
        address = context.temporaries.pop()
        rep = context.lent.pop(address, None) if context.lent else None
        if rep is not None:
            context.table.pop(rep, None)  # first, so that its destructor does nothing
            error = _any_drop(context.raw, address)
            if error:
                _error(error)  # frees it: the guest has trapped
        _any_delete(address)


class Callee:
    """An exported function with its converters; `bind` returns what an instance calls."""

    def __init__(self, ty: FuncType, codecs: CodecOf, *, packed: bool = False) -> None:
        access = _Access(lends=True)
        make = Writers(codecs, access, packed=packed).writer
        self._writers = [make(param) for _, param in ty.params]
        self._names = [name for name, _ in ty.params]
        result = ty.result
        self._read = (
            None if result is None else Readers(codecs, access, packed=packed).single(result)
        )
        self._flat = result is None or _flat(result)

    def bind(self, func: Func) -> Callable[[Context, Sequence[Value]], Value]:
        """The caller of `func`.

        It raises `BadValue` (or what `lower.FAILURES` lists) before anything runs, and
        `WasmtimeError` for a trap.
        """
        raw = func._func  # noqa: SLF001  # the purpose of this file
        address, read = ctypes.addressof(raw), self._read
        writers = tuple(enumerate(self._writers))
        count, result_count, flat = len(writers), 0 if read is None else 1, self._flat
        names = self._names

        def call(context: Context, args: Sequence[Value], keep: Any = raw) -> Value:
            frames(_NEEDED)
            arena, temporaries = context.arena, len(context.temporaries)
            mark = arena.mark()
            try:
                if len(args) != count:
                    raise BadValue("wrong number of arguments")
                at = 0
                try:
                    block = b"".join([w(context, args[at := n]) for n, w in writers])
                except BadArguments as refused:
                    raise BadArguments(f"{names[at]}: {refused}") from None
                params = arena.put(block + _BLANK)
                result = params + len(block)
                if context.moving:
                    context.commit()
                error = _call(address, context.raw, params, count, result, result_count)
                if error:
                    raise _error(error)
                if read is None:
                    return None
                if flat:
                    return read(context, result)
                try:
                    return read(context, result)
                except BadValue as unreadable:  # the guest has run
                    raise HostFailure(f"its result: {unreadable}") from None
                finally:
                    _delete(result)
            finally:
                if context.moving:
                    context.moving.clear()
                if context.lending:
                    context.lending.clear()
                arena.reset(mark)
                if len(context.temporaries) > temporaries:
                    _release(context, temporaries)

        return call


_BLANK = bytes(SIZE)
_NEEDED = 2  # frames for a callback: its own, and that of what makes its error
_copy = ctypes.memmove


def _flat(ty: ValType) -> bool:
    """Whether a value consists only of its 32 bytes: nothing to clone or free."""
    return type(ty) in PRIMITIVES and type(ty) is not String


def define(
    linker: LinkerInstance,
    name: str,
    label: str,
    ty: FuncType,
    lifting: Sequence[CodecOf],
    lowering: CodecOf,
    run: Implementation,
    unfit: Callable[[Context, Any], Any] | None = None,
    *,
    packed: bool = False,
) -> object:
    """Define a host function; whoever has the linker keeps what is returned.

    `unfit` replaces a result that does not fit. `label` is for messages.
    """
    access, types = _Access(lends=False), [param for _, param in ty.params]
    readers = [Readers(of, access, packed=packed) for of in lifting]
    slots = [reader.slot(param) for reader, param in zip(readers, types, strict=True)]
    read = Readers.read_slots(slots)
    result = ty.result
    write = None if result is None else Writers(lowering, access, packed=packed).writer(result)
    flat = result is not None and _flat(result)

    def call(args: int, results: int) -> str | None:
        context = innermost()
        arena, temporaries = context.arena, len(context.temporaries)
        mark = arena.mark()
        try:
            taken, guard = read(context, args), context.guard
            value = run(context, *taken) if guard is None else guard.open(run, context, taken)
            if write is None:
                return None
            try:
                if flat:
                    _copy(results, write(context, value), SIZE)
                else:
                    _clone(arena.put(write(context, value)), results)
            except FAILURES as error:
                if unfit is None:
                    raise BadValue(f"{label} returned {reprlib.repr(value)} ({error})") from None
                _clone(arena.put(write(context, unfit(context, value))), results)
        except BaseException as error:  # noqa: BLE001  # nothing may unwind through wasmtime
            return context.fail(error)
        else:
            return None
        finally:
            arena.reset(mark)
            if len(context.temporaries) > temporaries:
                _release(context, temporaries)

    data, pointer = name.encode(), _address(linker.ptr())
    error = _add_func(pointer, data, len(data), _on_call, _register(call), _on_finalize)
    if error:
        raise _error(error)
    return call


def define_resource(
    linker: LinkerInstance, name: str, ty: ResourceType, destructor: Destructor
) -> object:
    """Define a host resource, as `define`; it is destroyed when the guest drops an own handle."""

    def drop(representation: int, nothing: int) -> str | None:
        context = innermost()
        try:
            if context.guard is None:
                destructor(context, representation)
            else:
                context.guard.open(destructor, context, (representation,))
        except BaseException as error:  # noqa: BLE001  # nothing may unwind through wasmtime
            return context.fail(error)
        return None

    data = name.encode()
    error = _add_resource(
        _address(linker.ptr()),
        data,
        len(data),
        _address(ty.ptr()),
        _on_drop,
        _register(drop),
        _on_finalize,
    )
    if error:
        raise _error(error)
    return drop


# The targets of callbacks from C, by number; wasmtime's finalizer removes an entry. They lead to
# linkers, which would never go if these references were strong.
_callbacks: dict[int, ref[Callable[..., str | None]]] = {}
_numbers = itertools.count(1)


def _register(callback: Callable[..., str | None]) -> int:
    number = next(_numbers)
    _callbacks[number] = ref(callback)
    return number


# What leaves this as an exception would end the process, so nothing does: `signals` keeps away
# what comes from outside, `frames` sees to it that there are frames for them.


def _answer(
    number: int, store: int, ty: int, args: int, count: int, results: int, result_count: int
) -> int:
    try:
        message = _callbacks[number]()(args, results)  # type: ignore[misc]  # it is kept
        return 0 if message is None else new_error(message.encode())
    except BaseException:  # noqa: BLE001  # see above
        return new_error(_BROKEN)


_BROKEN = b"the host failed where the guest called it"
_on_call = _CALLBACK(_answer)
_on_drop = _DESTRUCTOR(lambda number, store, rep: _answer(number, store, 0, rep, 0, 0, 0))


_on_finalize = _FINALIZER(lambda number: _callbacks.pop(number, None) and None)
