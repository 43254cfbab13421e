"""The template engine: the only place that knows jinja2."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from witgen.emit.docstrings import docstring, escaped, inline

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("witgen.emit"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # the output is Python, not HTML
    )
    environment.filters["string"] = string
    environment.filters["docstring"] = lambda text, indent: "\n".join(docstring(text, indent))
    environment.filters["doc"] = inline
    environment.filters["indented"] = "\n".join
    return environment


def string(text: str) -> str:
    """A Python string literal, in the quotes that black chooses: double unless that escapes more."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = escaped(text.replace("\\", "\\\\")).replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def render(template: str, view: object) -> bytes:
    """Render a template; it sees one frozen view, as `view`."""
    return _environment().get_template(template).render(view=view).encode()
