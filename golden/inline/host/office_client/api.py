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
    Remote,
    RemoteResource,
    Sent,
    Value,
    borrow,
    in_thread,
    made_for,
)

__all__ = [
    "COMPONENT",
    "Drawer",
    "Form",
    "OfficeDesk",
    "OfficeInlineFunctions",
]

made_for(1)

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
        return self._remote.call(
            None,
            "acme:office-exports/office-desk@1.0.0.{file}",
            (_lower_form(form),),
            key,
        )

    async def file_async(self, form: Form, *, key: str | None = None) -> int:
        """Like `file`, in a thread of the event loop's executor."""
        return await in_thread(self.file, form, key=key)

    def tell_file(
        self,
        form: Form,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `file`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:office-exports/office-desk@1.0.0.{file}",
            (_lower_form(form),),
            at,
            key,
        )


class Drawer(RemoteResource):
    """Stands for `acme:office-exports/office-desk@1.0.0.drawer`."""

    _DROP = "acme:office-exports/office-desk@1.0.0.{drawer.drop}"

    def pull(self, *, key: str | None = None) -> list[Form]:
        return self._remote.call(
            _lift_list_form,
            "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
            (borrow(self),),
            key,
        )

    async def pull_async(self, *, key: str | None = None) -> list[Form]:
        """Like `pull`, in a thread of the event loop's executor."""
        return await in_thread(self.pull, key=key)

    def tell_pull(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `pull`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
            (borrow(self),),
            at,
            key,
        )


class OfficeInlineFunctions:
    """The world's own functions."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def count(self, *, key: str | None = None) -> int:
        return self._remote.call(
            None,
            "acme:office-exports/office-inline-functions@1.0.0.{count}",
            (),
            key,
        )

    async def count_async(self, *, key: str | None = None) -> int:
        """Like `count`, in a thread of the event loop's executor."""
        return await in_thread(self.count, key=key)

    def tell_count(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `count`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:office-exports/office-inline-functions@1.0.0.{count}",
            (),
            at,
            key,
        )

    def shred(self, form: Form, *, key: str | None = None) -> None:
        self._remote.run(
            "acme:office-exports/office-inline-functions@1.0.0.{shred}",
            (_lower_form(form),),
            key,
        )

    async def shred_async(self, form: Form, *, key: str | None = None) -> None:
        """Like `shred`, in a thread of the event loop's executor."""
        await in_thread(self.shred, form, key=key)

    def tell_shred(
        self,
        form: Form,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `shred`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:office-exports/office-inline-functions@1.0.0.{shred}",
            (_lower_form(form),),
            at,
            key,
        )


def _lower_form(value: Form) -> Value:
    return {
        "pages": value.pages,
    }


def _lift_form(value: Value) -> Form:
    return Form(
        pages=value["pages"],
    )


def _lift_list_form(value: Value) -> list[Form]:
    return [_lift_form(item) for item in value]
