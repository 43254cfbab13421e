"""Dropping a guest's resource, which is a function of the component like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.resources import Exported
from runtime_shim.errors import BadValue
from runtime_shim.exports.members import Export
from runtime_shim.values import Value


def dropper(export: Export) -> Callable[[Context, Sequence[Value]], None]:
    """What drops a resource of `export`, given its handle.

    Raises:
        BadValue: It is called with anything else.
    """
    codec = Exported(export.member, export.interface)

    def drop(context: Context, args: Sequence[Value]) -> None:
        if len(args) != 1:
            raise BadValue("exactly one argument is needed")
        resource = codec.lower(context, args[0], owned=True)
        context.moving.clear()
        del context.handles[args[0].id]
        resource.drop(context.store)

    return drop
