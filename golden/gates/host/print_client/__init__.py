"""The binding of `acme:print-client/print-client@1.2.0`, made by witgen.

It stands for `acme:print/print@1.2.0`, deployed as `acme:print`. The host
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
    interface="acme:print-client/print-client@1.2.0",
    component="acme:print",
    durable=True,
    resources=(
        ClientResource(
            name="jobs",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]jobs.blocking-print",
                    "acme:print/jobs@1.2.0.{print}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]jobs.print",
                    "acme:print/jobs@1.2.0.{print}",
                    Mode.ASYNC,
                    future="future-print-result",
                ),
                Member(
                    "[method]jobs.schedule-print",
                    "acme:print/jobs@1.2.0.{print}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]jobs.blocking-tint",
                    "acme:print/jobs@1.2.0.{tint}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]jobs.tint",
                    "acme:print/jobs@1.2.0.{tint}",
                    Mode.ASYNC,
                    future="future-tint-result",
                ),
                Member(
                    "[method]jobs.schedule-tint",
                    "acme:print/jobs@1.2.0.{tint}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
        ClientResource(
            name="palette",
            constructor="acme:print/jobs@1.2.0.{palette.new}",
            drop="acme:print/jobs@1.2.0.{palette.drop}",
            members=(
                Member(
                    "[method]palette.blocking-mix",
                    "acme:print/jobs@1.2.0.{palette.mix}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]palette.mix",
                    "acme:print/jobs@1.2.0.{palette.mix}",
                    Mode.ASYNC,
                    future="future-palette-mix-result",
                ),
                Member(
                    "[method]palette.schedule-mix",
                    "acme:print/jobs@1.2.0.{palette.mix}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=("future-print-result", "future-tint-result", "future-palette-mix-result"),
)
