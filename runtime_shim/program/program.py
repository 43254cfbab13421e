"""A deployed component, and the instances of its workers."""

from __future__ import annotations

import atexit
import copy
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import wasmtime
from wasmtime.component import Component, Func, Linker
from wasmtime.component import Instance as RawInstance

from runtime_shim.boundary import ffi, signals
from runtime_shim.boundary.compile import (
    NO_DEADLINE,
    EngineOptions,
    cached_component,
    digest,
    engine,
)
from runtime_shim.boundary.context import Context, HostFailure, enter
from runtime_shim.boundary.lower import FAILURES
from runtime_shim.boundary.reflect import shape
from runtime_shim.errors import BadArguments, HostTrouble, LinkError, Trap
from runtime_shim.exports.members import Export, Kind
from runtime_shim.exports.names import Names, exports
from runtime_shim.golem.registry import Registry
from runtime_shim.offers import linker
from runtime_shim.offers.provide import Offer
from runtime_shim.program.deployment import Deployment, Limits, to_stderr
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Value
from runtime_shim.values import types as t
from runtime_shim.values.fits import Fits, predicate
from runtime_shim.wasi import cli
from runtime_shim.wasi.cli import Output

if TYPE_CHECKING:
    from runtime_shim.boundary.interrupts import Interrupts
    from runtime_shim.exports.indexed import Indexed
    from runtime_shim.program.loading import Nesting
    from runtime_shim.protocol.seams import Invocation

Caller = Callable[[Context, Sequence[Value]], Value]


def load(
    data: bytes, known: str, options: EngineOptions, name: str
) -> tuple[Component, EngineOptions, Nesting | None]:
    """The compiled component, what it was made with, and the adapters around it.

    `known` is its digest, and `name` what it is deployed under.

    Raises:
        InvalidComponent: `data` is not a component.
    """
    if b"wasi:io/poll@" in data or b"\x70\x7d" in data:  # pollables, or the type `list<u8>`
        from runtime_shim.program.loading import load_nested

        return load_nested(data, known, options, name)
    found = cached_component(known, options)
    if found is not None:
        return found, options, None
    from runtime_shim.adapter import uncached

    return *uncached.compiled(data, options, known, name), None


def _implicit(names: Names, function: str) -> Indexed | None:
    """What `exports.indexed` makes of a function, which is None for a plain name."""
    if "(" not in function:
        return None
    from runtime_shim.exports.indexed import indexed

    return indexed(names, function)


