"""A client as typed Python, for a program that embeds the host."""

from __future__ import annotations

from witgen.client import Client, ClientResource, Member, Mode, Remote, Routing
from witgen.emit.host.methods import Annotated, Methods, head, like
from witgen.emit.host.types import HIDING, HostTypes
from witgen.emit.host.values import Converters, Way
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import render, string
from witgen.emit.pycode.names import NameAllocator, snake
from witgen.emit.pycode.pretty import Expr, call, keyword, layout
from witgen.resolve import model as m
from witgen.value import value

_DROPPED = ("drop", "drop_async")  # the attributes that a class for a remote resource already has
_KEY = ("key", Expr("str | None"))


@value
class _Module:
    """What the template sees."""

    interface: str
    target: str
    component: str
    component_name: str
    imports: tuple[str, ...]
    exported: tuple[str, ...]
    definitions: tuple[tuple[str, ...], ...]


@value
class _Call:
    """A remote function, on its way to three methods.

    Attributes:
        owner: The class; None for a method, which `self` knows.
        name: The method that waits.
        params: Names and annotations, without `self`.
        target: The expression of the worker.
        remote: The function.
        arguments: The converted arguments, without `self`.
    """

    owner: str | None
    name: str
    params: tuple[tuple[str, Expr], ...]
    target: str
    remote: Remote
    arguments: Expr


def api_module(client: Client) -> bytes:
    """The source of `api.py`: the client's types and resources as classes."""
    types = HostTypes.of(client)
    converters = Converters(types)
    sources = _Api(client, types, Methods(types, converters))
    blocks = [block for ref in types.named for block in types.definitions(ref)]
    blocks += [sources.resource(resource) for resource in client.resources]
    exported = [name for ref in types.named for name in types.exported(ref)]
    exported += [types.classes[resource.resource] for resource in client.resources]
    view = _Module(
        client.interface_name,
        client.target,
        client.component,
        string(client.component),
        tuple(types.imports.lines()),
        tuple(sorted(map(string, ("COMPONENT", *exported)))),
        (*blocks, *converters.functions),
    )
    return render("host/templates/api.py.j2", view)


