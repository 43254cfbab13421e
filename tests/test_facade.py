"""`import witgen`: functions, two errors, and nothing imported before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import wasmtime

import witgen
from witgen.component.body import read_component
from witgen.compose.targets import check_target
from witgen.emit import TARGETS
from witgen.value import replace

ROOT = Path(__file__).parent.parent

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


def test_classes_are_exported_and_nothing_else(target: Path) -> None:
    resolve = witgen.load(target)

    assert type(resolve) is witgen.Resolve
    assert type(witgen.client(resolve)) is witgen.Client
    assert {*witgen.__all__} <= {*dir(witgen)}
    with pytest.raises(AttributeError, match="no attribute 'Clients'"):
        _ = getattr(witgen, "Clients")  # noqa: B009 -- both type checkers refuse the attribute


def test_what_was_loaded_is_changed_like_any_value(target: Path) -> None:
    resolve = witgen.load(target)

    changed = replace(resolve, root=resolve.root)

    assert changed == resolve
    assert changed.to_dict() == resolve.to_dict()
    assert list(witgen.bindings(resolve)) == sorted(witgen.bindings(resolve))


def test_a_misspelt_name_is_refused_by_the_checker(tmp_path: Path) -> None:
    source = tmp_path / "user.py"
    source.write_text("import witgen\n\nwitgen.Client\nwitgen.Resolve\nwitgen.Clients\n")
    command = [sys.executable, "-m", "mypy", "--follow-imports=skip", "--cache-dir", os.devnull]

    done = subprocess.run(
        [*command, "witgen/__init__.py", str(source)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    (found,) = [line for line in done.stdout.splitlines() if line.startswith(str(source))]
    assert 'Module has no attribute "Clients"' in found


def test_what_cannot_travel_is_left_out_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.wit"
    path.write_text(
        "package a:b;\ninterface i { f: func(); g: func(s: stream<u8>); }\nworld w { export i; }\n"
    )
    resolve = witgen.load(path)

    with pytest.raises(witgen.WitError) as caught:
        witgen.client(resolve)
    made = witgen.client(resolve, skip_unsupported=True)

    assert [d.code for d in caught.value.diagnostics] == ["GEN2101"]
    assert [w.code for w in made.warnings] == ["GEN2102"]


SOCKET = '(component (import "x:y/cache@1.0.0" (instance (export "f" (func)))))'
PLUG = """(component
  (core module $m (func (export "f")))
  (core instance $c (instantiate $m))
  (func $f (canon lift (core func $c "f")))
  (instance $i (export "f" (func $f)))
  (export "x:y/NAME" (instance $i)))"""


def test_versions_may_be_taken_exactly() -> None:
    socket, plug = component(SOCKET), component(PLUG.replace("NAME", "cache@1.0.1"))

    assert witgen.compose(socket, [plug], allow_imports=[])
    with pytest.raises(witgen.ComposeError):
        witgen.compose(socket, [plug], allow_imports=[], semver="exact")


def test_a_wire_says_what_names_do_not() -> None:
    socket, plug = component(SOCKET), component(PLUG.replace("NAME", "store@2.0.0"))
    wire = ["x:y/cache@1.0.0=plug.x:y/store@2.0.0"]

    with pytest.raises(witgen.ComposeError):
        witgen.compose(socket, [plug], allow_imports=[])
    assert witgen.compose(socket, [plug], allow_imports=[], wire=wire)


def test_an_import_is_left_open_by_name() -> None:
    plugs = [component(PLUG.replace("NAME", name)) for name in ("cache@1.0.0", "store@1.0.0")]
    more = SOCKET.replace("(component", '(component (import "x:y/store@1.0.0" (instance))')
    socket = component(more)

    assert witgen.compose(socket, plugs, allow_imports=[])
    made = witgen.compose(socket, plugs[:1], leave_open=["socket:x:y/store@1.0.0"])
    assert list(read_component(made).type.imports) == ["x:y/store@1.0.0"]
    with pytest.raises(witgen.ComposeError) as unused:
        witgen.compose(socket, plugs, leave_open=["x:y/store@1.0.0"])
    assert [d.code for d in unused.value.diagnostics] == ["CMP3011"]
    with pytest.raises(witgen.ComposeError) as unknown:
        witgen.compose(socket, plugs, leave_open=["nobody:x:y/store@1.0.0"])
    assert [d.code for d in unknown.value.diagnostics] == ["CMP3021"]


TYPED = """(component
  (type $r (record (field "x" u8)))
  (import "x:y/types" (instance $t (export "r" (type (eq $r)))))
  (alias export $t "r" (type $i))
  (import "x:y/cache@1.0.0" (instance (alias outer 1 $i (type $o)) (export "r" (type $p (eq $o)))
    (export "f" (func)))))"""


def test_types_are_defined_instead_of_imported() -> None:
    plug = component(PLUG.replace("NAME", "cache@1.0.0"))
    socket = component(TYPED.replace('(export "r" (type $p (eq $o)))', ""))

    kept = witgen.compose(socket, [plug])
    defined = witgen.compose(socket, [plug], define_types=True)

    assert list(read_component(kept).type.imports) == ["x:y/types"]
    assert list(read_component(defined).type.imports) == []


def test_a_component_is_checked_against_a_world(tmp_path: Path) -> None:
    (tmp_path / "w.wit").write_text(
        "package x:y@1.0.0; interface cache { f: func(); }\n"
        "world some { import cache; } world none { } world more { import cache; export cache; }"
    )
    resolve, socket = witgen.load(tmp_path / "w.wit"), component(SOCKET)

    assert check_target(socket, resolve, "some") == "some"
    for world in ("none", "more"):
        with pytest.raises(witgen.ComposeError) as caught:
            check_target(socket, resolve, world)
        assert [d.code for d in caught.value.diagnostics] == ["CMP3022"]
    with pytest.raises(witgen.ComposeError, match="CMP3001"):
        check_target(b"(component)", resolve, "some")
    with pytest.raises(witgen.WitError, match="RES1082"):
        check_target(socket, resolve)


def test_names_can_be_left_out() -> None:
    socket, plug = component(SOCKET), component(PLUG.replace("NAME", "cache@1.0.0"))

    whole, small = (witgen.compose(socket, [plug], strip=strip) for strip in (False, True))

    assert b"producers" in whole
    assert b"producers" not in small
    assert len(small) < len(whole)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"semver": "exactly"}, "GEN2004"),
        ({"semver": []}, "GEN2004"),
        ({"wire": ["x"]}, "CMP3021"),
        ({"wire": ["x:y/cache@1.0.0=plg.x:y/cache@1.0.0"]}, "CMP3021"),
        ({"wire": ["other:x:y/cache@1.0.0=plug.x:y/cache@1.0.0"]}, "CMP3021"),
        ({"wire": ["x:y/cache@1.0.0=plug.x:y/other"]}, "CMP3021"),
    ],
)
def test_wrong_options_are_compose_errors(options: dict[str, Any], code: str) -> None:
    socket, plug = component(SOCKET), component(PLUG.replace("NAME", "cache@1.0.0"))

    with pytest.raises(witgen.ComposeError) as caught:
        witgen.compose(socket, [plug], **options)

    assert code in {d.code for d in caught.value.diagnostics}


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
