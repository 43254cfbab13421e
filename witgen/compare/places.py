"""The places of a package's items in its text, to point at changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from witgen.compare.breaking import Change
from witgen.diagnostics import Place
from witgen.load import Inputs
from witgen.syntax import ast
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter, Spanned

Places = dict[tuple[str, ...], Place]


def places(inputs: Inputs) -> Places:
    """The places of interfaces and worlds and their declarations, by the steps of a `Change`."""
    report = Reporter()
    found: Places = {}
    for file in inputs.root.files if inputs.root else ():
        for item in parse_bytes(file.data, file.name, report).items:
            for path, node in _declared(item):
                found.setdefault(path, report.place(node))
    return found


def place_of(change: Change, known: Mapping[tuple[str, ...], Place], file: str) -> Place:
    """The place of a change: the declaration, or what contained it if it was removed."""
    kind, *rest = change.path
    member = _key(rest[0]) if rest else ""
    return known.get((kind, member)) or known.get((kind,)) or Place(file)


def _key(step: str) -> str:
    """`func f` → f, `export a:b/i@1.0.0` → i."""
    return step.partition(" ")[2].rpartition("/")[2].partition("@")[0]


def _declared(item: ast.Item) -> Iterator[tuple[tuple[str, ...], Spanned]]:
    match item:
        case ast.InterfaceDef():
            owner = f"interface {item.name.name}"
            yield (owner,), item.name
            members = _members(item.items)
        case ast.WorldDef():
            owner = f"world {item.name.name}"
            yield (owner,), item.name
            members = _members(item.items)
        case _:
            return
    for name, node in members:
        yield (owner, name), node


def _members(
    items: Iterable[ast.InterfaceItem | ast.WorldItem],
) -> Iterator[tuple[str, Spanned]]:
    for item in items:
        match item:
            case ast.ResourceDef():
                yield item.name.name, item.name
                for function in item.functions:
                    yield from _resource_function(item.name.name, function)
            case ast.AliasDef() | ast.MembersDef() | ast.Func():
                yield item.name.name, item.name
            case ast.Extern(name=ast.Ident() as name):
                yield name.name, name
            case ast.Extern(body=ast.Path() as path):
                yield path.name.name, path.name
            case ast.Use():
                for used in item.names:
                    ident = used.alias or used.name
                    yield ident.name, ident
            case _:
                pass


def _resource_function(resource: str, function: ast.Func) -> Iterator[tuple[str, Spanned]]:
    name = function.name
    yield f"[method]{resource}.{name.name}", name
    yield f"[static]{resource}.{name.name}", name
    if function.signature.role is ast.Role.CONSTRUCTOR:
        yield f"[constructor]{resource}", name
