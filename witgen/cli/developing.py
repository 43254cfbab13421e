"""The loop of `witgen dev`: build, serve, and after each change build and update."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.app.building import Request
from witgen.app.command import Processes
from witgen.app.deploying import deployed
from witgen.app.listening import Asked, Later, Listener, Reply
from witgen.app.plan import Task
from witgen.app.serving import Service
from witgen.app.watching import Watch
from witgen.cli.building import build
from witgen.cli.common import Talk
from witgen.cli.deploying import Deploying, Given
from witgen.cli.manifests import opened
from witgen.cli.reporting import explained
from witgen.cli.supervised import INTERRUPTED
from witgen.cli.table import printable
from witgen.cli.watching import attempt, changes

if TYPE_CHECKING:
    from runtime_shim.host import Host
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.update import Verdict
    from runtime_shim.wasi.cli import Output

_SHOWN = 8  # workers that keep an earlier build


@dataclass(slots=True)
class Part:
    """What is known of a component.

    Attributes:
        state: `building`, `failed`, `starting`, `serving` or `waiting`.
        built: When it was built last, in seconds since the epoch.
        took: How many seconds that took, if it was now.
        size: Its size, in bytes.
        digest: The digest of what is served; empty if nothing is.
    """

    state: str = "waiting"
    built: float | None = None
    took: float = 0.0
    size: int = 0
    digest: str = ""


@dataclass(slots=True)
class State:
    """What is known of an application under development; others look at it meanwhile.

    Attributes:
        address: Where it is served.
        parts: Its components.
        failed: Whether the last build or update failed.
        kept: The workers that keep an earlier build, and why.
        host: What serves it; None before the first build.
    """

    address: str = ""
    parts: dict[str, Part] = field(default_factory=dict)
    failed: bool = False
    kept: dict[str, str] = field(default_factory=dict)
    host: Host | None = None


@dataclass(slots=True)
class Development:
    """An application that is built, served and updated.

    Attributes:
        request: Its build.
        given: What the command line says of the deployment.
        env: The environment of its workers, as given.
        store: The journal's file.
        listener: Makes the listener, which answers with the function that it is given.
        output: Where its workers print.
        talk: How to speak.
        state: What is known.
    """

    request: Request
    given: Given
    env: tuple[str, ...]
    store: str
    listener: Callable[[Callable[[Asked], Reply | Later]], Listener]
    output: Output
    talk: Talk
    state: State
    _watch: Watch = field(default_factory=Watch)
    _processes: Processes = field(default_factory=Processes)
    _service: Service | None = None
    _deployed: Mapping[str, Deployment] = field(default_factory=dict)
    _shape: tuple[bool, Mapping[str, bool]] = (False, {})  # what takes another host if it changes
    _began: dict[str, float] = field(default_factory=dict)
    _number: int = 0
    _starting: bool = False

    def run(self) -> None:
        """Build and serve until `stop`.

        Raises:
            DiagnosticError, OSError: It cannot be built at all, or not be watched.
            click.exceptions.Exit: It was interrupted.
        """
        with self.listener(self._answer) as listener:
            self.state.address = f"http://127.0.0.1:{listener.server_port}"
            thread = threading.Thread(target=listener.serve_forever, daemon=True)
            thread.start()
            try:
                self._watch.builds(self.request, self._again)
            finally:
                end = listener.finish if self._number == signal.SIGTERM else listener.shutdown
                end()
                thread.join()
                if self.state.host is not None:
                    self.state.host.close()
        self.talk.say("stopped")
        if self._number != signal.SIGTERM:
            raise click.exceptions.Exit(INTERRUPTED + self._number)

    def stop(self, number: int) -> None:
        """End `run`, for a signal; another thread calls this.

        Raises:
            click.exceptions.Exit: A host is being started, which compiles: nothing is waited for.
        """
        self._number = number
        if self._starting and (number == signal.SIGINT or self.state.host is None):
            raise click.exceptions.Exit(INTERRUPTED + number)
        self._watch.stop()
        self._processes.stop()
        if number == signal.SIGINT and self.state.host is not None:
            self.state.host.interrupt()

    def _again(self, files: Sequence[str]) -> None:
        if files:
            self.talk.say(f"\n{changes(files)}")
        self.state.failed = False
        built = attempt(self._build, self.talk)
        self.state.failed = not (built and attempt(self._deploy, self.talk))
        if self._number:
            return
        if not built and self._deployed:
            self.talk.warn("the earlier build is still served")
        elif not self._deployed:
            self.talk.warn("nothing is served yet")

    def _build(self) -> None:
        build(self.request, self.talk, compiled=False, processes=self._processes, also=self._noted)
        if self._processes.stopped:
            raise click.exceptions.Exit(INTERRUPTED)

    def _noted(self, task: Task, succeeded: bool | None) -> None:
        """What a task says of its component."""
        part = self.state.parts.setdefault(task.component, Part())
        match succeeded:
            case None:
                part.state = "building"
                self._began.setdefault(task.component, time.time())
            case True:
                part.built = time.time()
                part.took = part.built - self._began.get(task.component, part.built)
                part.state = "built"
            case False:
                part.state = "failed"

    def _deploy(self) -> None:
        """Serve what is built, and move the workers that agree with it."""
        what = Deploying()
        what.add(deployed(opened(self.given.manifest, self.given.profile)))
        called = next(iter(what.files)) if len(what.files) == 1 else None
        made = what.deployments(self.given, called, self.talk, self.env)
        changed = {name: one for name, one in made.items() if self._deployed.get(name) != one}
        shape = what.snapshots, {name: one.durable for name, one in made.items()}
        self._began.clear()
        for name in changed:
            self.state.parts.setdefault(name, Part()).state = "starting"
        self._starting = True
        try:
            with explained():
                if self.state.host is not None and shape == self._shape:
                    host = self._updated(self.state.host, changed)
                else:
                    host = self._opened(made, snapshots=what.snapshots)
        finally:
            self._starting = False
        self._shape = shape
        self._service = Service(host, made)
        self._deployed = made
        self._served(made, what.files)

    def _updated(self, host: Host, changed: Mapping[str, Deployment]) -> Host:
        """The host with what changed."""
        from runtime_shim.redeploy import Update

        if changed:
            self._moved(host.update(Update(changed, partial=True)))
        return host

    def _opened(self, made: Mapping[str, Deployment], *, snapshots: bool) -> Host:
        """A host for what no host has served so; workers of earlier builds keep those."""
        from runtime_shim.engines.sqlite.engine import SqliteEngine
        from runtime_shim.host import Host
        from runtime_shim.redeploy import Update

        if self.state.host is not None:
            self._service = None
            self.state.host.close()
            self.state.host, self._deployed = None, {}
        engine = SqliteEngine(self.store)
        try:
            host = Host(
                engine=engine,
                components=made,
                output=self.output,
                snapshots=snapshots,
                interruptible=True,
            )
        except BaseException:
            engine.close()
            raise
        self.state.host = host
        self._moved(host.update(Update({}, partial=True)))
        return host

    def _moved(self, found: Sequence[Verdict]) -> None:
        """Say which workers belong to the new build, and which do not."""
        self.state.kept = {str(one.worker): one.problem for one in found if one.problem is not None}
        moved = len(found) - len(self.state.kept)
        if moved:
            self.talk.say(f"moved {moved} worker{'' if moved == 1 else 's'} to the new build")
        for name, problem in tuple(self.state.kept.items())[:_SHOWN]:
            kept = self.talk.paint("kept", "yellow")
            self.talk.warn(f"  {kept}  {printable(f'{name} on its earlier build: {problem}')}")
        if len(self.state.kept) > _SHOWN:
            self.talk.warn(f"        and {len(self.state.kept) - _SHOWN} more")

    def _served(self, made: Mapping[str, Deployment], files: Mapping[str, str]) -> None:
        from runtime_shim.boundary.compile import digest

        parts = self.state.parts
        for name in parts.keys() - made.keys():
            del parts[name]
        for name, one in made.items():
            part = parts.setdefault(name, Part())
            data = one.read()
            part.state, part.size, part.digest = "serving", len(data), digest(data)
            part.built = part.built or Path(files[name]).stat().st_mtime
        count = f"{len(made)} component{'' if len(made) == 1 else 's'}"
        self.talk.say(f"serving {count} on {self.state.address}")

    def _answer(self, asked: Asked) -> Reply | Later:
        service = self._service
        if service is None:
            error = {"error": "the application is being built"}
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, error)
        return service.answer(asked)
