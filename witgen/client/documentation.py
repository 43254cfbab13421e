"""Make documentation in a client's WIT safe for bindings generators.

componentize-py 0.25 copies documentation verbatim between triple quotes, so a triple quote or a
backslash in it breaks every Python guest that uses the client. In WIT the change is harmless.
"""

from __future__ import annotations

from witgen.resolve import model as m
from witgen.value import replace


def safe(docs: str | None) -> str | None:
    """Documentation without triple quotes, backslashes doubled."""
    return None if docs is None else docs.replace("\\", "\\\\").replace('"""', "'''")


def safe_function(function: m.Function) -> m.Function:
    """A function with safe documentation."""
    return replace(function, docs=safe(function.docs))


def safe_type(typedef: m.TypeDef) -> m.TypeDef:
    """A type with safe documentation, including its members."""
    kind: m.TypeDefKind
    match typedef.kind:
        case m.Record(fields):
            kind = m.Record(tuple(replace(f, docs=safe(f.docs)) for f in fields))
        case m.Variant(cases):
            kind = m.Variant(tuple(replace(c, docs=safe(c.docs)) for c in cases))
        case m.Enum(labels):
            kind = m.Enum(tuple(replace(x, docs=safe(x.docs)) for x in labels))
        case m.Flags(labels):
            kind = m.Flags(tuple(replace(x, docs=safe(x.docs)) for x in labels))
        case other:
            kind = other
    return replace(typedef, kind=kind, docs=safe(typedef.docs))
