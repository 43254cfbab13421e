"""Composition of components, in memory and without any other tool."""

from witgen.compose.api import Composition, compose, compose_pieces, composition, plan
from witgen.compose.model import (
    Connection,
    LeftOpen,
    OpenImport,
    Part,
    PartInfo,
    Plan,
    WireInfo,
)
from witgen.compose.views import graph_text

__all__ = [
    "Composition",
    "Connection",
    "LeftOpen",
    "OpenImport",
    "Part",
    "PartInfo",
    "Plan",
    "WireInfo",
    "compose",
    "compose_pieces",
    "composition",
    "graph_text",
    "plan",
]
