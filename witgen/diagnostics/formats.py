"""Diagnostics for machines: JSON, SARIF 2.1.0 and GitHub workflow commands.

Non-empty output ends with a newline, and equal diagnostics give equal output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from witgen.diagnostics.model import Diagnostic, Label, Place, Severity

JSON_VERSION = 1
"""The version of the JSON format; it grows when a key changes its meaning."""


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """`{"version": 1, "diagnostics": […]}`, one object per diagnostic."""
    document = {"version": JSON_VERSION, "diagnostics": [_diagnostic(d) for d in diagnostics]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "place": _place(diagnostic.place) if diagnostic.place else None,
        "label": diagnostic.label,
        "labels": [{"place": _place(x.place), "message": x.message} for x in diagnostic.labels],
        "help": list(diagnostic.help),
    }


def _place(place: Place) -> dict[str, Any]:
    if place.line:
        return {
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "length": place.length,
        }
    return {"file": place.file} | ({} if place.offset is None else {"offset": place.offset})


def render_sarif(diagnostics: Iterable[Diagnostic], *, version: str) -> str:
    """A SARIF log of one run, for code scanning.

    Args:
        diagnostics: The findings.
        version: The version of the tool.
    """
    findings = list(diagnostics)
    codes = sorted({d.code for d in findings})
    driver = {"name": "witgen", "version": version, "rules": [{"id": code} for code in codes]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(d) for d in findings],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(diagnostic: Diagnostic) -> dict[str, Any]:
    text = "\n".join([diagnostic.message, *(f"help: {line}" for line in diagnostic.help)])
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity.value,
        "message": {"text": text},
    }
    if diagnostic.place:
        result["locations"] = [_location(Label(diagnostic.place, diagnostic.label))]
    if diagnostic.labels:
        result["relatedLocations"] = [_location(label) for label in diagnostic.labels]
    return result


def _location(label: Label) -> dict[str, Any]:
    place = label.place
    physical: dict[str, Any] = {"artifactLocation": {"uri": place.file.replace("\\", "/")}}
    if place.line:
        physical["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endColumn": place.column + place.length,
        }
    elif place.offset is not None:
        physical["region"] = {"byteOffset": place.offset}
    message = {"message": {"text": label.message}} if label.message else {}
    return {"physicalLocation": physical} | message


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    return "".join(_command(d) + "\n" for d in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"title": diagnostic.code}
    place = diagnostic.place
    if place:
        properties |= {"file": place.file}
        if place.line:
            properties |= {
                "line": str(place.line),
                "col": str(place.column),
                "endColumn": str(place.column + place.length),
            }
    text = "\n".join([diagnostic.message, *(f"help: {line}" for line in diagnostic.help)])
    kind = "error" if diagnostic.severity is Severity.ERROR else "warning"
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind} {listed}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