@value
class _Api:
    """Renders the classes of a module."""

    client: Client
    types: HostTypes
    methods: Methods

    def resource(self, resource: ClientResource) -> tuple[str, ...]:
        """The class of an interface or a remote resource."""
        name = self.types.classes[resource.resource]
        docs = docstring(resource.docs or f"Stands for `{resource.stands_for}`.", 4)
        scope = NameAllocator(hiding=HIDING)
        if resource.remote_drop is None:
            lines = [f"class {name}:", *docs, *self._connect()]
        else:
            scope.reserve(_DROPPED)
            if not resource.can_fail:
                scope.reserve(("new_async",))
            opening = f"class {name}({self.types.shim('RemoteResource')}):"
            drop = f"    _DROP = {string(resource.remote_drop)}"
            lines = [opening, *docs, "", drop, *self._construct(resource, scope)]
        members = [one for one in resource.members if one.mode is Mode.BLOCKING]
        names = [scope.take(snake(member.remote.name)) for member in members]
        for member, method in zip(members, names, strict=True):
            made = self._call(name, method, member)
            lines += [*self._waiting(made), *self._async(made, scope), *self._tell(made, scope)]
        return tuple(lines)

    # --- constructors ---------------------------------------------------------------------------

    def _located(self) -> tuple[list[tuple[str, Expr]], str]:
        """The parameters that say which worker, and the expression of that worker."""
        params = [("caller", Expr(self.types.shim("Caller")))]
        worker = "None"
        if self.client.durable:
            params.append(("worker", Expr("str")))
            worker = "worker"
        return params, f"{self.types.shim('Remote')}(caller, COMPONENT, {worker})"

    def _connect(self) -> list[str]:
        params, target = self._located()
        opening = head("__init__", params, [], Expr("None"))
        return ["", *opening, f"        self._remote = {target}"]

    def _construct(self, resource: ClientResource, scope: NameAllocator) -> list[str]:
        """The constructor; one that can fail is a method, which returns the `result`."""
        remote = resource.remote_constructor
        if remote is None:
            return []
        located, target = self._located()
        names, arguments = self._arguments(remote, ("caller", "worker"))
        params = [*located, *self.methods.annotated(names, remote.params)]
        if resource.can_fail:
            name = self.types.classes[resource.resource]
            tried = _Call(name, scope.take("new"), tuple(params), target, remote, arguments)
            return [*self._waiting(tried), *self._async(tried, scope)]
        docs = docstring(remote.docs or "", 8)
        made = call(
            "self._construct", Expr(target), Expr(string(remote.invocation)), arguments, Expr("key")
        )
        waiting = [*head("__init__", params, [_KEY], Expr("None")), *docs, *layout(made, 8)]
        itself = Expr(self.types.imports.name("typing", "Self"))
        opening = head("new_async", params, [_KEY], itself, first="cls", is_async=True)
        inner = self._threaded("cls", params)
        return ["", *waiting, "", "    @classmethod", *opening, *like("the constructor"), *inner]

    # --- methods --------------------------------------------------------------------------------

    def _call(self, owner: str, name: str, member: Member) -> _Call:
        remote = member.remote
        located: list[tuple[str, Expr]] = []
        static = member.function.kind.shape is m.FunctionShape.STATIC
        reserved = ("caller", "worker") if member.routing is Routing.WORKER else ()
        names, arguments = self._arguments(remote, reserved)
        match member.routing:
            case Routing.INTERFACE:
                target = "self._remote"
            case Routing.HANDLE:
                target = "self._remote"
                itself = call(self.types.shim("borrow"), Expr("self"))
                arguments = Expr("", (itself, *(arguments.items or ())))
            case Routing.ARGUMENT:
                target = f"{self.types.shim('remote_of')}({names[member.handle]})"
            case Routing.WORKER:
                located, target = self._located()
        params = (*located, *self.methods.annotated(names, remote.params))
        return _Call(owner if static else None, name, params, target, remote, arguments)

    def _waiting(self, made: _Call) -> list[str]:
        """The method that waits for the result."""
        result = made.remote.result
        how, lifted, prefix = self.methods.how(result)
        items = (*lifted, Expr(string(made.remote.invocation)), made.arguments, Expr("key"))
        opening = self._method(made, made.name, self.types.annotation(result), [_KEY])
        docs = docstring(made.remote.docs or "", 8)
        return [*opening, *docs, *layout(call(f"{made.target}.{how}", *items), 8, prefix)]

    def _async(self, made: _Call, scope: NameAllocator) -> list[str]:
        """The method to await."""
        name = scope.take(f"{made.name.rstrip('_')}_async")
        returns = self.types.annotation(made.remote.result)
        opening = self._method(made, name, returns, [_KEY], is_async=True)
        function = f"{made.owner or 'self'}.{made.name}"
        prefix = "await " if made.remote.result is None else "return await "
        return [*opening, *like(f"`{made.name}`"), *self._threaded(function, made.params, prefix)]

    def _tell(self, made: _Call, scope: NameAllocator) -> list[str]:
        """The method that queues the call."""
        name = scope.take(f"tell_{made.name.rstrip('_')}")
        at = ("at", Expr(f"{self.types.imports.name('datetime', 'datetime')} | None"))
        opening = self._method(made, name, Expr(self.types.shim("Sent")), [at, _KEY])
        docs = docstring(f"Queue `{made.name}`, to run at `at` if given; its result is dropped.", 8)
        items = (Expr(string(made.remote.invocation)), made.arguments, Expr("at"), Expr("key"))
        return [*opening, *docs, *layout(call(f"{made.target}.send", *items), 8, "return ")]

    def _method(
        self,
        made: _Call,
        name: str,
        returns: Expr,
        options: list[tuple[str, Expr]],
        *,
        is_async: bool = False,
    ) -> list[str]:
        first = "self" if made.owner is None else ""
        opening = head(name, made.params, options, returns, first=first, is_async=is_async)
        return ["", *(["    @staticmethod"] if made.owner else []), *opening]

    def _threaded(
        self, function: str, params: Annotated, prefix: str = "return await "
    ) -> list[str]:
        names = [Expr(name) for name, _ in params]
        return self.methods.threaded(function, (*names, keyword("key", Expr("key"))), prefix)

    def _arguments(self, remote: Remote, reserved: tuple[str, ...]) -> tuple[list[str], Expr]:
        """The names of the parameters, and the tuple of their converted values."""
        names = self.methods.names(remote.params, ("key", "at", *reserved))
        return names, self.methods.converted(Way.LOWER, names, remote.params)
