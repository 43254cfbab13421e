"""The binding of a client as a value for the host's linker."""

from __future__ import annotations

from witgen.client import Client, ClientResource, Member, Routing
from witgen.emit.pycode.environment import render, string
from witgen.emit.pycode.pretty import Expr, call, keyword, layout, tall
from witgen.value import value


@value
class _View:
    """What the template of a stub sees."""

    interface: str
    component: str
    target: str
    link: tuple[str, ...]


def stub_module(client: Client) -> bytes:
    """The source of `__init__.py`: the value `CLIENT`."""
    link = layout(_link(client), 0, "CLIENT = ")
    view = _View(client.interface_name, client.component, client.target, tuple(link))
    return render("host/templates/stub.py.j2", view)


def _text(value: str | None) -> Expr:
    return Expr("None" if value is None else string(value))


def _link(client: Client) -> Expr:
    return tall(
        "ClientLink",
        keyword("interface", _text(client.interface_name)),
        keyword("component", _text(client.component)),
        keyword("durable", Expr(str(client.durable))),
        keyword("resources", _tuple([_resource(r) for r in client.resources])),
        keyword("futures", _tuple([_text(f.name) for f in client.futures])),
    )


def _tuple(items: list[Expr]) -> Expr:
    return Expr("", tuple(items))


def _resource(resource: ClientResource) -> Expr:
    constructor = resource.remote_constructor_name
    return tall(
        "ClientResource",
        keyword("name", _text(resource.name)),
        keyword("constructor", _text(constructor)),
        keyword("drop", _text(resource.remote_drop)),
        keyword("members", _tuple([_member(member) for member in resource.members])),
    )


def _member(member: Member) -> Expr:
    arguments = [
        _text(member.function.name),
        _text(member.remote.invocation),
        Expr(f"Mode.{member.mode.name}"),
    ]
    if member.future is not None:
        arguments.append(keyword("future", _text(member.future)))
    if member.routing is Routing.WORKER:
        arguments.append(keyword("worker", Expr("True")))
    return call("Member", *arguments)
