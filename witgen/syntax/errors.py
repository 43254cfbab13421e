"""Explain a token that fits nowhere.

A parser knows what it expected; people want to know what is wrong. The rules below are tried in
order, the most specific first, and the first that matches gives the diagnostic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from witgen.diagnostics import did_you_mean
from witgen.syntax.ast import Ident
from witgen.syntax.attributes import known_attribute
from witgen.syntax.names import KEYWORDS
from witgen.syntax.report import Spanned
from witgen.syntax.scanner import END
from witgen.syntax.stuck import Stuck

_DEFINITIONS = frozenset(("TYPE", "RECORD", "VARIANT", "ENUM", "FLAGS", "RESOURCE"))
_HEADS = frozenset(
    ("LIST", "OPTION", "RESULT", "TUPLE", "MAP", "FUTURE", "STREAM", "OWN", "BORROW")
)
_TYPES = _HEADS | {"PRIMITIVE"}
_MEMBERS = frozenset(("record", "variant", "enum", "flags"))
_LISTS = _MEMBERS | {"use", "with", "parameters"}
_BODIES = frozenset(("interface", "world", "resource"))
_GENERICS = frozenset(
    ("list", "option", "result", "tuple", "map", "future", "stream", "own", "borrow")
)


class _At(NamedTuple):
    """A place other than the token's."""

    start: int
    end: int


class _Finding(NamedTuple):
    """A diagnostic in the making; `at` is None for the token itself."""

    code: str
    message: str
    help: Sequence[str] = ()
    label: str = ""
    at: Spanned | None = None
    labels: Sequence[tuple[Spanned, str]] = ()


def describe(stuck: Stuck) -> None:
    """Report the error."""
    finding = next(found for rule in _RULES if (found := rule(stuck)) is not None)
    at = finding.at or _At(stuck.token[2], max(stuck.token[3], stuck.token[2] + 1))
    stuck.report.at(
        at,
        finding.code,
        finding.message,
        label=finding.label,
        labels=finding.labels,
        help=finding.help,
    )


# --- attributes and versions --------------------------------------------------------------------


def _version(s: Stuck) -> _Finding | None:
    if "VERSION" not in s.expected or s.context == "attribute":
        return None
    return _Finding(
        "WIT0012",
        f"expected a version, found {s.describe_found()}",
        ("a version has three numbers: `@1.0.0`",),
    )


def _attribute(s: Stuck) -> _Finding | None:
    if s.context != "attribute":
        return None
    name: Ident = s.values[s.opener - 1]
    unknown = known_attribute(name.name)
    if unknown is not None:
        return _Finding("WIT0131", f"unknown attribute `@{name.name}`", unknown, at=name)
    return _Finding(
        "WIT0132",
        f"unexpected {s.describe_found()} in `@{name.name}`, expected {s.describe_expected()}",
        (
            "the attributes are `@since(version = 1.0.0)` and `@unstable(feature = name)`",
            'others are `@deprecated(version = 1.0.0)` and `@external-id("…")`',
        ),
    )


def _misplaced_attribute(s: Stuck) -> _Finding | None:
    if s.found != "AT" or s.context not in _MEMBERS | {"parameters"}:
        return None
    what = "parameters" if s.context == "parameters" else f"members of {s.context}"
    return _Finding("WIT0130", f"attributes are not allowed on {what}")


# --- ends ---------------------------------------------------------------------------------------


def _end(s: Stuck) -> _Finding | None:
    braces = [i for i, symbol in enumerate(s.symbols) if symbol == "LBRACE"]
    sure = s.found in {"INTERFACE", "WORLD", "PACKAGE"} and s.following[0] == "ID"
    if s.found == END:
        message, code = "unexpected end of file", "WIT0020"
    elif sure and braces and s.context not in {"file", "use", "with"}:
        message, code = f"`{s.text}` is not allowed here: a `}}` is missing before it", "WIT0021"
    else:
        return None
    if not braces:
        return _Finding(code, f"{message}, expected {s.describe_expected()}")
    start = s.starts[braces[-1]]
    return _Finding(code, message, labels=[(_At(start, start + 1), "this `{` is never closed")])


