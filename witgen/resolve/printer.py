"""`Resolve` → canonical WIT text.

The text loads to the document that it was printed from: items are in the order of the arenas,
`include`s are expanded (as in a `Resolve`), and only members with a gate are gated. The grammar is
that of `WIT.md` in the component model repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from witgen.resolve import model as m
from witgen.resolve.text import (
    Item,
    block,
    docs_lines,
    file_text,
    gate_lines,
    ident,
    kind_text,
    members_block,
    package_text,
    type_text,
)


def to_wit(resolve: m.Resolve, package: m.PackageId | None = None) -> str:
    """WIT text of one package, or of everything: the root package with the others nested.

    Args:
        resolve: What to print.
        package: Print only this package; its dependencies are referred to, not printed.

    Returns:
        The text, ending in a newline.
    """
    root = resolve.root if package is None else package
    if not resolve.packages:
        return ""
    head = [*docs_lines(resolve.packages[root].docs)]
    head.append(f"package {package_text(resolve.packages[root].name)};")
    items = [Item("package", tuple(head)), *_package_items(resolve, root)]
    if package is None:
        items += [
            _nested(resolve, m.PackageId(i)) for i in range(len(resolve.packages)) if i != root
        ]
    return file_text(items)


def package_files(resolve: m.Resolve, root: str = "package.wit") -> dict[str, bytes]:
    """The directory layout of a `Resolve`: its root package and a complete `deps/`.

    Args:
        resolve: What to print.
        root: The file name of the root package.

    Returns:
        `root` and `deps/<namespace>-<name>[-<version>]/package.wit`, sorted by path.
    """
    files = {root: to_wit(resolve, resolve.root)}
    for index, package in enumerate(resolve.packages):
        if index != resolve.root:
            path = f"deps/{directory_name(package.name)}/package.wit"
            files[path] = to_wit(resolve, m.PackageId(index))
    return {path: files[path].encode() for path in sorted(files)}


def directory_name(name: m.PackageName) -> str:
    """The directory of a package below `deps/`: `ns-name` or `ns-name-1.0.0`."""
    return f"{name.namespace}-{name.name}" + (f"-{name.version}" if name.version else "")


def world_text(resolve: m.Resolve, world: m.WorldId, include: m.WorldId) -> str:
    """Print a world as its additions to another world of its package, which it includes.

    Args:
        resolve: The `Resolve` that contains both worlds.
        world: The world to print; it has everything that `include` has.
        include: The world to include instead of repeating its items.

    Returns:
        The text of a file of the package: the package header and the world.
    """
    whole, part = resolve.worlds[world], resolve.worlds[include]
    rest = m.World(
        whole.name,
        {k: v for k, v in whole.imports.items() if k not in part.imports},
        {k: v for k, v in whole.exports.items() if k not in part.exports},
        whole.package,
        whole.docs,
        whole.stability,
    )
    included = Item("include ", (f"include {ident(part.name)};",))
    items = [
        Item("package", (f"package {package_text(resolve.packages[whole.package].name)};",)),
        _world(resolve, rest, (included,)),
    ]
    return file_text(items)


# --- packages, interfaces, worlds ---------------------------------------------------------------


def _nested(resolve: m.Resolve, package: m.PackageId) -> Item:
    body = resolve.packages[package]
    head = f"package {package_text(body.name)}"
    lines = block(head, _package_items(resolve, package))
    return Item("nested", (*docs_lines(body.docs), *lines))


def _package_items(resolve: m.Resolve, package: m.PackageId) -> list[Item]:
    body = resolve.packages[package]
    items = []
    for name, ref in body.interfaces.items():
        interface = resolve.interfaces[ref]
        head = (*docs_lines(interface.docs), *gate_lines(interface.stability))
        lines = block(f"interface {ident(name)}", _interface_items(resolve, ref))
        items.append(Item("interface", (*head, *lines)))
    items += [_world(resolve, resolve.worlds[ref]) for ref in body.worlds.values()]
    return items


def _interface_items(resolve: m.Resolve, ref: m.InterfaceId) -> list[Item]:
    interface = resolve.interfaces[ref]
    types = tuple(interface.types.values())
    uses = [t for t in types if _is_use(resolve, t)]
    own = [t for t in types if not _is_use(resolve, t)]
    return [
        *_uses(resolve, uses, interface.package),
        *_definitions(resolve, own, interface.functions),
    ]


def _world(resolve: m.Resolve, world: m.World, first: tuple[Item, ...] = ()) -> Item:
    items = list(first)
    items += [
        _import_or_export("import", resolve, key, item, world.package)
        for key, item in world.imports.items()
        if isinstance(item, m.InterfaceItem)
    ]
    types = [item.id for item in world.imports.values() if isinstance(item, m.TypeItem)]
    functions = {
        item.function.name: item.function
        for item in world.imports.values()
        if isinstance(item, m.FunctionItem)
    }
    items += _uses(resolve, [t for t in types if _is_use(resolve, t)], world.package)
    own = [t for t in types if not _is_use(resolve, t)]
    items += _definitions(resolve, own, functions, "import ")
    for key, exported in world.exports.items():
        items.append(_import_or_export("export", resolve, key, exported, world.package))
    head = (*docs_lines(world.docs), *gate_lines(world.stability))
    return Item("world", (*head, *block(f"world {ident(world.name)}", items)))


def _import_or_export(
    word: str, resolve: m.Resolve, key: m.WorldKey, item: m.WorldItem, package: m.PackageId
) -> Item:
    match item:
        case m.FunctionItem(function):
            return _function(resolve, function, f"{word} ")
        case m.TypeItem():
            raise ValueError("types of a world are printed as definitions")
        case m.InterfaceItem(ref, stability, external_id, docs):
            interface = resolve.interfaces[ref]
            label = f"{ident(key)}: " if isinstance(key, str) else ""
            if interface.name is not None:
                head = (*docs_lines(docs), *gate_lines(stability, external_id))
                path = _path(resolve, ref, package)
                return Item(f"{word} ", (*head, f"{word} {label}{path};"))
            head = (
                *docs_lines(interface.docs if docs is None else docs),
                *gate_lines(interface.stability if stability is None else stability, external_id),
            )
            lines = block(f"{word} {label}interface", _interface_items(resolve, ref))
            return Item("inline", (*head, *lines))
        case _:
            assert_never(item)


def _path(resolve: m.Resolve, ref: m.InterfaceId, package: m.PackageId) -> str:
    """How a package refers to an interface: by name, or in full if it is another package's."""
    interface = resolve.interfaces[ref]
    if interface.name is None:
        raise ValueError("an inline interface cannot be referred to")
    if interface.package == package:
        return ident(interface.name)
    name = resolve.packages[interface.package].name
    version = f"@{name.version}" if name.version else ""
    return f"{ident(name.namespace)}:{ident(name.name)}/{ident(interface.name)}{version}"


