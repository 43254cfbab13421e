"""Other builds of a deployed component, for the workers that were created with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from runtime_shim.errors import InvalidComponent, LinkError, StoreError

if TYPE_CHECKING:
    from runtime_shim.boundary.interrupts import Interrupts
    from runtime_shim.golem.registry import Registry
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.wasi.cli import Output


class Deployed(Protocol):
    """A `WasmProgram`."""

    name: str
    deployment: Deployment
    registry: Registry
    dynamic: bool
    output: Output
    interrupts: Interrupts | None

    def link(self) -> object:
        """Link it. Raises `LinkError`."""


_P = TypeVar("_P", bound=Deployed)


def earlier(make: Callable[..., _P], deployed: _P, binary: bytes) -> _P:
    """A build of a component, with the grants and limits of the deployed one.

    Raises:
        StoreError: It cannot be used as the component is deployed now.
    """
    try:
        made = make(
            deployed.name,
            replace(deployed.deployment, component=binary),
            deployed.registry,
            dynamic=deployed.dynamic,
            output=deployed.output,
            interrupts=deployed.interrupts,
            loose=True,
        )
        made.link()
    except (InvalidComponent, LinkError) as error:
        raise StoreError(
            f"an earlier build of {deployed.name}, to which workers belong, cannot be used: {error}",
            "move the workers to the deployed build with `witgen worker update`",
        ) from None
    return made
