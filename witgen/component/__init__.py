"""The component binary: reading and writing types, components as `Resolve`, the canonical ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from witgen.component.decoding import decode
    from witgen.component.encoding import encode_package

__all__ = ["decode", "encode_package"]


def __getattr__(name: str) -> Any:
    # Composition reads types only and must not pay for what `Resolve` needs.
    match name:
        case "decode":
            from witgen.component.decoding import decode

            return decode
        case "encode_package":
            from witgen.component.encoding import encode_package

            return encode_package
        case _:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
