"""The types of `acme:auction-client/auction-client@1.2.0` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    BOOL,
    CHAR,
    Codec,
    EnumOf,
    F32,
    F64,
    FlagsOf,
    ListOf,
    NOTHING,
    OptionOf,
    RecordOf,
    S32,
    STRING,
    TupleOf,
    U32,
    U64,
    VariantOf,
)
from wit_world.exports.auction_types import (
    Currency,
    Lot,
    Outcome,
    Outcome_None_,
    Outcome_Passed,
    Outcome_Sold,
    Rights,
)

LOT = RecordOf(
    Lot,
    ("title", STRING),
    ("reserve", OptionOf(U32)),
    ("tags", ListOf(STRING)),
)

CURRENCY = EnumOf(Currency)

OUTCOME: Codec[Outcome] = VariantOf(
    (Outcome_Sold, U64),
    (Outcome_Passed, STRING),
    (Outcome_None_, NOTHING),
)

RIGHTS = FlagsOf(Rights, 3)

STAMP = TupleOf(U64, S32, CHAR, BOOL, F32, F64)
