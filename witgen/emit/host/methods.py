"""What generated methods have in common: heads, parameters, and what they call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from witgen.emit.host.kinds import Kinds
from witgen.emit.host.types import HIDING, TYPED, HostTypes, since
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import NameAllocator, snake
from witgen.emit.pycode.pretty import WIDTH, Expr, call, layout
from witgen.emit.types import is_option
from witgen.resolve import model as m
from witgen.value import value

BODY = frozenset(("cls", "in_thread", "remote_of", "self"))
"""What the bodies of methods mean, so that no parameter may have these names."""


@value
class Param:
    """A parameter of a generated method; an optional one is None by default."""

    name: str
    annotation: Expr
    is_optional: bool = False

    def flat(self) -> str:
        """It on one line."""
        return f"{self.name}: {self.annotation.flat()}{self.end}"

    @property
    def end(self) -> str:
        """What follows the annotation."""
        return " = None" if self.is_optional else ""


@value
class Methods:
    """Renders the parts of methods.

    Attributes:
        types: The classes.
        kinds: What the module says of types and functions.
    """

    types: HostTypes
    kinds: Kinds

    def names(self, params: Iterable[m.Param], reserved: Iterable[str]) -> list[str]:
        """The Python names of parameters."""
        scope = NameAllocator(hiding=HIDING | BODY)
        scope.reserve(reserved)
        return [scope.take(snake(param.name)) for param in params]

    def decorators(self, stability: m.Stability) -> list[str]:
        """The decorator of a method that is deprecated."""
        said = since(stability)
        if said is None:
            return []
        # No method can have the name, so none hides it in its class.
        name = self.types.imports.name(TYPED, "deprecated", "_deprecated")
        return layout(call(name, Expr(string(said))), 4, "@")

    def annotated(
        self, names: Sequence[str], params: Sequence[m.Param], *, optional: bool = True
    ) -> tuple[Param, ...]:
        """The parameters; options at the end need not be given, unless these are implemented."""
        needed = len(params)
        while optional and needed and is_option(self.types.resolve, params[needed - 1].type):
            needed -= 1
        return tuple(
            Param(name, self.types.annotation(param.type), number >= needed)
            for number, (name, param) in enumerate(zip(names, params, strict=True))
        )


def calling(
    target: str, result: m.Type | None, arguments: Iterable[Expr], *, is_async: bool = False
) -> list[str]:
    """The body that calls a function and returns its result, if it has one."""
    how = "run" if result is None else "call"
    made = call(f"{target}.{how}{'_async' if is_async else ''}", *arguments)
    prefix = "" if result is None else "return "
    return layout(made, 8, f"{prefix}{'await ' if is_async else ''}")


def like(what: str) -> list[str]:
    """The docstring of a method to await."""
    return docstring(f"Like {what}, in a thread of the event loop's executor.", 8)


def head(
    name: str,
    params: Sequence[Param],
    options: Sequence[Param],
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
    parts += [param.flat() for param in params]
    parts += ["*"] if options else []
    parts += [option.flat() for option in options]
    start = f"{pad}{'async ' if is_async else ''}def {name}("
    line = f"{start}{', '.join(parts)}) -> {returns.flat()}{end}"
    if len(line) <= WIDTH or not parts:
        return [line]
    lines = [start]
    lines += [f"{pad}    {first},"] if first else []
    for param in params:
        lines += layout(param.annotation, indent + 4, f"{param.name}: ", f"{param.end},")
    if options:
        lines.append(f"{pad}    *,")
    lines += [f"{pad}    {option.flat()}," for option in options]
    return [*lines, *layout(returns, indent, ") -> ", end)]
