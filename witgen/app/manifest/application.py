"""An application: the sum of its manifests, templates filled in and paths made absolute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime_shim.wasi.grants import Grants
from witgen.app.limits import Limit
from witgen.app.listing import Listing
from witgen.app.manifest.model import ComponentType, DependencyType
from witgen.diagnostics import Diagnostic, Place


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        text: As written, shown to people.
        args: The program and its arguments.
        folder: Where it runs and what its paths are relative to.
        rmdirs: Folders to remove before it runs.
        mkdirs: Folders to create before it runs.
        sources: What it reads; None if not declared.
        targets: What it makes; None if not declared.
        place: Where it is written.
    """

    text: str
    args: tuple[str, ...]
    folder: Path
    rmdirs: tuple[Path, ...]
    mkdirs: tuple[Path, ...]
    sources: tuple[str, ...] | None
    targets: tuple[str, ...] | None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a component depends on: exactly one of `target` and `path`.

    Attributes:
        type: How it is bound.
        target: The name of a component of the application.
        path: A component or WIT from elsewhere.
        place: Where it is written.
    """

    type: DependencyType
    target: str | None
    path: Path | None
    place: Place = field(compare=False, repr=False)

    @property
    def is_client(self) -> bool:
        """Whether the dependant calls it through a client."""
        return self.type != "wasm"

    @property
    def label(self) -> str:
        """The dependency as shown to people."""
        return self.target if self.target is not None else str(self.path)


@dataclass(frozen=True, slots=True)
class Component:
    """One component.

    Attributes:
        name: The name it is deployed under.
        folder: The folder of the manifest that declares it.
        source_wit: Its own WIT.
        generated_wit: Where witgen writes that WIT with the clients imported.
        component_wasm: What its build makes, or an existing component.
        linked_wasm: The finished component.
        build: The commands that make `component_wasm`.
        custom_commands: Commands by name.
        clean: What else to remove, relative to `folder`.
        kind: Whether its workers keep their state.
        env: The environment of its workers.
        limits: What they may use, by the name of the limit.
        grants: What they may do outside.
        dependencies: What it depends on, in order.
        place: Where it is written.
    """

    name: str
    folder: Path
    source_wit: Path
    generated_wit: Path
    component_wasm: Path
    linked_wasm: Path
    build: tuple[Command, ...]
    custom_commands: Mapping[str, tuple[Command, ...]]
    clean: tuple[str, ...]
    kind: ComponentType
    env: Mapping[str, str]
    limits: Mapping[str, Limit]
    grants: Grants
    dependencies: tuple[Dependency, ...]
    place: Place = field(compare=False, repr=False)

    @property
    def slug(self) -> str:
        """The name as a file name."""
        return slug(self.name)


@dataclass(frozen=True, slots=True)
class Application:
    """An application.

    Attributes:
        root: The folder of the first manifest.
        temp: Where intermediate files go.
        components: By name, sorted.
        wit_deps: Folders of WIT packages.
        backend: How to build the clients of static dependencies; empty if that is not declared.
        snapshots: Whether a host that serves it keeps snapshots.
        custom_commands: Commands by name.
        clean: What else `clean` removes: pairs of a base folder and a pattern.
        manifests: The files that were read.
        listing: How they were found.
        warnings: Warnings to report.
    """

    root: Path
    temp: Path
    components: Mapping[str, Component]
    wit_deps: tuple[Path, ...]
    backend: str
    snapshots: bool
    custom_commands: Mapping[str, tuple[Command, ...]]
    clean: tuple[tuple[Path, str], ...]
    manifests: tuple[Path, ...]
    listing: Listing
    warnings: tuple[Diagnostic, ...]


def slug(name: str) -> str:
    """A component's name as a file name."""
    return name.replace(":", "_").replace("@", "_")
