"""How diagnostics look, for people and for machines."""

from __future__ import annotations

import json
import re

import pytest

from witgen.diagnostics import Diagnostic, Label, Place, Severity, Source, did_you_mean
from witgen.diagnostics.formats import render_github, render_json, render_sarif
from witgen.diagnostics.render import render_text

TEXT = Source("wit/a.wit", "package a:b;\ninterface i {\n\tf: func(x: u33);\n}\n")
START = TEXT.text.index("u33")
FINDING = Diagnostic(
    "WIT0001",
    "unknown type `u33`",
    TEXT.place(START, START + 3),
    "not a type",
    (Label(TEXT.place(0, 7), "in this package"),),
    ("did you mean `u32`?",),
)
BINARY = Diagnostic("CMP3001", "the section ends early", Place("a.wasm", offset=31))
PLAIN = Diagnostic("APP4001", "it is odd", severity=Severity.WARNING)


def test_text_has_carets_under_the_span_and_second_places() -> None:
    assert render_text([FINDING]) == (
        "error[WIT0001]: unknown type `u33`\n"
        " --> wit/a.wit:3:13\n"
        "  |\n"
        "3 |     f: func(x: u33);\n"
        "  |                ^^^ not a type\n"
        " ::: wit/a.wit:1:1\n"
        "  |\n"
        "1 | package a:b;\n"
        "  | ------- in this package\n"
        "  = help: did you mean `u32`?\n"
    )


def test_binary_places_have_an_offset_and_plain_ones_nothing() -> None:
    assert render_text([BINARY, PLAIN]) == (
        "error[CMP3001]: the section ends early\n"
        " --> a.wasm (at offset 0x1f)\n"
        "\n"
        "warning[APP4001]: it is odd\n"
    )


def test_wide_and_control_characters_do_not_move_the_carets() -> None:
    source = Source("a.wit", "漢\x07x bad")
    place = source.place(4, 7)

    text = render_text([Diagnostic("X", "m", place)])

    assert text.splitlines()[3:] == ["1 | 漢\\u{7}x bad", "  |          ^^^"]


@pytest.mark.parametrize(
    ("before", "marked", "after", "shown", "carets"),
    [
        (0, 5, 200, "b" * 5 + "c" * 85 + "…", "^" * 5),
        (20, 200, 0, "a" * 20 + "b" * 70 + "…", " " * 20 + "^" * 70),
        (200, 5, 0, "…" + "a" * 30 + "b" * 5, " " * 31 + "^" * 5),
        (200, 5, 200, "…" + "a" * 30 + "b" * 5 + "c" * 54 + "…", " " * 31 + "^" * 5),
        (40, 50, 0, "a" * 40 + "b" * 50, " " * 40 + "^" * 50),
    ],
)
def test_of_a_long_line_what_matters_is_shown(
    before: int, marked: int, after: int, shown: str, carets: str
) -> None:
    source = Source("a.wit", "a" * before + "b" * marked + "c" * after)

    text = render_text([Diagnostic("X", "m", source.place(before, before + marked))])

    assert text.splitlines()[3:] == [f"1 | {shown}", f"  | {carets}"]


LONG = Diagnostic(
    "WIT0001",
    "this type is unknown in the package, which declares u8, u16 and u32 beside others",
    TEXT.place(START, START + 3),
    "an integer has 8, 16, 32 or 64 bits, and there are no others",
    (
        Label(
            TEXT.place(START - 6, START - 3), "this parameter has it, and so the function has it"
        ),
        Label(Place("deps/b.wit"), "another package, in which it is declared as something else"),
    ),
    ("a type of another package is imported with `use`, and then it can be named here",),
)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("finding", [LONG, FINDING, BINARY, PLAIN])
def test_words_are_whole_in_a_terminal(finding: Diagnostic, width: int) -> None:
    text, unbounded = render_text([finding], width=width), render_text([finding])
    # What joins the lines of one text: indentation, and the gutter of a snippet.
    joined = re.sub(r"\n(?: +\|)? +(?![ |]|:::|-->|=)", " ", text)
    assert joined.split() == re.sub(r"\n(?: +\|)? +(?![ |]|:::|-->|=)", " ", unbounded).split()
    for line in text.splitlines():
        assert len(line) <= width, line
    assert render_text([finding], width=500) == unbounded


