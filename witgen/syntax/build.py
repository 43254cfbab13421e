"""Productions → syntax tree, with the rules that a grammar cannot express.

The methods of `Builder` are the actions of `grammar/wit.lark`: each takes the values of its symbols
(without fixed tokens, lists flattened) and the span of what it reduces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from witgen.diagnostics import did_you_mean
from witgen.syntax import ast
from witgen.syntax.attributes import AttributeRules
from witgen.syntax.build_types import TypeBuilder, span
from witgen.syntax.docs import docs_text

_MOST_FLAGS = 32
_SHAPES = {
    ast.Shape.RECORD: ("WIT0110", "field"),
    ast.Shape.VARIANT: ("WIT0111", "case"),
    ast.Shape.ENUM: ("WIT0112", "case"),
    ast.Shape.FLAGS: ("WIT0113", "flag"),
}
_ROLES = {"get": ast.Role.GETTER, "set": ast.Role.SETTER}


@dataclass(slots=True)
class Header:
    """A `package …;`, wherever it was found."""

    name: ast.PackageRef
    docs: str | None
    docs_start: int
    start: int


@dataclass(slots=True)
class Builder(TypeBuilder):
    """Builds the tree of one file.

    Attributes:
        docs: Offset of a token → the comments directly before it.
    """

    docs: dict[int, list[str]]
    _rules: AttributeRules = field(init=False)

    def __post_init__(self) -> None:
        """Bind the attribute rules to the same report."""
        self._rules = AttributeRules(self.report)

    def document(self, file: str, base: int, items: Sequence[Any]) -> ast.Document:
        """The file with its items; a package header counts only if it comes first."""
        header: ast.PackageHeader | None = None
        kept: list[ast.Item] = []
        for index, item in enumerate(items):
            if isinstance(item, ast.NestedPackage):
                kept.append(self._flat(item))
            elif not isinstance(item, Header):
                kept.append(item)
            elif index == 0:
                header = ast.PackageHeader(item.name, item.docs, item.docs_start)
            else:
                self._misplaced_header(item, header)
                # Accept it late, so that the package is not also reported as missing.
                header = header or ast.PackageHeader(item.name, item.docs, item.docs_start)
        return ast.Document(file, base, header, tuple(kept))

    def _flat(self, package: ast.NestedPackage) -> ast.NestedPackage:
        """A nested package; packages inside it are reported and dropped."""
        inner = [item for item in package.items if isinstance(item, ast.NestedPackage)]
        for item in inner:
            self.report.at(
                item.name,
                "WIT0102",
                "nested packages must be placed at the top level of a file",
                labels=[(package.name, "inside this package")],
            )
        items = tuple(i for i in package.items if not isinstance(i, ast.NestedPackage))
        return ast.NestedPackage(package.name, items, package.docs)

    def _misplaced_header(self, item: Header, first: ast.PackageHeader | None) -> None:
        labels = [(first.name, "the package of the file")] if first is not None else []
        self.report.at(
            item.name,
            "WIT0101",
            "a `package` declaration must be the first item of its file",
            labels=labels,
            help=("for a package inside the file write `package … { … }`",),
        )

    def _docs(self, start: int) -> str | None:
        comments = self.docs.get(start)
        return docs_text(comments) if comments is not None else None

    def _attributes(self, found: Sequence[Any], *, external: bool = True) -> ast.Attributes:
        return self._rules.collect(found, external=external)

    def _refuse_attributes(self, found: Sequence[Any], what: str) -> None:
        for attribute in found:
            self.report.at(attribute, "WIT0130", f"attributes are not allowed on {what}")

    # --- files and packages ---------------------------------------------------------------------

    def start(self, c: list[Any], start: int, end: int) -> object:
        """A whole file: its items."""
        return c

    def package_header(self, c: list[Any], start: int, end: int) -> object:
        """`package name;`."""
        self._refuse_attributes(c[0], "a package declaration")
        return Header(c[1], self._docs(start), start, start)

    def nested_package(self, c: list[Any], start: int, end: int) -> object:
        """`package name { … }`."""
        attributes, name, *items = c
        self._refuse_attributes(attributes, "a nested package")
        kept: list[ast.Item] = []
        for item in items:
            if isinstance(item, Header):
                self._misplaced_header(item, None)
            else:
                kept.append(item)
        return ast.NestedPackage(name, tuple(kept), self._docs(start))

    def package_name(self, c: list[Any], start: int, end: int) -> object:
        """`ns:name@version`."""
        return ast.PackageRef(c[0], c[1], c[2] if len(c) > 2 else None, start, end)

    def version(self, c: list[Any], start: int, end: int) -> object:
        """The text after the `@`."""
        return c[0]

    def top_use(self, c: list[Any], start: int, end: int) -> object:
        """`use path as name;` of a file."""
        self._refuse_attributes(c[0], "a top-level `use`")
        return ast.TopUse(c[1], c[2] if len(c) > 2 else None)

    def local_path(self, c: list[Any], start: int, end: int) -> object:
        """A single name."""
        return ast.Path(None, c[0])

    def foreign_path(self, c: list[Any], start: int, end: int) -> object:
        """`ns:package/name@version`."""
        return _foreign(c)

    # --- attributes -----------------------------------------------------------------------------

    def attributes(self, c: list[Any], start: int, end: int) -> object:
        """The attributes before an item, as written."""
        return c

    def bare_attribute(self, c: list[Any], start: int, end: int) -> object:
        """`@name`."""
        return self._rules.written(c[0], None, end)

    def attribute(self, c: list[Any], start: int, end: int) -> object:
        """`@name(…)`."""
        return self._rules.written(c[0], c[1:], end)

    def version_value(self, c: list[Any], start: int, end: int) -> object:
        """`key = 1.0.0`."""
        return (c[0].name, "version", c[1])

    def name_value(self, c: list[Any], start: int, end: int) -> object:
        """`key = name`."""
        return (c[0].name, "name", c[1].name)

    def string_value(self, c: list[Any], start: int, end: int) -> object:
        """A string without a key."""
        return ("", "string", c[0])

    # --- interfaces -----------------------------------------------------------------------------

    def interface(self, c: list[Any], start: int, end: int) -> object:
        """`interface name { … }`."""
        attributes, name, *items = c
        gates = self._attributes(attributes, external=False)
        return ast.InterfaceDef(name, tuple(items), self._docs(start), gates)

    def use(self, c: list[Any], start: int, end: int) -> object:
        """`use path.{…};`."""
        attributes, path, *names = c
        return ast.Use(path, tuple(names), self._attributes(attributes))

    def used_name(self, c: list[Any], start: int, end: int) -> object:
        """`name as alias`."""
        return ast.UsedName(c[0], c[1] if len(c) > 1 else None)

    def function(self, c: list[Any], start: int, end: int) -> object:
        """`name: func(…);`."""
        attributes, name, signature = c
        return ast.Func(name, signature, False, self._docs(start), self._attributes(attributes))

    def func_signature(self, c: list[Any], start: int, end: int) -> object:
        """`async func(…) -> type`."""
        is_async = c[0] == "async"
        parameters, result = _parameters(c[1:] if is_async else c)
        return ast.Signature(ast.Role.FUNC, is_async, parameters, result, start, end)

    def accessor_signature(self, c: list[Any], start: int, end: int) -> object:
        """`get() -> type` or `set(value: type)`."""
        word: ast.Ident = c[0]
        parameters, result = _parameters(c[1:])
        lifted = word.end - word.start > len(word.name)
        role = ast.Role.FUNC if lifted else _ROLES.get(word.name, ast.Role.FUNC)
        if role is ast.Role.FUNC:
            self.report.at(
                word,
                "WIT0120",
                f"expected `func`, `get` or `set`, found `{word.name}`",
                help=did_you_mean(word.name, ("func", "get", "set", "async")),
            )
        elif role is ast.Role.GETTER:
            self._check_getter(word, parameters, result)
        else:
            self._check_setter(word, parameters, result)
        return ast.Signature(role, False, parameters, result, start, end)

    def _check_getter(
        self, word: ast.Ident, parameters: Sequence[ast.Parameter], result: ast.TypeExpr | None
    ) -> None:
        if parameters:
            self.report.at(parameters[0].name, "WIT0121", "a getter cannot have parameters")
        if result is None:
            self.report.at(
                word,
                "WIT0122",
                "a getter must return a value",
                help=("write the type of the value: `get() -> u32`",),
            )

    def _check_setter(
        self, word: ast.Ident, parameters: Sequence[ast.Parameter], result: ast.TypeExpr | None
    ) -> None:
        if len(parameters) != 1:
            self.report.at(word, "WIT0123", "a setter must have exactly one parameter")
        if result is None:
            return
        if not (
            isinstance(result, ast.Generic)
            and result.head is ast.Head.RESULT
            and result.args[0] is None
        ):
            start, end = span(result)
            self.report.error(
                "WIT0124",
                "a setter may only return a `result` without an `ok` type",
                start,
                end,
                help=("write `result`, `result<_, error>` or nothing",),
            )

    def parameters(self, c: list[Any], start: int, end: int) -> object:
        """The parameters between the parentheses."""
        return tuple(c)

    def parameter(self, c: list[Any], start: int, end: int) -> object:
        """`name: type`."""
        return ast.Parameter(c[0], c[1])

    def result(self, c: list[Any], start: int, end: int) -> object:
        """`-> type`."""
        return c[0]

    # --- worlds ---------------------------------------------------------------------------------

    def world(self, c: list[Any], start: int, end: int) -> object:
        """`world name { … }`."""
        attributes, name, *items = c
        gates = self._attributes(attributes, external=False)
        return ast.WorldDef(name, tuple(items), self._docs(start), gates)

    def _extern(
        self, c: list[Any], start: int, end: int, name: ast.Ident | None, path: ast.Path
    ) -> ast.Extern:
        return ast.Extern(
            c[1] == "import", name, path, self._docs(start), self._attributes(c[0]), start, end
        )

    def extern_local(self, c: list[Any], start: int, end: int) -> object:
        """`import interface;`."""
        return self._extern(c, start, end, None, ast.Path(None, c[2]))

    def extern_foreign(self, c: list[Any], start: int, end: int) -> object:
        """`import ns:package/interface;`."""
        return self._extern(c, start, end, None, _foreign(c[2:]))

    def extern_named_local(self, c: list[Any], start: int, end: int) -> object:
        """`import label: interface;`."""
        return self._extern(c, start, end, c[2], ast.Path(None, c[3]))

    def extern_named_foreign(self, c: list[Any], start: int, end: int) -> object:
        """`import label: ns:package/interface;`."""
        return self._extern(c, start, end, c[2], _foreign(c[3:]))

    def extern_function(self, c: list[Any], start: int, end: int) -> object:
        """`import name: func(…);`."""
        docs, attributes = self._docs(start), self._attributes(c[0])
        function = ast.Func(c[2], c[3], False, docs, attributes)
        return ast.Extern(c[1] == "import", c[2], function, docs, attributes, start, end)

    def extern_inline(self, c: list[Any], start: int, end: int) -> object:
        """`import name: interface { … }`."""
        docs, attributes = self._docs(start), self._attributes(c[0])
        interface = ast.InterfaceDef(c[2], tuple(c[3:]), docs, attributes)
        return ast.Extern(c[1] == "import", c[2], interface, docs, attributes, start, end)

    def include(self, c: list[Any], start: int, end: int) -> object:
        """`include path with { … }`."""
        attributes, path, *renames = c
        return ast.Include(path, tuple(renames), self._attributes(attributes, external=False))

    def rename(self, c: list[Any], start: int, end: int) -> object:
        """`name as alias`."""
        return ast.Rename(c[0], c[1])

    # --- definitions ----------------------------------------------------------------------------

    def alias(self, c: list[Any], start: int, end: int) -> object:
        """`type name = type;`."""
        return ast.AliasDef(c[1], c[2], self._docs(start), self._attributes(c[0]))

    def _members(self, shape: ast.Shape, c: list[Any], start: int) -> object:
        attributes, name, *members = c
        if not members:
            code, member = _SHAPES[shape]
            self.report.at(
                name,
                code,
                f"empty {shape.value} `{name.name}`",
                help=(f"declare at least one {member}",),
            )
        return ast.MembersDef(
            shape, name, tuple(members), self._docs(start), self._attributes(attributes)
        )

    def record(self, c: list[Any], start: int, end: int) -> object:
        """`record name { … }`."""
        return self._members(ast.Shape.RECORD, c, start)

    def variant(self, c: list[Any], start: int, end: int) -> object:
        """`variant name { … }`."""
        return self._members(ast.Shape.VARIANT, c, start)

    def enum(self, c: list[Any], start: int, end: int) -> object:
        """`enum name { … }`."""
        return self._members(ast.Shape.ENUM, c, start)

    def flags(self, c: list[Any], start: int, end: int) -> object:
        """`flags name { … }`."""
        if len(c) - 2 > _MOST_FLAGS:
            self.report.at(
                c[1],
                "WIT0114",
                f"flags `{c[1].name}` has {len(c) - 2} flags, more than {_MOST_FLAGS}",
                labels=[(c[2 + _MOST_FLAGS].name, "the first beyond the limit")],
                help=("divide them among several flags types",),
            )
        return self._members(ast.Shape.FLAGS, c, start)

    def field(self, c: list[Any], start: int, end: int) -> object:
        """`name: type` of a record."""
        return ast.Member(c[0], c[1], self._docs(start))

    def case(self, c: list[Any], start: int, end: int) -> object:
        """`name(type)` of a variant."""
        return ast.Member(c[0], c[1], self._docs(start))

    def label(self, c: list[Any], start: int, end: int) -> object:
        """`name` of a variant, enum or flags."""
        return ast.Member(c[0], None, self._docs(start))

    def bare_resource(self, c: list[Any], start: int, end: int) -> object:
        """`resource name;`."""
        return ast.ResourceDef(c[1], (), self._docs(start), self._attributes(c[0]))

    def resource(self, c: list[Any], start: int, end: int) -> object:
        """`resource name { … }`."""
        attributes, name, *functions = c
        return ast.ResourceDef(
            name, tuple(functions), self._docs(start), self._attributes(attributes)
        )

    def constructor(self, c: list[Any], start: int, end: int) -> object:
        """`constructor(…) -> result<…>;`."""
        attributes = self._attributes(c[0])
        parameters, result = _parameters(c[2:])
        signature = ast.Signature(ast.Role.CONSTRUCTOR, False, parameters, result, start, end)
        return ast.Func(c[1], signature, False, self._docs(start), attributes)

    def method(self, c: list[Any], start: int, end: int) -> object:
        """`name: static func(…);`."""
        attributes = self._attributes(c[0])
        return ast.Func(c[1], c[-1], c[2] == "static", self._docs(start), attributes)


def _foreign(c: Sequence[Any]) -> ast.Path:
    namespace, package, name = c[:3]
    version = c[3] if len(c) > 3 else None
    ref = ast.PackageRef(namespace, package, version, namespace.start, package.end)
    return ast.Path(ref, name)


def _parameters(
    c: Sequence[Any],
) -> tuple[tuple[ast.Parameter, ...], ast.TypeExpr | None]:
    return c[0], c[1] if len(c) > 1 else None
