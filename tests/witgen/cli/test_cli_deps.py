"""`witgen deps`, and what `wkg.toml` has."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from component_parts import part

from witgen.app.witdeps import folder_files
from witgen.component import encode_package
from witgen.load import load, load_texts

Cli = Callable[..., Any]

APP = "package my:app;\nworld w { import lib:x/i@1.0.0; }\n"
LIB = "package lib:x@1.0.0;\ninterface i { use low:y/t@0.2.0.{q}; f: func() -> q; }\n"
LOW = "package low:y@0.2.0;\ninterface t { type q = u8; }\n"


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def files(folder: str) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in Path(folder).rglob("*") if p.is_file())


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path / "own"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


# --- wkg.toml -----------------------------------------------------------------------------------


class TestManifest:
    @pytest.fixture(autouse=True)
    def _texts(self, cli: Cli) -> None:
        write("app/wit/a.wit", APP)
        write("lib/wit/a.wit", LIB)
        write("low/a.wit", LOW)

    def names(self) -> list[str]:
        return [str(package.name) for package in load("app/wit").packages]

    def test_overrides(self) -> None:
        write(
            "app/wkg.toml",
            '[overrides]\n"lib:x" = { path = "../lib/wit" }\n"low:y" = { path = "../low/a.wit" }\n'
            '"r:s" = { version = "1" }\n',
        )

        assert self.names() == ["low:y@0.2.0", "lib:x@1.0.0", "my:app"]

    def test_an_override_stands_for_what_deps_has(self) -> None:
        write("app/wit/deps/x/a.wit", LIB.replace("f:", "old:"))
        write("app/wit/deps/y/a.wit", LOW)
        write("app/wit/wkg.toml", '[overrides]\n"lib:x" = { path = "../../lib/wit" }\n')

        assert [f for i in load("app/wit").interfaces for f in i.functions] == ["f"]

    def test_an_override_that_is_a_binary(self) -> None:
        Path("x.wasm").write_bytes(encode_package(load_texts({"a.wit": LIB, "deps/b.wit": LOW})))
        write("app/wkg.toml", '[overrides]\n"lib:x" = { path = "../x.wasm" }\n')

        assert "lib:x@1.0.0" in self.names()

    @pytest.mark.parametrize("members", ['["app/wit", "lib/wit", "low"]', '["*/wit", "low"]'])
    def test_workspaces(self, members: str) -> None:
        write("wkg.toml", f"[workspace]\nmembers = {members}\n")
        write("app/wkg.toml", "")

        assert self.names() == ["low:y@0.2.0", "lib:x@1.0.0", "my:app"]

    def test_a_workspace_without_this_folder_is_not_its_own(self) -> None:
        write("wkg.toml", '[workspace]\nmembers = ["lib/wit", "low"]\n')
        write("app/wkg.toml", "")

        with pytest.raises(ValueError, match="lib:x"):
            self.names()

    def test_what_a_workspace_shares(self) -> None:
        write("wkg.toml", '[workspace]\nmembers = ["app/wit", "lib/wit"]\n')
        write("wkg/deps/low-y-0.2.0/package.wit", LOW)

        assert self.names() == ["low:y@0.2.0", "lib:x@1.0.0", "my:app"]

    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "overrides = 1",
            '[overrides]\n"a:b" = 1',
            '[overrides]\n"a:b" = { path = 1 }',
            "workspace = 1",
            "[workspace]\nmembers = 1",
            "[workspace]\nmembers = [1]",
            '[workspace]\nmembers = ["/**"]',
            "a = " + "[" * 5000,
            "\xff",
        ],
    )
    def test_a_broken_manifest(self, cli: Cli, text: str) -> None:
        Path("app/wkg.toml").write_text(text, "latin-1")

        done = cli("wit", "app/wit")

        assert done.status == 1
        assert "APP4501" in done.err

    def test_generate_sees_what_an_override_has(self, cli: Cli) -> None:
        write("app/wit/a.wit", APP.replace("import", "export"))
        write(
            "app/wkg.toml",
            '[overrides]\n"lib:x" = { path = "../lib/wit" }\n"low:y" = { path = "../low" }\n',
        )
        assert cli("generate", "app/wit", "-o", "out").status == 0
        assert cli("generate", "app/wit", "-o", "out", "--check").status == 0
        write("lib/wit/a.wit", LIB.replace("f:", "more: func(); f:"))

        assert cli("generate", "app/wit", "-o", "out", "--check").status == 1

    def test_the_files_of_a_folder_have_what_is_elsewhere(self) -> None:
        write("low/wit/a.wit", LOW)
        write(
            "app/wkg.toml",
            '[overrides]\n"lib:x" = { path = "../lib/wit" }\n"low:y" = { path = "../low/wit" }\n',
        )

        assert sorted(folder_files(Path("app/wit"), {})) == [
            "a.wit",
            "deps/lib-x-1.0.0/a.wit",
            "deps/low-y-0.2.0/a.wit",
        ]

    def test_an_override_that_is_not_there(self, cli: Cli) -> None:
        write("app/wkg.toml", '[overrides]\n"lib:x" = { path = "../nowhere" }\n')

        done = cli("wit", "app/wit")

        assert done.status == 1
        assert "WIT0001" in done.err


# --- deps add -----------------------------------------------------------------------------------


WHOLE = "package x:io; interface poll { f: func(); } interface other { f: func(); }"


def user(interface: str) -> bytes:
    """A component that uses one interface of a package."""
    return part(f'(import "x:io/{interface}" (instance (export "f" (func))))')


class TestAdd:
    @pytest.fixture(autouse=True)
    def _texts(self, cli: Cli) -> None:
        write("wit/a.wit", APP)

    def test_files_and_folders(self, cli: Cli) -> None:
        done = cli("deps", "add", write("lib/a.wit", LIB).parent, write("low.wit", LOW))

        assert done.status == 0, done.err
        assert files("wit") == ["a.wit", "deps/lib-x-1.0.0/a.wit", "deps/low-y-0.2.0/low.wit"]
        assert "added lib:x@1.0.0 from lib" in done.err
        assert cli("wit", "wit").status == 0

    def test_a_folder_brings_its_own_deps_as_far_as_they_are_needed(self, cli: Cli) -> None:
        write("lib/a.wit", LIB)
        write("lib/deps/y.wit", LOW)
        write("lib/deps/z.wit", "package not:needed;")

        assert cli("deps", "add", "lib").status == 0
        assert files("wit/deps") == ["lib-x-1.0.0/a.wit", "low-y-0.2.0/y.wit"]

    def test_a_component(self, cli: Cli) -> None:
        Path("c.wasm").write_bytes(part("""
            (import "low:y/t@0.2.0" (instance $t (type $q u8) (export "q" (type (eq $q)))))
            (alias export $t "q" (type $q))
            (import "other:z/log" (instance (export "f" (func))))
            (core module $m (func (export "f") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (func $f (result $q) (canon lift (core func $i "f")))
            (instance $x (export "q" (type $q)) (export "f" (func $f)))
            (export "lib:x/i@1.0.0" (instance $x))"""))

        assert cli("deps", "add", "c.wasm").status == 0
        assert files("wit/deps") == ["lib-x-1.0.0/package.wit", "low-y-0.2.0/package.wit"]
        assert cli("wit", "wit").status == 0

    @pytest.mark.parametrize("order", [("c.wasm", "whole.wit"), ("whole.wit", "c.wasm")])
    def test_a_whole_package_is_preferred_to_a_part(self, cli: Cli, order: tuple[str, str]) -> None:
        write("wit/a.wit", "package my:app; world w { import x:io/poll; import x:io/other; }")
        write("whole.wit", WHOLE)
        Path("c.wasm").write_bytes(user("poll"))

        assert cli("deps", "add", *order).status == 0
        assert files("wit/deps") == ["x-io/whole.wit"]

    def test_what_wkg_toml_names_is_preferred_to_a_part(self, cli: Cli) -> None:
        write("wit/a.wit", "package my:app; world w { import x:io/poll; import x:io/other; }")
        write("wkg.toml", '[overrides]\n"x:io" = { path = "whole.wit" }\n')
        write("whole.wit", WHOLE)
        Path("c.wasm").write_bytes(user("poll"))

        assert cli("deps", "add", "c.wasm").status == 0
        assert files("wit/deps") == ["x-io/whole.wit"]

    def test_parts_are_one_package(self, cli: Cli) -> None:
        write("wit/a.wit", "package my:app; world w { import x:io/poll; import x:io/other; }")
        for name in ("poll", "other"):
            Path(f"{name}.wasm").write_bytes(user(name))

        assert cli("deps", "add", "poll.wasm", "other.wasm").status == 0
        assert files("wit/deps") == ["x-io/package.wit"]
        assert cli("wit", "wit").status == 0

    def test_a_part_is_replaced_by_the_whole(self, cli: Cli) -> None:
        write("wit/a.wit", "package my:app;")
        write("whole.wit", WHOLE)
        Path("c.wasm").write_bytes(user("poll"))
        assert cli("deps", "add", "c.wasm").status == 0
        assert files("wit/deps") == ["x-io/package.wit"]

        done = cli("deps", "add", "whole.wit")

        assert "added x:io from whole.wit" in done.err
        assert files("wit/deps") == ["x-io/whole.wit"]

    @pytest.mark.parametrize("text", ["poll { f: func(x: u8); }", "log { f: func(); }"])
    @pytest.mark.parametrize("there", [True, False])
    def test_other_contents_under_one_name(self, cli: Cli, text: str, there: bool) -> None:
        write("wit/a.wit", "package my:app;")
        whole = write("wit/deps/io.wit" if there else "x.wit", f"package x:io; interface {text}")
        Path("c.wasm").write_bytes(user("poll"))
        before = files("wit")

        done = cli("deps", "add", "c.wasm", whole)

        assert done.status == 1
        assert "error[APP4508]: `c.wasm` has another `x:io`: interface poll" in done.err
        assert files("wit") == before

    def test_a_source_is_added_though_nothing_needs_it_yet(self, cli: Cli) -> None:
        write("wit/a.wit", "package my:app;")

        assert cli("deps", "add", write("low.wit", LOW)).status == 0
        assert files("wit/deps") == ["low-y-0.2.0/low.wit"]

    def test_again_adds_nothing(self, cli: Cli) -> None:
        sources = write("lib/a.wit", LIB).parent, write("low.wit", LOW)
        cli("deps", "add", *sources)
        before = files("wit")

        done = cli("deps", "add", *sources)

        assert (done.status, files("wit")) == (0, before)
        assert "lib:x@1.0.0 is in wit/deps already" in done.err
        assert "nothing to add" in done.err

    def test_installed_python_packages(self, cli: Cli) -> None:
        write("site/some_lib/componentize-py.toml", 'wit_directory = "wit"\n')
        write("site/some_lib/wit/a.wit", LIB)
        write("site/some_lib/wit/deps/y.wit", LOW)
        write("site/broken/componentize-py.toml", "x")
        write("site/damaged/componentize-py.toml", 'wit_directory = "d.wasm"\n')
        write("site/damaged/d.wasm", "nothing")

        assert cli("deps", "add", "--python-path", "site").status == 0
        assert files("wit/deps") == ["lib-x-1.0.0/a.wit", "low-y-0.2.0/y.wit"]

    def test_the_cache_of_wkg(self, cli: Cli, tmp_path: Path) -> None:
        release(tmp_path / "xdg/wasm-pkg", "lib:x", "1.0.0", {"a.wit": LIB, "deps/b.wit": LOW})

        assert cli("deps", "add").status == 0
        assert files("wit/deps") == ["lib-x-1.0.0/package.wit", "low-y-0.2.0/package.wit"]

    def test_a_damaged_cache_is_not_believed(self, cli: Cli, tmp_path: Path) -> None:
        store = tmp_path / "xdg/wasm-pkg"
        digest = release(store, "lib:x", "1.0.0", {"a.wit": LIB, "deps/b.wit": LOW})
        (store / digest).write_bytes(b"other")

        assert cli("deps", "add").status == 1
        assert files("wit") == ["a.wit"]

    def test_what_wkg_toml_names(self, cli: Cli) -> None:
        write("wkg.toml", '[overrides]\n"lib:x" = { path = "l" }\n"low:y" = { path = "low.wit" }\n')
        write("l/a.wit", LIB)
        write("low.wit", LOW)

        assert cli("deps", "add").status == 0
        assert files("wit/deps") == ["lib-x-1.0.0/a.wit", "low-y-0.2.0/low.wit"]

    def test_what_is_nowhere_is_named_and_nothing_is_written(self, cli: Cli) -> None:
        done = cli("deps", "add", write("lib/a.wit", LIB.replace("@1.0.0", "@1.0.1", 1)).parent)

        assert done.status == 1
        assert "`lib:x@1.0.0` is needed and nowhere on this disk" in done.err
        assert "`lib:x@1.0.1`, which is another version" in done.err
        assert "`low:y@0.2.0` is needed and nowhere" in done.err
        assert files("wit") == ["a.wit"]

    def test_what_does_not_fit_together_is_not_written(self, cli: Cli) -> None:
        done = cli("deps", "add", write("l.wit", LIB.replace("q", "r")), write("low.wit", LOW))

        assert done.status == 1
        assert "`r`" in done.err
        assert files("wit") == ["a.wit"]

    def test_a_folder_in_the_way_is_left_alone(self, cli: Cli) -> None:
        write("wit/a.wit", "package my:app;")
        write("wit/deps/low-y-0.2.0/mine.wit", "package my:things;")

        assert cli("deps", "add", write("low.wit", LOW)).status == 0
        assert files("wit/deps") == ["low-y-0.2.0-2/low.wit", "low-y-0.2.0/mine.wit"]

    @pytest.mark.parametrize(
        "arguments", [["nowhere"], ["--wit", "nowhere"], ["--wit", "wit/a.wit"]]
    )
    def test_paths_that_are_not_there(self, cli: Cli, arguments: list[str]) -> None:
        assert cli("deps", "add", *arguments).status == 2

    def test_broken_sources(self, cli: Cli) -> None:
        Path("x.wasm").write_bytes(b"\0asm")

        assert cli("deps", "add", "x.wasm").status == 1
        assert cli("deps", "add", write("x.wit", "package a:b; interface {")).status == 1


def release(store: Path, name: str, version: str, texts: dict[str, str]) -> str:
    """A release in a cache of wkg; its digest."""
    data = encode_package(load_texts(texts))
    digest = f"sha256:{sha256(data).hexdigest()}"
    store.mkdir(parents=True, exist_ok=True)
    (store / digest).write_bytes(data)
    (store / f"{name}-{version}.json").write_text(
        json.dumps({"version": version, "content_digest": digest})
    )
    return digest


# --- deps check ---------------------------------------------------------------------------------


def lock(*entries: tuple[str, str, str, str]) -> str:
    text = "version = 1\n"
    for name, version, requirement, digest in entries:
        text += f'[[packages]]\nname = "{name}"\n[[packages.versions]]\n'
        text += f'requirement = "{requirement}"\nversion = "{version}"\ndigest = "{digest}"\n'
    return text


ZERO = f"sha256:{'0' * 64}"
GOOD = (("lib:x", "1.0.0", "=1.0.0", ZERO), ("low:y", "0.2.0", "^0.2.0", ZERO))


class TestCheck:
    @pytest.fixture(autouse=True)
    def _texts(self, cli: Cli) -> None:
        write("wit/a.wit", APP)
        write("wit/deps/x/a.wit", LIB)
        write("wit/deps/y.wit", LOW)

    @pytest.mark.parametrize("place", ["wkg.lock", "wit/wkg.lock"])
    def test_all_is_well(self, cli: Cli, place: str) -> None:
        write(place, lock(*GOOD))

        done = cli("deps", "check")

        assert done.status == 0, done.err
        assert "`deps` agrees with it" in done.err

    @pytest.mark.parametrize(
        ("here", "wit", "file"),
        [
            (".", "wit", "wkg.lock"),
            (".", "./wit", "wkg.lock"),
            ("wit", ".", "../wkg.lock"),
            ("wit/deps", "..", "../../wkg.lock"),
        ],
    )
    def test_paths_are_relative_like_the_folder(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, here: str, wit: str, file: str
    ) -> None:
        write("wkg.lock", lock(GOOD[0]))
        (Path("wit") / "deps" / "y.wit").unlink()
        monkeypatch.chdir(here)

        done = cli("deps", "check", "--wit", wit)
        assert f"{file}: " in done.err
        write(file, lock(*GOOD))
        done = cli("deps", "check", "--wit", wit, "--error-format", "sarif")

        (result,) = json.loads(done.err)["runs"][0]["results"]
        location = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert location["uri"] == file

    def test_sarif_of_nothing(self, cli: Cli) -> None:
        write("wkg.lock", lock(*GOOD))

        done = cli("deps", "check", "--error-format", "sarif")

        assert done.status == 0
        assert json.loads(done.err)["runs"][0]["results"] == []

    def test_missing(self, cli: Cli) -> None:
        write("wkg.lock", lock(*GOOD))
        Path("wit/deps/y.wit").unlink()

        done = cli("deps", "check")

        assert done.status == 1
        assert "error[APP4503]: `low:y@0.2.0` is locked and not in `deps`" in done.err

    def test_another_version(self, cli: Cli) -> None:
        write("wkg.lock", lock(GOOD[0], ("low:y", "0.2.1", "^0.2.0", ZERO)))

        done = cli("deps", "check")

        assert done.status == 1
        assert "error[APP4504]: `deps` has `low:y@0.2.0`, and `low:y@0.2.1` is locked" in done.err

    @pytest.mark.parametrize("requirement", ["^0.3.0", "nonsense"])
    def test_outside_its_requirement(self, cli: Cli, requirement: str) -> None:
        write("wkg.lock", lock(GOOD[0], ("low:y", "0.2.0", requirement, ZERO)))

        done = cli("deps", "check")

        assert done.status == 1
        assert "APP4505" in done.err

    def test_the_digest_of_a_binary(self, cli: Cli) -> None:
        data = encode_package(load_texts({"a.wit": LOW}))
        Path("wit/deps/y.wit").unlink()
        Path("wit/deps/y.wasm").write_bytes(data)
        right = f"sha256:{sha256(data).hexdigest()}"
        write("wkg.lock", lock(GOOD[0], ("low:y", "0.2.0", "*", right)))
        assert cli("deps", "check").status == 0
        write("wkg.lock", lock(*GOOD))

        done = cli("deps", "check")

        assert done.status == 1
        assert f"`low:y@0.2.0` has {right}" in done.err

    def test_the_digest_in_the_cache_of_wkg(self, cli: Cli, tmp_path: Path) -> None:
        release(tmp_path / "xdg/wasm-pkg", "low:y", "0.2.0", {"a.wit": LOW})
        write("wkg.lock", lock(*GOOD))

        done = cli("deps", "check")

        assert done.status == 1
        assert "error[APP4506]: `low:y@0.2.0`: the cache of wkg has sha256:" in done.err

    def test_what_is_not_locked(self, cli: Cli) -> None:
        write("wkg.lock", lock(GOOD[0]))

        done = cli("deps", "check")

        assert done.status == 0
        assert "warning[APP4507]: `low:y@0.2.0` is in `deps` and not locked" in done.err

    def test_what_wkg_toml_has_is_never_locked(self, cli: Cli) -> None:
        write("wkg.lock", lock(GOOD[0]))
        write("wkg.toml", '[overrides]\n"low:y" = { path = "wit/deps/y.wit" }\n')

        done = cli("deps", "check")

        assert done.status == 0
        assert "APP4507" not in done.err

    def test_what_is_neither_locked_nor_there(self, cli: Cli) -> None:
        write("wkg.lock", lock())
        Path("wit/deps/y.wit").unlink()

        done = cli("deps", "check")

        assert done.status == 1
        assert "`low:y@0.2.0` is needed, and neither locked nor in `deps`" in done.err

    def test_without_a_lock(self, cli: Cli) -> None:
        done = cli("deps", "check")

        assert done.status == 2
        assert "there is no wkg.lock" in done.err

    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "",
            "version = 2",
            "version = 1\npackages = 1",
            "version = 1\n[[packages]]\nx = 1",
            'version = 1\n[[packages]]\nname = "a:b"\nversions = [1]',
            lock(("a:b", "one", "*", ZERO)),
            lock(("a:b", "1.0.0", "*", "md5:1")),
            "a = " + "[" * 5000,
        ],
    )
    def test_a_broken_lock(self, cli: Cli, text: str) -> None:
        write("wkg.lock", text)

        done = cli("deps", "check")

        assert done.status == 1
        assert "APP4502" in done.err
