"""`Client` → files: WIT, host stubs and Python sources."""

from __future__ import annotations

from collections.abc import Iterable

from witgen.client import Client
from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.emit.world_model import HostWorld, host_world

__all__ = ["TARGETS", "bindings", "generate", "host_world"]

TARGETS = ("wit", "host", "python")
"""What can be emitted."""


def generate(client: Client, emit: Iterable[str] = TARGETS) -> dict[str, bytes]:
    """The files of a client.

    Args:
        client: What to write down.
        emit: Any of `wit` (the package for callers), `host` (the binding for the host's linker)
            and `python` (the sources of the client component for componentize-py).

    Returns:
        Relative path → content, sorted, the same for the same client.

    Raises:
        WitError: `emit` names something else.
    """
    wanted = tuple(emit)
    unknown = [name for name in wanted if name not in TARGETS]
    if unknown:
        raise WitError(
            Diagnostic(
                "GEN2004",
                f"`{name}` is nothing that can be emitted",
                help=(*did_you_mean(name, TARGETS), f"one of {', '.join(TARGETS)}"),
            )
            for name in unknown
        )
    files: dict[str, bytes] = {}
    if "wit" in wanted:
        from witgen.client.package import caller_files

        files |= {f"wit/{path}": data for path, data in caller_files(client).items()}
    if "host" in wanted:
        from witgen.emit.host_stubs import host_files

        files |= {f"host/{path}": data for path, data in host_files(client).items()}
    if "python" in wanted:
        from witgen.client.package import component_files
        from witgen.emit.python_client import python_files

        files |= {f"python/wit/{path}": data for path, data in component_files(client).items()}
        files |= {f"python/{path}": data for path, data in python_files(client).items()}
    return dict(sorted(files.items()))


def bindings(world: HostWorld) -> dict[str, bytes]:
    """The typed Python of a world, for programs that embed a component of it.

    Returns:
        Relative path → content, sorted: the package `host/{world}_client` with its module `world`.
    """
    from witgen.emit.host_stubs import world_files

    return dict(sorted((f"host/{path}", data) for path, data in world_files(world).items()))
