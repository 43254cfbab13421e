"""Components and the worlds that they are made for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from component_parts import TYPES, part, wasm_tools
from oracle import binary

from witgen.component.body import read_component
from witgen.compose.model import Semver
from witgen.compose.targets import off_target
from witgen.diagnostics import Diagnostic
from witgen.load import load_texts
from witgen.resolve.select import select_world

WIT = """\
package a:b@1.2.0;
interface types {
  record opts { ttl: u32, name: string }
  resource thing { constructor(o: opts); get: func() -> u32; }
}
interface api { use types.{opts, thing}; run: func(t: borrow<thing>, opts: opts) -> result<u32>; }
interface log { write: func(text: string); }
world full { import types; import log; export api; export go: func() -> u32; import add: func(x: u32) -> u32; }
world small { import types; export api; }
world empty {}
world more { import types; import log; export api; export log; export go: func() -> u32; import add: func(x: u32) -> u32; }
"""


def dummy(text: str, world: str, folder: Path) -> bytes:
    """A component of a world, with bodies that trap."""
    (folder / "all.wit").write_text(text)
    module = wasm_tools("component", "embed", "--dummy", "--world", world, str(folder / "all.wit"))
    return wasm_tools("component", "new", data=module)


def found(
    component: bytes, text: str, world: str, semver: Semver = "compatible"
) -> list[Diagnostic]:
    resolve = load_texts({"all.wit": text})
    type = read_component(component).type
    return off_target(type, resolve, select_world(resolve, world), name="c.wasm", semver=semver)


def oracle_takes(component: bytes, text: str, world: str, folder: Path) -> bool:
    (folder / "world.wit").write_text(text)
    (folder / "c.wasm").write_bytes(component)
    done = subprocess.run(
        [binary() or "", "component", "targets", "world.wit", "c.wasm", "--world", world],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


WORLDS = ("full", "small", "empty", "more")


@pytest.mark.parametrize("built", WORLDS)
@pytest.mark.parametrize("target", WORLDS)
def test_the_verdict_is_that_of_the_reference(built: str, target: str, tmp_path: Path) -> None:
    component = dummy(WIT, built, tmp_path)

    problems = found(component, WIT, target)

    assert (problems == []) is oracle_takes(component, WIT, target, tmp_path)
    assert all(d.code == "CMP3022" and d.file == "c.wasm" for d in problems)
    if built == target:
        assert problems == []


def test_a_smaller_component_fits_a_larger_world(tmp_path: Path) -> None:
    assert found(dummy(WIT, "small", tmp_path), WIT, "full") != []
    assert (
        found(dummy(WIT, "full", tmp_path), WIT.replace("export go: func() -> u32;", ""), "full")
        == []
    )
    larger = WIT.replace("interface log {", "interface log { flush: func();")
    assert found(dummy(WIT, "full", tmp_path), larger, "full") == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("ttl: u32", "ttl: option<u32>"),
            (
                "import `a:b/types@1.2.0` of `c.wasm` does not fit what the world `full` offers: "
                'func [constructor]thing, param 1 "o", field "ttl": expected u32, found option<u32>'
            ),
        ),
        (
            ("write: func(text: string)", "write: func(text: list<u8>)"),
            (
                "import `a:b/log@1.2.0` of `c.wasm` does not fit what the world `full` offers: "
                'func write, param 1 "text": expected string, found list<u8>'
            ),
        ),
        (
            ("-> result<u32>", "-> result<u64>"),
            (
                "export `a:b/api@1.2.0` of `c.wasm` does not fit what the world `full` demands: "
                "func run, result, ok: expected u64, found u32"
            ),
        ),
        (
            ("add: func(x: u32) -> u32", "add: func(x: u32, y: u32) -> u32"),
            "import `add` of `c.wasm` does not fit the world `full`: expected 1 parameter, found 2",
        ),
        (
            ("import log;", ""),
            "import `a:b/log@1.2.0` of `c.wasm` is not offered by the world `full`",
        ),
        (
            ("export go: func() -> u32;", "export gone: func();"),
            "export `gone`, which the world `full` requires, is missing in `c.wasm`",
        ),
        (
            ("get: func() -> u32;", ""),
            (
                "import `a:b/types@1.2.0` of `c.wasm` does not fit what the world `full` offers: "
                "func [method]thing.get: it is missing"
            ),
        ),
        (
            ("export go: func() -> u32;", "export go: async func() -> u32;"),
            (
                "export `go` of `c.wasm` does not fit the world `full`: "
                "expected an async function, found a function that is not async"
            ),
        ),
    ],
)
def test_the_place_where_it_does_not_fit_is_told(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    component = dummy(WIT, "full", tmp_path)
    other = WIT.replace(*change)
    assert other != WIT

    problems = found(component, other, "full")

    assert message in [d.message for d in problems]
    assert not oracle_takes(component, other, "full", tmp_path)


def test_versions_of_one_track_fit_unless_names_are_exact(tmp_path: Path) -> None:
    component = dummy(WIT, "full", tmp_path)
    newer = WIT.replace("a:b@1.2.0", "a:b@1.3.0")

    assert found(component, newer, "full") == []
    exact = found(component, newer, "full", "exact")
    assert [d.message for d in exact] == [
        "import `a:b/types@1.2.0` of `c.wasm` is not offered by the world `full`",
        "import `a:b/log@1.2.0` of `c.wasm` is not offered by the world `full`",
        "export `a:b/api@1.3.0`, which the world `full` requires, is missing in `c.wasm`",
    ]
    assert exact[1].help == ("did you mean `a:b/log@1.3.0`?",)
    assert found(component, WIT.replace("a:b@1.2.0", "a:b@2.0.0"), "full") != []


def test_nearly_right_names_get_a_hint(tmp_path: Path) -> None:
    component = dummy(WIT, "full", tmp_path)

    (problem,) = found(component, WIT.replace("export go:", "export goo:"), "full")

    assert problem.help == ("did you mean `go`?",)


def test_a_resource_comes_from_where_the_world_says() -> None:
    text = """package a:b@1.2.0;
    interface types { record pair { x: u32, y: u32 }
      resource thing { constructor(start: pair); get: func() -> u32; } }
    interface others { resource thing {} }
    world w { import types; import others; import NAME }
    """
    good = text.replace("NAME", "used: interface { use types.{thing}; f: func(x: thing); }")

    plain = part(f"""{TYPES.replace("1.0.0", "1.2.0")}
     (import "used" (instance (alias outer 1 $thing (type $o)) (export "thing" (type $e (eq $o)))
       (export "f" (func (param "x" (own $e))))))""")
    assert found(plain, good, "w") == []
    first, *_ = found(plain, good.replace("use types", "use others"), "w")
    assert "expected the resource `thing` of the import `a:b/types@1.2.0`" in first.message
    assert "found the resource `thing` of the import `a:b/others@1.2.0`" in first.message


def test_imports_of_types_only_need_nobody_who_offers_them() -> None:
    component = part(
        '(import "x:y/t" (instance (type $r (record (field "x" u8))) (export "r" (type (eq $r)))))'
    )

    assert found(component, WIT, "empty") == []
