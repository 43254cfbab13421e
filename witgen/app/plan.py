"""Application → the tasks of its build: what each reads, makes and needs. Pure: runs nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from witgen.app.listing import Listing, is_glob
from witgen.app.manifest.application import Application, Command, Component, Dependency, slug
from witgen.app.python.invocation import invocation
from witgen.app.settings import Settings
from witgen.app.steps import Step
from witgen.emit.targets import TARGETS
from witgen.value import replace
from witgen.wkg.manifest import beyond

_BINARY = (".wasm", ".wat")


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a client.

    Attributes:
        name: The name it is deployed under; None for its package's name.
        label: Its name in messages.
        wit: Its WIT, or the component.
        kind: Whether its workers keep their state.
        folder: Where the client is written.
        component: The component file to deploy, if the target is outside the application.
    """

    name: str | None
    label: str
    wit: Path
    kind: str
    folder: Path
    component: Path | None = None

    @property
    def key(self) -> str:
        """A name unique among targets."""
        return self.name if self.name is not None else self.folder.name

    @property
    def wasm(self) -> Path:
        """The client component."""
        return self.folder / "client.wasm"


@dataclass(frozen=True, slots=True)
class Generate:
    """Write the component's WIT with the clients of its dependencies."""

    component: Component
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class MakeClient:
    """Write the client of a target: WIT, host stubs, sources."""

    target: Target


@dataclass(frozen=True, slots=True)
class BuildClient:
    """Build the client component of a target."""

    target: Target


@dataclass(frozen=True, slots=True)
class Bind:
    """Write the Python bindings of a component, which editors and type checkers read."""

    component: Component
    command: Command
    folder: Path


@dataclass(frozen=True, slots=True)
class Run:
    """Run a build command; the last one must produce the component."""

    component: Component
    command: Command
    last: bool


@dataclass(frozen=True, slots=True)
class Compose:
    """Compose clients and components into a component."""

    component: Component
    plugs: tuple[tuple[str, Path], ...]
    output: Path


@dataclass(frozen=True, slots=True)
class Finish:
    """Record a component's name in the file that is deployed."""

    component: Component
    source: Path


Action = Generate | MakeClient | BuildClient | Bind | Run | Compose | Finish


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work.

    Attributes:
        name: Its name, unique and stable across runs.
        step: The step that it belongs to.
        component: The component it belongs to.
        action: What to do.
        params: The digest of its parameters other than files.
        reads: The files that it reads.
        makes: The files that it makes.
        needs: The tasks that must come before.
        always: Whether its inputs are unknown, so that it runs in every build.
    """

    name: str
    step: Step
    component: str
    action: Action
    params: str
    reads: tuple[Listing, ...]
    makes: tuple[Listing, ...]
    needs: tuple[str, ...] = ()
    always: bool = False


def composed(app: Application, component: Component) -> Path:
    """The component with everything composed in, as `wasm` dependants get it."""
    if any(d.type != "wasm-rpc" for d in component.dependencies):
        return app.temp / "composed" / f"{component.slug}.wasm"
    return component.component_wasm


def target(app: Application, dependency: Dependency) -> Target:
    """The target of a dependency's client."""
    if dependency.target is not None:
        of = app.components[dependency.target]
        return Target(of.name, of.name, of.source_wit, of.kind, app.temp / "clients" / of.slug)
    assert dependency.path is not None
    path = dependency.path
    mark = blake2b(os.path.relpath(path, app.root).encode(), digest_size=4).hexdigest()
    folder = app.temp / "clients" / f"{slug(path.stem)}-{mark}"
    wasm = path if path.suffix in _BINARY else None
    return Target(None, path.name, path, "durable", folder, wasm)


def plan(app: Application, settings: Settings) -> dict[str, Task]:
    """All tasks of an application by name, each after the tasks it needs."""
    tasks: dict[str, Task] = {}
    for component in app.components.values():
        for made in (*_Planner(app, settings, component).tasks(),):
            tasks[made.name] = made
    return _connected(tasks)


