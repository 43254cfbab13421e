"""Byte lists as strings of one character a byte, in types.

wasmtime's C API moves a `list<u8>` as one value of 32 bytes an element, and a string as a block. In
memory both are an address and a length, so a type with the one in place of the other describes the
same bytes. A `tuple<string>` has the layout of its string and hardly any interface has one, so that
is what stands for bytes; a component that has one of its own is left as it is.

All strings of a function have one encoding, so its other strings are treated likewise: as the bytes of their
UTF-8, with two tuples around them. Transcoding them instead would need a guest that can make a
block longer or shorter, and those of componentize-py cannot. Strings inside of types with names are
not rewritten: such types may be those of other functions as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from runtime_shim.adapter.outside import Unusual
from witgen.component import types as t

BYTES = t.List(t.Prim.U8)
PACKED = t.Tuple((t.Prim.STRING,))
TEXT = t.Tuple((PACKED,))

_MOST = 20_000  # parts of the types of one component, written out
_DEEPEST = 120
_CORE = {t.Prim.U64: "i64", t.Prim.S64: "i64", t.Prim.F32: "f32", t.Prim.F64: "f64"}


def packed(scope: Scope, space: t.Space, path: tuple[str, ...], extern: t.Extern) -> t.Extern:
    """An import or export with bytes packed; itself if it has none.

    Args:
        scope: The component's own.
        space: Whether it is imported or exported.
        path: Its name, that of the instance before it where it is a member.
        extern: The import, export or member.

    Raises:
        Unusual: It has a `tuple<string>`, or bytes that cannot be packed in a type with a name.
    """
    match extern:
        case t.FuncType():
            return _packed_function(scope, space, path, extern)
        case t.TypeEq(type) if not isinstance(type, t.FuncType | t.InstanceType | t.ComponentType):
            return t.TypeEq(_pack(type, {BYTES: PACKED}))
        case t.InstanceType(exports, options):
            members = {
                name: packed(scope, space, (*path, name), member)
                for name, member in exports.items()
            }
            return t.InstanceType(members, options)
        case _:
            return extern


def _packed_function(
    scope: Scope, space: t.Space, path: tuple[str, ...], type: t.FuncType
) -> t.FuncType:
    seen = t.opened_func(type, space, path[:-1]) if path[1:] else type
    whole = _parts_of(scope.function(seen))
    _refuse_marks(whole)
    if BYTES not in whole:
        return type
    inline = _mapped(type, {BYTES: PACKED, t.Prim.STRING: TEXT})
    outer = t.opened_func(inline, space, path[:-1]) if path[1:] else inline
    if t.Prim.STRING in _parts_of(scope.function(_without_marks(outer))):  # behind a name
        if BYTES in _parts_of(scope.function(_without_marks(outer))):
            raise Unusual("bytes and strings in types with names")
        return type
    return inline


def _without_marks(type: t.FuncType) -> t.FuncType:
    return _mapped(type, {PACKED: t.Prim.BOOL, TEXT: t.Prim.BOOL})


def _mapped(type: t.FuncType, changes: Mapping[t.ValType, t.ValType]) -> t.FuncType:
    params = tuple([(name, _pack(param, changes)) for name, param in type.params])
    result = None if type.result is None else _pack(type.result, changes)
    return t.FuncType(params, result, type.is_async)


def _parts_of(type: t.FuncType) -> set[t.ValType]:
    """Each type that a function's types are made of."""
    found: set[t.ValType] = set()
    left = [param for _, param in type.params] + ([] if type.result is None else [type.result])
    while left:
        part = left.pop()
        if part not in found:
            found.add(part)
            left += [inner for inner in t.parts(part) if inner is not None]
    return found


def _refuse_marks(types: set[t.ValType]) -> None:
    if PACKED in types:
        raise Unusual("the type that bytes are packed as")


def _pack(type: t.ValType, changes: Mapping[t.ValType, t.ValType], depth: int = 0) -> t.ValType:
    changed = changes.get(type)
    if changed is not None:
        return changed
    if depth > _DEEPEST:
        raise Unusual("a type that is nested too deeply")
    old = t.parts(type)
    new = [None if part is None else _pack(part, changes, depth + 1) for part in old]
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
