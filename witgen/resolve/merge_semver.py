"""Merge imports of compatible versions of an interface into an import of the newest.

The result equals that of `wasm-tools component wit --merge-world-imports-based-on-semver`,
including ids, except that it rejects what the reference leaves broken: a used type that the newer
version lacks, that would alias itself, or that is a resource in only one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from witgen.diagnostics import Diagnostic, Sink, WitError
from witgen.resolve import model as m
from witgen.resolve import semver
from witgen.resolve.again import arena_of, elaborated
from witgen.value import replace

# Interface → the newer version that replaces it.
_Newer = Mapping[m.InterfaceId, m.InterfaceId]


def merge_world_imports_based_on_semver(resolve: m.Resolve, world: m.WorldId) -> m.Resolve:
    """Keep only the newest of each compatibility track among the interfaces a world imports.

    All imports and exports of the world then use the types of the newest; interfaces are shared, so
    other worlds may need more imports than before.

    Args:
        resolve: The `Resolve` that contains the world.
        world: The world.

    Returns:
        The new `Resolve`, with unchanged ids.

    Raises:
        WitError: RES1087 for each reason why a newer version cannot replace an older one; RES1050
            when an export of a world can no longer be satisfied.
    """
    newer = _replacements(resolve, world)
    sink = Sink()
    for old, new in newer.items():
        for reason in _mismatches(resolve, old, new):
            sink.add(_refusal(resolve, old, new, reason))
    if sink.errors:
        raise WitError(sink.diagnostics)
    if newer:
        resolve = _replace_all(resolve, world, newer)
    return elaborated(resolve, [m.WorldId(id) for id in range(len(resolve.worlds))])


def _title(resolve: m.Resolve, id: m.InterfaceId) -> str:
    return resolve.interface_id(id) or "an inline interface"


def _refusal(resolve: m.Resolve, old: m.InterfaceId, new: m.InterfaceId, reason: str) -> Diagnostic:
    message = f"`{_title(resolve, new)}` cannot replace `{_title(resolve, old)}`: {reason}"
    return Diagnostic("RES1087", message)


def _replacements(resolve: m.Resolve, world: m.WorldId) -> _Newer:
    tracks: dict[tuple[str, str, str, str], list[tuple[semver.Key, m.InterfaceId]]] = {}
    for key in resolve.worlds[world].imports:
        if isinstance(key, str):
            continue
        interface = resolve.interfaces[key]
        package = resolve.packages[interface.package].name
        if package.version is None or interface.name is None:
            continue
        # A pre-release is compatible only with itself, whatever its build metadata.
        track = semver.track(package.version) or package.version.partition("+")[0]
        found = tracks.setdefault((package.namespace, package.name, track, interface.name), [])
        found.append((semver.key(package.version), key))
    newer: dict[m.InterfaceId, m.InterfaceId] = {}
    for versions in tracks.values():
        _, newest = max(versions)
        newer |= {id: newest for _, id in versions if id != newest}
    return newer


# --- whether the newer version can replace the older one ----------------------------------------


def _mismatches(resolve: m.Resolve, old: m.InterfaceId, new: m.InterfaceId) -> Iterator[str]:
    """Functions that differ between the versions.

    As in the reference, records and so on are not compared, and what only one version has is not a
    mismatch.
    """
    after = resolve.interfaces[new].functions
    for name, function in resolve.interfaces[old].functions.items():
        if name in after:
            difference = _difference(function, after[name])
            if difference is not None:
                yield f"function `{name}` has {difference}"


def _is_resource(resolve: m.Resolve, id: m.TypeId) -> bool:
    target = resolve.dealias(id)
    return not isinstance(target, m.Prim) and isinstance(resolve.types[target].kind, m.Resource)


def _difference(old: m.Function, new: m.Function) -> str | None:
    if old.kind.shape != new.kind.shape:
        return "become a function of another kind"
    if len(old.params) != len(new.params):
        return "another number of parameters"
    for before, after in zip(old.params, new.params, strict=True):
        if before.name != after.name:
            return f"the parameter `{after.name}` where it had `{before.name}`"
        if not _alike(before.type, after.type):
            return f"another type of the parameter `{before.name}`"
    if (old.result is None) != (new.result is None):
        return "got or lost its result"
    if old.result is not None and new.result is not None and not _alike(old.result, new.result):
        return "another type of result"
    return None


def _alike(old: m.Type, new: m.Type) -> bool:
    if isinstance(old, m.Prim) or isinstance(new, m.Prim):
        return old == new
    return True


# --- the replacement ----------------------------------------------------------------------------


def _replace_all(resolve: m.Resolve, world: m.WorldId, newer: _Newer) -> m.Resolve:
    old = resolve.worlds[world]
    imports = {key: item for key, item in old.imports.items() if key not in newer}
    types = list(resolve.types)
    sink = Sink()
    for item in (*imports.values(), *old.exports.values()):
        for id in _types_of(resolve, item):
            source = _used_from(resolve, id)
            if source not in newer:
                continue
            found = _newer_type(resolve, id, newer[source])
            if isinstance(found, str):
                sink.add(_refusal(resolve, source, newer[source], found))
            else:
                types[id] = replace(types[id], kind=m.Alias(found))
    worlds = list(resolve.worlds)
    worlds[world] = replace(old, imports=imports)
    changed = replace(resolve, types=tuple(types), worlds=tuple(worlds))
    if not sink.errors:
        _check_order(changed, sink)
    if sink.errors:
        raise WitError(sink.diagnostics)
    return changed


def _types_of(resolve: m.Resolve, item: m.WorldItem) -> tuple[m.TypeId, ...]:
    match item:
        case m.InterfaceItem(id):
            return tuple(resolve.interfaces[id].types.values())
        case m.TypeItem(id):
            return (id,)
        case m.FunctionItem():
            return ()


def _used_from(resolve: m.Resolve, id: m.TypeId) -> m.InterfaceId:
    """The other interface that a type is `use`d from, or -1."""
    type = resolve.types[id]
    if isinstance(type.kind, m.Alias) and not isinstance(type.kind.type, m.Prim):
        owner = resolve.types[type.kind.type].owner
        if owner != type.owner and isinstance(owner, m.InterfaceOwner):
            return owner.id
    return m.InterfaceId(-1)


def _newer_type(resolve: m.Resolve, id: m.TypeId, new: m.InterfaceId) -> m.TypeId | str:
    """What a `use`d type becomes when taken from the newer version, or why it cannot."""
    type = resolve.types[id]
    assert isinstance(type.kind, m.Alias)
    assert not isinstance(type.kind.type, m.Prim)
    name = resolve.types[type.kind.type].name
    assert name is not None
    if name not in resolve.interfaces[new].types:
        return f"it lacks the used type `{name}`"
    found = resolve.interfaces[new].types[name]
    if type.owner == m.InterfaceOwner(new):
        return f"its type `{type.name}` is used from there and would refer to itself"
    if _is_resource(resolve, id) != _is_resource(resolve, found):
        return f"`{name}` is a resource in only one of the two"
    return found


def _check_order(resolve: m.Resolve, sink: Sink) -> None:
    """Reject interfaces that now need each other."""
    arena = arena_of(resolve)
    needs = {
        id: arena.dependencies(id) for id in map(m.InterfaceId, range(len(resolve.interfaces)))
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        steps = " → ".join(f"`{_title(resolve, id)}`" for id in error.args[1][:9])
        sink.add(
            Diagnostic("RES1087", f"with the newest versions, interfaces need each other: {steps}")
        )
