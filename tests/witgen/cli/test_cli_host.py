"""`witgen generate --emit host`: typed Python of any world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]

IMPORTS_ONLY = """
package test:app@1.0.0;
interface log { write: func(line: string); }
world app { import log; import now: func() -> u64; }
"""
BOTH = """
package test:app@1.0.0;
interface log { resource line { text: func() -> string; } }
interface api { use log.{line}; show: func(line: line); %plain: func() -> u8; }
world app { import log; export api; }
"""
STREAMS = """
package test:app@1.0.0;
interface api { read: func() -> stream<u8>; later: async func(); now: func() -> u8; }
interface more { give: func(value: future<u8>); }
world app { import more; export api; }
"""
STREAM_IN = """
package test:app@1.0.0;
interface more { give: func(value: future<u8>); }
world app { import more; export f: func() -> u8; }
"""
WASI = """
package test:app@1.0.0;
world app {
  import wasi:io/streams@0.2.0;
  import copy: func();
  export wasi:io/error@0.2.0;
  export write: func();
}
package wasi:io@0.2.0 {
  interface error { resource error { text: func() -> string; } }
  interface streams { use error.{error}; resource output-stream { flush: func() -> result<_, error>; } }
}
"""


def files(folder: Path) -> set[str]:
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return found - {".witgen.json"}


@pytest.fixture
def generate(cli: Cli, tmp_path: Path) -> Callable[..., Any]:
    def run(text: str, *options: str) -> Any:
        (tmp_path / "app.wit").write_text(text)
        return cli("generate", "app.wit", "-o", "out", *options)

    return run


PACKAGE = {"host/app_client/__init__.py", "host/app_client/py.typed"}


def test_a_world_without_exports(generate: Callable[..., Any], tmp_path: Path) -> None:
    done = generate(IMPORTS_ONLY, "--emit", "host")

    assert (done.status, "warning" in done.err) == (0, False)
    assert files(tmp_path / "out") == {*PACKAGE, "host/app_client/world.py"}
    text = (tmp_path / "out/host/app_client/world.py").read_text()
    assert "class Log(Protocol):" in text
    assert "class App" not in text


def test_without_exports_the_default_says_what_to_do(
    generate: Callable[..., Any], tmp_path: Path
) -> None:
    done = generate(IMPORTS_ONLY)

    assert done.status == 1
    assert "GEN2003" in done.err
    assert "`--emit host` alone generates typed Python for any world" in done.err
    assert not (tmp_path / "out").exists()


def test_a_client_has_its_world_beside_it(generate: Callable[..., Any], tmp_path: Path) -> None:
    done = generate(STREAM_IN.replace("future<u8>", "u8"))

    assert (done.status, "warning" in done.err) == (0, False)
    assert {*PACKAGE, "host/app_client/api.py", "host/app_client/world.py"} <= files(
        tmp_path / "out"
    )
    assert "CLIENT = " in (tmp_path / "out/host/app_client/__init__.py").read_text()


def test_what_no_worker_can_call_is_bound_all_the_same(
    generate: Callable[..., Any], tmp_path: Path
) -> None:
    done = generate(BOTH, "--emit", "host")

    assert done.status == 0
    assert "GEN2103" in done.err
    assert "show" in done.err
    modules = {f"host/app_client/{name}.py" for name in ("world", "app_api", "log")}
    assert files(tmp_path / "out") == {*PACKAGE, *modules}
    assert "def show(self, line: Line)" in (tmp_path / "out/host/app_client/app_api.py").read_text()


def test_with_the_client_asked_for_it_is_refused(
    generate: Callable[..., Any], tmp_path: Path
) -> None:
    done = generate(BOTH, "--emit", "wit,host")

    assert (done.status, "GEN2101" in done.err) == (1, True)
    assert not (tmp_path / "out").exists()


def test_functions_that_cannot_be_bound_are_refused_each(
    generate: Callable[..., Any], tmp_path: Path
) -> None:
    done = generate(STREAMS, "--emit", "host")

    assert done.status == 1
    assert done.err.count("[GEN2101]") == 3
    for function in ("{read}", "{later}", "the import `test:app/more@1.0.0.{give}`"):
        assert function in done.err
    assert not (tmp_path / "out").exists()


def test_or_left_out(generate: Callable[..., Any], tmp_path: Path) -> None:
    done = generate(STREAMS, "--emit", "host", "--skip-unsupported")

    assert done.status == 0
    assert done.err.count("GEN2102") == 3  # what client and world leave out is told once
    text = (tmp_path / "out/host/app_client/world.py").read_text()
    assert "def now(self) -> int:" in text
    assert "def read" not in text
    assert "class Imports" not in text


def test_a_client_does_without_a_world_that_cannot_be_bound(
    generate: Callable[..., Any], tmp_path: Path
) -> None:
    done = generate(STREAM_IN)

    assert done.status == 0
    assert "GEN2104" in done.err
    assert "host/app_client/api.py" in files(tmp_path / "out")
    assert "host/app_client/world.py" not in files(tmp_path / "out")
    assert generate(STREAM_IN, "--emit", "host").status == 1


def test_what_the_host_provides_is_not_implemented(
    generate: Callable[..., Any], tmp_path: Path
) -> None:
    done = generate(WASI, "--emit", "host")

    text = (tmp_path / "out/host/app_client/world.py").read_text()
    assert done.status == 0
    assert "wasi:io/streams" not in text
    assert "class Error(RemoteResource):" in text
    assert "def copy(self) -> None: ..." in text


def test_its_resources_cannot_be_passed(generate: Callable[..., Any]) -> None:
    text = WASI.replace(
        "import copy: func();",
        "use wasi:io/streams@0.2.0.{output-stream};"
        " import copy: func(to: borrow<output-stream>);",
    )
    done = generate(text, "--emit", "host")

    assert done.status == 1
    assert "the resource `output-stream`, which the host itself provides" in done.err


@pytest.mark.parametrize("options", [("--world", "other"), ("--component-name", "")])
def test_other_mistakes_are_told(
    generate: Callable[..., Any], tmp_path: Path, options: tuple[str, str]
) -> None:
    done = generate(IMPORTS_ONLY, "--emit", "host", *options)

    assert done.status == 1
    assert not (tmp_path / "out").exists()


def test_check_sees_drift(generate: Callable[..., Any], tmp_path: Path) -> None:
    generate(IMPORTS_ONLY, "--emit", "host")
    assert generate(IMPORTS_ONLY, "--emit", "host", "--check").status == 0
    changed = IMPORTS_ONLY.replace("line: string", "line: u8")

    assert generate(changed, "--emit", "host", "--check").status == 1


def test_a_caller_needs_a_client(generate: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "caller").mkdir()
    (tmp_path / "caller" / "c.wit").write_text("package a:b; world w {}")
    done = generate(IMPORTS_ONLY, "--emit", "host", "--caller", "caller")

    assert (done.status, "GEN2003" in done.err) == (1, True)
