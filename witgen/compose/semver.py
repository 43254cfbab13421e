"""Which names of interfaces are interchangeable.

A name with a version may replace others of its compatibility track. Source:
`design/mvp/Explainer.md`, canonical interface names; the rules of versions themselves are those of
`witgen.resolve.semver`.
"""

from __future__ import annotations

import re

from witgen.resolve import semver

_NUMBER = r"(?:0|[1-9][0-9]{0,19})"
_VERSIONED = re.compile(
    rf"(?P<path>[^@]+)@(?P<version>{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:[-+][0-9A-Za-z.+-]*)?)"
)


def name_track(name: str) -> str:
    """The compatibility track of an import or export name.

    Names on one track are interchangeable: `ns:pkg/iface@1`, `ns:pkg/iface@0.2`, else the
    full name.
    """
    match = _VERSIONED.fullmatch(name)
    track = semver.track(match["version"]) if match else None
    return f"{match['path']}@{track}" if match and track else name


def name_version(name: str) -> semver.Key:
    """The version of a name, for comparison on one track; that of 0.0.0 without one."""
    match = _VERSIONED.fullmatch(name)
    return semver.key(match["version"] if match else "0.0.0")
