"""The binding of a client interface: which remote function each member calls, and how.

Made by reflection on both components' types, or declared in a generated stub, a package
`{world}_client` whose `CLIENT` is a `ClientLink`. The linker sees only this, so both ways of binding
run the same code.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from runtime_shim.errors import LinkError
from runtime_shim.interface import AGAIN, OtherInterface, absent, made_for

__all__ = ["ClientLink", "ClientResource", "Member", "Mode", "load_link", "made_for"]


class Mode(StrEnum):
    """How a member of a client resource calls its remote function."""

    BLOCKING = "blocking"  # invoke and await
    TRY = "try"  # likewise; the result is `result<T, rpc-error>`, so a failed call traps no caller
    ASYNC = "async"  # returns a future resource
    TRIGGER = "trigger"  # fire and forget
    SCHEDULED = "scheduled"  # the last parameter is the time, returns a cancellation token


@dataclass(frozen=True, slots=True)
class Member:
    """A method or static of a client resource.

    Attributes:
        name: The member's name in the client interface, with its annotation: `[method]api.bid`.
        function: The invocation name: `ns:pkg/iface.{f}` or `ns:pkg/iface.{res.f}`.
        mode: How it is called.
        future: The future resource that an `ASYNC` member returns.
        worker: A static without a handle among its arguments, which would not know its worker: its
            first parameter is the worker's name, which is not passed on (absent for an ephemeral
            component, where each call has a new worker).
    """

    name: str
    function: str
    mode: Mode
    future: str | None = None
    worker: bool = False


@dataclass(frozen=True, slots=True)
class ClientResource:
    """A resource of the client interface.

    Attributes:
        name: Its WIT name.
        constructor: The invocation name of the remote constructor (`ns:pkg/iface.{res.new}`) if it
            represents a remote resource; None if it represents an interface.
        drop: The invocation name of the remote drop, likewise.
        members: Its methods and statics, without constructor and `custom`.
    """

    name: str
    constructor: str | None
    drop: str | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class ClientLink:
    """A client interface bound to a deployed component.

    Attributes:
        interface: The import that it satisfies: `ns:pkg-client/{world}-client[@v]`.
        component: The name of the deployed component that constructors resolve.
        durable: Whether constructors take a worker name.
        resources: The client resources, without futures.
        futures: The names of the future resources.
    """

    interface: str
    component: str
    durable: bool
    resources: tuple[ClientResource, ...]
    futures: tuple[str, ...]


def load_link(directory: str | Path) -> ClientLink:
    """The link of the one package in `directory`.

    Raises:
        LinkError: There is no package or more than one, or it does not contain a link.
    """
    import importlib.util  # generated code, which imports this module, does not load stubs

    packages = sorted(p.parent for p in Path(directory).glob("*/__init__.py"))
    if len(packages) != 1:
        raise LinkError(f"{directory} holds {len(packages)} packages; a stub folder holds one")
    package = packages[0]
    # A unique name: stubs of equal names in two folders must not be confused.
    name = f"_witgen_link_{package.resolve().as_posix().encode().hex()}"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    if spec is None or spec.loader is None:
        raise LinkError(f"{package} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except OtherInterface as error:
        raise LinkError(f"{package}: {error}") from error
    except Exception as error:
        raise LinkError(f"{package}: {type(error).__name__}: {error}; {AGAIN}") from error
    finally:
        for loaded in [key for key in sys.modules if key.split(".")[0] == name]:
            del sys.modules[loaded]
    link = getattr(module, "CLIENT", None)
    if not isinstance(link, ClientLink):
        raise LinkError(f"{package} has no `CLIENT`")
    return link


if not TYPE_CHECKING:  # a checker would take every name for one of these

    def __getattr__(name: str) -> NoReturn:
        """Generated code asks for a name of another interface."""
        raise absent(__name__, name)
