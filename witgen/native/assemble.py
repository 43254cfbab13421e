"""The client component as bytes: imports, core code, resource types, functions, interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from witgen.client import Client
from witgen.component import types as t
from witgen.component.core_writer import CoreComponentWriter, CoreSort, Options
from witgen.component.encodable import problems
from witgen.component.lower import Lowering
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
from witgen.native.shim import shim
from witgen.native.typing import Naming, definitions, mentioned
from witgen.resolve import model as m
from witgen.version import __version__


def client_bytes(client: Client, *, strip: bool = False) -> bytes:
    """The client component, in core code.

    Args:
        client: The client.
        strip: Whether to leave out who made it, and the names of functions but for those that tell
            why a call ended.

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
    return _Component(client, code(client, strip=strip), strip).write()


@dataclass(slots=True)
class _Component:
    """A client component in the making.

    Attributes:
        client: The client.
        code: Its core modules.
        strip: Whether to leave out who made it.
        writer: What is written so far.
        naming: How definitions are called in the component.
        known: The interfaces that are imported or exported.
        memory: The options of what passes pointers.
        functions: The core function behind each import of the code.
    """

    client: Client
    code: Code
    strip: bool
    writer: CoreComponentWriter = field(default_factory=CoreComponentWriter)
    naming: Naming = field(init=False)
    known: Lowering = field(init=False)
    memory: Options = field(default_factory=Options)
    functions: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.naming = Naming(self.client.resolve)
        self.known = Lowering(self.client.resolve)

    def write(self) -> bytes:
        """Everything in its order."""
        resolve = self.client.resolve
        imports = [item.name for item in self.code.imports if item.group == "host"]
        direct = {item.core: None for item in self.code.lifted.values() if item.direct}
        imports += [key for key in direct if key not in imports]
        instances = self._imports([key for key in imports if key != DISCONNECT])
        arena = self._memory()
        heap = None
        if self.code.heap is not None:
            heap = self.writer.core_instantiate(self.writer.core_module(self.code.heap), ())
        for key in imports:
            self.functions["host", key] = self._host(key, instances)
        self._resources(heap)
        main = self._main(arena, heap)
        release = self.writer.core_alias(arena, "release")
        for item in resolve.worlds[self.client.component_world_id].exports.values():
            if isinstance(item, m.InterfaceItem):
                self._interface(item.id, main, release)
        if not self.strip:
            self.writer.put_raw(0, name("producers"), _producers())
        return b"".join(self.writer.finish())

    # --- imports ---

    def _imports(self, needed: list[str]) -> Mapping[m.InterfaceId, int]:
        resolve = self.client.resolve
        found = {}
        for id, extern in pruned_imports(self.client, needed).items():
            key = resolve.interface_id(id) or ""
            found[id] = self.writer.import_(key, extern)
            self.known.known[id] = (t.Space.IMPORT, key)
            for type, ref in resolve.interfaces[id].types.items():
                if type in extern.exports and resolve.dealias(ref) == ref:
                    self.naming.names[ref] = t.Ref(0, t.Space.IMPORT, (key, type))
        return found

    def _host(self, key: str, instances: Mapping[m.InterfaceId, int]) -> int:
        """A function of the host as the code calls it."""
        if key == DISCONNECT:
            return self._drop_of_host(CONNECTION)
        host = HOST[key]
        id = interface_named(self.client, host.interface)
        function = self.client.resolve.interfaces[id].functions[host.name]
        type = self.naming.function(function)
        index = self.writer.alias_export(instances[id], host.name, type)
        return self.writer.lower(index, self.memory if host.pointers else Options())

    def _drop_of_host(self, resource: str) -> int:
        """What drops a handle of a resource of the host."""
        rpc = interface_named(self.client, HOST["get"].interface)
        ref = self.client.resolve.interfaces[rpc].types[resource]
        return self.writer.resource_drop(self.writer.ref_index(self.naming.names[ref]))

    # --- core code ---

    def _memory(self) -> int:
        writer = self.writer
        arena = writer.core_instantiate(writer.core_module(self.code.memory), ())
        memory = writer.core_alias(arena, "memory", CoreSort.MEMORY)
        realloc = writer.core_alias(arena, "realloc")
        self.memory = Options(memory, realloc)
        return arena

    def _resources(self, heap: int | None) -> None:
        """The client's resource types, and the functions that the code needs of them.

        The destructor of what stands for a resource of the host drops just that.
        """
        client, writer = self.client, self.writer
        connection = self._drop_of_host(CONNECTION)
        call = self._drop_of_host(CALL) if client.futures else 0
        plain = [(f.name, f.resource, call) for f in client.futures]
        plain += [(r.name, r.resource, connection) for r in client.resources]
        wanted = {item.name for item in self.code.imports if item.group == "own"}
        for key, ref, destructor in plain:
            if heap is not None and key in self.code.remote:
                destructor = writer.core_alias(heap, f"drop {key}")
            index = writer.resource(key, destructor)
            self.naming.names[ref] = t.Ref(0, t.Space.LOCAL, (key,))
            if f"new {key}" in wanted:
                self.functions["own", f"new {key}"] = writer.resource_new(index)
            if f"rep {key}" in wanted:
                self.functions["own", f"rep {key}"] = writer.resource_rep(index)
            if f"drop {key}" in wanted:
                self.functions["own", f"drop {key}"] = writer.resource_drop(index)

    def _main(self, arena: int, heap: int | None) -> int:
        writer = self.writer
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

    # --- exports ---

    def _interface(self, id: m.InterfaceId, main: int, release: int) -> None:
        """Export an interface."""
        resolve, writer = self.client.resolve, self.writer
        key = resolve.interface_id(id) or ""
        for ref in definitions(resolve, mentioned(resolve, id)):
            if ref not in self.naming.names:
                path = (key, resolve.types[ref].name or "")
                writer.define(path, self.naming.shape(resolve.types[ref].kind))
                self.naming.names[ref] = t.Ref(0, t.Space.LOCAL, path)
        made = shim(resolve, id, self.known)
        arguments: list[tuple[str, t.Extern, int]] = [
            (given, extern, writer.ref_index(self.naming.names[ref]))
            for given, ref, extern in made.types
        ]
        for given, function, extern in made.functions:
            arguments.append((given, extern, self._lift(function, main, release)))
        component = writer.component(made.data)
        instance = writer.instantiate(component, arguments, key)
        writer.export(key, instance, made.type)
        self.known.known[id] = (t.Space.EXPORT, key)
        for type, ref in resolve.interfaces[id].types.items():
            if resolve.dealias(ref) == ref:
                self.naming.names[ref] = t.Ref(0, t.Space.EXPORT, (key, type))

    def _lift(self, function: m.Function, main: int, release: int) -> int:
        lifted = self.code.lifted[function.name]
        if lifted.direct:
            core = self.functions["host", lifted.core]
        else:
            core = self.writer.core_alias(main, lifted.core)
        options = Options(
            self.memory.memory if lifted.memory else None,
            self.memory.realloc if lifted.allocates else None,
            release if lifted.releases else None,
        )
        return self.writer.lift(core, options, self.naming.function(function))


def _producers() -> bytes:
    """The contents of the section that says what made the component."""
    made_by = name("witgen") + name(__version__)
    return u32(1) + name("processed-by") + u32(1) + made_by
