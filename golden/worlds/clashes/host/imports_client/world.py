"""The world `acme:clashes/imports@1.0.0` in Python, made by witgen for programs that embed it.

`Imports_` calls what the component exports: an instance of it in this process
(`runtime_shim.Instance`), or a worker of a `runtime_shim.Host` that has
it deployed as `acme:clashes`. With `_async` behind its name a method is awaited.

The program implements `Imports`; `bind` puts what it implements in the form that an
`Instance` and a `Deployment` take.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import (
    Enum,
    Flag,
)
from typing import (
    Optional,
    Protocol,
    TypeAlias,
    assert_never,
)

from runtime_shim.typed import (
    Case,
    Err,
    HostImports,
    Invoker,
    Members,
    Ok,
    Remote,
    RemoteResource,
    Result,
    Some,
    Value as Value_,
    borrow,
    flags_of,
    in_thread,
    made_for,
    own,
    resource_of,
    restorer,
)

__all__ = [
    "COMPONENT",
    "Error",
    "Handle",
    "HandleImport",
    "HandleInterface",
    "Handles",
    "HandlesHandle",
    "HandlesImport",
    "Imports",
    "Imports_",
    "One",
    "Property",
    "PropertyImport",
    "Types",
    "TypesError",
    "TypesImport",
    "TypesValue",
    "Value",
    "ValueNone",
    "ValueOk",
    "ValueSome",
    "bind",
]

made_for(1)

COMPONENT = "acme:clashes"


@dataclass(frozen=True, slots=True)
class Error:
    """The record `error`."""

    code: int


@dataclass(frozen=True, slots=True)
class ValueNone:
    """The case `none` of `value`."""


@dataclass(frozen=True, slots=True)
class ValueOk:
    """The case `ok` of `value`."""

    value: Error


@dataclass(frozen=True, slots=True)
class ValueSome:
    """The case `some` of `value`."""

    value: list[Error]


Value: TypeAlias = ValueNone | ValueOk | ValueSome
"""Its cases are called like classes of Python."""


@dataclass(frozen=True, slots=True)
class TypesError:
    """The record `error`."""

    reason: str


class TypesValue(Enum):
    """The enum `value`."""

    NONE = "none"


class One(Flag):
    """The flags `one`."""

    ONLY = 1 << 0


class HandlesHandle(Protocol):
    """Somewhere to write to, or to read from, which may have been closed since; a name that is long."""

    def drop_(self) -> None: ...

    def save_(self) -> str: ...

    def drop_async(self) -> None: ...

    def drop(self) -> None:
        """The component is done with it."""


class HandlesImport(Protocol):
    """Imported and exported: the host's handles are not the component's."""

    def handle(self, name: str) -> HandlesHandle: ...

    def handle_from(
        self,
        handles: list[HandlesHandle],
    ) -> Result[HandlesHandle, Error]: ...

    def restore_(self, handle: HandlesHandle) -> HandlesHandle | None: ...

    def pass_(
        self,
        list_: bytes,
        float_: float,
        it: HandlesHandle,
        host: str,
        self_: bool,
    ) -> tuple[HandlesHandle]: ...


class HandleImport(Protocol):
    """What implements the imported interface `acme:clashes/handle@1.0.0`."""

    def bind(
        self,
        imports: Optional[Some[HandlesHandle | None]],
    ) -> list[tuple[HandlesHandle, HandlesHandle | None]]: ...

    def property_(self, member: str) -> Result[None, None]: ...


class TypesImport(Protocol):
    """What implements the imported interface `acme:other/types`."""

    def check(self, error: TypesError) -> TypesValue: ...


class Property(Protocol):
    """What implements the resource `property`."""

    def get(self) -> list[Property]: ...

    def drop(self) -> None:
        """The component is done with it."""


class PropertyImport(Protocol):
    """What implements the imported interface `property`."""


class Imports(Protocol):
    """What `acme:clashes/imports@1.0.0` imports."""

    def restorer(self, one: One) -> Value: ...

    def component(self) -> None: ...

    @property
    def handles(self) -> HandlesImport:
        """What implements `acme:clashes/handles@1.0.0`."""
        ...

    @property
    def handle(self) -> HandleImport:
        """What implements `acme:clashes/handle@1.0.0`."""
        ...

    @property
    def types(self) -> TypesImport:
        """What implements `acme:other/types`."""
        ...

    @property
    def clashes_property(self) -> PropertyImport:
        """What implements `property`."""
        ...


class Handle(RemoteResource):
    """Somewhere to write to, or to read from, which may have been closed since; a name that is long."""

    _DROP = "acme:clashes/handles@1.0.0.{[drop]handle}"

    def drop_(self) -> None:
        self._remote.run(
            "acme:clashes/handles@1.0.0.{[method]handle.drop}",
            (borrow(self),),
        )

    async def drop_async__(self) -> None:
        """Like `drop_`, in a thread of the event loop's executor."""
        await in_thread(self.drop_)

    def save(self) -> str:
        return self._remote.call(
            None,
            "acme:clashes/handles@1.0.0.{[method]handle.save}",
            (borrow(self),),
        )

    async def save_async(self) -> str:
        """Like `save`, in a thread of the event loop's executor."""
        return await in_thread(self.save)

    def drop_async_(self) -> None:
        self._remote.run(
            "acme:clashes/handles@1.0.0.{[method]handle.drop-async}",
            (borrow(self),),
        )

    async def drop_async_async(self) -> None:
        """Like `drop_async_`, in a thread of the event loop's executor."""
        await in_thread(self.drop_async_)