# --- items --------------------------------------------------------------------------------------


def _keyword_before_colon(s: Stuck) -> _Finding | None:
    """`record: func();` and `bool: func();`: a keyword used as a name."""
    if s.context not in _BODIES | _LISTS:
        return None
    if s.found == "COLON" and s.expected == {"ID"} and s.values:
        word = s.values[-1]
        if isinstance(word, str) and word in KEYWORDS:
            start = s.starts[-1]
            return _keyword(word, _At(start, start + len(word)))
    if s.text in KEYWORDS and s.following[0] == "COLON" and s.found != "ID":
        return _keyword(s.text, None)
    return None


def _keyword(word: str, at: Spanned | None) -> _Finding:
    return _Finding(
        "WIT0011",
        f"`{word}` is a keyword and cannot be a name",
        (f"write `%{word}` to use it as a name",),
        at=at,
    )


def _file_item(s: Stuck) -> _Finding | None:
    if s.context != "file" or "WORLD" not in s.expected:
        return None
    if s.found == "SEMICOLON":
        return _stray_semicolon()
    if s.found == "RBRACE":
        return _Finding("WIT0024", "unexpected `}`: there is no open `{`")
    if s.found in {"DIRECTION", "INCLUDE"}:
        return _Finding("WIT0103", f"`{s.text}` must be inside a world")
    if s.found in _DEFINITIONS | {"ASYNC", "FUNC"}:
        return _Finding("WIT0103", f"`{s.text}` must be inside an interface or a world")
    if s.found == "ID" and s.text == "default":
        return _Finding(
            "WIT0148", "`default` was removed from WIT", ("remove it: tools use the only world",)
        )
    if s.found == "ID":
        near = did_you_mean(s.text, ("interface", "world", "package", "use"))
        if s.following[0] == "COLON" and not near:
            return _Finding("WIT0103", "a function must be inside an interface or a world")
        return _Finding("WIT0100", f"unexpected `{s.text}` outside any item", near)
    return None


def _stray_semicolon() -> _Finding:
    return _Finding("WIT0023", "unexpected `;`", ("no `;` follows a `}`",))


def _body_item(s: Stuck) -> _Finding | None:
    """Something unexpected between the items of an interface, a world or a resource."""
    if s.context not in _BODIES or not {"RBRACE", "AT"} <= s.expected:
        return None
    if s.found == "SEMICOLON":
        return _stray_semicolon()
    if s.context == "interface" and s.found in {"DIRECTION", "INCLUDE"}:
        return _Finding("WIT0104", f"`{s.text}` belongs in a world, not in an interface")
    if s.context == "resource" and s.found == "ASYNC":
        return _Finding("WIT0127", "a constructor cannot be `async`")
    if s.context == "resource" and s.found != "ID":
        return _Finding(
            "WIT0105",
            f"{s.describe_found()} is not allowed inside a resource",
            ("a resource contains a constructor, methods and static functions",),
        )
    if s.context == "world" and s.found == "ID":
        return _Finding(
            "WIT0106",
            f"`{s.text}` must be imported or exported",
            (f"write `import {s.text}` or `export {s.text}`",),
        )
    if s.found in {"ASYNC", "FUNC", "STATIC"}:
        return _Finding(
            "WIT0120", "a function starts with its name", ("write `name: async func(…)`",)
        )
    return None


# --- functions ----------------------------------------------------------------------------------


def _unnamed_parameter(s: Stuck) -> _Finding | None:
    if s.context != "parameters":
        return None
    help = ("every parameter needs a name: `func(value: u32)`",)
    if "ID" in s.expected and s.found in _TYPES:
        return _Finding("WIT0125", f"expected the name of a parameter, found `{s.text}`", help)
    if "COLON" in s.expected and s.found in {"RPAR", "COMMA"}:
        name: Ident = s.values[-1]
        return _Finding("WIT0125", f"parameter `{name.name}` has no type or no name", help, at=name)
    return None


