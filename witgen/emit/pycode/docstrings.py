"""Docstrings from documentation that may hold anything."""

from __future__ import annotations

from textwrap import dedent


def docstring(text: str, indent: int) -> list[str]:
    """The lines of a docstring that says `text`, as black leaves it.

    Backslashes and triple quotes are escaped where Python would read them, control characters
    always; white space at the end of lines is dropped, as black drops it.

    Args:
        text: What the docstring says; blank text gives no lines.
        indent: Columns before each line.
    """
    first, *rest = text.strip().split("\n")
    # What `inspect.cleandoc` removes is not part of a docstring, and black removes it too.
    rest = dedent("\n".join(line.expandtabs() for line in rest)).split("\n") if rest else []
    lines = [_escaped(line).rstrip() for line in (first.expandtabs(), *rest)]
    pad = " " * indent
    if not lines[0]:
        return []
    lines[0] = f"\\{lines[0]}" if lines[0].startswith('"') else lines[0]
    if len(lines) > 1:
        body = [f"{pad}{line}" if line else "" for line in lines[1:]]
        return [f'{pad}"""{lines[0]}', *body, f'{pad}"""']
    end = " " if lines[0].endswith('"') else ""
    return [f'{pad}"""{lines[0]}{end}"""']


def inline(text: str) -> str:
    """Text inside a docstring, on one line."""
    return _escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Control characters and other unprintable ones as Python's escapes."""
    return "".join(c if c.isprintable() else _code(c) for c in text)


def _escaped(line: str) -> str:
    return escaped(line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"'))


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