class Handles:
    """Imported and exported: the host's handles are not the component's."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def handle(self, name: str) -> Handle:
        return self._remote.call_for_resource(
            _lift_own_handle,
            "acme:clashes/handles@1.0.0.{[constructor]handle}",
            (name,),
        )

    async def handle_async(self, name: str) -> Handle:
        """Like `handle`, in a thread of the event loop's executor."""
        return await in_thread(self.handle, name)

    def handle_from(self, handles: list[Handle]) -> Result[Handle, Error]:
        return self._remote.call_for_resource(
            _lift_result_own_handle_error,
            "acme:clashes/handles@1.0.0.{[static]handle.from}",
            (_lower_list_own_handle(handles),),
        )

    async def handle_from_async(self, handles: list[Handle]) -> Result[Handle, Error]:
        """Like `handle_from`, in a thread of the event loop's executor."""
        return await in_thread(self.handle_from, handles)

    def restore(self, handle: Handle) -> Handle | None:
        return self._remote.call_for_resource(
            _lift_option_own_handle,
            "acme:clashes/handles@1.0.0.{restore}",
            (borrow(handle),),
        )

    async def restore_async(self, handle: Handle) -> Handle | None:
        """Like `restore`, in a thread of the event loop's executor."""
        return await in_thread(self.restore, handle)

    def pass_(
        self,
        list_: bytes,
        float_: float,
        it: Handle,
        host: str,
        self_: bool,
    ) -> tuple[Handle]:
        return self._remote.call_for_resource(
            _lift_tuple_own_handle,
            "acme:clashes/handles@1.0.0.{pass}",
            (list_, float(float_), own(it), host, self_),
        )

    async def pass_async(
        self,
        list_: bytes,
        float_: float,
        it: Handle,
        host: str,
        self_: bool,
    ) -> tuple[Handle]:
        """Like `pass_`, in a thread of the event loop's executor."""
        return await in_thread(self.pass_, list_, float_, it, host, self_)


