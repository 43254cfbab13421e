"""Nest a guest behind our own pollables, so that `poll` can be recorded and can wait for calls.

Python cannot make a `wasi:io` pollable, and the guest sees which pollables are ready, so that must
be the same on replay. So the guest is nested in a component that has the guest's imports and
exports, gives it the adapter's `wasi:io/poll` (`pollables.wat`), and wraps every imported function
that returns a pollable. For an event of the host, the wrapper exchanges a pollable of the host's
choice: the adapter asks `adopt` which event it is.

A component whose imports use pollables other than as a result is left unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import wasmtime

from runtime_shim.adapter import HOST
from runtime_shim.adapter.outside import Unusual, import_all, refs
from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.component_writer import ComponentWriter
from witgen.component.core_writer import CoreComponentWriter, CoreSort, Options
from witgen.component.cursor import Malformed
from witgen.component.writer import Unencodable

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


def wrap(data: bytes) -> bytes | None:
    """`data` nested in the adapter; None if it does not need that or cannot be nested."""
    try:
        guest = read_component(data).type
        polls = [name for name in guest.imports if name.startswith(_POLL)]
        if len(polls) != 1:
            return None
        return _Wrapper(data, guest, polls[0]).build()
    except (Unusual, Malformed, Unencodable):
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


_WRAP = t.FuncType((("real", t.Prim.U32),), t.Prim.U32)
_VIRTUAL = t.Ref(0, t.Space.LOCAL, ("adapter", "pollable"))


class _Wrapper:
    """Writes the outer component."""

    def __init__(self, data: bytes, guest: t.ComponentType, poll: str) -> None:
        self._data = data
        self._guest = guest
        self._poll = poll
        self._types = _Types(guest.imports, t.Ref(0, t.Space.IMPORT, (poll, "pollable")))
        self._out = CoreComponentWriter()
        self._imported: dict[str, int] = {}

    def build(self) -> bytes:
        """The component.

        Raises:
            Unusual: an import uses pollables in a way that cannot be wrapped.
            Unencodable: a type of an import cannot be written.
        """
        out, guest = self._out, self._guest
        self._imported = import_all(out, guest)
        host_type = _host_type(self._types.pollable)
        host = out.import_(HOST, host_type)
        real, real_type = self._real_poll()
        parts = [("real", real_type, real), ("host", host_type, host)]
        adapter = out.instantiate(out.component(_adapter()), parts, "adapter")
        self._wrap = out.lower(out.alias_export(adapter, "wrap", _WRAP), Options())
        self._modules = {kind: out.core_module(_glue(kind)) for kind in _GLUE}
        passed = [
            (name, extern, self._argument(name, extern, adapter))
            for name, extern in guest.imports.items()
        ]
        inner = out.instantiate(out.component(self._data), passed, "guest")
        for name, extern in guest.exports.items():
            index = out.alias_export(inner, name, extern)
            # What mentions resources has to mention those of the outer component.
            named = isinstance(extern, t.FuncType) and refs(extern)
            ascribed = extern if named else None
            out.export(name, index, extern, guest.export_options.get(name), ascribed)
        return b"".join(out.finish())

    def _real_poll(self) -> tuple[int, t.InstanceType]:
        """Wasmtime's functions under plain names; what the guest does not import is never called."""
        out, source = self._out, self._imported[self._poll]
        imported = self._types.members(self._poll)
        types = _real_types(self._types.pollable)
        pollable = t.TypeEq(self._types.pollable)
        items: list[tuple[str, t.Extern, int]] = [
            ("pollable", pollable, out.ref_index(self._types.pollable))
        ]
        missing = [name for name, function in _REAL.items() if function not in imported]
        if missing:
            stub = out.core_instantiate(out.core_module(_stub_module()), [])
            memory = out.core_alias(stub, "memory", CoreSort.MEMORY)
            lists = Options(memory, out.core_alias(stub, "realloc"))
        for name, function in _REAL.items():
            if name in missing:
                core = out.core_alias(stub, name)
                index = out.lift(core, lists if name == "poll" else Options(), types[name])
            else:
                index = out.alias_export(source, function, types[name])
            items.append((name, types[name], index))
        return out.bundle(items), t.InstanceType({name: extern for name, extern, _ in items})

    def _argument(self, name: str, extern: t.Extern, adapter: int) -> int:
        """What the guest gets for an import."""
        if name == self._poll:
            return adapter
        match extern:
            case t.InstanceType(exports):
                members = self._types.members(name)
                if any(self._types.is_pollable(member) for member in members.values()):
                    return self._rewrapped(name, exports)
                functions = [m for m in members.values() if isinstance(m, t.FuncType)]
                if any(map(self._types.mentions, functions)):
                    raise Unusual(f"{name} may use pollables that it does not list")
            case t.FuncType() if self._types.mentions(extern):
                raise Unusual(f"the function {name} cannot be forwarded")
            case _:
                pass
        return self._imported[name]

    def _rewrapped(self, item: str, exports: Mapping[str, t.Extern]) -> int:
        """The imported instance with our pollable, and its functions that return one wrapped.

        An instance assembled from parts cannot contain methods: their resource has no name there.
        So a component with the same imports takes the parts and exports them.
        """
        shim, out = ComponentWriter(), self._out
        indices = import_all(shim, self._guest)
        passed = [(n, e, self._imported[n]) for n, e in self._guest.imports.items()]
        virtual = shim.import_("virtual", t.TypeSub())
        ours = t.Ref(0, t.Space.IMPORT, ("virtual",))
        passed.append(("virtual", t.TypeSub(), out.ref_index(_VIRTUAL)))
        members = self._types.members(item)
        wrapped: dict[str, int] = {}
        for number, (name, member) in enumerate(members.items()):
            if isinstance(member, t.FuncType) and self._types.mentions(member):
                label = f"wrapped-{number}"
                wrapped[name] = shim.import_(label, self._wrapped_type(member, ours))
                outer = self._wrapped_type(member, _VIRTUAL)
                passed.append((label, outer, self._glued(item, name, member, outer)))
        for name, member in members.items():
            if name in wrapped:
                index = wrapped[name]
            elif self._types.is_pollable(member):
                index = virtual
            else:
                index = shim.alias_export(indices[item], name, member)
            # Its types are those that are exported here under the same names.
            ascribed = t.rewrite_extern(exports[name], _one_scope_out)
            typed = isinstance(member, t.FuncType)
            shim.export(name, index, ascribed, None, ascribed if typed else None)
        return out.instantiate(out.component(b"".join(shim.finish())), passed, item)

    def _wrapped_type(self, function: t.FuncType, pollable: t.Ref) -> t.FuncType:
        """The type of a wrapped function: from `self` or a time to our pollable."""
        types = self._types
        match function:
            case t.FuncType(((_, param),), t.Own(t.Ref() as result)) if types.same(result):
                match types.plain(param):
                    case t.Prim.U64:
                        return t.FuncType(function.params, t.Own(pollable))
                    case t.Borrow(t.Ref() as owner) if not types.same(owner):
                        return t.FuncType(function.params, t.Own(pollable))
                    case _:
                        raise Unusual("a parameter that is neither self nor a time")
            case _:
                raise Unusual("pollables are used other than as a result")

    def _glued(self, item: str, name: str, function: t.FuncType, ty: t.FuncType) -> int:
        """A function of the import, its result put through the adapter."""
        out, (_, param) = self._out, function.params[0]
        raw = out.lower(out.alias_export(self._imported[item], name, function), Options())
        functions = [("f", CoreSort.FUNCTION, raw), ("w", CoreSort.FUNCTION, self._wrap)]
        if isinstance(param, t.Borrow):
            drop = out.resource_drop(out.type_index(param.resource))
            functions.append(("d", CoreSort.FUNCTION, drop))
        module = self._modules["self" if isinstance(param, t.Borrow) else "time"]
        glue = out.core_instantiate(module, [("", out.core_bundle(functions))])
        return out.lift(out.core_alias(glue, "g"), Options(), ty)


