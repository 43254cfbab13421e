"""`witgen run` on small components: values, statuses, keys and stores."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
import wasmtime
from http_guest import FOLDERS
from small_counter import COUNTER, ECHO, INC

from witgen.cli import group
from witgen.cli.common import Talk
from witgen.cli.reporting import spoken

Cli = Callable[..., Any]

OPEN = """
(component
  (import "test:other-client/other-client" (instance
    (export "api" (type (sub resource))))))
"""


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    path = tmp_path / "counter.wasm"
    path.write_bytes(wasmtime.wat2wasm(COUNTER))
    return path


def test_the_result_is_wave_on_stdout(cli: Cli, counter: Path) -> None:
    assert cli("run", counter, INC, "3").out == "3\n"
    assert cli("run", counter, ECHO, '"a\\"ß"').out == '"a\\"ß"\n'


def test_a_function_without_result_prints_nothing(cli: Cli, counter: Path) -> None:
    done = cli("run", counter, "test:counter/api.{quiet}")

    assert (done.status, done.out, done.err) == (0, "", "")


def test_without_a_store_nothing_is_remembered(cli: Cli, counter: Path) -> None:
    assert [cli("run", counter, INC, "3").out for _ in range(2)] == ["3\n", "3\n"]


def test_a_store_remembers_workers(cli: Cli, counter: Path) -> None:
    def inc(*more: str) -> str:
        done = cli("run", counter, INC, "3", "--store", "s.db", *more)
        assert done.status == 0
        return str(done.out)

    assert [inc(), inc(), inc("--worker", "other"), inc()] == ["3\n", "6\n", "3\n", "9\n"]


def test_a_key_is_answered_once_and_for_all(cli: Cli, counter: Path) -> None:
    def inc(key: str, by: int) -> str:
        done = cli("run", counter, INC, by, "--store", "s.db", "--key", key)
        assert done.status == 0
        return str(done.out)

    assert [inc("a", 3), inc("a", 3), inc("b", 4), inc("a", 3)] == ["3\n", "3\n", "7\n", "3\n"]


def test_an_ephemeral_worker_starts_afresh(cli: Cli, counter: Path) -> None:
    args = ("--deploy", f"x={counter}", "--ephemeral", "x", "--store", "s.db")

    assert [cli("run", "x", INC, "3", *args).out for _ in range(2)] == ["3\n", "3\n"]


def test_a_trap_is_1_and_its_retries_are_told(cli: Cli, counter: Path) -> None:
    done = cli("run", counter, "test:counter/api.{boom}")

    assert (done.status, done.out) == (1, "")
    assert "unreachable" in done.err
    assert done.err.count("warning:") >= 2


@pytest.mark.parametrize("ephemeral", [(), ("--ephemeral", "x")])
def test_only_a_durable_worker_can_be_revived(
    cli: Cli, counter: Path, ephemeral: tuple[str, ...]
) -> None:
    args = ("--deploy", f"x={counter}", *ephemeral, "--store", "s.db")

    said = cli("run", "x", "test:counter/api.{boom}", *args).err

    assert "`witgen worker log s.db x/default` shows what it did" in said
    assert ("`witgen worker revive s.db x/default`" in said) is (not ephemeral)


def test_a_failed_worker_keeps_its_other_workers(cli: Cli, counter: Path) -> None:
    store = ("--store", "s.db")
    cli("run", counter, INC, "3", *store, "--worker", "good")
    cli("run", counter, "test:counter/api.{boom}", *store, "--worker", "bad")

    assert cli("run", counter, INC, "3", *store, "--worker", "good").out == "6\n"
    assert cli("run", counter, INC, "3", *store, "--worker", "bad").status == 1


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["COUNTER", "test:counter/api.{icn}", "3"], "did you mean"),
        (["COUNTER", "test:counter/apy.{inc}", "3"], "test:counter/api.{inc}"),
        (["COUNTER", INC], "takes 1 argument (by), not 0\n  = help: `witgen run "),
        (["COUNTER", INC, "3", "4"], "takes 1 argument (by), not 2"),
        (["COUNTER", INC, "three"], "argument `by`"),
        (["COUNTER", INC, "-1"], "argument `by`"),
        (["COUNTER", INC, "4294967296"], "argument `by`"),
        (["COUNTER", ECHO, "plain"], "needs quotes around them: '\"plain\"'"),
        (["COUNTER", INC, "3", "--deploy", "x"], "NAME=FILE"),
        (["COUNTER", INC, "3", "--deploy", "x=missing.wasm"], "does not exist"),
        (["COUNTER", INC, "3", "--ephemeral", "test:countr"], "did you mean `test:counter`?"),
        (["COUNTER", INC, "3", "--link", "missing"], "does not exist"),
        (["COUNTER", INC, "3", "--link", "."], "0 packages"),
        (["COUNTER", INC, "3", "--env", "x"], "K=V"),
        (["COUNTER", INC, "3", "--stoer", "x"], "did you mean `--store`?"),
        (["COUNTER", INC, "3", "--mode", "statik"], "static"),
        (["COUNTER", "icn", "3"], "did you mean `inc`?"),
        (["COUNTER", "icn", "3"], "lists its functions"),
        (["countr.wasm", INC, "3"], "did you mean `counter.wasm`?"),
        (["nothing", INC, "3"], "neither a file nor the name"),
        (["COUNTER", INC, "3", "--store", "no/such/folder/s.db"], "no/such/folder"),
    ],
)
def test_wrong_usage_is_2(cli: Cli, counter: Path, args: list[str], hint: str) -> None:
    done = cli("run", *(str(counter) if a == "COUNTER" else a for a in args))

    assert (done.status, done.out) == (2, "")
    assert hint in done.err


@pytest.mark.parametrize(
    "data", [b"", b"(component)", b"\0asm", b"\0asm\x0d\0\x01\0\xff", b"\0" * 99]
)
def test_what_is_no_component_is_1(cli: Cli, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.wasm").write_bytes(data)

    done = cli("run", "x.wasm", INC, "3", "--store", "s.db")

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error[RUN5001]")


def test_what_is_no_store_is_2_and_untouched(cli: Cli, counter: Path, tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("my diary" * 2000)

    done = cli("run", counter, INC, "3", "--store", "s.db")

    assert done.status == 2
    assert (tmp_path / "s.db").read_text() == "my diary" * 2000


def test_static_mode_refuses_an_open_client_import(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "open.wasm").write_bytes(wasmtime.wat2wasm(OPEN))

    done = cli("run", "open.wasm", "f", "--mode", "static")

    assert done.status == 2
    assert "test:other-client/other-client" in done.err
    assert "witgen compose" in done.err


def test_a_store_in_use_is_2_and_usable_afterwards(cli: Cli, counter: Path, tmp_path: Path) -> None:
    from runtime_shim.engines.sqlite.ownership import Ownership

    cli("run", counter, INC, "3", "--store", "s.db")
    owner = Ownership(tmp_path / "s.db")
    done = cli("run", counter, INC, "3", "--store", "s.db")
    owner.release()

    assert (done.status, done.out) == (2, "")
    assert "in use by this process" in done.err
    assert cli("run", counter, INC, "3", "--store", "s.db").out == "6\n"


@pytest.mark.parametrize(
    ("name", "system", "machine", "said"),
    [
        ("win32", "Windows", "AMD64", "not on Windows on AMD64"),
        ("freebsd14", "FreeBSD", "amd64", "not on FreeBSD on amd64"),
        ("linux", "Linux", "riscv64", "not on Linux on riscv64"),
    ],
)
def test_a_system_that_the_host_does_not_run_on_is_2(
    cli: Cli, counter: Path, monkeypatch: pytest.MonkeyPatch, name: str, system: str, machine: str,
    said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("runtime_shim.boundary.platforms.sys", SimpleNamespace(platform=name))
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    done = cli("run", counter, INC, "3", "--store", "s.db")

    assert (done.status, done.out, said in done.err) == (2, "", True), done.err
    assert done.err.startswith("error[RUN5011]")
    assert not Path("s.db").exists()


def test_arguments_that_look_negative_are_arguments(cli: Cli, counter: Path) -> None:
    assert "argument `by`" in cli("run", counter, INC, "-3").err


def test_a_key_of_another_call_is_2(cli: Cli, counter: Path) -> None:
    first, other, again = (
        cli("run", counter, INC, by, "--store", "s.db", "--key", "k") for by in "343"
    )

    assert (first.out, other.out, again.out) == ("3\n", "", "3\n")
    assert other.status == 2
    assert "error[RUN5012]: the key 'k' belongs to a call of" in other.err


@pytest.mark.parametrize(
    ("grant", "hint"),
    [
        ("", "HOST[:PORT]"),
        ("http://localhost", "HOST[:PORT]"),
        ("localhost:99999", "HOST[:PORT]"),
        ("*", "HOST[:PORT]"),
        ("test:countr=localhost", "did you mean `test:counter`?"),
        ("test:counter=", "HOST[:PORT]"),
    ],
)
def test_a_grant_of_http_that_is_none_is_2(cli: Cli, counter: Path, grant: str, hint: str) -> None:
    done = cli("run", counter, INC, "3", "--http", grant)

    assert (done.status, done.out) == (2, "")
    assert hint in done.err


def test_http_is_for_the_component_that_it_is_granted_to(cli: Cli, tmp_path: Path) -> None:
    import http_guest

    (tmp_path / "fetcher.wasm").write_bytes(http_guest.guest(tmp_path / "fetcher"))
    (tmp_path / "counter.wasm").write_bytes(wasmtime.wat2wasm(COUNTER))
    call = ("run", "fetcher.wasm", "odd-field", '"Host"', "--deploy", "test:counter=counter.wasm")

    assert cli(*call, "--http", "localhost").out == "some(1)\n"
    assert cli(*call, "--http", "fetcher=localhost:80").out == "some(1)\n"
    for grants in ([], ["--http", "test:counter=localhost"]):
        done = cli(*call, *grants)
        assert (done.status, done.out) == (1, "")
        assert "needs a grant for HTTP" in done.err


@pytest.mark.parametrize(
    ("grants", "hint"),
    [
        (["missing"], "does not exist"),
        (["dats::/data"], "did you mean `data`?"),
        (["counter.wasm::/data"], "is a file"),
        (["data::/data", "data::/data:ro"], "names `/data` twice"),
        (["test:countr=data"], "did you mean `test:counter`?"),
        ([""], "HOST[::GUEST]"),
        (["::/data"], "HOST[::GUEST]"),
        (["test:counter=:ro"], "HOST[::GUEST]"),
    ],
)
def test_a_grant_of_a_folder_that_is_none_is_2(
    cli: Cli, counter: Path, tmp_path: Path, grants: list[str], hint: str
) -> None:
    (tmp_path / "data").mkdir()
    done = cli("run", counter, INC, "3", *(arg for grant in grants for arg in ("--dir", grant)))

    assert (done.status, done.out) == (2, "")
    assert hint in done.err


def test_a_granted_folder_is_for_the_component_that_it_is_granted_to(
    cli: Cli, counter: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "files.wasm").write_bytes(wasmtime.wat2wasm(FOLDERS))
    call = ("run", "files.wasm", "count", "--deploy", f"test:counter={counter}")

    assert cli(*call).out == "0\n"
    assert cli(*call, "--dir", "data::/data:ro", "--dir", "data").out == "2\n"
    assert cli(*call, "--dir", "files=data::/x").out == "1\n"
    assert cli(*call, "--dir", "test:counter=data").out == "0\n"


STOPPING = """
(component
  (import "wasi:cli/exit@0.2.0" (instance $exit
    (export "exit" (func (param "status" (result))))))
  (core func $exit (canon lower (func $exit "exit")))
  (core module $m
    (import "wasi" "exit" (func $exit (param i32)))
    (func (export "stop") (param i32) (call $exit (local.get 0))))
  (core instance $i (instantiate $m (with "wasi" (instance (export "exit" (func $exit))))))
  (func (export "stop") (param "failed" bool) (canon lift (core func $i "stop"))))
