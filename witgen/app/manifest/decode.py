"""Nodes → the dataclasses of the model, by their annotations; reports all errors at once."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from witgen.app.manifest import model
from witgen.app.manifest.model import Unused, Word
from witgen.app.manifest.nodes import Entries, Items, Node, Scalar
from witgen.diagnostics import Diagnostic, Label, Place, Severity, Sink, did_you_mean

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an object, as the model declares it.

    Attributes:
        field: The field's name.
        name: The key, in camelCase.
        shape: Its annotation, without None.
        doc: What it is for.
        choices: The words that it accepts.
        pattern: The pattern for the keys of its table.
        needed: Whether it is required.
        refused: Whether it is forbidden.
    """

    field: str
    name: str
    shape: Any
    doc: str
    choices: tuple[str, ...]
    pattern: str
    needed: bool
    refused: bool


@cache
def keys(cls: Any) -> Mapping[str, Key]:
    """The keys of a class of the model, by name."""
    assert isinstance(cls, type)
    hints = get_type_hints(cls, vars(model) | {"Mapping": Mapping})
    made = (_key(f, hints[f.name]) for f in fields(cls) if f.metadata)
    return {key.name: key for key in made}


def _key(declared: Field[Any], hint: Any) -> Key:
    assert declared.default is not MISSING
    about = declared.metadata
    first, *rest = declared.name.split("_")
    name = first + "".join(word.capitalize() for word in rest)
    return Key(
        declared.name, name, _without_none(hint), about["doc"], about["choices"],
        about["pattern"], about["needed"], about["refused"],
    )  # fmt: skip


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, types.UnionType}:
        (shape,) = (arg for arg in get_args(hint) if arg is not type(None))
        return shape
    return hint


def decode(node: Node, cls: type[T], sink: Sink, what: str) -> T:
    """Decode the object of a node.

    Args:
        node: Its root.
        cls: The class of the model.
        sink: Receives errors; the result then holds the valid parts.
        what: Its name in messages.
    """
    return _Decoder(sink).object(node, cls, what)


@dataclass(frozen=True, slots=True)
class _Decoder:
    sink: Sink

    def object(self, node: Node, cls: type[T], what: str) -> T:
        make: Callable[..., T] = cls
        known = keys(make)
        found: dict[str, Any] = {}
        for name, value in self._entries(node, what):
            key = known.get(name.text)
            if key is None:
                self._unknown(name, known, what)
            elif isinstance(value, Scalar) and value.null:
                continue
            else:
                found[key.field] = self._value(value, key, name)
        for key in known.values():
            if key.needed and key.field not in found:
                self.error("APP4205", f"{what} has no `{key.name}`", node.place, key.doc)
        return make(place=node.place, **found)

    def _entries(self, node: Node, what: str) -> tuple[tuple[Scalar, Node], ...]:
        if isinstance(node, Scalar) and node.null:
            return ()
        if not isinstance(node, Entries):
            self._shape(node, what, "a mapping")
            return ()
        seen: dict[str, Scalar] = {}
        for name, _ in node.entries:
            if name.text in seen:
                first = (Label(seen[name.text].place, "first here"),)
                message = f"`{name.text}` is given twice"
                self.sink.add(Diagnostic("APP4206", message, name.place, labels=first))
            seen.setdefault(name.text, name)
        return node.entries

    def _unknown(self, name: Scalar, known: Mapping[str, Key], what: str) -> None:
        hints = did_you_mean(name.text, known) or (f"known keys: {', '.join(sorted(known))}",)
        self.error("APP4203", f"{what} has no key `{name.text}`", name.place, *hints)

    def _value(self, node: Node, key: Key, name: Scalar) -> Any:
        if key.shape is Unused:
            message = f"`{key.name}` is for a Golem server and not used by witgen"
            self.sink.add(Diagnostic("APP4211", message, name.place, severity=Severity.WARNING))
            return Unused(name.place)
        return self._shaped(node, key.shape, key, f"`{key.name}`")

    def _shaped(self, node: Node, shape: Any, key: Key, what: str) -> Any:
        if shape is Word:
            return self._word(node, key, what)
        origin, args = get_origin(shape), get_args(shape)
        if origin is tuple:
            return self._list(node, args[0], key, what)
        if origin is Mapping:
            return self._table(node, args[1], key, what)
        return self.object(node, shape, what)

    def _word(self, node: Node, key: Key, what: str) -> Word | None:
        if not isinstance(node, Scalar) or node.null:
            self._shape(node, what, "a string")
            return None
        if key.choices and node.text not in key.choices:
            hints = did_you_mean(node.text, key.choices)
            listed = ", ".join(f"`{choice}`" for choice in key.choices)
            self.error(
                "APP4204",
                f"{what} cannot be `{node.text}`",
                node.place,
                *hints,
                f"it must be one of {listed}",
            )
            return None
        return Word(node.text, node.place)

    def _list(self, node: Node, shape: Any, key: Key, what: str) -> tuple[Any, ...]:
        if isinstance(node, Scalar) and node.null:
            return ()
        if not isinstance(node, Items):
            self._shape(node, what, "a list")
            return ()
        made = (self._shaped(item, shape, key, f"an item of {what}") for item in node.items)
        return tuple(item for item in made if item is not None)

    def _table(self, node: Node, shape: Any, key: Key, what: str) -> dict[Word, Any]:
        made: dict[Word, Any] = {}
        for name, value in self._entries(node, what):
            if key.pattern and not re.fullmatch(key.pattern, name.text):
                hint = "components are named like WIT packages: `namespace:name`, in lower case"
                if name.text in keys(model.Document):
                    hint = f"`{name.text}:` belongs at the left edge, like `{key.name}:`"
                message = f"`{name.text}` is not a valid component name"
                self.error("APP4212", message, name.place, hint)
            word = Word(name.text, name.place)
            inner = f"`{name.text}`"
            made.setdefault(word, self._shaped(value, shape, key, inner))
        return made

    def _shape(self, node: Node, what: str, wanted: str) -> None:
        is_ = {Scalar: "a string", Items: "a list", Entries: "a mapping"}[type(node)]
        if isinstance(node, Scalar) and node.null:
            is_ = "empty"
        dash = wanted == "a list" and not isinstance(node, Items)
        hints = ("each item of a list begins with a dash: `- `",) if dash else ()
        self.error("APP4204", f"{what} must be {wanted}, but this is {is_}", node.place, *hints)

    def error(self, code: str, message: str, place: Place, *hints: str) -> None:
        self.sink.add(Diagnostic(code, message, place, help=hints))
