"""What workers may use, as it is written in golem.yaml and on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping

Limit = int | float | None
"""A number; None for no limit."""

DEFAULTS: Mapping[str, Limit] = {"memory": 1 << 30}
"""What commands grant where nothing else is said, by the name in `runtime_shim.Limits`."""

_SIZE = re.compile(r"([0-9]{1,18}) *(B|KiB|MiB|GiB)?")
_UNITS = {None: 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30}
_MOST = 1 << 62


def parsed(name: str, text: str) -> Limit:
    """The limit with this name: `memory`, `fuel` or `deadline`.

    Raises:
        ValueError: with a message that says what is expected.
    """
    if text == "none":
        return None
    match name:
        case "memory":
            found = _SIZE.fullmatch(text)
            number = int(found[1]) << _UNITS[found[2]] if found else 0
            expected = "a size such as 512MiB or 2GiB"
        case "fuel":
            number = int(text) if re.fullmatch(r"[0-9]{1,19}", text) else 0
            expected = "a number of instructions"
        case _:
            seconds = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text)
            if seconds and float(text) > 0:
                return float(text)
            number, expected = 0, "a number of seconds such as 30 or 0.5"
    if not 0 < number <= _MOST:
        raise ValueError(f"must be {expected}, or none, not `{text}`")
    return number