"""


@pytest.mark.parametrize(
    ("failed", "said"),
    [("true", "with an error, whose number WASI does not tell"), ("false", "without an error")],
)
def test_a_guest_that_ends_its_program(cli: Cli, tmp_path: Path, failed: str, said: str) -> None:
    """Every `sys.exit` but that of 0 is 1 behind WASI: no number is told that it may not have been."""
    (tmp_path / "stopping.wasm").write_bytes(wasmtime.wat2wasm(STOPPING))

    done = cli("run", "stopping.wasm", "stop", failed)

    assert (done.status, done.out) == (1, "")
    assert f"the guest ended its program {said}" in done.err


class TestOfAnApplication:
    """What golem.yaml grants, and the options that go before it."""

    @pytest.fixture(autouse=True)
    def files(self, tmp_path: Path) -> None:
        app = tmp_path / "app"
        (app / "wit").mkdir(parents=True)
        for name in ("data", "app/data", "app/more"):
            (tmp_path / name).mkdir()
        (app / "files.wasm").write_bytes(wasmtime.wat2wasm(FOLDERS))
        (app / "wit" / "a.wit").write_text(
            "package t:files; world files { export count: func() -> u32; }"
        )
        one = {"sourceWit": "wit", "componentWasm": "x.wasm", "linkedWasm": "files.wasm"}
        profiles = {"plain": {}, "more": {"grants": {"directories": ["data", "more::/m:ro"]}}}
        template = one | {"profiles": profiles, "defaultProfile": "plain"}
        template |= {"grants": {"directories": ["data::/data:ro"], "http": ["localhost:1"]}}
        document = {"templates": {"t": template}, "components": {"t:files": {"template": "t"}}}
        (app / "golem.yaml").write_text(json.dumps(document))

    @pytest.mark.parametrize(
        ("options", "folders"),
        [
            ((), 1),
            (("--profile", "more"), 2),
            (("--dir", "data"), 2),
            (("--dir", "data::/data"), 1),
            (("--profile", "more", "--dir", "t:files=data::/m"), 2),
        ],
    )
    def test_grants(self, cli: Cli, options: tuple[str, ...], folders: int) -> None:
        manifest = ("--manifest", "app/golem.yaml")
        assert cli("run", "t:files", "count", *manifest, *options).out == f"{folders}\n"

    @pytest.mark.parametrize(
        ("options", "hint"),
        [
            (("t:files", "--profile", "more"), "the folder `app/more` that `t:files` may use"),
            (("t:files", "--manifest", "app/golme.yaml"), "did you mean `app/golem.yaml`?"),
            (("t:filse",), "did you mean `t:files`?"),
            (("t:files", "--profile", "mroe"), "did you mean `more`?"),
            (("app/files.wasm",), "--manifest applies to components of golem.yaml, not to"),
            (("t:files", "--env", "K"), "--env takes K=V"),
        ],
    )
    def test_mistakes(self, cli: Cli, tmp_path: Path, options: tuple[str, ...], hint: str) -> None:
        (tmp_path / "app" / "more").rmdir()
        what, *more = options
        done = cli("run", what, "count", "--manifest", "app/golem.yaml", *more)

        assert (done.status, hint in done.err) == (2, True), done.err

    def test_serve_takes_the_same(self, cli: Cli) -> None:
        for options, hint in (
            (("--dir", "mis"), "does not exist"),
            (("--env", "K"), "--env takes K=V"),
            (("--http", "t:flies=x"), "did you mean `t:files`?"),
            (("--profile", "mroe"), "did you mean `more`?"),
        ):
            done = cli("serve", "--manifest", "app/golem.yaml", "--port", 0, *options)
            assert (done.status, hint in done.err) == (2, True), done.err

    def test_workers_of_a_store_are_updated_with_them(self, cli: Cli, tmp_path: Path) -> None:
        call = ("run", "t:files", "count", "--manifest", "app/golem.yaml", "--store", "s.db")
        assert cli(*call, "--dir", "data").out == "2\n"
        other = FOLDERS.replace("(component", '(component (@custom "x" "y")', 1)
        (tmp_path / "app" / "files.wasm").write_bytes(wasmtime.wat2wasm(other))
        update = ("worker", "update", "s.db", "t:files", "--manifest", "app/golem.yaml")

        assert "moved 1 worker of t:files" in cli(*update, "--dir", "data").err


GREEDY = """
(component
  (core module $m (memory 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "spin") (loop $next (br $next))))
  (core instance $i (instantiate $m))
  (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $i "grow")))
  (func (export "spin") (canon lift (core func $i "spin"))))
