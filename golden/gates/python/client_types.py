"""The types of `acme:print-client/print-client@1.2.0` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    EnumOf,
    RecordOf,
    U16,
)
from wit_world.exports.print_types import (
    Ink,
    Sheet,
)

SHEET = RecordOf(
    Sheet,
    ("width", U16),
    ("height", U16),
)

INK = EnumOf(Ink)
