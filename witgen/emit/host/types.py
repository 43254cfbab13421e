"""The types of a client as classes for a program that embeds the host."""

from __future__ import annotations

from dataclasses import field
from typing import assert_never

from witgen.client import Client
from witgen.client.kinds import children, definition
from witgen.emit.host.shared import Digests, SharedTypes
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import ImportSet, NameAllocator, camel, shouting, snake
from witgen.emit.pycode.pretty import WIDTH, Expr, assigned, layout, subscript
from witgen.emit.types import handle_types, is_option, mentioned, named_types
from witgen.resolve import model as m
from witgen.value import state

TYPED = "runtime_shim.typed"
HIDING = frozenset(
    (
        *("bool", "bytes", "float", "int", "list", "str", "tuple"),
        *("classmethod", "datetime", "property", "staticmethod"),
    )
)
"""What annotations and decorators in a class mean, so that no member may have these names."""

_ANNOTATIONS = {
    m.Prim.BOOL: "bool",
    m.Prim.F32: "float",
    m.Prim.F64: "float",
    m.Prim.CHAR: "str",
    m.Prim.STRING: "str",
}
_PLAIN_NAMES = ("COMPONENT",)


def since(stability: m.Stability) -> str | None:
    """What is said of something that is deprecated."""
    version = None if stability is None else stability.deprecated
    return None if version is None else f"Deprecated since {version}."


def documented(docs: str | None, stability: m.Stability) -> str:
    """Documentation, which says what is deprecated."""
    return "\n\n".join(part for part in (docs, since(stability)) if part)


