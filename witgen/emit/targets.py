"""What can be emitted of a client: the one list of targets.

A target is a function `Client → {path: content}`, mostly that of a room `witgen/emit/<target>/`. A new
one is its room and a line in `TARGETS`: the commands, `witgen build` and the golden trees follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from witgen.client import Client

Files = dict[str, bytes]
"""Relative path → content."""


def _wit(client: Client) -> Files:
    """The package for callers."""
    from witgen.client.package import caller_files

    return caller_files(client)


def _host(client: Client) -> Files:
    """The binding for the host's linker, and typed Python for programs."""
    from witgen.emit.host import client_files

    return client_files(client)


def _python(client: Client) -> Files:
    """The sources of the client component for componentize-py."""
    from witgen.emit.python import client_files

    return client_files(client)


TARGETS: Mapping[str, Callable[[Client], Files]] = MappingProxyType(
    {"wit": _wit, "host": _host, "python": _python}
)
"""By name, which is also the folder that the files of a target go to."""