class WasmProgram:
    """Implements `Program`: a compiled component under the name that it is deployed as.

    Attributes:
        deployment: What is deployed.
        output: Where its workers print.
        interrupts: What may interrupt its workers.
        durable: See `Deployment`.
        digest: The sha256 of the component, in hex.
        binary: The component, where its workers outlive the deployment.
        loose: Whether its clients need not fit their targets.
        polls: Whether it is nested in the adapter for pollables.
    """

    _load, _shape = staticmethod(load), staticmethod(shape)

    def __init__(
        self,
        name: str,
        deployment: Deployment,
        registry: Registry,
        *,
        dynamic: bool = True,
        output: Output = to_stderr,
        interrupts: Interrupts | None = None,
        loose: bool = False,
    ) -> None:
        """Compile (or take from the cache) and reflect; linking waits for the first instance.

        Raises:
            OSError: the component cannot be read.
            InvalidComponent: It is not a component.
        """
        data = deployment.read()
        self.deployment = deployment
        self.output = output
        self.dynamic = dynamic
        self.loose = loose
        self.interrupts = interrupts
        self.name = name
        self.durable = deployment.durable
        self.digest = digest(data)
        self.binary = data if self.durable else None
        self.registry = registry
        options = EngineOptions(fuel=deployment.limits.fuel is not None)
        self.component, self.options, nesting = self._load(data, self.digest, options, name)
        self.polls = nesting is not None and nesting.polls
        self.engine = engine(self.options)
        packed = nesting is not None and nesting.packed
        self.shape = self._shape(self.component, self.engine, packed=packed)
        if self.options.concurrent:
            from runtime_shim.boundary.concurrent import usable

            self.shape = usable(self.shape, self.component, self.engine)
        self.names = Names(name, exports(self.shape), tuple(self.shape.exports))
        self._linked: tuple[Linker, linker.Codecs] | None = None
        self._fits: dict[str, Fits] = {}
        self._callees: dict[str, ffi.Callee] = {}

    def link(self) -> tuple[Linker, linker.Codecs]:
        """The linker, made once all components are deployed.

        Raises:
            LinkError: an import that nothing provides, or a client that does not fit its target.
        """
        if self._linked is None:
            # wasmtime-py frees a part of a linker twice when a handler raises while it is closed.
            guard = signals.guard()
            self._linked = self._build() if guard is None else guard.run(self._build)
        return self._linked

    def relinked(self) -> WasmProgram:
        """The same, not linked yet: other components may be deployed."""
        made = copy.copy(self)
        made._linked, made._callees = None, {}  # noqa: SLF001 -- of this class
        return made

    def _offers(self) -> dict[str, Offer]:
        if not self.shape.imports and not self.shape.other_imports:
            return {}
        from runtime_shim.program import imports

        return imports.offers(self.shape, self.registry, self.deployment, self.dynamic, self.loose)

    def _build(self) -> tuple[Linker, linker.Codecs]:
        offers = self._offers()
        codecs = linker.Codecs(self.shape, offers)
        built = linker.build(self.engine, self.shape, offers, codecs)
        if self.options.concurrent:
            from runtime_shim.boundary.concurrent import trap

            trap(built, self.component, self.engine)
        return built, codecs

    def signature(self, function: str) -> t.FunctionType:
        """The type of an invocation name.

        Raises:
            UnknownFunction: There is none.
            BadArguments: It has a type that cannot be sent.
        """
        implicit = _implicit(self.names, function)
        if implicit is not None:
            return implicit.type
        export = self.names.resolve(function)
        if export.type is None:
            raise BadArguments(f"{export.name}: {export.function and export.function.problem}")
        return export.type

    def check(self, function: str, args: tuple[Value, ...]) -> None:
        """Raise `UnknownFunction` or `BadArguments` unless the call can be made."""
        self.normal(function, args)

    def normal(self, function: str, args: tuple[Value, ...]) -> tuple[Value, ...]:
        """The normal form of arguments: themselves, unless they have values of subclasses.

        Raises:
            UnknownFunction, BadArguments: The call cannot be made.
        """
        fits = self._fits.get(function)
        if fits is not None and fits(args):
            return args
        ty = self.signature(function)
        fits = predicate(t.Tuple(tuple(param for _, param in ty.params)))
        if not fits(args):
            from runtime_shim.values.check import check_arguments

            return check_arguments(function, ty, args)
        if "(" not in function:  # implicit resources may be unlimited in number
            self._fits[function] = fits
        return args

    def earlier(self, binary: bytes) -> WasmProgram:
        """Another build, for the workers that were created with it. Raises `StoreError`."""
        from runtime_shim.program.earlier import earlier

        return earlier(type(self), self, binary)

    def instantiate(self, worker: WorkerId, environment: Environment) -> WasmInstance:
        """A fresh instance; the component itself starts in the first call, which records it."""
        try:
            return self._instance(worker, environment)
        except Exception as error:
            from runtime_shim.boundary.trap import trouble_of

            trouble = trouble_of(error)
            if trouble is None:
                raise
            raise trouble from error

    def _instance(self, worker: WorkerId, environment: Environment) -> WasmInstance:
        return WasmInstance(self, worker, environment)

    def callee(self, export: Export) -> ffi.Callee:
        """The compiled converters of a function."""
        callee = self._callees.get(export.name)
        if callee is None:
            function = export.function
            if function is None or function.raw is None:
                raise BadArguments(f"{export.name}: {function and function.problem}")
            handles = self.link()[1].handles
            callee = ffi.Callee(function.raw, handles, packed=function.packed)
            self._callees[export.name] = callee
        return callee


