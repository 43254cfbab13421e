"""The next version, by the rules of semver.org and the component model's compatibility tracks."""

from __future__ import annotations

from witgen.resolve import semver


def next_version(version: str, *, breaking: bool, grown: bool) -> str:
    """The lowest version that a package may have after a change.

    Args:
        version: The version before.
        breaking: Whether something is incompatible: another track, so 2.0.0 after 1.4.2, 0.5.0
            after 0.4.2, 0.0.3 after 0.0.2.
        grown: Whether something was added: 1.5.0 after 1.4.2, 0.4.3 after 0.4.2.

    Returns:
        The version itself if nothing changed. A pre-release is a separate track that promises
        nothing: its successor is at least its release.
    """
    (major, minor, patch), released, _, _ = semver.key(version)
    if not (breaking or grown):
        return version
    if not released:
        return f"{major}.{minor}.{patch}"
    if not major and not minor:
        return f"0.0.{patch + 1}"
    if not major:
        return f"0.{minor + 1}.0" if breaking else f"0.{minor}.{patch + 1}"
    return f"{major + 1}.0.0" if breaking else f"{major}.{minor + 1}.0"


def suffices(version: str | None, before: str, needed: str) -> bool:
    """Whether a version may be the next one: as high as needed, or a pre-release of one that is.

    Between pre-releases of the same version everything may change.

    Args:
        version: The version after the change.
        before: The version before.
        needed: The lowest next version, which is the one before if nothing changed.
    """
    if version is None:
        return False
    # Without build metadata, which has no precedence.
    now, then, least = (semver.key(each)[:3] for each in (version, before, needed))
    return now[0] >= least[0] and (now > then or now == then == least)
