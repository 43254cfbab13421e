"""The binding of `acme:shop-client/shop-client@2.0.0`, made by witgen.

It stands for `acme:shop/shop@2.0.0`, deployed as `acme:shop`. The host
links a caller's import of the interface by this value: each member, and the remote
function that it calls.
"""

from runtime_shim.link import (
    ClientLink,
    ClientResource,
    Member,
    Mode,
    made_for,
)

__all__ = ["CLIENT"]

made_for(2)

CLIENT = ClientLink(
    interface="acme:shop-client/shop-client@2.0.0",
    component="acme:shop",
    durable=True,
    resources=(
        ClientResource(
            name="stock",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]stock.blocking-find",
                    "acme:shop/stock@2.0.0.{find}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]stock.find",
                    "acme:shop/stock@2.0.0.{find}",
                    Mode.ASYNC,
                    future="future-find-result",
                ),
                Member(
                    "[method]stock.schedule-find",
                    "acme:shop/stock@2.0.0.{find}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
        ClientResource(
            name="till",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]till.blocking-sum",
                    "acme:shop/till@2.0.0.{sum}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]till.sum",
                    "acme:shop/till@2.0.0.{sum}",
                    Mode.ASYNC,
                    future="future-sum-result",
                ),
                Member(
                    "[method]till.schedule-sum",
                    "acme:shop/till@2.0.0.{sum}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=("future-find-result", "future-sum-result"),
)
