"""The names in the module of a world: each is plain where it is free, and says more where not."""

from __future__ import annotations

from witgen.emit.host.types import HIDING, HostTypes
from witgen.emit.host.world.model import HostWorld, Part, Side
from witgen.emit.pycode.names import ImportSet, NameAllocator, camel, snake
from witgen.emit.types import handle_types, named_types
from witgen.resolve import model as m
from witgen.value import value

BIND, IMPORTS = "bind", "Imports"
"""The function that puts imports in the host's form, and the protocol of what a world imports."""

RESTORE, SAVE = "restore", "save"
"""What implements resources may have of its own, so that no WIT function is called so."""

_PartId = tuple[Side, str]


@value
class WorldNames:
    """The names.

    Attributes:
        types: The classes of types and resources, and how types are written.
        world: The class of what the world exports.
        classes: The class of each interface.
        attributes: The attribute that holds each interface.
        methods: The methods of each class that are not methods of resources, by their WIT names.
    """

    types: HostTypes
    world: str
    classes: dict[_PartId, str]
    attributes: dict[_PartId, str]
    methods: dict[_PartId, dict[str, str]]

    @staticmethod
    def of(world: HostWorld) -> WorldNames:
        """Choose all names: the world's, then resources, types and interfaces, exports first."""
        scope = NameAllocator()
        scope.reserve(("COMPONENT", BIND, IMPORTS))
        roots = tuple(world.types())
        hosted = frozenset(ref for part in world.imports for ref in part.resources)
        types = HostTypes(
            world.resolve,
            scope,
            ImportSet(scope),
            tuple(named_types(world.resolve, roots)),
            handles=handle_types(world.resolve, roots),
            hosted=hosted,
        )
        names = WorldNames(types, scope.take(camel(world.name)), {}, {}, {})
        for part in (*world.exports, *world.imports):
            for ref in part.resources:
                wanted = _wanted(types.name(ref), part.side, part.name, part.package)
                types.classes[ref] = scope.take_first(*map(camel, wanted))
        for ref in types.named:
            types.classes[ref] = scope.take_first(*map(camel, _declared(types, ref)))
        for ref in types.named:
            types.members[ref] = types.name_members(ref)
        for parts in (world.exports, world.imports):
            names._add(parts, world)
        return names

    def _add(self, parts: tuple[Part, ...], world: HostWorld) -> None:
        """The classes, attributes and methods of one side."""
        attributes = NameAllocator(hiding=HIDING)
        for part in parts:
            key = part.side, part.key
            if not part.key:
                self.methods[key] = _methods(self.types.resolve, part, attributes)
                continue
            longer = _longer(part)
            self.attributes[key] = attributes.take_first(*map(snake, (part.name, *longer)))
            others = (other for other in (*world.exports, *world.imports) if other.key != part.key)
            alike = any(other.name == part.name for other in others)
            suffixed = () if alike else (f"{part.name}-{_SUFFIXES[part.side]}",)
            wanted = (part.name, *suffixed, *longer)
            self.classes[key] = self.types.scope.take_first(*map(camel, wanted))
            scope = NameAllocator(hiding=HIDING)
            scope.reserve((RESTORE,) if part.side is Side.IMPORT and part.resources else ())
            self.methods[key] = _methods(self.types.resolve, part, scope)


_SUFFIXES = {Side.IMPORT: "import", Side.EXPORT: "interface"}


def _wanted(
    name: str, side: Side, interface: str, package: m.PackageName
) -> tuple[str, str, str, str]:
    """Names of a type, each with more in it of where it stands."""
    first = f"{name}-import" if side is Side.IMPORT else name
    return (
        name,
        f"{interface}-{name}" if interface else first,
        f"{package.name}-{interface}-{name}",
        f"{first}-{_qualified(package, interface)}",
    )


def _declared(types: HostTypes, ref: m.TypeId) -> tuple[str, ...]:
    typedef, name = types.resolve.types[ref], types.name(ref)
    if not isinstance(typedef.owner, m.InterfaceOwner):
        return (name,)
    interface = types.resolve.interfaces[typedef.owner.id]
    package = types.resolve.packages[interface.package].name
    return _wanted(name, Side.EXPORT, interface.name or "", package)


def _qualified(package: m.PackageName, interface: str) -> str:
    return f"{package.namespace}-{package.name}-{interface}"


def _longer(part: Part) -> tuple[str, ...]:
    """Names of an interface with its package, and at last its version."""
    qualified = _qualified(part.package, part.name)
    version = (part.package.version or "").replace(".", "-").replace("+", "-")
    with_version = (f"{qualified}-{version}",) if version else ()
    return (f"{part.package.name}-{part.name}", qualified, *with_version)


def _methods(resolve: m.Resolve, part: Part, scope: NameAllocator) -> dict[str, str]:
    """The methods of an interface's class: functions, constructors and statics.

    A constructor is called like its resource, a static like its resource and itself.
    """
    found: dict[str, str] = {}
    for function in part.functions:
        plain = _member_name(resolve, function)
        if plain is not None:
            found[function.name] = scope.take(snake(plain))
    return found


def _member_name(resolve: m.Resolve, function: m.Function) -> str | None:
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