# --- types and functions ------------------------------------------------------------------------


def _is_use(resolve: m.Resolve, ref: m.TypeId) -> bool:
    return _used(resolve, ref) is not None


def _used(resolve: m.Resolve, ref: m.TypeId) -> tuple[m.InterfaceId, str] | None:
    """The interface and name that a `use`d type comes from; None for a definition."""
    typedef = resolve.types[ref]
    if not isinstance(typedef.kind, m.Alias) or isinstance(typedef.kind.type, m.Prim):
        return None
    target = resolve.types[typedef.kind.type]
    if target.name is None or target.owner == typedef.owner:
        return None
    return (target.owner.id, target.name) if isinstance(target.owner, m.InterfaceOwner) else None


def _uses(resolve: m.Resolve, types: Iterable[m.TypeId], package: m.PackageId) -> list[Item]:
    """`use` lines; adjacent ones from one interface with equal gates share a line."""
    groups: list[tuple[m.InterfaceId, tuple[str, ...], list[str]]] = []
    for ref in types:
        used = _used(resolve, ref)
        assert used is not None  # the caller chose the uses
        owner, name = used
        typedef = resolve.types[ref]
        local = typedef.name or name
        item = ident(name) if local == name else f"{ident(name)} as {ident(local)}"
        gates = gate_lines(typedef.stability, typedef.external_id)
        if groups and groups[-1][:2] == (owner, gates):
            groups[-1][2].append(item)
        else:
            groups.append((owner, gates, [item]))
    return [
        Item("use ", (*gates, f"use {_path(resolve, owner, package)}.{{{', '.join(names)}}};"))
        for owner, gates, names in groups
    ]