def _function_form(s: Stuck) -> _Finding | None:
    if s.last == "__ANON_0" and s.found == "LPAR":
        return _Finding(
            "WIT0126",
            "a function can have only one result, without a name",
            ("write `-> tuple<…>` for several, and leave out `->` for none",),
        )
    if s.last == "ASYNC" and s.found == "ID" and s.text in {"get", "set"}:
        return _Finding("WIT0127", f"an accessor cannot be `async`: `{s.text}`")
    if s.found == "ASYNC" and s.last == "FUNC":
        return _Finding("WIT0127", "`async` must come before `func`", ("write `async func`",))
    if s.found == "STATIC" and "FUNC" in s.expected:
        if s.context == "resource":
            return _Finding("WIT0128", "`static` must come before `async`")
        return _Finding("WIT0128", "only functions of a resource can be `static`")
    if s.last == "COLON" and "FUNC" in s.expected and s.context in {"interface", "resource"}:
        return _Finding("WIT0120", f"expected `func`, `get` or `set`, found {s.describe_found()}")
    return None


# --- worlds -------------------------------------------------------------------------------------


def _world_form(s: Stuck) -> _Finding | None:
    if s.context != "world":
        return None
    if s.last == "COLON" and "INTERFACE" in s.expected and s.found in _TYPES:
        return _Finding(
            "WIT0141",
            "values cannot be imported or exported (yet)",
            ("import or export a function that returns it",),
        )
    if s.last == "DIRECTION" and s.found in _DEFINITIONS:
        return _Finding(
            "WIT0142",
            f"`{s.text}` cannot be imported or exported",
            ("types of a world are written without `import` or `export`; they are imported",),
        )
    return None


def _nested_namespace(s: Stuck) -> _Finding | None:
    if s.found not in {"COLON", "SLASH"} or s.last not in {"ID", "package_name", "path"}:
        return None
    if "COLON" not in s.symbols[-6:]:
        return None
    return _Finding(
        "WIT0140",
        "nested namespaces and packages are not supported (yet)",
        ("a package is named `namespace:package`, with one item after a `/`",),
    )


# --- types --------------------------------------------------------------------------------------


def _type(s: Stuck) -> _Finding | None:
    if "PRIMITIVE" not in s.expected:
        return None
    context = s.context
    if s.found in _DEFINITIONS - {"TYPE"}:
        return _Finding(
            "WIT0144",
            f"`{s.text}` is not allowed inside another type",
            ("define it under its own name and use that",),
        )
    if s.found == "UNDERSCORE":
        return _Finding(
            "WIT0117",
            "`_` is only allowed for the missing `ok` type of a `result`",
            ("write `result<_, error>`; a missing `error` type is left out",),
        )
    if s.found == "MORETHAN" and context == "tuple" and s.last == "LESSTHAN":
        return _Finding("WIT0119", "empty tuple", ("a tuple needs at least one member",))
    if s.found == "MORETHAN" and context in _GENERICS:
        help = ("without type arguments write just its name",) if context in _OPTIONAL else ()
        return _Finding("WIT0146", f"`{context}` is missing a type here", help)
    if s.text in KEYWORDS and s.found != "ID":
        help = (f"write `%{s.text}` for a type of that name",)
        return _Finding("WIT0145", f"expected a type, found the keyword `{s.text}`", help)
    return _Finding("WIT0145", f"expected a type, found {s.describe_found()}")


_OPTIONAL = frozenset(("result", "future", "stream"))


