"""Codes of comparing two versions of a package."""

from __future__ import annotations

from witgen.diagnostics.code import Code

COMPARE = (
    Code(
        "CMP3201",
        "breaking-change",
        "Users of the old version cannot use the new one: an export or an interface lacks"
        " something or has another type, or an import asks for more. Undo the change, or give the"
        " package the version that the message names: then the changes are warnings.",
    ),
    Code(
        "CMP3202",
        "another-package",
        "The two versions to compare are packages with different names, so everything differs.",
    ),
    Code(
        "CMP3203",
        "no-revision",
        "A git revision cannot be read: git is missing, the folder is not in a repository, the"
        " repository does not have the revision, or that does not have the path.",
    ),
)
