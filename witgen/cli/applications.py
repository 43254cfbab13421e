"""`witgen run` on an application: deploys all that golem.yaml declares, with its bindings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from witgen.cli.common import Talk
from witgen.cli.manifests import opened, refused

if TYPE_CHECKING:
    from witgen.app.deploying import Deployments


def application_of(component: str, deployed: dict[str, str], talk: Talk) -> Deployments | None:
    """Return the surrounding application if `component` names one of its components.

    Args:
        component: What to call.
        deployed: What the command line deploys.
        talk: Where to warn that the application is not up to date.
    """
    if component in deployed or component.endswith(".wasm") or Path(component).is_file():
        return None
    from witgen.app.manifest.find import above

    if not above(Path.cwd()) or (":" not in component and not Path(component).is_dir()):
        return None
    from witgen.app.building import chosen
    from witgen.app.deploying import deployed as deployments
    from witgen.app.deploying import is_current

    with refused():
        project = opened(None)
        chosen(project.app, [component])
        found = deployments(project)
        if not is_current(project, Path.cwd()):
            talk.say("warning: the application is not up to date; run `witgen build`")
    return found
