"""What generated methods have in common: heads, parameters, and the way to await them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from witgen.emit.host.types import HIDING, HostTypes
from witgen.emit.host.values import Converters, Way
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.names import NameAllocator, snake
from witgen.emit.pycode.pretty import WIDTH, Expr, call, layout
from witgen.resolve import model as m
from witgen.value import value

BODY = frozenset(("borrow", "cls", "float", "in_thread", "list", "own", "remote_of", "self"))
"""What the bodies of methods mean, so that no parameter may have these names."""

Annotated = Sequence[tuple[str, Expr]]
"""Parameters: names and annotations, without `self`."""


@value
class Methods:
    """Renders the parts of methods.

    Attributes:
        types: The classes.
        converters: The conversions between them and the normal form.
    """

    types: HostTypes
    converters: Converters

    def names(self, params: Iterable[m.Param], reserved: Iterable[str]) -> list[str]:
        """The Python names of parameters."""
        scope = NameAllocator(hiding=HIDING | BODY)
        scope.reserve(reserved)
        return [scope.take(snake(param.name)) for param in params]

    def converted(self, way: Way, names: Sequence[str], params: Sequence[m.Param]) -> Expr:
        """The tuple of the converted parameters."""
        return Expr(
            "",
            tuple(
                self.converters.convert(way, param.type, name)
                for name, param in zip(names, params, strict=True)
            ),
        )

    def annotated(
        self, names: Sequence[str], params: Sequence[m.Param]
    ) -> tuple[tuple[str, Expr], ...]:
        """The parameters with their annotations."""
        return tuple(
            (name, self.types.annotation(param.type))
            for name, param in zip(names, params, strict=True)
        )

    def how(self, result: m.Type | None) -> tuple[str, tuple[Expr, ...], str]:
        """How a function with this result is called.

        Returns:
            The method of `Remote`, its first arguments, and what precedes the call.
        """
        if result is None:
            return "run", (), ""
        linked = self.types.needs_remote(result)
        lifter = Expr(self.converters.lifter(result))
        return "call_for_resource" if linked else "call", (lifter,), "return "

    def threaded(
        self, function: str, arguments: Iterable[Expr], prefix: str = "return await "
    ) -> list[str]:
        """The body that awaits a call of `function` in a thread."""
        made = call(self.types.shim("in_thread"), Expr(function), *arguments)
        return layout(made, 8, prefix)


def like(what: str) -> list[str]:
    """The docstring of a method to await."""
    return docstring(f"Like {what}, in a thread of the event loop's executor.", 8)


def head(
    name: str,
    params: Annotated,
    options: Annotated,
    returns: Expr,
    *,
    first: str = "self",
    is_async: bool = False,
    indent: int = 4,
    end: str = ":",
) -> list[str]:
    """The lines of a function's head, on one if it fits; `options` are keywords."""
    pad = " " * indent
    parts = [first] if first else []
    parts += [f"{param}: {annotation.flat()}" for param, annotation in params]
    parts += ["*"] if options else []
    parts += [f"{option}: {annotation.flat()} = None" for option, annotation in options]
    start = f"{pad}{'async ' if is_async else ''}def {name}("
    line = f"{start}{', '.join(parts)}) -> {returns.flat()}{end}"
    if len(line) <= WIDTH or not parts:
        return [line]
    lines = [start]
    lines += [f"{pad}    {first},"] if first else []
    for param, annotation in params:
        lines += layout(annotation, indent + 4, f"{param}: ", ",")
    if options:
        lines.append(f"{pad}    *,")
    lines += [f"{pad}    {option}: {given.flat()} = None," for option, given in options]
    return [*lines, *layout(returns, indent, ") -> ", end)]
