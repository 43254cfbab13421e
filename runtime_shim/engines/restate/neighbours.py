"""Hosts that are gone: what they had begun goes on elsewhere.

The server delivers a call that has recorded something only to the address where it began, and new calls to
the address that was registered last. Where nothing listens any more, a host that is there takes the
address over: from then on, the server finds it under both.
"""

from __future__ import annotations

import logging
import threading

from runtime_shim.engines.restate.admin import Admin
from runtime_shim.errors import StoreError

log = logging.getLogger("runtime_shim")

_LOOK = 2.0  # seconds between two looks
_ATTEMPTS = 8  # to deliver something, over some 2.5 s
_GONE = (
    "SELECT DISTINCT last_attempt_deployment_id AS id FROM sys_invocation_state "  # noqa: S608 -- ours
    f"WHERE last_failure_error_code = 'RT0010' AND retry_count >= {_ATTEMPTS}"
)
"""RT0010: the server could not reach the host."""


class Neighbours:
    """Looks after the addresses of an application's hosts until it is closed.

    Args:
        admin: The server's side for operators.
        service: One of the application's.
        url: Where the server finds this host.
    """

    def __init__(self, admin: Admin, service: str, url: str) -> None:
        self._admin = admin
        self._service = service
        self._url = url.rstrip("/")
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="neighbours", daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(_LOOK):
            try:
                self.look()
            except StoreError as error:
                log.debug("hosts are not looked after: %s", error)

    def look(self) -> None:
        """Take over what the server cannot reach. Raises `StoreError`."""
        known = self._admin.deployments(self._service)
        if self._url not in known.values() and not self._closed.is_set():
            self._admin.register(
                self._url
            )  # somebody has taken it over, for this host did not answer
        gone = {row["id"] for row in self._admin.query(_GONE)}
        for deployment in gone & known.keys():
            if known[deployment] != self._url and not self._closed.is_set():
                log.warning("no host is at %s: taking it over", known[deployment])
                self._admin.move(deployment, self._url)
