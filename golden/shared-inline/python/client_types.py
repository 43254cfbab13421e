"""The types of `acme:shop-client/shop-client@2.0.0` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    EnumOf,
    RecordOf,
    S32,
    STRING,
    U64,
)
from wit_world.exports.shop_client import (
    Grade,
    Item,
    Price,
    Shelf,
)

PRICE = RecordOf(
    Price,
    ("cents", U64),
)

SHELF = RecordOf(
    Shelf,
    ("x", S32),
    ("y", S32),
)

GRADE = EnumOf(Grade)

ITEM = RecordOf(
    Item,
    ("name", STRING),
    ("price", PRICE),
    ("shelf", SHELF),
    ("grade", GRADE),
)
