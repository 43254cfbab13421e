"""`Resolve`: packages, worlds, interfaces and types, with all names resolved.

The arenas and words are those of wit-parser, the reference implementation, and
`witgen.resolve.document` turns a `Resolve` into the JSON document that `wasm-tools component wit
--json` prints. Ids are indices into the arenas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from witgen.prim import Prim as Prim  # noqa: PLC0414 -- said again for those who import the model
from witgen.value import value

WorldId = NewType("WorldId", int)
InterfaceId = NewType("InterfaceId", int)
TypeId = NewType("TypeId", int)
PackageId = NewType("PackageId", int)


# At run time a `TypeId` is an int and a `Prim` a str: `isinstance(t, Prim)` distinguishes them.
Type = Prim | TypeId


@value
class Stable:
    """`@since(version = …)`, with an optional `@deprecated(version = …)`."""

    since: str
    deprecated: str | None = None


@value
class Unstable:
    """`@unstable(feature = …)`, with an optional `@deprecated(version = …)`."""

    feature: str
    deprecated: str | None = None


# None is the reference's "unknown": there is no gate.
Stability = Stable | Unstable | None


@value
class PackageName:
    """`namespace:name` with an optional semantic version (without the `@`)."""

    namespace: str
    name: str
    version: str | None = None

    def __str__(self) -> str:
        """`ns:name@version`."""
        return f"{self.namespace}:{self.name}" + (f"@{self.version}" if self.version else "")

    def interface(self, name: str) -> str:
        """The id of an interface or world of the package: `ns:name/interface@version`."""
        version = f"@{self.version}" if self.version else ""
        return f"{self.namespace}:{self.name}/{name}{version}"


# --- kinds of types -----------------------------------------------------------------------------


@value
class Field:
    """A field of a record."""

    name: str
    type: Type
    docs: str | None = None


@value
class Case:
    """A case of a variant; `type` is None without a payload."""

    name: str
    type: Type | None
    docs: str | None = None


@value
class Label:
    """A case of an enum or a flag of flags."""

    name: str
    docs: str | None = None


@value
class Record:
    """`record { … }`."""

    fields: tuple[Field, ...]


@value
class Variant:
    """`variant { … }`."""

    cases: tuple[Case, ...]


@value
class Enum:
    """`enum { … }`."""

    cases: tuple[Label, ...]


@value
class Flags:
    """`flags { … }`."""

    flags: tuple[Label, ...]


@value
class Tuple:
    """`tuple<…>`."""

    types: tuple[Type, ...]


@value
class Option:
    """`option<…>`."""

    type: Type


@value
class Result:
    """`result<ok, err>`; either may be missing."""

    ok: Type | None
    err: Type | None


@value
class List:
    """`list<…>`."""

    type: Type


@value
class FixedLengthList:
    """`list<…, N>`."""

    type: Type
    length: int


@value
class Map:
    """`map<key, value>`."""

    key: Type
    value: Type


@value
class Future:
    """`future<…>`."""

    type: Type | None


@value
class Stream:
    """`stream<…>`."""

    type: Type | None


@value
class Own:
    """`own<resource>`, also a resource's bare name in value position."""

    resource: TypeId


@value
class Borrow:
    """`borrow<resource>`."""

    resource: TypeId


@value
class Resource:
    """`resource`; its functions are in its owner."""


@value
class Alias:
    """Another name for a type: `type a = …` or a `use`."""

    type: Type


TypeDefKind = (
    Record
    | Variant
    | Enum
    | Flags
    | Tuple
    | Option
    | Result
    | List
    | FixedLengthList
    | Map
    | Future
    | Stream
    | Own
    | Borrow
    | Resource
    | Alias
)


@value
class InterfaceOwner:
    """The type is declared in an interface."""

    id: InterfaceId


@value
class WorldOwner:
    """The type is declared in a world."""

    id: WorldId


# Anonymous types have the owner None.
TypeOwner = InterfaceOwner | WorldOwner | None