def select(
    tasks: Mapping[str, Task], components: Iterable[str], steps: Iterable[Step]
) -> dict[str, Task]:
    """The tasks of components and all tasks these need, limited to some steps.

    Args:
        tasks: All tasks.
        components: The names of the components.
        steps: The steps to run; products of other steps are used as they are.
    """
    chosen, wanted = frozenset(components), frozenset(steps)
    waiting = [name for name, task in tasks.items() if task.component in chosen]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += tasks[name].needs
    return {n: t for n, t in tasks.items() if n in seen and t.step in wanted}


def digest(value: object) -> str:
    """The digest of plain values."""
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Planner:
    app: Application
    settings: Settings
    component: Component

    def tasks(self) -> list[Task]:
        component = self.component
        made: list[Task] = []
        clients = [d for d in component.dependencies if d.is_client]
        if component.source_wit.suffix not in _BINARY:
            made.append(self._generate([target(self.app, d) for d in clients]))
        for dependency in clients:
            made += self._client(target(self.app, dependency), dependency.type)
        made += [*self._bindings(made), *self._commands(made)]
        source = composed(self.app, component)
        if source != component.component_wasm:
            made.append(self._compose(source))
        hosts = [f"client {target(self.app, d).key}" for d in clients]
        made.append(self._finish(source, hosts))
        return made

    def _task(
        self,
        name: str,
        step: Step,
        action: Action,
        told: object,
        reads: Iterable[Listing],
        makes: Iterable[Listing],
        needs: Iterable[str] = (),
        *,
        always: bool = False,
    ) -> Task:
        return Task(
            name, step, self.component.name, action, digest(told), tuple(reads), tuple(makes),
            tuple(needs), always,
        )  # fmt: skip

    def _listing(self, *paths: Path, omit: Iterable[Path] = ()) -> Listing:
        root = self.app.root
        patterns = tuple(Path(os.path.relpath(path, root)).as_posix() for path in paths)
        return Listing(str(root), patterns, tuple(str(path) for path in omit))

    def _generate(self, targets: list[Target]) -> Task:
        component = self.component
        told = [
            [self.settings.client(), self._shown(component.generated_wit)],
            [[t.name, t.kind, self._shown(t.wit)] for t in targets],
        ]
        reads = self._wit(component.source_wit, *(t.wit for t in targets))
        return self._task(
            f"generate {component.name}",
            "generate",
            Generate(component, tuple(targets)),
            told,
            reads,
            [self._listing(component.generated_wit)],
        )

    def _wit(self, *paths: Path) -> list[Listing]:
        """What is read for WIT: itself, the shared folders, and what a `wkg.toml` has."""
        shared = (*self.app.wit_deps, *(place for path in paths for place in beyond(path)))
        return [self._listing(*paths), *([self._listing(*shared)] if shared else [])]

    def _shown(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.app.root)).as_posix()

    def _client(self, of: Target, kind: str) -> list[Task]:
        told = [self.settings.client(), of.name, of.kind, self._shown(of.wit)]
        reads = self._wit(of.wit)
        folders = [of.folder / target for target in TARGETS]
        name = f"client {of.key}"
        made = [
            self._task(name, "componentize", MakeClient(of), told, reads, [self._listing(*folders)])
        ]
        if kind == "static-wasm-rpc":
            made.append(
                self._task(
                    f"build-client {of.key}",
                    "componentize",
                    BuildClient(of),
                    [*told, self.settings.backend],
                    [*reads, self._listing(of.folder / "python")],
                    [self._listing(of.wasm)],
                    [name],
                )
            )
        return made

    def _bindings(self, before: list[Task]) -> Iterator[Task]:
        component = self.component
        calls = ((c, invocation(c.args, c.folder)) for c in component.build)
        found = next(((command, call) for command, call in calls if call is not None), None)
        if found is None:
            return
        command, call = found
        folder = self.app.temp / "bindings" / component.slug
        yield self._task(
            f"bindings {component.name}",
            "generate",
            Bind(component, command, folder),
            [call.options, self._shown(command.folder)],
            [self._listing(component.generated_wit)],
            [self._listing(folder)],
            [task.name for task in before if task.step == "generate"],
        )

    def _commands(self, before: list[Task]) -> list[Task]:
        component = self.component
        made: list[Task] = []
        needs = [task.name for task in before if task.step == "generate"]
        earlier: set[str] = set()
        for number, command in enumerate(component.build):
            last = number == len(component.build) - 1
            reads = [self._sources(command, earlier)] if command.sources is not None else []
            reads.append(self._listing(component.generated_wit))
            makes = [Listing(str(command.folder), command.targets)] if command.targets else []
            makes += [self._listing(component.component_wasm)] if last else []
            told = [
                command.args, self._shown(command.folder), command.sources, command.targets,
                [self._shown(path) for path in (*command.rmdirs, *command.mkdirs)],
            ]  # fmt: skip
            task = self._task(
                f"build {component.name} {number + 1}",
                "componentize",
                Run(component, command, last),
                told,
                reads,
                makes,
                needs,
                always=command.sources is None,
            )
            made.append(task)
            needs = [task.name]
            earlier.update(os.path.normpath(command.folder / t) for t in command.targets or ())
        return made

    def _sources(self, command: Command, earlier: set[str]) -> Listing:
        """What a command reads; build products count only if an earlier command made them."""
        assert command.sources is not None
        roots = [os.path.normpath(command.folder / _fixed(text)) for text in command.sources]
        omit = {
            path
            for path in map(str, _products(self.app))
            if path not in earlier and any(_within(path, root) for root in roots)
        }
        return Listing(str(command.folder), command.sources, tuple(sorted(omit)))

    def _compose(self, output: Path) -> Task:
        plugs: list[tuple[str, Path]] = []
        needs: list[str] = []
        for dependency in self.component.dependencies:
            if dependency.type == "static-wasm-rpc":
                of = target(self.app, dependency)
                plugs.append((f"client of {of.label}", of.wasm))
                needs.append(f"build-client {of.key}")
            elif dependency.type == "wasm":
                plugs.append((dependency.label, self._composed(dependency)))
        component = self.component
        return self._task(
            f"compose {component.name}",
            "compose",
            Compose(component, tuple(plugs), output),
            [[name, self._shown(path)] for name, path in plugs],
            [self._listing(component.component_wasm, *(path for _, path in plugs))],
            [self._listing(output)],
            needs,
        )

    def _composed(self, dependency: Dependency) -> Path:
        if dependency.target is not None:
            return composed(self.app, self.app.components[dependency.target])
        assert dependency.path is not None
        return dependency.path

    def _finish(self, source: Path, needs: list[str]) -> Task:
        component = self.component
        return self._task(
            f"metadata {component.name}",
            "metadata",
            Finish(component, source),
            [component.name, self._shown(source)],
            [self._listing(source)],
            [self._listing(component.linked_wasm)],
            needs,
        )


