"""The types of a client in Python: annotations, and the codecs that put values on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from witgen.client import Client
from witgen.client.kinds import definition
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import camel, modules, snake
from witgen.emit.pycode.pretty import Expr, call, subscript
from witgen.emit.types import is_option
from witgen.resolve import model as m
from witgen.value import state, value

Imported = Callable[[str, str], str]
"""The local name of `attribute` of `module`, imported if need be."""

_ANNOTATIONS = {
    m.Prim.BOOL: "bool",
    m.Prim.F32: "float",
    m.Prim.F64: "float",
    m.Prim.CHAR: "str",
    m.Prim.STRING: "str",
}


@value
class Bindings:
    """Where componentize-py puts the classes of a client component's world.

    Attributes:
        resolve: The client's.
        modules: The module of each interface, `wit_world.imports.poll`.
    """

    resolve: m.Resolve
    modules: Mapping[m.InterfaceId, str]

    @staticmethod
    def of(client: Client) -> Bindings:
        """The bindings of a client's component world."""
        resolve = client.resolve
        world = resolve.worlds[client.component_world_id]
        found: dict[m.InterfaceId, str] = {}
        for direction, items in (("exports", world.exports), ("imports", world.imports)):
            ids = [item.id for item in items.values() if isinstance(item, m.InterfaceItem)]
            found |= {
                ref: f"wit_world.{direction}.{name}" for ref, name in modules(resolve, ids).items()
            }
        return Bindings(resolve, found)

    def module(self, package: str, name: str) -> str:
        """The last part of the module of one of the host's interfaces; `package` is `ns:pkg`."""
        for ref, path in self.modules.items():
            body = self.resolve.interfaces[ref]
            owner = self.resolve.packages[body.package].name
            if body.name == name and f"{owner.namespace}:{owner.name}" == package:
                return path.rpartition(".")[2]
        raise LookupError(f"{package}/{name}")

    def owner(self, ref: m.TypeId) -> str:
        """The module of a named type's class."""
        owner = self.resolve.types[ref].owner
        if not isinstance(owner, m.InterfaceOwner):
            raise TypeError("every named type of a client belongs to an interface")
        return self.modules[owner.id]


