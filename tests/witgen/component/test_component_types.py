"""Component types written and read again."""

from __future__ import annotations

import pytest
from component_parts import check_valid
from hypothesis import given, settings
from hypothesis import strategies as st

from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.component_writer import ComponentWriter
from witgen.component.cursor import Cursor, Malformed
from witgen.component.writer import Unencodable, s33, u32

LABELS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True)
MODULE = b"\x50\x00"
# Borrowed handles stand in parameters only, and there bare, so that every example is valid.


@st.composite
def value_types(
    draw: st.DrawFn, types: list[t.Ref], resources: list[t.Ref], depth: int = 2
) -> t.ValType:
    """A type over what is declared; records, variants, enums and flags need names of their own."""
    leaves: list[t.ValType] = [*t.Prim, *types, *map(t.Own, resources)]
    if not depth or draw(st.booleans()):
        return draw(st.sampled_from(leaves))
    inner = value_types(types, resources, depth - 1)
    optional = st.none() | inner
    made: t.ValType = draw(
        st.one_of(
            st.builds(t.List, inner),
            st.builds(t.FixedList, inner, st.integers(1, 300)),
            st.builds(t.Map, st.sampled_from([t.Prim.STRING, t.Prim.U8]), inner),
            st.builds(t.Tuple, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(t.Option, inner),
            st.builds(t.Result, optional, optional),
            st.builds(t.Stream, optional.filter(_streamable)),
            st.builds(t.Future, optional),
        )
    )
    return made


def _streamable(type: t.ValType | None) -> bool:
    # The validator knows no `stream<char>`, also not by another name.
    return type is not t.Prim.CHAR and not isinstance(type, t.Ref)


@st.composite
def named_types(draw: st.DrawFn, types: list[t.Ref], resources: list[t.Ref]) -> t.ValType:
    inner = value_types(types, resources)
    labels = draw(LABELS)
    return draw(
        st.one_of(
            inner,
            st.just(t.Enum(tuple(labels))),
            st.just(t.Flags(tuple(labels))),
            st.tuples(*[inner for _ in labels]).map(
                lambda found: t.Record(tuple(zip(labels, found, strict=True)))
            ),
            st.tuples(*[st.none() | inner for _ in labels]).map(
                lambda found: t.Variant(tuple(zip(labels, found, strict=True)))
            ),
        )
    )


@st.composite
def functions(draw: st.DrawFn, types: list[t.Ref], resources: list[t.Ref]) -> t.FuncType:
    inner = value_types(types, resources)
    if resources:
        inner |= st.builds(t.Borrow, st.sampled_from(resources))
    params = [(name, draw(inner)) for name in draw(LABELS)]
    result = draw(st.none() | value_types(types, resources))
    return t.FuncType(tuple(params), result, draw(st.booleans()))


@st.composite
def interfaces(draw: st.DrawFn, outer: list[t.Ref], outer_resources: list[t.Ref]) -> t.InstanceType:
    """An interface that uses types from outside."""
    types: list[t.Ref] = []
    resources: list[t.Ref] = []
    exports: dict[str, t.Extern] = {}
    for kind, ref in [("t", ref) for ref in outer] + [("r", ref) for ref in outer_resources]:
        if draw(st.booleans()):  # a `use`
            name = f"{kind}{len(exports)}"
            exports[name] = t.TypeEq(ref)
            (types if kind == "t" else resources).append(t.Ref(0, t.Space.EXPORT, (name,)))
    for _ in range(draw(st.integers(0, 4))):
        name = f"x{len(exports)}"
        here = t.Ref(0, t.Space.EXPORT, (name,))
        if draw(st.booleans()):
            exports[name] = t.TypeEq(draw(named_types(types, resources)))
            types.append(here)
        else:
            exports[name] = t.TypeSub()
            resources.append(here)
    for _ in range(draw(st.integers(0, 2))):
        exports[f"f{len(exports)}"] = draw(functions(types, resources))
    return t.InstanceType(exports)


@st.composite
def worlds(draw: st.DrawFn) -> t.ComponentType:
    """Imports of interfaces that use each other, functions, modules, and a component type."""
    imports: dict[str, t.Extern] = {}
    types: list[t.Ref] = []
    resources: list[t.Ref] = []
    for index in range(draw(st.integers(1, 3))):
        name = f"a:b/i{index}@1.0.{index}"
        interface = draw(
            interfaces(
                [t.Ref(1, ref.space, ref.path) for ref in types],
                [t.Ref(1, ref.space, ref.path) for ref in resources],
            )
        )
        imports[name] = interface
        for member, extern in interface.exports.items():
            here = t.Ref(0, t.Space.IMPORT, (name, member))
            if isinstance(extern, t.TypeSub) or member.startswith("r"):
                resources.append(here)
            elif isinstance(extern, t.TypeEq):
                types.append(here)
    if draw(st.booleans()):
        imports["f"] = draw(functions(types, resources))
    if draw(st.booleans()):
        imports["m"] = t.ModuleType(MODULE)
    options = {}
    if draw(st.booleans()):
        options[next(iter(imports))] = t.NameOptions(external_id=draw(st.text(max_size=5)))
    return t.ComponentType(imports, {}, options)


def written(type: t.ComponentType) -> bytes:
    """A component with these imports."""
    writer = ComponentWriter()
    for name, extern in type.imports.items():
        writer.import_(name, extern, type.import_options.get(name))
    return b"".join(writer.finish())


def survive(world: t.ComponentType) -> None:
    data = written(world)

    found = read_component(data).type

    assert found == world
    assert list(found.imports) == list(world.imports)
    assert written(found) == data


# Drawing a world takes a third of a second.
@settings(max_examples=8, deadline=None)
@given(world=worlds())
def test_imports_survive(world: t.ComponentType) -> None:
    survive(world)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(world=worlds())
def test_many_imports_survive(world: t.ComponentType) -> None:
    survive(world)


def taken(world: t.ComponentType, inner: t.ComponentType) -> None:
    nested = t.ComponentType({**world.imports, "inner": inner}, {}, {})
    data = written(nested)

    check_valid(data)
    assert read_component(data).type == nested


@settings(max_examples=4, deadline=None)
@given(world=worlds(), inner=worlds())
def test_the_reference_takes_what_is_written(
    world: t.ComponentType, inner: t.ComponentType
) -> None:
    taken(world, inner)


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(world=worlds(), inner=worlds())
def test_the_reference_takes_much_that_is_written(
    world: t.ComponentType, inner: t.ComponentType
) -> None:
    taken(world, inner)


@given(st.integers(0, 2**32 - 1))
def test_integers_survive(value: int) -> None:
    data = u32(value)
    assert Cursor(data).u32() == value
    assert len(data) == max(1, -(-value.bit_length() // 7))
    assert Cursor(s33(value)).s33() == value


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (b"", "unexpected end", 0),
        (b"\x80", "unexpected end", 1),
        (b"\x80\x80\x80\x80\x80\x00", "integer representation is too long", 0),
        (b"\xff\xff\xff\xff\x1f", "integer is too large", 0),
    ],
)
def test_broken_integers(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(Malformed, match=f"^{message}$") as caught:
        Cursor(data).u32()

    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "data",
    [b"\x02\xc3\x28", b"\x01\xff", b"\x03\xed\xa0\x80", b"\x05abc", b"\xff\xff\xff\xff\x0fa"],
)
def test_broken_names(data: bytes) -> None:
    with pytest.raises(Malformed):
        Cursor(data).name()


UNKNOWN = t.Ref(0, t.Space.IMPORT, ("a:b/c", "t"))


@pytest.mark.parametrize(
    "extern",
    [
        t.FuncType((("x", UNKNOWN),)),
        t.FuncType((), t.Own(t.Ref(0, t.Space.EXPORT, ("r",)))),
        t.InstanceType({"t": t.TypeEq(t.Ref(2, t.Space.IMPORT, ("x",)))}),
        t.InstanceType({"t": t.TypeEq(t.Ref(0, t.Space.EXPORT, ("later",)))}),
        t.ModuleType(None),
    ],
)
def test_what_is_not_declared_cannot_be_written(extern: t.Extern) -> None:
    with pytest.raises(Unencodable):
        ComponentWriter().import_("x", extern)
