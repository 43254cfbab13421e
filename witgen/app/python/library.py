"""Slips in the names of Python's library: asked of the Python that runs witgen, not of the guest's.

The guest's has other modules and names, some of them only on its platform. So only a name that is one
letter away from one that exists is wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

# Modules that do more than to define names, and those whose names differ by platform.
_LEFT_ALONE = frozenset(
    {
        "__future__", "antigravity", "errno", "fcntl", "idlelib", "msvcrt", "nt", "os", "posix",
        "pty", "select", "signal", "socket", "ssl", "test", "this", "tkinter", "turtle",
        "turtledemo", "winreg",
    }
)  # fmt: skip
# Names of later Pythons that are as near to older ones.
_NEWER = frozenset(
    {"HTTPSServer", "MacOS", "ThreadingHTTPSServer", "c_ubyte", "lexists", "parse_message_ids"}
)
_SHORTEST = 4  # letters of a name that another may be meant for
_PATIENCE = 20.0  # seconds
# Isolated, so that only the library is run. Prints what else each module has that lacks a name.
_ASK = """
import contextlib, importlib, importlib.util, json, pkgutil, sys
lacking = []
with contextlib.redirect_stdout(sys.stderr):
    for name, member in json.loads(sys.argv[1]):
        try:
            module = importlib.import_module(name)
            path = getattr(module, "__path__", ())
            parts = {one.name for one in pkgutil.iter_modules(path)}
            parts |= {"path"} if name == "os" else set()
            there = member in parts or hasattr(module, member)
        except BaseException:
            there, parts, module = True, set(), None
        if not there:
            lacking.append((name, member, sorted(parts), dir(module)))
print(json.dumps(lacking))
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A member that a module of the library should have.

    Attributes:
        module: The module's name.
        member: The name of the member.
        imported: Whether the member has to be a module, as in `import module.member`.
    """

    module: str
    member: str
    imported: bool


def slips(wanted: Collection[Wanted]) -> Mapping[Wanted, str]:
    """Those that do not exist, each with its neighbour that exists."""
    asked = [one for one in wanted if _judged(one)]
    if not asked:
        return {}
    question = json.dumps(sorted({(one.module, one.member) for one in asked}))
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _ASK, question],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=_PATIENCE,
        )
        lacking = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    found: dict[Wanted, str] = {}
    for module, member, parts, names in lacking:
        for imported in (True, False):
            one = Wanted(module, member, imported)
            meant = _meant(member, parts if imported else {*parts, *names})
            if one in wanted and meant is not None:
                found[one] = meant
    return found


def _judged(one: Wanted) -> bool:
    name = one.member
    if name.startswith("_") or name.isupper() or name in _NEWER:  # constants differ by platform
        return False
    if any(map(str.isdigit, name)):  # likewise by version: `uuid7`
        return False
    first = one.module.partition(".")[0]
    return first not in _LEFT_ALONE or (one.module == "os" and one.imported)


def _meant(name: str, known: Iterable[str]) -> str | None:
    return next((k for k in known if len(k) >= _SHORTEST and _one_off(name, k)), None)


def _one_off(name: str, known: str) -> bool:
    """Whether a letter is missing, too much, wrong, or swapped with the next one."""
    if name.lower().replace("_", "") == known.lower().replace("_", ""):  # there may be both
        return False
    same = 0
    while same < min(len(name), len(known)) and name[same] == known[same]:
        same += 1
    mine, other = name[same:], known[same:]
    swapped = mine[:2] == other[1::-1] and mine[2:] == other[2:]
    return swapped or mine[1:] == other[1:] or mine[1:] == other or mine == other[1:]
