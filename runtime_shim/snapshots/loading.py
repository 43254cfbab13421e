"""Components that show what they keep, compiled."""

from __future__ import annotations

from contextlib import suppress

from wasmtime.component import Component

from runtime_shim import adapter
from runtime_shim.boundary.compile import EngineOptions, cached_component
from runtime_shim.errors import InvalidComponent
from runtime_shim.program.loading import NESTINGS, Nesting, load_nested


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
    if made is not None:
        with suppress(InvalidComponent):
            return load_nested(made, key, options, name)
    return None
