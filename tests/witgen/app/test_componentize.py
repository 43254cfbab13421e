"""The driver of componentize-py, without building: names, keys and refusals."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from witgen.app import componentize as driver
from witgen.app.componentize import Source, ToolMissingError, componentize, key
from witgen.diagnostics import Diagnostic, WitError

WIT = b"package a:b;\nworld my-world { export f: func() -> u32; }\n"
SOURCE = Source({"b.wit": WIT}, "my-world", {"app.py": b"class WitWorld: ...\n"}, "app")


@pytest.mark.parametrize("name", ["my_world", "wit_world", "componentize_py_types"])
def test_a_module_that_hides_the_bindings_is_refused(name: str, tmp_path: Path) -> None:
    source = replace(SOURCE, python={"app.py": b"", f"{name}.py": b""})

    with pytest.raises(WitError) as caught:
        componentize(source, cache=tmp_path)

    assert [d.code for d in caught.value.diagnostics] == ["APP4101"]
    assert f"`{name}`" in caught.value.diagnostics[0].message


def test_a_missing_app_module_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(WitError, match=r"no module `main`; found `app`"):
        componentize(replace(SOURCE, app="main"), cache=tmp_path)


def test_a_missing_tool_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "find_spec", lambda _: None)

    with pytest.raises(ToolMissingError, match="pip install componentize-py"):
        componentize(SOURCE, cache=tmp_path)


def test_what_the_tool_refuses_becomes_a_diagnostic(tmp_path: Path) -> None:
    broken = replace(SOURCE, wit={"b.wit": b"package a:b;\nworld my-world { export f: nonsense; }"})

    with pytest.raises(WitError) as caught:
        componentize(broken, cache=tmp_path)

    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "APP4103"
    assert any("nonsense" in line for line in diagnostic.help)
    assert list(tmp_path.rglob("*.wasm")) == []


@pytest.mark.parametrize(
    "other",
    [
        replace(SOURCE, world="other"),
        replace(SOURCE, isolated=True),
        replace(SOURCE, destructors=True),
        replace(SOURCE, app="other"),
        replace(SOURCE, wit={"c.wit": WIT}),
        replace(SOURCE, wit={"b.wit": WIT + b"\n"}),
        replace(SOURCE, python={"app.py": b""}),
        replace(SOURCE, wit={}, python={"b.wit": WIT, **SOURCE.python}),
    ],
)
def test_every_input_decides_the_key(other: Source) -> None:
    assert key(other) != key(SOURCE)


def test_a_cached_component_is_not_built_again(tmp_path: Path) -> None:
    stored = tmp_path / "components" / f"{key(SOURCE)}.wasm"
    stored.parent.mkdir()
    stored.write_bytes(b"\0asm built before")
    os.utime(stored, (1, 1))

    build = componentize(SOURCE, cache=tmp_path)

    assert (build.data, build.cached) == (b"\0asm built before", True)
    assert stored.stat().st_mtime > 1, "it was used"


class TestStoring:
    """With a tool that answers at once."""

    @pytest.fixture(autouse=True)
    def tool(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("witgen.app.componentize._run", lambda *_: b"\0asm new")

    @pytest.mark.parametrize("content", [b"", b"\0\0\0\0\0\0\0\0"])
    def test_a_damaged_entry_is_built_again(self, tmp_path: Path, content: bytes) -> None:
        stored = tmp_path / "components" / f"{key(SOURCE)}.wasm"
        stored.parent.mkdir()
        stored.write_bytes(content)

        build = componentize(SOURCE, cache=tmp_path)

        assert (build.data, build.cached) == (b"\0asm new", False)
        assert stored.read_bytes() == b"\0asm new"

    def test_a_cache_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "components").write_text("in the way")

        assert componentize(SOURCE, cache=tmp_path).data == b"\0asm new"

    def test_the_oldest_go_when_there_is_no_room(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WITGEN_CACHE_MB", "0")
        old = tmp_path / "components" / "old.wasm"
        old.parent.mkdir()
        old.write_bytes(b"\0asm old")
        os.utime(old, (1, 1))

        componentize(SOURCE, cache=tmp_path)

        assert [path.stem for path in old.parent.iterdir()] == [key(SOURCE)]


def check_field(diagnostic: Diagnostic) -> None:
    assert diagnostic.code == "APP4103"
    assert "a record has a field `mro` before others" in diagnostic.message
    assert diagnostic.help[0] == "rename the field, or put it last"


def test_a_field_that_every_python_class_has_is_named() -> None:
    said = "TypeError: non-default argument 'name' follows default argument 'mro'"

    check_field(driver.failure("my-world", f"Traceback (most recent call last):\n{said}"))


@pytest.mark.long
def test_componentize_py_says_so_of_a_field_that_every_python_class_has(tmp_path: Path) -> None:
    wit = b"package a:b; interface i { record r { mro: u8, name: string } f: func(r: r); }"
    broken = replace(SOURCE, wit={"b.wit": wit + b"world my-world { import i; }"})

    with pytest.raises(WitError) as caught:
        componentize(broken, cache=tmp_path)

    (diagnostic,) = caught.value.diagnostics
    check_field(diagnostic)
