"""A client as typed Python, for a program that embeds the host."""

from __future__ import annotations

from witgen.client import Client, ClientResource, Member, Mode, Remote, Routing
from witgen.emit.host.kinds import Kinds
from witgen.emit.host.methods import Methods, Param, calling, head, like
from witgen.emit.host.shared import SharedTypes
from witgen.emit.host.types import HIDING, HostTypes, documented
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import render, string
from witgen.emit.pycode.names import NameAllocator, snake
from witgen.emit.pycode.pretty import Expr, assigned, call, keyword, layout
from witgen.resolve import model as m
from witgen.value import value

_DROPPED = ("drop", "drop_async")  # the attributes that a class for a remote resource already has
_KEY = Param("key", Expr("str | None"), is_optional=True)
_GIVEN_KEY = keyword("key", Expr("key"))
_NONE = Expr("None")


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
    constants: tuple[tuple[str, ...], ...]


@value
class _Call:
    """A remote function, on its way to three methods.

    Attributes:
        name: The method that waits.
        is_static: Whether it needs no object.
        params: Its parameters, without `self`.
        target: The expression of the worker.
        remote: The function.
        arguments: What it is called with, the constant of the function first.
    """

    name: str
    is_static: bool
    params: tuple[Param, ...]
    target: str
    remote: Remote
    arguments: tuple[Expr, ...]


