"""Putting a guest behind pollables of our own, so that `poll` can be recorded and can wait for calls.

Python cannot make a `wasi:io` pollable, and which pollables are ready is visible to the guest, hence
has to be the same on replay. So the guest is nested in a component that has the guest's imports and
exports, gives it the adapter's `wasi:io/poll` (`pollables.wat`), and wraps every imported function
that returns a pollable. An event of the host is a pollable of the host's choice that the wrapper
exchanges: the adapter asks `adopt` whose it is.

A component that is laid out in an unusual way, or whose imports use pollables otherwise than as a
result, stays as it is.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import wasmtime
from wasmtime.component import U64, BorrowType, Component, FuncType, OwnType, ResourceType, ValType

from runtime_shim.adapter import HOST
from runtime_shim.adapter import binary as b
from runtime_shim.adapter.build import Builder, Types
from runtime_shim.boundary.compile import EngineOptions, engine
from runtime_shim.boundary.reflect import Interface, Shape, holds, shape

_POLL = "wasi:io/poll@0.2."
_GLUE = {
    "time": """(module
      (import "" "f" (func $f (param i64) (result i32)))
      (import "" "w" (func $w (param i32) (result i32)))
      (func (export "g") (param i64) (result i32) (call $w (call $f (local.get 0)))))""",
    # A borrowed `self` has to be given back.
    "self": """(module
      (import "" "f" (func $f (param i32) (result i32)))
      (import "" "w" (func $w (param i32) (result i32)))
      (import "" "d" (func $d (param i32)))
      (func (export "g") (param i32) (result i32) (local i32)
        (local.set 1 (call $w (call $f (local.get 0))))
        (call $d (local.get 0))
        (local.get 1)))""",
}


def wrap(data: bytes, options: EngineOptions) -> bytes | None:
    """`data` behind the adapter; None where it needs none or cannot be put behind it."""
    try:
        outline = b.outline(data)
        polls = [item for item in outline.imports if item.name.startswith(_POLL)]
        if len(polls) != 1 or polls[0].sort != b.INSTANCE_SORT:
            return None
        # Its imports alone are a component too: that one compiles in no time.
        probe = Component(engine(options), b.PREAMBLE + outline.prefix)
        return _Wrapper(data, outline, shape(probe, engine(options)), polls[0].name).build()
    except (b.Unreadable, wasmtime.WasmtimeError):
        return None


_REAL = {
    "ready": "[method]pollable.ready",
    "block": "[method]pollable.block",
    "poll": "poll",
}
_STUB = """(module (memory (export "memory") 1)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "ready") (param i32) (result i32) unreachable)
  (func (export "block") (param i32) unreachable)
  (func (export "poll") (param i32 i32) (result i32) unreachable))"""


@cache
def _stub_module() -> bytes:
    return bytes(wasmtime.wat2wasm(_STUB))


@cache
def _adapter() -> bytes:
    text = files("runtime_shim.adapter").joinpath("pollables.wat").read_text("utf-8")
    return bytes(wasmtime.wat2wasm(text))


@cache
def _glue(kind: str) -> bytes:
    return bytes(wasmtime.wat2wasm(_GLUE[kind]))


class _Wrapper:
    """Writes the outer component."""

    def __init__(self, data: bytes, outline: b.Outline, imports: Shape, poll: str) -> None:
        pollable = imports.imports[poll].resources.get("pollable")
        if pollable is None:
            raise b.Unreadable("wasi:io/poll without its resource")
        self._guest = data
        self._outline = outline
        self._shape = imports
        self._poll = poll
        self._pollable: ResourceType = pollable
        self._imports = {item.name: item for item in outline.imports}
        self._out = Builder(outline)

    def build(self) -> bytes:
        """The component.

        Raises:
            Unreadable: an import uses pollables in a way that cannot be wrapped.
        """
        out = self._out
        real = out.alias(b.TYPE_SORT, self._imports[self._poll].index, "pollable")
        host = out.import_(HOST, b.INSTANCE_SORT, b.u32(out.type(_host_type(real))))
        arguments = [("real", b.INSTANCE_SORT, self._real_poll(real))]
        arguments.append(("host", b.INSTANCE_SORT, host))
        adapter = out.instantiate(out.component(_adapter()), arguments)
        self._virtual = out.alias(b.TYPE_SORT, adapter, "pollable")
        self._wrap = out.lower(out.alias(b.FUNC, adapter, "wrap"))
        self._modules = {kind: out.core_module(_glue(kind)) for kind in _GLUE}
        passed = [
            (item.name, item.sort, self._argument(item, adapter)) for item in self._outline.imports
        ]
        guest = out.instantiate(out.component(self._guest), passed)
        for name, sort in self._outline.exports:
            out.export(name, sort, out.alias(sort, guest, name))
        return out.encoded

    def _real_poll(self, real: int) -> int:
        """Wasmtime's functions under plain names; what the guest does not import is never called."""
        out, source = self._out, self._imports[self._poll].index
        imported = self._shape.imports[self._poll].functions
        items = [("pollable", b.TYPE_SORT, real)]
        missing = [name for name, function in _REAL.items() if function not in imported]
        if missing:
            stub = out.core_instance(out.core_module(_stub_module()), {})
            out.core_memory(stub, "memory")
            realloc = out.core_function(stub, "realloc")
        for name, function in _REAL.items():
            if name in missing:
                core = out.core_function(stub, name)
                options = [b"\3\0", b"\4" + b.u32(realloc)] if name == "poll" else []
                index = out.lift(core, self._stub_type(name, real), options)
            else:
                index = out.alias(b.FUNC, source, function)
            items.append((name, b.FUNC, index))
        return out.bundle(items)

    def _stub_type(self, name: str, real: int) -> int:
        borrow = b.s33(self._out.type(b"\x68" + b.u32(real)))
        if name == "poll":
            param = b.s33(self._out.type(b"\x70" + borrow))
            result = b"\0" + b.s33(self._out.type(b"\x70\x79"))
            return self._out.type(b"\x40" + b.vector([b.name("in") + param]) + result)
        result = b"\0\x7f" if name == "ready" else b"\1\0"
        return self._out.type(b"\x40" + b.vector([b.name("self") + borrow]) + result)

    def _argument(self, item: b.Import, adapter: int) -> int:
        """What the guest gets for an import."""
        if item.name == self._poll:
            return adapter
        if item.sort == b.INSTANCE_SORT:
            interface = self._shape.imports[item.name]
            if any(ty == self._pollable for ty in interface.resources.values()):
                return self._rewrapped(item, interface)
            if any(f.raw is None or self._mentions(f.raw) for f in interface.functions.values()):
                raise b.Unreadable(f"{item.name} may use pollables that it does not list")
        elif item.sort == b.FUNC:
            raw = self._shape.imports[""].functions[item.name].raw
            if raw is None or self._mentions(raw):
                raise b.Unreadable(f"the function {item.name} cannot be passed on")
        return item.index

    def _mentions(self, raw: FuncType) -> bool:
        """Whether a function's type has a pollable in it."""
        parts = [ty for _, ty in raw.params]
        if raw.result is not None:
            parts.append(raw.result)
        return any(holds(ty, self._pollable) for ty in parts)

    def _rewrapped(self, item: b.Import, interface: Interface) -> int:
        """The imported instance with our pollable, its functions that return one wrapped.

        An instance put together from its parts cannot hold methods: their resource has no name
        there. So a component with the same imports takes the parts and exports them.
        """
        shim, out = Builder(self._outline), self._out
        virtual = shim.import_("virtual", b.TYPE_SORT, b"\1")
        passed = [(i.name, i.sort, i.index) for i in self._outline.imports]
        passed.append(("virtual", b.TYPE_SORT, self._virtual))
        wrapped: dict[str, int] = {}
        for number, (name, function) in enumerate(interface.functions.items()):
            if function.raw is None:
                raise b.Unreadable(f"{name} of {item.name} has a type that cannot be read")
            if self._mentions(function.raw):
                inner = self._result_type(shim, item, interface, function.raw, virtual)
                label = f"wrapped-{number}"
                wrapped[name] = shim.import_(label, b.FUNC, b.u32(inner))
                passed.append((label, b.FUNC, self._glued(item, interface, name, function.raw)))
        named: list[tuple[ValType | ResourceType, int]] = []
        for name, ty in interface.types.items():
            ours = ty == self._pollable
            index = virtual if ours else shim.alias(b.TYPE_SORT, item.index, name)
            named.append((ty, shim.export(name, b.TYPE_SORT, index)))
        types = Types(shim, named)
        for name, function in interface.functions.items():
            if function.raw is None:  # seen above
                continue
            index = wrapped[name] if name in wrapped else shim.alias(b.FUNC, item.index, name)
            shim.export(name, b.FUNC, index, types.function(function.raw))
        return out.instantiate(out.component(shim.encoded), passed)

    def _result_type(
        self, out: Builder, item: b.Import, interface: Interface, raw: FuncType, pollable: int
    ) -> int:
        """The type of a wrapped function, in `out`: `self` or a time to our pollable."""
        result = raw.result
        plain = len(raw.params) == 1 and not holds(raw.params[0][1], self._pollable)
        if not plain or not isinstance(result, OwnType) or result.ty != self._pollable:
            raise b.Unreadable(f"{item.name} uses pollables otherwise than as a result")
        name, param = raw.params[0]
        if isinstance(param, U64):
            encoded = b"\x77"
        elif isinstance(param, BorrowType):
            encoded = b.s33(out.type(b"\x68" + b.u32(_self(out, item, interface, param))))
        else:
            raise b.Unreadable(f"{item.name} has a parameter that is neither self nor a time")
        own = b.s33(out.type(b"\x69" + b.u32(pollable)))
        return out.type(b"\x40" + b.vector([b.name(name) + encoded]) + b"\0" + own)

    def _glued(self, item: b.Import, interface: Interface, name: str, raw: FuncType) -> int:
        """A function of the import, its result put through the adapter."""
        out, param = self._out, raw.params[0][1]
        ty = self._result_type(out, item, interface, raw, self._virtual)
        functions = {"f": out.lower(out.alias(b.FUNC, item.index, name)), "w": self._wrap}
        if isinstance(param, BorrowType):
            functions["d"] = out.resource_drop(_self(out, item, interface, param))
        module = self._modules["self" if isinstance(param, BorrowType) else "time"]
        return out.lift(out.core_function(out.core_instance(module, functions), "g"), ty, [])


