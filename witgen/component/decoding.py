"""Decode WIT from WebAssembly: encoded packages, components, and core modules with a world.

The result is the document that `wasm-tools component wit FILE --json` prints for the same file.
"""

from __future__ import annotations

from witgen.component import packagedocs
from witgen.component import types as t
from witgen.component.body import MAGIC, MODULE_VERSION, Binary, read_component, sections
from witgen.component.cursor import Cursor, Malformed
from witgen.component.draft import Draft, DraftWorld
from witgen.component.lift import Lifter, Unliftable
from witgen.component.module import included
from witgen.component.wit_names import interface_name
from witgen.diagnostics import Diagnostic, Place, WitError
from witgen.resolve import model as m

_COMPONENT_PACKAGE = m.PackageName("root", "component")


def decode(data: bytes, file: str = "<wasm>") -> m.Resolve:
    """The `Resolve` of a binary.

    Args:
        data: An encoded WIT package, a component (its world becomes `root:component/root`) or a
            core module with a `component-type` custom section.
        file: Its name in messages.

    Raises:
        WitError: The bytes are none of these.
    """
    try:
        if bytes(data[:8]) == MAGIC + MODULE_VERSION:
            return _module(data)
        return _component(data)
    except Malformed as error:
        place = Place(file, offset=error.offset)
        raise WitError([Diagnostic("CMP3001", error.message, place)]) from None
    except (Unliftable, packagedocs.BadDocs) as error:
        raise WitError([Diagnostic("CMP3002", str(error), Place(file))]) from None


def _component(data: bytes) -> m.Resolve:
    binary = read_component(data)
    if is_package(binary.type):
        resolve = _package(binary)
    else:
        resolve = _world(binary)
    for name, offset, size in binary.custom:
        if name == packagedocs.SECTION:
            resolve = packagedocs.inject(resolve, bytes(data[offset : offset + size]))
    return resolve


def is_package(type: t.ComponentType) -> bool:
    """Whether a component is an encoded WIT package: only types of interfaces and worlds."""
    return (
        not type.imports
        and bool(type.exports)
        and all(
            isinstance(extern, t.TypeEq) and isinstance(extern.type, t.ComponentType)
            for extern in type.exports.values()
        )
    )


def _world(binary: Binary) -> m.Resolve:
    draft = Draft()
    draft.worlds.append(DraftWorld("root"))
    # WIT cannot express imports of modules, components and values: they are left out of the world,
    # as in the reference.
    order = [
        (space, name)
        for space, name in binary.order
        if space is t.Space.EXPORT
        or not isinstance(binary.type.imports[name], t.ModuleType | t.ComponentType | t.ValueType)
    ]
    Lifter(draft).world(m.WorldId(0), order, binary.type)
    draft.package(_COMPONENT_PACKAGE).worlds["root"] = m.WorldId(0)
    return draft.finish(_COMPONENT_PACKAGE)


def _package(binary: Binary) -> m.Resolve:
    draft = Draft()
    lifter = Lifter(draft)
    package: m.PackageName | None = None
    defined = False
    for extern in binary.type.exports.values():
        if not isinstance(extern, t.TypeEq) or not isinstance(extern.type, t.ComponentType):
            continue  # excluded by `is_package`
        found = _item(draft, lifter, extern.type)
        if package is not None and found != package:
            raise Unliftable(f"two packages in one file, `{package}` and `{found}`")
        package = found
        defined = defined or isinstance(_only(extern.type), t.InstanceType)
    root = package or _COMPONENT_PACKAGE
    draft.package(root).worlds.update({w.name: m.WorldId(i) for i, w in enumerate(draft.worlds)})
    if defined:
        # The package's own interfaces are not imports: it comes after everything it refers to.
        draft.packages[str(root)] = draft.packages.pop(str(root))
    return draft.finish(root)


def _only(type: t.ComponentType) -> t.Extern | None:
    return next(iter(type.exports.values()), None)


def _item(draft: Draft, lifter: Lifter, type: t.ComponentType) -> m.PackageName:
    """Decode one interface or world of an encoded package; return the package it names."""
    if len(type.exports) != 1:
        raise Unliftable("an encoded interface or world must have one export")
    ((id, extern),) = type.exports.items()
    named = interface_name(id)
    if named is None:
        raise Unliftable(f"`{id}` is not the name of an interface or world")
    package, name = named
    match extern:
        case t.InstanceType():
            lifter.interface(type, id)
        case t.ComponentType():
            world = m.WorldId(len(draft.worlds))
            draft.worlds.append(DraftWorld(name))
            order = [(t.Space.IMPORT, key) for key in extern.imports]
            order += [(t.Space.EXPORT, key) for key in extern.exports]
            lifter.world(world, order, extern)
        case _:
            raise Unliftable(f"`{id}` is neither an interface nor a world")
    return package


def _module(data: bytes) -> m.Resolve:
    """The world of a core module, embedded by tools for `wasm-tools component new`."""
    found: list[memoryview] = []
    cursor = Cursor(data, 8)
    for kind, section in sections(cursor):
        if kind == 0 and section.name().startswith("component-type"):
            found.append(section.take(section.end - section.position))
    if not found:
        raise Unliftable("this core module contains no WIT: it has no section `component-type`")
    if len(found) > 1:
        raise Unliftable("this core module contains several worlds, but one is expected")
    return included(*_embedded(found[0]))


# What a section starts with that is older than those that are a component themselves.
_NAMED_WORLD = 0x03


def _embedded(section: memoryview) -> tuple[m.Resolve, m.WorldId]:
    """The packages of a section `component-type`, and the world of the module.

    Since format 4 the section is a component with that world alone. Before, the encoding of strings
    and the name of a world stand in front of a package.
    """
    cursor = Cursor(section)
    name: str | None = None
    if cursor.peek() == _NAMED_WORLD:
        cursor.byte()
        if cursor.byte() not in _STRING_ENCODINGS:
            raise cursor.fail("unknown encoding of strings")
        name = cursor.name()
    resolve = _component(bytes(section[cursor.position :]))
    worlds = resolve.packages[resolve.root].worlds
    if name is None and len(worlds) == 1:
        (name,) = worlds
    if name is None or name not in worlds:
        what = "has no world" if name is None else f"names a world `{name}` that it does not have"
        raise Unliftable(f"the section `component-type` {what}")
    return resolve, worlds[name]


# UTF-8, UTF-16, and Latin-1 with UTF-16.
_STRING_ENCODINGS = frozenset({0, 1, 2})