def _definitions(
    resolve: m.Resolve,
    types: list[m.TypeId],
    functions: Mapping[str, m.Function],
    prefix: str = "",
) -> Iterator[Item]:
    """Types and functions, both in order; a resource is printed at its functions."""
    members: dict[m.TypeId, list[m.Function]] = {}
    free: list[m.Function | m.TypeId] = []  # functions, and resources at their first function
    for function in functions.values():
        resource = function.kind.resource
        if resource is None:
            free.append(function)
        else:
            if resource not in members:
                free.append(resource)
            members.setdefault(resource, []).append(function)
    queue = list(reversed(types))

    def printed_before(stop: m.TypeId | None, *, eager: bool) -> Iterator[Item]:
        while queue and (queue[-1] != stop if not eager else queue[-1] not in members):
            ref = queue.pop()
            yield _typedef(resolve, ref, members.get(ref, ()))

    for item in free:
        yield from printed_before(None, eager=True)
        if isinstance(item, m.Function):
            yield _function(resolve, item, prefix)
        elif item in queue:
            yield from printed_before(item, eager=False)
            yield _typedef(resolve, queue.pop(), members[item])
    yield from printed_before(None, eager=False)


def _typedef(resolve: m.Resolve, ref: m.TypeId, members: Iterable[m.Function]) -> Item:
    typedef = resolve.types[ref]
    head = (*docs_lines(typedef.docs), *gate_lines(typedef.stability, typedef.external_id))
    name = ident(typedef.name or "")
    match typedef.kind:
        case m.Record(fields):
            lines = members_block(
                f"record {name}",
                ((f.docs, f"{ident(f.name)}: {type_text(resolve, f.type)}") for f in fields),
            )
        case m.Variant(cases):
            lines = members_block(
                f"variant {name}",
                (
                    (
                        c.docs,
                        ident(c.name)
                        + ("" if c.type is None else f"({type_text(resolve, c.type)})"),
                    )
                    for c in cases
                ),
            )
        case m.Enum(labels):
            lines = members_block(f"enum {name}", ((x.docs, ident(x.name)) for x in labels))
        case m.Flags(labels):
            lines = members_block(f"flags {name}", ((x.docs, ident(x.name)) for x in labels))
        case m.Resource():
            items = [_function(resolve, function) for function in members]
            lines = block(f"resource {name}", items) if items else (f"resource {name};",)
        case m.Own(resource):
            lines = (f"type {name} = own<{type_text(resolve, resource)}>;",)
        case _:
            lines = (f"type {name} = {kind_text(resolve, typedef.kind)};",)
    return Item("type " if len(lines) == 1 else "definition", (*head, *lines))


def _function(resolve: m.Resolve, function: m.Function, prefix: str = "") -> Item:
    head = (*docs_lines(function.docs), *gate_lines(function.stability, function.external_id))
    shape = m.FunctionShape
    params = function.params
    word = "func"
    match function.kind.shape:
        case shape.FREESTANDING:
            pass
        case shape.ASYNC_FREESTANDING:
            word = "async func"
        case shape.GETTER:
            word = "get"
        case shape.SETTER:
            word = "set"
        case shape.METHOD:
            params = params[1:]
        case shape.ASYNC_METHOD:
            params, word = params[1:], "async func"
        case shape.STATIC:
            word = "static func"
        case shape.ASYNC_STATIC:
            word = "static async func"
        case shape.METHOD_GETTER:
            params, word = params[1:], "get"
        case shape.METHOD_SETTER:
            params, word = params[1:], "set"
        case shape.STATIC_GETTER:
            word = "static get"
        case shape.STATIC_SETTER:
            word = "static set"
        case shape.CONSTRUCTOR:
            word = "constructor"
        case _:
            assert_never(function.kind.shape)
    listed = ", ".join(f"{ident(p.name)}: {type_text(resolve, p.type)}" for p in params)
    name = "" if word == "constructor" else f"{ident(function.item_name)}: "
    result = function.result
    if result is None or (word == "constructor" and _is_own(resolve, result, function.kind)):
        arrow = ""
    else:
        arrow = f" -> {type_text(resolve, result)}"
    return Item("function", (*head, f"{prefix}{name}{word}({listed}){arrow};"))


def _is_own(resolve: m.Resolve, ty: m.Type, kind: m.FunctionKind) -> bool:
    """Whether a constructor returns just its resource, which is not written out."""
    return not isinstance(ty, m.Prim) and resolve.types[ty].kind == m.Own(
        kind.resource if kind.resource is not None else m.TypeId(-1)
    )
