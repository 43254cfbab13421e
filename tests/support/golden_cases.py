"""The cases of `golden/` that are trees of generated files.

What is a copy of witgen's own WIT in them is not stored but compared with that.

A case has the options of its client in `options.json`. With `of` among them its target is that of
another case; with `features`, these are switched on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from witgen.client import Client, GolemRpc, client, packages
from witgen.client.caller import add_client
from witgen.emit import generate
from witgen.load import load
from witgen.resolve import model as m
from witgen.resolve.printer import directory_name, to_wit
from witgen.value import replace

GOLDEN = Path(__file__).parents[2] / "golden"
# Trees of other tests.
_ELSEWHERE = {"broken", "diagnostics", "worlds", "callers-circle"}
CASES = sorted(p.name for p in GOLDEN.iterdir() if p.is_dir() and p.name not in _ELSEWHERE)


def golden_options(name: str) -> dict[str, Any]:
    """The options of a case."""
    written = GOLDEN / name / "options.json"
    found: dict[str, Any] = json.loads(written.read_text("utf-8")) if written.is_file() else {}
    return found


def golden_client(name: str) -> Client:
    """The client of a case, with the options that stand beside its input."""
    options = golden_options(name)
    target = GOLDEN / options.pop("of", name) / "input"
    return client(load(target, features=options.pop("features", ())), **options)


def own_wit(golem_rpc: GolemRpc = "0.2.0", *, sync_only: bool = False) -> dict[str, bytes]:
    """What generated `deps/` have of witgen's own WIT: `deps/<package>/package.wit` → text."""
    host = packages.host(golem_rpc)
    host = packages.synchronous(host) if sync_only else host
    # Clients take interfaces of these packages, and neither their worlds nor what is said of them.
    bare = tuple(replace(package, docs=None, worlds={}) for package in host.packages)
    return {
        f"deps/{directory_name(package.name)}/package.wit": to_wit(
            replace(host, packages=bare), m.PackageId(ref)
        ).encode()
        for ref, package in enumerate(bare)
    }


def without_copies(files: Mapping[str, bytes], own: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that are stored: all but the copies of witgen's own WIT, which have to be equal."""
    stored = {}
    for path, data in files.items():
        known = own.get(f"deps/{path.rpartition('deps/')[2]}")
        if known is None:
            stored[path] = data
        else:
            assert data == known, path
    return stored


def golden_files(name: str) -> dict[str, bytes]:
    """What is stored of what is generated for a case."""
    made = golden_client(name)
    own = own_wit(made.golem_rpc, sync_only=made.sync_only)
    return without_copies(generate(made), own)


def golden_callers(name: str) -> dict[str, bytes]:
    """The WIT of components that call each other, all clients added: `wit/<component>/…`.

    `options.json` has for each component what it calls, with the options of these clients.
    """
    folders = {p.name: p for p in sorted((GOLDEN / name / "input").iterdir())}
    made: dict[str, bytes] = {}
    for caller, calls in golden_options(name).items():
        files = {p.name: p.read_bytes() for p in sorted(folders[caller].iterdir())}
        for target, options in calls.items():
            files = dict(add_client(files, client(load(folders[target]), **options)))
        made |= {f"wit/{caller}/{path}": data for path, data in files.items()}
    return dict(sorted(made.items()))


def golden_warnings(name: str) -> str:
    """What is warned about."""
    for written in (GOLDEN / name / "warnings.txt", GOLDEN / name / "input" / "warnings.txt"):
        if written.is_file():
            return written.read_text("utf-8")
    return ""
