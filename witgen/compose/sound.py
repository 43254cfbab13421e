"""What a part's type must be for a composition to be possible at all.

The reader takes the body of a component as it is; what its imports and exports mention, the
composition names again, so that must be there. Source: component-model `design/mvp/Explainer.md`,
"Import and Export Definitions".
"""

from __future__ import annotations

from collections.abc import Iterator

from witgen.component import types as t
from witgen.component.names import free


def unsound(type: t.ComponentType) -> Iterator[str]:
    """Why a component is not valid, as far as its type says; nothing when it is.

    Args:
        type: What the component imports and exports.
    """
    known: set[str] = set()
    for name, extern in type.imports.items():
        for ref in free(extern):
            if ref.space is not t.Space.IMPORT or ref.path[0] not in known:
                what = "an export" if ref.space is not t.Space.IMPORT else "a later import"
                yield f"import `{name}` mentions `{ref.path[-1]}`, {what}"
                break
        known.add(name)
