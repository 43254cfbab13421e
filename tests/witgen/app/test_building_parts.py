"""Parts of a build: shared WIT, composition, names in components, interruption, two builds at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from application import WITGEN, App, application, wit
from component_parts import adder, caller, check_valid, run

from witgen.app.finish import named
from witgen.diagnostics import WitError

SHARED = "package shared:types;\ninterface points { record point { x: s32 } }\n"
USING = """\
package t:stock;
interface api { use shared:types/points.{point}; at: func() -> point; }
world stock { export api; }
"""


def declare(app: App, **keys: Any) -> None:
    document = json.loads((app.root / "golem.yaml").read_text())
    app.write("golem.yaml", json.dumps(document | keys))


class TestSharedWit:
    @pytest.fixture
    def app(self, tmp_path: Path) -> App:
        app = application(tmp_path, {"cart": [("wasm-rpc", "stock")], "stock": []})
        app.write("stock/wit/stock.wit", USING)
        app.write("shared/types/points.wit", SHARED)
        app.write("shared/other/other.wit", "package shared:other; interface unused {}")
        declare(app, witDeps=["shared"])
        return app

    def test_what_is_needed_is_taken(self, app: App) -> None:
        assert app.build().diagnostics == []

        deps = app.root / "stock/wit-generated/deps"
        assert [p.relative_to(deps).as_posix() for p in deps.rglob("*.wit")] == ["types/points.wit"]
        client = app.root / "cart/wit-generated/deps"
        assert {p.name for p in client.iterdir()} >= {"t-stock-client", "shared-types"}

    def test_a_change_reaches_who_uses_it(self, app: App) -> None:
        app.build()
        app.write("shared/types/points.wit", SHARED.replace("x: s32", "x: s32, y: s32"))

        outcome = app.build()

        assert {"build t:cart 1", "build t:stock 1"} <= set(outcome.done)

    def test_a_change_of_what_nobody_uses_builds_nothing(self, app: App) -> None:
        app.build()
        app.write("shared/other/other.wit", "package shared:other; interface still-unused {}")

        assert not [name for name in app.build().done if name.startswith("build ")]

    def test_own_deps_go_before(self, app: App) -> None:
        own = SHARED.replace("x: s32", "mine: s32")
        app.write("stock/wit/deps/types/points.wit", own)
        app.build()

        assert (app.root / "stock/wit-generated/deps/types/points.wit").read_text() == own

    def test_a_folder_that_is_not_there(self, app: App) -> None:
        declare(app, witDeps=["shard"])

        found, *_ = app.build().diagnostics

        assert found.code == "APP4304"
        assert "shard" in found.message


class TestComposition:
    @pytest.fixture
    def app(self, tmp_path: Path) -> App:
        app = App(tmp_path)
        app.write("calc.wasm", adder("t:calc/api", 5))
        app.write("caller.wasm", caller("t:calc/api"))
        app.write("calc.wit", wit("calc", "add: func(x: u32) -> u32;"))
        app.write("caller.wit", "package t:caller; world caller { import c: func(); }")
        names = ("calc", "caller")
        components = {
            f"t:{n}": {"sourceWit": f"{n}.wit", "componentWasm": f"{n}.wasm"} for n in names
        }
        needs = {"t:caller": [{"type": "wasm", "target": "t:calc"}]}
        app.write("golem.yaml", json.dumps({"components": components, "dependencies": needs}))
        return app

    def test_a_component_is_composed_in(self, app: App) -> None:
        assert app.build().diagnostics == []

        linked = (app.root / "golem-temp/linked-wasm/t_caller.wasm").read_bytes()
        assert run(linked) == 6

    def test_a_new_plug_composes_again(self, app: App) -> None:
        app.build()
        app.write("calc.wasm", adder("t:calc/api", 7))

        assert set(app.build().done) == {"compose t:caller", "metadata t:caller", "metadata t:calc"}
        assert run((app.root / "golem-temp/linked-wasm/t_caller.wasm").read_bytes()) == 8

    def test_a_path_from_elsewhere(self, app: App) -> None:
        app.write("lib/calc.wasm", adder("t:calc/api", 1))
        needs = {"t:caller": [{"type": "wasm", "path": "lib/calc.wasm"}]}
        declare(app, dependencies=needs)

        assert app.build().diagnostics == []
        assert run((app.root / "golem-temp/linked-wasm/t_caller.wasm").read_bytes()) == 2

    def test_a_plug_of_another_type_is_refused(self, app: App) -> None:
        app.write("calc.wasm", adder("t:calc/api", 5).replace(b"\x01x\x79", b"\x01x\x77"))

        assert next(d.code for d in app.build().diagnostics).startswith("CMP")


class TestNames:
    def test_a_component_says_its_name_once(self) -> None:
        data = adder("t:calc/api", 5)

        first = b"".join(named(data, "t:calc@1.2.3", "x"))
        second = b"".join(named(first, "t:calc@1.2.4", "x"))

        assert first.count(b"component-name") == 1
        assert b"\0\x07\x06t:calc" in first
        # The names of its parts stay.
        assert data[data.index(b"component-name") + 14 :] in first
        assert second == first.replace(b"version1.2.3", b"version1.2.4")
        check_valid(first)

    @pytest.mark.parametrize(
        "data", [b"", b"\0asm", b"\0asm\1\0\0\0", b"\0asm\x0d\0\1\0\0\xff", b"text" * 9]
    )
    def test_what_is_no_component(self, data: bytes) -> None:
        with pytest.raises(WitError) as caught:
            named(data, "t:calc", "x.wasm")

        assert caught.value.diagnostics[0].code == "APP4302"


class TestProcesses:
    def start(self, app: App) -> subprocess.Popen[str]:
        app.write("tool.py", "import pathlib, time; pathlib.Path('began').touch(); time.sleep(60)")
        process = subprocess.Popen(
            [*WITGEN, "build"], cwd=app.root, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 30
        while not (app.root / "a/began").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return process

    def test_an_interruption_ends_what_runs(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": []})
        tool = (tmp_path / "tool.py").read_text()
        begin = time.monotonic()
        process = self.start(app)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)

        assert process.returncode == 130
        assert "interrupted" in said
        assert time.monotonic() - begin < 40
        app.write("tool.py", tool)
        assert "build t:a 1" in app.build().done

    def test_two_builds_at_once(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": []})
        process = self.start(app)
        try:
            with pytest.raises(WitError) as caught:
                app.build()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)

        assert caught.value.diagnostics[0].code == "APP4308"

    def test_a_kill_leaves_nothing_that_is_taken_for_done(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": []})
        app.build()
        tool = (tmp_path / "tool.py").read_text()
        app.write("a/src/code.txt", "changed")
        process = self.start(app)
        process.kill()
        process.communicate()
        app.write("tool.py", tool)
        # The sources are as in the first build, whose command was begun again since.
        app.write("a/src/code.txt", "the code of a")

        assert "build t:a 1" in app.build().done


def test_the_environment_of_commands_has_this_pythons_tools(tmp_path: Path) -> None:
    app = application(tmp_path, {"a": []})
    app.write("tool.py", "import os, sys; sys.exit(os.environ['PATH'])")

    (found,) = app.build().diagnostics

    assert str(Path(sys.executable).parent) in " ".join(found.help).split(os.pathsep)
