"""Compositions that are refused, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from witgen.compose import Part, compose
from witgen.diagnostics import ComposeError, Diagnostic


def refused(
    socket: bytes, plugs: Sequence[bytes], allow: Sequence[str] | None = None, **options: Any
) -> tuple[Diagnostic, ...]:
    """The diagnostics of a composition that is refused; parts are called socket, a, b, ..."""
    parts = [Part(f"{name}.wasm", data) for name, data in zip("abcdefgh", plugs, strict=False)]
    with pytest.raises(ComposeError) as caught:
        compose(Part("socket.wasm", socket), parts, allow_imports=allow, **options)
    return caught.value.diagnostics


def only(diagnostics: tuple[Diagnostic, ...], code: str) -> str:
    """The message of the only diagnostic, which has that code."""
    assert [d.code for d in diagnostics] == [code], diagnostics
    return diagnostics[0].message
