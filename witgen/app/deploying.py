"""The deployment of an application: finished components, their links and environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime_shim.wasi.grants import Grants
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
        grants: What they may do outside.
    """

    file: Path
    durable: bool
    env: Mapping[str, str]
    limits: Mapping[str, Limit]
    grants: Grants


@dataclass(frozen=True, slots=True)
class Deployments:
    """An application.

    Attributes:
        components: All components, by name.
        links: The folders of host stubs that link their clients.
        snapshots: Whether a host keeps snapshots.
    """

    components: Mapping[str, Deployed]
    links: tuple[Path, ...]
    snapshots: bool


def deployed(project: Project) -> Deployments:
    """Return the deployment.

    Raises:
        WitError: A component is not built, or a folder that it may use does not exist.
    """
    app = project.app
    made: dict[str, Deployed] = {}
    links: dict[Path, None] = {}
    for component in app.components.values():
        made[component.name] = Deployed(
            component.linked_wasm,
            component.kind == "durable",
            component.env,
            component.limits,
            component.grants,
        )
        for dependency in component.dependencies:
            if dependency.is_client:
                of = target(app, dependency)
                if dependency.type == "wasm-rpc":
                    links[of.folder / "host"] = None
                if of.component is not None:
                    made.setdefault(
                        _name(of.component), Deployed(of.component, True, {}, {}, Grants())
                    )
    problems = [
        Diagnostic(
            "APP4302",
            f"`{name}` is not built: `{shown(one.file)}` does not exist",
            help=("build the application with `witgen build`",),
        )
        for name, one in made.items()
        if not one.file.is_file()
    ]
    problems += [
        Diagnostic(
            "APP4001",
            f"the folder `{shown(folder.host)}` that `{one.name}` may use does not exist",
            one.place,
        )
        for one in app.components.values()
        for folder in one.grants.directories
        if not Path(folder.host).is_dir()
    ]
    if problems:
        raise WitError(problems)
    return Deployments(made, tuple(path for path in links if path.is_dir()), app.snapshots)


def _name(component: Path) -> str:
    """The deployed name of a component from elsewhere: the name that its client calls."""
    from witgen.client import client
    from witgen.load import load

    return client(load(component), skip_unsupported=True).component


def is_current(
    project: Project, start: Path, manifest: Path | None = None, profile: str | None = None
) -> bool:
    """Whether the application is built from its current sources.

    Args:
        project: The application, as opened.
        start: The current folder.
        manifest: The first manifest, if given.
        profile: The profile, if given.
    """
    backends = (None, "python", "native")
    if any(settled(start, manifest, (), (), [profile, backend]) for backend in backends):
        return True

    class Quiet:
        def begins(self, task: Task, why: tuple[str, ...]) -> None:
            """Never called: a check starts nothing."""

        def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
            """Never called: a check starts nothing."""

    _, outcome = run(Request(project.app.root, manifest, profile=profile, check=True), Quiet())
    return not outcome.done
