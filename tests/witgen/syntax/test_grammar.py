"""The grammar file, its tables, and their cache."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lark import Lark

from witgen import cache
from witgen.atomic import UNFINISHED
from witgen.syntax import parser_table
from witgen.syntax.names import KEYWORDS
from witgen.syntax.report import Reporter
from witgen.syntax.scanner import _CLASSES

SAMPLE = """
package a:b@1.0.0;
interface i { record r { a: u8, b: list<u8, 4> } f: func(a: r) -> result<_, string>; }
world w { import i; include other with { x as y } export a:b/i@1.0.0; }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(place))
    monkeypatch.setattr(parser_table, "file_name", lambda grammar: "none.json")
    parser_table.load.cache_clear()
    return place


@pytest.fixture
def installed(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the grammars as it is where witgen was built; the table of `wit` in it."""
    grammars = tmp_path / "grammar"
    grammars.mkdir()
    for name in parser_table.GRAMMARS:
        (grammars / f"{name}.lark").write_text(parser_table.grammar_text(name))
    monkeypatch.setattr(parser_table, "folder", lambda: grammars)
    tables = grammars / parser_table.file_name("wit")
    tables.write_bytes(parser_table.packed("wit"))
    return tables


def test_the_grammar_is_lalr_1_without_conflicts() -> None:
    Lark(parser_table.grammar_text(), parser="lalr", lexer="basic", strict=False)


def test_lark_itself_reads_wit_by_the_grammar() -> None:
    lark = Lark(parser_table.grammar_text(), parser="lalr", lexer="contextual")
    kinds = {"package_header", "interface", "world"}
    items = list(lark.parse(SAMPLE).find_pred(lambda tree: tree.data in kinds))
    assert sorted(item.data for item in items) == sorted(kinds)


def test_the_words_of_the_grammar_are_the_keywords() -> None:
    literals = parser_table.load().literals
    words = {text for text in literals if text[0].isalpha()} | set(_CLASSES)
    assert words == KEYWORDS


def test_every_rule_has_an_action(folder: Path) -> None:
    from witgen.syntax.build import builders
    from witgen.syntax.notes import Notes

    made = builders(Notes(Reporter(), {}))
    missing = {
        rule.action
        for rule in parser_table.load().rules
        if rule.action
        and not rule.inline
        and not any(hasattr(builder, rule.action) for builder in made)
    }
    assert missing == set()


def test_tables_are_cached_as_data(folder: Path) -> None:
    built = parser_table.load()
    (entry,) = folder.iterdir()
    parser_table.load.cache_clear()

    assert parser_table.load() == built
    assert entry.read_bytes().split(b"\n", 1)[1].startswith(b'{"states":')


def test_cached_tables_need_no_lark(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser_table.load()
    parser_table.load.cache_clear()
    monkeypatch.setattr(parser_table, "build", lambda text: pytest.fail("built again"))

    assert parser_table.load().rules


@pytest.mark.parametrize("content", [b"", b"x", b"00000000\n{}", b"\xff" * 100])
def test_a_damaged_cache_is_ignored_and_replaced(folder: Path, content: bytes) -> None:
    built = parser_table.load()
    (entry,) = folder.iterdir()
    entry.write_bytes(content)
    parser_table.load.cache_clear()

    assert parser_table.load() == built
    assert entry.read_bytes() != content


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"states": 1}', b"null", b"not json"])
def test_a_well_sealed_cache_of_nonsense_is_ignored(folder: Path, content: bytes) -> None:
    built = parser_table.load()
    (entry,) = folder.iterdir()
    cache.write(entry.name, content)
    parser_table.load.cache_clear()

    assert parser_table.load() == built


def test_a_cache_that_cannot_be_written_is_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path / "file"))
    parser_table.load.cache_clear()

    assert parser_table.load().rules
    parser_table.load.cache_clear()


def test_another_grammar_or_lark_is_another_entry(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser_table.load()
    text = parser_table.grammar_text()
    monkeypatch.setattr(parser_table, "grammar_text", lambda name="wit": text + "\n")
    parser_table.load.cache_clear()
    parser_table.load()

    assert len(list(folder.iterdir())) == 2


def test_old_entries_and_unfinished_ones_are_pruned(folder: Path) -> None:
    for number in range(6):
        cache.write(f"kind-{number}", b"x")
        os.utime(folder / f"kind-{number}", (number, number))
    cache.write("other", b"x")
    (folder / f".kind-7.x{UNFINISHED}").write_bytes(b"")
    os.utime(folder / f".kind-7.x{UNFINISHED}", (0, 0))

    cache.prune("kind-", 2)

    assert sorted(p.name for p in folder.iterdir()) == ["kind-4", "kind-5", "other"]


def test_the_cache_has_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from platformdirs import user_cache_path

    monkeypatch.delenv("WITGEN_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_dir() == user_cache_path("witgen")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_dir() == user_cache_path("witgen")


def test_tables_that_were_built_with_witgen_need_no_lark_and_no_cache(
    installed: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_table, "build", lambda text: pytest.fail("built again"))

    assert parser_table.load().rules
    assert not folder.exists()


def test_a_grammar_that_changed_since_is_built_again(installed: Path, folder: Path) -> None:
    grammar = installed.parent / "wit.lark"
    grammar.write_text(grammar.read_text() + "\n// changed\n")

    assert parser_table.load().rules
    assert len(list(folder.iterdir())) == 1


def test_a_grammar_that_is_imported_counts(installed: Path) -> None:
    before = parser_table.packed("wac")
    grammar = installed.parent / "wit.lark"
    grammar.write_text(grammar.read_text() + "\n// changed\n")

    assert parser_table.packed("wac") != before


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b"null", b'["key", {}]', b"[1, 2, 3]", b"7"]
)
def test_damaged_tables_are_built_again(installed: Path, folder: Path, content: bytes) -> None:
    installed.write_bytes(content)

    assert parser_table.load().rules


def test_tables_of_nonsense_under_the_right_key(installed: Path, folder: Path) -> None:
    key = json.loads(installed.read_bytes())[0]
    installed.write_text(json.dumps([key, {"states": 1}]))

    assert parser_table.load().rules
