"""The JSON schema of golem.yaml, derived from the model, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args, get_origin

from witgen.app.manifest.decode import Key, keys
from witgen.app.manifest.model import (
    TRUTH,
    Component,
    Dependency,
    Document,
    Template,
    Unused,
    Word,
)

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS = ("string", "number", "boolean")


def _given(*names: str) -> dict[str, Any]:
    """Require keys to be present and not empty."""
    return {"required": list(names), "properties": {n: {"not": {"type": "null"}} for n in names}}


_DEFAULT_PROFILE = {
    "if": {
        "required": ["profiles"],
        "properties": {"profiles": {"type": "object", "minProperties": 1}},
    },
    "then": _given("defaultProfile"),
}
# A template or profiles may give the paths; without either, the component must.
_OWN_PATHS = {
    "if": {"not": {"anyOf": [_given("template"), _given("profiles")]}},
    "then": _given("sourceWit", "componentWasm"),
}
# What the validator requires beyond the shapes of keys.
_RULES: Mapping[type, Mapping[str, Any]] = MappingProxyType(
    {
        Template: _DEFAULT_PROFILE,
        Component: {"type": "object", "allOf": [_DEFAULT_PROFILE, _OWN_PATHS]},
        Dependency: {"oneOf": [_given("target"), _given("path")]},
    }
)


def schema() -> dict[str, Any]:
    """The schema, as JSON values."""
    definitions: dict[str, Any] = {}
    root = _object(Document, definitions)
    return {
        "$schema": _DRAFT,
        "title": "golem.yaml",
        "description": "The application manifest that witgen builds.",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    known = keys(cls)
    made: dict[str, Any] = {
        "type": ["object", "null"] if not any(k.needed for k in known.values()) else "object",
        "additionalProperties": False,
        "properties": {name: _property(key, definitions) for name, key in known.items()},
    }
    if needed := [key.name for key in known.values() if key.needed]:
        made["required"] = needed
    return made | dict(_RULES.get(cls, {}))


def _property(key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    shape = _shape(key.shape, key, definitions)
    if key.refused:
        shape = {"type": "null"}
    elif key.shape is Word and not key.needed:
        # A key without a value counts as missing.
        truth = (True, False) if key.choices == TRUTH else ()
        shape = (
            {"enum": [*shape["enum"], *truth, None]}
            if key.choices
            else {"type": [*_SCALARS, "null"]}
        )
    return {"description": key.doc} | shape


def _shape(shape: Any, key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    if shape is Unused:
        return {}
    if shape is Word:
        return {"enum": list(key.choices)} if key.choices else {"type": list(_SCALARS)}
    origin, args = get_origin(shape), get_args(shape)
    if origin is tuple:
        return {"type": ["array", "null"], "items": _shape(args[0], key, definitions)}
    if origin is Mapping:
        table: dict[str, Any] = {
            "type": ["object", "null"],
            "additionalProperties": _shape(args[1], key, definitions),
        }
        if key.pattern:
            table["propertyNames"] = {"pattern": f"^{key.pattern}$"}
        return table
    name = shape.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _object(shape, definitions)
    return {"$ref": f"#/$defs/{name}"}