def _type_arguments(s: Stuck) -> _Finding | None:
    context = s.context
    if "LESSTHAN" in s.expected and s.last in _HEADS and not _may_be_bare(s):
        return _Finding("WIT0146", f"`{s.values[-1]}` needs types: `{s.values[-1]}<…>`")
    if s.found == "LESSTHAN" and s.last in {"PRIMITIVE", "ID"}:
        value = s.values[-1]
        name = value.name if isinstance(value, Ident) else value
        return _Finding("WIT0147", f"type `{name}` takes no type arguments")
    semicolon = s.found == "SEMICOLON" and s.following[0] == "INTEGER"
    if context == "list" and ("INTEGER" in s.expected or semicolon):
        return _Finding(
            "WIT0115",
            f"expected the length of a list, found {s.describe_found()}",
            ("a fixed-length list is written `list<u8, 16>`",),
        )
    if context in {"own", "borrow"} and s.found != "SEMICOLON" and "ID" in s.expected:
        return _Finding(
            "WIT0118", f"`{context}` takes the name of a resource, not {s.describe_found()}"
        )
    if context in _GENERICS and s.found == "COMMA":
        return _Finding("WIT0147", f"`{context}` has too many type arguments or commas")
    if context in _GENERICS and s.found == "MORETHAN":
        return _Finding("WIT0146", f"`{context}` is missing a type here")
    return None


def _may_be_bare(s: Stuck) -> bool:
    return len(s.expected) > 1


# --- punctuation --------------------------------------------------------------------------------


def _payload(s: Stuck) -> _Finding | None:
    if s.context != "payload" or s.found != "COMMA":
        return None
    return _Finding(
        "WIT0143", "a case can have only one payload", ("use a `tuple<…>` or a record for several",)
    )


def _names(s: Stuck) -> _Finding | None:
    if "ID" not in s.expected or s.found == "ID":
        return None
    if s.found == "COMMA" and s.context in _LISTS:
        return _Finding("WIT0026", "unexpected `,`", ("write one `,` between two members",))
    if s.text in KEYWORDS:
        return _keyword(s.text, None)
    return None


def _separators(s: Stuck) -> _Finding | None:
    end = _At(s.last_end, s.last_end + 1)
    here = (_At(s.token[2], s.token[3]), f"found {s.describe_found()}")
    if "COLON" in s.expected and s.context == "record":
        name: Ident = s.values[-1]
        return _Finding("WIT0028", f"field `{name.name}` has no type", at=name)
    if "COMMA" in s.expected and s.context in _LISTS | {"attribute"}:
        close = "`)`" if s.context == "parameters" else "`}`"
        return _Finding("WIT0025", f"expected `,` or {close}", at=end, labels=[here])
    if "DOT" in s.expected:
        return _Finding(
            "WIT0029",
            "a `use` inside an interface or a world must list types",
            ("write `use path.{a, b};`",),
        )
    if "SEMICOLON" in s.expected:
        return _Finding("WIT0022", "expected `;`", at=end, labels=[here])
    if s.last == "ID" and s.context == "file" and s.expected == {"COLON"}:
        return _Finding(
            "WIT0013",
            f"expected `:`, found {s.describe_found()}",
            ("a package is named `namespace:package`",),
        )
    if s.expected & {"MORETHAN", "RPAR"}:
        return _Finding("WIT0030", f"expected {s.describe_expected()}", at=end, labels=[here])
    if s.expected == {"LBRACE"}:
        return _Finding("WIT0027", f"expected `{{`, found {s.describe_found()}")
    return None


def _anything(s: Stuck) -> _Finding:
    return _Finding("WIT0100", f"expected {s.describe_expected()}, found {s.describe_found()}")


_RULES: tuple[Callable[[Stuck], _Finding | None], ...] = (
    _version,
    _attribute,
    _misplaced_attribute,
    _end,
    _keyword_before_colon,
    _file_item,
    _body_item,
    _unnamed_parameter,
    _function_form,
    _world_form,
    _nested_namespace,
    _type,
    _type_arguments,
    _payload,
    _names,
    _separators,
    _anything,
)
