"""The hooks: in a scratch repository, as pre-commit runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from application import App, application, wit

ROOT = Path(__file__).parents[3]


def git(folder: Path, *args: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> App:
    app = application(tmp_path / "repo", {"cart": [("wasm-rpc", "stock")], "stock": []})
    app.build(steps=("generate",))
    app.write(".gitignore", "golem-temp/\n")
    git(app.root, "init", "-q")
    git(app.root, "add", ".")
    git(app.root, "commit", "-q", "-m", "start")
    shutil.rmtree(app.root / "golem-temp")
    return app


def hooks(folder: Path) -> Path:
    """The hooks of this project as a repository whose environment is this one."""
    folder.mkdir()
    text = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    text = text.replace("language: python", "language: system")
    text = text.replace("entry: witgen", f"entry: {sys.executable} -m witgen")
    (folder / ".pre-commit-hooks.yaml").write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "hooks")
    return folder


def run(app: App, source: Path, hook: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(source), hook, "--all-files"]
    return subprocess.run(command, cwd=app.root, capture_output=True, text=True, check=False)


@pytest.mark.long
class TestTryRepo:
    def test_clean_passes(self, repository: App, tmp_path: Path) -> None:
        done = run(repository, hooks(tmp_path / "hooks"), "witgen-check")

        assert done.returncode == 0, done.stdout
        assert "Passed" in done.stdout

    def test_drift_fails_with_the_difference(self, repository: App, tmp_path: Path) -> None:
        repository.write("stock/wit/stock.wit", wit("stock", "f: func(); more: func();"))
        git(repository.root, "add", ".")

        done = run(repository, hooks(tmp_path / "hooks"), "witgen-check")

        assert done.returncode == 1
        assert "+    blocking-more: func();" in done.stdout
        assert not (repository.root / "golem-temp").exists()

    def test_generating_repairs_it(self, repository: App, tmp_path: Path) -> None:
        repository.write("stock/wit/stock.wit", wit("stock", "f: func(); more: func();"))
        git(repository.root, "add", ".")
        source = hooks(tmp_path / "hooks")

        first = run(repository, source, "witgen-generate")
        git(repository.root, "add", ".")
        second = run(repository, source, "witgen-generate")

        assert "files were modified by this hook" in first.stdout
        assert (first.returncode, second.returncode) == (1, 0)
        assert run(repository, source, "witgen-check").returncode == 0


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("a/wit/a.wit", True),
        ("golem.yaml", True),
        ("a/golem.yaml", True),
        ("pyproject.toml", True),
        ("notgolem.yaml", False),
        ("a/app.py", False),
    ],
)
def test_the_filter_of_files(path: str, matches: bool) -> None:
    import re

    import yaml

    listed = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

    *built, breaking = listed
    assert [hook["id"] for hook in built] == ["witgen-generate", "witgen-check"]
    assert (breaking["id"], breaking["pass_filenames"]) == ("witgen-breaking", False)
    assert bool(re.search(breaking["files"], path)) is path.endswith(".wit")
    for hook in built:
        assert bool(re.search(hook["files"], path)) is matches
        assert not hook["pass_filenames"]
