"""Files by patterns, and the settings of pyproject.toml."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from application import application

from witgen.app.building import project
from witgen.app.listing import Listing, files, matching
from witgen.app.settings import Settings, read
from witgen.diagnostics import WitError

TREE = ["a.py", "b.txt", "src/c.py", "src/in/d.py", "src/.e.py", ".git/f.py", "__pycache__/g.py",
        "golem-temp/h.py", "odd[1].py"]  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.py", ["a.py"]),
        ("./src/../a.py", ["a.py"]),
        ("*.py", ["a.py", "odd[1].py"]),
        ("**/*.py", ["a.py", "odd[1].py", "src/c.py", "src/in/d.py"]),
        ("src", ["src/c.py", "src/in/d.py"]),
        ("src/**", ["src/c.py", "src/in/d.py"]),
        ("s?c/[!d].py", ["src/c.py"]),
        ("s*/**/[a-d].py", ["src/c.py", "src/in/d.py"]),
        ("src/.e.py", ["src/.e.py"]),
        (".git", [".git/f.py"]),
        ("golem-temp/*.py", ["golem-temp/h.py"]),
        ("odd[[]1].py", ["odd[1].py"]),
        ("nothing", []),
        ("nothing/*.py", []),
        ("[", []),
        ("a.py/*", []),
    ],
)
def test_patterns(tree: Path, pattern: str, expected: list[str]) -> None:
    found = files(Listing(str(tree), (pattern,)))

    assert [os.path.relpath(path, tree) for path in found] == expected


def test_what_is_omitted_is_reached_by_its_name_only(tree: Path) -> None:
    omit = (str(tree / "src/c.py"), str(tree / "src/in"))

    assert files(Listing(str(tree), ("src",), omit)) == []
    assert files(Listing(str(tree), ("src/c.py",), omit)) == [str(tree / "src/c.py")]


def test_folders_match_too(tree: Path) -> None:
    assert matching(str(tree), "s*") == [str(tree / "src")]
    assert matching(str(tree), "src/in") == [str(tree / "src/in")]


def test_a_link_to_a_folder_above_is_not_followed(tree: Path) -> None:
    (tree / "src/loop").symlink_to(tree)

    assert len(files(Listing(str(tree), ("src",)))) == 2


def test_many_stars_take_no_time(tmp_path: Path) -> None:
    (tmp_path / ("a" * 200)).write_text("")
    begin = time.perf_counter()

    assert files(Listing(str(tmp_path), ("*a" * 60 + "b",))) == []
    assert time.perf_counter() - begin < 1


class TestSettings:
    def write(self, folder: Path, text: str) -> Settings:
        (folder / "pyproject.toml").write_text(text)
        return read(folder)

    def test_defaults(self, tmp_path: Path) -> None:
        assert read(tmp_path) == Settings()
        assert self.write(tmp_path, "[tool.other]\nwitgen = 1") == Settings()

    def test_what_there_is(self, tmp_path: Path) -> None:
        text = '[tool.witgen]\nbackend = "native"\ngolem-rpc = "0.2.2"\nskip-unsupported = true\n'
        found = self.write(tmp_path, text)

        assert (found.backend, found.golem_rpc, found.skip_unsupported) == ("native", "0.2.2", True)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('[tool.witgen]\nbackends = "native"', "did you mean `backend`?"),
            ('[tool.witgen]\nbackend = "rust"', "python, native"),
            ("[tool.witgen]\nskip-unsupported = 1", "true or false"),
            ("[tool.witgen]\nmanifest = ''", "a path"),
            ("[tool]\nwitgen = 3", "a table"),
            ("[tool.witgen", "not valid TOML"),
        ],
    )
    def test_what_is_wrong(self, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(WitError) as caught:
            self.write(tmp_path, text)

        assert said in str([(d.message, d.help) for d in caught.value.diagnostics])

    def test_a_manifest_of_another_name(self, tmp_path: Path) -> None:
        application(tmp_path, {"a": []})
        (tmp_path / "golem.yaml").rename(tmp_path / "app.yaml")
        self.write(tmp_path, '[tool.witgen]\nmanifest = "app.yaml"')

        assert list(project(tmp_path / "a").app.components) == ["t:a"]

    def test_a_setting_builds_again(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [("wasm-rpc", "b")], "b": []})
        app.build()
        self.write(tmp_path, '[tool.witgen]\ngolem-rpc = "0.2.2"')

        assert {"generate t:a", "build t:a 1", "client t:b"} <= set(app.build().done)


def test_where_one_is_selects(tmp_path: Path) -> None:
    app = application(tmp_path, {"a": [], "b": []})
    text = (tmp_path / "golem.yaml").read_text().replace('"t:b"', '"t:c"')
    app.write("golem.yaml", text)
    app.write("b/golem.yaml", "components: {t:b: {sourceWit: wit, componentWasm: b.wasm}}")

    outcome = app.build(steps=("generate",))
    inner = type(app)(tmp_path / "b").build(steps=("generate",))

    assert "generate t:a" in outcome.done
    assert set(inner.done) | {"generate t:b"} == {"generate t:b"}
