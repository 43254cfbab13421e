"""Parsing for the tests of the syntax."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from witgen.diagnostics import Diagnostic
from witgen.syntax import ast
from witgen.syntax.parser import parse
from witgen.syntax.report import Reporter

Parse = Callable[[str], tuple[ast.Document, tuple[Diagnostic, ...]]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another run left in the user's cache."""
    folder = tmp_path_factory.getbasetemp() / "witgen-cache"
    monkeypatch.setenv("WITGEN_CACHE_DIR", str(folder))


@pytest.fixture
def parsed() -> Parse:
    """A text → its tree and what was said about it."""

    def run(text: str) -> tuple[ast.Document, tuple[Diagnostic, ...]]:
        report = Reporter()
        document = parse(text, "x.wit", report)
        return document, report.sink.errors

    return run
