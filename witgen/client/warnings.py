"""Warnings about a client."""

from __future__ import annotations

from collections.abc import Callable

from witgen.diagnostics import Diagnostic, Severity

Warn = Callable[[Diagnostic], None]


def warning(code: str, message: str) -> Diagnostic:
    """A diagnostic that does not stop the run."""
    return Diagnostic(code, message, severity=Severity.WARNING)