def test_the_note_of_a_label_is_folded_beside_its_gutter() -> None:
    assert render_text([LONG], width=44).splitlines()[-14:] == [
        " --> wit/a.wit:3:13",
        "  |",
        "3 |     f: func(x: u33);",
        "  |                ^^^ an integer has 8, 16,",
        "  |                32 or 64 bits, and there",
        "  |                are no others",
        "  |          --- this parameter has it, and",
        "  |          so the function has it",
        " ::: deps/b.wit",
        "  = another package, in which it is declared",
        "    as something else",
        "  = help: a type of another package is",
        "          imported with `use`, and then it",
        "          can be named here",
    ]


def test_a_very_long_line_is_not_printed() -> None:
    source = Source("a.wit", "x" * 600 + "bad")

    assert render_text([Diagnostic("X", "m", source.place(600, 603), "here")]) == (
        "error[X]: m\n --> a.wit:1:601\n  = here\n"
    )


def test_colours_are_added_and_nothing_else() -> None:
    colored = render_text([FINDING, BINARY, PLAIN], color=True)

    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_text([FINDING, BINARY, PLAIN])


def test_escape_sequences_of_an_input_do_not_reach_the_terminal() -> None:
    evil = Diagnostic("X", "name `\x1b[2J\u202e`", Source("a", "\x1b[31m").place(0, 1))

    assert "\x1b" not in render_text([evil])
    assert "\u202e" not in render_text([evil])


@pytest.mark.parametrize("position", [0, 5, 12, 13, 28, 45])
def test_a_place_at_any_offset_is_inside_the_text(position: int) -> None:
    place = TEXT.place(position, position + 1)

    line = TEXT.text.split("\n")[place.line - 1]
    assert place.source == line
    assert 1 <= place.column <= len(line) + 1
    assert place.length == 1


def test_a_span_over_lines_marks_the_first_line_only() -> None:
    place = TEXT.place(13, 40)

    assert (place.line, place.column, place.length) == (2, 1, len("interface i {"))


def test_json_has_every_member() -> None:
    document = json.loads(render_json([FINDING, BINARY]))

    assert document["version"] == 1
    assert document["diagnostics"][0] == {
        "code": "WIT0001",
        "severity": "error",
        "message": "unknown type `u33`",
        "place": {"file": "wit/a.wit", "line": 3, "column": 13, "length": 3},
        "label": "not a type",
        "labels": [
            {
                "place": {"file": "wit/a.wit", "line": 1, "column": 1, "length": 7},
                "message": "in this package",
            }
        ],
        "help": ["did you mean `u32`?"],
    }
    assert document["diagnostics"][1]["place"] == {"file": "a.wasm", "offset": 31}


def test_sarif_has_rules_results_and_regions() -> None:
    run = json.loads(render_sarif([FINDING, BINARY, PLAIN], version="1.2.3"))["runs"][0]

    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == ["APP4001", "CMP3001", "WIT0001"]
    assert [r["level"] for r in run["results"]] == ["error", "error", "warning"]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["region"] == {"startLine": 3, "startColumn": 13, "endColumn": 16}


def test_github_commands_are_escaped() -> None:
    tricky = Diagnostic("X", "100%\nnext", Place("a,b:c", 1, 2, 3), help=("do it",))

    assert render_github([tricky]) == (
        "::error title=X,file=a%2Cb%3Ac,line=1,col=2,endColumn=5::100%25%0Anext%0Ahelp: do it\n"
    )


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("u33", ["u32", "string"], ("did you mean `u32`?",)),
        ("hose", ["house", "horse-race"], ("did you mean `house`?",)),
        ("x", ["y", "z"], ()),
        ("same", ["same"], ()),
    ],
)
def test_hints_are_for_near_names_only(name: str, known: list[str], hint: tuple[str, ...]) -> None:
    assert did_you_mean(name, known) == hint
