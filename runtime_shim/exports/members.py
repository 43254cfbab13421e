"""Exported members, and the spellings of their names.

A name is `ns:pkg/iface[@v].{member}`; an interface of a world may lack a package, and a function of
a world has no interface.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from runtime_shim.boundary.reflect import Function
from runtime_shim.values import types as t


class Kind(StrEnum):
    """What an invocation does."""

    FUNCTION = "function"  # a plain function, a constructor, a method or a static
    DROP = "drop"  # drops a resource of the worker


@dataclass(frozen=True, slots=True)
class Export:
    """Something that can be invoked.

    Attributes:
        name: Its canonical invocation name, which no other export of the component has.
        interface: The exported instance, empty for the world.
        member: The export's own name, `[method]r.m`; the resource's name for a drop.
        function: The reflected function; None for a drop.
        type: Its type with `self` as the first parameter of methods; None if it cannot be sent.
    """

    name: str
    kind: Kind
    interface: str
    member: str
    function: Function | None
    type: t.FunctionType | None


def annotated(item: Export) -> str:
    """A member's own name with its annotation, which is unique: `[drop]r` for a drop."""
    return f"[drop]{item.member}" if item.kind is Kind.DROP else item.member


_ANNOTATED = re.compile(r"\[(constructor|method|static|drop|resource-drop)\](.+)")
_CALL = re.compile(r"(?P<interface>[^{]*?)\.?\{(?P<member>.*)\}", re.DOTALL)


def split(name: str) -> tuple[str, str]:
    """An invocation name as (interface or package or empty, member)."""
    match = _CALL.fullmatch(name)
    if match is None:
        return "", name
    return match["interface"], match["member"]


def member_name(member: str) -> str:
    """The plain spelling of a member: `[constructor]r` is `r.new`, `[method]r.m` is `r.m`.

    Members are called by it unless the resource has a method or a static named `new` or `drop`:
    those share their plain spelling with the constructor and the drop.
    """
    match = _ANNOTATED.fullmatch(member)
    if match is None:
        return member
    kind, rest = match.groups()
    if kind == "constructor":
        return f"{rest}.new"
    if kind in {"drop", "resource-drop"}:
        return f"{rest}.drop"
    return rest


def readings(member: str) -> tuple[str, ...]:
    """The exported members that a spelling may refer to, in order of preference.

    `r.new` is the constructor and `r.drop` the drop, and a method or a static only if there is no
    constructor or drop. An annotation decides between them; Golem's host also calls statics
    `[method]`.
    """
    match = _ANNOTATED.fullmatch(member)
    if match is not None:
        kind, rest = match.groups()
        match kind:
            case "constructor":
                return (member,)
            case "method":
                return member, f"[static]{rest}"
            case "static":
                return member, f"[method]{rest}"
            case _:
                return (f"[drop]{rest}",)
    resource, dot, plain = member.rpartition(".")
    if not dot:
        return (member,)
    special = {"new": (f"[constructor]{resource}",), "drop": (f"[drop]{resource}",)}
    return (*special.get(plain, ()), f"[method]{member}", f"[static]{member}", member)
