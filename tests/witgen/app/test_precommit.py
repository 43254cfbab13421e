"""The hooks: in a scratch repository, as pre-commit runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
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

    def test_a_deleted_interface_breaks(self, repository: App, tmp_path: Path) -> None:
        repository.write("wit/a.wit", "package a:b@1.0.0; interface i {}")
        repository.write("wit/b.wit", "interface j {}")
        git(repository.root, "add", ".")
        git(repository.root, "commit", "-q", "-m", "wit")
        git(repository.root, "rm", "-q", "wit/b.wit")
        source = hooks(tmp_path / "hooks")
        config = f"repos: [{{repo: {source}, rev: HEAD, hooks: [{{id: witgen-breaking}}]}}]"
        repository.write(".pre-commit-config.yaml", config)
        git(repository.root, "add", ".")

        command = [sys.executable, "-m", "pre_commit", "run", "witgen-breaking"]
        done = subprocess.run(
            command, cwd=repository.root, capture_output=True, text=True, check=False
        )

        assert done.returncode == 1
        assert "the interface `j` was removed" in done.stdout

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


def test_hooks_run_for_files_that_are_deleted() -> None:
    listed = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

    assert [hook["id"] for hook in listed] == ["witgen-generate", "witgen-check", "witgen-breaking"]
    for hook in listed:
        assert hook["always_run"]
        assert not hook["pass_filenames"]
        assert "files" not in hook  # which pre-commit then ignores
