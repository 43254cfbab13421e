"""What a component implements, as classes that call it."""

from __future__ import annotations

from witgen.emit.host.methods import Methods, Param, calling, head, like
from witgen.emit.host.types import HIDING, documented
from witgen.emit.host.world.model import HostWorld, Part
from witgen.emit.host.world.names import WorldNames
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import NameAllocator
from witgen.emit.pycode.pretty import Expr, assigned, call, layout
from witgen.resolve import model as m
from witgen.value import value

_NONE = Expr("None")
_DROPPED = ("drop", "drop_async")  # the attributes that a class for a remote resource already has


@value
class Exports:
    """Renders what the component implements."""

    world: HostWorld
    names: WorldNames
    methods: Methods

    def part(self, part: Part) -> list[tuple[str, ...]]:
        """The classes of a part: its resources', and its own if it is an interface."""
        found = [self._resource(part, ref) for ref in part.resources]
        return [*found, self._interface(part)] if part.key else found

    def _resource(self, part: Part, ref: m.TypeId) -> tuple[str, ...]:
        types = self.names.types
        wit = types.name(ref)
        docs = types.docs(ref, f"The resource `{wit}` of the component.")
        name, own = types.classes[ref], self.names.named(part, ref)
        scope = NameAllocator(hiding=HIDING)
        scope.reserve((*_DROPPED, *(plain for _, plain in own)))
        lines = [
            f"class {name}({types.shim('RemoteResource')}):",
            *docstring(docs, 4),
            "",
            *assigned(Expr(string(part.invocation(f"[drop]{wit}"))), "_DROP = ", 4),
        ]
        for function, plain in own:
            itself = self.methods.kinds.borrowed(ref)
            lines += self._function(part, function, name, plain, scope, itself)
        return tuple(lines)

    def _interface(self, part: Part) -> tuple[str, ...]:
        name = self.names.classes[part.side, part.key]
        remote = Param("remote", Expr(self.names.types.shim("Remote")))
        lines = [
            f"class {name}:",
            *docstring(
                documented(part.docs or f"The exported interface `{part.key}`.", part.stability), 4
            ),
            "",
            *head("__init__", [remote], [], _NONE),
            "        self._remote = remote",
        ]
        return (*lines, *self._functions(part, name))

    def _functions(self, part: Part, owner: str) -> list[str]:
        names = self.names.methods[part.side, part.key]
        scope = NameAllocator(hiding=HIDING)
        scope.reserve([*names.values(), *self.names.attributes.values()])
        return [
            line
            for function in part.functions
            if function.name in names
            for line in self._function(part, function, owner, names[function.name], scope)
        ]

    def world_class(self) -> tuple[str, ...]:
        """The class of the world."""
        shim, name = self.names.types.shim, self.names.world
        params = [
            Param("caller", Expr(shim("Invoker"))),
            Param("worker", Expr("str | None"), is_optional=True),
        ]
        remote = call(shim("Remote"), Expr("caller"), Expr("COMPONENT"), Expr("worker"))
        lines = [
            f"class {name}:",
            *docstring(self.world.docs or f"What `{self.world.target}` exports.", 4),
            "",
            *head("__init__", params, [], _NONE),
            *layout(remote, 8, "self._remote = "),
        ]
        own: list[str] = []
        for part in self.world.exports:
            if not part.key:
                own = self._functions(part, name)
                continue
            attribute = self.names.attributes[part.side, part.key]
            made = call(self.names.class_of(part), Expr("self._remote"))
            lines += layout(made, 8, f"self.{attribute} = ")
        return (*lines, *own)

    def _function(
        self,
        part: Part,
        function: m.Function,
        owner: str,
        name: str,
        scope: NameAllocator,
        itself: Expr | None = None,
    ) -> list[str]:
        """The method that waits for a function, and the one that is awaited."""
        methods, result = self.methods, function.result
        params = function.params if itself is None else function.params[1:]
        names = methods.names(params, ())
        invocation = part.invocation(function.name)
        constant = methods.kinds.function(
            f"{owner}-{name}", invocation, params, result, itself=itself
        )
        arguments = [Expr(constant), *([] if itself is None else [Expr("self")]), *map(Expr, names)]
        annotated = methods.annotated(names, params)
        returns = self.names.types.annotation(result)
        before = ["", *methods.decorators(function.stability)]
        docs = docstring(documented(function.docs, function.stability), 8)
        waiting = [*before, *head(name, annotated, [], returns), *docs]
        waiting += calling("self._remote", result, arguments)
        later = scope.take(f"{name.rstrip('_')}_async")
        opening = head(later, annotated, [], returns, is_async=True)
        body = calling("self._remote", result, arguments, is_async=True)
        return [*waiting, *before, *opening, *like(f"`{name}`"), *body]
