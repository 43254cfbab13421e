"""Finding a type by its name."""

from __future__ import annotations

from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.resolve import model as m


def named(resolve: m.Resolve, name: str) -> m.TypeId:
    """The type `name` of the root package, or `ns:pkg/iface@v.name` of any interface.

    Raises:
        WitError: no type or several have this name.
    """
    interface, dot, plain = name.rpartition(".")
    found: list[m.TypeId] = []
    known: list[str] = []
    for index, item in enumerate(resolve.interfaces):
        if dot and resolve.interface_id(m.InterfaceId(index)) != interface:
            continue
        if not dot and item.package != resolve.root:
            continue
        known += item.types
        found += [ref for key, ref in item.types.items() if key == plain]
    if len({resolve.dealias(ref) for ref in found}) == 1:
        return found[0]
    problem = "there is no type" if not found else "several interfaces have a type"
    hint = () if found else did_you_mean(plain, sorted(set(known)))
    raise WitError([Diagnostic("GEN2004", f"{problem} `{name}`", help=hint)])


def cannot_travel(what: str) -> WitError:
    """The refusal of a type that has no values outside its component."""
    return WitError([Diagnostic("GEN2101", f"{what} cannot be sent: it has no values")])
