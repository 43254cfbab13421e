"""The JSON schema of golem.yaml, made from the model, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from witgen.app.manifest.decode import Key, keys
from witgen.app.manifest.model import Document, Unused, Word

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


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
    return made


def _property(key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    return {"description": key.doc} | _shape(key.shape, key, definitions)


def _shape(shape: Any, key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    if shape is Unused:
        return {}
    if shape is Word:
        return (
            {"enum": list(key.choices)}
            if key.choices
            else {"type": ["string", "number", "boolean"]}
        )
    origin, args = get_origin(shape), get_args(shape)
    if origin is tuple:
        return {"type": "array", "items": _shape(args[0], key, definitions)}
    if origin is Mapping:
        table: dict[str, Any] = {
            "type": "object",
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
