"""Diagnostics: their model, their codes, and how they are rendered."""

from witgen.diagnostics.model import (
    ComposeError,
    Diagnostic,
    DiagnosticError,
    Label,
    Place,
    Severity,
    Sink,
    WitError,
)
from witgen.diagnostics.source import Source
from witgen.diagnostics.suggest import counted, did_you_mean, nearest

__all__ = [
    "ComposeError",
    "Diagnostic",
    "DiagnosticError",
    "Label",
    "Place",
    "Severity",
    "Sink",
    "Source",
    "WitError",
    "counted",
    "did_you_mean",
    "nearest",
]
