"""The types of `acme:museum-client/museum-client@3.1.4` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    Codec,
    NOTHING,
    U16,
    VariantOf,
)
from wit_world.imports.kinds import (
    Era,
    Era_Iron,
    Era_Stone,
)

ERA: Codec[Era] = VariantOf(
    (Era_Stone, NOTHING),
    (Era_Iron, U16),
)
