"""`import witgen`: functions, two errors, and nothing imported before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import wasmtime

import witgen
from witgen.emit import TARGETS

TARGET = """\
package test:target;
interface api { add: func(a: u32, b: u32) -> u32; }
world target { export api; }
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target.wit"
    path.write_text(TARGET)
    return path


def component(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def test_from_wit_to_files(target: Path) -> None:
    resolve = witgen.load(target)
    client = witgen.client(resolve)

    files = witgen.generate(client)

    assert list(files) == sorted(files)
    assert files == witgen.generate(witgen.client(witgen.load(target)))
    assert {path.split("/")[0] for path in files} == set(TARGETS)
    assert b"blocking-add: func(a: u32, b: u32) -> u32;" in files["wit/client.wit"]


def test_a_resolve_prints_itself(target: Path, tmp_path: Path) -> None:
    resolve = witgen.load(target)
    (tmp_path / "again.wit").write_text(resolve.to_wit())

    assert witgen.load(tmp_path / "again.wit").to_dict() == resolve.to_dict()
    assert json.loads(json.dumps(resolve.to_dict())) == resolve.to_dict()


def test_components_are_composed() -> None:
    plug = component(
        '(component (component $c) (instance $i (instantiate $c)) (export "a:b/c" (instance $i)))'
    )
    socket = component('(component (import "a:b/c" (instance)))')

    composed = witgen.compose(socket, [plug], allow_imports=[])

    assert composed == witgen.compose(socket, [plug])


@pytest.mark.parametrize("data", [b"", b"text", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0\x01"])
def test_what_is_no_component_is_a_compose_error(data: bytes) -> None:
    with pytest.raises(witgen.ComposeError) as caught:
        witgen.compose(data, [data])

    assert all(d.code.startswith("CMP") and d.message for d in caught.value.diagnostics)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("package a:b;\ninterface i { f: func(x: u33); }", 2, 26), ("interface {", 1, 11)],
)
def test_what_is_no_wit_is_a_wit_error_with_a_place(
    tmp_path: Path, text: str, line: int, column: int
) -> None:
    (tmp_path / "a.wit").write_text(text)

    with pytest.raises(witgen.WitError) as caught:
        witgen.load(tmp_path / "a.wit")

    first = caught.value.diagnostics[0]
    assert (first.file, first.line, first.column) == (str(tmp_path / "a.wit"), line, column)


def test_wrong_options_are_wit_errors(target: Path) -> None:
    resolve = witgen.load(target)

    wrong: list[dict[str, Any]] = [{"kind": "durabel"}, {"types": "x"}, {"golem_rpc": "9"}]
    for options in [*wrong, {"world": "x"}]:
        with pytest.raises(witgen.WitError):
            witgen.client(resolve, **options)
    with pytest.raises(witgen.WitError):
        witgen.generate(witgen.client(resolve), emit=("nothing",))
    with pytest.raises(witgen.WitError):
        witgen.load(target.parent / "missing.wit")


def test_functions_stay_functions_when_their_rooms_are_imported() -> None:
    script = (
        "import witgen, sys\n"
        "assert not {'lark', 'jinja2', 'witgen.load'} & set(sys.modules)\n"
        "from witgen.load import load\n"
        "import witgen.client, witgen.compose\n"
        "from witgen.compose import Part\n"
        "assert type(witgen.load) is type(witgen.client) is type(witgen.compose) is type(load)\n"
        "assert witgen.load is not load\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True)
