"""Codes of the dependencies of WIT."""

from __future__ import annotations

from witgen.diagnostics.code import Code

DEPS = (
    Code(
        "APP4501",
        "bad-wkg-manifest",
        "`wkg.toml` cannot be read, or has something in a place where it means nothing.",
    ),
    Code(
        "APP4502",
        "bad-wkg-lock",
        "`wkg.lock` cannot be read, or is not a lock file of version 1.",
    ),
    Code(
        "APP4503",
        "missing-dependency",
        "A package is needed or locked, and `deps` does not have it. `witgen deps add` takes it from a"
        " file, a component, an installed Python package or the cache of `wkg`; nothing is fetched.",
    ),
    Code(
        "APP4504",
        "other-version",
        "`deps` has another version of a package than `wkg.lock` says.",
    ),
    Code(
        "APP4505",
        "outside-requirement",
        "`wkg.lock` has a version that its own requirement does not allow.",
    ),
    Code(
        "APP4506",
        "other-digest",
        "A file has another digest than `wkg.lock` says: it was changed, or is another release.",
    ),
    Code(
        "APP4507",
        "not-locked",
        "`deps` has a package that is neither in `wkg.lock` nor named by `wkg.toml`.",
    ),
    Code(
        "APP4508",
        "other-contents",
        "A component has interfaces of a package that differ from those in `deps`, or that `deps` lacks:"
        " it was built from another text under the same name. A component has only what it uses.",
    ),
)
