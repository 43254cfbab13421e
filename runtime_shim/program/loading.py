"""Components behind the adapters that they need, compiled and kept under keys of their own."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from wasmtime.component import Component

from runtime_shim import adapter
from runtime_shim.boundary.compile import EngineOptions, cached_component
from runtime_shim.errors import InvalidComponent


@dataclass(frozen=True, slots=True)
class Nesting:
    """What a component is nested in.

    Attributes:
        polls: The adapter for pollables.
        packed: The one for bytes.
    """

    polls: bool
    packed: bool

    def key(self, known: str) -> str:
        """What the cache has the component with the digest `known` under."""
        return f"{known} behind {adapter.version()}: {self.polls:d}{self.packed:d}"


NESTINGS = tuple(Nesting(polls, packed) for polls in (True, False) for packed in (True, False))


def load_nested(
    data: bytes, known: str, options: EngineOptions, name: str
) -> tuple[Component, EngineOptions, Nesting]:
    """`program.load` for components that may be nested.

    Raises:
        InvalidComponent: `data` is not a component.
    """
    for nesting in NESTINGS:
        found = cached_component(nesting.key(known), options)
        if found is not None:
            return found, options, nesting
    from runtime_shim.adapter import octets, uncached, virtual

    for wrap_polls in (True, False):
        inner = virtual.wrap(data) if wrap_polls else data
        if inner is None:
            continue
        for wrap_bytes in (True, False):
            wrapped = octets.wrap(inner) if wrap_bytes else inner
            if wrapped is None:
                continue
            nesting = Nesting(wrap_polls, wrap_bytes)
            # What exports types of an adapter's, say, is not valid behind it.
            with suppress(InvalidComponent):
                return *uncached.compiled(wrapped, options, nesting.key(known), name), nesting
    return *uncached.compiled(data, options, known, name), Nesting(polls=False, packed=False)
