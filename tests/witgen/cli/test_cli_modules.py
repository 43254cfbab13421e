"""What the Python package of a component is called."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

import witgen
from tests.witgen.cli.conftest import Cli, Done
from witgen.load import load_texts

COMPONENT = '(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))'
COMPONENT += '(func $f (canon lift (core func $i "f"))) EXPORT)'
IN_PACKAGE = '(instance $x (export "f" (func $f))) (export "acme:desk/api@1.0.0" (instance $x))'


class TestModule:
    """Each component's world is called `root`, so its module is called after something else."""

    def generate(self, cli: Cli, folder: Path, export: str, *options: str) -> Done:
        data = wasmtime.wat2wasm(COMPONENT.replace("EXPORT", export))
        (folder / "my-file.wasm").write_bytes(bytes(data))
        file, out = folder / "my-file.wasm", folder / "out"
        return cli("generate", file, "--emit", "host", "-o", out, *options)

    @pytest.mark.parametrize(
        ("export", "options", "package", "name"),
        [
            (IN_PACKAGE, (), "desk_client", "Desk"),
            ('(export "run" (func $f))', (), "my_file_client", "Root"),
            (IN_PACKAGE, ("--module", "mine"), "mine", "Desk"),
            ('(export "run" (func $f))', ("--module", "mine"), "mine", "Root"),
        ],
    )
    def test_its_name(
        self,
        cli: Cli,
        tmp_path: Path,
        export: str,
        options: tuple[str, ...],
        package: str,
        name: str,
    ) -> None:
        done = self.generate(cli, tmp_path, export, *options)
        assert done.status == 0, done.err
        (made,) = (tmp_path / "out" / "host").iterdir()

        assert made.name == package
        assert f"class {name}:" in (made / "world.py").read_text("utf-8")

    @pytest.mark.parametrize("name", ["a-b", "", "class", "1a", "a.b", "a/b"])
    def test_a_name_that_python_has_not(self, cli: Cli, tmp_path: Path, name: str) -> None:
        done = self.generate(cli, tmp_path, IN_PACKAGE, "--module", name)

        assert done.status == 2
        assert "--module" in done.err
        assert not (tmp_path / "out").exists()

    def test_from_python(self) -> None:
        resolve = load_texts({"a.wit": "package a:b; world w { export f: func(); }"})

        assert "host/mine/world.py" in witgen.bindings(resolve, module="mine")
