"""Typed Python for a world, with or without its client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from witgen.diagnostics import Diagnostic, Severity, WitError
from witgen.value import replace

if TYPE_CHECKING:
    from witgen.client import Client
    from witgen.emit.host import HostWorld
    from witgen.resolve.model import Resolve

_NOTHING_EXPORTED, _CANNOT_TRAVEL = "GEN2003", "GEN2101"


def client_or_none(make: Callable[[], Client], warnings: list[Diagnostic]) -> Client | None:
    """Return the client, or None if the world cannot have one; warn unless that is evident.

    Raises:
        WitError: As `make`, for other reasons.
    """
    try:
        return make()
    except WitError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
        if codes == {_CANNOT_TRAVEL}:
            first = error.diagnostics[0]
            message = f"no client was generated, only `world`: {first.message}"
            warnings.append(_warning("GEN2103", message, len(error.diagnostics)))
        elif codes != {_NOTHING_EXPORTED}:
            raise
        return None


def world_or_none(
    resolve: Resolve,
    world: str | None,
    component: str | None,
    warnings: list[Diagnostic],
    *,
    skip_unsupported: bool,
    needed: bool,
) -> HostWorld | None:
    """Return a world to bind; if it cannot be bound and is not `needed`, None, with a warning.

    Raises:
        WitError: It is needed and cannot be bound.
    """
    from witgen.emit.host import host_world

    try:
        made = host_world(resolve, world, component=component, skip_unsupported=skip_unsupported)
    except WitError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
        if needed or codes != {_CANNOT_TRAVEL}:
            raise
        message = f"no `world` was generated beside the client: {error.diagnostics[0].message}"
        warnings.append(_warning("GEN2104", message, len(error.diagnostics)))
        return None
    warnings += made.warnings
    return made


def _warning(code: str, message: str, count: int) -> Diagnostic:
    more = f" (and {count - 1} more)" if count > 1 else ""
    made = Diagnostic(code, f"{message}{more}", severity=Severity.WARNING)
    return replace(made, help=("`--skip-unsupported` leaves such functions out",))
