"""`[tool.witgen]` of pyproject.toml: the manifest, and the defaults of generating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from witgen.diagnostics import Diagnostic, Place, Sink, WitError, did_you_mean

NAME = "pyproject.toml"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "types": ("auto", "use", "inline"),
    "golem-rpc": ("0.2.0", "0.2.1", "0.2.2"),
    "backend": ("python", "native"),
}
_KEYS = ("manifest", *_CHOICES, "skip-unsupported")


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults of generating.

    Attributes:
        types: Where to declare the types of clients.
        golem_rpc: The version of golem:rpc that clients speak.
        backend: How to build the clients of static dependencies; empty for what an earlier build
            was given, else with componentize-py.
        skip_unsupported: Whether to leave out, with a warning, what cannot be sent.
        manifest: The first manifest, if given.
    """

    types: str = "auto"
    golem_rpc: str = "0.2.0"
    backend: str = ""
    skip_unsupported: bool = False
    manifest: Path | None = None

    def client(self) -> list[object]:
        """The settings that affect generated clients, as plain values."""
        return [self.types, self.golem_rpc, self.skip_unsupported]


def read(folder: Path) -> Settings:
    """The settings in a folder's pyproject.toml; the defaults if there are none.

    Raises:
        WitError: The file is not TOML or has unknown settings; with all errors found.
    """
    path = folder / NAME
    try:
        data = path.read_bytes()
    except OSError:
        return Settings()
    if b"witgen" not in data:
        return Settings()
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        message = f"`{NAME}` is not valid TOML: {error}"
        raise WitError([Diagnostic("APP4202", message, Place(str(path)))]) from None
    tool = document.get("tool")
    table = tool.get("witgen", {}) if isinstance(tool, dict) else {}
    return _settings(table, path, data.decode("utf-8"))


def _settings(table: Any, path: Path, text: str) -> Settings:
    sink = Sink()
    found: dict[str, Any] = {}
    if not isinstance(table, dict):
        raise WitError([Diagnostic("APP4204", "`[tool.witgen]` must be a table", Place(str(path)))])
    for key, value in table.items():
        place = _place(path, text, key)
        if key not in _KEYS:
            hints = did_you_mean(key, _KEYS) or (f"known keys: {', '.join(_KEYS)}",)
            message = f"`[tool.witgen]` has no key `{key}`"
            sink.add(Diagnostic("APP4203", message, place, help=hints))
        elif key == "skip-unsupported" and isinstance(value, bool):
            found["skip_unsupported"] = value
        elif key == "manifest" and isinstance(value, str) and value:
            found["manifest"] = path.parent / value
        elif key in _CHOICES and value in _CHOICES[key]:
            found[key.replace("-", "_")] = value
        else:
            listed = _CHOICES.get(
                key, ("true or false",) if key == "skip-unsupported" else ("a path",)
            )
            message = f"`{key}` cannot be `{value}`"
            sink.add(
                Diagnostic("APP4204", message, place, help=(f"expected: {', '.join(listed)}",))
            )
    if sink.errors:
        raise WitError(sink.errors)
    return Settings(**found)


def _place(path: Path, text: str, key: str) -> Place:
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(key):
            column = len(line) - len(line.lstrip()) + 1
            return Place(str(path), number, column, len(key), line)
    return Place(str(path))
