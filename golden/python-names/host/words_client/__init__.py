"""The binding of `acme:words-client/words-client`, made by witgen.

It stands for `acme:words/words`, deployed as `acme:words`. The host
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
    interface="acme:words-client/words-client",
    component="acme:words",
    durable=True,
    resources=(
        ClientResource(
            name="import",
            constructor=None,
            drop=None,
            members=(
                Member(
                    "[method]import.blocking-int",
                    "acme:words/import.{int}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]import.int",
                    "acme:words/import.{int}",
                    Mode.ASYNC,
                    future="future-int-result",
                ),
                Member(
                    "[method]import.schedule-int",
                    "acme:words/import.{int}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]import.blocking-str",
                    "acme:words/import.{str}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]import.str",
                    "acme:words/import.{str}",
                    Mode.ASYNC,
                    future="future-str-result",
                ),
                Member(
                    "[method]import.schedule-str",
                    "acme:words/import.{str}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]import.blocking-list",
                    "acme:words/import.{list}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]import.list",
                    "acme:words/import.{list}",
                    Mode.ASYNC,
                    future="future-list-result",
                ),
                Member(
                    "[method]import.schedule-list",
                    "acme:words/import.{list}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]import.blocking-pass",
                    "acme:words/import.{pass}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]import.pass",
                    "acme:words/import.{pass}",
                    Mode.ASYNC,
                    future="future-pass-result",
                ),
                Member(
                    "[method]import.schedule-pass",
                    "acme:words/import.{pass}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=(
        "future-int-result",
        "future-str-result",
        "future-list-result",
        "future-pass-result",
    ),
)