def _self(out: Builder, item: b.Import, interface: Interface, param: BorrowType) -> int:
    """The type of a borrowed resource, in `out`."""
    owner = next((n for n, ty in interface.resources.items() if ty == param.ty), None)
    if owner is None:
        raise b.Unreadable(f"{item.name} borrows a resource that it does not list")
    return out.alias(b.TYPE_SORT, item.index, owner)


def _instance_type(declarations: list[bytes]) -> bytes:
    return b"\x42" + b.vector(declarations)


def _func(params: list[tuple[str, bytes]], result: bytes | None) -> bytes:
    """A function type as a declaration of an instance type."""
    encoded = b.vector([b.name(name) + ty for name, ty in params])
    return b"\x01\x40" + encoded + (b"\x01\0" if result is None else b"\0" + result)


def _export_func(name: str, ty: int) -> bytes:
    return b"\x04" + b.extern_name(name) + b"\x01" + b.u32(ty)


def _host_type(real: int) -> bytes:
    """The type of `HOST`, over the outer type `real`."""
    return _instance_type(
        [
            b"\x02\x03\x02\x01" + b.u32(real),  # 0: alias outer 1
            b"\x04" + b.extern_name("pollable") + b"\x03\0\0",  # 1: eq 0
            b"\x01\x69\x01",  # 2: own 1
            b"\x01\x70\x79",  # 3: list u32
            _func([], b"\x02"),  # 4
            _export_func("slice", 4),
            _func([], b"\x79"),  # 5
            _export_func("adopt", 5),
            _func([("items", b"\x03")], b"\x03"),  # 6
            _export_func("poll", 6),
            _func([("ready", b"\x03")], b"\x03"),  # 7
            _export_func("record", 7),
            _func([("items", b"\x03")], b"\x03"),  # 8
            _export_func("look", 8),
            _func([("item", b"\x79"), ("real", b"\x7f")], b"\x7f"),  # 9
            _export_func("ready", 9),
            _func([("item", b"\x79")], None),  # 10
            _export_func("drop", 10),
        ]
    )
