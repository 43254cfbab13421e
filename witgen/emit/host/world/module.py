"""A component's world as typed Python: what it exports to call, what it imports to implement."""

from __future__ import annotations

from collections.abc import Sequence

from witgen.emit.host.methods import BODY, Methods, head, like
from witgen.emit.host.types import HIDING
from witgen.emit.host.values import Converters, Way
from witgen.emit.host.world.model import HostWorld, Part
from witgen.emit.host.world.names import BIND, IMPORTS, SAVE, WorldNames
from witgen.emit.pycode.docstrings import docstring
from witgen.emit.pycode.environment import render, string
from witgen.emit.pycode.names import NameAllocator, snake
from witgen.emit.pycode.pretty import Expr, call, layout
from witgen.resolve import model as m
from witgen.value import value

_NONE = Expr("None")
_DROPPED = (
    "drop",
    "drop_async",
)  # the attributes that the class of a component's resource already has


@value
class _Module:
    """What the template sees."""

    target: str
    component: str
    component_name: str
    imports: tuple[str, ...]
    exported: tuple[str, ...]
    definitions: tuple[tuple[str, ...], ...]
    world: str
    has_exports: bool
    has_imports: bool


def world_module(world: HostWorld) -> bytes:
    """The source of `world.py`."""
    names = WorldNames.of(world)
    types, converters = names.types, Converters(names.types)
    methods = Methods(types, converters)
    exports, imports = _Exports(world, names, methods), _Imports(world, names, methods)
    blocks = [block for ref in types.named for block in types.definitions(ref)]
    blocks += [*imports.protocols(), *exports.classes()]
    adapters = imports.adapters()
    exported = [name for ref in types.named for name in types.exported(ref)]
    exported += [
        types.classes[ref] for p in (*world.exports, *world.imports) for ref in p.resources
    ]
    exported += names.classes.values()
    exported += [names.world] if world.exports else []
    exported += [BIND, IMPORTS] if world.imports else []
    view = _Module(
        world.target,
        world.component,
        string(world.component),
        tuple(types.imports.lines()),
        tuple(sorted(map(string, ("COMPONENT", *exported)))),
        (*blocks, *adapters, *converters.functions),
        names.world,
        bool(world.exports),
        bool(world.imports),
    )
    return render("host/templates/world.py.j2", view)


@value
class _Exports:
    """Renders what the component implements."""

    world: HostWorld
    names: WorldNames
    methods: Methods

    def classes(self) -> list[tuple[str, ...]]:
        """The classes of resources and interfaces, and the one of the world."""
        found: list[tuple[str, ...]] = []
        for part in self.world.exports:
            found += [self._resource(part, ref) for ref in part.resources]
            found += [self._interface(part)] if part.key else []
        return [*found, self._world()] if self.world.exports else found

    def _resource(self, part: Part, ref: m.TypeId) -> tuple[str, ...]:
        types = self.names.types
        wit = types.name(ref)
        drop = string(part.invocation(f"[drop]{wit}"))
        docs = types.resolve.types[ref].docs or f"The resource `{wit}` of the component."
        scope = NameAllocator(hiding=HIDING)
        scope.reserve(_DROPPED)
        lines = [
            f"class {types.classes[ref]}({types.shim('RemoteResource')}):",
            *docstring(docs, 4),
            "",
            f"    _DROP = {drop}",
        ]
        own = _methods_of(types.resolve, part, ref)
        plain = [scope.take(snake(function.item_name)) for function in own]
        for function, name in zip(own, plain, strict=True):
            lines += self._function(part, function, name, scope)
        return tuple(lines)

    def _interface(self, part: Part) -> tuple[str, ...]:
        key = part.side, part.key
        lines = [
            f"class {self.names.classes[key]}:",
            *docstring(part.docs or f"The exported interface `{part.key}`.", 4),
            "",
            *head("__init__", [("remote", Expr(self.names.types.shim("Remote")))], [], _NONE),
            "        self._remote = remote",
        ]
        return (*lines, *self._functions(part))

    def _functions(self, part: Part) -> list[str]:
        names = self.names.methods[part.side, part.key]
        scope = NameAllocator(hiding=HIDING)
        scope.reserve([*names.values(), *self.names.attributes.values()])
        return [
            line
            for function in part.functions
            if function.name in names
            for line in self._function(part, function, names[function.name], scope)
        ]

    def _world(self) -> tuple[str, ...]:
        shim = self.names.types.shim
        text = Expr("str")
        options = [("worker", Expr(f"{text.head} | None"))]
        remote = call(shim("Remote"), Expr("caller"), Expr("COMPONENT"), Expr("worker"))
        lines = [
            f"class {self.names.world}:",
            *docstring(self.world.docs or f"What `{self.world.target}` exports.", 4),
            "",
            *_with_default("__init__", [("caller", Expr(shim("Invoker")))], options[0]),
            *layout(remote, 8, "self._remote = "),
        ]
        own: list[str] = []
        for part in self.world.exports:
            if not part.key:
                own = self._functions(part)
                continue
            attribute = self.names.attributes[part.side, part.key]
            made = call(self.names.classes[part.side, part.key], Expr("self._remote"))
            lines += layout(made, 8, f"self.{attribute} = ")
        return (*lines, *own)

    def _function(
        self, part: Part, function: m.Function, name: str, scope: NameAllocator
    ) -> list[str]:
        """The method that waits for a function, and the one that is awaited."""
        types, methods = self.names.types, self.methods
        is_method = function.kind.shape is m.FunctionShape.METHOD
        params = function.params[1:] if is_method else function.params
        names = methods.names(params, ())
        arguments = methods.converted(Way.LOWER, names, params)
        if is_method:
            itself = call(types.shim("borrow"), Expr("self"))
            arguments = Expr("", (itself, *(arguments.items or ())))
        annotated, returns = methods.annotated(names, params), types.annotation(function.result)
        how, lifted, prefix = methods.how(function.result)
        invocation = Expr(string(part.invocation(function.name)))
        made = call(f"self._remote.{how}", *lifted, invocation, arguments)
        docs = docstring(function.docs or "", 8)
        waiting = ["", *head(name, annotated, [], returns), *docs, *layout(made, 8, prefix)]
        later = scope.take(f"{name.rstrip('_')}_async")
        threaded = methods.threaded(f"self.{name}", map(Expr, names), prefix and "return await ")
        if not prefix:
            threaded = methods.threaded(f"self.{name}", map(Expr, names), "await ")
        opening = head(later, annotated, [], returns, is_async=True)
        return [*waiting, "", *opening, *like(f"`{name}`"), *threaded]


