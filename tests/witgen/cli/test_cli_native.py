"""`--backend native` and `--sync-only` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from component_parts import wasm_tools

from witgen.component.body import read_component
from witgen.component.wasmtime_tools import validate

Cli = Callable[..., Any]
CLIENT = "test:target-client/target-client@1.0.0"


def native(cli: Cli, target: Path, *options: object) -> bytes:
    done = cli(
        *("generate", target, "-o", "out", "--emit", "component", "--backend", "native"), *options
    )
    assert (done.status, done.out) == (0, ""), done.err
    return (Path("out") / "client.wasm").read_bytes()


class TestGenerate:
    def test_a_component_of_kilobytes(self, cli: Cli, target: Path) -> None:
        data = native(cli, target)

        validate(data)
        assert len(data) < 15_000
        assert CLIENT in read_component(data).type.exports

    def test_what_it_costs_is_said(self, cli: Cli, target: Path) -> None:
        done = cli("generate", target, "-o", "o", "--emit", "component", "--backend", "native")

        size = (Path("o") / "client.wasm").stat().st_size
        assert f"built the client of test:target: {size:,} bytes" in done.err

    def test_check_finds_no_drift_and_then_one(self, cli: Cli, target: Path) -> None:
        native(cli, target)
        again = ("generate", target, "-o", "out", "--emit", "component", "--backend", "native")
        assert cli(*again, "--check").status == 0

        assert cli(*again, "--sync-only", "--check").status == 1
        assert cli(*again, "--component-name", "other", "--check").status == 1

    @pytest.mark.parametrize("options", [("--kind", "ephemeral"), ("--with", "try,trigger")])
    def test_with_other_options(self, cli: Cli, target: Path, options: tuple[str, ...]) -> None:
        validate(native(cli, target, *options))

    def test_an_unknown_backend_is_2(self, cli: Cli, target: Path) -> None:
        done = cli("generate", target, "-o", "out", "--backend", "rust")

        assert done.status == 2
        assert "--backend" in done.err
        assert not Path("out").exists()

    def test_broken_wit_leaves_nothing(self, cli: Cli, target: Path) -> None:
        (target / "more.wit").write_text("interface broken {")
        done = cli("generate", target, "-o", "out", "--emit", "component", "--backend", "native")

        assert done.status == 1
        assert not Path("out").exists()


class TestSyncOnly:
    def test_all_forms_are_without_futures(self, cli: Cli, target: Path) -> None:
        done = cli("generate", target, "-o", "out", "--sync-only")

        assert done.status == 0
        written = (Path("out") / "wit" / "client.wit").read_text()
        assert "wasi:io" not in written
        assert "blocking-add" in written
        assert "future" not in written
        assert not (Path("out") / "wit" / "deps" / "wasi-io-0.2.0").exists()

    def test_the_component_too(self, cli: Cli, target: Path) -> None:
        data = native(cli, target, "--sync-only")

        assert not any(name.startswith("wasi:io") for name in read_component(data).type.imports)

    def test_a_caller_gets_no_pollables(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        caller = tmp_path / "caller-wit"
        caller.mkdir()
        (caller / "caller.wit").write_text("package test:caller; world caller {}")

        done = cli("generate", target, "-o", "out", "--sync-only", "--caller", caller)

        assert done.status == 0
        found = [path for path in Path("out").rglob("*.wit") if "wasi:io" in path.read_text()]
        assert found == []


class TestCompose:
    def socket(self, cli: Cli, target: Path, tmp_path: Path) -> Path:
        """A caller that imports the client and does nothing."""
        caller = tmp_path / "caller-wit"
        caller.mkdir()
        wit = "package test:caller; world caller { export run: func() -> u32; }"
        (caller / "caller.wit").write_text(wit)
        assert (
            cli("generate", target, "-o", "made", "--emit", "wit", "--caller", caller).status == 0
        )
        folder = str(Path("made") / "caller")
        core = wasm_tools("component", "embed", "--dummy", "--world", "caller", folder)
        made = wasm_tools("component", "new", data=core)
        (tmp_path / "caller.wasm").write_bytes(made)
        return tmp_path / "caller.wasm"

    def test_a_client_is_made_and_plugged_in(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        socket = self.socket(cli, target, tmp_path)

        done = cli(
            *("compose", socket, "--client", target, "--backend", "native", "-o", "app.wasm")
        )

        assert (done.status, done.out) == (0, ""), done.err
        data = Path("app.wasm").read_bytes()
        validate(data)
        assert CLIENT not in read_component(data).type.imports

    def test_a_client_of_another_target_does_not_fit(
        self, cli: Cli, target: Path, tmp_path: Path
    ) -> None:
        socket = self.socket(cli, target, tmp_path)
        file = next(target.glob("*.wit"))
        file.write_text(file.read_text().replace("add: func(a: u32", "add: func(a: u64"))

        done = cli(
            *("compose", socket, "--client", target, "--backend", "native", "-o", "app.wasm")
        )

        assert done.status == 1
        assert "blocking-add" in done.err
        assert not Path("app.wasm").exists()
