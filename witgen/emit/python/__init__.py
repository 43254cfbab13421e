"""The target `python`: the sources of a client component, for componentize-py."""

from __future__ import annotations

from witgen.client import Client
from witgen.client.package import component_files
from witgen.emit.python.client import python_files

__all__ = ["client_files"]


def client_files(client: Client) -> dict[str, bytes]:
    """The Python modules, and in `wit/` the package that the component is built from."""
    wit = {f"wit/{path}": data for path, data in component_files(client).items()}
    return wit | python_files(client)
