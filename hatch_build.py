"""Builds the parse tables and compiles the templates, so that the first run after installing need not.

Tables are written beside the grammars, templates beside the module that reads them. A wheel takes them
along; an editable installation reads them in the checkout, until a grammar or a template changes: each
says of which it is.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FirstRunHook(BuildHookInterface[Any]):
    """Called by hatchling for wheels and editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files, and add them to what the wheel holds.

        Args:
            version: `standard` or `editable`.
            build_data: Told to hatchling: `force_include` maps a path to its place in the wheel.
        """
        sys.path.insert(0, self.root)
        try:
            from witgen.emit.pycode import environment
            from witgen.syntax import parser_table
        finally:
            sys.path.remove(self.root)
        tables = (
            (f"grammar/{parser_table.file_name(name)}", parser_table.packed(name))
            for name in parser_table.GRAMMARS
        )
        package = f"witgen/emit/pycode/{environment.COMPILED}"
        shutil.rmtree(Path(self.root, package), ignore_errors=True)
        templates = ((f"{package}/{name}", data) for name, data in environment.compiled().items())
        for name, data in (*tables, *templates):
            path = Path(self.root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if version == "standard":
                build_data["force_include"][str(path)] = f"witgen/{name.removeprefix('witgen/')}"