class HandleInterface:
    """The exported interface `acme:clashes/handle@1.0.0`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def bind(
        self,
        imports: Optional[Some[Handle | None]],
    ) -> list[tuple[Handle, Handle | None]]:
        return self._remote.call_for_resource(
            _lift_list_tuple_own_handle_option_own_handle,
            "acme:clashes/handle@1.0.0.{bind}",
            (_lower_option_option_own_handle(imports),),
        )

    async def bind_async(
        self,
        imports: Optional[Some[Handle | None]],
    ) -> list[tuple[Handle, Handle | None]]:
        """Like `bind`, in a thread of the event loop's executor."""
        return await in_thread(self.bind, imports)

    def property_(self, member: str) -> Result[None, None]:
        return self._remote.call(
            None,
            "acme:clashes/handle@1.0.0.{property}",
            (member,),
        )

    async def property_async(self, member: str) -> Result[None, None]:
        """Like `property_`, in a thread of the event loop's executor."""
        return await in_thread(self.property_, member)


class Types:
    """The exported interface `acme:other/types`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def check(self, error: TypesError) -> TypesValue:
        return self._remote.call(
            TypesValue,
            "acme:other/types.{check}",
            (_lower_error(error),),
        )

    async def check_async(self, error: TypesError) -> TypesValue:
        """Like `check`, in a thread of the event loop's executor."""
        return await in_thread(self.check, error)


class Imports_:
    """What `acme:clashes/imports@1.0.0` exports."""

    def __init__(self, caller: Invoker, worker: str | None = None) -> None:
        self._remote = Remote(caller, COMPONENT, worker)
        self.handles = Handles(self._remote)
        self.handle = HandleInterface(self._remote)
        self.types = Types(self._remote)

    def borrow(self, own_: str, borrow_: int) -> Result[int, Value]:
        return self._remote.call(_lift_result_u8_value, "borrow", (own_, borrow_))

    async def borrow_async_(self, own_: str, borrow_: int) -> Result[int, Value]:
        """Like `borrow`, in a thread of the event loop's executor."""
        return await in_thread(self.borrow, own_, borrow_)

    def borrow_async(self) -> None:
        self._remote.run("borrow-async", ())

    async def borrow_async_async(self) -> None:
        """Like `borrow_async`, in a thread of the event loop's executor."""
        await in_thread(self.borrow_async)


def bind(imports: Imports) -> HostImports:
    """The imports as `Instance` and `Deployment` take them."""
    return {
        "": _bind(imports),
        "acme:clashes/handles@1.0.0": _bind_handles(imports.handles),
        "acme:clashes/handle@1.0.0": _bind_handle(imports.handle),
        "acme:other/types": _bind_types(imports.types),
        "property": _bind_clashes_property(imports.clashes_property),
    }


def _bind(host: Imports) -> Members:
    def restorer_(one: Value_) -> Value_:
        result = host.restorer(_lift_one(one))
        return _lower_value(result)

    def component() -> None:
        host.component()

    return {
        "restorer": restorer_,
        "component": component,
    }


def _bind_handles(host: HandlesImport) -> Members:
    def handle(name: Value_) -> Value_:
        return host.handle(name)

    def handle_drop_(it: HandlesHandle) -> None:
        it.drop_()

    def handle_save_(it: HandlesHandle) -> Value_:
        return it.save_()

    def handle_drop_async(it: HandlesHandle) -> None:
        it.drop_async()

    def handle_from(handles: Value_) -> Value_:
        result = host.handle_from(list(handles))
        return _lower_result_own_handle_error(result)

    def restore_(handle: Value_) -> Value_:
        return host.restore_(handle)

    def pass_(
        list_: Value_,
        float_: Value_,
        it_: Value_,
        host_: Value_,
        self_: Value_,
    ) -> Value_:
        return host.pass_(list_, float_, it_, host_, self_)

    def handle_drop(it: HandlesHandle) -> None:
        it.drop()

    return {
        "[constructor]handle": handle,
        "[method]handle.drop": handle_drop_,
        "[method]handle.save": handle_save_,
        "[method]handle.drop-async": handle_drop_async,
        "[static]handle.from": handle_from,
        "restore": restore_,
        "pass": pass_,
        "[drop]handle": handle_drop,
        "[restore]": restorer(host),
    }


