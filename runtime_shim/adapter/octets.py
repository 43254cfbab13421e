"""Nest a guest so that its byte lists reach the host as strings of one character a byte.

wasmtime's C API moves a `list<u8>` element by element, which takes 0.35 s and more than 100 MB for a
megabyte, and a string as a block. So the guest is nested in a component with the same imports and
exports, in whose types `packed.PACKED` stands for bytes; in between every function that has some is
converted by `glue`, which changes types and copies blocks. WASI stays as it is: wasmtime provides it.

A component that cannot be nested is left unchanged, and its byte lists are moved element by element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runtime_shim.adapter import HOST
from runtime_shim.adapter.glue import Converter, Job
from runtime_shim.adapter.outside import Unusual, import_all, refs
from runtime_shim.adapter.packed import Scope, packed
from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.component_writer import ComponentWriter
from witgen.component.core_writer import CoreComponentWriter
from witgen.component.cursor import Malformed
from witgen.component.writer import Unencodable

_OTHERS = ("wasi:", HOST.partition("/")[0])
_GUEST = "guest"
_Known = dict[tuple[t.Space, str], tuple[t.Extern, int]]


def wrap(data: bytes) -> bytes | None:
    """`data` nested so that bytes are packed; None if it has none or cannot be nested."""
    try:
        guest = read_component(data).type
        scope = Scope(guest.imports, guest.exports)
        outside = t.ComponentType(
            _packed(scope, t.Space.IMPORT, guest.imports),
            _packed(scope, t.Space.EXPORT, guest.exports),
            guest.import_options,
            guest.export_options,
        )
        if outside == guest:
            return None
        return _Wrapper(data, guest, outside).build()
    except (Unusual, Malformed, Unencodable, RecursionError):
        return None


def _packed(scope: Scope, space: t.Space, items: Mapping[str, t.Extern]) -> dict[str, t.Extern]:
    return {
        name: extern if name.startswith(_OTHERS) else packed(scope, space, (name,), extern)
        for name, extern in items.items()
    }


@dataclass(frozen=True, slots=True)
class _Side:
    """The imports or the exports: as what is at hand has them, and as they are wanted.

    Attributes:
        space: Which of both.
        have: The scope of what is at hand.
        want: The scope of what is wanted.
    """

    space: t.Space
    have: Scope
    want: Scope

    @staticmethod
    def _items(scope: Scope, space: t.Space) -> Mapping[str, t.Extern]:
        return scope.imports if space is t.Space.IMPORT else scope.exports

    @property
    def wanted(self) -> Mapping[str, t.Extern]:
        """What is wanted, by name."""
        return self._items(self.want, self.space)

    @property
    def found(self) -> Mapping[str, t.Extern]:
        """What is at hand, by name."""
        return self._items(self.have, self.space)

    def changes(self) -> Iterator[tuple[tuple[str, ...], t.FuncType | None]]:
        """The path of each type and function that changes, and a function's wanted type."""
        for name, extern in self.wanted.items():
            found = self.found[name]
            if isinstance(extern, t.InstanceType):
                assert isinstance(found, t.InstanceType)  # packing changes value types only
                for member, inner in extern.exports.items():
                    yield from self._change((name, member), found.exports[member], inner)
            else:
                yield from self._change((name,), found, extern)

    def _change(
        self, path: tuple[str, ...], found: t.Extern, wanted: t.Extern
    ) -> Iterator[tuple[tuple[str, ...], t.FuncType | None]]:
        match self._seen(found, path), self._seen(wanted, path):
            case (t.FuncType() as before, t.FuncType() as after):
                type = self.want.function(after)
                if type != self.have.function(before):
                    yield path, type
            case (t.TypeEq() as before, t.TypeEq() as after):
                if self.have.value(before) != self.want.value(after):
                    yield path, None
            case (t.InstanceType(), _) if found != wanted:
                raise Unusual("bytes in an instance inside of an instance")
            case _:
                pass

    def _seen(self, extern: t.Extern, path: tuple[str, ...]) -> t.Extern:
        return t.opened(extern, self.space, path[:-1]) if len(path) > 1 else extern


