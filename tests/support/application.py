"""Applications for tests: components whose build copies a small component that is there already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.building import Project, Request, run
from witgen.app.plan import Task
from witgen.app.schedule import Outcome
from witgen.diagnostics import Diagnostic

WITGEN = [sys.executable, "-m", "witgen"]
# A component without imports and exports, and the like with a name that can be seen in the bytes.
EMPTY = b"\0asm\x0d\0\x01\0"

# What stands in for a toolchain: reads the sources, writes a component that tells their digest.
STAND_IN = """\
import hashlib, pathlib, sys
out, *folders = sys.argv[1:]
digest = hashlib.sha256()
for folder in folders:
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            digest.update(path.read_bytes())
body = b"\\x06digest" + digest.digest()
pathlib.Path(out).parent.mkdir(parents=True, exist_ok=True)
pathlib.Path(out).write_bytes(b"\\0asm\\x0d\\0\\x01\\0\\0" + bytes([len(body)]) + body)
"""


def wit(name: str, functions: str = "f: func();") -> str:
    """The WIT of a component `t:name` that exports `api`."""
    return f"package t:{name};\ninterface api {{ {functions} }}\nworld {name} {{ export api; }}\n"


def manifest(
    components: dict[str, list[tuple[str, str]]], *, kinds: dict[str, str] | None = None
) -> str:
    """A manifest of components that stand in for real ones: name → (type, target) of what it needs."""
    name = "{{ component_name | split(':') | last }}"
    command = f"{json.dumps(sys.executable)} ../tool.py ../out/{name}.wasm src wit-generated"
    template = {
        "sourceWit": f"{name}/wit",
        "generatedWit": f"{name}/wit-generated",
        "componentWasm": f"out/{name}.wasm",
        "build": [{"command": command, "dir": name, "sources": ["src"]}],
    }
    document = {
        "templates": {"stand-in": template},
        "components": {
            f"t:{key}": {"template": "stand-in"}
            | ({"componentType": kinds[key]} if kinds and key in kinds else {})
            for key in components
        },
        "dependencies": {
            f"t:{key}": [{"type": kind, "target": f"t:{target}"} for kind, target in needs]
            for key, needs in components.items()
            if needs
        },
    }
    # JSON is YAML.
    return json.dumps(document, indent=1)


@dataclass
class Heard:
    """A listener that remembers."""

    begun: list[str] = field(default_factory=list)

    def begins(self, task: Task, why: tuple[str, ...]) -> None:
        self.begun.append(task.name)

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        assert task.name in self.begun
        assert failed or not found


@dataclass(frozen=True)
class App:
    """An application on disk."""

    root: Path

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def request(self, **options: object) -> Request:
        return Request(self.root, **options)  # type: ignore[arg-type] # as tests name them

    def build(self, **options: object) -> Outcome:
        return self.built(**options)[1]

    def built(self, **options: object) -> tuple[Project, Outcome]:
        return run(self.request(**options), Heard())


def application(root: Path, components: dict[str, list[tuple[str, str]]], **more: object) -> App:
    """Write an application of stand-ins."""
    app = App(root)
    app.write("golem.yaml", manifest(components, **more))  # type: ignore[arg-type] # likewise
    app.write("tool.py", STAND_IN)
    for name in components:
        app.write(f"{name}/wit/{name}.wit", wit(name))
        app.write(f"{name}/src/code.txt", f"the code of {name}")
    return app


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def command(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `witgen` in a process of its own."""
    return subprocess.run(
        [*WITGEN, *args], cwd=cwd, capture_output=True, text=True, check=False, env=os.environ
    )


Making = Callable[..., App]
