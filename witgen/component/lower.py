"""`Resolve` → component types: interfaces as instance types, worlds as component types.

The order is that of the reference encoder: an interface's types, then the functions of its
resources in the order of these, then the other functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import assert_never

from witgen.component import types as t
from witgen.resolve import model as m

# An interface in a component type: the space and the name of its instance.
Known = dict[m.InterfaceId, tuple[t.Space, str]]


@dataclass(slots=True)  # native has a subclass with fields of its own
class Lowering:
    """One component type under construction.

    Attributes:
        resolve: The `Resolve` that contains interfaces and types.
        known: Interfaces already imported or exported, whose types can be referred to.
    """

    resolve: m.Resolve
    known: Known = field(default_factory=dict)

    # --- interfaces and worlds ---

    def interface(self, id: m.InterfaceId, *, functions: bool = True) -> t.InstanceType:
        """An interface as an instance type, one scope inside the component type.

        Raises:
            KeyError: It uses a type of an unknown interface.
        """
        interface = self.resolve.interfaces[id]
        exports: dict[str, t.Extern] = {}
        options: dict[str, t.NameOptions] = {}
        for name, type in interface.types.items():
            exports[name] = self.named(type, id)
            _external(options, name, self.resolve.types[type].external_id)
        for function in grouped(interface) if functions else ():
            exports[function.name] = self.function(function, id)
            _external(options, function.name, function.external_id)
        return t.InstanceType(exports, options)

    def world(self, id: m.WorldId) -> t.ComponentType:
        """A world as a component type.

        Raises:
            KeyError: The world is not elaborated: it uses an interface that it does not import.
        """
        world = self.resolve.worlds[id]
        imports, import_options = self._items(t.Space.IMPORT, world.imports.items())
        exports, export_options = self._items(t.Space.EXPORT, world.exports.items())
        return t.ComponentType(imports, exports, import_options, export_options)

    def _items(
        self, space: t.Space, items: Iterable[tuple[m.WorldKey, m.WorldItem]]
    ) -> tuple[dict[str, t.Extern], dict[str, t.NameOptions]]:
        externs: dict[str, t.Extern] = {}
        options: dict[str, t.NameOptions] = {}
        for key, item in items:
            name = self.key_name(key)
            match item:
                case m.InterfaceItem(id, _, external_id):
                    externs[name] = self.interface(id)
                    implements = self.resolve.interface_id(id) if isinstance(key, str) else None
                    if implements is None:
                        self.known[id] = (space, name)
                        _external(options, name, external_id)
                    else:
                        options[name] = t.NameOptions(implements, None, external_id)
                        self.known.setdefault(id, (space, name))
                case m.FunctionItem(function):
                    externs[name] = self.function(function)
                    _external(options, name, function.external_id)
                case m.TypeItem(type):
                    externs[name] = self.named(type)
                    _external(options, name, self.resolve.types[type].external_id)
                case _:
                    assert_never(item)
        return externs, options

    def key_name(self, key: m.WorldKey) -> str:
        """The name of an import or export in the binary."""
        return key if isinstance(key, str) else self.resolve.interface_id(key) or ""

    # --- types ---

    def named(self, id: m.TypeId, inside: m.InterfaceId | None = None) -> t.TypeEq | t.TypeSub:
        """The definition of a named type in its owner.

        Args:
            id: The type.
            inside: The interface that owns it, None for a world.
        """
        kind = self.resolve.types[id].kind
        if isinstance(kind, m.Resource):
            return t.TypeSub()
        return t.TypeEq(self.shape(kind, inside))

    def function(self, function: m.Function, inside: m.InterfaceId | None = None) -> t.FuncType:
        """The type of a function."""
        return t.FuncType(
            tuple((p.name, self.type(p.type, inside)) for p in function.params),
            self._optional(function.result, inside),
            function.kind.shape.value.startswith("async-"),
        )

    def type(self, type: m.Type, inside: m.InterfaceId | None = None) -> t.ValType:
        """A type at its use; named ones become references."""
        if isinstance(type, m.Prim):
            return type
        typedef = self.resolve.types[type]
        if typedef.name is None:
            return self.shape(typedef.kind, inside)
        return self._ref(typedef, typedef.name, inside)

    def _ref(self, typedef: m.TypeDef, name: str, inside: m.InterfaceId | None) -> t.Ref:
        up = 0 if inside is None else 1
        match typedef.owner:
            case m.InterfaceOwner(id) if id == inside:
                return t.Ref(0, t.Space.EXPORT, (name,))
            case m.InterfaceOwner(id):
                space, key = self.known[id]
                return t.Ref(up, space, (key, name))
            case _:
                return t.Ref(up, t.Space.IMPORT, (name,))

    def _optional(self, type: m.Type | None, inside: m.InterfaceId | None) -> t.ValType | None:
        return None if type is None else self.type(type, inside)

    def shape(self, kind: m.TypeDefKind, inside: m.InterfaceId | None = None) -> t.ValType:
        """The structure of a type.

        Raises:
            ValueError: The kind is a resource, which has no structure.
        """
        match kind:
            case m.Record(fields):
                return t.Record(tuple((f.name, self.type(f.type, inside)) for f in fields))
            case m.Variant(cases):
                return t.Variant(tuple((c.name, self._optional(c.type, inside)) for c in cases))
            case m.Enum(labels):
                return t.Enum(tuple(x.name for x in labels))
            case m.Flags(labels):
                return t.Flags(tuple(x.name for x in labels))
            case m.Tuple(types):
                return t.Tuple(tuple(self.type(x, inside) for x in types))
            case m.Option(type):
                return t.Option(self.type(type, inside))
            case m.Result(ok, err):
                return t.Result(self._optional(ok, inside), self._optional(err, inside))
            case m.List(type):
                return t.List(self.type(type, inside))
            case m.FixedLengthList(type, length):
                return t.FixedList(self.type(type, inside), length)
            case m.Map(key, value):
                return t.Map(self.type(key, inside), self.type(value, inside))
            case m.Future(payload):
                return t.Future(self._optional(payload, inside))
            case m.Stream(payload):
                return t.Stream(self._optional(payload, inside))
            case m.Own(resource):
                return t.Own(self.type(resource, inside))
            case m.Borrow(resource):
                return t.Borrow(self.type(resource, inside))
            case m.Alias(type):
                return self.type(type, inside)
            case m.Resource():
                raise ValueError("a resource has no shape")
            case _:
                assert_never(kind)


def _external(options: dict[str, t.NameOptions], name: str, external_id: str | None) -> None:
    if external_id is not None:
        options[name] = t.NameOptions(external_id=external_id)


def grouped(interface: m.Interface) -> list[m.Function]:
    """The functions, those of resources first, in the order of the resources."""
    rank = {type: index for index, type in enumerate(interface.types.values())}
    last = len(rank)

    def key(function: m.Function) -> int:
        resource = function.kind.resource
        return last if resource is None else rank.get(resource, last)

    return sorted(interface.functions.values(), key=key)


def interface_type(
    resolve: m.Resolve, id: m.InterfaceId, named: Callable[[str], str] = str
) -> t.ComponentType:
    """A component type that exports an interface and imports the types that it uses of others.

    Args:
        resolve: Where the interface stands.
        id: The interface, which has a name.
        named: The name of an import, of the interface's own name.
    """
    lowering = Lowering(resolve)
    imports: dict[str, t.Extern] = {}
    for used in dependencies(resolve, id):
        key = named(lowering.key_name(used))
        imports[key] = lowering.interface(used, functions=False)
        lowering.known[used] = (t.Space.IMPORT, key)
    return t.ComponentType(imports, {lowering.key_name(id): lowering.interface(id)})


def dependencies(resolve: m.Resolve, id: m.InterfaceId) -> list[m.InterfaceId]:
    """The interfaces whose types an interface uses, directly or not, each after its own."""
    order: list[m.InterfaceId] = []
    # A stack of (interface, whether its dependencies are done).
    stack = [(id, False)]
    while stack:
        current, ready = stack.pop()
        if current in order:
            continue
        if ready:
            order.append(current)
            continue
        stack.append((current, True))
        stack += [(used, False) for used in reversed(_direct(resolve, current))]
    return order[:-1]


def _direct(resolve: m.Resolve, id: m.InterfaceId) -> list[m.InterfaceId]:
    found: dict[m.InterfaceId, None] = {}
    for type in resolve.interfaces[id].types.values():
        kind = resolve.types[type].kind
        if isinstance(kind, m.Alias) and not isinstance(kind.type, m.Prim):
            owner = resolve.types[kind.type].owner
            if isinstance(owner, m.InterfaceOwner) and owner.id != id:
                found[owner.id] = None
    return list(found)
