"""The component binary: reading and writing types, components as `Resolve`, the canonical ABI."""

from witgen.component.decode import decode
from witgen.component.encode import encode_package

__all__ = ["decode", "encode_package"]
