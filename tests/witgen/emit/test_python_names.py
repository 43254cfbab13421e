"""Names of generated Python, whatever the target calls its things."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import keyword
import sys
import typing
from collections import Counter
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from witgen.client import client
from witgen.client.names import canonical
from witgen.emit import generate
from witgen.emit.pycode.names import NameAllocator, modules
from witgen.load import load_texts
from witgen.resolve import model as m

# What Python, its library, componentize-py and the templates call their own.
_AWKWARD = """
class def from none true false self cls type list str int bool float bytes print object any
union optional callable generic protocol enum flag tuple literal ok err some result option
typing enum-of record-of list-of codec param pending remote remote-interface remote-resource
handle wit-value wit-node client-types app component types host poll wall-clock house api
house-client house-types caller worker key at borrow mro name value init new drop match case
async await lambda import in is not or and t e i r n f m a-b a-b-c x y u8 string datetime
future-x-result custom blocking-x try-x schedule-x dataclass field exception value-error id
worker-id component-id worker-name scheduled-for unknown nothing understood failure uuid
"""
AWKWARD = tuple(_AWKWARD.split())
WORDS = st.sampled_from(AWKWARD)
IDENTIFIERS = st.one_of(WORDS, st.text("ab-_XY1 .é", max_size=5), st.text(max_size=4))
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
MANY = settings(FEW, max_examples=100, derandomize=False)
AMOUNTS = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.long)]


def words(low: int, high: int, without: tuple[str, ...] = ()) -> st.SearchStrategy[list[str]]:
    """Names that WIT tells apart."""
    taken = {canonical(word) for word in without}
    free = st.sampled_from([word for word in AWKWARD if canonical(word) not in taken])
    return st.lists(free, min_size=low, max_size=high, unique_by=canonical)


# --- the allocator ----------------------------------------------------------------------------


class TestAllocator:
    @given(st.lists(IDENTIFIERS, max_size=30))
    def test_any_wish_gets_a_name_of_its_own(self, wanted: list[str]) -> None:
        scope = NameAllocator()
        taken = [scope.take(name) for name in wanted]

        assert len(set(taken)) == len(taken)
        for name in taken:
            assert name.isidentifier()
            assert name.isascii()
            assert not keyword.iskeyword(name)
            assert name not in vars(builtins)

    @given(st.lists(IDENTIFIERS, max_size=15), st.lists(IDENTIFIERS, max_size=15))
    def test_what_comes_later_renames_nothing(self, first: list[str], later: list[str]) -> None:
        def names(wanted: list[str]) -> list[str]:
            scope = NameAllocator()
            return [scope.take(name) for name in wanted]

        assert names(first + later)[: len(first)] == names(first)

    @given(st.lists(IDENTIFIERS, min_size=1, max_size=15), st.data())
    def test_reserved_names_are_kept_free(self, wanted: list[str], data: st.DataObject) -> None:
        plain = NameAllocator()
        reserved = data.draw(st.sets(st.sampled_from([plain.take(name) for name in wanted])))
        scope = NameAllocator()
        scope.reserve(reserved)

        assert reserved.isdisjoint(scope.take(name) for name in wanted)

    @given(WORDS)
    def test_a_free_name_is_taken_as_it_is(self, word: str) -> None:
        name = f"{word.replace('-', '_')}_1"

        assert NameAllocator().take(name) == name


# --- the modules of the bindings --------------------------------------------------------------

SIMPLE = st.sampled_from(["a", "b", "types", "poll", "class", "app"])
PLACES = st.lists(
    st.tuples(SIMPLE, SIMPLE, SIMPLE, st.sampled_from([None, "1.0.0", "2.0.0-rc.1"])),
    unique=True,
    max_size=8,
)


def resolve_of(places: list[tuple[str, str, str, str | None]]) -> m.Resolve:
    """A `Resolve` of empty interfaces: namespace, package, name and version of each."""
    packages: dict[m.PackageName, m.PackageId] = {}
    interfaces = []
    for namespace, package, name, version in places:
        owner = m.PackageName(namespace, package, version)
        ref = packages.setdefault(owner, m.PackageId(len(packages)))
        interfaces.append(m.Interface(name, {}, {}, ref))
    found = tuple(m.Package(name, {}, {}) for name in packages)
    return m.Resolve((), tuple(interfaces), (), found, m.PackageId(0))


class TestModules:
    @given(PLACES)
    def test_each_interface_has_a_module_of_its_own(
        self, places: list[tuple[str, str, str, str | None]]
    ) -> None:
        found = modules(resolve_of(places), map(m.InterfaceId, range(len(places))))

        assert len(set(found.values())) == len(places)
        for name in found.values():
            assert name.isidentifier()
            assert not keyword.iskeyword(name)

    @given(PLACES, PLACES)
    def test_interfaces_of_other_names_rename_nothing(
        self,
        first: list[tuple[str, str, str, str | None]],
        later: list[tuple[str, str, str, str | None]],
    ) -> None:
        names = {name for _, _, name, _ in first}
        both = first + [place for place in later if place[2] not in names]
        before = modules(resolve_of(first), map(m.InterfaceId, range(len(first))))
        after = modules(resolve_of(both), map(m.InterfaceId, range(len(both))))

        assert {ref: after[ref] for ref in before} == before


# --- whole clients ----------------------------------------------------------------------------

TYPES = ("u8", "string", "list<u8>", "option<option<u8>>", "result", "result<_, string>")


@st.composite
def targets(draw: st.DrawFn) -> str:
    """A package whose things have awkward names."""
    package, world, *interfaces = draw(words(3, 5))
    lines = [f"package %ns:%{package};"]
    for interface in interfaces:
        lines += [f"interface %{interface} {{", *draw(members()), "}"]
    lines += [f"world %{world} {{", *(f"export %{name};" for name in interfaces), "}"]
    return "\n".join(lines)


@st.composite
def members(draw: st.DrawFn) -> list[str]:
    """What an interface declares: types, functions that use them, a resource."""
    names = draw(words(1, 7))
    cut = draw(st.integers(0, len(names)))
    types, functions = names[:cut], names[cut:]
    lines = [draw(declaration(name)) for name in types]
    usable = [*TYPES, *(f"%{name}" for name in types)]
    has_resource = draw(st.sampled_from([True, False]))
    resources = [functions.pop()] if functions and has_resource else []
    for name in resources:
        inner = draw(words(0, 4, without=(name,)))
        own = "constructor(" + ", ".join(draw(parameters(usable))) + ");"
        parts = [own, *(draw(function(x, [*usable, f"%{name}"], ("self",))) for x in inner)]
        lines.append(f"resource %{name} {{ {' '.join(parts)} }}")
    lines += [draw(function(name, [*usable, *(f"%{r}" for r in resources)])) for name in functions]
    return lines


@st.composite
def declaration(draw: st.DrawFn, name: str) -> str:
    parts = draw(words(1, 4))
    match draw(st.sampled_from(["record", "enum", "flags", "variant"])):
        case "record":
            inner = ", ".join(f"%{part}: {draw(st.sampled_from(TYPES))}" for part in parts)
            return f"record %{name} {{ {inner} }}"
        case "variant":
            cases = (f"%{part}" + draw(st.sampled_from(["", "(u8)", "(string)"])) for part in parts)
            return f"variant %{name} {{ {', '.join(cases)} }}"
        case kind:
            return f"{kind} %{name} {{ {', '.join(f'%{part}' for part in parts)} }}"


@st.composite
def parameters(draw: st.DrawFn, types: list[str], without: tuple[str, ...] = ()) -> list[str]:
    names = draw(words(0, 3, without))
    return [f"%{name}: {draw(st.sampled_from(types))}" for name in names]


@st.composite
def function(draw: st.DrawFn, name: str, types: list[str], without: tuple[str, ...] = ()) -> str:
    result = draw(st.sampled_from(["", *(f" -> {ty}" for ty in types)]))
    return f"%{name}: func({', '.join(draw(parameters(types, without)))}){result};"


def bound(body: list[ast.stmt]) -> list[str]:
    """The names that statements bind, each as often as it is bound."""
    found: list[str] = []
    for statement in body:
        match statement:
            case ast.Import(names) | ast.ImportFrom(names=names):
                found += [alias.asname or alias.name for alias in names]
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                found.append(name)
            case ast.Assign(targets=targets):
                found += [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(name)):
                found.append(name)
            case _:
                pass
    return found


def assert_distinct(text: str, path: str) -> None:
    """Nothing is bound twice in a module or a class, and no builtin is hidden in a module."""
    tree = ast.parse(text)
    compile(tree, path, "exec")  # parameters of one name
    names = [name for name in bound(tree.body) if name != "annotations"]
    assert [name for name, count in Counter(names).items() if count > 1] == [], path
    # The classes of a client component are named by componentize-py.
    plain = {"int", "str", "float", "bool", "bytes"}
    hidden = vars(builtins) if path.startswith("host/") else plain
    assert set(names).isdisjoint(hidden), path
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            twice = [name for name, count in Counter(bound(node.body)).items() if count > 1]
            assert twice == [], f"{path}: {node.name}"


def assert_hints_resolve(text: str) -> None:
    """Every annotation of the typed API means something that is there."""
    module = ModuleType("generated_api")
    sys.modules["generated_api"] = module
    try:
        exec(compile(text, "api.py", "exec"), vars(module))  # noqa: S102  # our own
        for name in module.__all__:
            found = getattr(module, name)
            if not inspect.isclass(found):
                continue
            if dataclasses.is_dataclass(found):
                typing.get_type_hints(found)
            for function in vars(found).values():
                if inspect.isfunction(function) and function.__module__ == "generated_api":
                    typing.get_type_hints(function)
    finally:
        del sys.modules["generated_api"]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_clients_of_awkward_targets(amount: settings) -> None:
    @amount
    @given(
        targets(),
        st.sampled_from([(), ("try", "trigger")]),
        st.sampled_from(["durable", "ephemeral"]),
    )
    def every(text: str, extras: tuple[str, ...], kind: str) -> None:
        files = generate(client(load_texts({"a.wit": text}), extras=extras, kind=kind))
        sources = {path: data.decode() for path, data in files.items() if path.endswith(".py")}
        assert len(sources) >= 6
        for path, source in sources.items():
            assert_distinct(source, path)
            if path.endswith("/api.py"):
                assert_hints_resolve(source)

    every()