@value
class _Imports:
    """Renders what the program implements."""

    world: HostWorld
    names: WorldNames
    methods: Methods

    # --- protocols ------------------------------------------------------------------------------

    def protocols(self) -> list[tuple[str, ...]]:
        """The protocols of resources and interfaces, and the one of all imports."""
        found: list[tuple[str, ...]] = []
        for part in self.world.imports:
            found += [self._resource(part, ref) for ref in part.resources]
            found += [self._interface(part)] if part.key else []
        return [*found, self._all()] if self.world.imports else found

    def _resource(self, part: Part, ref: m.TypeId) -> tuple[str, ...]:
        types = self.names.types
        wit = types.name(ref)
        docs = types.resolve.types[ref].docs or f"What implements the resource `{wit}`."
        lines = self._open(types.classes[ref], docs)
        for function, name in self._named(part, ref):
            lines += self._declared(function, name, function.params[1:])
        drop = docstring("The component is done with it.", 8)
        return (*lines, "", *head("drop", [], [], _NONE), *drop)

    def _interface(self, part: Part) -> tuple[str, ...]:
        docs = part.docs or f"What implements the imported interface `{part.key}`."
        lines = self._open(self.names.classes[part.side, part.key], docs)
        return (*lines, *self._functions(part))

    def _functions(self, part: Part) -> list[str]:
        names = self.names.methods[part.side, part.key]
        return [
            line
            for function in part.functions
            if function.name in names
            for line in self._declared(function, names[function.name], function.params)
        ]

    def _all(self) -> tuple[str, ...]:
        lines = self._open(IMPORTS, f"What `{self.world.target}` imports.")
        for part in self.world.imports:
            if not part.key:
                lines += self._functions(part)
                continue
            attribute = self.names.attributes[part.side, part.key]
            returns = Expr(self.names.classes[part.side, part.key])
            docs = docstring(f"What implements `{part.key}`.", 8)
            lines += ["", "    @property", *head(attribute, [], [], returns), *docs, "        ..."]
        return tuple(lines)

    def _open(self, name: str, docs: str) -> list[str]:
        protocol = self.names.types.imports.name("typing", "Protocol")
        return [f"class {name}({protocol}):", *docstring(docs, 4)]

    def _declared(self, function: m.Function, name: str, params: tuple[m.Param, ...]) -> list[str]:
        """A method to implement."""
        types, methods = self.names.types, self.methods
        annotated = methods.annotated(methods.names(params, ()), params)
        returns, docs = types.annotation(function.result), docstring(function.docs or "", 8)
        if not docs:
            return ["", *head(name, annotated, [], returns, end=": ...")]
        return ["", *head(name, annotated, [], returns), *docs, "        ..."]

    def _named(self, part: Part, ref: m.TypeId) -> list[tuple[m.Function, str]]:
        """The methods of a resource, with their names."""
        scope = NameAllocator(hiding=HIDING)
        scope.reserve(("drop", SAVE))
        own = _methods_of(self.names.types.resolve, part, ref)
        return [(function, scope.take(snake(function.item_name))) for function in own]

    # --- adapters -------------------------------------------------------------------------------

    def adapters(self) -> list[tuple[str, ...]]:
        """The function `bind`, and one for each interface."""
        if not self.world.imports:
            return []
        shim = self.names.types.shim
        found: list[tuple[str, ...]] = []
        items: list[tuple[str, Expr]] = []
        for part in self.world.imports:
            label = self.names.attributes.get((part.side, part.key), "")
            name = self.names.types.scope.take(f"_bind_{label}".rstrip("_"))
            host = f"imports.{label}" if label else "imports"
            items.append((part.key, call(name, Expr(host))))
            found.append(self._adapter(part, name))
        lines = head(
            BIND, [("imports", Expr(IMPORTS))], [], Expr(shim("HostImports")), first="", indent=0
        )
        docs = docstring("The imports as `Instance` and `Deployment` take them.", 4)
        return [(*lines, *docs, *_dict(items, 4)), *found]

    def _adapter(self, part: Part, name: str) -> tuple[str, ...]:
        """The function that puts what implements an interface in the host's form."""
        types = self.names.types
        class_ = self.names.classes.get((part.side, part.key), IMPORTS)
        members = Expr(types.shim("Members"))
        lines = head(name, [("host", Expr(class_))], [], members, first="", indent=0)
        scope = NameAllocator(hiding=HIDING | BODY)
        scope.reserve(("host", "restorer"))
        items: list[tuple[str, Expr]] = []
        names = self.names.methods[part.side, part.key]
        methods = {f.name: (f, n) for ref in part.resources for f, n in self._named(part, ref)}
        for function in part.functions:
            if function.name in names:
                plain = names[function.name]
                taken = scope.take(plain)
                lines += self._adapted(function, taken, f"host.{plain}", ())
            else:
                _, method = methods[function.name]
                owner = function.kind.resource
                class_ = types.resource(owner) if owner is not None else ""
                taken = scope.take(f"{snake(types.name(owner or m.TypeId(0)))}_{method}")
                lines += self._adapted(function, taken, f"it.{method}", (("it", Expr(class_)),))
            items.append((function.name, Expr(taken)))
        for ref in part.resources:
            taken = scope.take(f"{snake(types.name(ref)).rstrip('_')}_drop")
            opening = head(taken, [("it", Expr(types.classes[ref]))], [], _NONE, first="")
            lines += [*opening, "        it.drop()", ""]
            items.append((f"[drop]{types.name(ref)}", Expr(taken)))
        if part.resources:
            items.append(("[restore]", call(types.shim("restorer"), Expr("host"))))
        return (*lines, *_dict(items, 4))

    def _adapted(
        self, function: m.Function, name: str, target: str, first: Sequence[tuple[str, Expr]]
    ) -> list[str]:
        """A function in the host's form: from the normal form of values and to it."""
        types, methods = self.names.types, self.methods
        params = function.params[len(first) :]
        names = methods.names(params, ("host", "it"))
        taken = [*first, *((param, Expr(types.shim("Value"))) for param in names)]
        returns = _NONE if function.result is None else Expr(types.shim("Value"))
        called = call(target, *(methods.converted(Way.LIFT, names, params).items or ()))
        opening = head(name, taken, [], returns, first="")
        if function.result is None:
            return [*opening, *layout(called, 8), ""]
        made = methods.converters.convert(Way.LOWER, function.result, "result")
        if made == Expr("result"):
            return [*opening, *layout(called, 8, "return "), ""]
        return [*opening, *layout(called, 8, "result = "), *layout(made, 8, "return "), ""]


def _methods_of(resolve: m.Resolve, part: Part, ref: m.TypeId) -> list[m.Function]:
    return [
        function
        for function in part.functions
        if function.kind.shape is m.FunctionShape.METHOD
        and function.kind.resource is not None
        and resolve.dealias(function.kind.resource) == ref
    ]


def _with_default(name: str, params: list[tuple[str, Expr]], last: tuple[str, Expr]) -> list[str]:
    option, annotation = last
    shown = ", ".join(f"{param}: {given.flat()}" for param, given in params)
    return [f"    def {name}(self, {shown}, {option}: {annotation.flat()} = None) -> None:"]


def _dict(items: list[tuple[str, Expr]], indent: int) -> list[str]:
    """`return {…}`, one item a line."""
    pad = " " * indent
    lines = [f"{pad}return {{"]
    for key, item in items:
        lines += layout(item, indent + 4, f"{string(key)}: ", ",")
    return [*lines, f"{pad}}}"]
