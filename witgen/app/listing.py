"""Files by patterns: what a folder, a file or a glob matches.

A folder matches all files in it. `*` and `?` match within a name, `**` across folders. Names that
begin with a dot and the folders that tools fill are left out, unless a pattern spells them out.
Links to folders are not followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import NamedTuple

_FILLED = frozenset({"__pycache__", "node_modules", "golem-temp"})
_MAGIC = re.compile(r"[*?\[]")


class Listing(NamedTuple):
    """A query to the file system whose answer is a list of files.

    Attributes:
        base: The folder that patterns are relative to, an absolute path.
        patterns: Files, folders and globs, with forward slashes.
        omit: Absolute paths of files and folders to leave out unless a pattern names them exactly.
    """

    base: str
    patterns: tuple[str, ...]
    omit: tuple[str, ...] = ()


def files(listing: Listing) -> list[str]:
    """The absolute paths of the files that a listing matches, sorted, each once."""
    omit = frozenset(listing.omit)
    found: set[str] = set()
    for pattern in listing.patterns:
        found.update(_pattern(listing.base, pattern, omit))
    return sorted(found)


def matching(base: str, pattern: str) -> list[str]:
    """The absolute paths of files and folders that a pattern matches, without entering folders."""
    path = _joined(base, pattern)
    if not _MAGIC.search(pattern):
        return [path] if os.path.lexists(path) else []
    root, accepts = _compiled(path)
    return sorted(p for p in _walk(root, frozenset(), _hidden(path), folders=True) if accepts(p))


def is_glob(pattern: str) -> bool:
    """Whether a pattern may match several names."""
    return _MAGIC.search(pattern) is not None


def _pattern(base: str, pattern: str, omit: Collection[str]) -> Iterable[str]:
    path = _joined(base, pattern)
    if _MAGIC.search(pattern):
        root, accepts = _compiled(path)
        return (p for p in _walk(root, omit, _hidden(path)) if accepts(p))
    if os.path.isdir(path):
        return _walk(path, omit, frozenset())
    return (path,) if os.path.isfile(path) else ()


def _joined(base: str, pattern: str) -> str:
    return os.path.normpath(os.path.join(base, pattern))


def _hidden(path: str) -> frozenset[str]:
    """The names that a pattern spells out and that would otherwise be left out."""
    return frozenset(part for part in path.split(os.sep) if part.startswith(".") or part in _FILLED)


@cache
def _compiled(path: str) -> tuple[str, Callable[[str], object]]:
    """The folder to walk, and the test for a path."""
    parts = path.split(os.sep)
    fixed = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    return os.sep.join(parts[:fixed]) or os.sep, re.compile(_expression(path)).fullmatch


def _expression(path: str) -> str:
    """A regular expression without backtracking over folders."""
    sep = re.escape(os.sep)
    made = ""
    for part in path.split(os.sep):
        if part == "**":
            made += f"(?:[^{sep}]+{sep})*"
        else:
            made += _segment(part) + sep
    if path.endswith("**"):
        return made + f"[^{sep}]+"
    return made.removesuffix(sep)


def _segment(part: str) -> str:
    """The expression for one name: each piece matches at its first place, the best one."""
    any_ = f"[^{re.escape(os.sep)}]"
    head, *pieces = re.split(r"\*+", part)
    made = _piece(head, any_)
    for piece in pieces[:-1]:
        made += f"(?>{any_}*?{_piece(piece, any_)})"
    return made + (f"{any_}*{_piece(pieces[-1], any_)}" if pieces else "")


def _piece(text: str, any_: str) -> str:
    made, at = "", 0
    while at < len(text):
        end = text.find("]", at + 2)
        if text[at] == "?":
            made += any_
        elif text[at] == "[" and end > 0:
            inner = text[at + 1 : end]
            negated = inner[0] in "!^"
            choice = re.sub(r"([\\\]\[^&~|])", r"\\\1", inner[negated:])
            made += f"[{'^' if negated else ''}{choice}]"
            at = end
        else:
            made += re.escape(text[at])
        at += 1
    return made


def _walk(
    folder: str, omit: Collection[str], reached: frozenset[str], *, folders: bool = False
) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:
            continue
        with entries:
            for entry in entries:
                name = entry.name
                if (name[0] == "." or name in _FILLED) and name not in reached:
                    continue
                path = entry.path
                if path in omit:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                    if folders:
                        yield path
                elif folders or entry.is_file():
                    yield path
