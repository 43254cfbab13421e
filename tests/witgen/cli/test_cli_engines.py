"""`--engine restate`: what is refused, and a call on a host that serves."""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import restate_server
import wasmtime
from small_counter import COUNTER, INC, NAME

from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment

Cli = Callable[..., Any]


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    path = tmp_path / "counter.wasm"
    path.write_bytes(wasmtime.wat2wasm(COUNTER))
    return path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ingress", "http://127.0.0.1:1"], "--ingress applies only to --engine restate"),
        (["--engine", "restate", "--store", "s.db"], "exclude each other"),
        (["--engine", "restate", "--ingress", "127.0.0.1:8080"], "is not the URL of a server"),
        (["--engine", "restate", "--admin", "http://[::1"], "is not the URL of a server"),
        (["--engine", "restate", "--application", "a/b"], "takes letters, digits"),
        (["--engine", "restate", "--update"], "--update applies only to a store"),
    ],
)
def test_what_does_not_fit_is_refused(
    cli: Cli, counter: Path, options: list[str], said: str
) -> None:
    done = cli("run", counter, INC, "3", *options)
    assert done.status == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", "9080"], "--listen applies only to --engine restate"),
        (["--identity-key", "publickeyv1_x"], "--identity-key applies only to --engine restate"),
        (["--recovery", "journal"], "--recovery applies only to --engine restate"),
        (["--engine", "restate", "--recovery", "none"], "is not one of 'explicit', 'journal'"),
        (["--engine", "restate", "--listen", "nowhere"], "--listen takes [HOST:]PORT"),
        (["--engine", "restate", "--listen", "0.0.0.0:0"], "needs --identity-key"),
        (["--engine", "restate", "--identity-key", "x"], "is not a public key"),
        (["--engine", "restate", "--advertise", "balancer"], "is not the URL of a server"),
    ],
)
def test_a_host_is_refused_where_it_does_not_fit(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    done = cli("serve", *options)
    assert done.status == 2
    assert said in done.err


def test_a_missing_package_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = cli("serve", "--engine", "restate")
    assert done.status == 2
    assert "pip install 'witgen[restate]'" in done.err


class TestCalls:
    @pytest.fixture
    def options(self, counter: Path) -> Iterator[list[str]]:
        """Those for a server with a host."""
        server = restate_server.server()
        from runtime_shim.engines.restate.engine import RestateEngine, Settings

        application = f"t{uuid.uuid4().hex[:12]}"
        engine = RestateEngine(Settings((server.ingress,), (server.admin,), application, grace=0.2))
        with Host(engine=engine, components={NAME: Deployment(counter)}):
            yield [
                "--engine=restate",
                f"--ingress={server.ingress}",
                f"--admin={server.admin}",
                f"--application={application}",
            ]

    def test_it_runs_on_the_host_that_serves(
        self, cli: Cli, counter: Path, options: list[str]
    ) -> None:
        def inc(*more: str) -> str:
            return str(cli("run", counter, INC, "3", *options, *more).out)

        assert [inc("--key", "k"), inc("--key", "k"), inc()] == ["3\n", "3\n", "6\n"]

    def test_a_call_that_fails_says_why(self, cli: Cli, counter: Path, options: list[str]) -> None:
        done = cli("run", counter, "test:counter/api.{boom}", *options)
        assert done.status != 0
        assert "unreachable" in done.err
