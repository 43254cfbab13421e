"""The binding of `acme:scale-client/scale-client`, made by witgen.

It stands for `acme:scale/scale`, deployed as `acme:scale`. The host
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
    interface="acme:scale-client/scale-client",
    component="acme:scale",
    durable=False,
    resources=(
        ClientResource(
            name="api",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]api.blocking-weigh",
                    "acme:scale/api.{weigh}",
                    Mode.BLOCKING,
                ),
                Member("[method]api.try-weigh", "acme:scale/api.{weigh}", Mode.TRY),
                Member(
                    "[method]api.weigh",
                    "acme:scale/api.{weigh}",
                    Mode.ASYNC,
                    future="future-weigh-result",
                ),
                Member(
                    "[method]api.schedule-weigh",
                    "acme:scale/api.{weigh}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]api.blocking-reset",
                    "acme:scale/api.{reset}",
                    Mode.BLOCKING,
                ),
                Member("[method]api.try-reset", "acme:scale/api.{reset}", Mode.TRY),
                Member("[method]api.reset", "acme:scale/api.{reset}", Mode.TRIGGER),
                Member(
                    "[method]api.schedule-reset",
                    "acme:scale/api.{reset}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=("future-weigh-result",),
)