@state
class HostTypes:
    """The names of a module's classes, and how types are written in it.

    Attributes:
        resolve: The client's.
        scope: The names of the module.
        imports: Its imports.
        named: The declarations of its data types, dependencies first.
        classes: The class, or alias, of each declaration and each client resource.
        members: The fields, cases, members of an enum or flags, in order.
        handles: The types whose values hold resources.
        hosted: The resources that the program itself implements: their values are its objects.
        methods: The methods that the objects of each of these have.
        homes: The module of each declaration and resource, where there are several modules.
        constants: What the host sees of each declaration that another module defines.
        unfolding: Whether a type is written with results, as far as it was asked.
    """

    resolve: m.Resolve
    scope: NameAllocator
    imports: ImportSet
    named: tuple[m.TypeId, ...]
    classes: dict[m.TypeId, str] = field(default_factory=dict)
    members: dict[m.TypeId, tuple[str, ...]] = field(default_factory=dict)
    handles: frozenset[m.TypeId] = frozenset()
    hosted: frozenset[m.TypeId] = frozenset()
    methods: dict[m.TypeId, tuple[str, ...]] = field(default_factory=dict)
    homes: dict[m.TypeId, str] = field(default_factory=dict)
    constants: dict[m.TypeId, str] = field(default_factory=dict)
    unfolding: dict[m.TypeId, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Each module says which interface it was made for (`templates/interface.j2`)."""
        self.shim("made_for")

    @staticmethod
    def of(client: Client, shared: SharedTypes) -> HostTypes:
        """Choose all names; resources first, then types, then the cases of variants.

        What is `shared` has its names already.
        """
        scope = NameAllocator()
        scope.reserve(_PLAIN_NAMES)
        roots = tuple(mentioned(client))
        handles = handle_types(client.resolve, roots)
        named = tuple(named_types(client.resolve, roots))
        types = HostTypes(client.resolve, scope, ImportSet(scope), named, handles=handles)
        types.share(shared)
        for resource in client.resources:
            types.classes[resource.resource] = scope.take(camel(resource.name))
        own = [ref for ref in named if ref not in types.constants]
        for ref in own:
            types.classes[ref] = scope.take(camel(types.name(ref)))
        for ref in own:
            types.members[ref] = types.name_members(ref)
        return types

    def share(self, shared: SharedTypes) -> None:
        """Take the types without resources that another module defines from there."""
        digests = Digests(self.resolve)
        for ref in self.named:
            found = None if ref in self.handles else shared.get(digests.of(ref))
            if found is not None:
                self.scope.reserve((found.name, found.constant))
                self.classes[ref], self.members[ref] = found.name, found.members
                self.homes[ref], self.constants[ref] = found.home, found.constant
                self.scope.reserve(self.exported(ref))

    def name(self, ref: m.TypeId) -> str:
        """The WIT name of a declaration."""
        return self.resolve.types[ref].name or ""

    def docs(self, ref: m.TypeId, otherwise: str = "") -> str:
        """The documentation of a declaration, which says that it is deprecated."""
        typedef = self.resolve.types[ref]
        return documented(typedef.docs or otherwise, typedef.stability)

    def name_members(self, ref: m.TypeId) -> tuple[str, ...]:
        """The Python names of what a declaration consists of."""
        scope = NameAllocator(hiding=HIDING)
        match self.resolve.types[ref].kind:
            case m.Record(fields):
                scope.reserve(("mro",))  # `type.mro` would be taken for the field's default
                return tuple(scope.take(snake(f.name)) for f in fields)
            case m.Variant(cases):
                return tuple(self.scope.take(f"{self.classes[ref]}{camel(c.name)}") for c in cases)
            case m.Enum(labels) | m.Flags(labels):
                return tuple(scope.take(shouting(label.name)) for label in labels)
            case _:
                return ()

    def exported(self, ref: m.TypeId) -> tuple[str, ...]:
        """The names of a declaration that a module exports: its own, and its cases' classes."""
        is_variant = isinstance(self.resolve.types[ref].kind, m.Variant)
        return (self.classes[ref], *(self.members[ref] if is_variant else ()))

    def shim(self, name: str) -> str:
        """A name of the module that generated clients stand on, imported."""
        return self.imports.name(TYPED, name)

    def behind(self, ty: m.Type) -> m.Type:
        """The declaration that a type is named by, without `use`s; other types as they are."""
        if isinstance(ty, m.Prim) or self.resolve.types[ty].name is None:
            return ty
        return definition(self.resolve, ty)

    def resource(self, ref: m.TypeId) -> str:
        """The class of a client resource, by any of its names."""
        behind = self.resolve.dealias(ref)
        if isinstance(behind, m.Prim):
            raise TypeError("a handle refers to a resource")
        return self.class_of(behind)

    def class_of(self, ref: m.TypeId) -> str:
        """The class of a declaration or a resource, imported from its module."""
        return self.local(ref, self.classes[ref])

    def local(self, ref: m.TypeId, name: str) -> str:
        """A name that the module of a declaration defines, imported from there."""
        return self.imports.own(self.homes.get(ref, self.imports.here), name)

    def is_bytes(self, kind: m.List) -> bool:
        """Whether the values of a list type are `bytes`."""
        return self.resolve.dealias(kind.type) is m.Prim.U8

    def is_hosted(self, ref: m.TypeId) -> bool:
        """Whether the program itself implements a resource, by any of its names."""
        return self.resolve.dealias(ref) in self.hosted

    # --- annotations ----------------------------------------------------------------------------

    def annotation(self, ty: m.Type | None) -> Expr:
        """A type as callers see it."""
        if ty is None:
            return Expr("None")
        ty = self.behind(ty)
        if isinstance(ty, m.Prim):
            return Expr(_ANNOTATIONS.get(ty, "int"))
        if ty in self.classes:
            return Expr(self.class_of(ty))
        return self.structure(self.resolve.types[ty].kind)

    def structure(self, kind: m.TypeDefKind) -> Expr:
        """A type without its name."""
        match kind:
            case m.Own(resource) | m.Borrow(resource):
                return Expr(self.resource(resource))
            case m.Alias(target):
                return self.annotation(target)
            case m.Option(payload):
                inner = self.annotation(payload)
                if is_option(self.resolve, payload):
                    inner = subscript(self.shim("Some"), inner)
                if inner.items is None:
                    return Expr(f"{inner.head} | None")
                return subscript(self.imports.name("typing", "Optional"), inner)
            case m.Result(ok, err):
                sides = [self.annotation(ok), self.annotation(err)]
                if not any(self._unfolds(side) for side in (ok, err)):
                    return subscript(self.shim("Result"), *sides)
                # An alias in itself takes mypy twice the time for each level.
                good, bad = map(subscript, (self.shim("Ok"), self.shim("Err")), sides)
                return subscript(self.imports.name("typing", "Union"), good, bad)
            case m.List(element):
                if self.is_bytes(kind):
                    return Expr("bytes")
                return subscript("list", self.annotation(element))
            case m.Tuple(types):
                return subscript("tuple", *(self.annotation(t) for t in types))
            case m.Record() | m.Variant() | m.Enum() | m.Flags() | m.Resource():
                raise TypeError("a named type")
            case m.FixedLengthList() | m.Map() | m.Future() | m.Stream():
                raise TypeError("a type that cannot be sent")
            case _:
                assert_never(kind)

    def _unfolds(self, ty: m.Type | None) -> bool:
        """Whether there is a result in how a type is written, by whatever aliases."""
        if ty is None or isinstance(ty, m.Prim):
            return False
        if ty not in self.unfolding:
            kind = self.resolve.types[ty].kind
            stops = isinstance(kind, m.Record | m.Variant | m.Own | m.Borrow | m.Resource)
            self.unfolding[ty] = isinstance(kind, m.Result) or (
                not stops and any(map(self._unfolds, children(kind)))
            )
        return self.unfolding[ty]

    # --- definitions ----------------------------------------------------------------------------

    def definitions(self, ref: m.TypeId) -> list[tuple[str, ...]]:
        """The statements that define a declared type; none for one that is imported."""
        if ref in self.constants:
            return []
        typedef, members, name = self.resolve.types[ref], self.members[ref], self.classes[ref]
        wit = self.name(ref)
        match typedef.kind:
            case m.Record(fields):
                lines = self._data(name, self.docs(ref, f"The record `{wit}`."))
                return [(*lines, "", *self._fields(fields, members))]
            case m.Variant(cases):
                return self._variant(cases, ref)
            case m.Enum(labels):
                what, base = "enum", "Enum"
                values = [string(label.name) for label in labels]
            case m.Flags(labels):
                what, base = "flags", "Flag"
                values = [f"1 << {bit}" for bit in range(len(labels))]
            case kind:
                return [self._alias(ref, self.structure(kind), quoted=ref in self.handles)]
        lines = [
            f"class {name}({self.imports.name('enum', base)}):",
            *docstring(self.docs(ref, f"The {what} `{wit}`."), 4),
            "",
        ]
        for label, member, value in zip(labels, members, values, strict=True):
            lines += [f"    {member} = {value}", *docstring(label.docs or "", 4)]
        return [tuple(lines)]

    def _fields(self, fields: tuple[m.Field, ...], members: tuple[str, ...]) -> list[str]:
        """The fields of a dataclass: options are None by default, and what follows is a keyword.

        As long as only options follow one, all of them have a position too.
        """
        options = [is_option(self.resolve, part.type) for part in fields]
        first = options.index(True) if True in options else len(fields)
        lines: list[str] = []
        for number, (part, member) in enumerate(zip(fields, members, strict=True)):
            if number == first and not all(options[first:]):
                lines.append(f"    _: {self.imports.name('dataclasses', 'KW_ONLY')}")
            default = " = None" if options[number] else ""
            lines += layout(self.annotation(part.type), 4, f"{member}: ", default)
            lines += docstring(part.docs or "", 4)
        return lines

    def _variant(self, cases: tuple[m.Case, ...], ref: m.TypeId) -> list[tuple[str, ...]]:
        """A class for each case, and their union."""
        names, wit, gate = self.members[ref], self.name(ref), self.resolve.types[ref].stability
        found = []
        for case, name in zip(cases, names, strict=True):
            docs = case.docs or f"The case `{case.name}` of `{wit}`."
            lines = self._data(name, documented(docs, gate))
            if case.type is not None:
                lines += ["", *layout(self.annotation(case.type), 4, "value: ")]
            found.append(tuple(lines))
        either = Expr(" | ".join(names))
        alias = self.imports.name("typing", "TypeAlias")
        if len(f"{self.classes[ref]}: {alias} = {either.head}") > WIDTH and len(names) > 2:
            either = subscript(self.imports.name("typing", "Union"), *map(Expr, names))
        found.append(self._alias(ref, either, quoted=False))
        return found

    def _alias(self, ref: m.TypeId, target: Expr, *, quoted: bool) -> tuple[str, ...]:
        """An alias; what names a resource, whose class comes later, is quoted."""
        if quoted:
            target = Expr(string(target.flat()))
        prefix = f"{self.classes[ref]}: {self.imports.name('typing', 'TypeAlias')} = "
        return (*assigned(target, prefix), *docstring(self.docs(ref), 0))

    def _data(self, name: str, docs: str) -> list[str]:
        decorator = self.imports.name("dataclasses", "dataclass")
        head = f"@{decorator}(frozen=True, slots=True)"
        return [head, f"class {name}:", *docstring(docs, 4)]
