"""`witgen wit --breaking`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from component_parts import part

Cli = Callable[..., Any]

ROOT = Path(__file__).parents[3]
OLD = "package a:b@1.2.0;\n\ninterface i {\n  f: func(x: u32);\n}\n\nworld w { export i; }\n"
NEW = OLD.replace("u32", "string")


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def git(*arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit() -> None:
    git("add", ".")
    git("commit", "-q", "-m", "a state")


def test_files(cli: Cli) -> None:
    done = cli("wit", "--breaking", write("old.wit", OLD), write("new.wit", NEW))

    assert (done.status, done.out) == (1, "2.0.0\n")
    assert "error[CMP3201]: the interface `i` breaks its users: func f" in done.err
    assert "--> new.wit:4:3" in done.err
    assert "1 breaking change since 1.2.0: the next version is 2.0.0" in done.err


def test_folders_with_dependencies(cli: Cli) -> None:
    for name, text in (("old", OLD), ("new", OLD.replace("f:", "g: func();\n  f:"))):
        write(f"{name}/a.wit", text.replace("f:", "use c:d/t.{q};\n  f:"))
        write(f"{name}/deps/c/d.wit", "package c:d; interface t { type q = u8; }")

    done = cli("wit", "--breaking", "old", "new")

    assert (done.status, done.out) == (0, "1.3.0\n")
    assert "compatible additions since 1.2.0: the next version is 1.3.0" in done.err


def test_no_change(cli: Cli) -> None:
    done = cli("wit", "--breaking", write("old.wit", OLD), "old.wit")

    assert (done.status, done.out) == (0, "1.2.0\n")
    assert "no changes since 1.2.0" in done.err


def test_a_version_that_says_so_is_enough(cli: Cli) -> None:
    new = write("new.wit", NEW.replace("@1.2.0", "@2.0.0"))

    done = cli("wit", "--breaking", write("old.wit", OLD), new)

    assert (done.status, done.out) == (0, "2.0.0\n")
    assert "warning[CMP3201]" in done.err


@pytest.mark.parametrize("version", ["1.2.1", "1.3.0", "2.0.0-rc.1"])
def test_a_version_alone_is_no_change(cli: Cli, version: str) -> None:
    new = write("new.wit", OLD.replace("@1.2.0", f"@{version}"))

    done = cli("wit", "--breaking", write("old.wit", OLD), new)

    assert (done.status, done.out) == (0, f"{version}\n")
    assert f"no changes since 1.2.0: the next version is {version}\n" in done.err


def test_a_lower_version(cli: Cli) -> None:
    new = write("new.wit", OLD.replace("@1.2.0", "@1.1.0"))

    done = cli("wit", "--breaking", write("old.wit", OLD), new)

    assert (done.status, done.out) == (0, "1.2.0\n")
    assert "the next version is 1.2.0, and it is 1.1.0" in done.err


def test_a_version_that_says_too_little_is_not(cli: Cli) -> None:
    new = write("new.wit", NEW.replace("@1.2.0", "@1.3.0"))

    done = cli("wit", "--breaking", write("old.wit", OLD), new)

    assert done.status == 1
    assert "the next version is 2.0.0, and it is 1.3.0" in done.err


def test_without_a_version(cli: Cli) -> None:
    old = write("old.wit", OLD.replace("@1.2.0", ""))

    done = cli("wit", "--breaking", old, write("new.wit", NEW.replace("@1.2.0", "")))

    assert (done.status, done.out) == (1, "")
    assert "there is no version to start from" in done.err


def test_components_and_worlds(cli: Cli) -> None:
    Path("old.wasm").write_bytes(part('(import "f" (func))'))
    Path("new.wasm").write_bytes(part('(import "f" (func)) (import "g" (func))'))
    wit = write("two.wit", "package a:b; world v { import f: func(); } world w {}")

    assert cli("wit", "--breaking", "old.wasm", "old.wasm").status == 0
    worse = cli("wit", "--breaking", "old.wasm", "new.wasm")
    assert worse.status == 1
    assert "the world `root` imports `g`, which it did not before" in worse.err
    assert "--> new.wasm" in worse.err
    assert cli("wit", "--breaking", wit, "new.wasm", "--world", "v").status == 1
    assert cli("wit", "--breaking", wit, "old.wasm", "--world", "v").status == 0
    assert "RES1082" in cli("wit", "--breaking", wit, "old.wasm").err


def test_sarif(cli: Cli) -> None:
    done = cli(
        *("wit", "--breaking", write("old.wit", OLD), write("new.wit", NEW)),
        *("--error-format", "sarif"),
    )

    (run,) = json.loads(done.err)["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("CMP3201", "error")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (4, 3)


def test_sarif_of_no_changes(cli: Cli) -> None:
    old = write("old.wit", OLD)

    done = cli("wit", "--breaking", old, "old.wit", "--error-format", "sarif")

    assert (done.status, done.out) == (0, "1.2.0\n")
    (run,) = json.loads(done.err)["runs"]
    assert run["results"] == []


def test_sarif_is_one_document_though_findings_are_told_apart(cli: Cli) -> None:
    old, new = write("old.wit", OLD), write("new.wit", NEW.replace("@1.2.0", ""))

    done = cli("wit", "--breaking", old, new, "--error-format", "sarif")

    assert [each["ruleId"] for each in json.loads(done.err)["runs"][0]["results"]] == ["CMP3201"]


@pytest.mark.parametrize("arguments", [("wit", "nowhere"), ("wit", "old.wit", "--world", "none")])
def test_sarif_of_failures(cli: Cli, arguments: tuple[str, ...]) -> None:
    write("old.wit", OLD)

    done = cli(*arguments, "--error-format", "sarif")

    assert done.status
    assert len(json.loads(done.err)["runs"][0]["results"]) == 1


class TestRevisions:
    @pytest.fixture(autouse=True)
    def _repository(self, cli: Cli) -> None:
        write("lib/wit/a.wit", OLD)
        git("init", "-q")
        commit()
        write("lib/wit/a.wit", NEW)

    def test_head(self, cli: Cli) -> None:
        for new in ("lib/wit", "lib/wit/a.wit"):
            done = cli("wit", "--breaking", "HEAD", new)
            assert (done.status, done.out) == (1, "2.0.0\n")

    def test_from_inside_the_folder(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir("lib/wit")

        assert cli("wit", "--breaking", "HEAD", ".").status == 1

    def test_the_hook(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
        (hook,) = (hook for hook in hooks if hook["id"] == "witgen-breaking")
        monkeypatch.chdir("lib")
        arguments = [*hook["entry"].split()[1:], *hook["args"]]

        assert cli(*arguments).status == 1
        commit()
        assert cli(*arguments).status == 0

    def test_the_first_commit(self, cli: Cli) -> None:
        git("checkout", "-q", "--orphan", "other")

        for old in ("HEAD", "@"):
            done = cli("wit", "--breaking", old, "lib/wit")
            assert (done.status, done.out) == (0, "")
            assert f"`lib/wit` is not in `{old}`: nothing relies on it" in done.err
        assert cli("wit", "--breaking", "HEAD~1", "lib/wit").status == 2

    def test_a_path_of_then(self, cli: Cli) -> None:
        git("mv", "lib/wit", "lib/api")

        assert cli("wit", "--breaking", "HEAD:lib/wit", "lib/api").status == 1

    @pytest.mark.parametrize("old", ["HEAD", "HEAD:lib/wit"])
    def test_what_a_manifest_names_is_of_the_revision_too(self, cli: Cli, old: str) -> None:
        used = OLD.replace("f:", "use c:d/t.{q};\n  f:")
        write("lib/wit/a.wit", used)
        write("lib/wkg.toml", '[overrides]\n"c:d" = { path = "../types" }\n')
        write("types/t.wit", "package c:d; interface t { type q = u8; }")
        commit()
        write("types/t.wit", "package c:d; interface t { type q = u16; }")

        assert cli("wit", "--breaking", old, "lib/wit").status == 1
        write("types/t.wit", "package c:d; interface t { type q = u8; }")
        assert cli("wit", "--breaking", old, "lib/wit").status == 0

    def test_a_tag(self, cli: Cli) -> None:
        git("tag", "v1.2.0")
        commit()

        assert cli("wit", "--breaking", "HEAD", "lib/wit").status == 0
        assert cli("wit", "--breaking", "v1.2.0", "lib/wit").status == 1

    def test_what_was_not_there_cannot_break(self, cli: Cli) -> None:
        write("other/a.wit", NEW)

        done = cli("wit", "--breaking", "HEAD", "other")

        assert (done.status, done.out) == (0, "")
        assert "nothing relies on it" in done.err

    def test_an_old_version_that_is_broken_is_named_as_the_user_names_it(self, cli: Cli) -> None:
        write("lib/wit/a.wit", "package a:b; interface i { f: }")
        commit()
        write("lib/wit/a.wit", OLD)

        done = cli("wit", "--breaking", "HEAD", "lib/wit")

        assert done.status == 1
        assert "--> HEAD/a.wit:1:" in done.err

    @pytest.mark.parametrize("name", ["v9", "--all", "HEAD^{tree}", "a b", ":", ""])
    def test_no_revision(self, cli: Cli, name: str) -> None:
        done = cli("wit", f"--breaking={name}", "lib/wit")

        assert done.status == 2
        assert f"error[CMP3203]: `{name}` is neither a path nor a git revision" in done.err

    @pytest.mark.parametrize(
        ("name", "meant"), [("HEDA", "HEAD"), ("v1.2.O", "v1.2.0"), ("v1.2.O:lib", "v1.2.0")]
    )
    def test_a_revision_with_a_typo(self, cli: Cli, name: str, meant: str) -> None:
        git("tag", "v1.2.0")

        done = cli("wit", "--breaking", name, "lib/wit")

        assert done.status == 2
        assert f"did you mean `{meant}`?" in done.err

    @pytest.mark.parametrize(
        ("inside", "meant"),
        [
            ("lib/wti", "lib/wit"),
            ("lib/wit/b.wit", "lib/wit/a.wit"),
            ("lbi/wit/a.wit", "lib/wit/a.wit"),
            ("typo", None),
            ("lib/typo", None),
            ("lib/wit/a.wit/b", None),
        ],
    )
    def test_a_path_that_a_revision_does_not_have(
        self, cli: Cli, inside: str, meant: str | None
    ) -> None:
        done = cli("wit", "--breaking", f"HEAD:{inside}", "lib/wit")

        assert (done.status, done.out) == (2, "")
        assert f"error[CMP3203]: `{inside}` is not in `HEAD`" in done.err
        assert ("did you mean" in done.err) == bool(meant)
        assert meant is None or f"did you mean `HEAD:{meant}`?" in done.err

    @pytest.mark.parametrize("inside", ["../..", "/", "../../lib/wit"])
    def test_a_path_outside_the_repository(self, cli: Cli, inside: str) -> None:
        done = cli("wit", "--breaking", f"HEAD:{inside}", "lib/wit")

        assert (done.status, done.out) == (2, "")
        assert f"error[CMP3203]: `{inside}` is outside the repository" in done.err

    def test_paths_are_of_the_top_or_of_here(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir("lib")

        for inside in ("lib/wit", "./wit", "../lib/wit"):
            assert cli("wit", "--breaking", f"HEAD:{inside}", "wit").status == 1
        assert cli("wit", "--breaking", "HEAD:wit", "wit").status == 2

    def test_the_whole_revision(self, cli: Cli) -> None:
        write("a.wit", OLD)
        commit()

        assert cli("wit", "--breaking", "HEAD:", "lib/wit").status == 1

    def test_a_broken_repository(self, cli: Cli) -> None:
        for path in Path(".git/objects").rglob("*"):
            if path.is_file():
                path.unlink()

        done = cli("wit", "--breaking", "HEAD", "lib/wit")

        assert (done.status, done.out) == (2, "")
        assert "CMP3203" in done.err


def test_outside_of_a_repository(cli: Cli) -> None:
    done = cli("wit", "--breaking", "HEAD", write("new.wit", NEW))

    assert done.status == 2
    assert "error[CMP3203]: git refuses: not a git repository" in done.err


def test_without_git(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    new = write("new.wit", NEW)
    monkeypatch.setenv("PATH", "")

    done = cli("wit", "--breaking", "HEAD", new)

    assert done.status == 2
    assert "error[CMP3203]: git cannot be started" in done.err


@pytest.mark.parametrize("option", ["--json", "--importize", "--check"])
def test_options_that_do_not_go_together(cli: Cli, option: str) -> None:
    done = cli("wit", "--breaking", write("old.wit", OLD), "old.wit", option)

    assert done.status == 2
    assert "APP4003" in done.err


def test_packages_of_two_names(cli: Cli) -> None:
    done = cli("wit", "--breaking", write("old.wit", OLD), write("c.wit", "package c:d;"))

    assert done.status == 1
    assert "error[CMP3202]: the package was named `a:b@1.2.0` and is now named `c:d`" in done.err
