"""The basis of generated Python: the caller behind it, its types and functions, and workers' resources.

A generated module (`api.py` or `world.py` of `{world}_client`) has types as classes, and says what
its types and functions are in WIT; the conversions are made from that here, when they are first
needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from runtime_shim.interface import absent, made_for
from runtime_shim.protocol.records import Environment
from runtime_shim.typed.functions import Function
from runtime_shim.typed.imports import Import, Resource, implement
from runtime_shim.typed.kinds import (
    EnumOf,
    FlagsOf,
    HandleOf,
    HostedBy,
    ListOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    VariantOf,
)
from runtime_shim.typed.old import deprecated
from runtime_shim.typed.remote import Remote, RemoteResource, Sent, in_thread, remote_of
from runtime_shim.typed.seams import Caller, HostImports, Invoker, Members, Restores, Saves
from runtime_shim.values import Case, Err, Handle, Ok, Result, Some, Value
from runtime_shim.values.types import Prim

__all__ = [
    "Caller",
    "Case",
    "EnumOf",
    "Environment",
    "Err",
    "FlagsOf",
    "Function",
    "Handle",
    "HandleOf",
    "HostImports",
    "HostedBy",
    "Import",
    "Invoker",
    "ListOf",
    "Members",
    "Ok",
    "OptionOf",
    "Prim",
    "RecordOf",
    "Remote",
    "RemoteResource",
    "Resource",
    "Restores",
    "Result",
    "ResultOf",
    "Saves",
    "Sent",
    "Some",
    "TupleOf",
    "Value",
    "VariantOf",
    "deprecated",
    "implement",
    "in_thread",
    "made_for",
    "remote_of",
]

if not TYPE_CHECKING:  # a checker would take every name for one of these

    def __getattr__(name: str) -> NoReturn:
        """Generated code asks for a name of another interface."""
        raise absent(__name__, name)
