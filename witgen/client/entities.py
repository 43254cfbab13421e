"""The parts of a target that become client resources, and the names that call their functions.

Each exported interface becomes a resource, as does each resource that it declares; the functions
that the world itself exports together become one. The names follow Golem, whose build first moves
inline interfaces and world functions into the interfaces `{world}-{name}` and
`{world}-inline-functions` of a package `ns:pkg-exports`: they are called by the names they have
there.
"""

from __future__ import annotations

from enum import StrEnum

from witgen.client.worlds import home, is_leftover
from witgen.resolve import model as m
from witgen.value import value

STATIC = frozenset(
    {
        m.FunctionShape.STATIC,
        m.FunctionShape.ASYNC_STATIC,
        m.FunctionShape.STATIC_GETTER,
        m.FunctionShape.STATIC_SETTER,
    }
)
"""The shapes of functions that belong to a resource and take no `self`."""


class Sort(StrEnum):
    """The kind of an entity."""

    INTERFACE = "interface"
    RESOURCE = "resource"
    FUNCTIONS = "functions"


@value
class Entity:
    """A part of the target that becomes a client resource.

    Attributes:
        sort: Its kind.
        export: The world's key of the interface that it belongs to; empty for the functions.
        id: That interface; the functions have none, -1.
        name: The preferred name of the client resource.
        interface: The plain name of its interface, `{world}-{name}` for an inline one.
        package: The package that its functions are called in.
        resource: The resource it represents.
        constructor: That resource's constructor.
        functions: Its functions, statics first.
        docs: Its documentation.
    """

    sort: Sort
    export: m.WorldKey
    id: m.InterfaceId
    name: str
    interface: str
    package: m.PackageName
    resource: m.TypeId | None
    constructor: m.Function | None
    functions: tuple[m.Function, ...]
    docs: str | None

    @property
    def prefix(self) -> str:
        """The interface in invocation names: `ns:pkg/iface@v`."""
        return self.package.interface(self.interface)

    @property
    def qualified(self) -> str:
        """The interface as a WIT name: `ns-pkg-iface`."""
        return f"{self.package.namespace}-{self.package.name}-{self.interface}"

    @property
    def stands_for(self) -> str:
        """Its name in messages."""
        match self.sort:
            case Sort.RESOURCE:
                return f"{self.prefix}.{self.name}"
            case Sort.INTERFACE | Sort.FUNCTIONS:
                return self.prefix

    def invocation(self, function: m.Function) -> str:
        """The name that calls a function of the entity."""
        shape = m.FunctionShape
        if self.sort is not Sort.RESOURCE:
            return f"{self.prefix}.{{{function.name}}}"
        if function.kind.shape is shape.CONSTRUCTOR:
            return self.new or ""
        # A member called `new` or `drop` must not be taken for the constructor or the drop.
        plain = function.item_name
        member = function.name if plain in {"new", "drop"} else f"{self.name}.{plain}"
        return f"{self.prefix}.{{{member}}}"

    @property
    def new(self) -> str | None:
        """The name that calls the constructor of a resource."""
        if self.sort is not Sort.RESOURCE:
            return None
        taken = any(f.item_name == "new" for f in self.functions)
        return f"{self.prefix}.{{{f'[constructor]{self.name}' if taken else f'{self.name}.new'}}}"

    @property
    def drop(self) -> str | None:
        """The name that calls the drop of a resource."""
        if self.sort is not Sort.RESOURCE:
            return None
        taken = any(f.item_name == "drop" for f in self.functions)
        return f"{self.prefix}.{{{f'[drop]{self.name}' if taken else f'{self.name}.drop'}}}"


def entities(resolve: m.Resolve, world: m.World) -> tuple[Entity, ...]:
    """The entities of a world, in the order of its exports."""
    found: list[Entity] = []
    functions: list[m.Function] = []
    own = home(resolve, world)
    split = m.PackageName(own.namespace, f"{own.name}-exports", own.version)
    for key, item in world.exports.items():
        if is_leftover(resolve, world, key):
            continue
        if isinstance(item, m.FunctionItem):
            functions.append(item.function)
        elif isinstance(item, m.InterfaceItem):
            interface = resolve.interfaces[item.id]
            if isinstance(key, str):
                found += _interface(resolve, key, item, f"{world.name}-{key}", split)
            else:
                package = resolve.packages[interface.package].name
                found += _interface(resolve, key, item, interface.name or "", package)
    if functions:
        name = f"{world.name}-inline-functions"
        found.append(
            Entity(
                Sort.FUNCTIONS,
                "",
                m.InterfaceId(-1),
                name,
                name,
                split,
                None,
                None,
                tuple(functions),
                world.docs,
            )
        )
    return tuple(found)


def _interface(
    resolve: m.Resolve,
    key: m.WorldKey,
    item: m.InterfaceItem,
    name: str,
    package: m.PackageName,
) -> list[Entity]:
    interface = resolve.interfaces[item.id]
    functions = tuple(interface.functions.values())
    free = tuple(f for f in functions if f.kind.resource is None)
    docs = interface.docs or item.docs
    found = [Entity(Sort.INTERFACE, key, item.id, name, name, package, None, None, free, docs)]
    for type_name, ref in interface.types.items():
        if not isinstance(resolve.types[ref].kind, m.Resource):
            continue
        own = [f for f in functions if f.kind.resource == ref]
        constructors = [f for f in own if f.kind.shape is m.FunctionShape.CONSTRUCTOR]
        members = [f for f in own if f.kind.shape is not m.FunctionShape.CONSTRUCTOR]
        statics = [f for f in members if f.kind.shape in STATIC]
        methods = [f for f in members if f.kind.shape not in STATIC]
        found.append(
            Entity(
                Sort.RESOURCE,
                key,
                item.id,
                type_name,
                name,
                package,
                ref,
                constructors[0] if constructors else None,
                (*statics, *methods),
                resolve.types[ref].docs,
            )
        )
    return found
