"""Names in Python: those that componentize-py chooses, and those that generated code chooses.

componentize-py 0.25 spells a WIT name in snake case or camel case and adds `_` to a keyword; a
module of `wit_world` is named after its interface, and after package and version as far as the
interface's name alone is not unique among the world's imports, or among its exports.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field

from witgen.emit.pycode.pretty import WIDTH
from witgen.resolve import model as m
from witgen.value import state


def _escaped(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def snake(name: str) -> str:
    """`place-bid` as `place_bid`, `from` as `from_`."""
    return _escaped(name.replace("-", "_").lower())


def camel(name: str) -> str:
    """`place-bid` as `PlaceBid`, `none` as `None_`."""
    return _escaped("".join(part[:1].upper() + part[1:].lower() for part in name.split("-")))


def shouting(name: str) -> str:
    """`place-bid` as `PLACE_BID`."""
    return name.replace("-", "_").upper()


def modules(resolve: m.Resolve, interfaces: Iterable[m.InterfaceId]) -> dict[m.InterfaceId, str]:
    """The module of each of a world's imported, or exported, interfaces.

    Args:
        resolve: Where the interfaces stand.
        interfaces: All interfaces of one direction; they have names.
    """
    ids = tuple(interfaces)
    named = {ref: resolve.interfaces[ref].name or "" for ref in ids}
    packages = {ref: resolve.packages[resolve.interfaces[ref].package].name for ref in ids}
    result = {}
    for ref in ids:
        alike = [i for i in ids if named[i] == named[ref]]
        package = packages[ref]
        if len(alike) == 1:
            result[ref] = snake(named[ref])
            continue
        parts = [package.namespace, package.name, named[ref]]
        same = [
            i
            for i in alike
            if (packages[i].namespace, packages[i].name) == (package.namespace, package.name)
        ]
        if len(same) > 1 and package.version:
            parts.append(re.sub(r"[^0-9a-zA-Z]+", "-", package.version).strip("-"))
        result[ref] = snake("-".join(parts))
    return result


@state
class NameAllocator:
    """The names taken in one Python scope.

    Attributes:
        hiding: What no name may hide; by default any builtin.
    """

    hiding: frozenset[str] = frozenset(dir(builtins))
    _taken: set[str] = field(default_factory=set)

    def reserve(self, names: Iterable[str]) -> None:
        """Reserve names unchanged."""
        self._taken.update(names)

    def take_first(self, *wanted: str) -> str:
        """The first of these that is free; else a free identifier like the last."""
        for name in wanted:
            if self.is_free(name):
                return self.take(name)
        return self.take(wanted[-1])

    def is_free(self, name: str) -> bool:
        """Whether an identifier can be taken as it is."""
        return not (name in self._taken or keyword.iskeyword(name) or name in self.hiding)

    def take(self, wanted: str) -> str:
        """A free identifier like `wanted`: underscores are added until nothing has the name."""
        name = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
        if not name or name[0].isdigit():
            name = f"_{name}"
        while not self.is_free(name):
            name += "_"
        self._taken.add(name)
        return name


@state
class ImportSet:
    """The imports of the modules of a package, recorded as their parts are rendered.

    Attributes:
        names: The scope that imported names are taken from.
        here: The module that is rendered.
    """

    names: NameAllocator
    here: str = ""
    _found: dict[tuple[str, str], str] = field(default_factory=dict)
    _used: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def name(self, module: str, attribute: str, local: str = "") -> str:
        """The local name of an imported attribute; of a module itself when `module` is empty."""
        key = (module, attribute)
        if key not in self._found:
            self._found[key] = self.names.take(local or attribute)
        self._used.setdefault(self.here, set()).add(key)
        return self._found[key]

    @contextmanager
    def inside(self, module: str) -> Iterator[None]:
        """Render something of another module."""
        before, self.here = self.here, module
        try:
            yield
        finally:
            self.here = before

    def own(self, module: str, name: str) -> str:
        """A name that a module of the package defines, imported if this is another one."""
        if module != self.here:
            key = (f".{module}", name)
            self._found[key] = name
            self._used.setdefault(self.here, set()).add(key)
        return name

    def lines(self, here: str = "") -> list[str]:
        """The import statements of a module: the standard library, others, the package itself."""
        used = self._used.get(here, set())
        blocks: dict[int, list[str]] = {0: [], 1: [], 2: []}
        for module in sorted({module for module, _ in used}):
            found = sorted((a, self._found[m_, a]) for m_, a in used if m_ == module)
            names = [a if local == a else f"{a} as {local}" for a, local in found]
            block = blocks[2 if module[:1] == "." else 0 if module in _STANDARD else 1]
            if not module:
                block += [f"import {name}" for name in names]
            elif len(names) == 1 and len(f"from {module} import {names[0]}") <= WIDTH:
                block.append(f"from {module} import {names[0]}")
            else:
                block += [f"from {module} import (", *(f"    {name}," for name in names), ")"]
        lines: list[str] = []
        for block in filter(None, blocks.values()):
            lines += ["", *block] if lines else block
        return lines


_STANDARD = ("", "dataclasses", "datetime", "enum", "typing")
