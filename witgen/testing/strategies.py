"""Hypothesis strategies for values of WIT types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from hypothesis import strategies as st

from runtime_shim.values import Case, Err, Handle, Ok, Some
from witgen.resolve import model as m
from witgen.testing.lookup import cannot_travel
from witgen.testing.primitives import RANGES, edges

_Strategy = st.SearchStrategy[Any]
_CHARACTERS = st.characters(exclude_categories=["Cs"])  # any Unicode scalar value
_HANDLES = st.builds(
    Handle,
    st.uuids().map(lambda uuid: f"urn:worker:{uuid}/w"),
    st.integers(0, RANGES[m.Prim.U64][1]),
)


def strategy(
    resolve: m.Resolve,
    type: m.Type,
    *,
    handles: st.SearchStrategy[Handle] = _HANDLES,
) -> st.SearchStrategy[Any]:
    """Values of a type in the normal form, its edges among them.

    Args:
        resolve: Where the type is from.
        type: Any type that travels between workers.
        handles: Where handles of resources come from; those of real resources come from workers.

    Raises:
        WitError: Values of the type cannot be sent (streams, futures, maps, fixed-length lists,
            error-contexts).
    """
    return _Strategies(resolve, handles).of(type)


def arguments(
    resolve: m.Resolve,
    function: m.Function,
    *,
    handles: st.SearchStrategy[Handle] = _HANDLES,
) -> st.SearchStrategy[tuple[Any, ...]]:
    """The arguments of a function, `self` of a method included; see `strategy`."""
    made = _Strategies(resolve, handles)
    return st.tuples(*[made.of(param.type) for param in function.params])


class _Strategies:
    """Makes each type's strategy once: types share parts, and may do so exponentially often."""

    def __init__(self, resolve: m.Resolve, handles: st.SearchStrategy[Handle]) -> None:
        self._resolve = resolve
        self._handles = handles
        self._known: dict[m.TypeId, _Strategy] = {}

    def of(self, type: m.Type) -> _Strategy:
        """The strategy of a type."""
        type = self._resolve.dealias(type)
        if isinstance(type, m.Prim):
            return _primitive(type)
        if type not in self._known:
            self._known[type] = self._of_kind(self._resolve.types[type].kind)
        return self._known[type]

    def _of_kind(self, kind: m.TypeDefKind) -> _Strategy:
        match kind:
            case m.Record(fields):
                return st.fixed_dictionaries({field.name: self.of(field.type) for field in fields})
            case m.Tuple(types):
                return st.tuples(*[self.of(type) for type in types])
            case m.List(item):
                if self._resolve.dealias(item) is m.Prim.U8:
                    return st.binary()
                return st.lists(self.of(item), max_size=20)
            case m.Option(item):
                some = self.of(item)
                return st.none() | (some.map(Some) if self._is_option(item) else some)
            case m.Result(ok, err):
                return self._payload(ok).map(Ok) | self._payload(err).map(Err)
            case m.Variant(cases):
                return st.one_of(
                    [st.builds(Case, st.just(c.name), self._payload(c.type)) for c in cases]
                )
            case m.Enum(labels):
                return st.sampled_from([label.name for label in labels])
            case m.Flags(labels):
                return _flags([label.name for label in labels])
            case m.Own() | m.Borrow() | m.Resource():
                return self._handles
            case m.FixedLengthList() | m.Map() | m.Future() | m.Stream() | m.Alias():
                raise cannot_travel(f"a value of the kind {kind.__class__.__name__.lower()}")
            case _:
                assert_never(kind)

    def _is_option(self, type: m.Type) -> bool:
        type = self._resolve.dealias(type)
        return not isinstance(type, m.Prim) and isinstance(self._resolve.types[type].kind, m.Option)

    def _payload(self, type: m.Type | None) -> _Strategy:
        return st.none() if type is None else self.of(type)


def _flags(names: Sequence[str]) -> _Strategy:
    """Any flags; all of them and none come more often than by chance."""
    some = st.frozensets(st.sampled_from(names)) if names else st.just(frozenset())
    return some | st.just(frozenset(names))


def _primitive(prim: m.Prim) -> _Strategy:
    if prim in RANGES:
        return st.sampled_from(edges(prim)) | st.integers(*RANGES[prim])
    match prim:
        case m.Prim.BOOL:
            return st.booleans()
        case m.Prim.F32:
            return st.sampled_from(edges(prim)) | st.floats(width=32)
        case m.Prim.F64:
            return st.sampled_from(edges(prim)) | st.floats()
        case m.Prim.CHAR:
            return st.sampled_from(edges(prim)) | _CHARACTERS
        case m.Prim.STRING:
            return st.text(_CHARACTERS) | st.sampled_from(edges(prim))
        case _:
            return st.sampled_from(edges(prim))  # error-context, which is refused there
