"""Tokens → `Document`, driven by the tables of `grammar/wit.lark`.

After a syntax error, parsing continues at the next item of the file, so that one run finds the
errors of all items. Nothing recurses: nesting grows a list, never the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

from witgen.syntax import ast, parser_table
from witgen.syntax.build import builders, document
from witgen.syntax.notes import Notes
from witgen.syntax.report import Reporter
from witgen.syntax.scanner import END, NESTING, Scanner, Token, TooDeep
from witgen.value import state

Action = Callable[[list[Any], int, int], object]
_OPENERS = frozenset(("PACKAGE", "INTERFACE", "WORLD", "USE", "AT"))
# Before a name, these open an item at any depth, whatever braces are missing.
_SURE = frozenset(("PACKAGE", "INTERFACE", "WORLD"))


class _Group(list[Any]):
    """The value of one of lark's helper lists, flattened into the production that contains it."""


def _none(children: list[Any], start: int, end: int) -> object:
    """The action of a rule without its own."""
    return None


def _action(builders: Sequence[object], name: str) -> Action:
    """The action of a rule: a method of the first builder that has it."""
    for builder in builders:
        action: Action | None = getattr(builder, name, None)
        if action is not None:
            return action
    return _none


def _grown(taken: list[Any], keep: Sequence[int]) -> _Group:
    """The list of a helper rule: the one it extends, or a new one."""
    first = taken[keep[0]]
    if type(first) is not _Group:
        return _Group([taken[index] for index in keep])
    # In place: copying would make long lists quadratic.
    first.extend([taken[index] for index in keep[1:]])
    return first


def parse(text: str, file: str, report: Reporter) -> ast.Document:
    """The syntax tree of a text; findings go to `report`.

    Args:
        text: WIT, without a byte order mark.
        file: The name shown to people.
        report: Receives errors of family WIT0.
    """
    base = report.sources.add(file, text)
    table = parser_table.load()
    scanner = Scanner(text, base, table.literals, report)
    scanner.check_characters()
    items = Parser(table, scanner, builders(Notes(report, scanner.docs)), report).run()
    return document(file, base, items, report)


