"""What a caller's types imply about the functions that it calls through a client."""

from __future__ import annotations

from typing import assert_never

from runtime_shim.boundary.reflect import Function, Interface
from runtime_shim.golem.remote import RPC_ERROR
from runtime_shim.link import Member, Mode
from runtime_shim.values import types as t

ANY = t.Own("*")
"""The result of a future whose `get` the caller does not import."""


def caller_view(
    member: Member, interface: Interface, function: Function, *, named: bool
) -> tuple[list[t.Type], t.Type | None] | None:
    """The remote parameters and result that a member's type in the caller implies.

    None if the type does not fit the member's mode; `named` members start with
    the name of a worker.
    """
    if function.type is None:
        return None
    if member.worker and not member.name.startswith("[static]"):
        return None
    params = [ty for _, ty in function.type.params]
    if member.name.startswith("[method]"):
        params = params[1:]
    if named:
        if params[:1] != [t.Prim.STRING]:
            return None
        params = params[1:]
    result = function.type.result
    match member.mode:
        case Mode.BLOCKING:
            return params, result
        case Mode.TRY:
            if not isinstance(result, t.Result) or result.err != RPC_ERROR:
                return None
            return params, result.ok
        case Mode.TRIGGER:
            return (params, None) if result is None else None
        case Mode.SCHEDULED:
            return (params[:-1], None) if params and isinstance(result, t.Own) else None
        case Mode.ASYNC:
            if not isinstance(result, t.Own) or result.resource != member.future:
                return None
            answer = _answer(interface, member.future)
            return None if answer is None else (params, answer)
        case _:
            assert_never(member.mode)


def _answer(interface: Interface, future: str | None) -> t.Type | None:
    """The result type implied by a future's functions; None if they have other shapes."""
    found: list[t.Type | None] = []
    for name in ("get", "try-get"):
        function = interface.functions.get(f"[method]{future}.{name}")
        if function is None:
            continue
        option = function.type.result if function.type else None
        if not isinstance(option, t.Option):
            return None
        if name == "get":
            found.append(option.item)
        elif isinstance(option.item, t.Result) and option.item.err == RPC_ERROR:
            found.append(option.item.ok)
        else:
            return None
    if not found:
        return ANY
    return found[0] if all(result == found[0] for result in found) else None


def plain(ty: t.Type) -> t.Type:
    """A type without the names of resources, which differ between caller and target."""
    match ty:
        case t.Own():
            return t.Own("")
        case t.Borrow():
            return t.Borrow("")
        case t.List(item):
            return t.List(plain(item))
        case t.Option(item):
            return t.Option(plain(item))
        case t.Result(ok, err):
            return t.Result(plain_option(ok), plain_option(err))
        case t.Tuple(items):
            return t.Tuple(tuple(plain(item) for item in items))
        case t.Record(fields):
            return t.Record(tuple((name, plain(item)) for name, item in fields))
        case t.Variant(cases):
            return t.Variant(tuple((name, plain_option(item)) for name, item in cases))
        case t.Prim() | t.Enum() | t.Flags():
            return ty
        case _:
            assert_never(ty)


def plain_option(ty: t.Type | None) -> t.Type | None:
    """The same for a type that may be missing."""
    return None if ty is None else plain(ty)