_UNLINKED = "matching implementation was not found in the linker"
_live: weakref.WeakSet[Context] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Wait for guests' output: wasmtime's threads must not meet a dying interpreter."""
    for context in list(_live):
        if context.invocation is None:
            context.close()
    cli.settle()


class WasmInstance:
    """Implements `Instance`."""

    def __init__(self, program: WasmProgram, worker: WorkerId, environment: Environment) -> None:
        self._program = program
        self._context = Context(worker, environment, program.engine)
        self._context.store.set_epoch_deadline(NO_DEADLINE)
        if program.interrupts is not None:
            program.interrupts.arm(self._context)
        ffi.attach(self._context)
        cli.configure(self._context, program.output)
        if program.polls:
            from runtime_shim.wasi.polling import Polling

            self._context.state(Polling).behind = True
        self._implicit_resources: dict[str, Value] = {}
        self._raw: RawInstance | None = None
        self._callers: dict[str, Caller] = {}
        self._poisoned: str | None = None
        self._begin: Callable[[], None] | None = None
        limits = program.deployment.limits
        if limits != Limits():
            from runtime_shim.program.limiting import limit

            self._begin = limit(self._context, program.engine, limits)
        _live.add(self._context)

    def call(self, function: str, args: tuple[Value, ...], invocation: Invocation) -> Value:
        """Run an exported function.

        Raises:
            Trap: the guest ended; the instance is unusable afterwards.
            UnknownFunction, BadArguments: nothing ran.
        """
        if self._poisoned is not None:
            raise Trap(f"the instance has already trapped: {self._poisoned}")
        guard = self._context.guard = signals.guard()
        if guard is None:
            return self._run(function, args, invocation)
        return guard.run(self._run, function, args, invocation)

    def _run(self, function: str, args: tuple[Value, ...], invocation: Invocation) -> Value:
        context = self._context
        context.invocation = invocation
        if self._begin is not None:
            self._begin()
        stack = enter(context)
        try:
            caller = self._callers.get(function) or self._caller(function)
            try:
                return caller(context, args)
            except BadArguments as error:
                raise BadArguments(f"{function}: {error}") from None
            except FAILURES as error:
                from runtime_shim.program.subclasses import again

                return again(caller, self._program.normal, context, function, args, error)
        except wasmtime.WasmtimeError as error:
            self._poisoned = "it was interrupted"
            from runtime_shim.boundary.trap import from_error

            try:
                trap = from_error(error, context, self._program.deployment.limits.memory)
            except HostTrouble as lacking:
                self._poisoned = str(lacking)
                raise
            self._poisoned = trap.message
            try:
                raise trap from trap.__cause__
            finally:
                del trap  # its traceback has this frame: the instance would wait for the collector
        except HostFailure as error:  # the guest has run, but its result cannot be used
            self._poisoned = str(error)
            raise Trap(self._poisoned, retriable=False) from None
        except Exception as error:
            from runtime_shim.boundary.trap import trouble_of

            trouble = trouble_of(error)
            if trouble is None:
                raise
            self._poisoned = str(trouble)
            raise trouble from error
        finally:
            stack.pop()
            if context.stderr:
                context.state(cli.Standard).write(b"")
                context.stderr.clear()
            context.invocation = context.hint = None
            if self._poisoned is not None:
                self.close()

    def _caller(self, function: str) -> Caller:
        implicit = _implicit(self._program.names, function)
        if implicit is not None:
            from runtime_shim.exports.indexed import bound

            # Not kept: there may be any number of arguments.
            return bound(implicit, self._implicit_resources, self._export_caller)
        export = self._program.names.resolve(function)
        caller = self._callers[function] = self._export_caller(export)
        return caller

    def _export_caller(self, export: Export) -> Caller:
        instance = self._instance()
        if export.kind is Kind.DROP:
            from runtime_shim.exports.dropping import dropper

            return dropper(export)
        return self._program.callee(export).bind(self._function(instance, export))

    def _instance(self) -> RawInstance:
        """The started component; starting it may call host functions, hence only in a call."""
        if self._raw is None:
            try:
                built, _ = self._program.link()
                self._raw = built.instantiate(self._context.store, self._program.component)
            except LinkError as error:
                self._poisoned = str(error)
                raise Trap(str(error), retriable=False) from None
            except wasmtime.WasmtimeError as error:
                if _UNLINKED not in str(error):
                    raise
                from runtime_shim.boundary.trap import last_cause

                self._poisoned = last_cause(str(error))
                raise Trap(self._poisoned, retriable=False) from None
        return self._raw

    def _function(self, instance: RawInstance, export: Export) -> Func:
        store = self._context.store
        parent = instance.get_export_index(store, export.interface) if export.interface else None
        index = instance.get_export_index(store, export.member, parent)
        func = instance.get_func(store, index) if index is not None else None
        if func is None:  # the component's own type promised it
            raise Trap(f"{export.name} is not actually exported", retriable=False)
        return func

    def drop_objects(self) -> None:
        """Drop the host's objects that the guest still holds: it will not run again."""
        if self._program.deployment.imports:
            from runtime_shim.offers import custom

            custom.drop_all(self._context)

    def close(self) -> None:
        """Unload; remote resources that the guest holds stay alive. Not while a call runs."""
        if self._context.invocation is not None:
            return
        self._callers.clear()
        self._raw = None
        guard = signals.guard()
        if guard is None:
            self._context.close()
        else:  # destructors may be called
            guard.run(self._context.close)