def _bind_handle(host: HandleImport) -> Members:
    def bind(imports: Value_) -> Value_:
        result = host.bind(imports)
        return list(result)

    def property_(member: Value_) -> Value_:
        return host.property_(member)

    return {
        "bind": bind,
        "property": property_,
    }


def _bind_types(host: TypesImport) -> Members:
    def check(error: Value_) -> Value_:
        result = host.check(_lift_error_(error))
        return result.value

    return {
        "check": check,
    }


def _bind_clashes_property(host: PropertyImport) -> Members:
    def property_get(it: Property) -> Value_:
        result = it.get()
        return list(result)

    def property_drop(it: Property) -> None:
        it.drop()

    return {
        "[method]property.get": property_get,
        "[drop]property": property_drop,
        "[restore]": restorer(host),
    }


def _lift_own_handle(value: Value_, remote: Remote) -> Handle:
    return resource_of(Handle, value, remote)


def _lower_list_own_handle(value: list[Handle]) -> Value_:
    return [own(item) for item in value]


def _lift_error(value: Value_) -> Error:
    return Error(
        code=value["code"],
    )


def _lift_result_own_handle_error(
    value: Value_,
    remote: Remote,
) -> Result[Handle, Error]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_own_handle(payload, remote))
    return Err(_lift_error(payload))


def _lift_option_own_handle(value: Value_, remote: Remote) -> Handle | None:
    if value is None:
        return None
    return _lift_own_handle(value, remote)


def _lift_tuple_own_handle(value: Value_, remote: Remote) -> tuple[Handle]:
    return (_lift_own_handle(value[0], remote),)


def _lower_option_own_handle(value: Handle | None) -> Value_:
    if value is None:
        return None
    return own(value)


def _lower_option_option_own_handle(value: Optional[Some[Handle | None]]) -> Value_:
    if value is None:
        return None
    return Some(_lower_option_own_handle(value.value))


def _lift_tuple_own_handle_option_own_handle(
    value: Value_,
    remote: Remote,
) -> tuple[Handle, Handle | None]:
    return (
        _lift_own_handle(value[0], remote),
        _lift_option_own_handle(value[1], remote),
    )


def _lift_list_tuple_own_handle_option_own_handle(
    value: Value_,
    remote: Remote,
) -> list[tuple[Handle, Handle | None]]:
    return [_lift_tuple_own_handle_option_own_handle(item, remote) for item in value]


def _lower_error(value: TypesError) -> Value_:
    return {
        "reason": value.reason,
    }


def _lift_list_error(value: Value_) -> list[Error]:
    return [_lift_error(item) for item in value]


def _lift_value(value: Value_) -> Value:
    match value.name:
        case "none":
            return ValueNone()
        case "ok":
            return ValueOk(_lift_error(value.value))
        case "some":
            return ValueSome(_lift_list_error(value.value))
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_result_u8_value(value: Value_) -> Result[int, Value]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(payload)
    return Err(_lift_value(payload))


_ONE = (("only", One.ONLY),)


def _lift_one(value: Value_) -> One:
    return flags_of(_ONE, value, One(0))


def _lower_error_(value: Error) -> Value_:
    return {
        "code": value.code,
    }


def _lower_list_error(value: list[Error]) -> Value_:
    return [_lower_error_(item) for item in value]


def _lower_value(value: Value) -> Value_:
    match value:
        case ValueNone():
            return Case("none")
        case ValueOk():
            return Case("ok", _lower_error_(value.value))
        case ValueSome():
            return Case("some", _lower_list_error(value.value))
        case _:
            assert_never(value)


def _lower_result_own_handle_error(value: Result[HandlesHandle, Error]) -> Value_:
    if isinstance(value, Ok):
        return Ok(value.value)
    return Err(_lower_error_(value.value))


def _lift_error_(value: Value_) -> TypesError:
    return TypesError(
        reason=value["reason"],
    )
