"""`witgen compose` on small components."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from wasmtime.component import Component

Cli = Callable[..., Any]

PLUG = """
(component
  (core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $f (result u32) (canon lift (core func $i "f")))
  (instance $api (export "f" (func $f)))
  (export "test:plug/api@1.2.0" (instance $api)))
"""
SOCKET = """
(component
  (import "test:plug/api@1.1.0" (instance $api (export "f" (func (result u32)))))
  (import "test:host/log" (instance $log (export "g" (func))))
  (core func $f (canon lower (func $api "f")))
  (core module $m
    (import "" "f" (func $f (result i32)))
    (func (export "run") (result i32) (i32.add (call $f) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
  (func $run (result u32) (canon lift (core func $i "run")))
  (export "run" (func $run)))
"""


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path]:
    socket, plug = tmp_path / "socket.wasm", tmp_path / "plug.wasm"
    socket.write_bytes(wasmtime.wat2wasm(SOCKET))
    plug.write_bytes(wasmtime.wat2wasm(PLUG))
    return socket, plug


def test_the_composition_is_written_and_stdout_is_empty(
    cli: Cli, parts: tuple[Path, Path], tmp_path: Path
) -> None:
    done = cli("compose", parts[0], "--plug", parts[1], "-o", "out.wasm")

    assert (done.status, done.out) == (0, "")
    assert "from 2 components" in done.err
    Component(wasmtime.Engine(), (tmp_path / "out.wasm").read_bytes())


def test_two_runs_give_the_same_bytes(cli: Cli, parts: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("1.wasm", "2.wasm"):
        cli("compose", parts[0], "--plug", parts[1], "-o", name)

    assert (tmp_path / "1.wasm").read_bytes() == (tmp_path / "2.wasm").read_bytes()


def test_the_plan_is_explained_on_stderr(cli: Cli, parts: tuple[Path, Path]) -> None:
    done = cli("compose", parts[0], "--plug", parts[1], "-o", "out.wasm", "--explain")

    assert done.out == ""
    told = [line for line in done.err.splitlines() if line.startswith(("part", "wire", "import"))]
    sizes = [path.stat().st_size for path in parts]
    assert told == [
        f"part   socket: {sizes[0]} bytes, {parts[0]}",
        f"part   plug: {sizes[1]} bytes, {parts[1]}",
        "wire   test:plug/api@1.1.0 of socket: by test:plug/api@1.2.0 of plug",
        "import test:host/log: needed by socket",
    ]


@pytest.mark.parametrize(("form", "head"), [("mermaid", "graph"), ("dot", "digraph")])
def test_the_drawing_is_the_product(
    cli: Cli, parts: tuple[Path, Path], form: str, head: str
) -> None:
    done = cli("compose", parts[0], "--plug", parts[1], "-o", "out.wasm", "--graph", form)

    assert done.status == 0
    assert head in done.out.splitlines()[0] or "flowchart" in done.out.splitlines()[0]
    assert "test:plug/api@1.1.0 by test:plug/api@1.2.0" in done.out
    assert "test:host/log" in done.out


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["--no-imports"], 1),
        (["--allow-import", "wasi:*"], 1),
        (["--allow-import", "test:host/*"], 0),
        (["--allow-import", "wasi:*", "--allow-import", "test:host/log"], 0),
    ],
)
def test_open_imports_are_a_matter_of_policy(
    cli: Cli, parts: tuple[Path, Path], tmp_path: Path, args: list[str], status: int
) -> None:
    done = cli("compose", parts[0], "--plug", parts[1], "-o", "out.wasm", *args)

    assert done.status == status
    assert ("test:host/log" in done.err) == bool(status)
    assert (tmp_path / "out.wasm").exists() != bool(status)


@pytest.mark.parametrize(
    ("args", "status", "hint"),
    [
        (["SOCKET"], 2, "nothing to plug in"),
        (["SOCKET", "--plug", "plgu.wasm"], 2, "did you mean `plug.wasm`?"),
        (["SOCKET", "--plug", "."], 2, "is a folder"),
        (["SOCKET", "--client", "nowhere"], 2, "does not exist"),
        (["SOCKET", "--client", "x,knd=ephemeral"], 2, "did you mean `kind`?"),
        (["SOCKET", "--client", "x,kind=epheremal"], 2, "use durable or ephemeral"),
        (["PLUG", "--plug", "SOCKET"], 1, "socket.wasm"),
        (["SOCKET", "--plug", "text.wasm"], 1, "text.wasm"),
        (["text.wasm", "--plug", "PLUG"], 1, "text.wasm"),
        (["SOCKET", "--plug", "cut.wasm"], 1, "cut.wasm"),
        (["SOCKET", "--plug", "core.wasm"], 1, "core.wasm"),
        (["SOCKET", "--plug", "other.wasm"], 1, "expected u32, found string"),
    ],
)
def test_mistakes_write_nothing(
    cli: Cli, parts: tuple[Path, Path], tmp_path: Path, args: list[str], status: int, hint: str
) -> None:
    (tmp_path / "text.wasm").write_text(PLUG)
    (tmp_path / "cut.wasm").write_bytes(parts[1].read_bytes()[:60])
    (tmp_path / "core.wasm").write_bytes(wasmtime.wat2wasm("(module)"))
    other = PLUG.replace('(result u32) (canon lift (core func $i "f"))', "STRING").replace(
        "STRING",
        '(result string) (canon lift (core func $i "f") (memory (core memory $i "memory")))',
    )
    other = other.replace('(func (export "f")', '(memory (export "memory") 1) (func (export "f")')
    (tmp_path / "other.wasm").write_bytes(wasmtime.wat2wasm(other))
    names = {"SOCKET": str(parts[0]), "PLUG": str(parts[1])}

    done = cli("compose", *(names.get(a, a) for a in args), "-o", "out.wasm")

    assert (done.status, done.out) == (status, "")
    assert hint in done.err
    assert not (tmp_path / "out.wasm").exists()


def test_an_import_of_types_only_does_not_count_and_is_listed(
    cli: Cli, parts: tuple[Path, Path], tmp_path: Path
) -> None:
    text = SOCKET.replace(
        '(import "test:host/log" (instance $log (export "g" (func))))',
        '(import "test:host/types" (instance (type $t u32) (export "t" (type (eq $t)))))',
    )
    (tmp_path / "types.wasm").write_bytes(wasmtime.wat2wasm(text))

    done = cli(
        "compose", "types.wasm", "--plug", parts[1], "-o", "out.wasm", "--no-imports", "--explain"
    )

    assert done.status == 0
    assert "import test:host/types (types only)" in done.err


def test_wires_names_and_exact_versions(cli: Cli, parts: tuple[Path, Path], tmp_path: Path) -> None:
    wire = "test:plug/api@1.1.0=it.test:plug/api@1.2.0"

    exact = cli("compose", parts[0], "--plug", parts[1], "-o", "a.wasm", "--semver", "exact")
    assert exact.status == 1
    assert "nothing imports what" in exact.err
    done = cli(
        *("compose", parts[0], "--plug", f"it={parts[1]}", "-o", "a.wasm", "--semver", "exact"),
        *("--wire", wire, "--explain"),
    )
    assert done.status == 0
    assert "test:plug/api@1.2.0 of it" in done.err
    by_file = cli(
        *("compose", parts[0], "--plug", parts[1], "-o", "b.wasm", "--semver", "exact"),
        *("--wire", "socket:" + wire.replace("=it.", "=plug.")),
    )
    assert by_file.status == 0
    assert (tmp_path / "a.wasm").read_bytes() == (tmp_path / "b.wasm").read_bytes()


@pytest.mark.parametrize(
    ("wire", "hint"),
    [
        ("test:plug/api@1.1.0", "does not have the form"),
        ("test:plug/api@1.1.0=plgu.test:plug/api@1.2.0", "did you mean `plug`?"),
        ("test:plug/api@1.1.0=plug.test:plug/apo@1.2.0", "did you mean `test:plug/api@1.2.0`?"),
        ("sockt:run=plug.run", "did you mean `socket`?"),
    ],
)
def test_wrong_wires_are_findings(
    cli: Cli, parts: tuple[Path, Path], tmp_path: Path, wire: str, hint: str
) -> None:
    done = cli("compose", parts[0], "--plug", parts[1], "-o", "out.wasm", "--wire", wire)

    assert done.status == 1
    assert hint in done.err
    assert not (tmp_path / "out.wasm").exists()


def test_stripping_makes_it_smaller(cli: Cli, parts: tuple[Path, Path], tmp_path: Path) -> None:
    for name, options in (("a.wasm", []), ("b.wasm", ["--strip"])):
        assert cli("compose", parts[0], "--plug", parts[1], "-o", name, *options).status == 0

    assert (tmp_path / "b.wasm").stat().st_size < (tmp_path / "a.wasm").stat().st_size


TYPES = """(component
  (import "test:host/types" (instance
    (type $r (record (field "x" u32))) (export "pair" (type (eq $r)))))"""
WAC = """package t:app;
let plug = new t:plug {}; export new t:socket { ...plug, ... }...;"""


def test_types_are_defined_on_request(cli: Cli, parts: tuple[Path, Path], tmp_path: Path) -> None:
    parts[0].write_bytes(wasmtime.wat2wasm(SOCKET.replace("(component", TYPES, 1)))
    (tmp_path / "app.wac").write_text(WAC)
    packages = [*("--dep", f"t:socket={parts[0]}"), *("--dep", f"t:plug={parts[1]}")]

    for given in ([parts[0], "--plug", parts[1]], ["app.wac", *packages]):
        for options in ([], ["--define-types"]):
            done = cli("compose", *given, "-o", "out.wasm", "--explain", *options)

            assert done.status == 0
            assert "import test:host/log" in done.err
            assert ("import test:host/types (types only)" in done.err) == (not options)
            Component(wasmtime.Engine(), (tmp_path / "out.wasm").read_bytes())


WORLDS = """
package test:worlds;
interface log { g: func(); }
world good { import test:host/log; export run: func() -> u32; }
world bad { export run: func() -> string; }
"""
LOG = "package test:host; interface log { g: func(); }"
API = "package test:plug@1.1.0; interface api { f: func() -> u32; }"


@pytest.fixture
def worlds(tmp_path: Path) -> Path:
    (tmp_path / "wit/deps").mkdir(parents=True)
    (tmp_path / "wit/worlds.wit").write_text(WORLDS)
    (tmp_path / "wit/deps/log.wit").write_text(LOG)
    return tmp_path / "wit"


def test_a_composition_is_checked_against_a_world(
    cli: Cli, parts: tuple[Path, Path], worlds: Path, tmp_path: Path
) -> None:
    plug = ["--plug", str(parts[1])]

    done = cli("compose", parts[0], *plug, "--targets", f"{worlds}#good", "-o", "out.wasm")
    assert done.status == 0
    assert "out.wasm fits the world good" in done.err
    assert (tmp_path / "out.wasm").exists()

    done = cli("compose", parts[0], *plug, "--targets", f"{worlds}#bad", "-o", "bad.wasm")
    assert done.status == 1
    assert "import `test:host/log` of `bad.wasm` is not offered by the world `bad`" in done.err
    assert "expected string, found u32" in done.err
    assert not (tmp_path / "bad.wasm").exists()


def test_a_socket_alone_is_checked(
    cli: Cli, parts: tuple[Path, Path], worlds: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))

    done = cli("compose", parts[0], "--targets", f"{worlds}#good")

    assert (done.status, done.out) == (1, "")
    assert f"import `test:plug/api@1.1.0` of `{parts[0]}` is not offered" in done.err
    assert cli("compose", tmp_path / "plug.wasm", "--targets", f"{worlds}#good").status == 1
    (worlds / "deps/api.wit").write_text(API)
    text = WORLDS.replace("world good {", "world good { import test:plug/api@1.1.0;")
    (worlds / "worlds.wit").write_text(text)
    assert cli("compose", parts[0], "--targets", f"{worlds}#good").status == 0
    assert sorted(set(tmp_path.rglob("*")) - set(before)) == [worlds / "deps/api.wit"]


@pytest.mark.parametrize(
    ("target", "status", "hint"),
    [
        ("wit", 1, "has several worlds"),
        ("wit#goood", 1, "did you mean `good`?"),
        ("nowhere#good", 2, "does not exist"),
        ("plug.wasm#good", 1, "good"),
    ],
)
def test_worlds_that_do_not_exist(
    cli: Cli, parts: tuple[Path, Path], worlds: Path, target: str, status: int, hint: str
) -> None:
    done = cli("compose", parts[0], "--targets", target)

    assert done.status == status
    assert hint in done.err


def test_without_an_output_it_goes_to_stdout_unless_that_is_a_terminal(
    cli: Cli, parts: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out.wasm"
    arguments = [str(part) for part in ("compose", parts[0], "--plug", parts[1])]
    with file.open("wb") as out:
        subprocess.run([sys.executable, "-m", "witgen", *arguments], check=True, stdout=out)

    Component(wasmtime.Engine(), file.read_bytes())
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    done = cli(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "no output file given" in done.err


def test_exact_versions_are_no_matter_of_a_written_composition(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "app.wac").write_text("package x:app;")

    done = cli("compose", "app.wac", "--semver", "exact")

    assert done.status == 2
    assert "--semver applies only to components" in done.err
