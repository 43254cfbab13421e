"""The small pieces of WIT text: names, types, documentation, gates, and the layout of items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from witgen.resolve import model as m
from witgen.value import value

_WORDS = (
    "as async bool borrow char constructor enum error-context export f32 f64 flags from func"
    " future import include interface list map option own package record resource result s8"
    " s16 s32 s64 static stream string tuple type u8 u16 u32 u64 use variant with world"
)
KEYWORDS = frozenset(_WORDS.split())
"""The reserved words of WIT; `%` escapes them."""

_INDENT = "  "
# Marks a line of a block comment that must not be indented. WIT has no form feed.
_VERBATIM = "\f"
_ONE_LINERS = ("use ", "import ", "export ", "include ", "type ", "function")


@value
class Item:
    """One printed item; neighbours of the same `sort` are not separated."""

    sort: str
    lines: tuple[str, ...]


def ident(name: str) -> str:
    """A name in WIT: with `%` before a keyword."""
    return f"%{name}" if name in KEYWORDS else name


def package_text(name: m.PackageName) -> str:
    """`ns:name@version` with keywords escaped."""
    version = f"@{name.version}" if name.version else ""
    return f"{ident(name.namespace)}:{ident(name.name)}{version}"


def type_text(resolve: m.Resolve, ty: m.Type) -> str:
    """A type as written at its use: its name, or its structure if it has none."""
    if isinstance(ty, m.Prim):
        return ty.value
    typedef = resolve.types[ty]
    return ident(typedef.name) if typedef.name is not None else kind_text(resolve, typedef.kind)


def kind_text(resolve: m.Resolve, kind: m.TypeDefKind) -> str:
    """The structure of an anonymous type."""

    def text(ty: m.Type) -> str:
        return type_text(resolve, ty)

    match kind:
        case m.Tuple(types):
            return f"tuple<{', '.join(text(t) for t in types)}>"
        case m.Option(ty):
            return f"option<{text(ty)}>"
        case m.Result(None, None):
            return "result"
        case m.Result(ok, None) if ok is not None:
            return f"result<{text(ok)}>"
        case m.Result(ok, err):
            assert err is not None  # the two cases above took the rest
            return f"result<{'_' if ok is None else text(ok)}, {text(err)}>"
        case m.List(ty):
            return f"list<{text(ty)}>"
        case m.FixedLengthList(ty, length):
            return f"list<{text(ty)}, {length}>"
        case m.Map(key, value):
            return f"map<{text(key)}, {text(value)}>"
        case m.Future(payload):
            return "future" if payload is None else f"future<{text(payload)}>"
        case m.Stream(payload):
            return "stream" if payload is None else f"stream<{text(payload)}>"
        case m.Own(resource):
            return text(resource)
        case m.Borrow(resource):
            return f"borrow<{text(resource)}>"
        case m.Alias(ty):
            return text(ty)
        case m.Record() | m.Variant() | m.Enum() | m.Flags() | m.Resource():
            raise ValueError("a record, variant, enum, flags or resource has a name")
        case _:
            assert_never(kind)


# --- lines --------------------------------------------------------------------------------------


def file_text(items: Iterable[Item]) -> str:
    """The text of a file."""
    return "".join(f"{line.removeprefix(_VERBATIM)}\n" for line in spaced(items))


def block(head: str, items: Iterable[Item]) -> tuple[str, ...]:
    """`head { … }` around items, or `head {}`."""
    lines = [indented(line) for line in spaced(items)]
    return (f"{head} {{", *lines, "}") if lines else (f"{head} {{}}",)


def spaced(items: Iterable[Item]) -> Iterator[str]:
    """The lines of items, with blank lines between all but similar one-line items."""
    previous: Item | None = None
    for item in items:
        if previous is not None:
            close = item.sort == previous.sort and item.sort in _ONE_LINERS
            if not (close and len(item.lines) == 1 and len(previous.lines) == 1):
                yield ""
        yield from item.lines
        previous = item


def docs_lines(docs: str | None) -> tuple[str, ...]:
    """A documentation comment that reads back as `docs`.

    The loader strips from each comment the spaces that all comments of the item start with; a block
    is one comment, of which only the start counts. So uniformly indented text goes into a block,
    and text that starts with a tab follows the slashes without a space.
    """
    if docs is None:
        return ()
    lines = docs.split("\n")
    indented = all(line[:1].isspace() for line in lines if line)
    if indented and docs.startswith("\n") and _nests(docs):
        last = " */" if docs.endswith("*") else "*/"
        return ("/**", *(_VERBATIM + line for line in lines[1:-1]), f"{_VERBATIM}{lines[-1]}{last}")
    space = "" if any(line.startswith("\t") for line in lines) and "/" not in docs else " "
    return tuple(f"///{space}{line}" if line else "///" for line in lines)


def _nests(text: str) -> bool:
    """Whether comments inside a block comment leave it intact."""
    depth = 0
    for mark in re.findall(r"/\*|\*/", text):
        depth += 1 if mark == "/*" else -1
        if depth < 0:
            return False
    return depth == 0


def gate_lines(stability: m.Stability, external_id: str | None = None) -> tuple[str, ...]:
    """The attributes of an item, one per line."""
    lines = []
    match stability:
        case None:
            pass
        case m.Stable(since, deprecated):
            lines.append(f"@since(version = {since})")
            lines += [f"@deprecated(version = {deprecated})"] if deprecated else []
        case m.Unstable(feature, deprecated):
            lines.append(f"@unstable(feature = {ident(feature)})")
            lines += [f"@deprecated(version = {deprecated})"] if deprecated else []
        case _:
            assert_never(stability)
    if external_id is not None:
        lines.append(f'@external-id("{_quoted(external_id)}")')
    return tuple(lines)


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    text = "".join(escapes.get(c, c) for c in text)
    return re.sub(r"[^\x20-\x7e]", lambda match: f"\\u{{{ord(match.group()):x}}}", text)


def members_block(head: str, members: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """`head { … }` around members, each (docs, text)."""
    lines = []
    for docs, text in members:
        lines += [*docs_lines(docs), f"{text},"]
    return (f"{head} {{", *(indented(line) for line in lines), "}")


def indented(line: str) -> str:
    """A line one level deeper, unless it is blank or verbatim."""
    return line if not line or line.startswith(_VERBATIM) else _INDENT + line
