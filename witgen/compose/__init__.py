"""Composition of components, in memory and without any other tool."""

from witgen.compose.api import compose, compose_pieces, plan
from witgen.compose.model import OpenImport, Part, PartInfo, Plan, WireInfo
from witgen.compose.views import graph_text

__all__ = [
    "OpenImport",
    "Part",
    "PartInfo",
    "Plan",
    "WireInfo",
    "compose",
    "compose_pieces",
    "graph_text",
    "plan",
]
