"""What `witgen doctor` looks at: versions, tools and caches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from runtime_shim.disk_cache import most_bytes, size
from witgen.app.manifest.find import above, shown
from witgen.cache import cache_dir
from witgen.version import __version__

LARGE_PARTS = ("components", "compiled")
"""The folders of the cache that hold what was built and what was compiled for this machine."""
_PACKAGES = ("componentize-py", "wasmtime", "lark", "jinja2", "black", "pyyaml")
# Program, what it is for, how to get it.
_TOOLS = (
    ("node", "JavaScript components", "https://nodejs.org has it"),
    ("npx", "JavaScript components", "Node.js brings it"),
    ("cargo", "Rust components", "https://rustup.rs has it"),
    ("wasm-tools", "looking into components", "`cargo install wasm-tools` brings it"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        state: `ok`, `missing` (needed) or `absent` (of use for some).
        name: What was looked at.
        text: What was found, or what to do.
    """

    state: Literal["ok", "missing", "absent"]
    name: str
    text: str


def examine() -> Iterator[Finding]:
    """Everything, in the order in which people read it."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "witgen", f"{__version__} on Python {python}")
    for name in _PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("missing", name, f"`pip install {name}` brings it")
    for name, purpose, how in _TOOLS:
        found = shutil.which(name)
        if found is None:
            yield Finding("absent", name, f"for {purpose}: {how}")
        else:
            yield Finding("ok", name, _version(found))
    yield Finding("ok", "cache", _cache(cache_dir()))
    manifests = above(Path.cwd())
    text = shown(manifests[0]) if manifests else "none here or above: `witgen init` makes one"
    yield Finding("ok" if manifests else "absent", "golem.yaml", text)


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{program}, which does not answer"
    lines = done.stdout.strip().splitlines()
    return lines[0][:80] if lines else program


def _cache(folder: Path) -> str:
    """Where the cache is, how large, and how large its two large parts may grow."""
    parts = [f"{name} {size(folder / name) / 1e6:.1f} MB" for name in LARGE_PARTS]
    most = f"each at most {most_bytes() / 1e6:.0f} MB"
    return f"{folder}: {size(folder) / 1e6:.1f} MB ({', '.join(parts)}, {most})"
