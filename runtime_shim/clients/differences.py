"""Where the types of a caller and of a target differ: the first place, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from runtime_shim.values import types as t
from runtime_shim.values.wave_format import describe

_Side = t.Type | None
_Member = tuple[str, t.Type | None]


def difference(
    params: Sequence[t.Type], wanted: Sequence[tuple[str, t.Type]], results: tuple[_Side, _Side]
) -> str:
    """What differs, given that something does.

    Args:
        params: The types of the parameters that the caller passes.
        wanted: The target's parameters.
        results: The results of caller and target.
    """
    if len(params) != len(wanted):
        names = ", ".join(name for name, _ in wanted) or "none"
        return f"the caller's parameters are {len(params)}, the target's {len(wanted)} ({names})"
    for own, (name, theirs) in zip(params, wanted, strict=True):
        for said in _between(own, theirs, f"parameter `{name}`"):
            return said
    return next(_between(*results, "the result"), "resources differ")


def _between(own: _Side, theirs: _Side, path: str) -> Iterator[str]:
    """The differences between two types, by place."""
    match own, theirs:
        case (t.List(a), t.List(b)) | (t.Option(a), t.Option(b)):
            yield from _between(a, b, f"{path}, item")
        case t.Result(ok, err), t.Result(other_ok, other_err):
            yield from _between(ok, other_ok, f"{path}, ok")
            yield from _between(err, other_err, f"{path}, err")
        case t.Tuple(items), t.Tuple(others) if len(items) == len(others):
            for at, (a, b) in enumerate(zip(items, others, strict=True)):
                yield from _between(a, b, f"{path}, item {at}")
        case t.Record(fields), t.Record(others):
            yield from _members(fields, others, path, "field")
        case t.Variant(cases), t.Variant(others):
            yield from _members(cases, others, path, "case")
        case (t.Enum(a), t.Enum(b)) | (t.Flags(a), t.Flags(b)):
            yield from _members([(n, None) for n in a], [(n, None) for n in b], path, "case")
        case (t.Own(), t.Own()) | (t.Borrow(), t.Borrow()):
            return
        case _:
            if own != theirs:
                yield f"{path}: the caller has {_named(own)}, the target {_named(theirs)}"


def _members(
    own: Sequence[_Member], theirs: Sequence[_Member], path: str, what: str
) -> Iterator[str]:
    for ours, other in zip_longest(own, theirs):
        if ours is None or other is None or ours[0] != other[0]:
            a, b = (f"`{one[0]}`" if one else "none" for one in (ours, other))
            yield f"{path}: the {what} of the caller is {a}, that of the target {b}"
            return
        yield from _between(ours[1], other[1], f"{path}, {what} `{ours[0]}`")


def _named(type_: _Side) -> str:
    return "nothing" if type_ is None else describe(type_)
