"""Family CMP303: WIT that has no binary form."""

from __future__ import annotations

from witgen.diagnostics.code import Code

ENCODE = (
    Code(
        "CMP3031",
        "upper-case-package",
        "In the binary format the names of packages and their namespaces are in lower case; WIT"
        " text allows acronyms in them.",
    ),
    Code(
        "CMP3032",
        "similar-exports",
        "An encoded package exports its interfaces and worlds, and names of one scope must differ"
        " in more than case and dashes there.",
    ),
    Code(
        "CMP3033",
        "setter-type",
        "A setter takes what the getter of the same name returns.",
    ),
    Code(
        "CMP3034",
        "borrow-in-async",
        "A future or stream may outlive the call that a borrowed handle is good for, so it cannot"
        " carry one. Pass an owned handle.",
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
        "A list of fixed length has at least one element.",
    ),
    Code(
        "CMP3037",
        "types-too-deep",
        "Types are nested at most 100 deep in the binary format, and the types of the interface and"
        " its package are counted. Name a part and use it by a handle or a list of indices.",
    ),
    Code(
        "CMP3038",
        "types-too-large",
        "A type that mentions large types many times grows beyond the limit of a million mentions.",
    ),
)
