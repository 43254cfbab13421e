"""The binding of `acme:office-client/office-client@1.0.0`, made by witgen.

It stands for `acme:office/office@1.0.0`, deployed as `acme:office`. The host
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
    interface="acme:office-client/office-client@1.0.0",
    component="acme:office",
    durable=True,
    resources=(
        ClientResource(
            name="office-desk",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]office-desk.blocking-file",
                    "acme:office-exports/office-desk@1.0.0.{file}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]office-desk.file",
                    "acme:office-exports/office-desk@1.0.0.{file}",
                    Mode.ASYNC,
                    future="future-file-result",
                ),
                Member(
                    "[method]office-desk.schedule-file",
                    "acme:office-exports/office-desk@1.0.0.{file}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
        ClientResource(
            name="drawer",
            constructor="acme:office-exports/office-desk@1.0.0.{drawer.new}",
            drop="acme:office-exports/office-desk@1.0.0.{drawer.drop}",
            members=(
                Member(
                    "[method]drawer.blocking-pull",
                    "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]drawer.pull",
                    "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
                    Mode.ASYNC,
                    future="future-drawer-pull-result",
                ),
                Member(
                    "[method]drawer.schedule-pull",
                    "acme:office-exports/office-desk@1.0.0.{drawer.pull}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
        ClientResource(
            name="office-inline-functions",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]office-inline-functions.blocking-count",
                    "acme:office-exports/office-inline-functions@1.0.0.{count}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]office-inline-functions.count",
                    "acme:office-exports/office-inline-functions@1.0.0.{count}",
                    Mode.ASYNC,
                    future="future-count-result",
                ),
                Member(
                    "[method]office-inline-functions.schedule-count",
                    "acme:office-exports/office-inline-functions@1.0.0.{count}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]office-inline-functions.blocking-shred",
                    "acme:office-exports/office-inline-functions@1.0.0.{shred}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]office-inline-functions.shred",
                    "acme:office-exports/office-inline-functions@1.0.0.{shred}",
                    Mode.TRIGGER,
                ),
                Member(
                    "[method]office-inline-functions.schedule-shred",
                    "acme:office-exports/office-inline-functions@1.0.0.{shred}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=("future-file-result", "future-drawer-pull-result", "future-count-result"),
)
