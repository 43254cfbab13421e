"""The classes of a client component's resources."""

from __future__ import annotations

from collections.abc import Mapping

from witgen.client import Client, ClientResource, FutureResource, Member, Mode, Remote, Routing
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import ImportSet, camel, snake
from witgen.emit.pycode.pretty import Expr, call, layout, tall
from witgen.emit.python.types import PROTOCOLS, Bindings, Renderer
from witgen.emit.python.views import Class, Method
from witgen.emit.types import is_option
from witgen.resolve import model as m
from witgen.value import value

_REMOTE = "remote"
_BUILTINS = frozenset(("bool", "bytes", "float", "int", "str"))


@value
class Classes:
    """Renders the classes of the module of resources.

    Attributes:
        client: The client.
        bindings: Where componentize-py puts the classes of its world.
        module: The module that is rendered.
        codec_names: Module and constant of each named type's codec.
        imports: Records the imports of the module.
    """

    client: Client
    bindings: Bindings
    module: str
    codec_names: Mapping[m.TypeId, tuple[str, str]]
    imports: ImportSet

    def renderer(
        self,
        hidden: frozenset[str] = frozenset(),
        own: m.TypeId | None = None,
        own_class: str = "",
    ) -> Renderer:
        """What renders types, in a method of the class `own` if that is given."""
        resources = {r.resource: camel(r.name) for r in self.client.resources}
        return Renderer(
            self.bindings,
            self.imports.name,
            resources,
            self.codec_names,
            self.module,
            hidden,
            own,
            own_class,
        )

    def future(self, future: FutureResource) -> Class:
        """The class of a call under way."""
        name = camel(future.name)
        renderer = self.renderer()
        pending = self.imports.name(_REMOTE, "Pending")
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
        head = class_head(name, self.imports.name(_REMOTE, "Resource"), f"{PROTOCOLS}.{name}")
        return Class(head, "A call under way.", tuple(methods))

    def resource(self, resource: ClientResource) -> Class:
        """The class of an interface or a remote resource."""
        name = camel(resource.name)
        hidden = frozenset(snake(m_.function.item_name) for m_ in resource.members) & _BUILTINS
        remote = resource.remote_constructor_name is not None
        base = self.imports.name(_REMOTE, "RemoteResource" if remote else "RemoteInterface")
        makers = [f for f in (resource.constructor, resource.custom) if f is not None]
        methods = [self._maker(resource, maker, hidden) for maker in makers]
        methods += [self._member(resource, member, hidden) for member in resource.members]
        docs = resource.docs or f"Stands for `{resource.stands_for}`."
        head = class_head(name, base, f"{PROTOCOLS}.{name}")
        drop = "" if resource.remote_drop is None else string(resource.remote_drop)
        return Class(head, docs, tuple(methods), drop)

    def _maker(
        self,
        resource: ClientResource,
        function: m.Function,
        hidden: frozenset[str],
    ) -> Method:
        """The constructor, or `custom`."""
        is_constructor = function.kind.shape is m.FunctionShape.CONSTRUCTOR
        own_class = "type(self)" if is_constructor else "cls"
        renderer = self.renderer(hidden, resource.resource, own_class)
        remote_class = self.imports.name(_REMOTE, "Remote")
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
        arguments = [self._argument(p, renderer) for p in _params(resource.remote_constructor)]
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
        itself = Expr(self.imports.name("typing", "Self"))
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
        hidden: frozenset[str],
    ) -> Method:
        function = member.function
        static = function.kind.shape is m.FunctionShape.STATIC
        own_class = "cls" if static else "type(self)"
        renderer = self.renderer(hidden, resource.resource, own_class)
        declared = function.params if static else function.params[1:]
        params = [(snake(p.name), renderer.annotation(p.type)) for p in declared]
        returns = self._returns(member, renderer)
        first = "cls" if static else "self"
        head = _head(snake(function.item_name), params, returns, first=first)
        body = self._body(member, renderer)
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

    def _body(self, member: Member, renderer: Renderer) -> list[str]:
        remote = member.remote
        name = Expr(string(remote.invocation))
        arguments = [self._argument(p, renderer) for p in remote.params]
        if member.routing is Routing.HANDLE:
            arguments.insert(0, Expr("self._self()"))
        target = self._target(member)
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

    def _target(self, member: Member) -> str:
        """The expression of the connection that a member calls through."""
        match member.routing:
            case Routing.INTERFACE | Routing.HANDLE:
                return "self._remote"
            case Routing.ARGUMENT:
                handle = member.remote.params[member.handle]
                return f"{self.imports.name(_REMOTE, 'Remote')}.of({snake(handle.name)})"
            case Routing.WORKER:
                remote = self.imports.name(_REMOTE, "Remote")
                if not self.client.durable:
                    return f"{remote}.component(COMPONENT)"
                return f"{remote}.worker(COMPONENT, {snake(member.function.params[0].name)})"

    def _argument(self, param: m.Param, renderer: Renderer) -> Expr:
        name = Expr(snake(param.name))
        return call(self.imports.name(_REMOTE, "Param"), renderer.codec(param.type), name)


def _simple(name: str, returns: Expr, how: str, *arguments: Expr) -> Method:
    """A method of a future: one pending call."""
    prefix = "" if returns.head == "None" else "return "
    body = layout(call(f"self._pending.{how}", *arguments), 8, prefix)
    return Method("", tuple(_head(name, [], returns)), "", tuple(body))


def class_head(name: str, *bases: str) -> tuple[str, ...]:
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
