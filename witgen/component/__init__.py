"""The component binary: reading and writing types, components as `Resolve`, the canonical ABI."""

from witgen.component.decode import decode

__all__ = ["decode"]
