"""Python expressions laid out as black lays them out, without black.

Only what generated code needs: names, literals, calls, subscripts and tuples.
"""

from __future__ import annotations

from witgen.value import replace, value

WIDTH = 88
"""Black's default line length, which a user's own run will have."""

_CLOSING = {"(": ")", "[": "]"}


@value
class Expr:
    """An expression.

    Attributes:
        head: A name or a literal; what precedes the bracket.
        items: What is in the brackets, None without brackets.
        bracket: `(` for a call or a tuple, `[` for a subscript.
        is_tall: Whether it has one item a line, however short.
    """

    head: str
    items: tuple[Expr, ...] | None = None
    bracket: str = "("
    is_tall: bool = False

    @property
    def has_tall(self) -> bool:
        """Whether it, or something in it, has one item a line."""
        return self.is_tall or any(item.has_tall for item in self.items or ())

    @property
    def is_tuple(self) -> bool:
        """Whether the brackets make a tuple: nothing is called."""
        return self.bracket == "(" and (not self.head or self.head.endswith("="))

    def flat(self) -> str:
        """The expression on one line."""
        if self.items is None:
            return self.head
        inner = ", ".join(item.flat() for item in self.items)
        if len(self.items) == 1 and self.is_tuple:
            inner += ","
        return f"{self.head}{self.bracket}{inner}{_CLOSING[self.bracket]}"


def call(head: str, *items: Expr) -> Expr:
    """`head(items)`."""
    return Expr(head, items)


def tall(head: str, *items: Expr) -> Expr:
    """`head(items)`, one item a line however short; black keeps it so."""
    return Expr(head, items, is_tall=True)


def keyword(name: str, value: Expr) -> Expr:
    """`name=value`, an argument of a call."""
    return replace(value, head=f"{name}={value.head}")


def subscript(head: str, *items: Expr) -> Expr:
    """`head[items]`."""
    return Expr(head, items, "[")


def layout(expr: Expr, indent: int, prefix: str = "", suffix: str = "") -> list[str]:
    """The lines of `prefix expr suffix`, broken where the line would be too long.

    Args:
        expr: What to lay out.
        indent: Columns before the first line.
        prefix: What precedes the expression on its first line.
        suffix: What follows it on its last line.
    """
    line = f"{' ' * indent}{prefix}{expr.flat()}{suffix}"
    if len(line) > WIDTH and expr.items is None and not prefix and '"' not in expr.head:
        pad, parts = " " * indent, expr.head.split(" | ")
        lines = [f"{pad}{parts[0]}", *(f"{pad}| {part}" for part in parts[1:])]
        return [*lines[:-1], f"{lines[-1]}{suffix}"]
    if not expr.items or (len(line) <= WIDTH and not expr.has_tall):
        return [line]
    lines = [f"{' ' * indent}{prefix}{expr.head}{expr.bracket}"]
    inner = f"{' ' * (indent + 4)}{', '.join(item.flat() for item in expr.items)}"
    if expr.bracket == "[" and len(inner) <= WIDTH:
        lines.append(inner)  # a subscript that fits on one line gets no trailing comma
    elif expr.bracket == "[" and len(expr.items) == 1:
        lines += layout(expr.items[0], indent + 4)  # `x[y,]` would be another type
    else:
        for item in expr.items:
            lines += layout(item, indent + 4, suffix=",")
    lines.append(f"{' ' * indent}{_CLOSING[expr.bracket]}{suffix}")
    return lines


def assigned(expr: Expr, prefix: str, indent: int = 0) -> list[str]:
    """The lines of an assignment whose right side may be a name, a text, or names between `|`."""
    pad = " " * indent
    lines = layout(expr, indent, prefix)
    if len(lines) > 1 or len(lines[0]) <= WIDTH:
        return lines
    is_quoted = expr.head.startswith('"')
    parts = [expr.head] if is_quoted else expr.head.split(" | ")
    if is_quoted or len(f"{pad}    {expr.flat()}") <= WIDTH:
        return [f"{pad}{prefix}(", f"{pad}    {expr.flat()}", f"{pad})"]
    if len(parts) == 1:
        return lines
    inner = [f"{pad}    {parts[0]}", *(f"{pad}    | {part}" for part in parts[1:])]
    return [f"{pad}{prefix}(", *inner, f"{pad})"]
