"""Byte lists as strings of one character a byte, in types.

wasmtime's C API moves a `list<u8>` as one value of 32 bytes an element, and a string as a block. In
memory both are an address and a length, so a type with the one in place of the other describes the
same bytes. A `tuple<string>` has the layout of its string and hardly any interface has one, so that
is what stands for bytes; a component that has one of its own is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from runtime_shim.adapter.outside import Unusual
from witgen.component import types as t

BYTES = t.List(t.Prim.U8)
PACKED = t.Tuple((t.Prim.STRING,))

_MOST = 20_000  # parts of the types of one component, written out
_DEEPEST = 120
_CORE = {t.Prim.U64: "i64", t.Prim.S64: "i64", t.Prim.F32: "f32", t.Prim.F64: "f64"}


def pack(extern: t.Extern) -> t.Extern:
    """An import or export with bytes packed; itself if it has none.

    Raises:
        Unusual: It has a `tuple<string>`.
    """
    match extern:
        case t.FuncType(params, result, is_async):
            packed = tuple([(name, _pack(type)) for name, type in params])
            return t.FuncType(packed, None if result is None else _pack(result), is_async)
        case t.TypeEq(type) if not isinstance(type, t.FuncType | t.InstanceType | t.ComponentType):
            return t.TypeEq(_pack(type))
        case t.InstanceType(exports, options):
            return t.InstanceType({n: pack(member) for n, member in exports.items()}, options)
        case _:
            return extern


def _pack(type: t.ValType, depth: int = 0) -> t.ValType:
    if type == BYTES:
        return PACKED
    if type == PACKED or depth > _DEEPEST:
        raise Unusual("a type that bytes are packed as, or one that is nested too deeply")
    old = t.parts(type)
    new = [None if part is None else _pack(part, depth + 1) for part in old]
    return type if list(old) == new else t.of_parts(type, new)


class Scope:
    """What a component's own names stand for."""

    def __init__(self, imports: Mapping[str, t.Extern], exports: Mapping[str, t.Extern]) -> None:
        self.imports = imports
        self.exports = exports
        self._left = _MOST
        self._known: dict[t.Ref, t.ValType] = {}

    def written_out(self, type: t.ValType) -> t.ValType:
        """A type without names but those of resources, each by its owner's.

        Raises:
            Unusual: It is too large, or has a name that is not the component's own.
        """
        self._left -= 1
        if self._left < 0:
            raise Unusual("types that are too large")
        if isinstance(type, t.Ref):
            known = self._known.get(type)
            if known is None:
                known = self._known[type] = self._definition(type)
            else:
                self._left -= t.weight(known)
            return known
        return t.of_parts(
            type, [None if part is None else self.written_out(part) for part in t.parts(type)]
        )

    def function(self, type: t.FuncType) -> t.FuncType:
        """`written_out` for functions."""
        params = tuple([(name, self.written_out(param)) for name, param in type.params])
        result = None if type.result is None else self.written_out(type.result)
        return t.FuncType(params, result, type.is_async)

    def value(self, extern: t.TypeEq) -> t.ValType | None:
        """`written_out` for what a name is equal to; None if that is not the type of a value."""
        if isinstance(extern.type, t.FuncType | t.InstanceType | t.ComponentType):
            return None
        return self.written_out(extern.type)

    def _definition(self, ref: t.Ref) -> t.ValType:
        match self._extern(ref):
            case t.TypeSub():
                return ref
            case t.TypeEq() as named if (found := self.value(named)) is not None:
                return found
            case _:
                raise Unusual(f"`{'.'.join(ref.path)}` is not the type of a value")

    def _extern(self, ref: t.Ref) -> t.Extern | None:
        if ref.up or ref.space is t.Space.LOCAL:
            return None
        items = self.imports if ref.space is t.Space.IMPORT else self.exports
        extern = items.get(ref.path[0])
        for depth, name in enumerate(ref.path[1:], 1):
            if not isinstance(extern, t.InstanceType) or name not in extern.exports:
                return None
            extern = t.opened(extern.exports[name], ref.space, ref.path[:depth])
        return extern


def flat(type: t.ValType) -> list[str]:
    """The core types that a type without names is passed as.

    Raises:
        Unusual: It cannot be passed without being asynchronous, or has too many.
    """
    match type:
        case t.Prim.STRING | t.List() | t.Map():
            return ["i32", "i32"]
        case t.Prim():
            return [_CORE.get(type, "i32")]
        case t.Own() | t.Borrow() | t.Enum():
            return ["i32"]
        case t.Flags(names):
            return ["i32"] * ((len(names) + 31) // 32)
        case t.FixedList(inner, length):
            return _bounded(flat(inner) * min(length, _MOST))
        case t.Record() | t.Tuple():
            found = [[] if part is None else flat(part) for part in t.parts(type)]
            return _bounded([core for cores in found for core in cores])
        case t.Option() | t.Result() | t.Variant():
            joined: list[str] = []
            for payload in t.parts(type):
                cores = [] if payload is None else flat(payload)
                shared = [_join(a, b) for a, b in zip(joined, cores, strict=False)]
                joined = shared + joined[len(shared) :] + cores[len(shared) :]
            return ["i32", *joined]
        case _:
            raise Unusual("a stream or a future")


def _bounded(cores: list[str]) -> list[str]:
    if len(cores) > _MOST:
        raise Unusual("a value with too many parts")
    return cores


def _join(a: str, b: str) -> str:
    if a == b:
        return a
    return "i32" if {a, b} == {"i32", "f32"} else "i64"
