"""The client of `acme:office/office@1.0.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:office`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime_shim.typed import (
    Caller,
    Function,
    HandleOf,
    ListOf,
    Prim,
    RecordOf,
    Remote,
    RemoteResource,
    Sent,
    made_for,
)

__all__ = [
    "COMPONENT",
    "Drawer",
    "Form",
    "OfficeDesk",
    "OfficeInlineFunctions",
]

made_for(2)

COMPONENT = "acme:office"


@dataclass(frozen=True, slots=True)
class Form:
    """The record `form`."""

    pages: int


class OfficeDesk:
    """Stands for `acme:office-exports/office-desk@1.0.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def file(self, form: Form, *, key: str | None = None) -> int:
        """\"Quotes", \\backslashes\\ and \"\"\"three of them\"\"\".

        Indented, and a lone quote at the end: "
        """
        return self._remote.call(OFFICE_DESK_FILE, form, key=key)

    async def file_async(self, form: Form, *, key: str | None = None) -> int:
        """Like `file`, in a thread of the event loop's executor."""
        return await self._remote.call_async(OFFICE_DESK_FILE, form, key=key)

    def tell_file(
        self,
        form: Form,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `file`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(OFFICE_DESK_FILE, form, at=at, key=key)


class Drawer(RemoteResource):
    """Stands for `acme:office-exports/office-desk@1.0.0.drawer`."""

    _DROP = "acme:office-exports/office-desk@1.0.0.{drawer.drop}"

    def pull(self, *, key: str | None = None) -> list[Form]:
        return self._remote.call(DRAWER_PULL, self, key=key)

    async def pull_async(self, *, key: str | None = None) -> list[Form]:
        """Like `pull`, in a thread of the event loop's executor."""
        return await self._remote.call_async(DRAWER_PULL, self, key=key)

    def tell_pull(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `pull`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(DRAWER_PULL, self, at=at, key=key)


class OfficeInlineFunctions:
    """The world's own functions."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def count(self, *, key: str | None = None) -> int:
        return self._remote.call(OFFICE_INLINE_FUNCTIONS_COUNT, key=key)

    async def count_async(self, *, key: str | None = None) -> int:
        """Like `count`, in a thread of the event loop's executor."""
        return await self._remote.call_async(OFFICE_INLINE_FUNCTIONS_COUNT, key=key)

    def tell_count(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `count`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(OFFICE_INLINE_FUNCTIONS_COUNT, at=at, key=key)

    def shred(self, form: Form, *, key: str | None = None) -> None:
        self._remote.run(OFFICE_INLINE_FUNCTIONS_SHRED, form, key=key)

    async def shred_async(self, form: Form, *, key: str | None = None) -> None:
        """Like `shred`, in a thread of the event loop's executor."""
        await self._remote.run_async(OFFICE_INLINE_FUNCTIONS_SHRED, form, key=key)

    def tell_shred(
        self,
        form: Form,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `shred`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(OFFICE_INLINE_FUNCTIONS_SHRED, form, at=at, key=key)


FORM = RecordOf(
    Form,
    ("pages", Prim.U32),
)
OFFICE_DESK_FILE = Function(
    "acme:office-exports/office-desk@1.0.0.{file}",
    ("form", FORM),
    result=Prim.U32,
)
DRAWER_LENT = HandleOf(Drawer, owned=False)
DRAWER_PULL = Function(
    "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
    ("self", DRAWER_LENT),
    result=ListOf(FORM),
)
OFFICE_INLINE_FUNCTIONS_COUNT = Function(
    "acme:office-exports/office-inline-functions@1.0.0.{count}",
    result=Prim.U32,
)
OFFICE_INLINE_FUNCTIONS_SHRED = Function(
    "acme:office-exports/office-inline-functions@1.0.0.{shred}",
    ("form", FORM),
)
