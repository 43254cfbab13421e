"""What of a world a Python program implements, and what of it the program calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from witgen.client.travel import Travel
from witgen.client.worlds import choose, home, is_leftover
from witgen.diagnostics import Diagnostic, Severity, Sink, WitError
from witgen.emit.host.world.sides import Views
from witgen.resolve import model as m
from witgen.value import replace, value

_PROVIDED = re.compile(
    r"wasi:(?:cli|clocks|filesystem|http|io|random|sockets)/[^@]+@0\.2\..*"
    r"|golem:(?:rpc/types|api/host)(?:@.*)?"
    r"|witgen:rpc/cancellation(?:@.*)?"
    r"|[^/]+-client(?:@[^/]*)?/[^/@]+-client(?:@.*)?"
)
"""The imports that the host provides itself: WASI, the calls of clients, and clients."""


class Side(StrEnum):
    """Who implements a part of a world."""

    IMPORT = "import"  # the program
    EXPORT = "export"  # the component


@value
class Part:
    """An interface of a world, or the functions of the world itself.

    Attributes:
        side: Who implements it.
        key: Its name in a component: `ns:pkg/iface@v`, or that of an inline one; empty for the
            world.
        name: Its WIT name; empty for the world.
        package: The package that contains it.
        functions: Its functions that can be bound.
        resources: The resources that it declares.
        docs: Its documentation.
        interface: The interface; None for the world.
        stability: Its gate.
    """

    side: Side
    key: str
    name: str
    package: m.PackageName
    functions: tuple[m.Function, ...]
    resources: tuple[m.TypeId, ...]
    docs: str | None
    interface: m.InterfaceId | None = None
    stability: m.Stability = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it is left."""
        return not (self.functions or self.resources)

    def invocation(self, member: str) -> str:
        """The name that an exported member is called by."""
        if not self.key and "." not in member and not member.startswith("["):
            return member
        return f"{self.key}.{{{member}}}" if self.key else f"{{{member}}}"


@value
class HostWorld:
    """A world as a Python program sees it.

    Attributes:
        resolve: Where the types stand; a resource that is imported and exported is two.
        name: The world's name; of a component, that of its package.
        target: The world: `ns:pkg/world@v`.
        component: The name that it is deployed under.
        docs: Its documentation.
        imports: What the program implements.
        exports: What it calls.
        warnings: What was left out.
    """

    resolve: m.Resolve
    name: str
    target: str
    component: str
    docs: str | None
    imports: tuple[Part, ...]
    exports: tuple[Part, ...]
    warnings: tuple[Diagnostic, ...]

    def types(self) -> Iterator[m.Type]:
        """The types of all parameters and results."""
        for part in (*self.exports, *self.imports):
            for function in part.functions:
                yield from (param.type for param in function.params)
                if function.result is not None:
                    yield function.result


def host_world(
    resolve: m.Resolve,
    world: str | None = None,
    *,
    component: str | None = None,
    skip_unsupported: bool = False,
) -> HostWorld:
    """What of a world a Python program implements and calls.

    Args:
        resolve: The component.
        world: Its world, by name or as `ns:pkg/world@version`; by default the only one.
        component: The name that it is deployed under, by default `ns:pkg`.
        skip_unsupported: Leave out, with a warning, what cannot be bound.

    Raises:
        WitError: there is no such world, or some of its functions cannot be bound; one diagnostic
            a function.
    """
    chosen = choose(resolve, world)
    own = home(resolve, chosen)
    views = Views.of(resolve, chosen)
    found = (
        *_parts(views, chosen, Side.IMPORT, chosen.imports, own),
        *_parts(views, chosen, Side.EXPORT, chosen.exports, own),
    )
    resolve = replace(resolve, types=tuple(views.types))
    bindable = frozenset(ref for part in found for ref in part.resources)
    otherwise = "which the host itself provides"
    travel = Travel(resolve, bindable, otherwise=otherwise)
    sink = Sink()
    parts = [_bound(part, travel, sink, skip=skip_unsupported) for part in found]
    if sink.errors:
        raise WitError(sink.diagnostics)
    is_unnamed = chosen.name == "root" and own.name != "component"
    return HostWorld(
        resolve,
        own.name if is_unnamed else chosen.name,
        own.interface(chosen.name),
        component or f"{own.namespace}:{own.name}",
        chosen.docs,
        tuple(part for part in parts if part.side is Side.IMPORT and not part.is_empty),
        tuple(part for part in parts if part.side is Side.EXPORT and not part.is_empty),
        tuple(sink.diagnostics),
    )


def _parts(
    views: Views,
    world: m.World,
    side: Side,
    items: Mapping[m.WorldKey, m.WorldItem],
    own: m.PackageName,
) -> Iterator[Part]:
    """The parts of one side that have something to bind, the world's own functions first."""
    resolve = views.resolve
    functions = [item.function for item in items.values() if isinstance(item, m.FunctionItem)]
    resources = [item.id for item in items.values() if isinstance(item, m.TypeItem)]
    resources = [ref for ref in resources if isinstance(resolve.types[ref].kind, m.Resource)]
    if functions or resources:
        yield Part(side, "", "", own, tuple(functions), tuple(resources), world.docs)
    for key, item in items.items():
        if not isinstance(item, m.InterfaceItem):
            continue
        if side is Side.EXPORT and is_leftover(resolve, world, key):
            continue
        body = resolve.interfaces[item.id]
        name = key if isinstance(key, str) else resolve.interface_id(item.id) or ""
        if side is Side.IMPORT and _PROVIDED.fullmatch(name):
            continue
        view = views.next(item.id, exported=side is Side.EXPORT)
        declared = [i for i in body.types.values() if isinstance(resolve.types[i].kind, m.Resource)]
        members = [view.function(function) for function in body.functions.values()]
        if members or declared:
            plain = key if isinstance(key, str) else body.name or ""
            package = resolve.packages[body.package].name
            docs = body.docs or item.docs
            types = tuple(map(view.type, declared))
            gate = body.stability or item.stability
            yield Part(side, name, plain, package, tuple(members), types, docs, item.id, gate)


def _bound(part: Part, travel: Travel, sink: Sink, *, skip: bool) -> Part:
    """A part with only the functions that can be bound; the others are reported."""

    def keeps(function: m.Function) -> bool:
        reason = travel.function(function)
        if reason is None:
            return True
        name = part.invocation(function.name)
        if skip:
            message = f"{_what(part)}`{name}` is left out: {reason}"
            sink.add(Diagnostic("GEN2102", message, severity=Severity.WARNING))
        else:
            hint = ("`--skip-unsupported` leaves it out",)
            message = f"{_what(part)}`{name}` cannot be bound to Python: {reason}"
            sink.add(Diagnostic("GEN2101", message, help=hint))
        return False

    return replace(part, functions=tuple(f for f in part.functions if keeps(f)))


def _what(part: Part) -> str:
    return "the import " if part.side is Side.IMPORT else ""
