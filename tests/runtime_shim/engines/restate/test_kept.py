"""What a Restate server keeps of calls that are over."""

from __future__ import annotations

from typing import Any

import pytest
from engine_guests import Ephemeral, Host, eventually, flaky, hosts

pytestmark = pytest.mark.long  # `make restate` runs it


@pytest.fixture
def host(tmp_path: Any) -> Any:
    yield from hosts("restate", tmp_path)


def _services(host: Host) -> list[str]:
    """Those that have state, a line for each key."""
    engine: Any = host.engine
    rows = engine.admin.query("SELECT service_name FROM state")
    names = (engine.services.worker, engine.services.ephemeral)
    return [row["service_name"] for row in rows if row["service_name"] in names]


def test_nothing_is_kept_of_an_ephemeral_worker(host: Host) -> None:
    # Its second attempt begins from what the first one has left.
    host.deploy(once=Ephemeral(flaky=flaky(1)))
    assert host.call("once/", "flaky") is not None
    engine: Any = host.engine
    eventually(lambda: engine.services.ephemeral not in _services(host))


def test_a_durable_worker_is_kept(host: Host) -> None:
    host.deploy()
    host.call("counter/a", "inc")
    engine: Any = host.engine
    assert engine.services.worker in _services(host)
