"""The client component as bytes: imports, and a component within it for each exported interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from witgen.client import Client
from witgen.component import types as t
from witgen.component.core_writer import CoreComponentWriter, CoreSort, Options
from witgen.component.encodable import problems
from witgen.component.lower import Lowering, grouped
from witgen.component.writer import name, u32
from witgen.diagnostics import WitError
from witgen.native.core import OUTSIDE, Code, code
from witgen.native.imports import (
    CALL,
    CONNECTION,
    DISCONNECT,
    HOST,
    interface_named,
    pruned_imports,
)
from witgen.native.nested import Nested
from witgen.native.typing import Naming, mentioned
from witgen.resolve import model as m
from witgen.version import __version__


def client_bytes(client: Client, *, strip: bool = False) -> bytes:
    """The client component, in core code.

    Args:
        client: The client.
        strip: Whether to leave out producers, and function names except those that say why a call
            ended.

    Returns:
        A component with the exports of the one that is built from the Python sources, and of its
        imports those that it needs: the same bytes for the same client.

    Raises:
        WitError: A type is nested too deep, or something else that the binary format cannot say.
    """
    resolve = client.resolve
    refused = tuple(problems(resolve, resolve.root))
    if refused:
        raise WitError(refused)
    return _component(client, code(client, strip=strip), strip=strip)


def _component(client: Client, made: Code, *, strip: bool) -> bytes:
    """Everything in its order."""
    resolve, writer = client.resolve, CoreComponentWriter()
    naming, known = Naming(resolve), Lowering(resolve)
    instances: dict[m.InterfaceId, int] = {}

    def enter(space: t.Space, id: m.InterfaceId, types: Mapping[str, t.Extern]) -> str:
        """Know an interface and its definitions by their names in the component."""
        key = resolve.interface_id(id) or ""
        known.known[id] = (space, key)
        for type, ref in resolve.interfaces[id].types.items():
            if type in types and resolve.dealias(ref) == ref:
                naming.names[ref] = t.Ref(0, space, (key, type))
        return key

    for id, extern in pruned_imports(client, made.host).items():
        key = enter(t.Space.IMPORT, id, extern.exports)
        instances[id] = writer.import_(key, extern)
    for item in resolve.worlds[client.component_world_id].exports.values():
        if isinstance(item, m.InterfaceItem):
            inner = Nested.of(resolve, item.id, known)
            if item.id == client.interface:
                _Code(client, made, inner).write()
            else:
                inner.import_types(mentioned(resolve, item.id))
                inner.export_types()
            arguments = inner.arguments(writer, naming.names, instances)
            component = writer.component(b"".join(inner.writer.finish()))
            key = resolve.interface_id(item.id) or ""
            writer.export(key, writer.instantiate(component, arguments, key), inner.type)
            enter(t.Space.EXPORT, item.id, inner.type.exports)
    if not strip:
        writer.put_raw(0, name("producers"), _producers())
    return b"".join(writer.finish())


@dataclass(slots=True)
class _Code:
    """The client interface with the code behind it.

    Attributes:
        client: The client.
        code: Its core modules.
        inner: The component that is written.
        memory: The options of what passes pointers.
        functions: The core function behind each import of the code, and behind the host's
            resources.
    """

    client: Client
    code: Code
    inner: Nested
    memory: Options = field(default_factory=Options)
    functions: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def _writer(self) -> CoreComponentWriter:
        return self.inner.writer

    def write(self) -> None:
        """Everything in its order."""
        host = [key for key in self.code.host if key != DISCONNECT]
        imported = self._imports(host)
        arena = self._memory()
        heap = None
        if self.code.heap is not None:
            heap = self._writer.core_instantiate(self._writer.core_module(self.code.heap), ())
        for key in host:
            options = self.memory if HOST[key].pointers else Options()
            self.functions["host", key] = self._writer.lower(imported[key], options)
        self._resources(heap)
        main = self._main(arena, heap)
        release = self._writer.core_alias(arena, "release")
        self.inner.export_types()
        body = self.client.resolve.interfaces[self.client.interface]
        lifted = [(f.name, self._lift(f.name, main, release)) for f in grouped(body)]
        for key, index in lifted:
            self._writer.export(key, index, self.inner.type.exports[key])

    # --- imports ---

    def _imports(self, host: list[str]) -> Mapping[str, int]:
        resolve = self.client.resolve
        places = {key: interface_named(self.client, HOST[key].interface) for key in host}
        roots = [*mentioned(resolve, self.client.interface), self._of_host(CONNECTION)]
        roots += [self._of_host(CALL)] if self.client.futures else []
        for key, id in places.items():
            function = resolve.interfaces[id].functions[HOST[key].name]
            roots += [param.type for param in function.params]
            roots += [] if function.result is None else [function.result]
        self.inner.import_types(roots)
        return {key: self.inner.import_function(id, HOST[key].name) for key, id in places.items()}

    def _of_host(self, resource: str) -> m.TypeId:
        """A resource of golem:rpc."""
        rpc = interface_named(self.client, HOST["invoke"].interface)
        return self.client.resolve.interfaces[rpc].types[resource]

    def _drop_of_host(self, resource: str) -> int:
        """What drops a handle of a resource of the host."""
        ref = self.inner.naming.names[self._of_host(resource)]
        return self._writer.resource_drop(self._writer.ref_index(ref))

    # --- core code ---

    def _memory(self) -> int:
        writer = self._writer
        arena = writer.core_instantiate(writer.core_module(self.code.memory), ())
        memory = writer.core_alias(arena, "memory", CoreSort.MEMORY)
        realloc = writer.core_alias(arena, "realloc")
        self.memory = Options(memory, realloc)
        return arena

    def _resources(self, heap: int | None) -> None:
        """The client's resource types, and the functions that the code needs of them.

        The destructor of a resource that wraps one of the host drops just that.
        """
        client, writer = self.client, self._writer
        connection = self._drop_of_host(CONNECTION)
        self.functions["host", DISCONNECT] = connection
        call = self._drop_of_host(CALL) if client.futures else 0
        plain = [(f.name, f.resource, call) for f in client.futures]
        plain += [(r.name, r.resource, connection) for r in client.resources]
        wanted = {item.name for item in self.code.imports if item.group == "own"}
        for key, ref, destructor in plain:
            if heap is not None and key in self.code.remote:
                destructor = writer.core_alias(heap, f"drop {key}")
            index = writer.resource(key, destructor)
            self.inner.naming.names[ref] = t.Ref(0, t.Space.LOCAL, (key,))
            if f"new {key}" in wanted:
                self.functions["own", f"new {key}"] = writer.resource_new(index)
            if f"rep {key}" in wanted:
                self.functions["own", f"rep {key}"] = writer.resource_rep(index)
            if f"drop {key}" in wanted:
                self.functions["own", f"drop {key}"] = writer.resource_drop(index)

    def _main(self, arena: int, heap: int | None) -> int:
        writer = self._writer
        module = writer.core_module(self.code.main)
        outside = [
            (item.short, CoreSort.FUNCTION, self.functions[item.group, item.name])
            for item in self.code.imports
            if (item.group, item.name) in self.functions
        ]
        arguments = [("memory", arena), (OUTSIDE, writer.core_bundle(outside))]
        if heap is not None:
            arguments.append(("heap", heap))
        return writer.core_instantiate(module, arguments)

    def _lift(self, function: str, main: int, release: int) -> int:
        lifted = self.code.lifted[function]
        if lifted.hosted:
            core = self.functions["host", lifted.core]
        else:
            core = self._writer.core_alias(main, lifted.core)
        options = Options(
            self.memory.memory if lifted.memory else None,
            self.memory.realloc if lifted.allocates else None,
            release if lifted.releases else None,
        )
        type = self.inner.type.exports[function]
        assert isinstance(type, t.FuncType)
        return self._writer.lift(core, options, type)


def _producers() -> bytes:
    """The contents of the section that names the component's producers."""
    made_by = name("witgen") + name(__version__)
    return u32(1) + name("processed-by") + u32(1) + made_by
