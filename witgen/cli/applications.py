"""`witgen run` on an application: deploys all that golem.yaml declares, with its bindings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from witgen.cli.common import Failure, Talk, fail
from witgen.cli.manifests import opened, refused

if TYPE_CHECKING:
    from witgen.app.deploying import Deployments
    from witgen.app.manifest.application import Component
    from witgen.cli.deploying import Given


def application_of(
    component: str, deployed: Collection[str], given: Given, talk: Talk
) -> Deployments | None:
    """Return the application that `component` belongs to: the one given, or the surrounding one.

    Args:
        component: What to call.
        deployed: The names that the command line deploys.
        given: The manifest and the profile, if given.
        talk: Where to warn that the application is not up to date.
    """
    wanted = given.manifest or given.profile
    if component in deployed or component.endswith(".wasm") or Path(component).is_file():
        if wanted:
            option = "--manifest" if given.manifest else "--profile"
            fail("APP4003", f"{option} applies to components of golem.yaml, not to `{component}`")
        return None
    from witgen.app.manifest.find import above

    if not wanted and (
        not above(Path.cwd()) or (":" not in component and not Path(component).is_dir())
    ):
        return None
    from witgen.app.building import chosen
    from witgen.app.deploying import deployed as deployments
    from witgen.app.deploying import is_current

    with refused():
        project = opened(given.manifest, given.profile)
        chosen(project.app, [component])
        found = deployments(project)
        manifest = Path(given.manifest) if given.manifest else None
        if not is_current(project, Path.cwd(), manifest, given.profile):
            talk.warn("warning: the application is not up to date; run `witgen build`")
    return found


def declared_here() -> Mapping[str, Component]:
    """The components of the application in this folder or above, if it can be read."""
    try:
        with refused():
            return opened(None, None).app.components
    except Failure:
        return {}
