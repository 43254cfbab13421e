"""An application in a program of its own: what golem.yaml declares, ready for a host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from runtime_shim.link import load_link
from runtime_shim.manifests import Declared, Options
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.records import Environment
from witgen.app.building import Project, project
from witgen.app.deploying import deployed
from witgen.app.limits import DEFAULTS


@dataclass(frozen=True, slots=True)
class Embedded:
    """An application as built.

    Attributes:
        project: What is declared.
        deployments: The components by name, with their links, grants, limits and environments.
        clients: The folders of the typed clients of its components.
    """

    project: Project
    deployments: Mapping[str, Deployment]
    clients: tuple[Path, ...]


def embedded(manifest: str | PathLike[str]) -> Embedded:
    """The application of a golem.yaml, or of a folder with one.

    Raises:
        WitError: The manifest has errors, or a component is not built.
    """
    path = Path(manifest).resolve()
    opened = project(path) if path.is_dir() else project(path.parent, path)
    found = deployed(opened)
    links = tuple(load_link(folder) for folder in found.links)
    deployments = {
        name: Deployment(
            one.file,
            durable=one.durable,
            links=links,
            grants=one.grants,
            limits=Limits(**_arguments({**DEFAULTS, **one.limits})),
            environment=Environment(one.env),
        )
        for name, one in sorted(found.components.items())
    }
    return Embedded(opened, deployments, tuple(_clients(opened.app.temp)))


def deployments(manifest: str | PathLike[str] = "golem.yaml") -> dict[str, Deployment]:
    """The components of an application as built, for `runtime_shim.Host(components=…)`.

    Args:
        manifest: The golem.yaml, or a folder with one.

    Returns:
        Name → deployment, with the links, grants, limits and environments that the manifest declares.

    Raises:
        WitError: The manifest has errors, or a component is not built.
    """
    return dict(embedded(manifest).deployments)


def declared(manifest: str | PathLike[str]) -> Declared:
    """What `runtime_shim.Host.from_manifest` makes a host of; an entry point names this.

    Raises:
        WitError: The manifest has errors, or a component is not built.
    """
    found = embedded(manifest)
    return Declared(found.deployments, Options(snapshots=found.project.app.snapshots))


def _arguments(limits: Mapping[str, object]) -> dict[str, Any]:
    return dict(limits)


def _clients(temp: Path) -> Iterator[Path]:
    """The folders of generated host stubs: each has one importable package."""
    yield from sorted((temp / "clients").glob("*/host"))
