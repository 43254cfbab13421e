"""Which packages texts declare, and which they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from witgen.syntax import ast
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter


class Group(Protocol):
    """The files of one package: (name, content) of each."""

    @property
    def files(self) -> Sequence[tuple[str, bytes]]:
        """The files."""


G = TypeVar("G", bound=Group)


def packages(groups: Iterable[Group]) -> tuple[set[str], set[str]]:
    """The packages that files declare, and those that they refer to, by full name.

    What is wrong with the texts is left to those who load them.
    """
    report = Reporter()
    present: set[str] = set()
    wanted: set[str] = set()
    for group in groups:
        for name, data in group.files:
            document = parse_bytes(data, name, report)
            if document.header is not None:
                present.add(str(document.header.name))
            for item in document.items:
                if isinstance(item, ast.NestedPackage):
                    present.add(str(item.name))
                    wanted.update(_references(item.items))
                else:
                    wanted.update(_references(item))
    return present, wanted


def completion(groups: Iterable[Group], shared: Mapping[str, G]) -> list[G]:
    """The shared packages that files need and do not have, in order of need."""
    present, wanted = packages(groups)
    added: list[G] = []
    while missing := sorted(name for name in wanted - present if name in shared):
        group = shared[missing[0]]
        added.append(group)
        there, more = packages([group])
        # A binary has it without saying so in a text.
        present |= there | {missing[0]}
        wanted |= more
    return added


def _references(node: object) -> Iterator[str]:
    """The packages that a tree refers to."""
    if isinstance(node, ast.PackageRef):
        yield str(node)
    elif isinstance(node, tuple):
        for part in node:
            yield from _references(part)
