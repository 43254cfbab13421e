"""Builds that kill themselves, for tests: run in a process of their own."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

from application import App


def build_until(root: Path, number: int, at: str) -> None:
    """Build; be killed at the file of this number that is written, before it has its name or half-way."""
    lock, count = threading.Lock(), 0
    replace = os.replace

    def killing(source: Any, target: Any) -> None:
        nonlocal count
        with lock:
            count += 1
            if count == number:
                if at == "within":
                    os.truncate(source, Path(source).stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    os.replace = killing  # type: ignore[assignment]
    App(root).build(backend="native")
