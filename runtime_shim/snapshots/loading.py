"""Components that show what they keep, compiled."""

from __future__ import annotations

import logging
from contextlib import suppress

from wasmtime.component import Component

from runtime_shim import adapter
from runtime_shim.boundary.compile import EngineOptions, cached_component
from runtime_shim.errors import InvalidComponent
from runtime_shim.program.loading import NESTINGS, Nesting, load_nested

log = logging.getLogger("runtime_shim")


def load_stateful(
    data: bytes, known: str, options: EngineOptions, name: str
) -> tuple[Component, EngineOptions, Nesting] | None:
    """`load_nested` of the component with functions for its state; None where it can have none.

    Args:
        data: The component.
        known: Its digest.
        options: What changes the generated code.
        name: What it is deployed under.
    """
    key = f"{known} with state by {adapter.version()}"
    for nesting in NESTINGS:
        found = cached_component(nesting.key(key), options)
        if found is not None:
            return found, options, nesting
    from runtime_shim.adapter.state import stateful

    made = stateful(data)
    if isinstance(made, bytes):
        with suppress(InvalidComponent):
            return load_nested(made, key, options, name)
        made = ("it is not valid with functions for its state",)
    log.warning("workers of %s come back by their whole history: %s", name, "; ".join(made))
    return None
