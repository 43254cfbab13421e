"""JSON on stdout, written item by item."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

_encode, _quoted = json.JSONEncoder(allow_nan=False).encode, json.encoder.encode_basestring_ascii
_CONSTANTS = {None: "null", True: "true", False: "false"}


def document(items: Iterable[object]) -> None:
    """A JSON array, written item by item: a log may be longer than memory."""
    before = "["
    for item in items:
        text = json_text(item).replace("\n", "\n  ")
        sys.stdout.write(f"{before}\n  {text}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


def json_text(content: object) -> str:
    """As `json.dumps` gives it with an indent of 2, which does all of it in Python and is slow."""
    if isinstance(content, str):
        return _quoted(content)
    if type(content) is int:
        return str(content)
    if content is None or content is True or content is False:
        return _CONSTANTS[content]
    if isinstance(content, dict) and content:
        begin, end = "{", "}"
        lines = [f"{_quoted(name)}: {json_text(value)}" for name, value in content.items()]
    elif isinstance(content, (list, tuple)) and content:
        begin, end = "[", "]"
        lines = [*map(json_text, content)]
    else:
        return _encode(content)
    inner = ",\n".join(lines).replace("\n", "\n  ")
    return f"{begin}\n  {inner}\n{end}"
