"""The deployment of an application: finished components, their links and environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from witgen.app.building import Project, Request, run
from witgen.app.limits import Limit
from witgen.app.manifest.find import shown
from witgen.app.plan import Task, target
from witgen.app.settled import settled
from witgen.diagnostics import Diagnostic, WitError


@dataclass(frozen=True, slots=True)
class Deployed:
    """One component.

    Attributes:
        file: The component.
        durable: Whether its workers keep their state.
        env: The environment of its workers.
        limits: What they may use, by the name of the limit.
    """

    file: Path
    durable: bool
    env: Mapping[str, str]
    limits: Mapping[str, Limit]


@dataclass(frozen=True, slots=True)
class Deployments:
    """All components by name, and the folders of host stubs that link their clients."""

    components: Mapping[str, Deployed]
    links: tuple[Path, ...]


def deployed(project: Project) -> Deployments:
    """Return the deployment.

    Raises:
        WitError: A component is not built.
    """
    app = project.app
    made: dict[str, Deployed] = {}
    links: dict[Path, None] = {}
    for component in app.components.values():
        made[component.name] = Deployed(
            component.linked_wasm, component.kind == "durable", component.env, component.limits
        )
        for dependency in component.dependencies:
            if dependency.is_client:
                of = target(app, dependency)
                if dependency.type == "wasm-rpc":
                    links[of.folder / "host"] = None
                if of.component is not None:
                    made.setdefault(_name(of.component), Deployed(of.component, True, {}, {}))
    problems = [
        Diagnostic(
            "APP4302",
            f"`{name}` is not built: `{shown(one.file)}` does not exist",
            help=("build the application with `witgen build`",),
        )
        for name, one in made.items()
        if not one.file.is_file()
    ]
    if problems:
        raise WitError(problems)
    return Deployments(made, tuple(path for path in links if path.is_dir()))


def _name(component: Path) -> str:
    """The deployed name of a component from elsewhere: the name that its client calls."""
    from witgen.client import client
    from witgen.load import load

    return client(load(component), skip_unsupported=True).component


def is_current(project: Project, start: Path) -> bool:
    """Whether the application is built from its current sources."""
    if any(settled(start, None, (), (), [None, backend]) for backend in (None, "python", "native")):
        return True

    class Quiet:
        def begins(self, task: Task, why: tuple[str, ...]) -> None:
            """Never called: a check starts nothing."""

        def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
            """Never called: a check starts nothing."""

    _, outcome = run(Request(project.app.root, check=True), Quiet())
    return not outcome.done
