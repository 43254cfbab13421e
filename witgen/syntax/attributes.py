"""The rules of attributes: which exist, what they take, and which combine.

"Feature gates" of WIT.md; `@external-id` is only in the reference implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from witgen.diagnostics import did_you_mean
from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state

# Attribute → the key and kind of its single value.
_FORMS = {
    "since": ("version", "version", "1.0.0"),
    "unstable": ("feature", "name", "my-feature"),
    "deprecated": ("version", "version", "1.0.0"),
    "external-id": ("", "string", ""),
}

Value = tuple[str, str, str]


def known_attribute(name: str) -> tuple[str, ...] | None:
    """Help for a name that is not an attribute; None for an attribute."""
    if name in _FORMS:
        return None
    return did_you_mean(name, _FORMS) or (
        "the attributes are `@since`, `@unstable`, `@deprecated` and `@external-id`",
    )


class Written(NamedTuple):
    """An attribute with a known name and form."""

    name: str
    value: str
    start: int
    end: int


@state
class AttributeRules:
    """Checks attributes as they are parsed."""

    report: Reporter

    def written(self, name: ast.Ident, values: Sequence[Value] | None, end: int) -> Written:
        """Check one attribute; `values` is None without parentheses."""
        unknown = known_attribute(name.name)
        if unknown is not None:
            self.report.at(name, "WIT0131", f"unknown attribute `@{name.name}`", help=unknown)
            return Written("", "", name.start, name.end)
        form = _FORMS[name.name]
        key, kind, example = form
        if values is None or len(values) != 1 or values[0][:2] != (key, kind):
            usage = f"{key} = {example}" if key else '"…"'
            self.report.error(
                "WIT0132",
                f"`@{name.name}` takes exactly `{usage}`",
                name.start,
                end,
            )
            return Written("", "", name.start, name.end)
        return Written(name.name, values[0][2], name.start, name.end)

    def collect(self, found: Sequence[Written], *, external: bool = True) -> ast.Attributes:
        """Check the attributes of one item; without `external` it takes no external id.

        The reference implementation ignores `@external-id` there, even a repeated one.
        """
        if not found:
            return ast.NO_ATTRIBUTES
        first: dict[str, Written] = {}
        for attribute in found:
            if not attribute.name or (attribute.name == "external-id" and not external):
                continue
            before = first.setdefault(attribute.name, attribute)
            if before is not attribute:
                self.report.at(
                    attribute,
                    "WIT0133",
                    f"`@{attribute.name}` is given twice",
                    labels=[(before, "first here")],
                )
        since, unstable = first.get("since"), first.get("unstable")
        if since and unstable:
            self.report.at(
                unstable,
                "WIT0134",
                "an item cannot be both `@since` and `@unstable`",
                labels=[(since, "`@since` here")],
            )
        deprecated = first.get("deprecated")
        # A rejected attribute may have been the gate.
        whole = all(attribute.name for attribute in found)
        if deprecated and not since and not unstable and whole:
            self.report.at(
                deprecated,
                "WIT0135",
                "`@deprecated` needs a `@since` or `@unstable` beside it",
                help=("add the version that introduced the item: `@since(version = 1.0.0)`",),
            )
        return ast.Attributes(
            _node(since), _node(unstable), _node(deprecated), _node(first.get("external-id"))
        )


def _node(written: Written | None) -> ast.Attribute | None:
    if written is None:
        return None
    return ast.Attribute(written.value, written.start, written.end)
