"""The client of `acme:shop/shop@2.0.0`, made by witgen.

The resources of `acme:shop-client/shop-client@2.0.0`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    List,
    Optional,
    Self,
)

from client_types import (
    ITEM,
    PRICE,
)
from componentize_py_types import Some
from remote import (
    Param,
    Pending,
    Remote,
    RemoteInterface,
    Resource,
)
from wit_value import (
    ListOf,
    OptionOf,
    STRING,
)
from wit_world.exports.shop_types import Item
from wit_world.imports.money import Price
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import shop_client as _protocols

COMPONENT = "acme:shop"


class FutureFindResult(Resource, _protocols.FutureFindResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[Item]]]:
        return self._pending.get_some(OptionOf(ITEM))


class FutureSumResult(Resource, _protocols.FutureSumResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Price]:
        return self._pending.get(PRICE)


class Stock(RemoteInterface, _protocols.Stock):
    """Functions as well: its types are declared again for clients."""

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

    def blocking_find(
        self,
        name: str,
    ) -> Optional[Item]:
        return self._remote.call(
            "acme:shop/stock@2.0.0.{find}",
            OptionOf(ITEM),
            Param(STRING, name),
        )

    def find(
        self,
        name: str,
    ) -> FutureFindResult:
        return FutureFindResult(
            self._remote.start(
                "acme:shop/stock@2.0.0.{find}",
                Param(STRING, name),
            ),
        )

    def schedule_find(
        self,
        name: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:shop/stock@2.0.0.{find}",
            Param(STRING, name),
        )


class Till(RemoteInterface, _protocols.Till):
    """Stands for `acme:shop/till@2.0.0`."""

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

    def blocking_sum(
        self,
        items: List[Item],
    ) -> Price:
        return self._remote.call(
            "acme:shop/till@2.0.0.{sum}",
            PRICE,
            Param(ListOf(ITEM), items),
        )

    def sum(
        self,
        items: List[Item],
    ) -> FutureSumResult:
        return FutureSumResult(
            self._remote.start(
                "acme:shop/till@2.0.0.{sum}",
                Param(ListOf(ITEM), items),
            ),
        )

    def schedule_sum(
        self,
        items: List[Item],
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:shop/till@2.0.0.{sum}",
            Param(ListOf(ITEM), items),
        )
