"""What a program implements for a component, as protocols, and how the host finds it."""

from __future__ import annotations

from witgen.emit.host.methods import Methods, Param, head
from witgen.emit.host.types import documented
from witgen.emit.host.world.model import HostWorld, Part
from witgen.emit.host.world.names import BIND, IMPORTS, WorldNames
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.pretty import Expr, call, keyword, layout, tall
from witgen.resolve import model as m
from witgen.value import value

_NONE = Expr("None")


@value
class Imports:
    """Renders what the program implements."""

    world: HostWorld
    names: WorldNames
    methods: Methods

    def part(self, part: Part) -> list[tuple[str, ...]]:
        """The protocols of a part: its resources', and its own if it is an interface."""
        found = [self._resource(part, ref) for ref in part.resources]
        return [*found, self._interface(part)] if part.key else found

    def all(self) -> list[tuple[str, ...]]:
        """The protocol of all imports, and the function that puts them in the host's form."""
        lines = self._open(IMPORTS, f"What `{self.world.target}` imports.")
        parts = []
        for part in self.world.imports:
            home = self.names.homes[part.side, part.key]
            with self.names.types.imports.inside(home):
                constant = self._implemented(part)
            parts.append(Expr(self.names.types.imports.own(home, constant)))
            if not part.key:
                lines += self._functions(part)
                continue
            attribute = self.names.attributes[part.side, part.key]
            returns = Expr(self.names.class_of(part))
            docs = docstring(f"What implements `{part.key}`.", 8)
            lines += ["", "    @property", *head(attribute, [], [], returns), *docs, "        ..."]
        shim = self.names.types.shim
        imports, given = Param("imports", Expr(IMPORTS)), Expr(shim("HostImports"))
        opening = head(BIND, [imports], [], given, first="", indent=0)
        docs = docstring("The imports as `Instance` and `Deployment` take them.", 4)
        made = call(shim("implement"), Expr("imports"), Expr("", tuple(parts)))
        return [tuple(lines), (*opening, *docs, *layout(made, 4, "return "))]

    # --- protocols ------------------------------------------------------------------------------

    def _resource(self, part: Part, ref: m.TypeId) -> tuple[str, ...]:
        types = self.names.types
        docs = types.docs(ref, f"What implements the resource `{types.name(ref)}`.")
        lines = self._open(types.classes[ref], docs)
        for function, name in self.names.named(part, ref):
            lines += self._declared(function, name, function.params[1:])
        drop = docstring("The component is done with it.", 8)
        return (*lines, "", *head("drop", [], [], _NONE), *drop)

    def _interface(self, part: Part) -> tuple[str, ...]:
        docs = part.docs or f"What implements the imported interface `{part.key}`."
        docs = documented(docs, part.stability)
        lines = self._open(self.names.classes[part.side, part.key], docs)
        return (*lines, *self._functions(part))

    def _functions(self, part: Part) -> list[str]:
        names = self.names.methods[part.side, part.key]
        return [
            line
            for function in part.functions
            if function.name in names
            for line in self._declared(function, names[function.name], function.params)
        ]

    def _open(self, name: str, docs: str) -> list[str]:
        protocol = self.names.types.imports.name("typing", "Protocol")
        return [f"class {name}({protocol}):", *docstring(docs, 4)]

    def _declared(self, function: m.Function, name: str, params: tuple[m.Param, ...]) -> list[str]:
        """A method to implement, which is given all arguments."""
        methods, returns = self.methods, self.names.types.annotation(function.result)
        annotated = methods.annotated(methods.names(params, ()), params, optional=False)
        docs = docstring(documented(function.docs, function.stability), 8)
        if not docs:
            return ["", *head(name, annotated, [], returns, end=": ...")]
        return ["", *head(name, annotated, [], returns), *docs, "        ..."]

    # --- what the host finds --------------------------------------------------------------------

    def _implemented(self, part: Part) -> str:
        """The constant that says which methods implement the functions of a part."""
        label = self.names.classes.get((part.side, part.key), IMPORTS)
        plain = self.names.methods[part.side, part.key]
        functions = [
            self._entry(label, function, plain[function.name], function.params)
            for function in part.functions
            if function.name in plain
        ]
        items = [
            Expr(string(part.key)),
            Expr(string(self.names.attributes.get((part.side, part.key), ""))),
            Expr("", tuple(functions)),
        ]
        if part.resources:
            resources = [self._resource_entry(part, ref) for ref in part.resources]
            items.append(Expr("", tuple(resources)))
        made = tall(self.names.types.shim("Import"), *items)
        return self.methods.kinds.constant(f"{label}-parts", made)

    def _resource_entry(self, part: Part, ref: m.TypeId) -> Expr:
        types = self.names.types
        label = types.classes[ref]
        entries = [
            self._entry(label, function, name, function.params[1:])
            for function, name in self.names.named(part, ref)
        ]
        made = self.names.methods[part.side, part.key].get(f"[constructor]{types.name(ref)}")
        given = [] if made is None else [keyword("made", Expr(string(made)))]
        return call(types.shim("Resource"), Expr(self.methods.kinds.hosted(ref)), *entries, *given)

    def _entry(
        self, label: str, function: m.Function, name: str, params: tuple[m.Param, ...]
    ) -> Expr:
        constant = self.methods.kinds.function(
            f"{label}-{name}", function.name, params, function.result
        )
        return Expr("", (Expr(string(name)), Expr(constant)))
