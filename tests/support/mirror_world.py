"""The typed Python of the world of `golden/worlds/mirror`, and programs that implement its imports."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from golden_cases import GOLDEN
from world_guest import WIT

from witgen.load import load

NAME = "acme:mirror"
RESOLVE = load(WIT)
VALUES = next(i for i in RESOLVE.interfaces if i.name == "values")
WORLD = GOLDEN / "worlds" / "mirror" / "host" / "mirror_client" / "world.py"


def module() -> ModuleType:
    sys.path.insert(0, str(WORLD.parents[1]))
    try:
        return importlib.import_module("mirror_client.world")
    finally:
        sys.path.pop(0)


world: Any = module()


class Cell:
    def __init__(self, text: str) -> None:
        self.text = text
        self.drops = 0

    def get(self) -> str:
        return self.text

    def set(self, text: str) -> None:
        self.text = text

    def drop(self) -> None:
        self.drops += 1


class SavedCell(Cell):
    def save(self) -> str:
        return self.text


class Store:
    def __init__(self, kind: type[Cell] = Cell) -> None:
        self.kind = kind
        self.made: list[Cell] = []
        self.restored: list[str] = []

    def cell(self, text: str) -> Cell:
        self.made.append(self.kind(text))
        return self.made[-1]

    def cell_merged(self, first: Cell, second: Cell) -> Cell:
        return self.cell(first.text + second.text)

    def find(self, name: str) -> Cell | None:
        return self.cell(name) if name else None


class RestoringStore(Store):
    def restore(self, resource: str, saved: str) -> object:
        self.restored.append(f"{resource} {saved}")
        return self.kind(saved)


class Echoing:
    """Implements `values`, and keeps what it was called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def echo(value: Any) -> Any:
            self.seen.append(value)
            return value

        return echo


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)


class Imports:
    def __init__(self, store: Store | None = None) -> None:
        self.values = Echoing()
        self.store = store or Store()
        self.log = Log()
        self.ticked = 0

    def tick(self) -> int:
        self.ticked += 1
        return self.ticked
