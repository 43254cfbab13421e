"""The pages of the reference that are generated from the code.

They are stored, so that links to them work in the repository; a test compares them with the code.
`.venv/bin/python docs/generated_pages.py` writes them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from python_page import python_page

from witgen.app.manifest.schema import schema
from witgen.cli import group
from witgen.diagnostics.code import Code
from witgen.diagnostics.codes import CODES
from witgen.diagnostics.examples import example

_FAMILIES = {
    "WIT0": "WIT syntax",
    "RES1": "Resolving WIT",
    "GEN2": "Clients and bindings",
    "CMP3": "Components and compositions",
    "APP4": "The command line and applications",
    "RUN5": "Running",
}
_TABLES = {
    "Template": "A template",
    "Component": "A component",
    "Grants": "The grants of a component",
    "Limits": "The limits of a component",
    "Properties": "A profile of a template or a component",
    "Command": "A command",
    "Dependency": "A dependency",
}
_SHARED = ("--error-format", "--color", "--verbose", "--quiet", "--help")


def pages() -> dict[str, str]:
    """The pages: path in the documentation → Markdown."""
    return {
        "reference/commands.md": commands_page(),
        "reference/diagnostics.md": diagnostics_page(CODES),
        "reference/manifest.md": manifest_page(schema()),
        "reference/python.md": python_page(),
    }


# --- commands -----------------------------------------------------------------------------------


def commands_page() -> str:
    """All commands with their options, from their own help."""
    shared = [option for option in _commands()["witgen explain"].params if _is_shared(option)]
    parts = [
        "# Commands",
        "What `--help` says; [The command line](../commands.md) has more. All commands take:",
        _options(shared),
    ]
    for name, command in _commands().items():
        if name != "witgen":
            parts += _command(name, command)
    return "\n\n".join(parts) + "\n"


def _commands() -> dict[str, click.Command]:
    return dict(_walk("witgen", group))


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None, child
            yield from _walk(f"{name} {child}", found)


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"{'##' if name.count(' ') == 1 else '###'} {name}"
    yield _code(f"{name} {usage}")
    yield from (_paragraph(text) for text in inspect.cleandoc(command.help or "").split("\n\n"))
    if options := [option for option in command.params if not _is_shared(option)]:
        yield _options(options)
    if command.epilog:
        examples = re.sub(r"^Examples?: ", "", command.epilog).split("; ")
        yield _code("\n".join(examples))


def _paragraph(text: str) -> str:
    """A paragraph of a help text; click keeps the lines of those that begin with a backspace."""
    return _code(text.removeprefix("\b\n")) if text.startswith("\b") else _text(text)


def _options(options: Iterable[click.Parameter]) -> str:
    rows = [row for option in options if (row := _option(option))]
    return _table(("option", "meaning"), rows) if rows else ""


def _option(option: click.Parameter) -> tuple[str, str] | None:
    """The names and the help of an option, as in `--help`; arguments have none."""
    record = option.get_help_record(click.Context(click.Command("witgen")))
    return (f"`{record[0]}`", _text(record[1])) if record and record[1] else None


def _is_shared(option: click.Parameter) -> bool:
    return any(name in _SHARED for name in option.opts)


# --- diagnostics --------------------------------------------------------------------------------


def diagnostics_page(codes: Mapping[str, Code]) -> str:
    """All codes: what each means, and its example."""
    parts = [
        "# Diagnostic codes",
        "What `witgen explain CODE` prints. A code is never used for another meaning.",
    ]
    for family, title in _FAMILIES.items():
        parts.append(f"## {title}")
        for code in sorted(codes):
            if code.startswith(family):
                parts += _diagnostic(codes[code])
    return "\n\n".join(parts) + "\n"


def _diagnostic(code: Code) -> Iterator[str]:
    yield f"### {code.code} {code.slug.replace('-', ' ')} {{ #{code.code} }}"
    yield _text(code.text)
    if shown := example(code):
        parts = [part for name, text in shown.files for part in (f"`{name}`:", _code(text))]
        parts += ["It produces:", _code(shown.rendered)]
        yield '??? example "Example"\n\n' + _indented("\n\n".join(parts))


# --- the manifest -------------------------------------------------------------------------------


def manifest_page(document: Mapping[str, Any]) -> str:
    """All keys of golem.yaml, from its JSON schema."""
    parts = [
        "# Keys of golem.yaml",
        "From its JSON schema. [The manifest](../manifest.md) explains them.",
        "## The manifest { #manifest }",
        _keys(document),
    ]
    for name, title in _TABLES.items():
        parts += [f"## {title} {{ #{name.lower()} }}", _keys(document["$defs"][name])]
    return "\n\n".join(parts) + "\n"


def _keys(table: Mapping[str, Any]) -> str:
    needed = table.get("required", ())
    rows = [
        (
            f"`{name}`",
            _shape(value),
            _text(value["description"]) + (" Required." if name in needed else ""),
        )
        for name, value in table["properties"].items()
    ]
    return _table(("key", "value", "meaning"), rows)


def _shape(value: Mapping[str, Any]) -> str:
    match value:
        case {"$ref": str(name)}:
            title = name.removeprefix("#/$defs/")
            return f"[{_TABLES[title].lower()}](#{title.lower()})"
        case {"enum": list(choices)}:
            # A key without a value counts as missing, so null is not listed.
            return ", ".join(f"`{choice}`" for choice in choices if choice is not None)
        case {"items": dict(items)}:
            return f"list: {_shape(items)}"
        case {"additionalProperties": dict(items)}:
            return f"table: name → {_shape(items)}"
        case {"type": "null"}:
            return "nothing"
        case {"type": _}:
            return "string"
        case _:
            return "anything"


# --- Markdown -----------------------------------------------------------------------------------


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str) -> str:
    """Escape prose from the code: only its backticks are Markdown."""
    plain = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if at % 2 else _escaped(part) for at, part in enumerate(plain))


def _escaped(text: str) -> str:
    text = re.sub(r"([\\*_\[\]#])", r"\\\1", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")


def _code(text: str) -> str:
    """A block of code, fenced by more backticks than it has."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


if __name__ == "__main__":
    for path, text in pages().items():
        (Path(__file__).parent / path).write_text(text, "utf-8")
