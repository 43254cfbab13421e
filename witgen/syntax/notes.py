"""What stands around an item: the comments before it and its attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from witgen.syntax import ast
from witgen.syntax.attributes import AttributeRules
from witgen.syntax.docs import docs_text
from witgen.syntax.report import Reporter
from witgen.value import state


@state
class Notes:
    """The comments and attributes of one text.

    Attributes:
        report: Where findings go.
        docs: Offset of a token → the comments directly before it.
        rules: Checks attributes; reports to the same place.
    """

    report: Reporter
    docs: dict[int, list[str]]
    rules: AttributeRules = field(init=False)

    def __post_init__(self) -> None:
        """Bind the attribute rules to the report."""
        self.rules = AttributeRules(self.report)

    def docs_at(self, start: int) -> str | None:
        """The comments before the token at an offset."""
        comments = self.docs.get(start)
        return docs_text(comments) if comments is not None else None

    def attributes(self, found: Sequence[Any], *, external: bool = True) -> ast.Attributes:
        """The checked attributes of an item; without `external` it takes no external id."""
        return self.rules.collect(found, external=external)

    def refuse_attributes(self, found: Sequence[Any], what: str) -> None:
        """Report the attributes of something that takes none."""
        for attribute in found:
            self.report.at(attribute, "WIT0130", f"attributes are not allowed on {what}")
