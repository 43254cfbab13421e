"""The binding of `acme:clock-client/clock-client@0.1.0-rc.1`, made by witgen.

It stands for `acme:clock/clock@0.1.0-rc.1`, deployed as `the "clock" of acme`. The host
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
    interface="acme:clock-client/clock-client@0.1.0-rc.1",
    component='the "clock" of acme',
    durable=False,
    resources=(
        ClientResource(
            name="api",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]api.blocking-now",
                    "acme:clock/api@0.1.0-rc.1.{now}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]api.now",
                    "acme:clock/api@0.1.0-rc.1.{now}",
                    Mode.ASYNC,
                    future="future-now-result",
                ),
                Member(
                    "[method]api.schedule-now",
                    "acme:clock/api@0.1.0-rc.1.{now}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]api.blocking-tick",
                    "acme:clock/api@0.1.0-rc.1.{tick}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]api.tick",
                    "acme:clock/api@0.1.0-rc.1.{tick}",
                    Mode.TRIGGER,
                ),
                Member(
                    "[method]api.schedule-tick",
                    "acme:clock/api@0.1.0-rc.1.{tick}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=("future-now-result",),
)
