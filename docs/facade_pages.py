"""Shows mkdocstrings the functions of `witgen`, three of which have the names of rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import griffe


class Facade(griffe.Extension):
    """Adds `witgen/__init__.py` once more, as `witgen.facade`, where no room hides a function."""

    def on_package(self, *, pkg: griffe.Module, loader: Any, **kwargs: Any) -> None:
        """Called when a package was read whole."""
        if pkg.path == "witgen" and isinstance(pkg.filepath, Path):
            code = pkg.filepath.read_text("utf-8")
            google = griffe.Parser.google
            facade = griffe.visit("facade", pkg.filepath, code, parent=pkg, docstring_parser=google)
            pkg.set_member("facade", facade)
