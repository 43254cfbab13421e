"""The names in the modules of a world: each is plain where nothing else wants it, and says more where not."""

from __future__ import annotations

from witgen.emit.host.types import HIDING, HostTypes
from witgen.emit.host.world.choosing import Wanted, choose, in_interface, of_interface
from witgen.emit.host.world.model import HostWorld, Part, Side
from witgen.emit.pycode.names import ImportSet, NameAllocator, camel, snake
from witgen.emit.types import handle_types, named_types
from witgen.resolve import model as m
from witgen.value import replace, value

BIND, IMPORTS = "bind", "Imports"
"""The function that puts imports in the host's form, and the protocol of what a world imports."""

RESTORE, SAVE = "restore", "save"
"""What implements resources may have of its own, so that no WIT function is called so."""

WORLD = "world"
"""The module of what the world itself has, and of everything where it has one interface only."""

_MODULES = ("__init__", "api", "py", WORLD)
_PartId = tuple[Side, str]


@value
class WorldNames:
    """The names.

    Attributes:
        types: The classes of types and resources, and how types are written.
        world: The class of what the world exports.
        modules: The modules of the interfaces, besides that of the world.
        homes: The module of each part.
        classes: The class of each interface.
        attributes: The attribute that holds each interface.
        methods: The methods of each class that are not methods of resources, by their WIT names.
    """

    types: HostTypes
    world: str
    modules: tuple[str, ...]
    homes: dict[_PartId, str]
    classes: dict[_PartId, str]
    attributes: dict[_PartId, str]
    methods: dict[_PartId, dict[str, str]]

    @staticmethod
    def of(world: HostWorld) -> WorldNames:
        """Choose all names: the world's, then resources and types, then interfaces."""
        scope = NameAllocator()
        scope.reserve(("COMPONENT", BIND, IMPORTS))
        roots = tuple(world.types())
        resolve, parts = world.resolve, (*world.exports, *world.imports)
        types = HostTypes(
            resolve,
            scope,
            ImportSet(scope, WORLD),
            tuple(named_types(resolve, roots)),
            handles=handle_types(resolve, roots),
            hosted=frozenset(ref for part in world.imports for ref in part.resources),
        )
        own = scope.take(camel(world.name))
        resources = {ref: part for part in parts for ref in part.resources}
        wanted = _views(types, resources)
        types.classes.update(choose(wanted, scope, camel))
        for ref in types.named:
            types.members[ref] = types.name_members(ref)
        modules = _modules(world, types)
        types.homes.update({ref: modules.get(_owner(resolve, ref), WORLD) for ref in wanted})
        names = WorldNames(
            types,
            own,
            tuple(dict.fromkeys(modules.values())),
            {(part.side, part.key): modules.get(part.interface, WORLD) for part in parts},
            choose({(p.side, p.key): _wanted(p, parts) for p in parts if p.key}, scope, camel),
            {},
            {},
        )
        for part in parts:
            for ref in part.resources:
                types.methods[ref] = (*(n for _, n in names.named(part, ref)), "drop")
        for side in (world.exports, world.imports):
            names._add(side)
        return names

    def _add(self, parts: tuple[Part, ...]) -> None:
        """The attributes and methods of one side."""
        attributes = NameAllocator(hiding=HIDING)
        wanted = {
            (part.side, part.key): of_interface(part.name, part.package)
            for part in parts
            if part.key
        }
        self.attributes.update(choose(wanted, attributes, snake))
        for part in parts:
            key = part.side, part.key
            if not part.key:
                self.methods[key] = _methods(self.types.resolve, part, attributes)
                continue
            scope = NameAllocator(hiding=HIDING)
            scope.reserve((RESTORE,) if part.side is Side.IMPORT and part.resources else ())
            self.methods[key] = _methods(self.types.resolve, part, scope)

    def named(self, part: Part, ref: m.TypeId) -> list[tuple[m.Function, str]]:
        """The methods of a resource, with their names."""
        scope = NameAllocator(hiding=HIDING)
        scope.reserve(("drop", SAVE) if part.side is Side.IMPORT else ("drop", "drop_async"))
        own = [f for f in part.functions if _is_method(self.types.resolve, f, ref)]
        return [(function, scope.take(snake(function.item_name))) for function in own]

    def class_of(self, part: Part) -> str:
        """The class of an interface, imported from its module."""
        key = part.side, part.key
        return self.types.imports.own(self.homes[key], self.classes[key])


