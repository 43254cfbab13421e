"""What a client does to the names of the modules in a caller's bindings.

componentize-py 0.25 names the module of an interface after the interface alone as long as no other
that is imported has that name. So a second client of a world of the same name, or the first client of
a caller that has an interface `types`, would rename a module that the caller's code imports.
"""

from __future__ import annotations

from witgen.diagnostics import Diagnostic, Severity
from witgen.emit.pycode.names import modules
from witgen.resolve import model as m


def renamed_modules(before: m.Resolve, after: m.Resolve) -> tuple[Diagnostic, ...]:
    """A warning for each module of a caller that gets another name, with what keeps the old one.

    Args:
        before: The caller, whose worlds are in the root package.
        after: The same with a client added.
    """
    old, new = _modules(before), _modules(after)
    # One option serves all worlds.
    renamed: dict[str, tuple[str, str]] = {}
    for world, names in old.items():
        for interface, name in names.items():
            now = new.get(world, {}).get(interface, name)
            if now != name:
                renamed.setdefault(interface, (name, now))
    return tuple(
        Diagnostic(
            "GEN2305",
            f"with the client, componentize-py names the module of `{interface}` `{now}` instead"
            f" of `{name}`",
            severity=Severity.WARNING,
            help=(f"`--import-interface-name {interface}={name}` keeps the name",),
        )
        for interface, (name, now) in renamed.items()
    )


def _modules(resolve: m.Resolve) -> dict[str, dict[str, str]]:
    """The modules of the imports of each world of the root package."""
    found = {}
    for name, ref in resolve.packages[resolve.root].worlds.items():
        imports = resolve.worlds[ref].imports
        ids = [key for key in imports if not isinstance(key, str)]
        names = modules(resolve, [i for i in ids if isinstance(imports[i], m.InterfaceItem)])
        found[name] = {resolve.interface_id(i) or "": module for i, module in names.items()}
    return found