@value
class TypeDef:
    """A type of the arena; anonymous when `name` is None."""

    name: str | None
    kind: TypeDefKind
    owner: TypeOwner = None
    docs: str | None = None
    stability: Stability = None
    external_id: str | None = None


# --- functions ----------------------------------------------------------------------------------


class FunctionShape(StrEnum):
    """The kind of a function; the values are the document's keys."""

    FREESTANDING = "freestanding"
    ASYNC_FREESTANDING = "async-freestanding"
    GETTER = "getter"
    SETTER = "setter"
    METHOD = "method"
    ASYNC_METHOD = "async-method"
    STATIC = "static"
    ASYNC_STATIC = "async-static"
    CONSTRUCTOR = "constructor"
    METHOD_GETTER = "method-getter"
    METHOD_SETTER = "method-setter"
    STATIC_GETTER = "static-getter"
    STATIC_SETTER = "static-setter"


@value
class FunctionKind:
    """The kind, and the resource that a method, static or constructor belongs to."""

    shape: FunctionShape
    resource: TypeId | None = None


@value
class Param:
    """A parameter; methods have `self` as their first."""

    name: str
    type: Type


@value
class Function:
    """A function; `name` is its full name, such as `[method]r.m`."""

    name: str
    kind: FunctionKind
    params: tuple[Param, ...]
    result: Type | None = None
    docs: str | None = None
    stability: Stability = None
    external_id: str | None = None

    @property
    def item_name(self) -> str:
        """The name without annotations and resource: `m` of `[method]r.m`, `r` of `[constructor]r`."""
        name = self.name.rsplit("]", 1)[-1]
        return name.split(".", 1)[-1]


# --- interfaces, worlds, packages ---------------------------------------------------------------


@value
class Interface:
    """An interface; inline in a world when `name` is None. Mappings keep their order."""

    name: str | None
    types: Mapping[str, TypeId]
    functions: Mapping[str, Function]
    package: PackageId
    docs: str | None = None
    stability: Stability = None
    clone_of: InterfaceId | None = None


# A world's key is a plain name (of a function, type, inline or labelled interface) or the id of an
# interface; at run time a str or an int.
WorldKey = str | InterfaceId


@value
class InterfaceItem:
    """An imported or exported interface."""

    id: InterfaceId
    stability: Stability = None
    external_id: str | None = None
    docs: str | None = None


@value
class FunctionItem:
    """A function imported or exported by the world itself."""

    function: Function


@value
class TypeItem:
    """A type of the world itself: always an import."""

    id: TypeId


WorldItem = InterfaceItem | FunctionItem | TypeItem


@value
class World:
    """A world. Mappings keep their order."""

    name: str
    imports: Mapping[WorldKey, WorldItem]
    exports: Mapping[WorldKey, WorldItem]
    package: PackageId
    docs: str | None = None
    stability: Stability = None


@value
class Package:
    """A package and its named interfaces and worlds, in order."""

    name: PackageName
    interfaces: Mapping[str, InterfaceId]
    worlds: Mapping[str, WorldId]
    docs: str | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    """Everything loaded; ids are indices into the four arenas.

    Attributes:
        root: The requested package; the others are its dependencies.
    """

    worlds: tuple[World, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    types: tuple[TypeDef, ...] = ()
    packages: tuple[Package, ...] = ()
    root: PackageId = field(default=PackageId(0), compare=False)

    def interface_id(self, id: InterfaceId) -> str | None:
        """`ns:pkg/iface@version`, or None for an inline interface."""
        interface = self.interfaces[id]
        if interface.name is None:
            return None
        return self.packages[interface.package].name.interface(interface.name)

    def dealias(self, type: Type) -> Type:
        """The type behind aliases and uses."""
        while not isinstance(type, Prim):
            kind = self.types[type].kind
            if not isinstance(kind, Alias):
                break
            type = kind.type
        return type
