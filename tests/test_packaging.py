"""What is made when the project is built."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from witgen.emit.pycode import environment
from witgen.syntax import parser_table

ROOT = Path(__file__).parents[1]


class Interface:
    """What hatchling gives a hook: the folder of the project."""

    def __class_getitem__(cls, item: object) -> type[Interface]:
        return cls

    def __init__(self, root: Path) -> None:
        self.root = str(root)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The hook, in a project that has nothing."""
    name = ""
    for part in ["hatchling", "builders", "hooks", "plugin", "interface"]:
        name = f"{name}.{part}".lstrip(".")
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules[name], "BuildHookInterface", Interface, raising=False)
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FirstRunHook(tmp_path)


@pytest.mark.parametrize("version", ["standard", "editable"])
def test_tables_and_templates_are_built(hook: Any, tmp_path: Path, version: str) -> None:
    data: dict[str, Any] = {"force_include": {}}
    path = list(sys.path)

    hook.initialize(version, data)

    tables = sorted((tmp_path / "grammar").iterdir())
    assert [file.name for file in tables] == ["wac.tables.json", "wit.tables.json"]
    assert all(len(json.loads(file.read_bytes())) == 2 for file in tables)
    templates = sorted((tmp_path / "witgen/emit/pycode/compiled").iterdir())
    assert {file.name: file.read_bytes() for file in templates} == environment.compiled()
    # An editable installation reads them where they were written.
    wheel = {str(file): f"witgen/grammar/{file.name}" for file in tables}
    wheel |= {str(file): f"witgen/emit/pycode/compiled/{file.name}" for file in templates}
    assert data["force_include"] == (wheel if version == "standard" else {})
    assert sys.path == path


def test_each_grammar_of_the_parser_has_a_table() -> None:
    imported = {"wave"}  # runtime_shim's, which lark itself reads
    grammars = {file.stem for file in (ROOT / "grammar").glob("*.lark")} - imported

    assert set(parser_table.GRAMMARS) == grammars


def test_the_readme_reads_well_where_the_package_is_shown() -> None:
    """Its links are absolute, and what they name in the repository exists, headings included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    repository = project["urls"]["Repository"]
    raw = repository.replace("//github.com/", "//raw.githubusercontent.com/") + "/main/"
    text = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    own = [link for link in links if "witgen/witgen" in link]

    assert len(own) > 10
    assert all(link.startswith("https://") for link in links)
    for link in [*own, *project["urls"].values()]:
        path = link.removeprefix(f"{repository}/blob/main/").removeprefix(raw).partition("?")[0]
        file, _, heading = path.partition("#")
        if link in {repository, f"{repository}/issues"}:
            continue
        assert (ROOT / file).is_file(), link
        heads = re.findall(r"^#+ (.*)$", (ROOT / file).read_text("utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not heading or heading in slugs, link
