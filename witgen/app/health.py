"""What `witgen doctor` checks: versions, tools, caches and what is built."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from runtime_shim.adapter.state import stateful
from runtime_shim.boundary.disk_cache import most_bytes, size
from witgen.app.building import project
from witgen.app.manifest.find import above, shown
from witgen.cache import cache_dir
from witgen.diagnostics import WitError
from witgen.version import __version__

LARGE_PARTS = ("components", "compiled")
"""The cache folders of built clients and of code compiled for this machine."""
_PACKAGES = ("componentize-py", "wasmtime", "lark", "jinja2", "pyyaml")
# Program, purpose, how to install it.
_TOOLS = (
    ("node", "JavaScript components", "get it from https://nodejs.org"),
    ("npx", "JavaScript components", "it comes with Node.js"),
    ("cargo", "Rust components", "get it from https://rustup.rs"),
    ("wasm-tools", "inspecting components", "install it with `cargo install wasm-tools`"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        state: `ok`, `missing` (required) or `absent` (optional).
        name: What was checked.
        text: What was found, or what to do.
    """

    state: Literal["ok", "missing", "absent"]
    name: str
    text: str


def examine() -> Iterator[Finding]:
    """All lines of the report, in reading order."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "witgen", f"{__version__} on Python {python}")
    for name in _PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("missing", name, f"install it with `pip install {name}`")
    for name, purpose, how in _TOOLS:
        found = shutil.which(name)
        if found is None:
            yield Finding("absent", name, f"for {purpose}: {how}")
        else:
            yield Finding("ok", name, _version(found))
    yield Finding("ok", "cache", _cache(cache_dir()))
    manifests = above(Path.cwd())
    text = shown(manifests[0]) if manifests else "none here or above: create one with `witgen init`"
    yield Finding("ok" if manifests else "absent", "golem.yaml", text)
    if manifests:
        yield from _snapshots()


def _snapshots() -> Iterator[Finding]:
    """Of which built components workers can be taken."""
    try:
        components = project(Path.cwd()).app.components
    except WitError:  # `witgen build` tells
        return
    for name, component in components.items():
        if component.kind == "durable" and component.linked_wasm.is_file():
            made = stateful(component.linked_wasm.read_bytes())
            if isinstance(made, bytes):
                yield Finding("ok", name, "snapshots of its workers can be taken")
            else:
                text = f"no snapshots of its workers can be taken: {'; '.join(made)}"
                yield Finding("absent", name, text)


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{program}, which does not respond"
    lines = done.stdout.strip().splitlines()
    return lines[0][:80] if lines else program


def _cache(folder: Path) -> str:
    """The cache's place and size, and the limits of its two large parts."""
    parts = [f"{name} {size(folder / name) / 1e6:.1f} MB" for name in LARGE_PARTS]
    most = f"each at most {most_bytes() / 1e6:.0f} MB"
    return f"{folder}: {size(folder) / 1e6:.1f} MB ({', '.join(parts)}, {most})"
