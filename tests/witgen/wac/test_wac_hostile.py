"""No text whatever gives another exception than `ComposeError`, a hang, or unbounded memory."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from component_parts import check_valid
from hypothesis import given, settings
from hypothesis import strategies as st
from wac_graphs import graph_packages, graph_text
from wac_parts import X, Y

from witgen.diagnostics import ComposeError
from witgen.wac import Dependency, wac_composition

# Together they use all of the language.
SEEDS = (
    """package t:app targets t:t/lib;
    let l = new t:lib {}; let u = new t:user { types: l.types, ...l };
    export u.both; export l...;""",
    f"""package t:app@1.2.3-rc.1;
    import in as "{X}": interface {{ add: func(x: u32) -> u32; }};
    let c = new t:chain {{ in }};
    /* a comment */ export (new t:caller {{ x: in, "{Y}": c["{Y}"], ... }}).go as %go;
    export c...;""",
    """package t:app;
    record r { a: list<q>, b: option<tuple<u8, string>> } enum q { y, z } flags f { a, b }
    variant v { one, two(r) } type alias = result<r, q>; type call = func(x: alias) -> v;
    import one: call; import two as other: async func(x: q);
    interface i {
      use t:w/types.{thing, dot as point}; resource own-one { constructor(a: point); get: func(); }
      type fn = func(a: borrow<thing>) -> own-one; make: fn;
    }
    world w { import i; export run: func(); include t:w/user; export n: interface { use i.{point}; } }
    import three: i; import four: t:w/types; import five as six: t:w/lib;
    export one; export three as "t:app/other@0.1.0";""",
    """package t:app;
    let a = new t:add {}; let x = a.x; let b = new t:chain { x }; let d = (new t:chain { x: a.x });
    export new t:caller { ...a, y: (d).y, }.go; export a.x.add;""",
)
_WORDS = """package targets import let new export as interface world use include func record variant
    enum flags resource type list option result tuple borrow own u8 string async static constructor
    a l u x y go t:lib t:add t:user t:w/types { } ( ) [ ] < > ; : , . ... = -> @ / " _ % 1.0.0 \u00e9
    """.split()  # noqa: SIM905 -- a table of words reads better


def attempt(text: str | bytes) -> bytes | None:
    """What a text composes, None where it is refused."""
    try:
        made = wac_composition(text, graph_packages())
        return b"".join(made.pieces())
    except ComposeError:
        return None


def mutated(random_: random.Random) -> str:
    text = random_.choice(SEEDS)
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(text))
        end = min(len(text), at + random_.randint(0, 12))
        match random_.randrange(5):
            case 0:
                text = text[:at] + text[end:]
            case 1:
                text = text[:at] + random_.choice(_WORDS) + " " + text[at:]
            case 2:
                text = text[:at] + " " + random_.choice(_WORDS) + " " + text[end:]
            case 3:
                other = random_.choice(SEEDS)
                start = random_.randrange(len(other))
                text = text[:at] + other[start : start + random_.randint(1, 60)] + text[at:]
            case _:
                tokens = text.split(" ")
                one, two = random_.randrange(len(tokens)), random_.randrange(len(tokens))
                tokens[one], tokens[two] = tokens[two], tokens[one]
                text = " ".join(tokens)
        text = text or "x"
    return text


def fuzz(seed: int, rounds: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 -- mutations, not secrets
    good = 0
    for _ in range(rounds):
        text = mutated(random_)
        out = attempt(text)
        if out is not None:
            good += 1
            try:
                check_valid(out)
            except AssertionError as error:
                pytest.fail(f"{error}\n{text}")
    assert good


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seeds_are_good(seed: str) -> None:
    out = attempt(seed)

    assert out is not None
    check_valid(out)


def test_mutated_texts_are_refused_or_compose_something_valid() -> None:
    fuzz(1, 60)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many_mutated_texts(seed: int) -> None:
    fuzz(seed + 10, 500)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=40))
def test_any_words(words: list[str]) -> None:
    attempt("package t:app; " + " ".join(words))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    attempt(data)


# Each grows with a number. The last two double with every line: the number counts the lines.
_GROWING: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "let a = " + "(" * n + "b" + ")" * n + ";",
    "new": lambda n: "let a = " + "new t:chain { x: " * n,
    "closed new": lambda n: "let a = " + "new t:chain { x: " * n + "b" + " }" * n + ";",
    "access": lambda n: "let a = new t:add {};\nlet b = a" + ".x" * n + ";",
    "named access": lambda n: "let a = new t:add {};\nlet b = a" + '["x"]' * n + ";",
    "path": lambda n: "import a: t:w" + "/types" * n + ";",
    "namespaces": lambda n: "import a: t" + ":w" * n + "/types;",
    "list": lambda n: "type t = " + "list<" * n,
    "interface": lambda n: "interface i {" * n,
    "comment": lambda n: "/*" * n,
    "exports": lambda n: "export a...;" * n,
    "arguments": lambda n: "let a = new t:add { " + "b, " * n + "};",
    "semicolons": lambda n: ";" * n,
    "braces": lambda n: "}" * n,
    "zeros": lambda n: "\0" * n,
    "tuple": lambda n: "interface i { f: func(a: tuple<" + "u8," * n + ">); f: func(); }",
    "worlds": lambda n: (
        "interface i {} world w0 { import i; } "
        + "".join(f"world w{k} {{ include w{k - 1}; include w{k - 1}; }} " for k in range(1, n))
        + f"import a: w{n - 1}; import b: w{n};"
    ),
    "types": lambda n: (
        "type t0 = u8;\n"
        + "".join(f"type t{k} = tuple<t{k - 1}, t{k - 1}>;\n" for k in range(1, n))
        + f"import f: func(a: t{n - 1}); import g: missing;"
    ),
}
_LARGE = {"exports": 20_000, "tuple": 130_000, "worlds": 60, "types": 200}


def refuse(text: str) -> None:
    start = time.monotonic()

    assert attempt("package t:app;\n" + text) is None

    assert time.monotonic() - start < 20


@pytest.mark.parametrize("kind", _GROWING)
def test_what_nests_or_goes_on_is_bounded(kind: str) -> None:
    refuse(_GROWING[kind](99 if kind in {"worlds", "types"} else 2_000))


@pytest.mark.long
@pytest.mark.parametrize("kind", _GROWING)
def test_what_nests_or_goes_on_very_far_is_bounded(kind: str) -> None:
    for count in (99, _LARGE.get(kind, 50_000), 4 * _LARGE.get(kind, 50_000)):
        refuse(_GROWING[kind](count))


def damaged(seed: int, rounds: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 -- damage, not secrets
    texts = [*SEEDS, *(graph_text(random_) for _ in range(30))]
    refused = 0
    for _ in range(rounds):
        dependencies = list(graph_packages())
        at = random_.randrange(len(dependencies))
        data = bytearray(dependencies[at].data)
        for _ in range(random_.randint(1, 3)):
            offset = random_.randrange(8, len(data))
            match random_.randrange(3):
                case 0:
                    data[offset] ^= 1 << random_.randrange(8)
                case 1 if len(data) > 20:
                    del data[offset]
                case _ if len(data) > 20:
                    data = data[: max(offset, 10)]
                case _:
                    pass
        dependencies[at] = Dependency(dependencies[at].name, bytes(data), "damaged.wasm")
        try:
            b"".join(wac_composition(random_.choice(texts), dependencies).pieces())
        except ComposeError:
            refused += 1
    assert refused > rounds / 5


def test_damaged_packages_are_refused() -> None:
    damaged(1, 60)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_many_damaged_packages(seed: int) -> None:
    damaged(seed + 10, 2_000)


def test_a_text_is_not_too_large() -> None:
    assert attempt(b"package t:app;" + b" " * (5 << 20)) is None


def test_many_instances_take_time_in_proportion() -> None:
    lines = ["package t:app;", "let a0 = new t:add {};"]
    lines += [f"let a{n} = new t:add {{}};" for n in range(1, 1000)]
    lines += [f"export a{n}.x as e{n};" for n in range(1000)]
    start = time.monotonic()

    assert attempt("\n".join(lines)) is not None

    assert time.monotonic() - start < 20


# --- random graphs ------------------------------------------------------------------------------


def compose_graphs(seed: int, rounds: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 -- cases, not secrets
    good = 0
    for _ in range(rounds):
        text = graph_text(random_)
        out = attempt(text)
        if out is not None:
            good += 1
            try:
                check_valid(out)
            except AssertionError as error:
                pytest.fail(f"{error}\n{text}")
    assert good > rounds / 20


def test_random_graphs_are_refused_or_valid() -> None:
    compose_graphs(1, 60)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many_random_graphs(seed: int) -> None:
    compose_graphs(seed + 10, 1_500)
