"""What the idle instances of a host hold."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from runtime_shim.host import Host


def left(host: Host) -> dict[str, int]:
    """How many handles each component's instances hold: the host's, and those of its own resources."""
    warm = host._handler._warm.values()
    contexts = [cast("Any", instance)._context for *_, instance in warm]
    found = Counter({c.worker.component: len(c.table) + len(c.handles) for c in contexts})
    return dict(+found)
