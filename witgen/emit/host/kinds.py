"""What a module says of its types and functions, from which the host makes the conversions.

Each declared type is a constant, and so is each type without a name in which another such type is: so
the text grows with what it says, however deep types are nested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from typing import assert_never

from witgen.emit.host.types import HostTypes
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import shouting
from witgen.emit.pycode.pretty import Expr, assigned, call, keyword, tall
from witgen.resolve import model as m
from witgen.value import state

_LONGEST = 40  # of the part of a constant's name that says what it is
_NONE = Expr("None")


@state
class Kinds:
    """Types and functions as expressions, and the constants that these use, made on demand.

    Attributes:
        types: The classes.
        constants: The statements of each module, those that others use first.
    """

    types: HostTypes
    constants: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, m.TypeId], str] = field(default_factory=dict)

    def function(
        self,
        label: str,
        name: str,
        params: Iterable[m.Param],
        result: m.Type | None,
        *,
        itself: Expr | None = None,
    ) -> str:
        """The constant of a function.

        Args:
            label: What the constant is called after.
            name: The name of the function at run time.
            params: Its parameters.
            result: The type of its result.
            itself: What precedes the parameters, if it is a method.
        """
        first = [] if itself is None else [Expr("", (Expr('"self"'), itself))]
        items = first + [Expr("", (Expr(string(p.name)), self.kind(p.type))) for p in params]
        if result is not None:
            items.append(keyword("result", self.kind(result)))
        made = call(self.types.shim("Function"), Expr(string(name)), *items)
        return self.constant(label, made)

    def kind(self, ty: m.Type) -> Expr:
        """A type where it is used: a constant, or what it is if that is short."""
        ty = self.types.behind(ty)
        if isinstance(ty, m.Prim):
            return Expr(f"{self.types.shim('Prim')}.{ty.name}")
        kind = self.types.resolve.types[ty].kind
        match kind:
            case m.Own(resource) | m.Borrow(resource) if self.types.is_hosted(resource):
                return Expr(self.hosted(resource))
            case m.Own() | m.Borrow():
                return Expr(self._named(ty))
            case _ if self.types.name(ty) or self._is_deep(kind):
                return Expr(self._named(ty))
            case _:
                return self._structure(ty, kind)

    def _is_deep(self, kind: m.TypeDefKind) -> bool:
        """Whether there is another type without a name in one."""
        match kind:
            case m.Option(inner) | m.List(inner):
                return self._is_anonymous(inner)
            case m.Result(ok, err):
                return any(self._is_anonymous(part) for part in (ok, err) if part is not None)
            case m.Tuple(types):
                return any(map(self._is_anonymous, types))
            case _:
                return False

    def _is_anonymous(self, ty: m.Type) -> bool:
        ty = self.types.behind(ty)
        if isinstance(ty, m.Prim) or self.types.name(ty):
            return False
        return not isinstance(self.types.resolve.types[ty].kind, m.Own | m.Borrow)

    def _named(self, ty: m.TypeId) -> str:
        """The constant of a type; that of an equal one, if it has no name."""
        imports = self.types.imports
        if ty in self.types.constants:
            return imports.own(self.types.homes[ty], self.types.constants[ty])
        if self.types.name(ty):
            home = self.types.homes.get(ty, imports.here)
            with imports.inside(home):
                name = self._known.get((home, ty)) or self._declared(ty)
            return imports.own(home, name)
        known = (imports.here, ty)
        if known not in self._known:
            made = self._structure(ty, self.types.resolve.types[ty].kind)
            self._known[known] = self._shared(made.flat(), self._label(made), made)
        return self._known[known]

    def declared(self) -> dict[m.TypeId, str]:
        """The constants of the declared types."""
        return {ty: name for (_, ty), name in self._known.items() if self.types.name(ty)}

    def _declared(self, ty: m.TypeId) -> str:
        made = self._structure(ty, self.types.resolve.types[ty].kind)
        name = self.constant(self.types.classes[ty], made)
        self._known[self.types.imports.here, ty] = name
        return name

    def _shared(self, key: str, label: str, made: Expr) -> str:
        """The constant for what a module says several times."""
        key = f"{self.types.imports.here} {key}"
        if key not in self._names:
            self._names[key] = self.constant(label, made)
        return self._names[key]

    def _label(self, made: Expr) -> str:
        """What the constant of a type without a name is called after: what it is made of."""
        words = [word.removesuffix("Of") for word in re.findall(r"\w+", made.flat())]
        if words[0] == "Handle":
            return f"{words[1]}-{'owned' if words[-1] == 'True' else 'lent'}"
        label = "-".join(word for word in words if word != "Prim")
        return label if len(label) <= _LONGEST else f"{words[0]}-{len(self._names)}"

    def constant(self, label: str, made: Expr) -> str:
        """A constant of the module that is rendered, called after `label`."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", label)
        name = self.types.scope.take(shouting(re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")))
        here = self.constants.setdefault(self.types.imports.here, [])
        here.append(tuple(assigned(made, f"{name} = ")))
        return name

    def _structure(self, ty: m.TypeId, kind: m.TypeDefKind) -> Expr:
        """What a type is."""
        types, shim = self.types, self.types.shim
        match kind:
            case m.Alias(target):
                return self.kind(target)
            case m.List(element):
                return call(shim("ListOf"), self.kind(element))
            case m.Option(payload):
                return call(shim("OptionOf"), self.kind(payload))
            case m.Result(ok, err):
                return call(shim("ResultOf"), self._payload(ok), self._payload(err))
            case m.Tuple(parts):
                return call(shim("TupleOf"), *map(self.kind, parts))
            case m.Record(fields):
                items = [Expr("", (Expr(string(f.name)), self.kind(f.type))) for f in fields]
                return tall(shim("RecordOf"), Expr(types.class_of(ty)), *items)
            case m.Variant(cases):
                made = [
                    Expr("", (Expr(string(case.name)), Expr(name), self._payload(case.type)))
                    for case, name in zip(cases, types.members[ty], strict=True)
                ]
                return tall(shim("VariantOf"), Expr(string(types.name(ty))), *made)
            case m.Enum():
                return call(shim("EnumOf"), Expr(types.class_of(ty)))
            case m.Flags(labels):
                names = [Expr(string(label.name)) for label in labels]
                return call(shim("FlagsOf"), Expr(types.class_of(ty)), *names)
            case m.Own(resource) | m.Borrow(resource):
                owned = Expr(str(isinstance(kind, m.Own)))
                of = Expr(types.resource(resource))
                return call(shim("HandleOf"), of, keyword("owned", owned))
            case m.Resource() | m.FixedLengthList() | m.Map() | m.Future() | m.Stream():
                raise TypeError("a type that has no values, or one that cannot be sent")
            case _:
                assert_never(kind)

    def _payload(self, ty: m.Type | None) -> Expr:
        return _NONE if ty is None else self.kind(ty)

    def borrowed(self, resource: m.TypeId) -> Expr:
        """A resource of a worker, lent for a call of one of its methods."""
        of = Expr(self.types.resource(resource))
        made = call(self.types.shim("HandleOf"), of, keyword("owned", Expr("False")))
        return Expr(self._shared(made.flat(), self._label(made), made))

    def hosted(self, resource: m.TypeId) -> str:
        """The constant of a resource that the program implements."""
        behind = self.types.resolve.dealias(resource)
        if isinstance(behind, m.Prim):
            raise TypeError("a handle refers to a resource")
        imports = self.types.imports
        home = self.types.homes.get(behind, imports.here)
        with imports.inside(home):
            wit = self.types.name(behind)
            methods = [Expr(string(name)) for name in self.types.methods[behind]]
            made = call(self.types.shim("HostedBy"), Expr(string(wit)), *methods)
            name = self._shared(f"hosted {behind}", wit, made)
        return imports.own(home, name)