@state
class Parser:
    """One run over one text: the LALR stack and its error recovery.

    A language that extends WIT overrides `explain` and `recover`, and `step` if the kind of a token
    depends on its context.

    Attributes:
        builders: Their methods are the actions of the rules; the first that has one counts.
    """

    table: parser_table.Table
    scanner: Scanner
    builders: Sequence[object]
    report: Reporter
    states: list[int] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    actions: Sequence[Action] = ()
    last_end: int = 0
    depth: int = 0
    known: int = 0
    lost: int = 0
    nesting: str = "packages are nested too deeply"

    def run(self) -> list[Any]:
        """The items of the file."""
        self.actions = [_action(self.builders, rule.action) for rule in self.table.rules]
        self.states = [self.table.start]
        self.known = self.report.count
        tokens = Tokens(self.scanner)
        while True:
            token = tokens.next()
            try:
                fits = self.step(token)
            except TooDeep:
                return [ast.Broken(None)]
            if not fits:
                if token[0] == "RBRACE" and self.lost and not self.depth:
                    # Its `{` was taken for one that is never closed.
                    self.lost -= 1
                    continue
                self.explain(token, tokens)
                if self.report.full:
                    return [ast.Broken(None)]
                tokens.push(self.recover(token, tokens))
                self.known = self.report.count
            elif token[0] == END:
                return list(self.values[-1])

    def step(self, token: Token) -> bool:
        """Reduce what the token closes and shift it; False if it fits nowhere.

        Raises:
            TooDeep: Braces are nested too deeply, which has been reported.
        """
        kind, value, at, end = token
        rows, states, final = self.table.states, self.states, self.table.end
        while True:
            action = rows[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                break
            self.reduce(~action, at)
            if states[-1] == final:
                return True
        states.append(action)
        self.symbols.append(kind)
        self.values.append(value)
        self.starts.append(at)
        self.last_end = end
        if kind == "LBRACE":
            self.depth += 1
            if self.depth > NESTING:
                self.report.error("WIT0006", self.nesting, at, end)
                raise TooDeep
        elif kind == "RBRACE":
            self.depth -= 1
        return True

    def reduce(self, number: int, at: int) -> None:
        """Replace the symbols of a rule with the symbol they form, before the offset `at`."""
        origin, size, keep, action, inline = self.table.rules[number]
        values, starts, states = self.values, self.starts, self.states
        taken: list[Any] = []
        start = at
        if size:
            taken = values[-size:]
            start = starts[-size]
            del values[-size:], starts[-size:], self.symbols[-size:], states[-size:]
        if not action:
            value: object = _grown(taken, keep)
        elif inline:
            value = taken[keep[0]]
        else:
            children: list[Any] = []
            for index in keep:
                child = taken[index]
                if type(child) is _Group:
                    children.extend(child)
                else:
                    children.append(child)
            value = self.actions[number](children, start, self.last_end)
        states.append(self.table.states[states[-1]][origin])
        self.symbols.append(origin)
        values.append(value)
        starts.append(start)

    def explain(self, token: Token, tokens: Tokens) -> None:
        """Report a token that fits nowhere, unless a bad token before it is to blame."""
        if self.report.count != self.known or self.report.full:
            return
        # Imported only now: a text without errors does not pay for it.
        from witgen.syntax.errors import describe
        from witgen.syntax.stuck import Stuck, acceptable

        following = tokens.peek() if token[0] != END else token
        if self.report.count != self.known:
            # What follows is not a token, and is reported as such.
            return
        words = {name: text for text, name in self.table.literals.items()}
        expected = acceptable(self.table, self.states)
        describe(
            Stuck(
                self.report,
                self.symbols,
                self.values,
                self.starts,
                token,
                following,
                expected,
                self.last_end,
                words,
            )
        )

    def recover(self, token: Token, tokens: Tokens) -> Token:
        """Drop the item that could not be parsed and return the token that opens the next."""
        if self.symbols and self.symbols[-1] in {"SEMICOLON", "RBRACE"}:
            # The item before may be complete: the error comes after it.
            while (action := self.table.states[self.states[-1]].get("WORLD", 0)) < 0:
                self.reduce(~action, token[2])
        name = self.drop("item")
        target = sum(symbol == "LBRACE" for symbol in self.symbols)
        token = self._next_item(token, tokens, target)
        if token[0] == END and target:
            # The nested package around the item is never closed.
            self.drop("$END")
            name = None
        self.states.append(self.table.states[self.states[-1]]["item"])
        self.symbols.append("item")
        self.values.append(ast.Broken(name))
        self.starts.append(token[2])
        return token

    def _next_item(self, token: Token, tokens: Tokens, target: int) -> Token:
        """The first token at or after `token` that opens an item at brace depth `target`."""
        while token[0] != END:
            kind = token[0]
            if kind in _OPENERS and self.depth <= target:
                break
            if kind in _SURE and tokens.peek()[0] == "ID":
                self.lost = self.depth - target
                self.depth = target
                break
            if kind == "LBRACE":
                self.depth += 1
            elif kind == "RBRACE":
                if self.depth == target and target:
                    break
                self.depth = max(self.depth - 1, target)
            self.scanner.skipping = True
            token = tokens.next()
            self.scanner.skipping = False
        return token

    def drop(self, wanted: str) -> str | None:
        """Unwind to where an item may follow and `wanted` fits; return the lost item's name."""
        rows = self.table.states
        name = None
        while not ("item" in rows[self.states[-1]] and wanted in rows[self.states[-1]]):
            symbol = self.symbols.pop()
            if symbol == "ID":
                name = self.values[-1].name
            elif symbol not in {"INTERFACE", "WORLD", "attributes"} and len(self.symbols) < 2:
                name = None
            del self.states[-1], self.values[-1], self.starts[-1]
        return name


class Tokens:
    """The tokens of a text, with pushback."""

    def __init__(self, scanner: Scanner) -> None:
        self._tokens = scanner.tokens()
        self._waiting: list[Token] = []
        end = scanner.base + len(scanner.text)
        self._end: Token = (END, "", end, end)

    def next(self) -> Token:
        """The next token; the end token if nesting is too deep, and after the end."""
        if self._waiting:
            return self._waiting.pop()
        try:
            return next(self._tokens, self._end)
        except TooDeep:
            return self._end

    def push(self, token: Token) -> None:
        """Push `token` back, so that it comes next."""
        self._waiting.append(token)

    def peek(self) -> Token:
        """The next token, without consuming it."""
        token = self.next()
        self.push(token)
        return token


def parse_bytes(data: bytes, file: str, report: Reporter) -> ast.Document:
    """The syntax tree of an encoded text; findings go to `report`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        base = report.sources.add(file, good)
        at = base + len(good)
        report.error("WIT0002", f"invalid UTF-8: byte 0x{data[error.start]:02x}", at)
        return ast.Document(file, base, None, (ast.Broken(None),))
    return parse(text.removeprefix("\ufeff"), file, report)