class _Types:
    """What the imports of a component say of pollables."""

    def __init__(self, imports: Mapping[str, t.Extern], pollable: t.Ref) -> None:
        self._imports = imports
        self.pollable = pollable
        if not isinstance(self._extern(pollable), t.TypeSub):
            raise Unusual("wasi:io/poll without its resource")

    def members(self, item: str) -> dict[str, t.Extern]:
        """The exports of an imported instance, seen from beside it."""
        extern = self._imports[item]
        if not isinstance(extern, t.InstanceType):
            raise Unusual(f"{item} is not an instance")
        return {
            name: t.opened(member, t.Space.IMPORT, (item,))
            for name, member in extern.exports.items()
        }

    def is_pollable(self, member: t.Extern) -> bool:
        """Whether a member is the type `pollable`."""
        return (
            isinstance(member, t.TypeEq)
            and isinstance(member.type, t.Ref)
            and self.same(member.type)
        )

    def plain(self, type: t.ValType) -> t.DefType:
        """What a type is, through equal types."""
        plain: t.DefType = type
        while isinstance(plain, t.Ref):
            extern = self._extern(plain)
            if not isinstance(extern, t.TypeEq):
                break
            plain = extern.type
        return plain

    def same(self, ref: t.Ref) -> bool:
        """Whether a reference leads to the pollable, through equal types."""
        return self.plain(ref) == self.pollable

    def mentions(self, type: t.DefType) -> bool:
        """Whether a type has a pollable in it."""
        return any(ref == self.pollable for ref in self._all_refs(type))

    def _all_refs(self, type: t.DefType) -> Iterator[t.Ref]:
        seen: set[t.Ref] = set()
        left: list[t.DefType] = [type]
        while left:
            for ref in refs(left.pop()):
                if ref not in seen:
                    seen.add(ref)
                    extern = self._extern(ref)
                    if isinstance(extern, t.TypeEq):
                        left.append(extern.type)
        yield from seen

    def _extern(self, ref: t.Ref) -> t.Extern | None:
        """What a reference of the component's own scope names, seen from that scope."""
        if ref.space is not t.Space.IMPORT or ref.up:
            return None
        extern = self._imports.get(ref.path[0])
        for depth, name in enumerate(ref.path[1:], 1):
            if not isinstance(extern, t.InstanceType) or name not in extern.exports:
                return None
            extern = t.opened(extern.exports[name], t.Space.IMPORT, ref.path[:depth])
        return extern


