"""A pytest plugin: deploy components in a test, and restart their host in it.

    def test_a_cart_survives(deploy_workers):
        shop = deploy_workers({"shop:cart": "cart.wasm"})
        shop.invoke("shop:cart", "ann", "shop:cart/api.{add}", ("lamp",))
        shop.restart()
        assert shop.invoke("shop:cart", "ann", "shop:cart/api.{items}") == ["lamp"]

pytest loads it in every run of every project that has witgen, so the host is only imported when a
test uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from os import PathLike
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from runtime_shim.host import Linking
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.protocol.retry import RetryPolicies
    from runtime_shim.restartable import RestartableHost

    Component = Deployment | str | PathLike[str] | bytes
    """The deployments: with settings, or just the component's path or bytes."""


class Deploy(Protocol):
    """The fixture `deploy_workers`."""

    def __call__(
        self,
        components: Mapping[str, Component],
        *,
        mode: Linking = "dynamic",
        retries: RetryPolicies | None = None,
    ) -> RestartableHost:
        """Deploy components by name, as `Host` does.

        `retries` says when trapped calls are retried; by default at once, with three attempts in
        all.
        """


@pytest.fixture
def deploy_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploy]:
    """Deploy components on a host with its own journal, which ends with the test."""
    with ExitStack() as stack:

        def deploy(
            components: Mapping[str, Component],
            *,
            mode: Linking = "dynamic",
            retries: RetryPolicies | None = None,
        ) -> RestartableHost:
            from runtime_shim.program.deployment import Deployment
            from runtime_shim.restartable import AT_ONCE, RestartableHost

            settings = {
                name: given if isinstance(given, Deployment) else Deployment(given)
                for name, given in components.items()
            }
            store = tmp_path_factory.mktemp("workers") / "store"
            host = RestartableHost(store, settings, mode, retries or AT_ONCE)
            stack.callback(host.close)
            return host

        yield deploy
