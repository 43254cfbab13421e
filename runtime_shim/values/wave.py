"""The text of values, as on the command line: WAVE, read and written by type.

    parse('{name: "x", size: 3}', type) == {"name": "x", "size": 3}

The grammar is `grammar/wave.lark`. Handles are the strings that Golem prints: the worker's uri, a
slash and the number.
"""

from __future__ import annotations

import re

from runtime_shim.values import Value
from runtime_shim.values.types import Prim, Type

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_STRING = re.compile(r'"[^"\\\n\ud800-\udfff]*"')


def parse(text: str, type_: Type) -> Value:
    """The value of type `type_` in `text`, in normal form.

    Raises:
        WaveError: It is not a value of the type.
    """
    plain = _plain(text, type_)
    if plain is not None:
        return plain
    from runtime_shim.values.wave_parse import parse_value

    return parse_value(text, type_)


def format(value: Value, type_: Type) -> str:  # noqa: A001 -- used as `wave.format`
    """The text of a value in normal form; `parse` gives the value back.

    Raises:
        WaveError: the value is not of that type.
    """
    from runtime_shim.values.wave_format import format_value

    return format_value(value, type_)


def _plain(text: str, type_: Type) -> Value:
    """The value of a plain number, string or bool; None if the grammar is needed.

    Most arguments on a command line are such, and importing lark takes a fifth of a second.
    """
    from runtime_shim.values.types import INTEGERS

    if type_ is Prim.STRING and _STRING.fullmatch(text):
        return text[1:-1]
    if type_ is Prim.BOOL and text in {"true", "false"}:
        return text == "true"
    if isinstance(type_, Prim) and type_ in INTEGERS and _INTEGER.fullmatch(text):
        low, high = INTEGERS[type_]
        return int(text) if low <= int(text) <= high else None
    return None
