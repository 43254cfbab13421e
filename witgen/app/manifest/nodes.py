"""YAML text → nodes with places: the only module that imports PyYAML.

PyYAML's own composer recurses and expands aliases without a limit, so nodes are made here from its
events, which it makes one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from witgen.diagnostics import Diagnostic, Place, Source, WitError

if TYPE_CHECKING:
    from yaml.events import Event

_DEEPEST = 40
_LARGEST = 1 << 20
_MOST_NODES = 50_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth value or null.

    Attributes:
        text: As written, without quotes.
        null: Whether it is null.
        place: Where.
    """

    text: str
    null: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping whose keys are scalars."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


Node = Scalar | Items | Entries


def compose(text: str, file: str) -> Node | None:
    """The tree of a YAML document; None for an empty one.

    Args:
        text: The document.
        file: Its name in diagnostics.

    Raises:
        WitError: It is not YAML, has several documents, or is too large.
    """
    import yaml

    source = Source(file, text.removeprefix("\ufeff"))
    if len(text) > _LARGEST:
        raise _error("the manifest is larger than 1 MiB", Place(file))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(source, iter(yaml.parse(source.text, Loader=loader))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = source.place(min(mark.index, len(source.text))) if mark else Place(file)
        said = ": ".join(part for part in (error.context, error.problem) if part)
        hint = _hint(where.source)
        raise WitError([Diagnostic("APP4202", f"invalid YAML: {said}", where, help=hint)]) from None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise _error(f"invalid YAML: {said:.200}", Place(file)) from None


def _hint(line: str) -> tuple[str, ...]:
    if line.lstrip(" ").startswith("\t") or "\t" in line[: len(line) - len(line.lstrip())]:
        return ("indent YAML with spaces, not tabs",)
    if "{{" in line:
        return ("a value that begins with `{{` or is inside `[…]` needs quotes: '{{ … }}.wasm'",)
    return ()


def _error(message: str, place: Place, *hints: str) -> WitError:
    return WitError([Diagnostic("APP4202", message, place, help=hints)])


@dataclass(slots=True)
class _Composer:
    source: Source
    events: Iterator[Event]
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    count: int = 0

    def document(self) -> Node | None:
        from yaml import events as e

        found: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, e.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _error("a manifest must be a single YAML document", self._place(event))
                found = self.node(next(self.events), 0)
        if isinstance(found, Scalar) and found.null:
            return None
        return found

    def node(self, event: Event, depth: int) -> Node:
        from yaml import events as e

        place = self._place(event)
        self._grow(1, place)
        if depth > _DEEPEST:
            raise _error("the manifest is nested too deeply", place)
        if isinstance(event, e.AliasEvent):
            if event.anchor not in self.anchors:
                raise _error(f"there is no anchor `{event.anchor}`", place)
            shared, size = self.anchors[event.anchor]
            # An alias counts like its content, so that a few lines cannot expand to millions.
            self._grow(size, place)
            return shared
        before = self.count
        made = self._made(event, place, depth)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self.anchors[anchor] = made, self.count - before
        return made

    def _made(self, event: Event, place: Place, depth: int) -> Node:
        from yaml import events as e

        if isinstance(event, e.ScalarEvent):
            plain = event.style is None or event.style == ""
            null = plain and event.value in {"", "~", "null", "Null", "NULL"}
            return Scalar(event.value, null, place)
        if isinstance(event, e.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(following := next(self.events), e.SequenceEndEvent):
                items.append(self.node(following, depth + 1))
            return Items(tuple(items), place)
        entries: list[tuple[Scalar, Node]] = []
        while not isinstance(following := next(self.events), e.MappingEndEvent):
            named = self.node(following, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(named, Scalar):
                hint = _hint(named.place.source)
                raise _error("a key must be a word, not a list or a mapping", named.place, *hint)
            entries.append((named, value))
        return Entries(tuple(entries), place)

    def _grow(self, by: int, place: Place) -> None:
        self.count += by
        if self.count > _MOST_NODES:
            raise _error("the manifest has too many values, or its aliases multiply", place)

    def _place(self, event: Event) -> Place:
        start, end = event.start_mark, event.end_mark
        assert start
        assert end
        return self.source.place(start.index, end.index)
