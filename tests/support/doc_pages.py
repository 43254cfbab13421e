"""Pages of the documentation that are run: files are written, commands run, outputs compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"
_FENCE = re.compile(r"^```(?P<head>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r'title="(?P<path>[^"]+)"')


@dataclass(frozen=True, slots=True)
class File:
    """A block with a path as its title."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line of a console block, and what it prints; `…` stands for anything."""

    line: str
    output: str

    def fits(self, output: str) -> bool:
        """Whether this is what the page shows."""
        pattern = ".*".join(re.escape(part) for part in self.output.split("…"))
        return re.fullmatch(pattern, output, re.DOTALL) is not None


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The language and the text of each block of a page."""
    for block in _FENCE.finditer(page.read_text("utf-8")):
        yield (block["head"].split() or [""])[0], block["body"]


def steps(page: str) -> Iterator[File | Command]:
    """What a page has its reader do, in order."""
    for block in _FENCE.finditer((DOCS / page).read_text("utf-8")):
        if title := _TITLE.search(block["head"]):
            yield File(title["path"], block["body"])
        elif block["head"].split()[:1] == ["console"]:
            for part in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]:
                found = re.match(r"(?:[^\n]*\\\n)*[^\n]*\n?", part)
                assert found
                yield Command(found[0].rstrip("\n"), part[found.end() :])


def follow(
    page: str,
    folder: Path,
    *,
    leave_out: Collection[str] = (),
    environment: Mapping[str, str] | None = None,
    took: Callable[[str, float], None] = lambda line, seconds: None,
) -> list[tuple[str, str]]:
    """Do what a page says; gives what each command said on stderr.

    Args:
        page: Its path in the documentation.
        folder: Where to be.
        leave_out: Commands that the test stands in for.
        environment: Of the commands, by default that of the tests.
        took: Gets each command and its seconds.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    given = environment or os.environ | {"PATH": path}
    said = []
    for step in steps(page):
        match step:
            case File(name, text):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, "utf-8")
            case Command(line) if line in leave_out:
                continue
            case Command(line) if line.startswith("cd "):
                folder /= line.removeprefix("cd ")
            case Command(line):
                begin = time.perf_counter()
                done = subprocess.run(
                    ["bash", "-c", line],
                    cwd=folder,
                    env=given,
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=900,
                )
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
                assert step.fits(done.stdout), f"{line}\n{done.stdout}"
                took(line, time.perf_counter() - begin)
                said.append((line, done.stderr))
    return said
