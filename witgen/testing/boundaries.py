"""A few values of a type that together touch each of its edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest
from typing import assert_never

from runtime_shim.values import Case, Err, Handle, Ok, Some, Value
from witgen.resolve import model as m
from witgen.testing.lookup import cannot_travel
from witgen.testing.primitives import edges

_MOST = 300  # more than the cases of any discriminant of one byte
_LONG = 70_000  # bytes: more than a page of linear memory
HANDLE = Handle("urn:worker:9c19b15a-c83d-46f7-9bc3-ead7923733f4/w", 1)
"""What replaces a handle if none is given: a real one comes from a worker only."""


def boundaries(resolve: m.Resolve, type: m.Type, *, handle: Handle = HANDLE) -> tuple[Value, ...]:
    """The edges of a type, in normal form and always the same: at least one value, about 300 at most.

    The limits of every integer, NaN and the infinities, every case and flag, empty and longer lists,
    characters of every length, none and some at every level. The parts of a record or a tuple go
    through their edges together, so that the number of values does not multiply.

    Raises:
        WitError: Values of the type cannot be sent.
    """
    return (*_Edges(resolve, handle).of(type), *_long(resolve, type))


def _long(resolve: m.Resolve, type: m.Type) -> Iterator[Value]:
    """A long list, of small items and not within other values: those would be huge."""
    type = resolve.dealias(type)
    kind = None if isinstance(type, m.Prim) else resolve.types[type].kind
    if not isinstance(kind, m.List):
        return
    item = resolve.dealias(kind.type)
    if item is m.Prim.U8:
        yield bytes(_LONG)
    elif isinstance(item, m.Prim) and item is not m.Prim.STRING:
        inner = edges(item)
        yield [inner[index % len(inner)] for index in range(_LONG // 16)]


class _Edges:
    def __init__(self, resolve: m.Resolve, handle: Handle) -> None:
        self._resolve = resolve
        self._handle = handle
        self._known: dict[m.TypeId, tuple[Value, ...]] = {}

    def of(self, type: m.Type) -> tuple[Value, ...]:
        """The edges of a type; each type is thought about once."""
        type = self._resolve.dealias(type)
        if isinstance(type, m.Prim):
            return edges(type)
        if type not in self._known:
            kind = self._resolve.types[type].kind
            self._known[type] = tuple(islice(self._of_kind(kind), _MOST))
        return self._known[type]

    def _of_kind(self, kind: m.TypeDefKind) -> Iterator[Value]:
        match kind:
            case m.Record(fields):
                rows = self._rows([field.type for field in fields])
                yield from (dict(zip([f.name for f in fields], row, strict=True)) for row in rows)
            case m.Tuple(types):
                yield from self._rows(list(types))
            case m.List(item):
                yield from self._lists(item)
            case m.Option(item):
                yield None
                yield from map(Some, self.of(item)) if self._is_option(item) else self.of(item)
            case m.Result(ok, err):
                good, bad = map(Ok, self._payloads(ok)), map(Err, self._payloads(err))
                yield from _in_turn([good, bad])
            case m.Variant(cases):
                yield from _in_turn(
                    [[Case(c.name, value) for value in self._payloads(c.type)] for c in cases]
                )
            case m.Enum(labels):
                yield from (label.name for label in labels)
            case m.Flags(labels):
                names = [label.name for label in labels]
                yield from (frozenset(), frozenset(names), frozenset(names[::2]))
                yield from (frozenset((name,)) for name in names)
            case m.Own() | m.Borrow() | m.Resource():
                yield self._handle
            case m.FixedLengthList() | m.Map() | m.Future() | m.Stream() | m.Alias():
                raise cannot_travel(f"a value of the kind {kind.__class__.__name__.lower()}")
            case _:
                assert_never(kind)

    def _is_option(self, type: m.Type) -> bool:
        type = self._resolve.dealias(type)
        return not isinstance(type, m.Prim) and isinstance(self._resolve.types[type].kind, m.Option)

    def _payloads(self, type: m.Type | None) -> tuple[Value, ...]:
        return (None,) if type is None else self.of(type)

    def _rows(self, types: list[m.Type]) -> Iterator[tuple[Value, ...]]:
        """As many rows as the part with the most edges has; the others start again."""
        columns = [self.of(type) for type in types]
        for index in range(max(map(len, columns), default=1)):
            yield tuple(column[index % len(column)] for column in columns)

    def _lists(self, item: m.Type) -> Iterator[Value]:
        behind = self._resolve.dealias(item)
        if behind is m.Prim.U8:
            yield from (b"", b"\0", bytes(range(256)))
            return
        inner = list(self.of(item))
        yield from ([], inner[:1], inner)


def _in_turn(cases: Iterable[Iterable[Value]]) -> Iterator[Value]:
    """The first value of each case, then the second ones: a cut leaves every case in."""
    missing = object()
    rows = zip_longest(*cases, fillvalue=missing)
    return (value for value in chain.from_iterable(rows) if value is not missing)
