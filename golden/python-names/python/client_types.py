"""The types of `acme:words-client/words-client` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    Codec,
    EnumOf,
    NOTHING,
    RecordOf,
    S16,
    STRING,
    U8,
    VariantOf,
)
from wit_world.exports.words_types import (
    AcmeWordsImportEnum,
    AcmeWordsImportUnion,
    AcmeWordsImportUnion_A,
    AcmeWordsImportUnion_BC,
    Class,
    None_,
    None__None_,
    None__Some,
    None__True1,
)

CLASS = RecordOf(
    Class,
    ("from_", STRING),
    ("lambda_", U8),
    ("int", S16),
)

NONE: Codec[None_] = VariantOf(
    (None__None_, NOTHING),
    (None__Some, U8),
    (None__True1, NOTHING),
)

ACME_WORDS_IMPORT_UNION: Codec[AcmeWordsImportUnion] = VariantOf(
    (AcmeWordsImportUnion_A, CLASS),
    (AcmeWordsImportUnion_BC, NOTHING),
)

ACME_WORDS_IMPORT_ENUM = EnumOf(AcmeWordsImportEnum)