def _one_scope_out(ref: t.Ref) -> t.Ref:
    """A reference inside an instance type, for a component that exports what the instance does."""
    return t.Ref(max(ref.up - 1, 0), ref.space, ref.path)


def _real_types(pollable: t.Ref) -> dict[str, t.FuncType]:
    """The functions of `wasi:io/poll`."""
    borrowed = t.Borrow(pollable)
    return {
        "ready": t.FuncType((("self", borrowed),), t.Prim.BOOL),
        "block": t.FuncType((("self", borrowed),)),
        "poll": t.FuncType((("in", t.List(borrowed)),), t.List(t.Prim.U32)),
    }


def _host_type(pollable: t.Ref) -> t.InstanceType:
    """The type of `HOST`."""
    numbers = t.List(t.Prim.U32)
    own = t.Own(t.Ref(0, t.Space.EXPORT, ("pollable",)))
    return t.InstanceType(
        {
            "pollable": t.TypeEq(t.Ref(1, pollable.space, pollable.path)),
            "slice": t.FuncType((), own),
            "adopt": t.FuncType((), t.Prim.U32),
            "poll": t.FuncType((("items", numbers),), numbers),
            "record": t.FuncType((("ready", numbers),), numbers),
            "look": t.FuncType((("items", numbers),), numbers),
            "ready": t.FuncType((("item", t.Prim.U32), ("real", t.Prim.BOOL)), t.Prim.BOOL),
            "drop": t.FuncType((("item", t.Prim.U32),)),
        }
    )
