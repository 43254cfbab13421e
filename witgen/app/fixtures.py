"""A pytest plugin: deploy the application of golem.yaml in a test.

    def test_a_reminder_comes(deploy_application):
        shop = deploy_application("golem.yaml")
        shop.invoke("shop:cart", "ann", "shop:cart/api.{remind}")
        shop.advance(days=1)
        assert shop.invoke("shop:cart", "ann", "shop:cart/api.{reminded}")

pytest loads it in every run of every project that has witgen, so the rest is imported when a test
uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from os import PathLike
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from runtime_shim.host import Linking
    from runtime_shim.protocol.retry import RetryPolicies
    from runtime_shim.restartable import RestartableHost


class DeployApplication(Protocol):
    """The fixture `deploy_application`."""

    def __call__(
        self,
        manifest: str | PathLike[str] = "golem.yaml",
        *,
        mode: Linking = "dynamic",
        retries: RetryPolicies | None = None,
    ) -> RestartableHost:
        """Deploy what a golem.yaml declares, as it is built; fails if it is not up to date.

        `retries` says when trapped calls are retried; by default at once, with three attempts in
        all. The typed clients of its components can be imported: `from cart_client.api import Api`.
        """


@pytest.fixture
def deploy_application(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DeployApplication]:
    """Deploy an application on a host with its own journal and clock, which end with the test."""
    with ExitStack() as stack:

        def deploy(
            manifest: str | PathLike[str] = "golem.yaml",
            *,
            mode: Linking = "dynamic",
            retries: RetryPolicies | None = None,
        ) -> RestartableHost:
            from runtime_shim.restartable import AT_ONCE, RestartableHost
            from witgen.app.deploying import is_current
            from witgen.app.embedding import embedded
            from witgen.diagnostics import WitError
            from witgen.diagnostics.render import render_text

            try:
                found = embedded(manifest)
            except WitError as error:
                pytest.fail(render_text(error.diagnostics), pytrace=False)
            if not is_current(found.project, found.project.app.root):
                pytest.fail("the application is not up to date; run `witgen build`", pytrace=False)
            for folder in found.clients:
                monkeypatch.syspath_prepend(folder)
            store = tmp_path_factory.mktemp("application") / "store"
            host = RestartableHost(store, found.deployments, mode, retries or AT_ONCE)
            stack.callback(host.close)
            return host

        yield deploy