class _Wrapper:
    """Writes the outer component."""

    def __init__(self, data: bytes, guest: t.ComponentType, packed: t.ComponentType) -> None:
        self._data = data
        self._guest = guest
        self._packed = packed
        inner, outer = (Scope(side.imports, side.exports) for side in (guest, packed))
        self._imports = _Side(t.Space.IMPORT, outer, inner)
        self._exports = _Side(t.Space.EXPORT, inner, outer)
        self._out = CoreComponentWriter()

    def build(self) -> bytes:
        """The component.

        Raises:
            Unusual: A function cannot be converted.
            Unencodable: A type of an import cannot be written.
        """
        out, guest = self._out, self._guest
        outside = import_all(out, self._packed)
        converter = Converter(out)
        passed = self._given(converter, self._imports, outside, {})
        arguments = [(name, extern, passed[name]) for name, extern in guest.imports.items()]
        inner = out.instantiate(out.component(self._data), arguments, _GUEST)
        inside = {
            name: out.alias_export(inner, name, extern) for name, extern in guest.exports.items()
        }
        known: _Known = {
            (t.Space.IMPORT, name): (extern, outside[name])
            for name, extern in self._packed.imports.items()
        }
        self._given(converter, self._exports, inside, known)
        return b"".join(out.finish())

    def _given(
        self, converter: Converter, side: _Side, found: Mapping[str, int], known: _Known
    ) -> dict[str, int]:
        """The index of each item as it is wanted; those of the exports are exported.

        Args:
            converter: What converts functions.
            side: The items.
            found: The index of each item at hand.
            known: What the types of wanted items may refer to; they are added as they come.
        """
        out, outward = self._out, side.space is t.Space.EXPORT
        changes = dict(side.changes())
        jobs = {
            path: Job(self._source(side, found, path), t.rewrite_func(type, _relocated))
            for path, type in changes.items()
            if type is not None
        }
        indices = converter.convert(list(jobs.values()), outward=outward) if jobs else []
        converted = dict(zip(jobs, indices, strict=True))
        touched = {path[0] for path in changes}
        given: dict[str, int] = {}
        for name, extern in side.wanted.items():
            index = found[name]
            match extern:
                case t.FuncType() if name in touched:
                    index = converted[name,]
                case t.TypeEq() if name in touched:
                    index = self._type(side, extern)
                case t.InstanceType() if name in touched:
                    index = self._assembled(side, name, found[name], known, converted)
                case _:
                    pass
            if outward:
                # What mentions resources has to mention those of the outer component.
                own = extern if isinstance(extern, t.FuncType) and refs(extern) else None
                typed = _of_guest(name, extern) if name in touched else own
                options = self._packed.export_options.get(name)
                index = out.export(name, index, extern, options, typed)
            known[side.space, name] = extern, index
            given[name] = index
        return given

    def _source(self, side: _Side, found: Mapping[str, int], path: tuple[str, ...]) -> int:
        """The function at hand."""
        extern = side.found[path[0]]
        if len(path) == 1:
            return found[path[0]]
        assert isinstance(extern, t.InstanceType)  # it has members
        return self._out.alias_export(found[path[0]], path[1], extern.exports[path[1]])

    def _type(self, side: _Side, extern: t.TypeEq) -> int:
        """The index of a type as it is wanted, without names."""
        type = side.want.value(extern)
        if type is None:
            raise Unusual("a type that is not the type of a value")
        return self._out.type_index(t.rewrite_value(type, _relocated))

    def _assembled(
        self,
        side: _Side,
        item: str,
        found: int,
        known: _Known,
        converted: Mapping[tuple[str, ...], int],
    ) -> int:
        """An instance as it is wanted, of converted functions and what stays.

        An instance of parts cannot contain methods: their resource has no name there. So a component
        takes the parts and exports them.
        """
        out, shim = self._out, ComponentWriter()
        wanted, source = side.wanted[item], side.found[item]
        assert isinstance(wanted, t.InstanceType)
        assert isinstance(source, t.InstanceType)
        labels = {root: f"root-{n}" for n, root in enumerate(_roots(wanted, known))}
        parts = {member: f"part-{n}" for n, member in enumerate(wanted.exports)}

        def root(ref: t.Ref) -> t.Ref:
            return t.Ref(0, t.Space.IMPORT, (labels[ref.space, ref.path[0]], *ref.path[1:]))

        def imported(ref: t.Ref) -> t.Ref:
            if ref.up:
                return root(t.Ref(ref.up - 1, ref.space, ref.path))
            return t.Ref(0, t.Space.IMPORT, (parts[ref.path[0]], *ref.path[1:]))

        def exported(ref: t.Ref) -> t.Ref:
            return root(t.Ref(ref.up - 1, ref.space, ref.path)) if ref.up else ref

        arguments = []
        for key, label in labels.items():
            extern, index = known[key]
            shim.import_(label, t.rewrite_extern(extern, root))
            arguments.append((label, extern, index))
        indices = {}
        for member, extern in wanted.exports.items():
            indices[member] = shim.import_(parts[member], t.rewrite_extern(extern, imported))
            match t.opened(extern, side.space, (item,)):
                case t.FuncType():
                    part = converted.get((item, member))
                    if part is None:
                        part = out.alias_export(found, member, source.exports[member])
                case t.TypeSub():
                    resource = t.Ref(0, side.space, (item, member))
                    part = out.ref_index(_relocated(resource))
                case t.TypeEq() as type:
                    part = self._type(side, type)
                case _:
                    raise Unusual("an instance inside of an instance")
            arguments.append((parts[member], extern, part))
        for member, extern in wanted.exports.items():
            typed = t.rewrite_extern(extern, exported)
            options = wanted.options.get(member)
            ascribed = typed if isinstance(typed, t.FuncType) else None
            shim.export(member, indices[member], typed, options, ascribed)
        made = out.component(b"".join(shim.finish()))
        return out.instantiate(made, arguments, f"{side.space} {item}")


def _roots(wanted: t.Extern, known: _Known) -> list[tuple[t.Space, str]]:
    """What the types of an item refer to, directly and through that, in order of declaration."""
    needed: set[tuple[t.Space, str]] = set()
    left = refs(wanted)
    while left:
        ref = left.pop()
        key = ref.space, ref.path[0]
        if key not in known:
            raise Unusual(f"`{ref.path[0]}` is not declared before it is used")
        if key not in needed:
            needed.add(key)
            left += refs(known[key][0])
    return [key for key in known if key in needed]


def _of_guest(item: str, extern: t.Extern) -> t.Extern:
    """An export's type, its own resources being those of the guest: an export names its types."""
    if not isinstance(extern, t.InstanceType):
        return extern
    exports = {
        name: (
            t.TypeEq(t.Ref(1, t.Space.LOCAL, (_GUEST, item, name)))
            if isinstance(member, t.TypeSub)
            else member
        )
        for name, member in extern.exports.items()
    }
    return t.InstanceType(exports, extern.options)


def _relocated(ref: t.Ref) -> t.Ref:
    """A resource of the guest's own scope, as the outer component knows it."""
    if ref.space is t.Space.EXPORT:
        return t.Ref(0, t.Space.LOCAL, (_GUEST, *ref.path))
    return ref
