"""The types of `acme:office-client/office-client@1.0.0` on the wire, made by witgen.

One codec a type; the classes are those that componentize-py makes for the types.
"""

from __future__ import annotations

from wit_value import (
    RecordOf,
    U32,
)
from wit_world.imports.forms import Form

FORM = RecordOf(
    Form,
    ("pages", U32),
)