def _views(types: HostTypes, resources: dict[m.TypeId, Part]) -> dict[m.TypeId, Wanted]:
    """What the resources and types want to be called; one that a world has twice says where."""
    seen: dict[tuple[m.TypeOwner, str], list[m.TypeId]] = {}
    for ref in (*resources, *types.named):
        seen.setdefault((types.resolve.types[ref].owner, types.name(ref)), []).append(ref)
    found: dict[m.TypeId, Wanted] = {}
    for ref in (*resources, *types.named):
        typedef, name = types.resolve.types[ref], types.name(ref)
        alike = seen[typedef.owner, name]
        if ref != alike[0]:
            part = resources.get(ref)
            label = "import" if part is None or part.key == _key(types, ref) else part.name
            name = f"{name}-import" if label == "import" else f"{label}-{name}"
        found[ref] = _in_owner(types.resolve, typedef.owner, name)
    return found


def _key(types: HostTypes, ref: m.TypeId) -> str | None:
    owner = types.resolve.types[ref].owner
    return types.resolve.interface_id(owner.id) if isinstance(owner, m.InterfaceOwner) else None


def _in_owner(resolve: m.Resolve, owner: m.TypeOwner, name: str) -> Wanted:
    if not isinstance(owner, m.InterfaceOwner):
        return Wanted(name)
    interface = resolve.interfaces[owner.id]
    package = resolve.packages[interface.package].name
    return in_interface(name, interface.name or "", package)


def _owner(resolve: m.Resolve, ref: m.TypeId) -> m.InterfaceId | None:
    owner = resolve.types[ref].owner
    return owner.id if isinstance(owner, m.InterfaceOwner) else None


def _modules(world: HostWorld, types: HostTypes) -> dict[m.InterfaceId | None, str]:
    """A module for each interface; none where there is only one."""
    resolve, wanted = world.resolve, dict[m.InterfaceId | None, Wanted]()
    for part in (*world.exports, *world.imports):
        if part.interface is not None:
            name = resolve.interfaces[part.interface].name or part.name
            wanted[part.interface] = of_interface(name, part.package)
    for ref in types.named:
        id = _owner(resolve, ref)
        if id is not None and id not in wanted:
            interface = resolve.interfaces[id]
            package = resolve.packages[interface.package].name
            wanted[id] = of_interface(interface.name or "types", package)
    if len(wanted) < 2:
        return {}
    scope = NameAllocator(hiding=frozenset())
    scope.reserve(_MODULES)
    return choose(wanted, scope, snake)


_SUFFIXES = {Side.IMPORT: "import", Side.EXPORT: "interface"}


def _wanted(part: Part, parts: tuple[Part, ...]) -> Wanted:
    """What the class of an interface wants to be called."""
    is_both = any(other.key == part.key and other.side is not part.side for other in parts)
    suffixed = f"{part.name}-{_SUFFIXES[part.side]}"
    found = of_interface(part.name, part.package, suffixed)
    return replace(found, name=suffixed) if is_both and part.side is Side.IMPORT else found


def _methods(resolve: m.Resolve, part: Part, scope: NameAllocator) -> dict[str, str]:
    """The methods of an interface's class: functions, constructors and statics.

    A constructor is called like its resource, a static like its resource and itself.
    """
    found: dict[str, str] = {}
    for function in part.functions:
        plain = member_name(resolve, function)
        if plain is not None:
            found[function.name] = scope.take(snake(plain))
    return found


def member_name(resolve: m.Resolve, function: m.Function) -> str | None:
    """What a function is called in its interface's class; None for a method of a resource."""
    shape, resource = function.kind.shape, function.kind.resource
    if shape is m.FunctionShape.METHOD:
        return None
    if resource is None:
        return function.name
    owner = resolve.types[resource].name or ""
    if shape is m.FunctionShape.CONSTRUCTOR:
        return owner
    return f"{owner}-{function.item_name}"


def _is_method(resolve: m.Resolve, function: m.Function, ref: m.TypeId) -> bool:
    kind = function.kind
    return (
        kind.shape is m.FunctionShape.METHOD
        and kind.resource is not None
        and resolve.dealias(kind.resource) == ref
    )
