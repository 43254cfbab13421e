"""What the host offers to a guest: functions and resources, interface by interface.

Guests import pruned interfaces, so an offer is a table to choose from: only what the import type
requires is defined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.resources import Codec, Stored
from runtime_shim.values import Value

Run = Callable[..., Value]
"""A host function: called with the context, then the arguments in normal form."""


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A function on offer.

    Attributes:
        run: What it does.
        makes: Whether its result is a new object of the host (a constructor); resources in other
            results and in arguments are the handles that travel.
        unfit: What replaces a result that does not fit, or raises.
    """

    run: Run
    makes: bool = False
    unfit: Run | None = None


def _keep(context: Context, representation: int) -> None:
    context.table.pop(representation, None)


@dataclass(frozen=True, slots=True)
class HostResource:
    """A resource on offer.

    Attributes:
        self_codec: The codec for `self` and for what constructors return.
        codec: The codec everywhere else.
        drop: What happens when the guest drops it.
    """

    self_codec: Codec
    codec: Codec
    drop: Callable[[Context, int], None] = _keep


def stored(number: int, drop: Callable[[Context, int], None] = _keep) -> HostResource:
    """A resource whose value is any object of the host."""
    codec = Stored(number)
    return HostResource(codec, codec, drop)


@dataclass(frozen=True, slots=True)
class Offer:
    """The offer for one import. A resource is a function of its number."""

    functions: Mapping[str, HostFunction] = field(default_factory=dict)
    resources: Mapping[str, Callable[[int], HostResource]] = field(default_factory=dict)
