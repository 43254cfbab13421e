"""The host's side of a client: its binding as a value for the linker, and its typed API."""

from __future__ import annotations

from witgen.client import Client, ClientResource, Member, Routing
from witgen.emit.environment import render, string
from witgen.emit.host_api import api_module
from witgen.emit.names import snake
from witgen.emit.pretty import Expr, call, keyword, layout, tall
from witgen.emit.world_model import HostWorld
from witgen.emit.world_module import world_module
from witgen.value import value


@value
class _View:
    """What the template of a stub sees."""

    interface: str
    component: str
    target: str
    link: tuple[str, ...]


def package_name(world: str) -> str:
    """The package of a world: `{world}_client`."""
    return f"{snake(world)}_client"


def world_files(world: HostWorld) -> dict[str, bytes]:
    """The package `{world}_client` with the module `world`; a client adds to it."""
    package = package_name(world.name)
    return {
        f"{package}/__init__.py": render("host_package.py.j2", world),
        f"{package}/py.typed": b"",
        f"{package}/world.py": world_module(world),
    }


def host_files(client: Client) -> dict[str, bytes]:
    """The package `{world}_client`: `CLIENT` for the linker, and the module `api` for programs."""
    view = _View(
        client.interface_name,
        client.component,
        client.target,
        tuple(layout(_link(client), 0, "CLIENT = ")),
    )
    package = package_name(client.target_world)
    return {
        f"{package}/__init__.py": render("host_stub.py.j2", view),
        f"{package}/api.py": api_module(client),
        f"{package}/py.typed": b"",
    }


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
