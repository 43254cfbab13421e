"""The binding of `acme:vault-client/vault-client@1.0.0`, made by witgen.

It stands for `acme:vault/vault@1.0.0`, deployed as `acme:vault`. The host
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
    interface="acme:vault-client/vault-client@1.0.0",
    component="acme:vault",
    durable=True,
    resources=(
        ClientResource(
            name="api",
            constructor=None,
            drop=None,
            members=(),
        ),
        ClientResource(
            name="box",
            constructor="acme:vault/api@1.0.0.{box.new}",
            drop="acme:vault/api@1.0.0.{box.drop}",
            members=(
                Member(
                    "[static]box.blocking-split",
                    "acme:vault/api@1.0.0.{box.split}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[static]box.split",
                    "acme:vault/api@1.0.0.{box.split}",
                    Mode.ASYNC,
                    future="future-box-split-result",
                ),
                Member(
                    "[static]box.schedule-split",
                    "acme:vault/api@1.0.0.{box.split}",
                    Mode.SCHEDULED,
                ),
                Member(
                    "[method]box.blocking-size",
                    "acme:vault/api@1.0.0.{box.size}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]box.size",
                    "acme:vault/api@1.0.0.{box.size}",
                    Mode.ASYNC,
                    future="future-box-size-result",
                ),
                Member(
                    "[method]box.schedule-size",
                    "acme:vault/api@1.0.0.{box.size}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
        ClientResource(
            name="key",
            constructor="acme:vault/api@1.0.0.{key.new}",
            drop="acme:vault/api@1.0.0.{key.drop}",
            members=(
                Member(
                    "[method]key.blocking-fits",
                    "acme:vault/api@1.0.0.{key.fits}",
                    Mode.BLOCKING,
                ),
                Member(
                    "[method]key.fits",
                    "acme:vault/api@1.0.0.{key.fits}",
                    Mode.ASYNC,
                    future="future-key-fits-result",
                ),
                Member(
                    "[method]key.schedule-fits",
                    "acme:vault/api@1.0.0.{key.fits}",
                    Mode.SCHEDULED,
                ),
            ),
        ),
    ),
    futures=(
        "future-box-split-result",
        "future-box-size-result",
        "future-key-fits-result",
    ),
)
