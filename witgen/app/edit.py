"""Add a dependency to a manifest by adding lines or changing one word, keeping all the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from witgen.app.manifest.decode import decode
from witgen.app.manifest.model import Dependency, Document, Word
from witgen.app.manifest.nodes import Entries, Items, Node, Scalar, compose
from witgen.diagnostics import Diagnostic, Place, Sink, WitError


@dataclass(frozen=True, slots=True)
class Wanted:
    """The dependency to add.

    Attributes:
        component: The dependant.
        type: How it is bound.
        key: `target` or `path`.
        value: What it depends on.
    """

    component: str
    type: str
    key: str
    value: str


def add_dependency(text: str, file: str, wanted: Wanted) -> str:
    """Return the manifest with a dependency; the same text if it already has it.

    Args:
        text: The manifest, already read without errors.
        file: Its name in diagnostics.
        wanted: What to add; an existing dependency on the same target gets this type.

    Raises:
        WitError: It is written in a style to which lines cannot be added.
    """
    before = _dependencies(text, file)
    for dependency in before.get(Word(wanted.component, Place(file)), ()):
        value = dependency.target if wanted.key == "target" else dependency.path
        if value is not None and value.text == wanted.value:
            assert dependency.type is not None
            return _retyped(text, dependency.type, wanted.type)
    made = _inserted(text, file, wanted)
    after = _dependencies(made, file)
    if not _is_added(before, after, wanted):
        raise _by_hand(file, wanted)
    return made


def _dependencies(text: str, file: str) -> Mapping[Word, tuple[Dependency, ...]]:
    tree = compose(text, file)
    if tree is None:
        return {}
    return decode(tree, Document, Sink(), "a manifest").dependencies or {}


def _is_added(
    before: Mapping[Word, tuple[Dependency, ...]],
    after: Mapping[Word, tuple[Dependency, ...]],
    wanted: Wanted,
) -> bool:
    def plain(table: Mapping[Word, tuple[Dependency, ...]]) -> dict[str, set[tuple[str, str, str]]]:
        return {
            word.text: {(str(d.type), str(d.target), str(d.path)) for d in listed or ()}
            for word, listed in table.items()
        }

    expected = plain(before)
    values = {"target": "None", "path": "None"} | {wanted.key: wanted.value}
    row = wanted.type, values["target"], values["path"]
    expected[wanted.component] = expected.get(wanted.component, set()) | {row}
    return plain(after) == expected


def _retyped(text: str, word: Word, type_: str) -> str:
    lines = text.splitlines(keepends=True)
    line, start = lines[word.place.line - 1], word.place.column - 1
    changed = line[:start] + line[start : start + word.place.length].replace(word.text, type_)
    lines[word.place.line - 1] = changed + line[start + word.place.length :]
    return "".join(lines)


def _inserted(text: str, file: str, wanted: Wanted) -> str:
    tree = compose(text, file)
    table = _child(tree, "dependencies")
    newline = "\r\n" if "\r\n" in text else "\n"
    quoted = f'"{wanted.value}"' if wanted.key == "path" else wanted.value
    item = [f"- type: {wanted.type}", f"  {wanted.key}: {quoted}"]
    if table is None or (isinstance(table[1], Scalar) and table[1].null):
        entry = [f"  {wanted.component}:", *(f"    {line}" for line in item)]
        if table is not None:
            return _lines(text, table[0].place.line + 1, entry, newline)
        end = "" if not text or text.endswith("\n") else newline
        return text + end + newline.join(["", "dependencies:", *entry, ""])
    listed = _child(table[1], wanted.component)
    if listed is None:
        place = table[1].place
        if not _is_block(text, place):
            raise _by_hand(file, wanted)
        indent = " " * (place.column - 1)
        inner = indent + " " * _inset(text, table[1])
        entry = [f"{indent}{wanted.component}:", *(f"{inner}{line}" for line in item)]
        return _lines(text, _behind(text, place), entry, newline)
    name, items = listed
    if isinstance(items, Items) and items.items and _is_block(text, items.place):
        indent = " " * (items.place.column - 1)
        added = [f"{indent}{line}" for line in item]
        return _lines(text, _behind(text, items.place, "-"), added, newline)
    if isinstance(items, Scalar) and items.null:
        indent = " " * (name.place.column - 1 + _inset(text, table[1]))
        return _lines(text, name.place.line + 1, [f"{indent}{line}" for line in item], newline)
    raise _by_hand(file, wanted)


def _child(node: Node | None, key: str) -> tuple[Scalar, Node] | None:
    if not isinstance(node, Entries):
        return None
    return next(((name, value) for name, value in node.entries if name.text == key), None)


def _is_block(text: str, place: Place) -> bool:
    """Whether a collection is in block style and starts its own line."""
    line = text.splitlines()[place.line - 1]
    return not line[: place.column - 1].strip() and line[place.column - 1] not in "[{"


def _inset(text: str, table: Node) -> int:
    """How far lists are indented from their keys: as the others are."""
    for name, value in table.entries if isinstance(table, Entries) else ():
        if isinstance(value, Items) and value.items and _is_block(text, value.place):
            return value.place.column - name.place.column
    return 2


def _behind(text: str, place: Place, dash: str = "") -> int:
    """The line behind a collection in block style, where comments about what follows stay."""
    last = place.line
    for number, line in enumerate(text.splitlines()[place.line :], place.line + 1):
        content = line.lstrip(" ")
        if not content.strip() or content.startswith("#"):
            continue
        indent = len(line) - len(content)
        if indent < place.column - 1 or (
            indent == place.column - 1 and not content.startswith(dash)
        ):
            break
        last = number
    return last + 1


def _lines(text: str, number: int, added: list[str], newline: str) -> str:
    """Insert lines before line `number`."""
    lines = text.splitlines(keepends=True)
    if len(lines) < number and lines and not lines[-1].endswith("\n"):
        lines[-1] += newline
    return "".join(
        [*lines[: number - 1], *(line + newline for line in added), *lines[number - 1 :]]
    )


def _by_hand(file: str, wanted: Wanted) -> WitError:
    message = (
        f"the `dependencies` of `{file}` are not in YAML's block style, so no line can be added"
    )
    line = f"{{type: {wanted.type}, {wanted.key}: {wanted.value}}}"
    hint = f"add `{line}` to `{wanted.component}` by hand"
    return WitError([Diagnostic("APP4209", message, Place(file), help=(hint,))])
