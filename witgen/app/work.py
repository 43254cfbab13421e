"""Run the tasks of a plan.

Generated files are a pure function of the files read, and can be computed without writing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from witgen.app.command import Processes, program, run
from witgen.app.files import Change, plan, write_tree
from witgen.app.manifest.application import Application, Command, Component
from witgen.app.manifest.find import alike, shown
from witgen.app.plan import (
    Bind,
    BuildClient,
    Compose,
    Finish,
    Generate,
    MakeClient,
    Run,
    Target,
    Task,
)
from witgen.app.settings import Settings
from witgen.atomic import write_file, write_pieces
from witgen.diagnostics import (
    Diagnostic,
    DiagnosticError,
    Label,
    Place,
    Severity,
    WitError,
)
from witgen.value import replace

if TYPE_CHECKING:
    from witgen.app.witdeps import Pool
    from witgen.client import Client
    from witgen.compose.model import Part


@dataclass(slots=True)
class Workshop:
    """Runs tasks; shared by threads.

    Attributes:
        app: The application.
        settings: The defaults of generating.
        processes: The running processes.
        lock: Held by pure computations: Python's threads take turns anyway.
        warnings: Warnings, in the order found.
    """

    app: Application
    settings: Settings
    processes: Processes = field(default_factory=Processes)
    lock: threading.Lock = field(default_factory=threading.Lock)
    warnings: list[Diagnostic] = field(default_factory=list)
    _clients: dict[Target, Client] = field(default_factory=dict)
    _pool: Pool | None = None

    def do(self, task: Task) -> None:
        """Run a task.

        Raises:
            DiagnosticError: Its inputs are invalid, or it failed.
            ToolMissingError: componentize-py is needed and not installed.
            OSError: Something cannot be read or written.
        """
        action = task.action
        match action:
            case Generate() | MakeClient():
                with self.lock:
                    for folder, files in self.files(action).items():
                        planned = plan(folder, files)
                        _refuse_foreign(planned.foreign)
                        self.warnings += _edited(folder, planned.changes)
                        write_tree(planned)
            case BuildClient():
                self._build_client(action.target)
            case Bind():
                self._bind(action)
            case Run():
                log = (
                    self.app.temp / "logs" / f"{task.name.replace(' ', '-').replace(':', '_')}.log"
                )
                run(action.command, self.app.root, self.processes, log, action.component.name)
                if not self.processes.stopped:
                    self._check_products(action)
            case Compose():
                with self.lock:
                    self._compose(action)
            case Finish():
                with self.lock:
                    self._finish(action)
            case _:
                assert_never(action)

    def check(self, task: Task) -> None:
        """Find what is wrong with a task without running it.

        Raises:
            DiagnosticError: Its program would find the same, later.
            OSError: Something cannot be read.
        """
        if isinstance(task.action, Run):
            self._check_guest(task.action.command)

    # --- generating -----------------------------------------------------------------------------

    def files(self, action: Generate | MakeClient) -> dict[Path, Mapping[str, bytes]]:
        """The files that a generating task makes, by folder.

        Raises:
            DiagnosticError: Its inputs are invalid.
        """
        if isinstance(action, Generate):
            return {action.component.generated_wit: self._caller(action)}
        from witgen.emit import generate

        made = generate(self.client(action.target))
        return {action.target.folder: made}

    def _caller(self, action: Generate) -> dict[str, bytes]:
        from witgen.app.witdeps import folder_files, load_with
        from witgen.client.caller import Caller

        component = action.component
        self._check_source(component.source_wit, "sourceWit", component)
        caller = Caller(folder_files(component.source_wit, self._shared()))
        clients = self._clients_for(action)
        if not clients:
            load_with(
                component.source_wit, self._shared()
            )  # before a build command runs into an error
        packages: dict[object, Target] = {}
        for target, client in clients:
            if client.package in packages:
                other = packages[client.package]
                raise WitError([_same_package(component, other, target)])
            packages[client.package] = target
            try:
                caller = caller.with_client(client)
            except WitError:
                load_with(component.source_wit, self._shared())  # names the files by their paths
                raise
        return caller.files

    def _clients_for(self, action: Generate) -> list[tuple[Target, Client]]:
        """The clients of a caller.

        Raises:
            WitError: All errors in targets, and in the syntax of the caller's own files.
        """
        from witgen.app.witdeps import faults

        problems = list(faults(action.component.source_wit))
        clients = []
        for target in action.targets:
            try:
                clients.append((target, self.client(target)))
            except DiagnosticError as error:
                problems += error.diagnostics
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise WitError(problems)
        return clients

    def client(self, target: Target) -> Client:
        """The client of a target, made once."""
        found = self._clients.get(target)
        if found is None:
            from witgen.app.witdeps import load_with
            from witgen.client import client

            self._check_source(target.wit, "WIT", self.app.components.get(target.name or ""))
            found = self._clients[target] = client(
                load_with(target.wit, self._shared()),
                kind=target.kind,
                component=target.name,
                types=self.settings.types,
                golem_rpc=self.settings.golem_rpc,
                skip_unsupported=self.settings.skip_unsupported,
            )
            self.warnings += [w for w in found.warnings if w not in self.warnings]
        return found

    def _shared(self) -> Pool:
        if self._pool is None:
            from witgen.app.witdeps import pool

            for folder in self.app.wit_deps:
                if not folder.is_dir():
                    message = f"`witDeps` names `{shown(folder)}`, which is not a folder"
                    raise WitError([Diagnostic("APP4304", message, Place(shown(folder)))])
            self._pool = pool(self.app.wit_deps)
        return self._pool

    def _check_source(self, path: Path, what: str, component: Component | None) -> None:
        if path.exists():
            return
        whose = f" of `{component.name}`" if component else ""
        hints = alike(path)
        raise WitError(
            [
                Diagnostic(
                    "APP4304",
                    f"the {what}{whose} does not exist: `{shown(path)}`",
                    component.place if component else None,
                    help=hints or ("paths are relative to the folder of the manifest",),
                )
            ]
        )

    # --- building -------------------------------------------------------------------------------

    def _build_client(self, target: Target) -> None:
        if self.settings.backend == "native":
            from witgen.native import client_bytes

            with self.lock:
                write_file(target.wasm, client_bytes(self.client(target)))
            return
        from witgen.app.componentize import client_source, componentize

        with self.lock:
            source = client_source(self.client(target))
        write_file(target.wasm, componentize(source).data)

    def _bind(self, action: Bind) -> None:
        """Write bindings; a missing tool is reported by the build command."""
        from witgen.app.python.invocation import bindings, invocation

        command = action.command
        call = invocation(command.args, command.folder)
        if call is None or not command.folder.is_dir():
            return
        try:
            path, environment = program(command)
        except WitError:
            return
        write_tree(plan(action.folder, bindings(path, call, command.folder, environment)))

    def _check_guest(self, command: Command) -> None:
        """Reject sources that componentize-py would reject after half a minute, or not at all."""
        from witgen.app.python.invocation import faults, invocation

        call = invocation(command.args, command.folder)
        if call is None or not command.folder.is_dir():
            return
        path, environment = program(command)
        with self.lock:
            found = faults(path, call, command.folder, environment)
        if found:
            raise WitError(replace(one, place=one.place or command.place) for one in found)

    def _check_products(self, action: Run) -> None:
        from witgen.app.listing import Listing, files

        command = action.command
        for target in command.targets or ():
            if not files(Listing(str(command.folder), (target,))):
                raise _missing(f"`{target}` of its `targets`", action, command.folder / target)
        wasm = action.component.component_wasm
        if action.last and not wasm.is_file():
            what = f"the `componentWasm` of `{action.component.name}`, `{shown(wasm)}`,"
            raise _missing(what, action, wasm)

    def _compose(self, action: Compose) -> None:
        from witgen.compose.api import composition
        from witgen.compose.files import map_part

        socket = self._part(
            action.component.component_wasm, action.component.name, action.component
        )
        plugs: list[Part] = []
        for name, path in action.plugs:
            _needs_file(path, name, action.component)
            plugs.append(map_part(path, name))
        made = composition(socket, plugs, refuse_unused=False)
        for name in made.plan().unused:
            self.warnings.append(_unused(name, action.component))
        write_pieces(action.output, made.pieces())

    def _part(self, path: Path, name: str, component: Component) -> Part:
        from witgen.compose.files import map_part

        _needs_file(path, name, component)
        return map_part(path, name)

    def _finish(self, action: Finish) -> None:
        from witgen.app.finish import named

        component = action.component
        part = self._part(action.source, component.name, component)
        write_pieces(component.linked_wasm, named(part.data, component.name, shown(action.source)))


def _needs_file(path: Path, name: str, component: Component) -> None:
    if path.is_file():
        return
    built = (
        "its build produced none; check its `build` commands"
        if component.build
        else "it has no `build` commands, so the file must already exist"
    )
    raise WitError(
        [
            Diagnostic(
                "APP4302",
                f"the component of `{name}` does not exist: `{shown(path)}`",
                component.place,
                help=(*alike(path), built),
            )
        ]
    )


def _missing(what: str, action: Run, path: Path) -> WitError:
    message = f"`{action.command.text:.200}` ran, but {what} does not exist"
    hints = (*alike(path), "paths are relative to the command's folder")
    return WitError([Diagnostic("APP4302", message, action.command.place, help=hints[:1])])


def _same_package(component: Component, first: Target, second: Target) -> Diagnostic:
    places = {d.label: d.place for d in component.dependencies}
    labels = (Label(places[first.label], "the first"),) if first.label in places else ()
    return Diagnostic(
        "APP4306",
        f"`{first.label}` and `{second.label}` have the same WIT package, so `{component.name}`"
        " could not tell their clients apart",
        places.get(second.label, component.place),
        labels=labels,
        help=("give each component its own package",),
    )


def _unused(name: str, component: Component) -> Diagnostic:
    return Diagnostic(
        "APP4307",
        f"`{component.name}` does not import what {name} exports, so it was not composed in",
        component.place,
        help=("build it from its `generatedWit` and call the client in its code",),
        severity=Severity.WARNING,
    )


def _edited(folder: Path, changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warnings that edits of generated files are lost."""
    for change in changes:
        if change.kind == "edited":
            yield Diagnostic(
                "APP4309",
                f"`{shown(folder / change.path)}` is generated, so what was edited there is gone",
                help=("edit the component's own WIT, from which it is generated",),
                severity=Severity.WARNING,
            )


def _refuse_foreign(path: Path | None) -> None:
    if path is not None:
        message = f"`{shown(path)}` exists and was not generated by witgen"
        hints = ("`generatedWit` is reserved for witgen; move the file away",)
        raise WitError([Diagnostic("APP4004", message, help=hints)])
