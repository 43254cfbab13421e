"""The reference has every command, option, code and key: what is new is there without being asked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import generated_pages
import pytest

import witgen
from witgen.app.manifest.schema import schema
from witgen.cli import group
from witgen.diagnostics.code import Code
from witgen.diagnostics.codes import CODES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return generated_pages.pages()


def commands(name: str, command: click.Command) -> dict[str, click.Command]:
    found = {name: command}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            part = command.get_command(context, child)
            assert part is not None
            found |= commands(f"{name} {child}", part)
    return found


@pytest.mark.parametrize("path", ["commands", "diagnostics", "manifest", "python"])
def test_the_stored_pages_are_those_of_the_code(pages: dict[str, str], path: str) -> None:
    """`.venv/bin/python docs/generated_pages.py` writes them."""
    assert (ROOT / f"docs/reference/{path}.md").read_text("utf-8") == pages[f"reference/{path}.md"]


def test_each_command_has_its_options_and_an_example(pages: dict[str, str]) -> None:
    text = pages["reference/commands.md"]
    everywhere = text.partition("\n## ")[0]
    for name, command in commands("witgen", group).items():
        if name == "witgen":
            continue
        section = re.search(rf"^##+ {name}\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.MULTILINE)
        assert section, name
        for option in command.params:
            if isinstance(option, click.Option):
                names = [*option.opts, *option.secondary_opts]
                assert all(n in section[1] or n in everywhere for n in names), (name, names)
        assert f"\nwitgen {name.partition(' ')[2]}" in section[1], f"{name} has no example"


def test_the_tables_of_help_texts_keep_their_lines(pages: dict[str, str]) -> None:
    assert "\nDIR/wit/          the client's WIT package" in pages["reference/commands.md"]
    assert "\b" not in pages["reference/commands.md"]


def test_each_code_is_explained_with_its_example(pages: dict[str, str]) -> None:
    text = pages["reference/diagnostics.md"]
    for code in CODES:
        assert f"{{ #{code} }}" in text, f"{code} belongs to no family"
    assert text.count("{ #") == len(CODES)
    assert "error[RES1017]" in text


def test_each_key_of_the_manifest_is_there(pages: dict[str, str]) -> None:
    sections = pages["reference/manifest.md"].split("\n## ")[1:]
    for table in (schema(), *schema()["$defs"].values()):
        assert any(all(f"| `{key}` |" in s for key in table["properties"]) for s in sections)
    assert json.dumps(schema()).count("#/$defs/") <= pages["reference/manifest.md"].count("](#")


def test_links_within_the_manifest_lead_somewhere(pages: dict[str, str]) -> None:
    text = pages["reference/manifest.md"]
    assert set(re.findall(r"\]\(#([a-z-]+)\)", text)) <= set(re.findall(r"\{ #([a-z-]+) \}", text))


def test_the_reference_has_every_name_of_the_facade(pages: dict[str, str]) -> None:
    found = re.findall(r"^### witgen\.(\w+)$", pages["reference/python.md"], re.MULTILINE)

    assert {*found, "__version__"} == {*witgen.__all__, "testing"}


def test_the_reference_can_be_read_as_it_is(pages: dict[str, str]) -> None:
    """Signatures, arguments, results and errors stand in it, and members below their classes."""
    text = pages["reference/python.md"]
    entry = text.partition("### witgen.generate\n")[2].partition("\n### ")[0]

    assert ":::" not in text
    assert (
        "generate(client: Client, emit: Iterable[str] | None = None) -> dict[str, bytes]" in entry
    )
    assert "- `client`: What to write down." in entry
    assert "- `WitError`: `emit` names something" in entry
    assert "\n#### runtime_shim.Host.invoke\n" in text
    assert "\n#### witgen.testing.boundaries\n\n```py\nboundaries(" in text
    assert re.search(r"class Part:\n    name: str\n", text), "the fields of a class are not shown"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a *b* <c> [d] e_f #g", r"a \*b\* &lt;c> \[d\] e\_f \#g"),
        ("a `*b* <c>` | &", "a `*b* <c>` &#124; &amp;"),
        ("one\n  paragraph", "one paragraph"),
    ],
)
def test_prose_of_the_code_is_no_markdown(text: str, shown: str) -> None:
    page = generated_pages.diagnostics_page({"WIT0999": Code("WIT0999", "none", text)})

    assert f"\n{shown}\n" in page


def test_pages_are_the_same_each_time(pages: dict[str, str]) -> None:
    assert generated_pages.pages() == pages


def test_the_navigation_has_every_page(pages: dict[str, str]) -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    named = set(re.findall(r"[\w/-]+\.md", navigation))
    written = {p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")}

    assert named == written | set(pages)


PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_work_in_the_repository(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]

    assert [link for link in linked if not (page.parent / link).exists()] == []
