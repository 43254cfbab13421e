"""What is generated is accepted by the tools that it is for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import black
import pytest
from golden_cases import CASES, golden_client
from oracle import binary, document, write_tree

from runtime_shim.link import load_link
from witgen.client import client
from witgen.client.package import caller_files, component_files
from witgen.diagnostics import WitError
from witgen.emit import TARGETS, generate
from witgen.load import load, load_texts
from witgen.resolve.document import to_dict

needs_oracle = pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")


@needs_oracle
@pytest.mark.parametrize("name", CASES)
def test_the_reference_accepts_both_wit_trees(name: str, tmp_path: Path) -> None:
    made = golden_client(name)
    callers = document(write_tree(tmp_path / "a", caller_files(made)))
    components = document(write_tree(tmp_path / "b", component_files(made)))

    (world,) = callers["packages"][-1]["worlds"]
    assert world == f"wasm-rpc-client-{made.target_world}"
    assert sorted(components["packages"][-1]["worlds"]) == sorted([world, made.component_world])


@pytest.mark.parametrize("name", CASES)
def test_the_callers_world_has_exports_only(name: str) -> None:
    text = caller_files(golden_client(name))["client.wit"].decode()

    assert "\n  import " not in text
    assert "golem:api" not in text


@pytest.mark.parametrize("name", CASES)
def test_the_client_holds_what_its_text_says(name: str, tmp_path: Path) -> None:
    made = golden_client(name)
    loaded = load(write_tree(tmp_path, component_files(made)))
    (ours,) = [w for w in made.resolve.worlds if w.name == made.component_world]
    (theirs,) = [w for w in loaded.worlds if w.name == made.component_world]

    def names(resolve: object, keys: object) -> set[str]:
        return {str(resolve.interface_id(key)) for key in keys}  # type: ignore[attr-defined]

    assert names(made.resolve, ours.imports) == names(loaded, theirs.imports)
    assert names(made.resolve, ours.exports) == names(loaded, theirs.exports)


# Cases that differ most; the others, where a case takes seconds, are for the long runs.
_DIFFERENT = ("auction", "clashes", "extras", "python-names")
_SLOW = [pytest.param(c, marks=() if c in _DIFFERENT else pytest.mark.long) for c in CASES]


@pytest.mark.parametrize("name", _SLOW)
def test_black_leaves_the_python_alone(name: str) -> None:
    for path, data in generate(golden_client(name), emit=("host", "python")).items():
        if path.endswith(".py") and data:
            assert data.decode() == black.format_str(data.decode(), mode=black.Mode())


@pytest.mark.parametrize("name", CASES)
def test_the_stub_is_the_link_of_the_client(name: str, tmp_path: Path) -> None:
    made = golden_client(name)
    write_tree(tmp_path, generate(made, emit=("host",)))
    link = load_link(tmp_path / "host")

    assert link.interface == made.interface_name
    assert link.component == made.component
    assert link.durable is made.durable
    assert link.futures == tuple(future.name for future in made.futures)
    members = {m.name: m.function for r in link.resources for m in r.members}
    assert members == {
        m.function.name: m.remote.invocation for r in made.resources for m in r.members
    }


@pytest.mark.parametrize("name", CASES)
def test_the_bindings_of_the_component_are_valid_python(name: str, tmp_path: Path) -> None:
    made = golden_client(name)
    write_tree(tmp_path, generate(made, emit=("python",)))
    bind(tmp_path, made.component_world)

    found = sorted((tmp_path / "bindings" / "wit_world").rglob("*.py"))
    assert found
    for path in found:
        ast.parse(path.read_text("utf-8"))  # a warning of an escape is an error in tests


def bind(folder: Path, world: str) -> None:
    """Let componentize-py write its bindings, all gates open as in a build."""
    start = "import sys; from componentize_py import script; sys.exit(script())"
    command = [sys.executable, "-c", start, "-q", "-d", "python/wit", "-w", world]
    command.append("--all-features")
    subprocess.run([*command, "bindings", "bindings"], cwd=folder, check=True)


@pytest.mark.parametrize("name", _SLOW)
def test_mypy_is_content(name: str, tmp_path: Path, mypy_cache: str) -> None:
    """componentize-py's bindings, then mypy as a user runs it."""
    made = golden_client(name)
    write_tree(tmp_path, generate(made, emit=("python",)))
    bind(tmp_path, made.component_world)
    sources = sorted(path.name for path in (tmp_path / "python").glob("*.py"))
    options = ["--strict", "--python-version", "3.12", "--follow-imports", "silent"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "", *options, *sources],
        cwd=tmp_path / "python",
        env={
            "MYPYPATH": str(tmp_path / "bindings"),
            "MYPY_CACHE_DIR": mypy_cache,
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_only_what_is_asked_for_is_emitted() -> None:
    made = golden_client("counters")

    assert {path.split("/")[0] for path in generate(made, emit=("host",))} == {"host"}
    assert {path.split("/")[0] for path in generate(made)} == set(TARGETS)
    assert generate(made, emit=()) == {}


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(WitError) as caught:
        generate(golden_client("counters"), emit=("wit", "pyton"))

    (found,) = caught.value.diagnostics
    assert found.code == "GEN2004"
    assert found.help[0] == "did you mean `python`?"


def test_a_client_of_a_client_is_made_as_well() -> None:
    # Its resources are exported, so it is a target like any other.
    made = golden_client("counters")
    again = load_texts(
        {
            path.removeprefix("wit/"): data.decode()
            for path, data in generate(made, emit=("wit",)).items()
        }
    )
    with pytest.raises(WitError) as caught:
        client(again, made.resolve.worlds[made.world].name)

    assert {d.code for d in caught.value.diagnostics} == {"GEN2101"}
    assert to_dict(again)["packages"]
