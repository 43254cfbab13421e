"""Builds the parse tables of the grammars, so that the first run after installing need not.

They are written beside the grammars. A wheel takes them along; an editable installation reads them in
the checkout, until a grammar changes: each table says of which grammar it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface[Any]):
    """Called by hatchling for wheels and editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the tables, and add them to what the wheel holds.

        Args:
            version: `standard` or `editable`.
            build_data: Told to hatchling: `force_include` maps a path to its place in the wheel.
        """
        sys.path.insert(0, self.root)
        try:
            from witgen.syntax import parser_table
        finally:
            sys.path.remove(self.root)
        folder = Path(self.root, "grammar")
        for grammar in parser_table.GRAMMARS:
            path = folder / parser_table.file_name(grammar)
            path.write_bytes(parser_table.packed(grammar))
            if version == "standard":
                build_data["force_include"][str(path)] = f"witgen/grammar/{path.name}"
