"""The client of `acme:office/office@1.0.0`, made by witgen.

The resources of `acme:office-client/office-client@1.0.0`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Any,
    List,
    Optional,
    Self,
)

from client_types import FORM
from remote import (
    HandleOf,
    Param,
    Pending,
    Remote,
    RemoteInterface,
    RemoteResource,
    Resource,
)
from wit_value import (
    Codec,
    ListOf,
    NOTHING,
    U32,
)
from wit_world.imports.forms import Form
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import office_client as _protocols

COMPONENT = "acme:office"


class FutureFileResult(Resource, _protocols.FutureFileResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U32)


class FutureDrawerPullResult(Resource, _protocols.FutureDrawerPullResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[List[Form]]:
        return self._pending.get(ListOf(FORM))


class FutureCountResult(Resource, _protocols.FutureCountResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U32)


class OfficeDesk(RemoteInterface, _protocols.OfficeDesk):
    """Stands for `acme:office-exports/office-desk@1.0.0`."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_file(
        self,
        form: Form,
    ) -> int:
        """\"Quotes", \\backslashes\\ and \"\"\"three of them\"\"\".

        Indented, and a lone quote at the end: "
        """
        return self._remote.call(
            "acme:office-exports/office-desk@1.0.0.{file}",
            U32,
            Param(FORM, form),
        )

    def file(
        self,
        form: Form,
    ) -> FutureFileResult:
        """\"Quotes", \\backslashes\\ and \"\"\"three of them\"\"\".

        Indented, and a lone quote at the end: "
        """
        return FutureFileResult(
            self._remote.start(
                "acme:office-exports/office-desk@1.0.0.{file}",
                Param(FORM, form),
            ),
        )

    def schedule_file(
        self,
        form: Form,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """\"Quotes", \\backslashes\\ and \"\"\"three of them\"\"\".

        Indented, and a lone quote at the end: "
        """
        return self._remote.schedule(
            scheduled_for,
            "acme:office-exports/office-desk@1.0.0.{file}",
            Param(FORM, form),
        )


class Drawer(RemoteResource, _protocols.Drawer):
    """Stands for `acme:office-exports/office-desk@1.0.0.drawer`."""

    _drop = "acme:office-exports/office-desk@1.0.0.{drawer.drop}"

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, worker_name),
            "acme:office-exports/office-desk@1.0.0.{drawer.new}",
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:office-exports/office-desk@1.0.0.{drawer.new}",
        )

    def blocking_pull(self) -> List[Form]:
        return self._remote.call(
            "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
            ListOf(FORM),
            self._self(),
        )

    def pull(self) -> FutureDrawerPullResult:
        return FutureDrawerPullResult(
            self._remote.start(
                "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
                self._self(),
            ),
        )

    def schedule_pull(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
            self._self(),
        )


class OfficeInlineFunctions(RemoteInterface, _protocols.OfficeInlineFunctions):
    """The world's own functions."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_count(self) -> int:
        return self._remote.call(
            "acme:office-exports/office-inline-functions@1.0.0.{count}",
            U32,
        )

    def count(self) -> FutureCountResult:
        return FutureCountResult(
            self._remote.start(
                "acme:office-exports/office-inline-functions@1.0.0.{count}",
            ),
        )

    def schedule_count(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:office-exports/office-inline-functions@1.0.0.{count}",
        )

    def blocking_shred(
        self,
        form: Form,
    ) -> None:
        self._remote.call(
            "acme:office-exports/office-inline-functions@1.0.0.{shred}",
            NOTHING,
            Param(FORM, form),
        )

    def shred(
        self,
        form: Form,
    ) -> None:
        self._remote.trigger(
            "acme:office-exports/office-inline-functions@1.0.0.{shred}",
            Param(FORM, form),
        )

    def schedule_shred(
        self,
        form: Form,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:office-exports/office-inline-functions@1.0.0.{shred}",
            Param(FORM, form),
        )


DRAWER_HANDLE: Codec[_protocols.Drawer] = HandleOf[Any](Drawer)
