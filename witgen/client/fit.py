"""Whether an existing package has what a client needs from it."""

from __future__ import annotations

from witgen.client.assembly import uses
from witgen.client.kinds import children
from witgen.resolve import model as m
from witgen.resolve.kinds import map_types
from witgen.resolve.printer import to_wit
from witgen.value import replace

Needs = dict[m.PackageName, dict[str, dict[str, m.TypeId]]]
"""For each package and interface, the types used from it."""


def needs(resolve: m.Resolve, package: m.PackageId) -> Needs:
    """What the interfaces of a package use from other packages."""
    found: Needs = {}
    for ref in resolve.packages[package].interfaces.values():
        for used in uses(resolve, ref):
            owner = resolve.interfaces[used]
            if owner.package != package:
                found.setdefault(resolve.packages[owner.package].name, {}).setdefault(
                    owner.name or "", {}
                )
        for type_ref in resolve.interfaces[ref].types.values():
            _add(resolve, package, resolve.types[type_ref].kind, found)
    return found


def _add(resolve: m.Resolve, package: m.PackageId, kind: m.TypeDefKind, found: Needs) -> None:
    if not isinstance(kind, m.Alias) or isinstance(kind.type, m.Prim):
        return
    target = resolve.types[kind.type]
    if not isinstance(target.owner, m.InterfaceOwner) or target.name is None:
        return
    owner = resolve.interfaces[target.owner.id]
    if owner.package != package:
        name = resolve.packages[owner.package].name
        found[name][owner.name or ""][target.name] = kind.type


def find_interface(resolve: m.Resolve, package: m.PackageName, name: str) -> m.InterfaceId | None:
    """The interface of that name in a package of that name."""
    for body in resolve.packages:
        if body.name == package:
            return body.interfaces.get(name)
    return None


def misfit(resolve: m.Resolve, wanted: Needs, there: m.Resolve) -> tuple[m.PackageName, str] | None:
    """The first used type that is missing or different: package and reason.

    Missing interfaces are not a misfit: they can be added.
    """
    for package, interfaces in wanted.items():
        for name, types in interfaces.items():
            interface = find_interface(there, package, name)
            if interface is None:
                continue
            for type_name, ref in types.items():
                found = there.interfaces[interface].types.get(type_name)
                if found is None:
                    return package, f"`{package.interface(name)}` has no type `{type_name}`"
                if structure(resolve, ref) != structure(there, found):
                    where = package.interface(name)
                    return package, f"the type `{type_name}` of `{where}` is different"
    return None


def structure(resolve: m.Resolve, ty: m.Type) -> object:
    """The structure of a type, down to the primitives; equal for equal types."""
    if isinstance(ty, m.Prim):
        return ty.value
    typedef = resolve.types[ty]
    match typedef.kind:
        case m.Alias(target):
            return structure(resolve, target)
        case m.Resource():
            return ("resource", typedef.name)
        case kind:
            inner = tuple(structure(resolve, child) for child in children(kind))
            return (_labels(kind), inner)


def _labels(kind: m.TypeDefKind) -> object:
    """A kind without its types: names, lengths, and which payloads exist."""
    match kind:
        case m.Record(fields):
            return ("record", *(f.name for f in fields))
        case m.Variant(cases):
            return ("variant", *((c.name, c.type is None) for c in cases))
        case m.Enum(labels) | m.Flags(labels):
            return (type(kind).__name__, *(label.name for label in labels))
        case m.Result(ok, err):
            return ("result", ok is None, err is None)
        case m.FixedLengthList(_, length):
            return ("list", length)
        case _:
            return type(kind).__name__


def plain_text(resolve: m.Resolve, package: m.PackageName) -> str | None:
    """The interfaces of a package as text without documentation and gates; None without it."""
    for index, body in enumerate(resolve.packages):
        if body.name == package:
            bare = _bare(resolve)
            shown = replace(bare.packages[index], worlds={}, docs=None)
            packages = (*bare.packages[:index], shown, *bare.packages[index + 1 :])
            return to_wit(replace(bare, packages=packages), m.PackageId(index))
    return None


def _bare(resolve: m.Resolve) -> m.Resolve:
    types = tuple(
        replace(t, kind=_bare_kind(t.kind), docs=None, stability=None, external_id=None)
        for t in resolve.types
    )
    interfaces = tuple(
        replace(
            i,
            docs=None,
            stability=None,
            functions={
                name: replace(f, docs=None, stability=None, external_id=None)
                for name, f in i.functions.items()
            },
        )
        for i in resolve.interfaces
    )
    return replace(resolve, types=types, interfaces=interfaces)


def _bare_kind(kind: m.TypeDefKind) -> m.TypeDefKind:
    match kind:
        case m.Record(fields):
            return m.Record(tuple(replace(f, docs=None) for f in fields))
        case m.Variant(cases):
            return m.Variant(tuple(replace(c, docs=None) for c in cases))
        case m.Enum(labels):
            return m.Enum(tuple(m.Label(label.name) for label in labels))
        case m.Flags(labels):
            return m.Flags(tuple(m.Label(label.name) for label in labels))
        case _:
            return map_types(kind, lambda ty: ty)