@state
class Renderer:
    """Renders types for one Python module.

    Attributes:
        bindings: Where classes are.
        imported: Records imports.
        resources: The class of each client resource, by its type.
        codec_names: Module and constant of each named type's codec.
        here: The module that is rendered.
        hidden: The builtins that methods of the class hide.
        own: The client resource whose class is rendered: `Self` in the bindings.
        own_class: The expression of that class in a method's body.
    """

    bindings: Bindings
    imported: Imported
    resources: Mapping[m.TypeId, str]
    codec_names: Mapping[m.TypeId, tuple[str, str]]
    here: str
    hidden: frozenset[str] = frozenset()
    own: m.TypeId | None = None
    own_class: str = ""

    @property
    def _resolve(self) -> m.Resolve:
        return self.bindings.resolve

    # --- annotations ----------------------------------------------------------------------------

    def annotation(self, ty: m.Type | None) -> Expr:
        """The type as componentize-py's bindings annotate it."""
        if ty is None:
            return Expr("None")
        if isinstance(ty, m.Prim):
            return self._builtin(_ANNOTATIONS.get(ty, "int"))
        typedef = self._resolve.types[ty]
        match typedef.kind:
            case m.Record() | m.Variant() | m.Enum() | m.Flags():
                return Expr(self.class_name(ty))
            case m.Resource():
                return self._resource(ty)
            case m.Own(resource) | m.Borrow(resource):
                return self._resource(self._behind(resource))
            case m.Alias(target):
                return self.annotation(target)
            case m.Option(payload):
                inner = self.annotation(payload)
                if is_option(self._resolve, payload):
                    inner = subscript(self.imported("componentize_py_types", "Some"), inner)
                return subscript(self.imported("typing", "Optional"), inner)
            case m.Result(ok, err):
                name = self.imported("componentize_py_types", "Result")
                return subscript(name, self.annotation(ok), self.annotation(err))
            case m.List(m.Prim.U8 | m.Prim.S8):
                return self._builtin("bytes")
            case m.List(element):
                return subscript(self.imported("typing", "List"), self.annotation(element))
            case m.Tuple(types):
                items = [self.annotation(t) for t in types]
                return subscript(self.imported("typing", "Tuple"), *items)
            case m.FixedLengthList() | m.Map() | m.Future() | m.Stream():
                raise TypeError("a type that cannot be sent")
            case _:
                assert_never(typedef.kind)

    def _builtin(self, name: str) -> Expr:
        """A builtin, by its full name where a method of the class hides it."""
        if name in self.hidden:
            return Expr(f"{self.imported('', 'builtins')}.{name}")
        return Expr(name)

    def _resource(self, ref: m.TypeId) -> Expr:
        if ref == self.own:
            return Expr(self.imported("typing", "Self"))
        if ref in self.resources:
            return Expr(f"{PROTOCOLS}.{camel(self._resolve.types[ref].name or '')}")
        return Expr(self.class_name(ref))

    def class_name(self, ref: m.TypeId) -> str:
        """The class of a named type, imported."""
        ref = definition(self._resolve, ref)
        name = camel(self._resolve.types[ref].name or "")
        return self.imported(self.bindings.owner(ref), name)

    def _behind(self, ref: m.TypeId) -> m.TypeId:
        behind = self._resolve.dealias(ref)
        if isinstance(behind, m.Prim):
            raise TypeError("a handle refers to a resource")
        return behind

    # --- codecs ---------------------------------------------------------------------------------

    def codec(self, ty: m.Type | None) -> Expr:
        """The codec of a type where it is used: a constant's name, or its structure."""
        if ty is None:
            return Expr(self._wire("NOTHING"))
        if isinstance(ty, m.Prim):
            return Expr(self._wire(ty.value.upper()))
        if self._resolve.types[ty].name is not None:
            ref = definition(self._resolve, ty)
            if ref in self.codec_names:
                module, name = self.codec_names[ref]
                return Expr(name if module == self.here else self.imported(module, name))
            return self.codec_of(ref)
        return self.codec_of(ty)

    def codec_of(self, ref: m.TypeId) -> Expr:
        """The structure of a codec, as a constant's right side."""
        kind = self._resolve.types[ref].kind
        match kind:
            case m.Record(fields):
                items = [_pair(string(snake(f.name)), self.codec(f.type)) for f in fields]
                return call(self._wire("RecordOf"), Expr(self.class_name(ref)), *items)
            case m.Variant(cases):
                items = [_pair(self._case(ref, c.name), self.codec(c.type)) for c in cases]
                return call(self._wire("VariantOf"), *items)
            case m.Enum():
                return call(self._wire("EnumOf"), Expr(self.class_name(ref)))
            case m.Flags(flags):
                count = Expr(str(len(flags)))
                return call(self._wire("FlagsOf"), Expr(self.class_name(ref)), count)
            case m.Alias(target):
                return self.codec(target)
            case m.Option(payload):
                nested = is_option(self._resolve, payload)
                name = "NestedOptionOf" if nested else "OptionOf"
                return call(self._wire(name), self.codec(payload))
            case m.Result(ok, err):
                return call(self._wire("ResultOf"), self.codec(ok), self.codec(err))
            case m.List(m.Prim.U8 | m.Prim.S8 as element):
                return call(self._wire("Bytes"), self.codec(element))
            case m.List(element):
                return call(self._wire("ListOf"), self.codec(element))
            case m.Tuple(types):
                return call(self._wire("TupleOf"), *(self.codec(t) for t in types))
            case m.Own(resource) | m.Borrow(resource):
                return self._handle(self._behind(resource))
            case m.Resource() | m.FixedLengthList() | m.Map() | m.Future() | m.Stream():
                raise TypeError("a type that cannot be sent")
            case _:
                assert_never(kind)

    def _handle(self, ref: m.TypeId) -> Expr:
        if ref == self.own:
            return call(self.imported("remote", "HandleOf"), Expr(self.own_class))
        return Expr(self.codec_names[ref][1])

    def handle_of(self, ref: m.TypeId) -> tuple[str, Expr]:
        """The annotation and the codec of a client resource's handles, as a constant."""
        codec, anything = self.imported("wit_value", "Codec"), self.imported("typing", "Any")
        made = f"{self.imported('remote', 'HandleOf')}[{anything}]"
        protocol = f"{PROTOCOLS}.{camel(self._resolve.types[ref].name or '')}"
        return f"{codec}[{protocol}]", call(made, Expr(self.resources[ref]))

    def _case(self, ref: m.TypeId, case: str) -> str:
        ref = definition(self._resolve, ref)
        name = f"{camel(self._resolve.types[ref].name or '')}_{camel(case)}"
        return self.imported(self.bindings.owner(ref), name)

    def _wire(self, name: str) -> str:
        return self.imported("wit_value", name)


PROTOCOLS = "_protocols"
"""The local name of the bindings' protocols; WIT names never begin with an underscore."""


def _pair(first: str, second: Expr) -> Expr:
    return Expr("", (Expr(first), second))
