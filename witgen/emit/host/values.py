"""The functions that convert between a client's classes and the host's normal form of values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from witgen.emit.host.types import HostTypes
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import shouting
from witgen.emit.pycode.pretty import WIDTH, Expr, call, keyword, layout, tall
from witgen.emit.types import is_option
from witgen.resolve import model as m

_LONGEST = 48  # of the part of a function's name that says what it converts


class Way(StrEnum):
    """Which way a value is converted."""

    LOWER = "lower"  # from classes to the normal form
    LIFT = "lift"  # from the normal form to classes


@dataclass(slots=True)
class Converters:
    """Conversions as expressions, and the functions that they call, made on demand.

    Attributes:
        types: The classes.
        functions: The functions, those that others call first.
    """

    types: HostTypes
    functions: list[tuple[str, ...]] = field(default_factory=list)
    _names: dict[tuple[Way, str], str] = field(default_factory=dict)
    _plain: dict[tuple[Way, m.TypeId], bool] = field(default_factory=dict)
    _tables: dict[m.TypeId, str] = field(default_factory=dict)

    def convert(self, way: Way, ty: m.Type, subject: str) -> Expr:
        """The converted value of the expression `subject`."""
        ty = self.types.behind(ty)
        if self._is_plain(way, ty):
            return Expr(subject)
        if isinstance(ty, m.Prim):
            return call("float", Expr(subject))  # an int is a float to type checkers only
        kind = self._kind(ty)
        match kind:
            case m.Enum() if way is Way.LOWER:
                return Expr(f"{subject}.value")
            case m.Enum():
                return call(self.types.classes[ty], Expr(subject))
            case m.Own() if way is Way.LOWER:
                return call(self.types.shim("own"), Expr(subject))
            case m.Borrow() if way is Way.LOWER:
                return call(self.types.shim("borrow"), Expr(subject))
            case m.List(element) if self._is_plain(way, element):
                return call("list", Expr(subject))
            case _:
                extra = [Expr("remote")] if self._needs_remote(way, ty) else []
                return call(self._function(way, ty), Expr(subject), *extra)

    def lifter(self, ty: m.Type | None) -> str:
        """What converts a result; `None` if it needs no conversion.

        It takes the worker as well when the result holds resources.
        """
        ty = None if ty is None else self.types.behind(ty)
        if ty is None or isinstance(ty, m.Prim) or self._is_plain(Way.LIFT, ty):
            return "None"
        match self._kind(ty):
            case m.Enum():
                return self.types.classes[ty]
            case m.List(element) if self._is_plain(Way.LIFT, element):
                return "list"
            case _:
                return self._function(Way.LIFT, ty)

    def _kind(self, ty: m.TypeId) -> m.TypeDefKind:
        return self.types.resolve.types[ty].kind

    def _needs_remote(self, way: Way, ty: m.Type) -> bool:
        return way is Way.LIFT and self.types.needs_remote(ty)

    def _is_plain(self, way: Way, ty: m.Type) -> bool:
        """Whether the normal form is what callers see, and cannot be changed by them."""
        ty = self.types.behind(ty)
        if isinstance(ty, m.Prim):
            return way is Way.LIFT or ty not in {m.Prim.F32, m.Prim.F64}
        if (way, ty) not in self._plain:
            self._plain[way, ty] = self._all_plain(way, self._kind(ty))
        return self._plain[way, ty]

    def _all_plain(self, way: Way, kind: m.TypeDefKind) -> bool:
        match kind:
            case m.Own(resource) | m.Borrow(resource):
                return self.types.is_hosted(resource)
            case m.Alias(target) | m.Option(target):
                return self._is_plain(way, target)
            case m.Result(ok, err):
                return all(self._is_plain(way, t) for t in (ok, err) if t is not None)
            case m.Tuple(types):
                return all(self._is_plain(way, t) for t in types)
            case m.List():
                return self.types.is_bytes(kind)
            case _:
                return False

    # --- functions ------------------------------------------------------------------------------

    def _function(self, way: Way, ty: m.TypeId) -> str:
        key = (way, self._key(ty))
        if key not in self._names:
            label = self._label(ty)
            if len(label) > _LONGEST:
                label = f"{type(self._kind(ty)).__name__.lower()}_{len(self._names)}"
            name = self._names[key] = self.types.scope.take(f"_{way}_{label}")
            body = self._body(way, ty)
            self.functions.append((*self._head(way, ty, name), *body))
        return self._names[key]

    def _key(self, ty: m.Type | None) -> str:
        """Equal for types of the same structure; a declared type is only equal to itself."""
        return self._said(ty, named=lambda ref: f"#{ref}", join="({})", between=",")

    def _label(self, ty: m.Type | None) -> str:
        """A type in a function's name."""
        return self._said(
            ty, named=lambda ref: shouting(self.types.name(ref)).lower(), join="_{}", between="_"
        )

    def _head(self, way: Way, ty: m.TypeId, name: str) -> list[str]:
        value, seen = Expr(self.types.shim("Value")), self.types.annotation(ty)
        taken, given = (seen, value) if way is Way.LOWER else (value, seen)
        params = [("value", taken)]
        if self._needs_remote(way, ty):
            params.append(("remote", Expr(self.types.shim("Remote"))))
        flat = ", ".join(f"{param}: {annotation.flat()}" for param, annotation in params)
        line = f"def {name}({flat}) -> {given.flat()}:"
        if len(line) <= WIDTH:
            return [line]
        lines = [f"def {name}("]
        for param, annotation in params:
            lines += layout(annotation, 4, f"{param}: ", ",")
        return [*lines, *layout(given, 0, ") -> ", ":")]

    def _body(self, way: Way, ty: m.TypeId) -> list[str]:
        kind = self._kind(ty)
        match kind:
            case m.Record():
                return self._record(way, ty, kind)
            case m.Variant(cases):
                lower = way is Way.LOWER
                return self._unpack(ty, cases) if lower else self._pack(ty, cases)
            case m.Flags(labels):
                return self._flags(way, ty, labels)
            case m.Alias(target):
                return layout(self.convert(way, target, "value"), 4, "return ")
            case m.Option(payload):
                nested = is_option(self.types.resolve, payload)
                inner = self.convert(way, payload, "value.value" if nested else "value")
                inner = call(self.types.shim("Some"), inner) if nested else inner
                missing = ["    if value is None:", "        return None"]
                return [*missing, *layout(inner, 4, "return ")]
            case m.Result(ok, err):
                return self._result(way, ok, err)
            case m.List(element):
                return _comprehension(self.convert(way, element, "item"))
            case m.Tuple(types):
                items = [self.convert(way, t, f"value[{i}]") for i, t in enumerate(types)]
                return layout(Expr("", tuple(items)), 4, "return ")
            case m.Own(resource) | m.Borrow(resource):  # lifted: lowering is an expression
                made = (Expr(self.types.resource(resource)), Expr("value"), Expr("remote"))
                return layout(call(self.types.shim("resource_of"), *made), 4, "return ")
            case m.Enum() | m.Resource():
                raise TypeError("a type without a conversion function")
            case m.FixedLengthList() | m.Map() | m.Future() | m.Stream():
                raise TypeError("a type that cannot be sent")
            case _:
                assert_never(kind)

    def _result(self, way: Way, ok: m.Type | None, err: m.Type | None) -> list[str]:
        # A lifted value is untyped; narrowing it would give a generic class of unknowns.
        lines = ["    payload = value.value"] if way is Way.LIFT else []
        payload = "payload" if way is Way.LIFT else "value.value"
        good, bad = (
            call(
                self.types.shim(side),
                Expr("None") if ty is None else self.convert(way, ty, payload),
            )
            for side, ty in (("Ok", ok), ("Err", err))
        )
        lines.append(f"    if isinstance(value, {self.types.shim('Ok')}):")
        return [*lines, *layout(good, 8, "return "), *layout(bad, 4, "return ")]

    def _record(self, way: Way, ty: m.TypeId, record: m.Record) -> list[str]:
        members = self.types.members[ty]
        pairs = list(zip(record.fields, members, strict=True))
        if way is Way.LIFT:
            items = [
                keyword(member, self.convert(way, part.type, f"value[{string(part.name)}]"))
                for part, member in pairs
            ]
            return layout(tall(self.types.classes[ty], *items), 4, "return ")
        lines = ["    return {"]
        for part, member in pairs:
            item = self.convert(way, part.type, f"value.{member}")
            lines += layout(item, 8, f"{string(part.name)}: ", ",")
        return [*lines, "    }"]

    def _unpack(self, ty: m.TypeId, cases: tuple[m.Case, ...]) -> list[str]:
        """From the class of a case to a `Case`."""
        lines = ["    match value:"]
        for case, name in zip(cases, self.types.members[ty], strict=True):
            items = [Expr(string(case.name))]
            if case.type is not None:
                items.append(self.convert(Way.LOWER, case.type, "value.value"))
            lines.append(f"        case {name}():")
            lines += layout(call(self.types.shim("Case"), *items), 12, "return ")
        never = self.types.imports.name("typing", "assert_never")
        return [*lines, "        case _:", f"            {never}(value)"]

    def _pack(self, ty: m.TypeId, cases: tuple[m.Case, ...]) -> list[str]:
        """From a `Case` to the class of a case."""
        lines = ["    match value.name:"]
        for case, name in zip(cases, self.types.members[ty], strict=True):
            items = []
            if case.type is not None:
                items.append(self.convert(Way.LIFT, case.type, "value.value"))
            lines.append(f"        case {string(case.name)}:")
            lines += layout(call(name, *items), 12, "return ")
        no_case = '            raise ValueError(f"no case `{value.name}`")'
        return [*lines, "        case _:", no_case]

    def _flags(self, way: Way, ty: m.TypeId, labels: tuple[m.Label, ...]) -> list[str]:
        name = self.types.classes[ty]
        if ty not in self._tables:
            wanted = f"_{shouting(self.types.name(ty))}"
            table = self._tables[ty] = self.types.scope.take(wanted)
            items = [
                Expr("", (Expr(string(label.name)), Expr(f"{name}.{member}")))
                for label, member in zip(labels, self.types.members[ty], strict=True)
            ]
            # Black joins a one-element tuple again, because its comma is not optional.
            made = Expr("", tuple(items), is_tall=len(items) > 1)
            self.functions.append(tuple(layout(made, 0, f"{table} = ")))
        known = Expr(self._tables[ty])
        if way is Way.LOWER:
            return layout(call(self.types.shim("flag_names"), known, Expr("value")), 4, "return ")
        none = call(name, Expr("0"))
        made = call(self.types.shim("flags_of"), known, Expr("value"), none)
        return layout(made, 4, "return ")

    def _said(
        self, ty: m.Type | None, *, named: Callable[[m.TypeId], str], join: str, between: str
    ) -> str:
        """A type in words; `named` says declared ones, `join` puts the parts behind the kind."""
        if ty is None:
            return "none"
        ty = self.types.behind(ty)
        if isinstance(ty, m.Prim):
            return ty.value
        if self.types.name(ty):
            return named(ty)
        kind = self._kind(ty)
        parts: tuple[m.Type | None, ...]
        match kind:
            case m.Own(resource) | m.Borrow(resource):
                behind = self.types.resolve.dealias(resource)
                parts = (behind,)
            case m.Result(ok, err):
                parts = (ok, err)
            case m.Option(inner) | m.List(inner):
                parts = (inner,)
            case m.Tuple(types):
                parts = types
            case _:
                raise TypeError("a named type, or one that cannot be sent")
        inside = between.join(
            self._said(part, named=named, join=join, between=between) for part in parts
        )
        return f"{type(kind).__name__.lower()}{join.format(inside)}"


def _comprehension(element: Expr) -> list[str]:
    """`return [element for item in value]`, as black breaks it."""
    each = "for item in value"
    line = f"    return [{element.flat()} {each}]"
    if len(line) <= WIDTH:
        return [line]
    inner = f"        {element.flat()} {each}"
    lines = [inner] if len(inner) <= WIDTH else [*layout(element, 8), f"        {each}"]
    return ["    return [", *lines, "    ]"]
