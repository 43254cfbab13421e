"""Updates of a host that serves as JSON: what is asked, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import PATIENCE, Update
from runtime_shim.update import Verdict
from witgen.app.serving import Refused, no_component

if TYPE_CHECKING:
    from runtime_shim.program.deployment import Deployment

MODES = ("all", "partial", "check")
_LONGEST = 3600.0  # seconds


def asked(given: Any, builds: Mapping[str, Deployment]) -> Update:
    """What a request asks for.

    Args:
        given: `{"components": {NAME: FILE or null}, "workers": [[COMPONENT, NAME]], "mode": …,
            "patience": SECONDS}`; each may be missing. A component without a file is read where
            `builds` has it, and without any component that holds for all.
        builds: How components are deployed again.

    Raises:
        Refused: It is not that, or names a component that is not served.
    """
    match given:
        case {**known} if known.keys() <= {"components", "workers", "mode", "patience"}:
            pass
        case _:
            raise _bad("a JSON object with `components`, `workers`, `mode` and `patience`")
    files = given.get("components", {})
    match files:
        case dict() if all(one is None or isinstance(one, str) for one in files.values()):
            files = files or dict.fromkeys(builds)
        case _:
            raise _bad("`components` as an object of files, or null for what is built")
    workers = given.get("workers", [])
    if not isinstance(workers, list) or not all(map(_is_worker, workers)):
        raise _bad("`workers` as an array of [component, name]")
    mode, patience = given.get("mode", "all"), given.get("patience", PATIENCE)
    if mode not in MODES:
        raise _bad(f"`mode` as one of {', '.join(MODES)}")
    if isinstance(patience, bool) or not isinstance(patience, int | float):
        raise _bad("`patience` in seconds")
    return Update(
        {name: _deployment(builds, name, file) for name, file in files.items()},
        frozenset(WorkerId(*one) for one in workers),
        check=mode == "check",
        partial=mode == "partial",
        patience=min(max(float(patience), 0.0), _LONGEST),
    )


def told(found: tuple[Verdict, ...]) -> dict[str, Any]:
    """What came of an update."""
    return {
        "workers": [
            {
                "component": one.worker.component,
                "name": one.worker.name,
                "calls": one.calls,
                "problem": one.problem,
            }
            for one in found
        ]
    }


def verdicts(given: Any) -> tuple[Verdict, ...]:
    """What `told` was given.

    Raises:
        ValueError: It is not that.
    """
    match given:
        case {"workers": list(told)}:
            return tuple(map(_verdict, told))
        case _:
            raise ValueError("not what came of an update")


def _verdict(given: Any) -> Verdict:
    match given:
        case {
            "component": str(component),
            "name": str(name),
            "calls": int(calls),
            "problem": None | str() as problem,
        }:
            return Verdict(WorkerId(component, name), calls, problem)
        case _:
            raise ValueError("not what came of a worker")


def _deployment(builds: Mapping[str, Deployment], name: str, file: str | None) -> Deployment:
    if name not in builds:
        raise no_component(name, builds)
    return builds[name] if file is None else replace(builds[name], component=Path(file))


def _is_worker(given: Any) -> bool:
    return isinstance(given, list) and [type(part) for part in given] == [str, str]


def _bad(wanted: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, f"an update takes {wanted}")
