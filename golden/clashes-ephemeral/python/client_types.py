"""The types of `acme:desk-client/desk-client` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    ListOf,
    RecordOf,
    STRING,
)
from wit_world.exports.desk_types import (
    AcmeDeskOrdersNote,
    OtherDeskOrdersNote,
)

ACME_DESK_ORDERS_NOTE = RecordOf(
    AcmeDeskOrdersNote,
    ("text", STRING),
)

OTHER_DESK_ORDERS_NOTE = RecordOf(
    OtherDeskOrdersNote,
    ("lines", ListOf(STRING)),
)
