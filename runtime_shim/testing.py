"""A pytest plugin: components deployed in a test, and the host ended and started again in it.

    def test_a_cart_survives(deploy_workers):
        shop = deploy_workers({"shop:cart": "cart.wasm"})
        shop.invoke("shop:cart", "ann", "shop:cart/api.{add}", ("lamp",))
        shop.restart()
        assert shop.invoke("shop:cart", "ann", "shop:cart/api.{items}") == ["lamp"]

pytest loads it in every run of every project that has witgen, so what a host needs is imported when
a test asks for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from runtime_shim.host import Deployment, Host, Mode
    from runtime_shim.inspect import InvocationInfo
    from runtime_shim.protocol import Environment
    from runtime_shim.retry import RetryPolicies
    from runtime_shim.values import Value

    Component = Deployment | str | PathLike[str] | bytes
    """What is deployed: with settings, or just the component's path or bytes."""


class Deployed:
    """Components on a host with a store of its own.

    It has the calls of `runtime_shim.host.Host`, so that a generated client takes it for one, and
    stays what it is when the host below is started again.

    Args:
        store: The file of the journal.
        start: Makes a host on it.
    """

    def __init__(self, store: Path, start: Callable[[Path], Host]) -> None:
        self.store = store
        self._start = start
        self._host: Host | None = start(store)
        self.printed = ""

    @property
    def host(self) -> Host:
        """The host that runs now."""
        if self._host is None:
            raise RuntimeError("the host was closed")
        return self._host

    def invoke(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
        environment: Environment | None = None,
    ) -> Value:
        """As `Host.invoke`."""
        return self.host.invoke(component, worker, function, args, key=key, environment=environment)

    def send(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
        due: float | None = None,
        environment: Environment | None = None,
    ) -> str:
        """As `Host.send`."""
        return self.host.send(
            component, worker, function, args, key=key, due=due, environment=environment
        )

    def cancel(self, key: str) -> bool:
        """As `Host.cancel`."""
        return self.host.cancel(key)

    def drain(self) -> None:
        """Deliver what is queued and due, and wait for it."""
        self.host.drain()

    def restart(self) -> None:
        """End the host and start another on the same store.

        No instance is left: every worker is rebuilt from the journal when it is called next, and a
        component that does not do the same again fails there (`Divergence`).
        """
        self.close()
        self._host = self._start(self.store)

    def log(self, component: str, worker: str) -> tuple[InvocationInfo, ...]:
        """What a worker was asked, did and answered, as the journal has it.

        Raises:
            StoreError: there is no such worker.
        """
        from runtime_shim.inspect import log
        from runtime_shim.protocol import WorkerId

        self.drain()
        return tuple(log(self.store, WorkerId(component, worker)))

    def close(self) -> None:
        """End the host; the store stays."""
        if self._host is not None:
            self._host.close()
            self._host = None


class Deploy(Protocol):
    """The fixture `deploy_workers`."""

    def __call__(
        self,
        components: Mapping[str, Component],
        *,
        mode: Mode = "dynamic",
        retries: RetryPolicies | None = None,
    ) -> Deployed:
        """Deploy components by name, as `Host` does; what guests print is in `Deployed.printed`.

        `retries` says when trapped calls are tried again; by default at once, and three times.
        """


@pytest.fixture
def deploy_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploy]:
    """Deploy components on a host with a journal of its own, which ends with the test."""
    with ExitStack() as stack:

        def deploy(
            components: Mapping[str, Component],
            *,
            mode: Mode = "dynamic",
            retries: RetryPolicies | None = None,
        ) -> Deployed:
            from runtime_shim.engines.sqlite import SqliteEngine
            from runtime_shim.host import Deployment, Host
            from runtime_shim.retry import RetryPolicies, RetryPolicy

            settings = {
                name: given if isinstance(given, Deployment) else Deployment(given)
                for name, given in components.items()
            }
            policies = retries or RetryPolicies(RetryPolicy(min_delay=0.0, max_delay=0.0))
            printed: list[Deployed] = []

            def output(data: bytes) -> None:
                for one in printed:
                    one.printed += data.decode("utf-8", "replace")

            def start(store: Path) -> Host:
                engine = SqliteEngine(store, retries=policies)
                try:
                    return Host(engine=engine, components=settings, mode=mode, output=output)
                except BaseException:
                    engine.close()
                    raise

            deployed = Deployed(tmp_path_factory.mktemp("workers") / "store", start)
            printed.append(deployed)
            stack.callback(deployed.close)
            return deployed

        yield deploy
