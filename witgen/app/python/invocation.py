"""A call of componentize-py in golem.yaml: its bindings, and the check of what it would build."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from witgen.app.python.check import Guest, check
from witgen.diagnostics import Diagnostic

TOOL = "componentize-py"
_SITES = "import site; print(*site.getsitepackages(), site.getusersitepackages(), sep='\\n')"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of `componentize-py … componentize APP …`.

    Attributes:
        options: The options before the command.
        app: The module that implements the world.
        folders: Where its modules are.
        world: The package of the bindings.
    """

    options: tuple[str, ...]
    app: str
    folders: tuple[Path, ...]
    world: str


def invocation(args: Sequence[str], folder: Path) -> Invocation | None:
    """What a command asks of componentize-py; None for others, and for worlds of installed packages."""
    if Path(args[0]).stem != TOOL or "componentize" not in args:
        return None
    at = args.index("componentize")
    parser = argparse.ArgumentParser(exit_on_error=False, add_help=False, allow_abbrev=False)
    parser.add_argument("app")
    parser.add_argument("-p", "--python-path", action="append")
    parser.add_argument("-o", "--output")
    parser.add_argument("-s", "--stub-wasi", action="store_true")
    before = argparse.ArgumentParser(exit_on_error=False, add_help=False, allow_abbrev=False)
    before.add_argument("--world-module", default="wit_world")
    try:
        parsed, unknown = parser.parse_known_args(args[at + 1 :])
        named, _ = before.parse_known_args(args[1:at])
    except (argparse.ArgumentError, SystemExit):
        return None
    folders = tuple(folder / path for path in parsed.python_path or ["."])
    # Packages may bring worlds of their own, which the bindings here would lack.
    if unknown or any(any(place.glob("*/componentize-py.toml")) for place in folders):
        return None
    return Invocation(tuple(args[1:at]), parsed.app, folders, named.world_module)


def bind(
    program: str, call: Invocation, folder: Path, environment: Mapping[str, str], output: str
) -> bool:
    """Write the bindings to a folder; return whether componentize-py could."""
    done = subprocess.run(
        [program, *call.options, "bindings", output],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def bindings(
    program: str, call: Invocation, folder: Path, environment: Mapping[str, str]
) -> dict[str, bytes]:
    """The modules of the bindings, by path; none if componentize-py rejects the WIT."""
    with tempfile.TemporaryDirectory(prefix="witgen-") as scratch:
        if not bind(program, call, folder, environment, scratch):
            return {}
        root = Path(scratch)
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*.py"))}


def faults(
    program: str, call: Invocation, folder: Path, environment: Mapping[str, str]
) -> tuple[Diagnostic, ...]:
    """What componentize-py would find wrong with the modules, and what it would not.

    Args:
        program: The path of componentize-py.
        call: What is asked of it.
        folder: Where it runs.
        environment: With which variables.
    """
    with tempfile.TemporaryDirectory(prefix="witgen-") as scratch:
        if not bind(program, call, folder, environment, scratch):
            return ()  # the command itself says why
        guest = Guest(
            call.app, call.folders, Path(scratch), call.world, lambda: _installed(environment)
        )
        return check(guest)


def _installed(environment: Mapping[str, str]) -> Sequence[Path] | None:
    """The folders of packages that componentize-py adds; None if only it can tell."""
    if venv := environment.get("VIRTUAL_ENV"):
        return sorted(Path(venv, "lib").glob("**/site-packages"))
    path = environment.get("PATH")
    python = shutil.which("python3", path=path)
    if shutil.which("pipenv", path=path) or python is None:
        return None
    done = subprocess.run(
        [python, "-c", _SITES], capture_output=True, text=True, check=False, env=dict(environment)
    )
    return [Path(line) for line in done.stdout.splitlines()] if not done.returncode else None
