"""The example of each code: an input that produces it, and the rendered diagnostics.

These are the files of `golden/diagnostics/`, which the tests compare and the wheel includes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from witgen.diagnostics.code import Code


@dataclass(frozen=True, slots=True)
class Example:
    """An input and its diagnostics.

    Attributes:
        files: Name → text, in order; empty if the example is a missing file.
        rendered: The diagnostics as text.
    """

    files: tuple[tuple[str, str], ...]
    rendered: str


def folder() -> Path:
    """The folder of the examples: in the installed package or in the checkout.

    Raises:
        FileNotFoundError: The installation is broken.
    """
    here = Path(__file__).resolve().parent
    for path in (here / "golden", here.parent.parent / "golden" / "diagnostics"):
        if path.is_dir():
            return path
    raise FileNotFoundError("the examples of diagnostics are missing from the installation")


def example(code: Code) -> Example | None:
    """The example of a code, or None."""
    stem = folder() / f"{code.code}-{code.slug}"
    rendered = stem.with_suffix(".txt")
    if not rendered.is_file():
        return None
    single = stem.with_suffix(".wit")
    paths = sorted(stem.iterdir()) if stem.is_dir() else [single] if single.is_file() else []
    return Example(
        tuple((path.name, path.read_text("utf-8", "replace")) for path in paths),
        rendered.read_text("utf-8"),
    )
