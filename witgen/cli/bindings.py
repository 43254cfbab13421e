"""Typed Python for a world, with or without its client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from witgen.diagnostics import Diagnostic, Severity, WitError
from witgen.value import replace

if TYPE_CHECKING:
    from witgen.client import Client
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


def world_files(
    resolve: Resolve,
    world: str | None,
    component: str | None,
    warnings: list[Diagnostic],
    *,
    module: str | None,
    skip_unsupported: bool,
    needed: bool,
) -> dict[str, bytes]:
    """Return the files of a world; if it cannot be bound and is not `needed`, none and a warning.

    Raises:
        WitError: It is needed and cannot be bound.
    """
    from witgen.emit.host import bindings, host_world

    try:
        made = host_world(resolve, world, component=component, skip_unsupported=skip_unsupported)
    except WitError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
        if needed or codes != {_CANNOT_TRAVEL}:
            raise
        message = f"no `world` was generated beside the client: {error.diagnostics[0].message}"
        warnings.append(_warning("GEN2104", message, len(error.diagnostics)))
        return {}
    warnings += made.warnings
    return bindings(made, module)


def client_package(client: Client, module: str | None) -> dict[str, bytes]:
    """Return the files of a client's Python package."""
    from witgen.emit.host import client_files

    return {f"host/{path}": data for path, data in client_files(client, module).items()}


def _warning(code: str, message: str, count: int) -> Diagnostic:
    more = f" (and {count - 1} more)" if count > 1 else ""
    made = Diagnostic(code, f"{message}{more}", severity=Severity.WARNING)
    return replace(made, help=("`--skip-unsupported` leaves such functions out",))
