"""The Python sources of a client component, for componentize-py."""

from __future__ import annotations

from collections.abc import Iterable

from witgen.client import Client
from witgen.emit.pycode.environment import render, string
from witgen.emit.pycode.names import ImportSet, NameAllocator, camel, shouting
from witgen.emit.pycode.pretty import layout
from witgen.emit.python.classes import Classes, class_head
from witgen.emit.python.types import PROTOCOLS, Bindings, Renderer
from witgen.emit.python.views import App, Class, Module, Runtime
from witgen.emit.types import handle_types, mentioned, named_types
from witgen.resolve import model as m
from witgen.value import replace, value

_TYPES = "client_types"


def python_files(client: Client) -> dict[str, bytes]:
    """`app.py`, the module of the resources, that of the types, and two of golem:rpc."""
    bindings = Bindings.of(client)
    runtime = _runtime(client, bindings)
    module = bindings.modules[client.interface].rpartition(".")[2]
    name = camel(client.resolve.interfaces[client.interface].name or "")
    head = class_head(name, f"exports.{name}")
    app = App(client.target, client.interface_name, client.component_world, module, head)
    files = {
        "app.py": render("python/templates/app.py.j2", app),
        "remote.py": render("python/templates/remote.py.j2", runtime),
        "wit_value.py": render("python/templates/wit_value.py.j2", runtime),
    }
    sources = _Sources.of(client, bindings, module)
    files[f"{module}.py"] = render("python/templates/client.py.j2", sources.client_module())
    if sources.plain:
        files[f"{_TYPES}.py"] = render(
            "python/templates/client_types.py.j2", sources.types_module()
        )
    return files


def _runtime(client: Client, bindings: Bindings) -> Runtime:
    cancels = client.cancellation is not None
    number = client.component_id.int
    return Runtime(
        bindings.module("golem:rpc", "types"),
        bindings.module("golem:api", "host"),
        "" if client.sync_only else bindings.module("wasi:io", "poll"),
        bindings.module("wasi:clocks", "wall-clock"),
        client.tries,
        any(resource.can_fail for resource in client.resources),
        bindings.module("witgen:rpc", "cancellation") if cancels else "",
        (number >> 64, number & (1 << 64) - 1),
    )


@value
class _Sources:
    """Renders the two modules that depend on the target."""

    client: Client
    bindings: Bindings
    module: str
    plain: tuple[m.TypeId, ...]  # types without handles
    handles: tuple[m.TypeId, ...]  # types with handles
    codec_names: dict[m.TypeId, tuple[str, str]]
    types_scope: NameAllocator
    client_scope: NameAllocator

    @staticmethod
    def of(client: Client, bindings: Bindings, module: str) -> _Sources:
        """Decide which codec is where, and its name."""
        resolve = client.resolve
        types_scope, client_scope = NameAllocator(), NameAllocator()
        client_scope.reserve([camel(resource.name) for resource in client.resources])
        client_scope.reserve([camel(future.name) for future in client.futures])
        client_scope.reserve(["COMPONENT", PROTOCOLS])
        plain: list[m.TypeId] = []
        handles: list[m.TypeId] = []
        named = named_types(resolve, mentioned(client))
        with_handles = handle_types(resolve, named)
        for ref in named:
            (handles if ref in with_handles else plain).append(ref)
        names = {}
        for refs, owner, scope in (
            (plain, _TYPES, types_scope),
            (handles, module, client_scope),
        ):
            for ref in refs:
                wanted = shouting(resolve.types[ref].name or "")
                names[ref] = (owner, scope.take(wanted))
        for resource in client.resources:
            if resource.remote_drop is not None:
                wanted = shouting(f"{resource.name}-handle")
                names[resource.resource] = (module, client_scope.take(wanted))
        return _Sources(
            client,
            bindings,
            module,
            tuple(plain),
            tuple(handles),
            names,
            types_scope,
            client_scope,
        )

    def types_module(self) -> Module:
        """The codecs of plain data."""
        imports = ImportSet(self.types_scope)
        renderer = Renderer(self.bindings, imports.name, {}, self.codec_names, _TYPES)
        codecs = self._codecs(self.plain, renderer)
        return self._view(imports, (), codecs)

    def client_module(self) -> Module:
        """The resources, and the codecs of data with handles."""
        imports = ImportSet(self.client_scope)
        made = Classes(self.client, self.bindings, self.module, self.codec_names, imports)
        classes = [made.future(future) for future in self.client.futures]
        classes += [made.resource(resource) for resource in self.client.resources]
        renderer = made.renderer()
        codecs = (*self._handle_codecs(renderer), *self._codecs(self.handles, renderer))
        return self._view(imports, tuple(classes), codecs)

    def _handle_codecs(self, renderer: Renderer) -> list[tuple[str, ...]]:
        found = []
        for resource in self.client.resources:
            if resource.resource in self.codec_names:
                annotation, codec = renderer.handle_of(resource.resource)
                name = self.codec_names[resource.resource][1]
                found.append(tuple(layout(codec, 0, f"{name}: {annotation} = ")))
        return found

    def _view(
        self,
        imports: ImportSet,
        classes: tuple[Class, ...],
        codecs: tuple[tuple[str, ...], ...],
    ) -> Module:
        client = self.client
        return Module(
            client.interface_name,
            client.target,
            client.component,
            tuple(imports.lines()),
            string(client.component),
            self.bindings.modules[client.interface].rpartition(".")[2],
            classes,
            codecs,
        )

    def _codecs(self, refs: Iterable[m.TypeId], renderer: Renderer) -> tuple[tuple[str, ...], ...]:
        found = []
        for ref in refs:
            kind = self.client.resolve.types[ref].kind
            typed = ""
            if isinstance(kind, m.Variant):  # a union of classes, which no argument could determine
                codec = renderer.imported("wit_value", "Codec")
                typed = f": {codec}[{renderer.class_name(ref)}]"
            prefix = f"{self.codec_names[ref][1]}{typed} = "
            expr = renderer.codec_of(ref)
            is_tall = isinstance(kind, m.Record | m.Variant)
            lines = layout(replace(expr, is_tall=is_tall), 0, prefix)
            found.append(tuple(lines))
        return tuple(found)
