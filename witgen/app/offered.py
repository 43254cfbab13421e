"""What a component offers to `witgen run`: names of functions, with an example of each call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from runtime_shim.exports.members import member_name, split
from witgen.client.travel import Travel
from witgen.resolve import model as m
from witgen.resolve.text import type_text

_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Offered:
    """A function.

    Attributes:
        name: Its full name.
        short: The shortest name that no other function of the component has.
        type: Its type in WIT.
        samples: WAVE text for each argument.
        problem: Why no host can call it, or None.
    """

    name: str
    short: str
    type: str
    samples: tuple[str, ...]
    problem: str | None


def offered(component: Path) -> tuple[Offered, ...]:
    """The functions of a component, in the order of its exports.

    Raises:
        WitError: The file is not a component.
    """
    from witgen.client.worlds import is_leftover
    from witgen.load import load
    from witgen.resolve.select import select_world

    resolve = load(component)
    world = resolve.worlds[select_world(resolve, None)]
    found: list[tuple[str, m.Function]] = []
    for key, item in world.exports.items():
        if isinstance(item, m.FunctionItem):
            found.append((item.function.name, item.function))
        elif isinstance(item, m.InterfaceItem) and not is_leftover(resolve, world, key):
            interface = key if isinstance(key, str) else resolve.interface_id(key)
            functions = resolve.interfaces[item.id].functions.values()
            found += [(f"{interface}.{{{member_name(f.name)}}}", f) for f in functions]
    names = [name for name, _ in found]
    travel = Travel(resolve, frozenset(map(m.TypeId, range(len(resolve.types)))))
    return tuple(_offered(travel, name, shortest(name, names), of) for name, of in found)


def shortest(name: str, names: Iterable[str]) -> str:
    """The member alone, if only one of the names has it."""
    member = split(name)[1]
    return member if [split(other)[1] for other in names].count(member) == 1 else name


def meant(text: str, names: Sequence[str]) -> list[str]:
    """The functions that a short name may mean; those with other names are left to the host."""
    return [name for name in names if split(name)[1] == text] if text not in names else [text]


def _offered(travel: Travel, name: str, short: str, function: m.Function) -> Offered:
    resolve = travel.resolve
    params = ", ".join(f"{p.name}: {type_text(resolve, p.type)}" for p in function.params)
    result = "" if function.result is None else f" -> {type_text(resolve, function.result)}"
    samples = tuple(_sample(resolve, p.type, p.name, 0) for p in function.params)
    word = "async func" if "async" in function.kind.shape.value else "func"
    return Offered(name, short, f"{word}({params}){result}", samples, travel.function(function))


def _sample(resolve: m.Resolve, type_: m.Type, name: str, depth: int) -> str:
    """WAVE text of a type; a string is the name of what it is for."""
    type_ = resolve.dealias(type_)
    if isinstance(type_, m.Prim):
        match type_:
            case m.Prim.STRING:
                return f'"{name}"'
            case m.Prim.CHAR:
                return "'a'"
            case m.Prim.BOOL:
                return "true"
            case m.Prim.F32 | m.Prim.F64:
                return "1.5"
            case _:
                return "1"

    def inner(of: m.Type, label: str = name) -> str:
        return _sample(resolve, of, label, depth + 1)

    kind = resolve.types[type_].kind
    match kind:
        case m.Record(fields):
            return f"{{{', '.join(f'{f.name}: {inner(f.type, f.name)}' for f in fields)}}}"
        case m.Tuple(types):
            return f"({', '.join(map(inner, types))})"
        case m.List(item) | m.FixedLengthList(item):
            return "[]" if depth > _DEEPEST else f"[{inner(item)}]"
        case m.Option(item):
            return "none" if depth > _DEEPEST else f"some({inner(item)})"
        case m.Result(None, _):
            return "ok"
        case m.Result(ok, _):
            assert ok is not None
            return f"ok({inner(ok)})"
        case m.Variant(cases):
            first = cases[0]
            return first.name if first.type is None else f"{first.name}({inner(first.type)})"
        case m.Enum(labels):
            return labels[0].name
        case m.Flags(labels):
            return f"{{{labels[0].name}}}"
        case m.Own() | m.Borrow() | m.Resource():
            return '"HANDLE"'  # as a constructor returned it
        case m.Map() | m.Future() | m.Stream() | m.Alias():
            return "…"  # cannot be sent
        case _:
            assert_never(kind)
