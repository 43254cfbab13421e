"""What users read and what witgen writes for them imports the host's face, `typed` and `link` only."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import runtime_shim
from runtime_shim import errors, interface
from runtime_shim.link import load_link

ROOT = Path(__file__).parent.parent
FACE = ("runtime_shim", "runtime_shim.typed", "runtime_shim.link")
# The pytest plugin is a module of its own, since it needs pytest.
PUBLIC = {*FACE, "runtime_shim.testing"}
GENERATED = sorted(ROOT.glob("golden/**/host/**/*.py"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(path for path in ROOT.glob("docs/**/*.md") if "design" not in path.parts),
]
TEMPLATES = sorted(ROOT.glob("witgen/**/*.j2"))
EXAMPLES = sorted(ROOT.glob("examples/**/*.py"))
STUB = """\
from runtime_shim.link import ClientLink, made_for

made_for({number})

CLIENT = ClientLink("a:b-client/w-client", "a:b", True, (), ())
"""
# Says of each module in one line why it cannot be imported.
IMPORTER = """\
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        print(f"{name}: imported")
    except Exception as error:
        print(f"{name}: {' '.join(str(error).split())}")
"""


def relative(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules of the host that code imports; a name of the package that is a module, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            for alias in node.names:
                if node.module == "runtime_shim" and alias.name not in runtime_shim.__all__:
                    yield f"runtime_shim.{alias.name}"


def deeper(modules: Iterator[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "runtime_shim"} - PUBLIC


@pytest.mark.parametrize("name", relative([*GENERATED, *EXAMPLES]))
def test_code_imports_nothing_deeper(name: str) -> None:
    assert not deeper(imports(ast.parse((ROOT / name).read_text("utf-8"))))


@pytest.mark.parametrize("name", relative([*PAGES, *TEMPLATES]))
def test_pages_and_templates_name_nothing_deeper(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    # The reference is made from the modules; the headings that it shows are checked below.
    text = re.sub(r"^#+ .*$", "", text, flags=re.MULTILINE)
    for module, imported in re.findall(r"from (runtime_shim[\w.]*) import ([^\n]*)", text):
        assert module in PUBLIC, module
        if module == "runtime_shim":
            assert {*re.findall(r"\w+", imported)} <= {*runtime_shim.__all__}
    for dotted in re.findall(r"runtime_shim((?:\.[A-Za-z_]+)+)(?!/)", text):
        first = dotted.split(".")[1]
        known = first in runtime_shim.__all__ or f"runtime_shim.{first}" in PUBLIC
        assert known, f"runtime_shim{dotted}"


def test_the_reference_has_every_name_of_the_face() -> None:
    page = (ROOT / "docs/reference/python.md").read_text("utf-8")
    found = re.findall(r"^### runtime_shim\.(\w+)$", page, re.MULTILINE)

    assert {name for name in found if name[0].isupper()} == {*runtime_shim.__all__}


def test_what_is_generated_has_the_number_of_this_interface() -> None:
    template = (ROOT / "witgen/emit/host/templates/interface.j2").read_text("utf-8")
    modules = [path for path in GENERATED if "runtime_shim" in path.read_text("utf-8")]

    assert template == f"made_for({interface.INTERFACE})\n"
    assert modules
    for path in modules:
        assert template in path.read_text("utf-8").splitlines(keepends=True), path


class TestAnotherInterface:
    """Generated code that does not belong to this host."""

    AGAIN = r"generate it again with `witgen generate TARGET -o DIR`"

    @pytest.mark.parametrize("number", [interface.INTERFACE - 1, interface.INTERFACE + 1])
    def test_it_is_refused(self, tmp_path: Path, number: int) -> None:
        (tmp_path / "w_client").mkdir()
        (tmp_path / "w_client" / "__init__.py").write_text(STUB.format(number=number))

        with pytest.raises(errors.LinkError, match=f"for interface {number} of.*{self.AGAIN}"):
            load_link(tmp_path)

    def test_the_own_one_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "w_client").mkdir()
        text = STUB.format(number=interface.INTERFACE)
        (tmp_path / "w_client" / "__init__.py").write_text(text)

        assert load_link(tmp_path).component == "a:b"

    def test_a_generated_module_is_refused_by_its_import(self, tmp_path: Path) -> None:
        paths = [path for path in GENERATED if path.name != "__init__.py"]
        names = [f"copy{number}.{path.stem}" for number, path in enumerate(paths)]
        for path, name in zip(paths, names, strict=True):
            text = path.read_text("utf-8")
            changed = text.replace(f"made_for({interface.INTERFACE})", "made_for(0)")
            assert changed != text, path
            copy = tmp_path / name.split(".")[0]
            shutil.copytree(path.parent, copy)
            (copy / path.name).write_text(changed)
        done = subprocess.run(
            [sys.executable, "-c", IMPORTER, *names],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        told = dict(line.split(": ", 1) for line in done.stdout.splitlines())

        assert told.keys() == {*names}
        assert [name for name in names if not re.search(self.AGAIN, told[name])] == []

    @pytest.mark.parametrize("module", ["runtime_shim.typed", "runtime_shim.link"])
    def test_so_is_code_without_a_number_that_wants_what_is_gone(self, module: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", f"from {module} import Gone"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert f"{module} has no `Gone`" in done.stderr
        assert re.search(self.AGAIN, done.stderr)

    def test_so_is_a_stub_without_a_number_that_does_not_fit(self, tmp_path: Path) -> None:
        (tmp_path / "w_client").mkdir()
        text = STUB.replace("made_for({number})", "").replace('"a:b", ', "")
        (tmp_path / "w_client" / "__init__.py").write_text(text)

        with pytest.raises(errors.LinkError, match=f"TypeError.*{self.AGAIN}"):
            load_link(tmp_path)

    def test_code_of_before_the_number_still_works(self, tmp_path: Path) -> None:
        (tmp_path / "w_client").mkdir()
        text = STUB.replace("made_for({number})", "").replace(", made_for", "")
        (tmp_path / "w_client" / "__init__.py").write_text(text)

        assert load_link(tmp_path).durable
