"""`Client` → files: WIT, host stubs and Python sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from witgen.emit.targets import TARGETS

if TYPE_CHECKING:
    from witgen.client import Client

__all__ = ["TARGETS", "generate"]


def generate(client: Client, emit: Iterable[str] = tuple(TARGETS)) -> dict[str, bytes]:
    """The files of a client.

    Args:
        client: What to write down.
        emit: Names of targets: `wit` (the package for callers), `host` (the binding for the host's
            linker) and `python` (the sources of the client component for componentize-py).

    Returns:
        Relative path → content, sorted, the same for the same client.

    Raises:
        WitError: `emit` names something else.
    """
    wanted = tuple(emit)
    unknown = [name for name in wanted if name not in TARGETS]
    if unknown:
        from witgen.diagnostics import Diagnostic, WitError, did_you_mean

        raise WitError(
            Diagnostic(
                "GEN2004",
                f"`{name}` is not a target that can be emitted",
                help=(*did_you_mean(name, TARGETS), f"one of {', '.join(TARGETS)}"),
            )
            for name in unknown
        )
    made = {name: TARGETS[name](client) for name in wanted}
    files = {f"{name}/{path}": data for name, of in made.items() for path, data in of.items()}
    return dict(sorted(files.items()))
