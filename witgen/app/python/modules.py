"""The modules of a guest, as far as they can be read without running them."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from witgen.diagnostics import Place

_NESTING = (ast.If, ast.Try, ast.With)
# Syntax of later Pythons than the one that runs witgen; the guest's is 3.14.
_NEWER = re.compile(
    r"""^\s*(type\s+\w|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[|except\b.*,)|\b[rb]?[ft]r?["']""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Origin:
    """Where an imported name comes from: a module, and the name in it unless it is the module."""

    module: str
    name: str | None


@dataclass(frozen=True)
class Module:
    """A module.

    Attributes:
        name: Its dotted name.
        path: Its file.
        text: Its text.
        tree: What the text means.
    """

    name: str
    path: Path
    text: str
    tree: ast.Module

    @cached_property
    def names(self) -> frozenset[str] | None:
        """All names that it may have; None if some are unknown."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.Name(ctx=ast.Store()):
                    found.add(node.id)
                case ast.alias(name="*"):
                    return None
                case ast.alias():
                    found.add(node.asname or node.name.partition(".")[0])
                case ast.Name(id="globals" | "setattr" | "exec"):
                    return None
        return None if "__getattr__" in found else frozenset(found)

    @cached_property
    def imported(self) -> dict[str, Origin]:
        """What its own imports bind, by the local name."""
        found: dict[str, Origin] = {}
        for node in statements(self.tree.body):
            if isinstance(node, ast.Import):
                for one in node.names:
                    whole = one.name if one.asname else one.name.partition(".")[0]
                    found[one.asname or whole] = Origin(whole, None)
            elif isinstance(node, ast.ImportFrom):
                for one in node.names:
                    found[one.asname or one.name] = Origin(self.absolute(node), one.name)
        return found

    @property
    def depth(self) -> int:
        """How many packages it is in, itself counted if it is one."""
        return self.name.count(".") + (self.path.name == "__init__.py")

    def absolute(self, node: ast.ImportFrom) -> str:
        """The module that a `from … import` names."""
        package = self.name.split(".")[: self.depth]
        before = package[: len(package) - node.level + 1] if node.level else []
        return ".".join([*before, *filter(None, [node.module])])

    def place(self, node: ast.stmt | ast.alias, name: str = "") -> Place:
        """The place of a name in a statement."""
        source = self.text.splitlines()[node.lineno - 1]
        start = len(source.encode()[: node.col_offset].decode("utf-8", "replace"))
        at = source.find(name, start) if name else start
        column = at if at >= 0 else start
        return Place(str(self.path), node.lineno, column + 1, max(1, len(name)), source)


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is loaded, classes and functions not entered."""
    for node in body:
        yield node
        if isinstance(node, _NESTING):
            for part in ("body", "orelse", "finalbody", "handlers"):
                for inner in getattr(node, part, ()):
                    yield from statements(
                        getattr(inner, "body", ()) if part == "handlers" else [inner]
                    )


def parse(name: str, path: Path, data: bytes) -> Module | SyntaxError | None:
    """A module, or its error; None if this Python cannot judge it."""
    text = data.decode("utf-8", "replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Module(name, path, text, ast.parse(data, str(path)))
    except SyntaxError as error:
        return None if _is_newer(error, text) else error
    except (ValueError, RecursionError, MemoryError):
        return None


def _is_newer(error: SyntaxError, text: str) -> bool:
    """Whether a later Python might accept the line."""
    lines = text.splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    old = sys.version_info < (3, 14)
    return old and ("f-string" in str(error) or _NEWER.search(line) is not None)


def find(name: str, folders: Sequence[Path]) -> Path | None:
    """The file of a module, or the folder of a package without one; native modules count."""
    parts = name.split(".")
    for folder in folders:
        place = folder.joinpath(*parts)
        for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if file.is_file():
                return file
        if place.is_dir():
            return place
        if place.parent.is_dir() and any(place.parent.glob(f"{place.name}.*.so")):
            return place
    return None
