"""Resolve the types and functions of one interface or world.

A scope contains the types and functions of one interface or world: "Item: `interface`", "Item:
`type`" and the sections after it in WIT.md. Equal anonymous types of a package are one type, as in
the reference implementation, whose numbering depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import assert_never

from witgen.diagnostics import did_you_mean
from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.toposort import Cycle, toposort
from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state

# Types of other languages and of older WIT → their names in WIT.
_RENAMED = {
    "float32": "f32",
    "float64": "f64",
    "int": "s32",
    "i8": "s8",
    "i16": "s16",
    "i32": "s32",
    "i64": "s64",
    "float": "f64",
    "double": "f64",
    "str": "string",
    "boolean": "bool",
    "byte": "u8",
    "bytes": "list<u8>",
    "vec": "list",
    "unit": "tuple<>",
}


@state
class Interner:
    """The anonymous types of a package."""

    package: local.LocalPackage
    _known: dict[m.TypeDefKind, m.TypeId] = field(default_factory=dict)

    def intern(self, kind: m.TypeDefKind, given: m.Stability) -> m.TypeId:
        """The type of a kind; a new one has the given stability or that of its contents."""
        found = self._known.get(kind)
        if found is None:
            stability = given or self._inherited(kind)
            found = add_type(self.package, m.TypeDef(None, kind, None, None, stability), None)
            self._known[kind] = found
        return found

    def _inherited(self, kind: m.TypeDefKind) -> m.Stability:
        for type in parts(kind):
            if not isinstance(type, m.Prim) and type >= 0:
                stability = self.package.types[type].type.stability
                if stability is not None:
                    return stability
            elif not isinstance(type, m.Prim) and type != local.POISON:
                stability = self.package.foreign_types[~type].stability
                if stability is not None:
                    return stability
        return None


def add_type(package: local.LocalPackage, type: m.TypeDef, node: ast.Ident | None) -> m.TypeId:
    """Append a type to the package."""
    id = m.TypeId(len(package.types))
    package.types.append(local.LocalType(type, node))
    target = type.kind.type if isinstance(type.kind, m.Alias) else None
    if target is None or isinstance(target, m.Prim):
        package.behind.append(id)
    else:
        package.behind.append(target if target < 0 else package.behind[target])
    return id


def parts(kind: m.TypeDefKind) -> Sequence[m.Type]:
    """The types in an anonymous type, in order."""
    match kind:
        case m.List(type) | m.Option(type) | m.FixedLengthList(type, _):
            return (type,)
        case m.Tuple(types):
            return types
        case m.Result(ok, err):
            return [type for type in (ok, err) if type is not None]
        case m.Map(key, value):
            return (key, value)
        case m.Future(payload) | m.Stream(payload):
            return (payload,) if payload is not None else ()
        case m.Own(resource) | m.Borrow(resource):
            return (resource,)
        case _:
            return ()


@state
class Scope:
    """The names of one interface or world.

    Attributes:
        types: Name → type, in the order of definition: uses, then types in dependency order.
    """

    package: local.LocalPackage
    interner: Interner
    owner: m.TypeOwner
    report: Reporter
    types: dict[str, m.TypeId] = field(default_factory=dict)
    nodes: dict[str, ast.Ident] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)

    # --- definitions ----------------------------------------------------------------------------

    def declare(self, name: ast.Ident) -> bool:
        """Claim a name for a type; report and return False if it is taken."""
        before = self.nodes.setdefault(name.name, name)
        if before is name:
            return True
        self._error(
            name,
            "RES1020",
            f"name `{name.name}` is defined more than once",
            [(before, "first defined here")],
        )
        return False

    def add_used(self, name: ast.Ident, target: m.TypeId, attributes: ast.Attributes) -> None:
        """Define a name of a `use`."""
        if not self.declare(name):
            return
        if target == local.POISON:
            self.types[name.name] = target
            return
        stability, external = local.stability(attributes), local.external_id(attributes)
        type = m.TypeDef(name.name, m.Alias(target), self.owner, None, stability, external)
        self.types[name.name] = add_type(self.package, type, name)

    def define_all(self, declarations: Sequence[ast.TypeDecl]) -> None:
        """Define types in dependency order."""
        needs: dict[str, list[ast.Ident]] = {name: [] for name in self.types}
        defined: dict[str, ast.TypeDecl] = {}
        for declaration in declarations:
            if self.declare(declaration.name):
                defined[declaration.name.name] = declaration
                needs[declaration.name.name] = list(_references(declaration))
        known = {
            name: [reference for reference in references if reference.name in needs]
            for name, references in needs.items()
        }
        try:
            order = toposort(known)
        except Cycle as cycle:
            edges = cycle.edges
            self._error(
                edges[0],
                "RES1011",
                f"type `{edges[0].name}` depends on itself",
                [(edge, f"through `{edge.name}`") for edge in edges[1:]],
                help=("recursive types are not supported, not even through `list` or `option`",),
            )
            self.types.update(dict.fromkeys(defined, local.POISON))
            return
        for name in order:
            if name in defined:
                self.types[name] = self._define(defined[name])

    def _define(self, declaration: ast.TypeDecl) -> m.TypeId:
        stability = local.stability(declaration.attributes)
        kind = self._kind(declaration, stability)
        if kind == m.Alias(local.POISON):
            return local.POISON
        name = declaration.name
        type = m.TypeDef(
            name.name,
            kind,
            self.owner,
            declaration.docs,
            stability,
            local.external_id(declaration.attributes),
        )
        return add_type(self.package, type, name)

    def _kind(self, declaration: ast.TypeDecl, stability: m.Stability) -> m.TypeDefKind:
        match declaration:
            case ast.AliasDef(_, type):
                return self._structure(type, stability)
            case ast.ResourceDef():
                return m.Resource()
            case ast.MembersDef(ast.Shape.ENUM, _, members):
                return m.Enum(tuple(m.Label(x.name.name, x.docs) for x in members))
            case ast.MembersDef(ast.Shape.FLAGS, _, members):
                return m.Flags(tuple(m.Label(x.name.name, x.docs) for x in members))
            case ast.MembersDef(ast.Shape.VARIANT, _, members):
                return m.Variant(
                    tuple(
                        m.Case(
                            x.name.name,
                            None if x.type is None else self.type(x.type, stability),
                            x.docs,
                        )
                        for x in members
                    )
                )
            case ast.MembersDef(_, _, members):
                fields = []
                for x in members:
                    assert x.type is not None
                    fields.append(m.Field(x.name.name, self.type(x.type, stability), x.docs))
                return m.Record(tuple(fields))
            case _:
                assert_never(declaration)

    # --- types ----------------------------------------------------------------------------------

    def type(self, type: ast.TypeExpr, stability: m.Stability = None) -> m.Type:
        """Resolve a type at its use."""
        kind = self._structure(type, stability)
        if isinstance(kind, m.Alias):
            return kind.type
        if isinstance(kind, m.Own):
            # The bare name of a resource means the same, so one of them is enough.
            return kind.resource
        return self.interner.intern(kind, stability)

    def _structure(self, type: ast.TypeExpr, stability: m.Stability) -> m.TypeDefKind:
        match type:
            case ast.Primitive(name):
                return m.Alias(m.Prim(name))
            case ast.Named(ident):
                return m.Alias(self.find(ident))
            case ast.Handle(borrowed, resource):
                id = self._resource(resource)
                if id == local.POISON:
                    return m.Alias(id)
                return m.Borrow(id) if borrowed else m.Own(id)
            case ast.Generic():
                return self._generic(type, stability)
            case _:
                assert_never(type)

    def _generic(self, type: ast.Generic, stability: m.Stability) -> m.TypeDefKind:
        args = [None if arg is None else self.type(arg, stability) for arg in type.args]
        if local.POISON in args:
            return m.Alias(local.POISON)
        first = args[0]
        match type.head:
            case ast.Head.RESULT:
                return m.Result(first, args[1])
            case ast.Head.TUPLE:
                return m.Tuple(tuple(arg for arg in args if arg is not None))
            case ast.Head.FUTURE:
                return m.Future(first)
            case ast.Head.STREAM:
                return m.Stream(first)
            case _:
                assert first is not None
        match type.head:
            case ast.Head.LIST:
                return m.List(first)
            case ast.Head.FIXED_LIST:
                return m.FixedLengthList(first, type.length)
            case ast.Head.OPTION:
                return m.Option(first)
            case ast.Head.MAP:
                assert args[1] is not None
                return m.Map(first, args[1])
            case _:
                assert_never(type.head)

    def find(self, name: ast.Ident) -> m.TypeId:
        """Resolve the name of a type."""
        found = self.types.get(name.name)
        if found is not None:
            if found == local.POISON:
                self.package.sound = False
            return found
        if self.report.full:
            self.package.sound = False
            return local.POISON
        message = f"type `{name.name}` does not exist"
        if name.name in self.functions:
            message = f"`{name.name}` is a function, not a type"
        help = did_you_mean(name.name, (*self.types, *m.Prim))
        if name.name in _RENAMED:
            help = (f"the type is named `{_RENAMED[name.name]}`",)
        elif not help:
            help = ("bring in types of other interfaces with `use`",)
        self._error(name, "RES1021", message, [], help=help)
        return local.POISON

    def _resource(self, name: ast.Ident) -> m.TypeId:
        """Resolve the resource of a handle, through aliases."""
        found = self.find(name)
        behind = found if found < 0 else self.package.behind[found]
        # Foreign ones are checked once they are known.
        if behind < 0 or isinstance(self.package.types[behind].type.kind, m.Resource):
            return found
        self._error(
            name,
            "RES1022",
            f"type `{name.name}` in a handle must be a resource",
            [(self.nodes[name.name], "defined here")],
        )
        return local.POISON

    def _error(
        self,
        node: ast.Ident,
        code: str,
        message: str,
        labels: Sequence[tuple[ast.Ident, str]],
        help: Sequence[str] = (),
    ) -> None:
        self.package.sound = False
        self.report.at(node, code, message, labels=labels, help=help)


def _references(declaration: ast.TypeDecl) -> Iterator[ast.Ident]:
    """The names in a type."""
    match declaration:
        case ast.AliasDef(_, type):
            yield from _names(type)
        case ast.MembersDef(_, _, members):
            for member in members:
                if member.type is not None:
                    yield from _names(member.type)
        case ast.ResourceDef():
            # The functions of a resource may refer to types that come later.
            pass
        case _:
            assert_never(declaration)


def _names(type: ast.TypeExpr) -> Iterator[ast.Ident]:
    match type:
        case ast.Named(ident):
            yield ident
        case ast.Handle(_, resource):
            yield resource
        case ast.Generic(_, args):
            for arg in args:
                if arg is not None:
                    yield from _names(arg)
        case ast.Primitive():
            pass
        case _:
            assert_never(type)
