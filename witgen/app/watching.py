"""What a build reads, and waiting until it changes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from witgen.app.building import Request, project, selected
from witgen.app.ledger import Digests, load
from witgen.app.listing import Listing, files
from witgen.app.manifest.find import NAME
from witgen.app.plan import Run, Task, plan, select
from witgen.app.settings import NAME as PYPROJECT
from witgen.app.steps import STEPS
from witgen.diagnostics import WitError

_PATIENCE = 5.0  # seconds until it counts as watching, whatever happens
# What editors write beside the file that they save.
_TEMPORARY = re.compile(r"~$|\.sw.$|\.tmp$|\.___jb_...___$|^#.*#$|^\.#|^4913$")
_FILLED = ("golem-temp", "site-packages")  # folders, besides those that `watchfiles` knows


@dataclass(frozen=True, slots=True)
class Sources:
    """What a build reads that none of its tasks makes.

    Attributes:
        root: The application's folder.
        contents: The digest of each file.
        folders: The folders to watch: those files, and others that count, are in them.
    """

    root: Path
    contents: Mapping[str, str]
    folders: frozenset[Path]

    def changed(self, since: Sources) -> list[str]:
        """The files that differ from what they were, relative to the application's folder."""
        differ = {*self.contents.items()} ^ {*since.contents.items()}
        return sorted({os.path.relpath(path, self.root) for path, _ in differ})


def sources(request: Request) -> Sources:
    """The sources of a build as they are now.

    Raises:
        WitError: The manifest is wrong, or there is no such component.
    """
    app = (made := project(request.start, request.manifest, request.profile)).app
    digests = load(app.temp, app.root).digests
    names = selected(app, request.components, request.start) or list(app.components)
    tasks = select(plan(app, made.settings), names, request.steps or STEPS)
    made_by = {path for task in tasks.values() for each in task.makes for path in files(each)}
    read = {path for task in tasks.values() for each in _reads(task) for path in files(each)}
    read |= {*map(str, app.manifests), str(app.root / PYPROJECT), *files(app.listing)}
    folders = {
        app.root,
        *(f for task in tasks.values() for each in task.reads for f in _folders(each)),
    }
    return Sources(app.root, _contents(read - made_by, digests), frozenset(_outermost(folders)))


def _reads(task: Task) -> Iterator[Listing]:
    """What a task reads; a command that does not say is taken to read its folder."""
    yield from task.reads
    if task.always and isinstance(task.action, Run):
        yield Listing(str(task.action.command.folder), (".",))


def _contents(paths: set[str], digests: Digests) -> dict[str, str]:
    return {
        path: digests.of(path)
        for path in sorted(paths)
        if not _TEMPORARY.search(os.path.basename(path))  # noqa: PTH119 -- thousands of strings
    }


def _folders(listing: Listing) -> Iterator[Path]:
    """The existing folders that the files of a listing are in, or will be."""
    for pattern in listing.patterns:
        path = Path(os.path.normpath(Path(listing.base, pattern.partition("*")[0])))
        while not path.is_dir():
            path = path.parent
        yield path


def _outermost(folders: set[Path]) -> Iterator[Path]:
    return (one for one in folders if not folders & {*one.parents})


def _changes(folders: Iterable[Path], over: Event) -> Iterator[object]:
    """What changes in folders, empty where nothing did for a while."""
    from watchfiles import DefaultFilter, watch

    return watch(
        *folders,
        watch_filter=DefaultFilter(ignore_dirs=(*DefaultFilter.ignore_dirs, *_FILLED)),
        stop_event=over,
        rust_timeout=200,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )


def _now(request: Request) -> Sources | None:
    """The sources; None where the manifest does not say."""
    try:
        return sources(request)
    except WitError:
        return None


class Watch:
    """Builds again whenever sources have changed."""

    def __init__(self) -> None:
        self._noticed, self._stop = Event(), Event()
        self._failure: Exception | None = None

    def stop(self) -> None:
        """End `builds` after the build that runs; any thread may call this."""
        self._stop.set()
        self._noticed.set()

    def builds(self, request: Request, build: Callable[[Sequence[str]], None]) -> None:
        """Call `build` now and after each change of sources, until `stop`.

        What changes during a build counts as well. What is written with the contents that it had
        does not, nor what the build makes itself.

        Args:
            request: The build.
            build: Takes the files that changed, relative to the application's folder.

        Raises:
            WitError: The manifest is wrong from the start, or there is no such component.
            OSError: The system does not let it watch, such as for want of descriptors.
            KeyboardInterrupt: Ctrl-C, on the main thread.
        """
        changed: list[str] = []
        before: Sources | None = sources(request)
        while not self._stop.is_set():
            with self._watching(before.folders if before else {request.start}):
                build(changed)
                changed, before = self._change(request, before)

    def _change(self, request: Request, before: Sources | None) -> tuple[list[str], Sources | None]:
        """Wait for sources that are not as before; gives those that differ, and what they are now."""
        while not self._stop.is_set():
            now = _now(request)
            if before and now and (changed := now.changed(before)):
                return changed, now
            if (before is None) != (now is None):
                return [NAME], now
            self._noticed.wait()
            self._noticed.clear()
            if self._failure is not None:
                raise OSError(f"cannot watch for changes: {self._failure}") from self._failure
            if before is None:  # whatever was done may have been to the manifest
                return [NAME], _now(request)
        return [], None

    @contextmanager
    def _watching(self, folders: Iterable[Path]) -> Iterator[None]:
        """Notice what happens in folders."""
        ready, over = Event(), Event()

        def look() -> None:
            try:
                for changes in _changes(folders, over):
                    ready.set()
                    if changes:
                        self._noticed.set()
            except Exception as error:  # noqa: BLE001  # raised again by whoever waits
                self._failure = error
                ready.set()
                self._noticed.set()

        thread = Thread(target=look, name="witgen-watch", daemon=True)
        thread.start()
        ready.wait(_PATIENCE)
        try:
            yield
        finally:
            over.set()
            thread.join()
