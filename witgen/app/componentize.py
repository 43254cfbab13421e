"""The driver of componentize-py: sources in, component out, cached by content.

componentize-py embeds CPython, so a build takes seconds; equal inputs are built once, and the
results are kept as long as the cache has room. It runs in its own process, so that a panic in it
does not end witgen.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.boundary import disk_cache
from witgen.app.destructors import with_destructors
from witgen.atomic import write_file
from witgen.cache import cache_dir
from witgen.diagnostics import Diagnostic, WitError

if TYPE_CHECKING:
    from witgen.client import Client

_START = "import sys; from componentize_py import script; sys.exit(script())"
_TAIL = 12
_INHERITED = re.compile(r"non-default argument '\w+' follows default argument '(?P<field>\w+)'")
_MAGIC = b"\0asm"
_MODULE_CLASHES = ("wit_world", "componentize_py_types", "componentize_py_runtime")


class ToolMissingError(Exception):
    """componentize-py is not installed; the message says how to install it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The inputs of a Python component.

    Attributes:
        wit: The WIT folder, relative path → text.
        world: The name of the world in its root package.
        python: The sources, relative path → text.
        app: The module that implements the world.
        isolated: Whether CPython's own use of WASI is replaced by traps. The component then imports
            only what its world declares; it cannot print, and its random numbers repeat.
        destructors: Whether its resources are called when their handles are dropped; their classes
            must support it (`witgen.app.destructors`).
        all_features: Whether all features of the WIT are enabled.
    """

    wit: Mapping[str, bytes]
    world: str
    python: Mapping[str, bytes]
    app: str
    isolated: bool = False
    destructors: bool = False
    all_features: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """A built component.

    Attributes:
        data: The component.
        cached: Whether it came from the cache.
        seconds: How long it took.
    """

    data: bytes
    cached: bool
    seconds: float


def client_source(client: Client) -> Source:
    """What the component of a client is made from."""
    from witgen.emit.python import client_files

    files = client_files(client)
    return Source(
        wit={p.removeprefix("wit/"): data for p, data in files.items() if p.startswith("wit/")},
        world=client.component_world,
        python={path: data for path, data in files.items() if path.endswith(".py")},
        app=client.app_module,
        isolated=True,
        destructors=True,
        all_features=client.is_gated,
    )


def read_source(wit: Path, world: str, python: Path, app: str) -> Source:
    """Read a component's WIT folder and Python folder from disk.

    Raises:
        OSError: A file cannot be read.
    """
    return Source(_read_tree(wit, ".wit"), world, _read_tree(python, ".py"), app)


def _read_tree(folder: Path, suffix: str) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob(f"*{suffix}"))
        if path.is_file()
    }


def key(source: Source) -> str:
    """The cache key: everything that determines the output, including the tool's version."""
    hasher = hashlib.sha256()
    parts = [tool_version().encode(), source.world.encode(), source.app.encode()]
    parts.append(b"isolated" if source.isolated else b"")
    parts += [b"destructors"] if source.destructors else []
    parts += [b"all-features"] if source.all_features else []
    for files in (source.wit, source.python):
        for path in sorted(files):
            parts += [path.encode(), files[path]]
        parts.append(b"\0end")
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little") + part)
    return hasher.hexdigest()


def tool_version() -> str:
    """The version of componentize-py.

    Raises:
        ToolMissingError: It is not installed.
    """
    try:
        found = version("componentize-py")
    except PackageNotFoundError:
        found = ""
    if not found or find_spec("componentize_py") is None:
        raise ToolMissingError(
            "componentize-py is not installed; run `pip install componentize-py==0.25.1"
        )
    return found


def componentize(source: Source, *, cache: Path | None = None) -> Build:
    """Build a component, or take it from the cache.

    Raises:
        WitError: A module would hide one of the bindings, or componentize-py rejected the sources.
        ToolMissingError: componentize-py is not installed.
        OSError: A scratch folder cannot be written.
    """
    begin = time.perf_counter()
    _check_names(source)
    stored = (cache or cache_dir()) / "components" / f"{key(source)}.wasm"
    if (found := _cached(stored)) is not None:
        return Build(found, cached=True, seconds=time.perf_counter() - begin)
    with tempfile.TemporaryDirectory(prefix="witgen-") as scratch:
        data = _run(source, Path(scratch))
    if source.destructors:
        data = with_destructors(data)
    _store(stored, data)
    return Build(data, cached=False, seconds=time.perf_counter() - begin)


def _cached(stored: Path) -> bytes | None:
    try:
        found = stored.read_bytes()
    except OSError:
        return None
    if not found.startswith(_MAGIC):
        # Left by a machine that stopped while writing.
        return None
    disk_cache.use(stored)
    return found


def _store(stored: Path, data: bytes) -> None:
    try:
        write_file(stored, data)
    except OSError:
        # Failing to write the cache is not an error.
        return
    disk_cache.trim(stored.parent)


def _check_names(source: Source) -> None:
    world_module = source.world.replace("-", "_")
    modules = {path.split("/")[0].removesuffix(".py") for path in source.python}
    clashes = [name for name in (world_module, *_MODULE_CLASHES) if name in modules]
    if clashes:
        raise WitError(
            Diagnostic(
                "APP4101",
                f"the module `{name}` hides the bindings that componentize-py makes under that name",
                help=("rename the module",),
            )
            for name in clashes
        )
    if source.app not in modules:
        found = ", ".join(f"`{name}`" for name in sorted(modules)) or "none"
        raise WitError([Diagnostic("APP4102", f"there is no module `{source.app}`; found {found}")])


def _run(source: Source, scratch: Path) -> bytes:
    for folder, files in (("wit", source.wit), ("python", source.python)):
        for path, data in files.items():
            write_file(scratch / folder / path, data)
    command = [sys.executable, "-c", _START, "-q", "-d", "wit", "-w", source.world]
    command += ["--all-features"] if source.all_features else []
    command += ["componentize", source.app, "-p", "python", "-o", "out.wasm"]
    command += ["-s"] if source.isolated else []
    # The caller's environment must not affect the component.
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    environment |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "RUST_BACKTRACE": "0"}
    done = subprocess.run(
        command, cwd=scratch, capture_output=True, text=True, check=False, env=environment
    )
    output = scratch / "out.wasm"
    if done.returncode or not output.is_file():
        said = (done.stderr or done.stdout).replace(str(scratch), ".").strip()
        raise WitError([failure(source.world, said)])
    return output.read_bytes()


def failure(world: str, said: str) -> Diagnostic:
    """Why componentize-py could not build a world, by what it said."""
    message = f"componentize-py could not build the world `{world}`"
    inherited = _INHERITED.search(said)
    if inherited is None:
        lines = tuple(line for line in said.splitlines()[-_TAIL:] if line.strip())
        return Diagnostic("APP4103", message, help=lines)
    field = inherited["field"]
    return Diagnostic(
        "APP4103",
        f"{message}: a record has a field `{field}` before others, and each Python class has"
        f" something called `{field}`, which becomes the field's default",
        help=(
            "rename the field, or put it last",
            "`--backend native` builds clients without Python",
        ),
    )
