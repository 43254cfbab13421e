"""The registry of diagnostic codes: what each means and what to do about it.

Families: WIT0 syntax, RES1 resolving names, GEN2 generating, CMP3 components and composition,
APP4 the application and its manifest, RUN5 running. A code is never used for another meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from witgen.diagnostics.code import Code
from witgen.diagnostics.codes_app import APP, RUN
from witgen.diagnostics.codes_compare import COMPARE
from witgen.diagnostics.codes_compose import COMPOSE
from witgen.diagnostics.codes_deps import DEPS
from witgen.diagnostics.codes_encode import ENCODE
from witgen.diagnostics.codes_generate import GENERATE
from witgen.diagnostics.codes_manifest import BUILD, MANIFEST
from witgen.diagnostics.codes_resolve import RESOLVE
from witgen.diagnostics.codes_syntax import SYNTAX
from witgen.diagnostics.codes_wac import WAC

CODES: Mapping[str, Code] = MappingProxyType(
    {
        c.code: c
        for family in (
            SYNTAX,
            RESOLVE,
            GENERATE,
            COMPOSE,
            WAC,
            COMPARE,
            ENCODE,
            APP,
            MANIFEST,
            BUILD,
            DEPS,
            RUN,
        )
        for c in family
    }
)


def explain(code: str) -> Code | None:
    """Look up a code; case does not matter."""
    return CODES.get(code.upper())
