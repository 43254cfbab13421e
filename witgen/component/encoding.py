"""Encode a `Resolve` as a binary WIT package, like `wasm-tools component wit --wasm`."""

from __future__ import annotations

from witgen.component import packagedocs
from witgen.component import types as t
from witgen.component.component_writer import ComponentWriter
from witgen.component.encodable import problems
from witgen.component.lower import Lowering, interface_type
from witgen.component.writer import name
from witgen.diagnostics import WitError
from witgen.resolve import model as m


def encode_package(resolve: m.Resolve, package: m.PackageId | None = None) -> bytes:
    """Encode a package; what it uses from others is imported, for interfaces only types.

    Args:
        resolve: The `Resolve` that contains the package.
        package: The package, by default the root.

    Returns:
        A component that exports a type for each interface and world, with docs and gates in the
        custom section `package-docs`; `decode` returns the same package.

    Raises:
        WitError: The binary format cannot express it; see `witgen.component.encodable`.
    """
    root = resolve.root if package is None else package
    refused = tuple(problems(resolve, root))
    if refused:
        raise WitError(refused)
    writer = ComponentWriter()
    for key, interface in resolve.packages[root].interfaces.items():
        _put(writer, key, interface_type(resolve, interface))
    for key, world in resolve.packages[root].worlds.items():
        _put(writer, key, _world(resolve, root, world))
    docs = packagedocs.extract(resolve, root)
    writer.put_raw(0, name(packagedocs.SECTION), docs)
    return b"".join(writer.finish())


def _put(writer: ComponentWriter, key: str, type: t.ComponentType) -> None:
    extern = t.TypeEq(type)
    writer.export(key, writer.type_index(type), extern)


def _world(resolve: m.Resolve, package: m.PackageId, id: m.WorldId) -> t.ComponentType:
    full = resolve.packages[package].name.interface(resolve.worlds[id].name)
    return t.ComponentType({}, {full: Lowering(resolve).world(id)})
