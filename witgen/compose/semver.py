"""Which versions of an interface may stand for each other.

Source: `design/mvp/Explainer.md`, canonical interface names: the same major version, of 0.x the
same minor version, of 0.0.x the same version; a prerelease only itself.
"""

from __future__ import annotations

import re

_VERSIONED = re.compile(r"(?P<path>[^@]+)@(\d{1,20})\.(\d{1,20})\.(\d{1,20})(?P<rest>[-+].*)?")


def track(name: str) -> str:
    """The compatibility track of an import or export name.

    Names on one track may stand for each other: `ns:pkg/iface@1`, `ns:pkg/iface@0.2`, else the
    full name.
    """
    match = _VERSIONED.fullmatch(name)
    if match is None or (match["rest"] or "").startswith("-"):
        return name
    major, minor = int(match[2]), int(match[3])
    if major:
        return f"{match['path']}@{major}"
    return f"{match['path']}@0.{minor}" if minor else name


def version(name: str) -> tuple[int, int, int]:
    """The version of a name, for comparison on one track; zeros without one."""
    match = _VERSIONED.fullmatch(name)
    return (int(match[2]), int(match[3]), int(match[4])) if match else (0, 0, 0)
