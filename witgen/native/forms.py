"""Core modules as text, linked from the forms that they need.

The code that every client shares is written by hand in `runtime/`, one form a function, import or
global. A module takes what its own functions lead to and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import ascii_letters

_NAME = re.compile(
    r'\((?:import\s+"[^"]*"\s+"[^"]*"\s+\()?(?:func|global|table|memory) (\$[\w-]+|\$"[^"]*")'
)
_USE = re.compile(r'(?:call|call_indirect|global\.[gs]et) (\$[\w-]+|\$"[^"]*")')


@dataclass(frozen=True, slots=True)
class Form:
    """A field of a module.

    Attributes:
        name: Its identifier, with the `$`.
        text: Its text.
        also: What it needs beyond what its instructions name.
    """

    name: str
    text: str
    also: tuple[str, ...] = ()

    @property
    def is_import(self) -> bool:
        """Whether it must come before all that is defined."""
        return self.text.startswith("(import")

    @property
    def needs(self) -> Iterable[str]:
        """The identifiers that it refers to."""
        return (*_USE.findall(self.text), *self.also)


@cache
def text_of(part: str) -> str:
    """A file of `runtime/`, which is part of the package."""
    return files("witgen.native").joinpath("runtime", part).read_text("utf-8")


@cache
def forms_of(part: str) -> tuple[Form, ...]:
    """The forms of a file of `runtime/`: paragraphs, comments left out."""
    found = []
    for paragraph in text_of(part).split("\n\n"):
        lines = [line for line in paragraph.splitlines() if not line.startswith(";;")]
        text = "\n".join(lines).strip()
        match = _NAME.match(text)
        if match is not None:
            found.append(Form(match[1], text))
    return tuple(found)


def link(forms: Iterable[Form], roots: Iterable[str]) -> list[Form]:
    """The forms that the roots lead to, imports first, otherwise in their order.

    Raises:
        KeyError: A form needs one that is not there.
    """
    known: Mapping[str, Form] = {form.name: form for form in forms}
    needed: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += known[name].needs
    kept = [form for form in known.values() if form.name in needed]
    return sorted(kept, key=lambda form: not form.is_import)


def identifier(name: str) -> str:
    """Any name as an identifier of the text format."""
    return f"${quoted(name.encode())}"


def quoted(data: bytes) -> str:
    """Bytes as a string of the text format."""
    plain = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:02x}"
        for byte in data
    )
    return f'"{plain}"'


def short_name(number: int, letters: str = ascii_letters) -> str:
    """A name of one letter or few, a different one for each number."""
    rest, digit = divmod(number, len(letters))
    return (short_name(rest - 1, letters) if rest else "") + letters[digit]