def api_module(client: Client, shared: SharedTypes) -> bytes:
    """The source of `api.py`: the client's types and resources as classes.

    Args:
        client: The client.
        shared: The types that other modules of its package define.
    """
    types = HostTypes.of(client, shared)
    kinds = Kinds(types)
    sources = _Api(client, types, Methods(types, kinds))
    blocks = [block for ref in types.named for block in types.definitions(ref)]
    blocks += [sources.resource(resource) for resource in client.resources]
    exported = [types.local(ref, name) for ref in types.named for name in types.exported(ref)]
    exported += [types.classes[resource.resource] for resource in client.resources]
    view = _Module(
        client.interface_name,
        client.target,
        client.component,
        string(client.component),
        tuple(types.imports.lines()),
        tuple(sorted(map(string, ("COMPONENT", *exported)))),
        tuple(blocks),
        tuple(kinds.constants.get("", ())),
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
        gate = self.client.resolve.types[resource.resource].stability
        docs = documented(resource.docs or f"Stands for `{resource.stands_for}`.", gate)
        scope = NameAllocator(hiding=HIDING)
        if resource.remote_drop is None:
            lines = [f"class {name}:", *docstring(docs, 4), *self._connect()]
        else:
            scope.reserve(_DROPPED)
            if not resource.can_fail:
                scope.reserve(("new_async",))
            opening = f"class {name}({self.types.shim('RemoteResource')}):"
            drop = assigned(Expr(string(resource.remote_drop)), "_DROP = ", 4)
            lines = [opening, *docstring(docs, 4), "", *drop, *self._construct(resource, scope)]
        members = [one for one in resource.members if one.mode is Mode.BLOCKING]
        names = [scope.take(snake(member.remote.name)) for member in members]
        for member, method in zip(members, names, strict=True):
            made = self._call(name, method, member, resource)
            lines += [*self._waiting(made), *self._async(made, scope), *self._tell(made, scope)]
        return tuple(lines)

    # --- constructors ---------------------------------------------------------------------------

    def _located(self) -> tuple[tuple[Param, ...], str]:
        """The parameters that say which worker, and the expression of that worker."""
        caller = Param("caller", Expr(self.types.shim("Caller")))
        remote = self.types.shim("Remote")
        if not self.client.durable:
            return (caller,), f"{remote}(caller, COMPONENT, None)"
        return (caller, Param("worker", Expr("str"))), f"{remote}(caller, COMPONENT, worker)"

    def _connect(self) -> list[str]:
        params, target = self._located()
        return ["", *head("__init__", params, (), _NONE), f"        self._remote = {target}"]

    def _construct(self, resource: ClientResource, scope: NameAllocator) -> list[str]:
        """The constructor; one that can fail is a method, which returns the `result`."""
        remote = resource.remote_constructor
        if remote is None:
            return []
        located, target = self._located()
        name = self.types.classes[resource.resource]
        given = [p.name for p in located]
        names = self.methods.names(remote.params, ("key", "at", "caller", "worker"))
        params = (*located, *self.methods.annotated(names, remote.params))
        made = self._constant(name, "new", remote, remote.params)
        arguments = (made, *map(Expr, names))
        if resource.can_fail:
            tried = _Call(scope.take("new"), True, params, target, remote, arguments)
            return [*self._waiting(tried), *self._async(tried, scope)]
        old = self.methods.decorators(remote.stability)
        docs = docstring(documented(remote.docs, remote.stability), 8)
        built = (Expr(target), *arguments, _GIVEN_KEY)
        opening = [*old, *head("__init__", params, (_KEY,), _NONE)]
        waiting = [*opening, *docs, *layout(call("self._construct", *built), 8)]
        itself = Expr(self.types.imports.name("typing", "Self"))
        opening = head("new_async", params, (_KEY,), itself, first="cls", is_async=True)
        thread = self.types.shim("in_thread")
        threaded = call(thread, Expr("cls"), *map(Expr, (*given, *names)), _GIVEN_KEY)
        inner = layout(threaded, 8, "return await ")
        if old:  # its own decorator has warned, where the caller sees it
            threaded = call(thread, Expr("self._construct"), *built)
            inner = ["        self = cls.__new__(cls)", *layout(threaded, 8, "await ")]
            inner.append("        return self")
        before = ["", *waiting, "", "    @classmethod", *old]
        return [*before, *opening, *like("the constructor"), *inner]

    # --- methods --------------------------------------------------------------------------------

    def _constant(self, owner: str, name: str, remote: Remote, params: tuple[m.Param, ...]) -> Expr:
        """The function as the host sees it."""
        label = f"{owner}-{name}"
        return Expr(self.methods.kinds.function(label, remote.invocation, params, remote.result))

    def _call(self, owner: str, name: str, member: Member, resource: ClientResource) -> _Call:
        remote = member.remote
        located: tuple[Param, ...] = ()
        static = member.function.kind.shape is m.FunctionShape.STATIC
        reserved = ("caller", "worker") if member.routing is Routing.WORKER else ()
        names = self.methods.names(remote.params, ("key", "at", *reserved))
        params, arguments, target = remote.params, tuple(map(Expr, names)), "self._remote"
        if member.routing is Routing.HANDLE:
            itself = self.methods.kinds.borrowed(resource.resource)
            constant = self.methods.kinds.function(
                f"{owner}-{name}", remote.invocation, params, remote.result, itself=itself
            )
            function, arguments = Expr(constant), (Expr("self"), *arguments)
        else:
            function = self._constant(owner, name, remote, params)
        match member.routing:
            case Routing.INTERFACE | Routing.HANDLE:
                pass
            case Routing.ARGUMENT:
                shown = string(remote.params[member.handle].name)
                known = f"{names[member.handle]}, {function.head}, {shown}"
                target = f"{self.types.shim('remote_of')}({known})"
            case Routing.WORKER:
                located, target = self._located()
        annotated = (*located, *self.methods.annotated(names, params))
        return _Call(name, static, annotated, target, remote, (function, *arguments))

    def _waiting(self, made: _Call) -> list[str]:
        """The method that waits for the result."""
        result = made.remote.result
        opening = self._method(made, made.name, self.types.annotation(result), (_KEY,))
        docs = docstring(documented(made.remote.docs, made.remote.stability), 8)
        return [*opening, *docs, *calling(made.target, result, (*made.arguments, _GIVEN_KEY))]

    def _async(self, made: _Call, scope: NameAllocator) -> list[str]:
        """The method to await."""
        name = scope.take(f"{made.name.rstrip('_')}_async")
        result = made.remote.result
        opening = self._method(made, name, self.types.annotation(result), (_KEY,), is_async=True)
        body = calling(made.target, result, (*made.arguments, _GIVEN_KEY), is_async=True)
        return [*opening, *like(f"`{made.name}`"), *body]

    def _tell(self, made: _Call, scope: NameAllocator) -> list[str]:
        """The method that queues the call."""
        name = scope.take(f"tell_{made.name.rstrip('_')}")
        when = Expr(f"{self.types.imports.name('datetime', 'datetime')} | None")
        at = Param("at", when, is_optional=True)
        opening = self._method(made, name, Expr(self.types.shim("Sent")), (at, _KEY))
        docs = docstring(f"Queue `{made.name}`, to run at `at` if given; its result is dropped.", 8)
        items = (*made.arguments, keyword("at", Expr("at")), _GIVEN_KEY)
        return [*opening, *docs, *layout(call(f"{made.target}.tell", *items), 8, "return ")]

    def _method(
        self,
        made: _Call,
        name: str,
        returns: Expr,
        options: tuple[Param, ...],
        *,
        is_async: bool = False,
    ) -> list[str]:
        first = "" if made.is_static else "self"
        opening = head(name, made.params, options, returns, first=first, is_async=is_async)
        before = ["    @staticmethod"] if made.is_static else []
        return ["", *before, *self.methods.decorators(made.remote.stability), *opening]
