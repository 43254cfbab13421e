"""Files and folders: what belongs to a package, and what cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from witgen import cache, load_cache
from witgen.diagnostics import Diagnostic, WitError
from witgen.load import load, load_json, load_texts
from witgen.resolve.document import to_dict

Oracle = Callable[..., dict[str, Any] | None]


def tree(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def packages(root: Path) -> list[str]:
    return [str(package.name) for package in load(root).packages]


def errors(path: str | Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(WitError) as caught:
        load(path)
    return caught.value.diagnostics


# --- what belongs to a package ------------------------------------------------------------------


def test_a_single_file_has_no_deps(tmp_path: Path) -> None:
    tree(tmp_path, {"a.wit": "package a:b;", "deps/c.wit": "package c:d;", "z.wit": "no WIT"})
    assert packages(tmp_path / "a.wit") == ["a:b"]


def test_a_folder_takes_its_files_and_one_level_of_deps(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "one.wit": "interface i {}",
            "two.wit": "package a:b;",
            "notes.md": "no WIT",
            "sub/three.wit": "no WIT",
            "deps/c.wit": "package c:d;",
            "deps/e/f.wit": "package e:f;",
            "deps/e/deps/g.wit": "no WIT",
            "deps/e/deeper/g.wit": "no WIT",
            "deps/.keep": "",
            "deps/LICENSE": "no WIT",
        },
    )
    assert packages(tmp_path) == ["a:b", "c:d", "e:f"]


def test_the_order_on_disk_does_not_matter(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"{name}.wit": f"interface {name} {{}}" for name in ("b", "C", "a")
    }
    tree(tmp_path / "x", {"0.wit": "package p:q;", **files})
    tree(tmp_path / "y", {**dict(reversed(files.items())), "0.wit": "package p:q;"})
    first, second = load(tmp_path / "x"), load(tmp_path / "y")
    assert first == second
    assert [interface.name for interface in first.interfaces] == ["C", "a", "b"]


def test_a_package_may_depend_on_a_later_one(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "a.wit": "package z:z; interface i { use a:a/i.{t}; }",
            "deps/a.wit": "package a:a; interface i { use m:m/i.{t}; }",
            "deps/m.wit": "package m:m; interface i { type t = u8; }",
        },
    )
    assert packages(tmp_path) == ["m:m", "a:a", "z:z"]


def test_links_are_followed(tmp_path: Path) -> None:
    tree(tmp_path, {"real/c.wit": "package c:d;", "root/a.wit": "package a:b;"})
    (tmp_path / "root" / "deps").mkdir()
    (tmp_path / "root" / "deps" / "c").symlink_to(tmp_path / "real")
    (tmp_path / "root" / "deps" / "e.wit").symlink_to(tmp_path / "root" / "nowhere.wit")
    assert [error.code for error in errors(tmp_path / "root")] == ["WIT0001"]
    (tmp_path / "root" / "deps" / "e.wit").unlink()
    assert packages(tmp_path / "root") == ["a:b", "c:d"]


def test_bytes_are_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    tree(tmp_path, {"a.wit": b"\xef\xbb\xbfpackage a:b; // \xc3\xa9\r\n"})
    assert packages(tmp_path) == ["a:b"]


# --- what cannot be read ------------------------------------------------------------------------


def test_a_missing_path(tmp_path: Path) -> None:
    (error,) = errors(tmp_path / "gone.wit")
    assert error.code == "WIT0001"
    assert error.file == str(tmp_path / "gone.wit")
    assert "No such file" in error.message


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a.wit").symlink_to(tmp_path / "a.wit")
    assert [error.code for error in errors(tmp_path / "a.wit")] == ["WIT0001"]


def test_deps_that_lead_in_circles_end(tmp_path: Path) -> None:
    tree(tmp_path, {"a.wit": "package a:b;"})
    (tmp_path / "deps").symlink_to(tmp_path)
    (tmp_path / "sub").symlink_to(tmp_path)
    # The folder is its own deps folder, so that its package is there twice.
    assert {error.code for error in errors(tmp_path)} == {"RES1015"}


def test_deps_as_a_link_to_itself(tmp_path: Path) -> None:
    tree(tmp_path, {"a.wit": "package a:b;"})
    (tmp_path / "deps").symlink_to(tmp_path / "deps")
    assert packages(tmp_path) == ["a:b"]


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wit")
    (error,) = errors(tmp_path / "a.wit")
    assert error.message.endswith("it is not a regular file")


def test_a_folder_of_the_name_of_a_file(tmp_path: Path) -> None:
    tree(tmp_path, {"a.wit/b.wit": "no WIT", "c.wit": "package a:b;"})
    assert packages(tmp_path) == ["a:b"]


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "nowhere/at/all"])
def test_odd_paths(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert errors(path)[0].code in {"WIT0001", "RES1012"}


def test_too_large_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["witgen.load"], "_LARGEST_TEXT", 1 << 20)
    tree(tmp_path, {"a.wit": "/" * ((1 << 20) + 1)})
    (error,) = errors(tmp_path)
    assert error.message.endswith("it is larger than 1 MiB")


def test_an_empty_folder(tmp_path: Path) -> None:
    (error,) = errors(tmp_path)
    assert (error.code, error.file) == ("RES1012", str(tmp_path))


def test_all_unreadable_files_are_told(tmp_path: Path) -> None:
    for name in ("a.wit", "b.wit"):
        (tmp_path / name).symlink_to(tmp_path / "gone")
    assert [error.code for error in errors(tmp_path)] == ["WIT0001", "WIT0001"]


def test_texts_that_are_no_text() -> None:
    with pytest.raises(WitError) as caught:
        load_texts({"a.wit": "package a:b; // \ud800"})
    assert [error.code for error in caught.value.diagnostics] == ["WIT0002"]


# --- binaries -----------------------------------------------------------------------------------

LIBRARY = """
package c:d@1.0.0;
interface z { resource r { m: func() -> list<u8>; } type t = list<u8>; }
interface y { use z.{r}; f: func(a: borrow<r>) -> r; record q { a: list<list<u8>> } }
world w { import y; export g: func(a: list<u8>); }
"""
USER = """
package e:f;
interface i { use c:d/z@1.0.0.{t}; h: func() -> t; }
package c:d@1.0.0 { interface z { resource r { m: func() -> list<u8>; } type t = list<u8>; } }
"""
ROOT = """
package a:b;
interface i { use c:d/y@1.0.0.{r, q}; use e:f/i.{t}; k: func(a: list<u8>, b: r, c: q) -> t; }
world w { include c:d/w@1.0.0; export i; }
"""


def encode(wasm_tools: Path, text: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".source")
    source.write_text(text)
    command = [str(wasm_tools), "component", "wit", str(source), "--wasm", "-o", str(target)]
    subprocess.run(command, check=True)
    source.unlink()
    return target


def test_packages_in_deps_may_be_binaries_that_share_packages(
    tmp_path: Path, wasm_tools: Path, oracle: Oracle
) -> None:
    encode(wasm_tools, LIBRARY, tmp_path / "deps" / "c.wasm")
    encode(wasm_tools, USER, tmp_path / "deps" / "e.wasm")
    tree(tmp_path, {"a.wit": ROOT})

    assert to_dict(load(tmp_path)) == oracle(tmp_path)
    assert load(tmp_path) == load(tmp_path)


def test_a_binary_may_be_the_root(tmp_path: Path, wasm_tools: Path, oracle: Oracle) -> None:
    path = encode(wasm_tools, LIBRARY, tmp_path / "c.wasm")
    assert to_dict(load(path)) == oracle(path)
    # By its content, whatever its name.
    other = path.rename(tmp_path / "library")
    assert load(other) == load(other)


def test_text_of_webassembly(tmp_path: Path, wasm_tools: Path, oracle: Oracle) -> None:
    path = encode(wasm_tools, LIBRARY, tmp_path / "c.wasm")
    text = tmp_path / "c.wat"
    subprocess.run([str(wasm_tools), "print", str(path), "-o", str(text)], check=True)
    assert to_dict(load(text)) == oracle(path)


def test_binaries_that_are_none_are_all_told(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "a.wit": "package a:b;",
            "deps/a.wasm": b"\0asm\x0d\0\1\0\xff",
            "deps/b.wasm": b"junk",
            "deps/c.wat": "(component",
        },
    )
    found = errors(tmp_path)
    assert [Path(error.file or "").name for error in found] == ["a.wasm", "b.wasm", "c.wat"]
    assert {error.code[:3] for error in found} == {"CMP"}


def test_a_package_is_not_text_and_binary_at_once(tmp_path: Path, wasm_tools: Path) -> None:
    encode(wasm_tools, LIBRARY, tmp_path / "deps" / "c.wasm")
    tree(tmp_path, {"a.wit": "package a:b;", "deps/d.wit": LIBRARY})
    assert [error.code for error in errors(tmp_path)] == ["RES1015"]


# --- the cache ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(place))
    return place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tree(tmp_path / "wit", {"a.wit": "package a:b; interface i { type t = list<u8>; }"})


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("resolve-*"))


def test_a_second_load_does_not_parse(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(source)
    monkeypatch.setattr(
        sys.modules["witgen.load"], "resolve_inputs", lambda *_, **__: pytest.fail("parsed")
    )
    assert load(source) == first
    assert load_json(source).startswith('{\n  "worlds": []')


def test_any_change_is_another_entry(folder: Path, source: Path) -> None:
    load(source)
    load(source, features=("x",))
    load(source, all_features=True)
    tree(source, {"a.wit": "package a:b; interface i { type t = list<u16>; }"})
    load(source)
    tree(source, {"deps/c.wit": "package c:d;"})
    load(source)
    assert len(entries(folder)) == 5


def test_names_and_order_of_features_do_not_matter(folder: Path, source: Path) -> None:
    load(source, features=("x", "y"))
    load(source, features=("y", "x", "x"))
    assert len(entries(folder)) == 1


def test_where_a_file_belongs_matters(folder: Path, tmp_path: Path) -> None:
    one, two = "package a:b; interface i {}", "package c:d;"
    load(tree(tmp_path / "x", {"a.wit": one, "deps/c.wit": two}))
    with pytest.raises(WitError):
        load(tree(tmp_path / "y", {"a.wit": one, "c.wit": two}))


@pytest.mark.parametrize("content", [b"", b"junk", b"00000000\nx"])
def test_a_damaged_entry_is_made_anew(folder: Path, source: Path, content: bytes) -> None:
    first = load(source)
    (entry,) = entries(folder)
    entry.write_bytes(content)
    assert load(source) == first
    assert entry.read_bytes() != content


@pytest.mark.parametrize(
    "document", ["", "no number", "0\n", "0\n{}", '0\n{"worlds": 3}', "0\nnull", "0\n[]"]
)
def test_a_well_sealed_entry_of_nonsense_is_made_anew(
    folder: Path, source: Path, document: str
) -> None:
    import zlib

    first = load(source)
    (entry,) = entries(folder)
    cache.write(entry.name, zlib.compress(document.encode()))
    assert load(source) == first


def test_entries_are_for_the_user_alone_and_nothing_is_left_beside_them(
    folder: Path, source: Path
) -> None:
    load(source)

    (entry,) = folder.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o600


def test_a_cache_out_of_reach_is_no_problem(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert to_dict(load(source)) == to_dict(load(source))


def test_the_cache_does_not_grow_without_end(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_cache, "_MOST_ENTRIES", 5)
    for number in range(500):  # one write in sixteen looks, by the entry's name
        load(source, features=(f"f{number}",))
        if number > 5 and len(entries(folder)) <= 5:
            return
    pytest.fail("nothing was removed")


def test_errors_are_not_cached(folder: Path, tmp_path: Path) -> None:
    errors(tree(tmp_path / "bad", {"a.wit": "package a:b; interface i { oops }"}))
    assert entries(folder) == []


def test_a_document_is_printed_the_same_whoever_was_first(folder: Path, source: Path) -> None:
    printed = load_json(source)
    (entry,) = entries(folder)
    entry.unlink()

    load(source)

    assert load_json(source) == printed


def test_a_document_that_was_printed_is_printed_again_without_the_model(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(source)
    printed = load_json(source)
    monkeypatch.setattr(
        sys.modules["witgen.load"], "_cached", lambda _: pytest.fail("read into the model")
    )

    assert load_json(source) == printed
