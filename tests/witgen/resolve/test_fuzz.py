"""Against the reference: generated packages, and texts that were changed at random.

A short run always; the long one with `-m long`.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from witgen.diagnostics import WitError
from witgen.load import File, GroupFiles, Inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.document import to_dict

Oracle = Callable[..., dict[str, Any] | None]
SAMPLES = Path(__file__).parent / "samples"
TOKEN = re.compile(r"\s+|//[^\n]*|[\w%-]+|->|.", re.DOTALL)
WORDS = [
    "record",
    "variant",
    "enum",
    "flags",
    "type",
    "resource",
    "func",
    "async",
    "static",
    "constructor",
    "use",
    "as",
    "include",
    "with",
    "import",
    "export",
    "interface",
    "world",
    "package",
    "u8",
    "string",
    "list",
    "option",
    "result",
    "tuple",
    "map",
    "future",
    "stream",
    "own",
    "borrow",
    "error-context",
    "_",
    "get",
    "set",
    "self",
    "a",
    "B",
    "%a",
    "x1",
    "1",
    "0",
    "1.0.0",
    "@",
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
    "-",
    "+",
    '"',
    "//",
    "/*",
    "*/",
    "é",
]
LINES = (
    "@since(version = 1.0.0)",
    "@unstable(feature = fresh)",
    "x: get() -> u8;",
    "x: set(v: u8);",
    "constructor();",
    "f: async func();",
    "import i;",
    "export f: func();",
    "use i.{t};",
    "type q = list<borrow<r>>;",
    "resource r { m: func() -> r; }",
    "include w with { f as g }",
    "import n: sample:other/api;",
    "interface i { type t = u8; }",
    "world w { import f: func(); import i; }",
    "package q:r { interface i { resource s; } }",
)


def load_text(text: str, *, all_features: bool) -> m.Resolve | None:
    inputs = Inputs(GroupFiles("x", (File("x.wit", text.encode()),)))
    try:
        return resolve_inputs(inputs, (), all_features=all_features)
    except WitError:
        return None


# --- generated packages -------------------------------------------------------------------------


def generated(wasm_tools: Path, seed: int, folder: Path) -> Path | None:
    """WIT that the generator of the reference makes of a seed; None when it needs more of it."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    binary, text = folder / "x.wasm", folder / "x.wit"
    options = ["--async"] if seed % 2 else []
    smith = subprocess.run(
        [str(wasm_tools), "wit-smith", "-o", str(binary), *options],
        input=random.randbytes(random.choice([500, 3000, 20_000, 100_000])),
        capture_output=True,
        check=False,
    )
    if smith.returncode:
        return None
    target = folder / "x" if seed % 3 == 0 else text
    option = "--out-dir" if seed % 3 == 0 else "-o"
    subprocess.run(
        [str(wasm_tools), "component", "wit", str(binary), option, str(target)],
        capture_output=True,
        check=True,
    )
    return target


def compare_generated(wasm_tools: Path, oracle: Oracle, seeds: range, folder: Path) -> None:
    from witgen.load import read_inputs

    compared = 0
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        path = generated(wasm_tools, seed, place)
        if path is None:
            continue
        wanted = oracle(path, "*")
        assert wanted is not None
        found = to_dict(resolve_inputs(read_inputs(path), (), all_features=True))
        assert json.dumps(found) == json.dumps(wanted), seed
        compared += 1
    assert compared >= len(seeds) * 0.9


def test_some_generated_packages(wasm_tools: Path, oracle: Oracle, tmp_path: Path) -> None:
    compare_generated(wasm_tools, oracle, range(40), tmp_path)


@pytest.mark.long
def test_many_generated_packages(wasm_tools: Path, oracle: Oracle, tmp_path: Path) -> None:
    compare_generated(wasm_tools, oracle, range(1000, 3000), tmp_path)


# --- texts changed at random --------------------------------------------------------------------


def mutate(text: str, random: Random) -> str:
    """A text with one to three changes that a hurried hand, or a hostile one, might make."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        tokens = TOKEN.findall(text) or ["package a:b;"]
        places = [i for i, token in enumerate(tokens) if not token.isspace()]
        names = [i for i in places if tokens[i][0].isalpha() or tokens[i][0] == "%"] or places
        ends = [i + 1 for i in places if tokens[i] in {";", "}", "{"}] or places
        at, other = random.choice(places), random.choice(places)
        match random.randrange(9):
            case 0:
                del tokens[at]
            case 1:
                tokens[at] = random.choice(WORDS)
            case 2:
                tokens.insert(at, f" {random.choice(WORDS)} ")
            case 3:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 4 | 5:
                tokens[random.choice(names)] = tokens[random.choice(names)]
            case 6:
                name = random.choice(names)
                tokens[name] = random.choice([tokens[name].upper(), tokens[name] + "-x"])
            case 7:
                tokens.insert(random.choice(ends), f" {random.choice(LINES)} ")
            case _:
                lines = "".join(tokens).split("\n")
                lines.insert(random.randrange(len(lines)), random.choice(lines))
                tokens = ["\n".join(lines)]
        text = "".join(tokens)
    return text


def crashes(wasm_tools: Path, path: Path) -> bool:
    """Whether the reference itself fails on a text, such as on `/**/` before an item."""
    command = [str(wasm_tools), "component", "wit", str(path), "--json"]
    run = subprocess.run(command, capture_output=True, check=False)
    return b"panicked" in run.stderr


def differences(wasm_tools: Path, oracle: Oracle, seeds: range, folder: Path) -> list[int]:
    bases = [path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.wit"))]
    path = folder / "x.wit"
    wrong = []
    for seed in seeds:
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        text = mutate(random.choice(bases), random)
        path.write_text(text, "utf-8", newline="")
        everything = seed % 2 == 0
        wanted = oracle(path, "*" if everything else ())
        found = load_text(text, all_features=everything)
        same = None if found is None else to_dict(found)
        if same != wanted and not crashes(wasm_tools, path):
            wrong.append(seed)
    return wrong


def test_some_changed_texts(wasm_tools: Path, oracle: Oracle, tmp_path: Path) -> None:
    assert differences(wasm_tools, oracle, range(150), tmp_path) == []


@pytest.mark.long
def test_many_changed_texts(wasm_tools: Path, oracle: Oracle, tmp_path: Path) -> None:
    assert len(differences(wasm_tools, oracle, range(1000, 11_000), tmp_path)) <= 10
