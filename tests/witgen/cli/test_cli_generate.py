"""`witgen generate` and `witgen wit`: products, statuses, and nothing half done."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


class TestWit:
    def test_text_goes_to_stdout(self, cli: Cli, target: Path) -> None:
        done = cli("wit", target)

        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("package test:target@1.0.0;\n")

    def test_the_document_is_json(self, cli: Cli, target: Path) -> None:
        done = cli("wit", target, "--json")

        document = json.loads(done.out)
        assert [p["name"] for p in document["packages"]] == ["test:target@1.0.0"]
        assert document["worlds"][0]["name"] == "target"

    def test_a_file_can_be_named(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        done = cli("wit", target, "-o", tmp_path / "out" / "all.wit")

        assert (done.status, done.out) == (0, "")
        assert (tmp_path / "out" / "all.wit").read_text().startswith("package test:target")

    def test_a_missing_path_is_2_with_a_hint(self, cli: Cli, target: Path) -> None:
        done = cli("wit", "targt")

        assert (done.status, done.out) == (2, "")
        assert "does not exist" in done.err
        assert "did you mean `target`?" in done.err

    @pytest.mark.parametrize(
        "text",
        [
            "package a:b; interface i {",
            "package a:b; interface i { f: func(x: nope); }",
            "interface i {}",
            "package a:b; world w { import c:d/e; }",
            "\0\0\0\0",
            "",
        ],
    )
    def test_broken_wit_is_1_and_points(self, cli: Cli, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.wit").write_text(text)

        done = cli("wit", "a.wit", "-o", "out.wit")

        assert (done.status, done.out) == (1, "")
        assert done.err.startswith("error[")
        assert not (tmp_path / "out.wit").exists()

    def test_all_errors_of_a_run_are_told(self, cli: Cli, tmp_path: Path) -> None:
        text = (
            "package a:b;\ninterface i { f: func(x: nope); }\ninterface j { f: func(x: nada); }\n"
        )
        (tmp_path / "a.wit").write_text(text)

        done = cli("wit", "a.wit")

        assert done.err.count("error[") == 2
        assert "`nope`" in done.err
        assert "`nada`" in done.err

    @pytest.mark.parametrize("format_", ["json", "sarif", "github"])
    def test_errors_for_machines(self, cli: Cli, tmp_path: Path, format_: str) -> None:
        (tmp_path / "a.wit").write_text("package a:b;\ninterface i { f: func(x: nope); }\n")

        done = cli("wit", "a.wit", "--error-format", format_)

        assert done.status == 1
        if format_ == "github":
            assert done.err.startswith("::error ")
        else:
            assert json.loads(done.err)["version"] in {1, "2.1.0"}

    def test_an_unwritable_output_is_2(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        done = cli("wit", target, "-o", tmp_path / "file" / "x.wit")

        assert done.status == 2
        assert done.err.startswith("error[APP4002]")


class TestGenerate:
    def test_the_trees_are_written(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        done = cli("generate", target, "-o", "out")

        assert (done.status, done.out) == (0, "")
        files = tree(tmp_path / "out")
        assert "wit/client.wit" in files
        assert "host/target_client/__init__.py" in files
        assert "python/app.py" in files
        assert "python/wit/component.wit" in files

    def test_only_what_is_asked_for(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        cli("generate", target, "-o", "out")

        done = cli("generate", target, "-o", "out", "--emit", "wit")

        assert done.status == 0
        roots = {path.split("/")[0] for path in tree(tmp_path / "out")}
        assert roots == {"wit", ".witgen.json"}

    def test_check_is_0_when_equal_and_1_with_drift(
        self, cli: Cli, target: Path, tmp_path: Path
    ) -> None:
        assert cli("generate", target, "-o", "out", "--check").status == 1
        assert not (tmp_path / "out").exists()
        cli("generate", target, "-o", "out")
        before = tree(tmp_path / "out")
        assert cli("generate", target, "-o", "out", "--check").status == 0

        text = (target / "target.wit").read_text()
        (target / "target.wit").write_text(text.replace("tell:", "shout:"))
        done = cli("generate", target, "-o", "out", "--check", "--diff")

        assert done.status == 1
        assert "+    shout: func(text: string);" in done.out
        assert tree(tmp_path / "out") == before

    def test_a_hand_edit_is_noticed(self, cli: Cli, target: Path, tmp_path: Path) -> None:
        cli("generate", target, "-o", "out")
        (tmp_path / "out/wit/client.wit").write_text("mine\n")

        done = cli("generate", target, "-o", "out")

        assert done.status == 0
        assert "client.wit was edited by hand" in done.err

    def test_somebody_elses_file_in_the_way_is_2(
        self, cli: Cli, target: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "out/wit").mkdir(parents=True)
        (tmp_path / "out/wit/client.wit").write_text("mine\n")

        done = cli("generate", target, "-o", "out")

        assert done.status == 2
        assert tree(tmp_path / "out") == {"wit/client.wit": b"mine\n"}

    def test_a_caller_gains_the_import_and_stays_itself(
        self, cli: Cli, target: Path, caller: Path, tmp_path: Path
    ) -> None:
        before = tree(caller)

        for _ in range(2):
            assert cli("generate", target, "-o", "out", "--caller", caller).status == 0
            again = cli("generate", target, "-o", "twice", "--caller", tmp_path / "out/caller")
            assert again.status == 0

        assert tree(caller) == before
        assert tree(tmp_path / "twice/caller") == tree(tmp_path / "out/caller")
        text = (tmp_path / "out/caller/caller.wit").read_text()
        assert text.count("import test:target-client/target-client@1.0.0;") == 1
        assert cli("wit", tmp_path / "out/caller").status == 0

    @pytest.mark.parametrize(
        ("args", "hint"),
        [
            (["--emit", "hots"], "did you mean `host`?"),
            (["--emit", ","], "one of wit, host, python, component"),
            (["--caller-world", "w"], "--caller-world requires --caller"),
            (["--kind", "durabel"], "durable"),
            (["--caller", "nowhere"], "does not exist"),
            (["--golem-rpc", "0.1.0"], "0.2.0"),
        ],
    )
    def test_wrong_usage_is_2_and_writes_nothing(
        self, cli: Cli, target: Path, tmp_path: Path, args: list[str], hint: str
    ) -> None:
        done = cli("generate", target, "-o", "out", *args)

        assert done.status == 2
        assert hint in done.err
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("change", "args", "hint"),
        [
            (("", ""), ["--world", "tarket"], "did you mean `target`?"),
            (("tell: func(text: string)", "tell: func(s: stream<u8>)"), [], "stream"),
            (("tell: func", "tell: async func"), [], "async"),
            (("export api;", ""), [], "exports nothing"),
            (("u32;", "u33;"), [], "did you mean `u32`?"),
        ],
    )
    def test_what_is_wrong_with_the_target_is_1_and_writes_nothing(
        self,
        cli: Cli,
        target: Path,
        tmp_path: Path,
        change: tuple[str, str],
        args: list[str],
        hint: str,
    ) -> None:
        text = (target / "target.wit").read_text()
        (target / "target.wit").write_text(text.replace(*change))

        done = cli("generate", target, "-o", "out", *args)

        assert done.status == 1
        assert hint in done.err
        assert not (tmp_path / "out").exists()


class TestUsage:
    @pytest.mark.parametrize("command", ["", "wit", "generate", "compose", "run", "explain"])
    def test_every_help_has_an_example(self, cli: Cli, command: str) -> None:
        done = cli(*command.split(), "--help")

        assert done.status == 0
        assert re.search(r"Examples?: witgen", done.out)

    def test_an_unknown_command_is_2_with_a_hint(self, cli: Cli) -> None:
        done = cli("genrate")

        assert done.status == 2
        assert "did you mean `generate`?" in done.err

    def test_no_command_shows_the_help(self, cli: Cli) -> None:
        done = cli()

        assert done.status == 2
        assert "generate" in done.out + done.err


HEAVY = ("lark", "jinja2", "black", "wasmtime", "componentize_py", "rich", "runtime_shim")


@pytest.mark.parametrize(
    ("args", "allowed"),
    [
        (["--version"], ()),
        (["--help"], ()),
        (["wit", "--help"], ()),
        (["generate", "--help"], ()),
        (["compose", "--help"], ()),
        (["run", "--help"], ()),
        (["wit", "TARGET", "--json"], ("lark",)),
        (["generate", "TARGET", "-o", "OUT", "--emit", "wit"], ("lark",)),
        (["generate", "TARGET", "-o", "OUT", "--emit", "wit,host,python"], ("lark", "jinja2")),
    ],
)
def test_a_command_imports_only_what_it_uses(
    args: list[str], allowed: tuple[str, ...], target: Path, tmp_path: Path
) -> None:
    words = [{"TARGET": str(target), "OUT": str(tmp_path / "out")}.get(a, a) for a in args]
    script = (
        "import sys\n"
        f"sys.argv = ['witgen', *{words!r}]\n"
        "from witgen.cli import main\n"
        "try: main()\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        f"print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert set(done.stderr.splitlines()[-1].split()) <= set(allowed)


class TestFormat:
    UGLY = "package a:b; interface i{f:func( );// c\n}"
    NEAT = "package a:b;\n\ninterface i {\n  f: func(); // c\n}\n"

    def test_files_are_formatted_in_place_and_then_clean(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "a.wit").write_text(self.UGLY)
        assert cli("wit", "--check", "a.wit").status == 1
        assert (tmp_path / "a.wit").read_text() == self.UGLY

        done = cli("wit", "-w", "a.wit")

        assert (done.status, done.out) == (0, "")
        assert (tmp_path / "a.wit").read_text() == self.NEAT
        assert cli("wit", "--check", "a.wit").status == 0

    def test_a_folder_is_formatted_without_its_deps(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "wit/deps").mkdir(parents=True)
        for path in ("wit/a.wit", "wit/deps/b.wit"):
            (tmp_path / path).write_text(self.UGLY)

        cli("wit", "-w", "wit")

        assert (tmp_path / "wit/a.wit").read_text() == self.NEAT
        assert (tmp_path / "wit/deps/b.wit").read_text() == self.UGLY

    def test_nothing_is_written_when_one_file_is_broken(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "a.wit").write_text(self.UGLY)
        (tmp_path / "b.wit").write_text("interface {")

        done = cli("wit", "-w", ".")

        assert done.status == 1
        assert "b.wit:1:11" in done.err
        assert (tmp_path / "a.wit").read_text() == self.UGLY

    @pytest.mark.parametrize("args", [["--json"], ["-o", "x.wit"]])
    def test_formatting_does_not_mix_with_printing(
        self, cli: Cli, tmp_path: Path, args: list[str]
    ) -> None:
        (tmp_path / "a.wit").write_text(self.UGLY)

        assert cli("wit", "-w", "a.wit", *args).status == 2


class TestExplain:
    def test_a_code_is_explained_with_an_example(self, cli: Cli) -> None:
        done = cli("explain", "res1017")

        assert done.status == 0
        assert done.out.startswith("RES1017: unknown package\n")
        assert "error[RES1017]" in done.out

    def test_an_unknown_code_is_2_with_a_hint(self, cli: Cli) -> None:
        done = cli("explain", "RES9017")

        assert (done.status, done.out) == (2, "")
        assert "did you mean `RES1017`?" in done.err
