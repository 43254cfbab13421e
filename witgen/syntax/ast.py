"""The syntax tree of WIT: the text as written, with no names resolved.

Positions are offsets of a `witgen.syntax.sources.SourceMap`, so that two integers locate a node in
any file. `docs` is the text of the comments before an item, already joined.

Nodes are named tuples: immutable like frozen dataclasses, but much cheaper to define and create,
which every run that reads WIT does. Since tuples of different kinds may be equal, nodes are
distinguished by identity and kind, never compared.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Ident(NamedTuple):
    """A name without its `%`."""

    name: str
    start: int
    end: int


class PackageRef(NamedTuple):
    """`namespace:name@version`."""

    namespace: Ident
    name: Ident
    version: str | None
    start: int
    end: int

    def __str__(self) -> str:
        """As written in the text."""
        version = f"@{self.version}" if self.version is not None else ""
        return f"{self.namespace.name}:{self.name.name}{version}"


class Path(NamedTuple):
    """A name in scope, or an interface or world of another package."""

    package: PackageRef | None
    name: Ident


# --- attributes ---------------------------------------------------------------------------------


class Attribute(NamedTuple):
    """The value of one attribute: a version, a feature or an external id, with its place."""

    value: str
    start: int
    end: int


class Attributes(NamedTuple):
    """The attributes of an item, each at most once."""

    since: Attribute | None = None
    unstable: Attribute | None = None
    deprecated: Attribute | None = None
    external_id: Attribute | None = None


NO_ATTRIBUTES = Attributes()


# --- types --------------------------------------------------------------------------------------


class Primitive(NamedTuple):
    """A built-in type: `u8`, `string`, `error-context`."""

    name: str
    start: int
    end: int


class Named(NamedTuple):
    """A type referred to by name."""

    ident: Ident


class Head(Enum):
    """The built-in type constructors."""

    LIST = "list"
    FIXED_LIST = "fixed-length list"
    OPTION = "option"
    RESULT = "result"
    TUPLE = "tuple"
    MAP = "map"
    FUTURE = "future"
    STREAM = "stream"


class Generic(NamedTuple):
    """A built-in constructor with its arguments.

    Attributes:
        args: One type for list, option, future and stream (None: no payload), ok and err for
            result, key and value for map, all members for tuple.
        length: The length of a fixed-length list.
    """

    head: Head
    args: tuple[TypeExpr | None, ...]
    start: int
    end: int
    length: int = 0


class Handle(NamedTuple):
    """`own<r>` or `borrow<r>`."""

    borrowed: bool
    resource: Ident
    start: int
    end: int


TypeExpr = Primitive | Named | Generic | Handle


# --- definitions --------------------------------------------------------------------------------


class Member(NamedTuple):
    """A field, case or flag; only fields always have a type."""

    name: Ident
    type: TypeExpr | None
    docs: str | None


class AliasDef(NamedTuple):
    """`type name = type;`."""

    name: Ident
    type: TypeExpr
    docs: str | None
    attributes: Attributes


class Shape(Enum):
    """The definitions that consist of a list of members."""

    RECORD = "record"
    VARIANT = "variant"
    ENUM = "enum"
    FLAGS = "flags"


class MembersDef(NamedTuple):
    """A record, variant, enum or flags."""

    shape: Shape
    name: Ident
    members: tuple[Member, ...]
    docs: str | None
    attributes: Attributes


class ResourceDef(NamedTuple):
    """A resource with its constructor, methods and statics."""

    name: Ident
    functions: tuple[Func, ...]
    docs: str | None
    attributes: Attributes


TypeDecl = AliasDef | MembersDef | ResourceDef


class Role(Enum):
    """What a function is."""

    FUNC = "func"
    GETTER = "get"
    SETTER = "set"
    CONSTRUCTOR = "constructor"


class Parameter(NamedTuple):
    """A parameter with its type."""

    name: Ident
    type: TypeExpr


class Signature(NamedTuple):
    """A function type or an accessor."""

    role: Role
    is_async: bool
    parameters: tuple[Parameter, ...]
    result: TypeExpr | None
    start: int
    end: int


class Func(NamedTuple):
    """A function of an interface, a resource or a world; a constructor's name is its keyword."""

    name: Ident
    signature: Signature
    is_static: bool
    docs: str | None
    attributes: Attributes


class UsedName(NamedTuple):
    """A name in braces of a `use`."""

    name: Ident
    alias: Ident | None

    @property
    def local(self) -> Ident:
        """Its local name."""
        return self.alias or self.name


class Use(NamedTuple):
    """`use path.{…};` in an interface or a world."""

    path: Path
    names: tuple[UsedName, ...]
    attributes: Attributes


InterfaceItem = Use | AliasDef | MembersDef | ResourceDef | Func


# --- items --------------------------------------------------------------------------------------


class InterfaceDef(NamedTuple):
    """`interface name { … }`; the name of an inline interface is its label in the world."""

    name: Ident
    items: tuple[InterfaceItem, ...]
    docs: str | None
    attributes: Attributes


class Extern(NamedTuple):
    """An import or export of a world.

    Attributes:
        name: The plain name, None for an interface by its path.
    """

    is_import: bool
    name: Ident | None
    body: Path | Func | InterfaceDef
    docs: str | None
    attributes: Attributes
    start: int
    end: int


class Rename(NamedTuple):
    """`name as alias` of an include."""

    name: Ident
    alias: Ident


class Include(NamedTuple):
    """`include path with { … }`."""

    path: Path
    renames: tuple[Rename, ...]
    attributes: Attributes


WorldItem = Use | AliasDef | MembersDef | ResourceDef | Extern | Include


class WorldDef(NamedTuple):
    """`world name { … }`."""

    name: Ident
    items: tuple[WorldItem, ...]
    docs: str | None
    attributes: Attributes


class TopUse(NamedTuple):
    """`use path as name;` outside of interfaces and worlds."""

    path: Path
    alias: Ident | None

    @property
    def local(self) -> Ident:
        """Its name in the file."""
        return self.alias or self.path.name


class PackageHeader(NamedTuple):
    """`package ns:name@version;`, with the place of its docs."""

    name: PackageRef
    docs: str | None
    docs_start: int


class Broken(NamedTuple):
    """An item that could not be parsed; its name, if known, is not reported as missing."""

    name: str | None


class NestedPackage(NamedTuple):
    """`package ns:name@version { … }`."""

    name: PackageRef
    items: tuple[Item, ...]
    docs: str | None


Item = InterfaceDef | WorldDef | TopUse | NestedPackage | Broken


class Document(NamedTuple):
    """One file.

    Attributes:
        file: The name shown to people.
        base: The offset of its first character in the source map.
        header: The package that the items belong to, if the file declares it.
    """

    file: str
    base: int
    header: PackageHeader | None
    items: tuple[Item, ...]
