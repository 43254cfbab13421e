"""The Python sources of a client component, for componentize-py."""

from __future__ import annotations

from collections.abc import Iterable

from witgen.client import Client, ClientResource, FutureResource, Member, Mode, Remote, Routing
from witgen.emit.pycode.environment import render, string
from witgen.emit.pycode.names import ImportSet, NameAllocator, camel, shouting, snake
from witgen.emit.pycode.pretty import Expr, call, layout, tall
from witgen.emit.python.types import PROTOCOLS, Bindings, Renderer
from witgen.emit.python.views import App, Class, Method, Module, Runtime
from witgen.emit.types import handle_types, is_option, mentioned, named_types
from witgen.resolve import model as m
from witgen.value import replace, value

_TYPES = "client_types"
_REMOTE = "remote"
_BUILTINS = frozenset(("bool", "bytes", "float", "int", "str"))


def python_files(client: Client) -> dict[str, bytes]:
    """`app.py`, the module of the resources, that of the types, and two of golem:rpc."""
    bindings = Bindings.of(client)
    runtime = _runtime(client, bindings)
    module = bindings.modules[client.interface].rpartition(".")[2]
    name = camel(client.resolve.interfaces[client.interface].name or "")
    head = _class_head(name, f"exports.{name}")
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
        classes = [self._future(future, imports) for future in self.client.futures]
        classes += [self._resource(resource, imports) for resource in self.client.resources]
        renderer = self._renderer(imports)
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
            if isinstance(kind, m.Variant):  # a union of classes, which no argument could tell
                codec = renderer.imported("wit_value", "Codec")
                typed = f": {codec}[{renderer.class_name(ref)}]"
            prefix = f"{self.codec_names[ref][1]}{typed} = "
            expr = renderer.codec_of(ref)
            is_tall = isinstance(kind, m.Record | m.Variant)
            lines = layout(replace(expr, is_tall=is_tall), 0, prefix)
            found.append(tuple(lines))
        return tuple(found)

    def _renderer(
        self,
        imports: ImportSet,
        hidden: frozenset[str] = frozenset(),
        own: m.TypeId | None = None,
        own_class: str = "",
    ) -> Renderer:
        resources = {r.resource: camel(r.name) for r in self.client.resources}
        return Renderer(
            self.bindings,
            imports.name,
            resources,
            self.codec_names,
            self.module,
            hidden,
            own,
            own_class,
        )

    # --- classes --------------------------------------------------------------------------------

    def _future(self, future: FutureResource, imports: ImportSet) -> Class:
        name = camel(future.name)
        renderer = self._renderer(imports)
        pending = imports.name(_REMOTE, "Pending")
        getter = "get_some" if is_option(self.client.resolve, future.result) else "get"
        codec = renderer.codec(future.result)
        methods = [
            Method(
                "",
                tuple(_head("__init__", [("pending", Expr(pending))], Expr("None"))),
                "",
                ("        self._pending = pending",),
            ),
            _simple("subscribe", renderer.annotation(future.subscribe.result), "subscribe"),
            _simple("get", renderer.annotation(future.get.result), getter, codec),
        ]
        if future.try_get is not None:
            tried = renderer.annotation(future.try_get.result)
            methods.append(_simple("try_get", tried, "try_get", codec))
        if future.cancel is not None:
            methods.append(_simple("cancel", Expr("None"), "cancel"))
        head = _class_head(name, f"{PROTOCOLS}.{name}")
        return Class(head, "A call under way.", tuple(methods))

    def _resource(self, resource: ClientResource, imports: ImportSet) -> Class:
        name = camel(resource.name)
        hidden = frozenset(snake(m_.function.item_name) for m_ in resource.members) & _BUILTINS
        remote = resource.remote_constructor_name is not None
        base = imports.name(_REMOTE, "RemoteResource" if remote else "RemoteInterface")
        makers = [f for f in (resource.constructor, resource.custom) if f is not None]
        methods = [self._maker(resource, maker, imports, hidden) for maker in makers]
        methods += [self._member(resource, member, imports, hidden) for member in resource.members]
        docs = resource.docs or f"Stands for `{resource.stands_for}`."
        head = _class_head(name, base, f"{PROTOCOLS}.{name}")
        return Class(head, docs, tuple(methods))

    def _maker(
        self,
        resource: ClientResource,
        function: m.Function,
        imports: ImportSet,
        hidden: frozenset[str],
    ) -> Method:
        """The constructor, or `custom`."""
        is_constructor = function.kind.shape is m.FunctionShape.CONSTRUCTOR
        own_class = "type(self)" if is_constructor else "cls"
        renderer = self._renderer(imports, hidden, resource.resource, own_class)
        remote_class = imports.name(_REMOTE, "Remote")
        added = len(function.params) - _count(resource.remote_constructor)
        located = [Expr(snake(p.name)) for p in function.params[:added]]
        docs = (resource.remote_constructor.docs if resource.remote_constructor else "") or ""
        if is_constructor:
            located.insert(0, Expr("COMPONENT"))
            way = "worker" if self.client.durable else "component"
        else:
            way = "worker_id" if self.client.durable else "component_id"
        remote = call(f"{remote_class}.{way}", *located)
        params = [(snake(p.name), renderer.annotation(p.type)) for p in function.params]
        arguments = [
            self._argument(p, renderer, imports) for p in _params(resource.remote_constructor)
        ]
        if resource.remote_constructor_name is not None:
            name = Expr(string(resource.remote_constructor_name))
            codec = [renderer.codec(function.result)] if resource.can_fail else []
            arguments = [remote, name, *codec, *arguments]
        tried = "_fallible" if resource.can_fail else ""
        if is_constructor:
            head = _head("__init__", params, Expr("None"))
            if resource.remote_constructor_name is None:
                body = layout(remote, 8, "self._remote = ")
            else:
                body = layout(tall(f"self._construct{tried}", *arguments), 8)
            return Method("", tuple(head), docs, tuple(body))
        result = self._result(function.result)
        itself = Expr(imports.name("typing", "Self"))
        returns = itself if result is None else renderer.annotation(result.ok)
        head = _head("custom", params, returns, first="cls")
        if resource.remote_constructor_name is None:
            body = layout(call("cls._connected", remote), 8, "return ")
        else:
            body = layout(tall(f"cls._constructed{tried}", *arguments), 8, "return ")
        return Method("@classmethod", tuple(head), docs, tuple(body))

    def _member(
        self,
        resource: ClientResource,
        member: Member,
        imports: ImportSet,
        hidden: frozenset[str],
    ) -> Method:
        function = member.function
        static = function.kind.shape is m.FunctionShape.STATIC
        own_class = "cls" if static else "type(self)"
        renderer = self._renderer(imports, hidden, resource.resource, own_class)
        declared = function.params if static else function.params[1:]
        params = [(snake(p.name), renderer.annotation(p.type)) for p in declared]
        returns = self._returns(member, renderer)
        first = "cls" if static else "self"
        head = _head(snake(function.item_name), params, returns, first=first)
        body = self._body(member, renderer, imports)
        decorator = "@classmethod" if static else ""
        return Method(decorator, tuple(head), member.remote.docs or "", tuple(body))

    def _returns(self, member: Member, renderer: Renderer) -> Expr:
        """The result as the bindings have it: an `err` is raised."""
        if member.future is not None:
            return Expr(camel(member.future))
        result = self._result(member.function.result)
        return renderer.annotation(member.function.result if result is None else result.ok)

    def _result(self, ty: m.Type | None) -> m.Result | None:
        """The result that a function is declared with; the bindings look behind no alias."""
        if ty is None or isinstance(ty, m.Prim):
            return None
        kind = self.client.resolve.types[ty].kind
        return kind if isinstance(kind, m.Result) else None

    def _body(self, member: Member, renderer: Renderer, imports: ImportSet) -> list[str]:
        remote = member.remote
        name = Expr(string(remote.invocation))
        arguments = [self._argument(p, renderer, imports) for p in remote.params]
        if member.routing is Routing.HANDLE:
            arguments.insert(0, Expr("self._self()"))
        target = self._target(member, imports)
        match member.mode:
            case Mode.BLOCKING:
                how = "call" if self._result(remote.result) is None else "call_fallible"
                codec = renderer.codec(remote.result)
                prefix = "" if remote.result is None else "return "
                return layout(tall(f"{target}.{how}", name, codec, *arguments), 8, prefix)
            case Mode.TRY:
                codec = renderer.codec(remote.result)
                prefix = "" if remote.result is None else "return "
                return layout(tall(f"{target}.attempt", name, codec, *arguments), 8, prefix)
            case Mode.TRIGGER:
                return layout(tall(f"{target}.trigger", name, *arguments), 8)
            case Mode.ASYNC:
                started = tall(f"{target}.start", name, *arguments)
                return layout(call(camel(member.future or ""), started), 8, "return ")
            case Mode.SCHEDULED:
                time = Expr(snake(member.function.params[-1].name))
                scheduled = tall(f"{target}.schedule", time, name, *arguments)
                return layout(scheduled, 8, "return ")

    def _target(self, member: Member, imports: ImportSet) -> str:
        """The expression of the connection that a member calls through."""
        match member.routing:
            case Routing.INTERFACE | Routing.HANDLE:
                return "self._remote"
            case Routing.ARGUMENT:
                handle = next(p for p in member.remote.params if self._is_handle(p.type))
                return f"{imports.name(_REMOTE, 'Remote')}.of({snake(handle.name)})"
            case Routing.WORKER:
                remote = imports.name(_REMOTE, "Remote")
                if not self.client.durable:
                    return f"{remote}.component(COMPONENT)"
                return f"{remote}.worker(COMPONENT, {snake(member.function.params[0].name)})"

    def _is_handle(self, ty: m.Type) -> bool:
        behind = self.client.resolve.dealias(ty)
        if isinstance(behind, m.Prim):
            return False
        return isinstance(self.client.resolve.types[behind].kind, m.Own | m.Borrow)

    def _argument(self, param: m.Param, renderer: Renderer, imports: ImportSet) -> Expr:
        name = Expr(snake(param.name))
        return call(imports.name(_REMOTE, "Param"), renderer.codec(param.type), name)


def _simple(name: str, returns: Expr, how: str, *arguments: Expr) -> Method:
    """A method of a future: one call of what is pending."""
    prefix = "" if returns.head == "None" else "return "
    body = layout(call(f"self._pending.{how}", *arguments), 8, prefix)
    return Method("", tuple(_head(name, [], returns)), "", tuple(body))


def _class_head(name: str, *bases: str) -> tuple[str, ...]:
    """The lines of `class name(bases):`."""
    return tuple(layout(call(name, *(Expr(base) for base in bases)), 0, "class ", ":"))


def _head(
    name: str, params: list[tuple[str, Expr]], returns: Expr, first: str = "self"
) -> list[str]:
    """The lines of `def name(…) -> returns:`, one parameter a line."""
    if not params:
        line = f"    def {name}({first}) -> {returns.flat()}:"
        if len(line) <= 88:
            return [line]
    lines = [f"    def {name}(", f"        {first},"]
    for param, annotation in params:
        lines += layout(annotation, 8, f"{param}: ", ",")
    return [*lines, *layout(returns, 4, ") -> ", ":")]


def _params(remote: Remote | None) -> tuple[m.Param, ...]:
    return () if remote is None else remote.params


def _count(remote: Remote | None) -> int:
    return len(_params(remote))
