"""`witgen build` from end to end: manifest, plan, work, record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from witgen.app.command import Processes
from witgen.app.ledger import Ledger, Settled, load, world
from witgen.app.listing import Listing
from witgen.app.lock import alone
from witgen.app.manifest.application import Application
from witgen.app.manifest.find import above
from witgen.app.manifest.resolve import application
from witgen.app.plan import Task, plan, select
from witgen.app.reasons import reasons
from witgen.app.schedule import Listener, Outcome, build, check
from witgen.app.settings import NAME as PYPROJECT
from witgen.app.settings import Settings, read
from witgen.app.settled import selection
from witgen.app.steps import STEPS, Step
from witgen.app.work import Workshop
from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.value import replace


@dataclass(frozen=True, slots=True)
class Request:
    """What to build.

    Attributes:
        start: The current folder, an absolute path.
        manifest: The first manifest, if given.
        components: Names of components; empty for those of the current folder.
        steps: The steps to run, empty for all.
        profile: The profile.
        backend: How to build clients, if given.
        force: Whether to redo everything.
        check: Whether only to check.
        diff: Whether a check reports all differences.
        jobs: How many tasks run in parallel.
    """

    start: Path
    manifest: Path | None = None
    components: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    profile: str | None = None
    backend: str | None = None
    force: bool = False
    check: bool = False
    diff: bool = False
    jobs: int = 2

    @property
    def options(self) -> list[object]:
        """The values that determine the tasks, as plain data."""
        return [list(self.components), list(self.steps), self.profile, self.backend]


@dataclass(frozen=True, slots=True)
class Project:
    """An application with its settings."""

    app: Application
    settings: Settings


def project(start: Path, manifest: Path | None = None, profile: str | None = None) -> Project:
    """The application of a folder: its golem.yaml, or the manifest that pyproject.toml names.

    Raises:
        WitError: There is no manifest, or it has errors.
    """
    if manifest is None:
        found = above(start)
        for folder in (start, *start.parents):
            if (folder / PYPROJECT).is_file() and (named := read(folder)).manifest:
                return _project(application(start, manifest=named.manifest, profile=profile), named)
            if found and folder == found[0].parent:
                break
    app = application(start, manifest=manifest, profile=profile)
    return _project(app, read(app.root))


def _project(app: Application, settings: Settings) -> Project:
    """An application with its settings; what golem.yaml says goes before pyproject.toml."""
    return Project(app, replace(settings, backend=app.backend or settings.backend))


def run(
    request: Request, listener: Listener, processes: Processes | None = None
) -> tuple[Project, Outcome]:
    """Build.

    Args:
        request: What to build.
        listener: Receives the progress.
        processes: What can end the commands from another thread; the build then ends early.

    Returns:
        The application and the outcome.

    Raises:
        WitError: The manifest is wrong, or there is no such component.
        OSError: The record cannot be written.
    """
    made = project(request.start, request.manifest, request.profile)
    app = made.app
    ledger = load(app.temp, app.root)
    ledger.backend = request.backend or ledger.backend
    backend = request.backend or made.settings.backend or ledger.backend or "python"
    made = replace(made, settings=replace(made.settings, backend=backend))
    names = selected(app, request.components, request.start) or list(app.components)
    tasks = select(plan(app, made.settings), names, request.steps or STEPS)
    workshop = Workshop(app, made.settings, processes or Processes())
    if request.check:
        outcome = check(tasks, workshop, ledger, force=request.force, diff=request.diff)
        return made, outcome
    with alone(app.temp) as lock:
        lock.tidy(app)
        workshop.processes.begun = lock.note
        _prune(ledger, plan(app, made.settings))
        outcome = build(
            tasks, workshop, ledger, listener, force=request.force, jobs=max(1, request.jobs)
        )
        outcome.diagnostics[:0] = workshop.warnings
        _settle(request, app, tasks, ledger, names)
        ledger.save()
    return made, outcome


def chosen(app: Application, names: Sequence[str]) -> list[str]:
    """Components by name, each once.

    Raises:
        WitError: There is no such component.
    """
    problems = []
    for name in names:
        if name not in app.components:
            hints = did_you_mean(name, app.components) or (
                f"known: {', '.join(app.components) or 'none'}",
            )
            problems.append(Diagnostic("APP4005", f"there is no component `{name}`", help=hints))
    if problems:
        raise WitError(problems)
    return list(dict.fromkeys(names))


def selected(app: Application, names: Sequence[str], start: Path) -> list[str]:
    """The components that a command applies to: those given, else those of the current folder.

    Returns:
        Their names; empty for all.

    Raises:
        WitError: There is no such component.
    """
    if names:
        return chosen(app, names)
    here = {start, *start.parents} - {app.root, *app.root.parents}
    return [name for name, component in app.components.items() if component.folder in here]


def _prune(ledger: Ledger, tasks: dict[str, Task]) -> None:
    """Forget tasks that the manifest no longer contains."""
    for name in ledger.tasks.keys() - tasks.keys():
        del ledger.tasks[name]


def _settle(
    request: Request,
    app: Application,
    tasks: dict[str, Task],
    ledger: Ledger,
    names: Sequence[str],
) -> None:
    """Record that everything is up to date, if it is; changes made meanwhile count."""
    name = selection(request.options, request.start, app.root)
    ledger.settled.pop(name, None)
    current = all(
        not task.always and not reasons(task, ledger.tasks.get(task.name), ledger.digests)
        for task in tasks.values()
    )
    if not current:
        return
    listings = _joined([app.listing, *(e for t in tasks.values() for e in (*t.reads, *t.makes))])
    files = (*map(str, app.manifests), str(app.root / PYPROJECT))
    digest = world(listings, files, ledger.digests)
    ledger.settle(name, Settled(listings, files, digest, tuple(names)))


def _joined(listings: Iterable[Listing]) -> tuple[Listing, ...]:
    """The same files with fewer listings: most are read by one task and made by another."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for base, patterns, omit in listings:
        groups.setdefault((base, omit), {}).update(dict.fromkeys(patterns))
    return tuple(Listing(base, tuple(found), omit) for (base, omit), found in groups.items())
