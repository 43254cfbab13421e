"""Tokens → `Document`, driven by the tables of `grammar/wac.lark`.

After a syntax error, parsing continues at the next statement. Nothing recurses here, and what nests
too deeply is refused, so that later stages may.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from witgen.diagnostics import did_you_mean
from witgen.syntax import ast as wit
from witgen.syntax import parser_table
from witgen.syntax.build import builders
from witgen.syntax.notes import Notes
from witgen.syntax.parser import Parser, Tokens
from witgen.syntax.report import Reporter
from witgen.syntax.scanner import END, NESTING, Scanner, Token, TooDeep, pattern
from witgen.wac import ast
from witgen.wac.build import WacBuilder, document

_TOKENS = pattern(long="...", marks="[]")
# What a text may hold; people write a few kilobytes.
LONGEST = 1 << 20
# Before a name, these open a statement, at any depth of braces.
_SURE = frozenset(("LET", "INTERFACE", "WORLD", "PACKAGE"))
_OPENERS = _SURE | {"DIRECTION", "TYPE", "RECORD", "VARIANT", "ENUM", "FLAGS", "AT"}
_STATEMENTS = ("package", "import", "let", "export", "interface", "world", "type", "record")
# Contexts of WIT, where WIT's own errors are more precise.
_WORDS = "interface world resource record variant enum flags use with attribute payload"
_GENERICS = "list option result tuple map future stream own borrow"
_DECLARED = frozenset(f"{_WORDS} {_GENERICS}".split())


def parse(data: bytes, file: str, report: Reporter) -> ast.Document:
    """The syntax tree of an encoded text; findings go to `report`.

    Args:
        data: UTF-8, with or without a byte order mark.
        file: The name shown to people.
        report: Receives errors of the families WIT0 and CMP31.
    """
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        at = report.sources.add(file, good) + len(good)
        report.error("WIT0002", f"invalid UTF-8: byte 0x{data[error.start]:02x}", at)
        return ast.Document(file, None, ())
    if len(data) > LONGEST:
        base = report.sources.add(file, "")
        report.error("CMP3101", f"the text is larger than {LONGEST >> 20} MiB", base)
        return ast.Document(file, None, ())
    base = report.sources.add(file, text)
    table = parser_table.load("wac")
    scanner = Scanner(text, base, table.literals, report, pattern=_TOKENS)
    scanner.check_characters()
    notes = Notes(report, scanner.docs)
    actions = (WacBuilder(notes), *builders(notes))
    items = _WacParser(
        table, scanner, actions, report, nesting="braces are nested too deeply"
    ).run()
    return document(file, base, items, report)


class _WacParser(Parser):
    """The parser of WIT with the statements of WAC."""

    __slots__ = ()

    def step(self, token: Token) -> bool:
        """As WIT does; `import` and `export` open statements where no world's items stand.

        Raises:
            TooDeep: Brackets nest too deeply, which has been reported.
        """
        kind, value, at, end = token
        if kind != "ID" and self._in_path(token):
            start = at - self.scanner.base
            name = self.scanner.text[start : end - self.scanner.base]
            token = ("ID", wit.Ident(name, at, end), at, end)
        elif kind == "DIRECTION" and self.depth == 0:
            token = (str(value).upper(), value, at, end)
        if (
            kind == "LPAR"
            and sum(symbol == "LPAR" for symbol in self.symbols[-NESTING:]) == NESTING
        ):
            self.report.error("WIT0006", "parentheses are nested too deeply", at, end)
            raise TooDeep
        return super().step(token)

    def _in_path(self, token: Token) -> bool:
        """Whether a keyword is a segment of a package or path, where WAC reads it as a name.

        Names and their `:` and `/` are written without blanks there; what follows tells `x:func/y`
        from a function.
        """
        text = self.scanner.text
        start, end = token[2] - self.scanner.base, token[3] - self.scanner.base
        if not text[start : start + 1].isalpha():
            return False
        goes_on = text[end : end + 1] in {":", "/"} and text[end + 1 : end + 2].isalpha()
        if not goes_on and text[max(start - 1, 0) : start] not in {":", "/"}:
            return False
        accepted = self.table.states[self.states[-1]]
        return "ID" in accepted and (goes_on or token[0] not in accepted)

    def explain(self, token: Token, tokens: Tokens) -> None:
        """Report a token that fits nowhere, unless a bad token before it is to blame."""
        if self.report.count != self.known or self.report.full:
            return
        from witgen.syntax.errors import describe
        from witgen.syntax.stuck import Stuck, acceptable

        following = tokens.peek() if token[0] != END else token
        if self.report.count != self.known:
            return
        stuck = Stuck(
            self.report,
            self.symbols,
            self.values,
            self.starts,
            token,
            following,
            acceptable(self.table, self.states),
            self.last_end,
            {name: text for text, name in self.table.literals.items()},
        )
        opener = stuck.opener
        in_function = opener > 0 and stuck.symbols[opener - 1] in {"FUNC", "CONSTRUCTOR"}
        if stuck.context in _DECLARED or in_function:
            describe(stuck)
        else:
            _describe(stuck)

    def recover(self, token: Token, tokens: Tokens) -> Token:
        """Drop the statement that could not be parsed and return the token that opens the next."""
        at = token[2]
        name = self.drop("item")
        token = self._next_statement(token, tokens)
        self.states.append(self.table.states[self.states[-1]]["item"])
        self.symbols.append("item")
        self.values.append(wit.Broken(name))
        self.starts.append(at)
        return token

    def _next_statement(self, token: Token, tokens: Tokens) -> Token:
        """The first token at or after `token` that opens a statement."""
        while token[0] != END:
            kind = token[0]
            if kind in _OPENERS and self.depth <= 0:
                break
            if kind in _SURE and tokens.peek()[0] == "ID":
                break
            if kind == "LBRACE":
                self.depth += 1
            elif kind == "RBRACE":
                self.depth -= 1
            ended = self.depth <= 0 and kind in {"SEMICOLON", "RBRACE"}
            token = tokens.next()
            if ended and token[0] != "SEMICOLON":
                break
        self.depth = 0
        return token


def _describe(stuck: Any) -> None:
    """Report a token that fits nowhere in a statement of WAC."""
    start, end = stuck.token[2], max(stuck.token[3], stuck.token[2] + 1)
    help_: Sequence[str] = ()
    if stuck.context == "file" and "LET" in stuck.expected and stuck.found == "ID":
        help_ = did_you_mean(stuck.text, _STATEMENTS)
        message = f"`{stuck.text}` does not begin a statement"
        help_ = help_ or (f"a statement begins with {_any(_STATEMENTS[:6])}, or declares a type",)
    elif stuck.found == "AS" and stuck.ends_with("expression", "ELLIPSIS"):
        message = "an export of all exports cannot have a name"
    else:
        message = f"expected {stuck.describe_expected()}, found {stuck.describe_found()}"
        if "SEMICOLON" in stuck.expected:
            help_ = ("a statement must end with `;`",)
        elif stuck.found == "SEMICOLON" and "RBRACE" in stuck.expected:
            help_ = ("a `{` is never closed",)
    stuck.report.error("CMP3101", message, start, end, help=help_)


def _any(words: Sequence[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
