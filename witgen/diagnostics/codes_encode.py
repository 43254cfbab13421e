"""Family CMP303: WIT that has no binary form."""

from __future__ import annotations

from witgen.diagnostics.code import Code

ENCODE = (
    Code(
        "CMP3031",
        "upper-case-package",
        "In the binary format, names of packages and namespaces must be in lower case; WIT text"
        " also allows acronyms.",
    ),
    Code(
        "CMP3032",
        "similar-exports",
        "An encoded package exports its interfaces and worlds, and there the names of one scope"
        " must differ in more than case and dashes.",
    ),
    Code(
        "CMP3033",
        "setter-type",
        "A setter must take the type that the getter of the same name returns.",
    ),
    Code(
        "CMP3034",
        "borrow-in-async",
        "A future or stream may outlive the call for which a borrowed handle is valid, so it"
        " cannot carry one. Pass an owned handle.",
    ),
    Code(
        "CMP3035",
        "stream-of-characters",
        "Streams of characters have no binary form yet. Send bytes, in an encoding that the"
        " interface names.",
    ),
    Code(
        "CMP3036",
        "empty-fixed-length-list",
        "A fixed-length list must have at least one element.",
    ),
    Code(
        "CMP3037",
        "types-too-deep",
        "The binary format allows at most 100 levels of nested types, counting the types of the"
        " interface and its package. Name a part and refer to it by a handle or a list of indices.",
    ),
    Code(
        "CMP3038",
        "types-too-large",
        "A type that repeatedly refers to large types exceeds the limit of a million references"
        " when expanded.",
    ),
)
