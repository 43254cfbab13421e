"""Resolve functions: "Item: `func`" and "Item: `resource`" of WIT.md."""

from __future__ import annotations

from typing import NamedTuple

from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.scope import Scope
from witgen.syntax import ast
from witgen.syntax.build_types import span

_Shape = m.FunctionShape
_FREE = {
    (ast.Role.FUNC, False): _Shape.FREESTANDING,
    (ast.Role.FUNC, True): _Shape.ASYNC_FREESTANDING,
    (ast.Role.GETTER, False): _Shape.GETTER,
    (ast.Role.SETTER, False): _Shape.SETTER,
}
# By role, static and async.
_MEMBER = {
    (ast.Role.CONSTRUCTOR, False, False): (_Shape.CONSTRUCTOR, "[constructor]"),
    (ast.Role.FUNC, False, False): (_Shape.METHOD, "[method]"),
    (ast.Role.FUNC, False, True): (_Shape.ASYNC_METHOD, "[method]"),
    (ast.Role.FUNC, True, False): (_Shape.STATIC, "[static]"),
    (ast.Role.FUNC, True, True): (_Shape.ASYNC_STATIC, "[static]"),
    (ast.Role.GETTER, False, False): (_Shape.METHOD_GETTER, "[method][get]"),
    (ast.Role.SETTER, False, False): (_Shape.METHOD_SETTER, "[method][set]"),
    (ast.Role.GETTER, True, False): (_Shape.STATIC_GETTER, "[static][get]"),
    (ast.Role.SETTER, True, False): (_Shape.STATIC_SETTER, "[static][set]"),
}
_PREFIXES = {ast.Role.GETTER: "[get]", ast.Role.SETTER: "[set]"}


class Functions(NamedTuple):
    """Resolves the functions of one scope."""

    scope: Scope

    def free(self, node: ast.Func) -> local.LocalFunction:
        """A function or accessor of an interface or a world."""
        signature = node.signature
        name = _PREFIXES.get(signature.role, "") + node.name.name
        kind = m.FunctionKind(_FREE[signature.role, signature.is_async])
        return self._function(node, name, kind, None)

    def members(self, resource: ast.ResourceDef) -> list[local.LocalFunction]:
        """The functions of a resource."""
        id = self.scope.types.get(resource.name.name, local.POISON)
        if self.scope.nodes.get(resource.name.name) is not resource.name:
            # A second definition of the name: its functions have no owner.
            return []
        found = []
        for node in resource.functions:
            signature = node.signature
            shape, prefix = _MEMBER[signature.role, node.is_static, signature.is_async]
            name = prefix + resource.name.name
            if shape is not _Shape.CONSTRUCTOR:
                name += f".{node.name.name}"
            found.append(self._function(node, name, m.FunctionKind(shape, id), resource))
        return found

    def _function(
        self,
        node: ast.Func,
        name: str,
        kind: m.FunctionKind,
        resource: ast.ResourceDef | None,
    ) -> local.LocalFunction:
        scope, signature = self.scope, node.signature
        params: list[m.Param] = []
        if kind.shape in {
            _Shape.METHOD,
            _Shape.ASYNC_METHOD,
            _Shape.METHOD_GETTER,
            _Shape.METHOD_SETTER,
        }:
            assert kind.resource is not None
            params.append(m.Param("self", scope.interner.intern(m.Borrow(kind.resource), None)))
        params += [m.Param(p.name.name, scope.type(p.type)) for p in signature.parameters]
        result = None if signature.result is None else scope.type(signature.result)
        if kind.shape is _Shape.CONSTRUCTOR and resource is not None:
            assert kind.resource is not None
            result = self._constructed(signature, kind.resource, resource, result)
        function = m.Function(
            name,
            kind,
            tuple(params),
            result,
            node.docs,
            local.stability(node.attributes),
            local.external_id(node.attributes),
        )
        return local.LocalFunction(function, node)

    def _constructed(
        self,
        signature: ast.Signature,
        id: m.TypeId,
        resource: ast.ResourceDef,
        result: m.Type | None,
    ) -> m.Type:
        """What a constructor returns: the resource, or a result of it."""
        written = signature.result
        if written is None or result is None or result == local.POISON:
            return id
        ok = self._ok_of(result)
        if ok == id:
            return result
        start, end = span(written)
        self.scope.package.sound = False
        if isinstance(written, ast.Generic) and written.head is ast.Head.RESULT:
            message = (
                f"the `ok` type of a constructor of `{resource.name.name}` must be the resource"
            )
        else:
            message = f"a constructor of `{resource.name.name}` may only return a `result` of it"
        self.scope.report.error(
            "RES1023",
            message,
            start,
            end,
            help=(f"write `result<{resource.name.name}>`, or nothing if it cannot fail",),
        )
        return id

    def _ok_of(self, type: m.Type) -> m.Type | None:
        package = self.scope.package
        if isinstance(type, m.Prim) or type < 0 or package.behind[type] < 0:
            return None
        kind = package.types[package.behind[type]].type.kind
        return kind.ok if isinstance(kind, m.Result) else None
