"""What `witgen clean` removes: the build's products, and what the manifest adds."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from witgen.app.health import LARGE_PARTS
from witgen.app.listing import matching
from witgen.app.manifest.application import Application, Component
from witgen.app.manifest.find import shown
from witgen.app.record import MANIFEST, owned
from witgen.atomic import UNFINISHED
from witgen.cache import cache_dir
from witgen.diagnostics import Diagnostic, WitError

# The user may have chosen a folder that also contains other things.
_CACHED = (*LARGE_PARTS, "grammar-", "resolve-")


def products(app: Application, components: Iterable[str] = ()) -> list[Path]:
    """The files and folders to remove, sorted; those that exist.

    Args:
        app: The application.
        components: Only what belongs to these; by default everything.

    Raises:
        WitError: Something outside the application would be removed, or the application itself.
    """
    chosen = [app.components[name] for name in components]
    found: set[Path] = set()
    for component in chosen or app.components.values():
        found.update(_of(component))
    if not chosen:
        found.add(app.temp)
        for base, pattern in app.clean:
            found.update(map(Path, matching(str(base), pattern)))
    problems = [
        Diagnostic(
            "APP4305",
            f"`clean` would remove `{shown(path)}`, which is outside the application",
        )
        for path in sorted(found)
        if not _inside(app, path)
    ]
    if problems:
        raise WitError(problems)
    existing = sorted(path for path in found if path.exists() or path.is_symlink())
    return [path for path in existing if not any(other in path.parents for other in existing)]


def cached() -> list[Path]:
    """What witgen keeps in this user's cache, sorted; all of it can be rebuilt."""
    try:
        there = list(cache_dir().iterdir())
    except (OSError, RuntimeError):
        return []
    return sorted(
        path for path in there if path.name.startswith(_CACHED) or path.name.endswith(UNFINISHED)
    )


def _inside(app: Application, path: Path) -> bool:
    sources = {c.source_wit for c in app.components.values()} | set(app.manifests)
    holds_sources = any(path == kept or path in kept.parents for kept in sources)
    return app.root in path.parents and not holds_sources


def _of(component: Component) -> Iterator[Path]:
    yield component.linked_wasm
    yield from _written(component.generated_wit)
    if component.build:
        # Without commands, it was made by something else.
        yield component.component_wasm
    for command in component.build:
        for pattern in command.targets or ():
            yield from map(Path, matching(str(command.folder), pattern))
    for pattern in component.clean:
        yield from map(Path, matching(str(component.folder), pattern))


def _written(folder: Path) -> Iterator[Path]:
    """What witgen wrote into a generated folder: the whole folder if it contains nothing else."""
    files = {folder / path for path in owned(folder)}
    if not files:
        return
    there = {path for path in folder.rglob("*") if not path.is_dir()}
    if there <= files | {folder / MANIFEST}:
        yield folder
    else:
        yield from files
        yield folder / MANIFEST


def remove(paths: Iterable[Path]) -> None:
    """Remove files and folders; those already gone are skipped.

    Raises:
        OSError: One cannot be removed.
    """
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            _remove_folder(path)
        else:
            path.unlink(missing_ok=True)


def _remove_folder(path: Path) -> None:
    while path.exists():
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            # Another process removed a file in it.
            continue
