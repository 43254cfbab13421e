"""Loose readings of invocation names, and suggestions for wrong ones.

Aliases follow Golem's function names, as the names themselves do.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from runtime_shim.errors import UnknownFunction, readable
from runtime_shim.exports.members import Export, annotated, member_name, split

_VERSION = re.compile(r"@[^/.{}]+(?:\.[^/{}]+)*$")


def without_version(interface: str) -> str:
    """`ns:pkg/iface@1.0.0` as `ns:pkg/iface`."""
    return _VERSION.sub("", interface)


def swap_exports(interface: str) -> str:
    """Golem's alias: `ns:pkg/iface` as `ns:pkg-exports/iface`, and vice versa."""
    package, slash, rest = interface.partition("/")
    if ":" not in package:
        return interface
    head, at, version = package.partition("@")
    swapped = head.removesuffix("-exports") if head.endswith("-exports") else f"{head}-exports"
    return swapped + at + version + slash + rest


@dataclass(frozen=True, slots=True)
class Aliases:
    """What names that no export has may refer to.

    Attributes:
        component: The name of the component.
        items: Its exports.
    """

    component: str
    items: tuple[Export, ...]

    def find(self, name: str, interface: str, spellings: tuple[str, ...]) -> Export:
        """The only export that `name` may refer to; it is split, `spellings` are of its member.

        Raises:
            UnknownFunction: None, or several; with similar names.
        """
        # Some aliases have a free part; what no store could hold is not a name.
        for candidates in self._matches(interface, spellings) if readable(name) == name else ():
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                names = ", ".join(item.name for item in candidates)
                raise UnknownFunction(f"`{name}` is ambiguous: {names}")
        raise UnknownFunction(f"{self.component} has no function `{name}`{self._hint(name)}")

    def _matches(self, interface: str, spellings: tuple[str, ...]) -> Iterator[list[Export]]:
        """Increasingly loose readings of the interface, each with its matches."""
        bare = without_version(interface)
        swapped = swap_exports(interface)
        tail = bare.rpartition("/")[2]
        unversioned = "@" not in interface
        fits: tuple[Callable[[str], bool], ...] = (
            lambda i: i == swapped,
            lambda i: unversioned and without_version(i) == bare,
            lambda i: unversioned and without_version(i) == swap_exports(bare),
            # World-level functions and inline interfaces, by the names of Golem's generator.
            lambda i: tail.endswith("-inline-functions") and not i,
            lambda i: _is_inline(i) and tail.endswith(f"-{i}"),
            lambda i: not i and bool(interface) and self._is_package(bare),
            lambda i: not bare.count("/") and _is_split_world(i),
        )
        for fit in fits:
            for spelling in spellings:
                yield [i for i in self.items if annotated(i) == spelling and fit(i.interface)]

    def _is_package(self, name: str) -> bool:
        return "/" not in name and name in {self.component, swap_exports(self.component)}

    def _hint(self, name: str) -> str:
        names = [item.name for item in self.items]
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
        if not close:
            member = member_name(split(name)[1])
            same = (i.name for i in self.items if member_name(annotated(i)) == member)
            close = list(islice(same, 3))
        return f"; did you mean {' or '.join(f'`{n}`' for n in close)}?" if close else ""


def _is_inline(interface: str) -> bool:
    return bool(interface) and ":" not in interface


def _is_split_world(interface: str) -> bool:
    return without_version(interface).endswith("-inline-functions")