"""


def test_quiet_and_verbose(cli: Cli, counter: Path) -> None:
    usual = cli("run", counter, INC, "3", "--store", "s.db")
    assert (usual.out, usual.err) == ("3\n", "")
    said = cli("run", counter, INC, "3", "--store", "s.db", "-v")
    assert (said.status, said.out) == (0, "6\n")
    first, *_, last = said.err.splitlines()
    assert first == f"test:counter: durable, {counter}"
    assert re.fullmatch(r"took \d+\.\d\d s", last)
    [said] = json.loads(cli("run", counter, "n", "-v", "--error-format", "json").err)["diagnostics"]
    assert said["code"] == "RUN5004", "a document stays one"

    assert "4 changed" in cli("generate", counter, "-o", "out", "--emit", "wit").err
    assert cli("generate", counter, "-o", "out", "--emit", "wit,host", "-q").err == ""
    failed = cli("run", counter, "boom", "-q")
    assert (failed.status, "error[RUN5007]" in failed.err, "warning" in failed.err) == (
        1,
        True,
        True,
    )
    both = cli("run", counter, INC, "3", "-q", "-v")
    assert (both.status, "--quiet and --verbose exclude each other" in both.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"quiet": True}, ["warning: two"]),
        ({}, ["one", "warning: two"]),
        ({"verbose": True}, ["zero", "one", "warning: two"]),
    ],
)
def test_what_the_host_reports_is_more_or_less(
    options: dict[str, Any], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("runtime_shim")
    with spoken(Talk("text", color=False, **options)):
        log.debug("zero")
        log.info("one")
        log.warning("two")
    assert capsys.readouterr().err.splitlines() == said


def test_every_command_is_quiet_and_verbose_when_asked() -> None:
    """All that write messages take the same options for them."""

    def leaves(command: click.Command) -> Iterator[click.Command]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from leaves(found)
        else:
            yield command

    for command in leaves(group):
        options = {name for parameter in command.params for name in parameter.opts}
        assert {
            "--quiet",
            "-q",
            "--verbose",
            "-v",
            "--error-format",
            "--color",
        } <= options, command.name


class TestLimits:
    @pytest.fixture(autouse=True)
    def greedy(self, tmp_path: Path) -> None:
        (tmp_path / "greedy.wasm").write_bytes(wasmtime.wat2wasm(GREEDY))

    @pytest.mark.parametrize(
        ("options", "most"),
        [
            ((), (1 << 14) - 1),
            (("--memory-limit", "128KiB"), 1),
            (("--memory-limit", "2GiB"), 32767),
        ],
    )
    def test_memory_has_a_limit(self, cli: Cli, options: tuple[str, ...], most: int) -> None:
        assert cli("run", "greedy.wasm", "grow", most, *options).out == "1\n"
        assert cli("run", "greedy.wasm", "grow", most + 1, *options).out == "-1\n"

    def test_memory_without_a_limit(self, cli: Cli) -> None:
        assert cli("run", "greedy.wasm", "grow", 1 << 15, "--memory-limit", "none").out == "1\n"

    @pytest.mark.parametrize(
        ("options", "grown"),
        [((), "-1\n"), (("--memory-limit", "1MiB"), "1\n"), (("--memory-limit", "1KiB"), "")],
    )
    def test_golem_yaml_has_limits_and_options_go_before_them(
        self, cli: Cli, tmp_path: Path, options: tuple[str, ...], grown: str
    ) -> None:
        world = "world greedy { export grow: func(pages: u32) -> s32; export spin: func(); }"
        (tmp_path / "wit").mkdir()
        (tmp_path / "wit" / "greedy.wit").write_text(f"package t:greedy;\n{world}")
        component = {"sourceWit": "wit", "componentWasm": "x.wasm", "linkedWasm": "greedy.wasm"}
        limits = {"memory": "128KiB", "deadline": "none"}
        manifest = {"components": {"t:greedy": component | {"limits": limits}}}
        (tmp_path / "golem.yaml").write_text(json.dumps(manifest))

        assert cli("run", "t:greedy", "grow", "2", *options).out == grown

    def test_no_call_takes_for_ever(self, cli: Cli) -> None:
        done = cli("run", "greedy.wasm", "spin", "--fuel", "100000")
        assert (done.status, "all fuel consumed" in done.err) == (1, True)
        done = cli("run", "greedy.wasm", "spin", "--deadline", "0.05")
        assert (done.status, "took longer than its deadline" in done.err) == (1, True)

    @pytest.mark.parametrize(
        ("options", "hint"),
        [
            (("--memory-limit", "1GB"), "must be a size such as 512MiB or 2GiB, or none"),
            (("--fuel", "much"), "must be a number of instructions, or none"),
            (("--deadline", "0"), "must be a number of seconds such as 30 or 0.5, or none"),
        ],
    )
    def test_what_is_not_a_limit_is_2(self, cli: Cli, options: tuple[str, ...], hint: str) -> None:
        done = cli("run", "greedy.wasm", "spin", *options)
        assert (done.status, hint in done.err) == (2, True), done.err
