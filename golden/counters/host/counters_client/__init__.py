"""The binding of `acme:counters-client/counters-client`, made by witgen.

It stands for `acme:counters/counters`, deployed as `acme:counters`. The host
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
    interface="acme:counters-client/counters-client",
    component="acme:counters",
    durable=True,
    resources=(
        ClientResource(
            name="api",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]api.blocking-add-to-all",
                    "acme:counters/api.{add-to-all}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]api.add-to-all",
                    "acme:counters/api.{add-to-all}",
                    Mode.TRIGGER,
                ),
                Member(
                    "[method]api.schedule-add-to-all",
                    "acme:counters/api.{add-to-all}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]api.blocking-total",
                    "acme:counters/api.{total}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]api.total",
                    "acme:counters/api.{total}",
                    Mode.ASYNC,
                    future="future-total-result",
                ),
                Member(
                    "[method]api.schedule-total",
                    "acme:counters/api.{total}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
        ClientResource(
            name="counter",
            constructor="acme:counters/api.{counter.new}",
            drop="acme:counters/api.{counter.drop}",
            members=(
                Member(
                    "[method]counter.blocking-add",
                    "acme:counters/api.{counter.add}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]counter.add",
                    "acme:counters/api.{counter.add}",
                    Mode.TRIGGER,
                ),
                Member(
                    "[method]counter.schedule-add",
                    "acme:counters/api.{counter.add}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]counter.blocking-value",
                    "acme:counters/api.{counter.value}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]counter.value",
                    "acme:counters/api.{counter.value}",
                    Mode.ASYNC,
                    future="future-counter-value-result",
                ),
                Member(
                    "[method]counter.schedule-value",
                    "acme:counters/api.{counter.value}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=("future-total-result", "future-counter-value-result"),
)
