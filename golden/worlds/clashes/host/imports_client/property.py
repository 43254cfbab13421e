"""A part of the world `acme:clashes/imports@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from typing import Protocol

from runtime_shim.typed import (
    Function,
    HostedBy,
    Import,
    ListOf,
    Resource,
    made_for,
)

__all__ = [
    "Property",
    "PropertyImport",
]

made_for(2)


class Property(Protocol):
    """What implements the resource `property`."""

    def get(self) -> list[Property]: ...

    def drop(self) -> None:
        """The component is done with it."""


class PropertyImport(Protocol):
    """What implements the imported interface `property`."""


PROPERTY = HostedBy("property", "get", "drop")
PROPERTY_GET = Function("[method]property.get", result=ListOf(PROPERTY))
PROPERTY_IMPORT_PARTS = Import(
    "property",
    "clashes_property",
    (),
    (Resource(PROPERTY, ("get", PROPERTY_GET)),),
)
