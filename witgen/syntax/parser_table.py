"""`grammar/wit.lark`, or one that extends it → parse tables.

Lark reads the grammar and builds the LALR(1) tables, which drive `witgen.syntax.parser`. They are built
with the wheel, and stand beside the grammars; where a grammar changed since, as in a checkout, they are
built by the first run and kept in the user's cache. Both are plain JSON, never a pickle.
"""

from __future__ import annotations

import json
from functools import cache as once
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from witgen import cache

# The grammars whose tables are built with the wheel.
GRAMMARS = ("wit", "wac")
# Lark's action 0: shift a terminal, or continue after a reduction.
_GO = 0


class Rule(NamedTuple):
    """A production.

    Attributes:
        origin: The symbol it reduces to.
        size: How many symbols it takes.
        keep: Which of them have a value; the others are fixed tokens.
        action: The name of the builder's method; empty for lark's helper lists.
        inline: Replaced by its only value, like lark's `?rule`.
    """

    origin: str
    size: int
    keep: tuple[int, ...]
    action: str
    inline: bool


class Table(NamedTuple):
    """LALR(1) tables.

    Attributes:
        states: Per state, symbol → next state, or the complement (`~`) of a rule to reduce.
        rules: The productions.
        literals: Text of a fixed token → its terminal.
        start: The first state.
        end: The state after the whole text.
    """

    states: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    literals: dict[str, str]
    start: int
    end: int


def folder() -> Path:
    """The folder of the grammars: in the installed package or in the checkout.

    Raises:
        FileNotFoundError: The installation is broken.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package, package.parent):
        if (place / "grammar" / "wit.lark").is_file():
            return place / "grammar"
    raise FileNotFoundError("grammar/wit.lark is missing from the installation")


def grammar_text(name: str = "wit") -> str:
    """The text of a grammar.

    Raises:
        FileNotFoundError: The installation is broken.
    """
    return (folder() / f"{name}.lark").read_text(encoding="utf-8")


def file_name(grammar: str) -> str:
    """The file beside the grammars that has the tables of one, made when witgen is built."""
    return f"{grammar}.tables.json"


@once
def load(grammar: str = "wit") -> Table:
    """The tables of a grammar: those that witgen was built with, from the cache, or built now.

    Args:
        grammar: `wit`, or a grammar that imports rules of it.
    """
    key = _key(grammar)
    try:
        # In an editable installation the grammar may have changed since.
        found, plain = json.loads((folder() / file_name(grammar)).read_bytes())
        if found == key:
            return _decode(plain)
    except (OSError, *_DAMAGED):
        pass
    name = f"grammar-{key}-{_lark()}.json"
    data = cache.read(name)
    if data is not None:
        try:
            return _decode(json.loads(data))
        except _DAMAGED:
            pass
    plain = build(grammar_text(grammar))
    cache.write(name, _json(plain))
    return _decode(plain)


# What a file can fail with that is not what was written.
_DAMAGED = (ValueError, TypeError, KeyError)


def packed(grammar: str) -> bytes:
    """The content of the file that `file_name` names: the key of the grammar, and its tables."""
    return _json([_key(grammar), build(grammar_text(grammar))])


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _key(grammar: str) -> str:
    """A digest of the grammar, of what it imports, and of this module."""
    digest = blake2b(Path(__file__).read_bytes(), digest_size=16)
    for name in sorted({"wit", grammar}):
        digest.update(grammar_text(name).encode())
    return digest.hexdigest()


def _lark() -> str:
    """A digest of the version of lark, which is not imported."""
    spec = find_spec("lark")
    if spec is None or spec.origin is None:
        return ""
    # The file that defines `__version__`; the distribution's metadata is slow to read.
    return blake2b(Path(spec.origin).read_bytes(), digest_size=8).hexdigest()


def _decode(plain: dict[str, Any]) -> Table:
    return Table(
        states=tuple(plain["states"]),
        rules=tuple(
            Rule(origin, size, tuple(keep), action, inline)
            for origin, size, keep, action, inline in plain["rules"]
        ),
        literals=plain["literals"],
        start=plain["start"],
        end=plain["end"],
    )


def build(text: str) -> dict[str, Any]:
    """The tables of a grammar as plain data; it may import rules of the grammars beside `wit.lark`.

    They come from lark's own serialized form, the one that its stand-alone generator prints.
    """
    from lark import Lark
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef

    lark = Lark(text, parser="lalr", lexer="basic", import_paths=[str(folder())])
    data, memo = lark.memo_serialize([TerminalDef, LarkRule])
    tables = data["parser"]["parser"]
    symbols: dict[int, str] = tables["tokens"]
    literals: dict[str, str] = {}
    rules: list[list[Any]] = []
    numbers: dict[int, int] = {}
    for key, item in memo.items():
        if item["__type__"] == "Rule":
            numbers[key] = len(rules)
            rules.append(_rule(item))
        elif item["pattern"]["__type__"] == "PatternStr":
            literals[item["pattern"]["value"]] = item["name"]
    rows: dict[int, dict[str, tuple[int, Any]]] = {
        state: {symbols[symbol]: move for symbol, move in row.items()}
        for state, row in tables["states"].items()
    }
    start, end = tables["start_states"]["start"], tables["end_states"]["start"]
    order = _numbering(rows, start)
    states = [
        {
            symbol: order[target] if kind == _GO else ~numbers[target["@"]]
            for symbol, (kind, target) in sorted(rows[state].items())
        }
        for state in order
    ]
    return {
        "states": states,
        "rules": rules,
        "literals": literals,
        "start": order[start],
        "end": order[end],
    }


def _numbering(rows: dict[int, dict[str, tuple[int, Any]]], start: int) -> dict[int, int]:
    """State → number, in the order of reaching it: lark's own numbers change from run to run."""
    order = {start: 0}
    waiting = [start]
    for state in waiting:
        for _, (kind, target) in sorted(rows[state].items()):
            if kind == _GO and target not in order:
                order[target] = len(order)
                waiting.append(target)
    return order


def _rule(item: dict[str, Any]) -> list[Any]:
    origin = item["origin"]["name"]
    expansion = item["expansion"]
    keep = [index for index, symbol in enumerate(expansion) if not symbol.get("filter_out")]
    # Lark names what a grammar imports from another `wit__name`.
    action = "" if origin.startswith("__") else (item["alias"] or origin).removeprefix("wit__")
    # As in lark, an alternative with its own name is kept even in a `?rule`.
    inline = item["options"]["expand1"] and not item["alias"]
    return [origin, len(expansion), keep, action, inline]
