"""Expressions in a manifest's strings: `{{ component_name | to_snake_case }}`.

Only expressions are allowed, made of names, strings, filters, items, comparisons and conditions: no
loops or calls, so that rendering takes time and space bounded by the string's length. The
expressions are jinja2's, which is imported when a string contains one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from witgen.app.manifest.cases import CASES
from witgen.app.manifest.model import Word
from witgen.diagnostics import Diagnostic, Sink, did_you_mean

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST = 4096
_RESULT = 1 << 16
_NODES = frozenset(
    [
        "Template",
        "Output",
        "TemplateData",
        "Name",
        "Const",
        "Filter",
        "Getitem",
        "CondExpr",
        "Compare",
        "Operand",
        "Concat",
        "And",
        "Or",
        "Not",
        "Test",
        "List",
        "Tuple",
    ]
)


class _TooLong(ValueError):
    """A replacement would grow too large."""


def _replace(text: str, old: str, new: str) -> str:
    if len(str(text)) + str(text).count(str(old)) * len(str(new)) > _RESULT:
        raise _TooLong("the result is too long")
    return str(text).replace(str(old), str(new))


_FILTERS: Mapping[str, Callable[..., Any]] = {
    **CASES,
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
    "trim": lambda text: str(text).strip(),
    "replace": _replace,
    "split": lambda text, by=None: str(text).split(by),
    "first": lambda items: items[0] if items else "",
    "last": lambda items: items[-1] if items else "",
}


def render(word: Word, variables: Mapping[str, str], sink: Sink) -> str:
    """Evaluate the expressions of a word.

    Args:
        word: The word as written.
        variables: The names that expressions may use.
        sink: Receives errors; the text is then returned as written.
    """
    text = word.text
    hints: tuple[str, ...]
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return text
    import jinja2

    try:
        if len(text) > _LONGEST:
            raise _TooLong(f"a string with expressions may have at most {_LONGEST} characters")
        return str(_template(text).render(variables))
    except jinja2.UndefinedError as error:
        unknown = re.match(r"'(\w+)'", str(error.message))
        near = did_you_mean(unknown[1], variables) if unknown else ()
        known = ", ".join(f"`{name}`" for name in sorted(variables))
        hints = near or (f"known: {known}",)
        _report(word, str(error.message), hints, sink)
    except jinja2.TemplateAssertionError as error:
        unknown = re.search(r"'(\w+)'", str(error.message))
        hints = did_you_mean(unknown[1], _FILTERS) if unknown else ()
        _report(
            word, str(error.message), hints or (f"filters: {', '.join(sorted(_FILTERS))}",), sink
        )
    except jinja2.TemplateError as error:
        _report(word, str(error.message), (), sink)
    except RecursionError:
        _report(word, "the expression is nested too deeply", (), sink)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        _report(word, str(error), (), sink)
    return text


def _report(word: Word, message: str, hints: tuple[str, ...], sink: Sink) -> None:
    said = message.rstrip(".")[:200]
    sink.add(
        Diagnostic("APP4208", f"cannot evaluate `{word.text:.80}`: {said}", word.place, help=hints)
    )


@cache
def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    environment.filters = dict(_FILTERS)
    environment.globals.clear()
    return environment


@cache
def _template(text: str) -> Any:
    """Compile the template of a string.

    Raises:
        ValueError: It contains more than expressions.
        TemplateError: It is invalid.
    """
    from jinja2 import nodes

    environment = _environment()
    tree = environment.parse(text)
    for node in tree.find_all(nodes.Node):
        if type(node).__name__ not in _NODES:
            name = type(node).__name__.lower()
            raise ValueError(f"`{name}` is not allowed; use only expressions with filters")
    return environment.from_string(tree)
