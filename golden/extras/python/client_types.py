"""The types of `acme:depot-client/depot-client@0.2.0` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    OptionOf,
    RecordOf,
    STRING,
    U32,
)
from wit_world.exports.depot_types import Crate

CRATE = RecordOf(
    Crate,
    ("weight", U32),
    ("label", OptionOf(STRING)),
)