def _fixed(pattern: str) -> str:
    """The folder that contains everything a pattern matches."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if is_glob(part):
            break
        parts.append(part)
    return "/".join(parts)


def _within(path: str, root: str) -> bool:
    return path != root and path.startswith(root.rstrip(os.sep) + os.sep)


def _products(app: Application) -> list[Path]:
    """Everything that the build makes, as files and folders."""
    made = [app.temp]
    for component in app.components.values():
        made += [component.generated_wit, component.linked_wasm]
        if component.build:
            made.append(component.component_wasm)
        for command in component.build:
            made += [
                Path(os.path.normpath(command.folder / text))
                for text in command.targets or ()
                if not is_glob(text)
            ]
    return made


def _connected(tasks: dict[str, Task]) -> dict[str, Task]:
    """Order tasks that read by name what others make after those."""
    makers: dict[str, str] = {}
    for task in tasks.values():
        for path in _named(task.makes):
            makers.setdefault(path, task.name)
    made: dict[str, Task] = {}
    for task in tasks.values():
        found = [makers[path] for path in _named(task.reads) if path in makers]
        needs = dict.fromkeys(n for n in (*task.needs, *found) if n in tasks and n != task.name)
        made[task.name] = replace(task, needs=tuple(needs))
    return made


def _named(listings: Iterable[Listing]) -> Iterable[str]:
    for listing in listings:
        for pattern in listing.patterns:
            if not is_glob(pattern):
                yield os.path.normpath(f"{listing.base}/{pattern}")
