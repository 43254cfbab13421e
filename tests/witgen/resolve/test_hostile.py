"""No text whatever gives another exception than `WitError`, or takes out of proportion."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witgen.diagnostics import WitError
from witgen.load import File, GroupFiles, Inputs, resolve_inputs

P = "package a:b;\n"


def outcome(data: bytes) -> str:
    """`ok`, or the first code."""
    try:
        inputs = Inputs(GroupFiles("x", (File("x.wit", data),)))
        resolve_inputs(inputs, (), all_features=False)
    except WitError as error:
        return error.diagnostics[0].code
    return "ok"


def many(form: str) -> Callable[[int], str]:
    """An interface with as many lines of a form as fit, `{n}` counting."""

    def text(size: int) -> str:
        count = size // (len(form) + 4)
        lines = "".join(
            form.replace("{n}", str(n)).replace("{m}", str(n - 1)) for n in range(1, count)
        )
        return f"{P}interface i {{ type t0 = u8; resource r0; {lines} }}"

    return text


def chain(form: str) -> Callable[[int], str]:
    """As many items of a form as fit, `{n}` counting and `{m}` the one before."""

    def text(size: int) -> str:
        count = size // (len(form) + 4)
        items = "".join(
            form.replace("{n}", str(n)).replace("{m}", str(n - 1)) for n in range(1, count)
        )
        return f"{P}interface i0 {{ type t0 = u8; }}\nworld w0 {{ import i0; }}\n{items}"

    return text


# Name → a text of about a size, and what comes of it.
CASES: dict[str, tuple[Callable[[int], str], str]] = {
    "semicolons": (lambda n: ";" * n, "WIT0023"),
    "open braces": (lambda n: "{" * n, "WIT0100"),
    "close braces": (lambda n: "}" * n, "WIT0024"),
    "colons": (lambda n: ":" * n, "WIT0100"),
    "at signs": (lambda n: "@" * n, "WIT0100"),
    "strays": (lambda n: "$ " * (n // 2), "WIT0009"),
    "quotes": (lambda n: '"' * n, "WIT0100"),
    "returns": (lambda n: "\r" * n, "WIT0009"),
    "nulls": (lambda n: "\0" * n, "WIT0004"),
    "overrides": (lambda n: "\u202e" * n, "WIT0003"),
    "open comments": (lambda n: "/*" * (n // 2), "WIT0007"),
    "one comment": (lambda n: "/" * n, "RES1012"),
    "one name": (lambda n: f"{P}interface {'a' * n} {{}}", "ok"),
    "one bad name": (lambda n: f"{P}interface {'aA' * (n // 2)} {{}}", "WIT0010"),
    "dashes in a name": (lambda n: f"{P}interface {'a-' * (n // 2)} {{}}", "WIT0010"),
    "a long version": (lambda n: f"package a:b@{'9' * n}.0.0;", "WIT0012"),
    "a long pre-release": (lambda n: f"package a:b@1.0.0-{'9' * n};", "ok"),
    "a long length": (lambda n: f"{P}interface i {{ type t = list<u8, {'9' * n}>; }}", "WIT0115"),
    "deep types": (lambda n: f"{P}interface i {{ type t = {'list<' * (n // 5)}", "WIT0006"),
    "deep packages": (lambda n: "package a:b {" * (n // 13), "WIT0006"),
    "deep mistakes": (lambda n: "package a:b {;" * (n // 14), "WIT0023"),
    "keywords": (lambda n: "interface " * (n // 10), "WIT0011"),
    "attributes": (
        lambda n: f"{P}{'@unstable(feature = x) ' * (n // 23)} interface i {{}}",
        "WIT0133",
    ),
    "one tuple": (lambda n: f"{P}interface i {{ type t = tuple<{'u8,' * (n // 3)}>; }}", "ok"),
    "docs": (lambda n: P + "/// a\n" * (n // 6) + "interface i {}", "ok"),
    "broken items": (lambda n: "interface i { x y; }\n" * (n // 21), "WIT0100"),
    "aliases": (many("type t{n} = t{m}; "), "ok"),
    "handles": (many("type r{n} = r{m}; g{n}: func(a: borrow<r{n}>, b: r{n}); "), "ok"),
    "unknown types": (many("g{n}: func(a: u{n}x); "), "RES1021"),
    "near misses": (many("type type-{n} = u8; g{n}: func(a: tyype-{n}); "), "RES1021"),
    "duplicates": (many("g: func(); "), "RES1030"),
    "a circle": (
        lambda n: many("type v{n} = v{m}; ")(n)[:-1] + f"type v0 = v{n // 22 - 1}; }}",
        "RES1011",
    ),
    "interfaces": (chain("interface i{n} { use i{m}.{t{m}}; type t{n} = t{m}; }\n"), "ok"),
    "includes": (chain("world w{n} { include w{m}; import g{n}: func(); }\n"), "ok"),
    "exports": (
        chain("interface i{n} { use i{m}.{t{m} as t{n}}; } world w{n} { export i{n}; }\n"),
        "ok",
    ),
    "packages": (
        lambda n: P
        + "".join(
            f"package a:p{k} {{ interface i {{ use a:p{k + 1}/i.{{t}}; }} }}\n"
            for k in range(n // 60)
        ),
        "RES1017",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_text_is_answered(name: str) -> None:
    make, expected = CASES[name]
    start = time.process_time()

    found = outcome(make(20_000).encode("utf-8", "surrogatepass"))

    assert found == expected
    assert time.process_time() - start < 5


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(CASES.keys() - {"includes", "exports"}))
def test_time_grows_with_the_text(name: str) -> None:
    make, _ = CASES[name]

    def seconds(size: int) -> float:
        data = make(size).encode("utf-8", "surrogatepass")
        start = time.process_time()
        outcome(data)
        return time.process_time() - start

    small, large = seconds(400_000), seconds(1_600_000)
    # Four times the text: sixteen times the time would be quadratic.
    assert large < 8 * small + 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert outcome(data)


_WORDS = st.sampled_from(
    [
        "package",
        "interface",
        "world",
        "use",
        "import",
        "export",
        "include",
        "with",
        "as",
        "record",
        "variant",
        "enum",
        "flags",
        "resource",
        "type",
        "func",
        "static",
        "async",
        "constructor",
        "list",
        "option",
        "result",
        "tuple",
        "map",
        "own",
        "borrow",
        "stream",
        "future",
        "u8",
        "a",
        "b",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        ",",
        ";",
        ":",
        "/",
        ".",
        "=",
        "->",
        "@",
        "@since",
        "@unstable",
        "(version",
        "=",
        "1.0.0)",
        "_",
        "get",
        "set",
        "%a",
        "1",
        "1.0.0",
        "a:b",
        "a:b/c",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=40))
def test_any_words_are_answered(words: list[str]) -> None:
    assert outcome((P + " ".join(words)).encode())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(_WORDS, max_size=12), st.sampled_from(["interface i {", "world w {", "resource r {"])
)
def test_any_words_in_a_body_are_answered(words: list[str], body: str) -> None:
    assert outcome(f"{P}interface x {{ {body if 'resource' in body else ''} }} ".encode())
    assert outcome(f"{P}{body} {' '.join(words)} }}".encode())
