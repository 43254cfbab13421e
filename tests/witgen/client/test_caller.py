"""Adding clients to a caller's WIT."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle import binary, document, write_tree

from witgen.client import Client, client
from witgen.client.caller import Caller, add_client
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.syntax import ast, trees
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter

needs_oracle = pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")


def made(text: str, **options: str) -> Client:
    return client(load_texts({"x.wit": text}), **options)  # type: ignore[arg-type]


API = made("package acme:api@1.0.0; interface api { f: func() -> u8; } world w { export api; }")
SHAPES = """package acme:shapes;
interface flat { record point { x: u8 } }
interface solid { record ball { r: u8 } }
interface draw { use flat.{point}; f: func(p: point); }
interface cast { use solid.{ball}; f: func(b: ball); }
world drawing { export draw; }
world casting { export cast; }
"""
CALLER = b"""package acme:caller;

/// Mine.
world caller { // and a brace { in a comment
  import mine: func();
}
"""


def as_text(files: dict[str, bytes]) -> str:
    return files["caller.wit"].decode()


def error(files: dict[str, bytes], to_add: Client = API, world: str | None = None) -> WitError:
    with pytest.raises(WitError) as caught:
        add_client(files, to_add, world=world)
    return caught.value


@needs_oracle
def test_the_world_imports_the_client_and_the_deps_are_complete(tmp_path: Path) -> None:
    files = add_client({"caller.wit": CALLER}, API)
    loaded = document(write_tree(tmp_path, files))

    assert as_text(files) == CALLER.decode().replace(
        "caller {", "caller {\n  import acme:api-client/w-client@1.0.0;\n"
    )
    assert {p["name"] for p in loaded["packages"]} == {
        "wasi:clocks@0.2.0",
        "wasi:io@0.2.0",
        "golem:rpc@0.2.0",
        "acme:api-client@1.0.0",
        "acme:caller",
    }


def test_twice_changes_nothing() -> None:
    once = add_client({"caller.wit": CALLER}, API)

    assert add_client(once, API) == once
    assert list(once) == sorted(once)


def test_each_text_is_parsed_once_however_often_it_is_resolved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawing = client(load_texts({"x.wit": SHAPES}), "drawing")
    parsed: list[tuple[str, bytes]] = []

    def counted(data: bytes, file: str, report: Reporter) -> ast.Document:
        parsed.append((file, data))
        return parse_bytes(data, file, report)

    monkeypatch.setattr(trees, "parse_bytes", counted)
    caller = Caller({"caller.wit": CALLER})
    twice = caller.with_client(drawing).with_client(API)
    twice.resolve()
    caller.resolve()

    assert len(parsed) == len(set(parsed))
    assert ("caller.wit", CALLER) in parsed


def test_what_is_wrong_with_a_text_is_said_each_time() -> None:
    caller = Caller({"caller.wit": b"package a:b; interface i { f: fun(); }"})

    said = []
    for _ in range(2):
        with pytest.raises(WitError) as caught:
            caller.resolve()
        said.append(caught.value.diagnostics)

    assert said[0]
    assert said[0] == said[1]


def test_all_worlds_of_all_files_or_the_named_one() -> None:
    files = {
        "a.wit": b"package acme:caller; world one {} world two { import f: func(); }",
        "b.wit": b"world three { /* { */ }\ninterface i {}",
    }
    everywhere = add_client(files, API)
    only = add_client(files, API, world="three")
    line = b"  import acme:api-client/w-client@1.0.0;\n"

    assert everywhere["a.wit"].count(line) == 2
    assert everywhere["b.wit"] == b"world three {\n" + line + b" /* { */ }\ninterface i {}"
    assert only["a.wit"] == files["a.wit"]
    assert only["b.wit"] == everywhere["b.wit"]


def test_comments_between_name_and_brace() -> None:
    text = (
        b"package acme:caller;\nworld w // not {\n /* nor { /* { */ */\n{\n  import f: func();\n}\n"
    )
    files = add_client({"caller.wit": text}, API)

    assert b"*/\n{\n  import acme:api-client/w-client@1.0.0;\n  import f" in files["caller.wit"]


def test_line_ends_and_byte_order_marks_are_kept() -> None:
    text = b"\xef\xbb\xbfpackage acme:caller;\r\nworld w {\r\n  import f: func();\r\n}\r\n"
    changed = add_client({"caller.wit": text}, API)["caller.wit"]

    assert changed == text.replace(
        b"w {\r\n", b"w {\r\n  import acme:api-client/w-client@1.0.0;\r\n"
    )


def test_everything_else_is_untouched() -> None:
    files = {
        "caller.wit": CALLER,
        "deps/lib/lib.wit": b"package other:lib; interface i {}",
        "README.md": b"\xff\x00",
        "deps/lib/nested/x.txt": b"",
    }
    changed = add_client(files, API)

    assert {path: changed[path] for path in files if path != "caller.wit"} == {
        path: data for path, data in files.items() if path != "caller.wit"
    }


def test_a_dependency_that_fits_is_kept() -> None:
    io = (
        b"/// The full one.\npackage wasi:io@0.2.0;\n"
        b"interface error { resource error; }\n"
        b"interface poll { resource pollable { block: func(); } more: func(); }"
    )
    files = add_client({"caller.wit": CALLER, "deps/io.wit": io}, API)

    assert files["deps/io.wit"] == io
    assert not [path for path in files if "wasi-io" in path]


def test_a_folder_with_another_package_is_not_mixed_up() -> None:
    files = add_client(
        {"caller.wit": CALLER, "deps/wasi-io-0.2.0/x.wit": b"package my:lib; interface i {}"}, API
    )

    assert "deps/wasi-io-0.2.0-2/package.wit" in files


def test_two_clients_that_need_different_parts_of_one_package() -> None:
    drawing = client(load_texts({"x.wit": SHAPES}), "drawing")
    casting = client(load_texts({"x.wit": SHAPES}), "casting")
    # Two worlds of one package give two clients of one name: only the first fits.
    first = add_client({"caller.wit": CALLER}, drawing)

    assert "deps/acme-shapes/package.wit" in first
    assert "another client" in error(first, casting).diagnostics[0].message


def test_interfaces_that_a_package_lacks_are_added_beside_it() -> None:
    drawing = client(load_texts({"x.wit": SHAPES}), "drawing")
    other = client(
        load_texts(
            {
                "x.wit": "package acme:foundry; interface cast { use acme:shapes/solid.{ball};"
                " f: func(b: ball); } world w { export cast; }",
                "deps/shapes/s.wit": SHAPES,
            }
        )
    )
    files = add_client(add_client({"caller.wit": CALLER}, drawing), other)

    assert files["deps/acme-shapes/solid.wit"].startswith(
        b"package acme:shapes;\n\ninterface solid"
    )
    assert add_client(files, other) == files


def test_a_dependency_that_differs_is_an_error() -> None:
    wrong = b"package wasi:clocks@0.2.0; interface wall-clock { record datetime { seconds: u32 } }"
    (found,) = error({"caller.wit": CALLER, "deps/c.wit": wrong}).diagnostics

    assert found.code == "GEN2302"
    assert "`deps/c.wit`" in found.message
    assert "`datetime`" in found.message


def test_a_dependency_that_lacks_a_type_is_an_error() -> None:
    wrong = b"package wasi:io@0.2.0; interface poll { }"
    (found,) = error({"caller.wit": CALLER, "deps/io/c.wit": wrong}).diagnostics

    assert found.code == "GEN2302"
    assert "has no type `pollable`" in found.message


def test_a_dependency_in_one_file_that_lacks_an_interface_is_an_error() -> None:
    wrong = b"package wasi:io@0.2.0; interface streams { }"
    (found,) = error({"caller.wit": CALLER, "deps/io.wit": wrong}).diagnostics

    assert "has no interface `poll`" in found.message


def test_another_client_of_the_same_name_is_an_error() -> None:
    changed = made(
        "package acme:api@1.0.0; interface api { f: func() -> u16; } world w { export api; }"
    )
    (found,) = error(add_client({"caller.wit": CALLER}, API), changed).diagnostics

    assert found.code == "GEN2302"
    assert "deps/acme-api-client-1.0.0/client.wit" in found.message


def test_a_caller_whose_types_the_client_uses() -> None:
    text = (
        "package acme:caller; interface kinds { record k { a: u8 } }"
        " interface api { use kinds.{k}; f: func(k: k); } world caller { export api; }"
    )
    files = {"caller.wit": text.encode()}
    (found,) = error(files, made(text)).diagnostics
    inline = add_client(files, made(text, types="inline"))

    assert found.code == "GEN2304"
    assert b"import acme:caller-client/caller-client;" in inline["caller.wit"]


@pytest.mark.parametrize(
    ("files", "world", "code"),
    [
        ({}, None, "GEN2303"),
        ({"x.txt": b"package a:b;"}, None, "GEN2303"),
        ({"x.wit": b"package a:b; interface i {}"}, None, "GEN2303"),
        ({"x.wit": CALLER}, "calller", "GEN2303"),
        ({"x.wit": b"package a:b; world w {"}, None, None),
        ({"x.wit": b"package a:b; world w { import nowhere; }"}, None, "RES1003"),
        ({"x.wit": b"\xff"}, None, "WIT0002"),
        ({"x.wit": CALLER, "deps/d.wit": b"package"}, None, None),
    ],
)
def test_callers_that_are_wrong(
    files: dict[str, bytes], world: str | None, code: str | None
) -> None:
    found = error(files, world=world).diagnostics

    assert found
    assert code is None or found[0].code == code


def test_a_caller_that_imports_the_client_already() -> None:
    text = CALLER.replace(b"import mine", b"import acme:api-client/w-client@1.0.0;\n  import mine")
    files = add_client({"caller.wit": text}, API)

    assert files["caller.wit"] == text
    assert "deps/acme-api-client-1.0.0/client.wit" in files
