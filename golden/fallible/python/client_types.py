"""The types of `acme:vault-client/vault-client@1.0.0` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    Codec,
    NOTHING,
    STRING,
    VariantOf,
)
from wit_world.exports.vault_types import (
    Refusal,
    Refusal_Full,
    Refusal_Unknown,
)

REFUSAL: Codec[Refusal] = VariantOf(
    (Refusal_Full, NOTHING),
    (Refusal_Unknown, STRING),
)
