"""What the commands that run components deploy: files, or an application, within limits and grants."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from witgen.app.limits import DEFAULTS, Limit, parsed
from witgen.cli.common import Command, Talk, existing, fail, read_bytes

if TYPE_CHECKING:
    from runtime_shim.link import ClientLink
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.wasi.grants import Grants
    from witgen.app.deploying import Deployed, Deployments


class _Limit(click.ParamType[tuple[Limit]]):
    """A limit as `witgen.app.limits` reads it, in a tuple: None is one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Limit]:
        try:
            return (parsed(self.name, value),)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of what is deployed.

    Attributes:
        manifest: The manifest, if given.
        profile: The profile, if given.
        folders: Folders that components may use, as written.
        http: Hosts that they may send requests to, as written.
        limits: Limits of all components, by name.
    """

    manifest: str | None
    profile: str | None
    folders: tuple[str, ...]
    http: tuple[str, ...]
    limits: Mapping[str, Limit]


def deploying(command: Command) -> Command:
    """Add the options for manifest, grants and limits, and pass them as `given`."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        manifest: str | None,
        profile: str | None,
        folders: tuple[str, ...],
        http: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        found = {name: kwargs.pop(option) for name, option in _LIMITS.items()}
        limits = {name: value[0] for name, value in found.items() if value is not None}
        given = Given(manifest, profile, folders, http, limits)
        return command(*args, given=given, **kwargs)

    for option in _OPTIONS:
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value] # click's decorators keep the signature


_LIMITS = {"memory": "memory_limit", "fuel": "fuel", "deadline": "deadline"}
_OPTIONS = (
    click.option(
        "--deadline",
        type=_Limit("deadline"),
        metavar="S",
        help="The most seconds that a call may take, or `none`, the default.",
    ),
    click.option(
        "--fuel",
        type=_Limit("fuel"),
        metavar="N",
        help="The most instructions of a call, approximately, or `none`, the default.",
    ),
    click.option(
        "--memory-limit",
        type=_Limit("memory"),
        metavar="SIZE",
        help="The most memory of each memory of a worker, such as 512MiB, or `none`; "
        "by default 1GiB.",
    ),
    click.option(
        "--http",
        multiple=True,
        metavar="[NAME=]HOST[:PORT]",
        help="A host that the component (or the one deployed as NAME) may send HTTP requests to, "
        "such as localhost:8080, besides those of the manifest.",
    ),
    click.option(
        "--dir",
        "folders",
        multiple=True,
        metavar="[NAME=]HOST[::GUEST][:ro]",
        help="A folder that the component (or the one deployed as NAME) may use, as GUEST, such as "
        "data::/data:ro; `ro` allows reading only.",
    ),
    click.option("--profile", metavar="NAME", help="The profile: --profile release."),
    click.option(
        "--manifest",
        metavar="FILE",
        help="The manifest; by default the golem.yaml in this folder or above.",
    ),
)
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9006,
    show_default=True,
    help="The port on 127.0.0.1; --port 0 picks a free one.",
)
env_option = click.option(
    "--env", multiple=True, metavar="K=V", help="The environment of workers that it creates."
)


@dataclass(slots=True)
class Deploying:
    """What is deployed.

    Attributes:
        files: The components by name.
        ephemeral: The names of those whose workers live for one call.
        links: Folders of host stubs.
        declared: What golem.yaml says of components, by name.
        snapshots: Whether golem.yaml has a host keep snapshots.
    """

    files: dict[str, str] = field(default_factory=dict)
    ephemeral: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    declared: Mapping[str, Deployed] = field(default_factory=dict)
    snapshots: bool = False

    def add(self, app: Deployments) -> None:
        """Deploy an application, too; a file that is already there goes before."""
        self.files = {name: str(one.file) for name, one in app.components.items()} | self.files
        self.ephemeral += tuple(n for n, one in app.components.items() if not one.durable)
        self.links += tuple(map(str, app.links))
        self.declared, self.snapshots = app.components, app.snapshots

    def variables(self, component: str, env: tuple[str, ...]) -> dict[str, str]:
        """The environment of workers that are created: the command line goes before golem.yaml."""
        declared = self.declared[component].env if component in self.declared else {}
        return {**declared, **dict(pair(item, "--env", "K=V") for item in env)}

    def deployments(
        self, given: Given, called: str | None, talk: Talk, env: tuple[str, ...] = ()
    ) -> dict[str, Deployment]:
        """The deployments by name: the files read, each with its grants, limits and environment.

        Args:
            given: The command line.
            called: The component that grants without a name are for, if there is one.
            talk: Where to say in detail what is deployed.
            env: The environment of new workers, as given.
        """
        from runtime_shim.program.deployment import Deployment, Limits
        from runtime_shim.protocol.records import Environment
        from runtime_shim.wasi.grants import Grants
        from witgen.app.grants import joined
        from witgen.cli.grants import granted

        links = load_links(self.links)
        grants = granted(given.folders, given.http, called, self.files)
        made = {}
        for name, file in sorted(self.files.items()):
            one = self.declared.get(name)
            allowed = grants.get(name, Grants())
            limits: dict[str, Any] = {**DEFAULTS, **(one.limits if one else {}), **given.limits}
            made[name] = Deployment(
                read_bytes(file, "the component"),
                durable=name not in self.ephemeral,
                links=links,
                grants=joined(one.grants, allowed) if one else allowed,
                limits=Limits(**limits),
                environment=Environment(self.variables(name, env)),
            )
            kind = "ephemeral" if name in self.ephemeral else "durable"
            talk.detail(f"{name}: {kind}, {file}{_reach(made[name].grants)}")
        return made


def _reach(grants: Grants) -> str:
    """What grants are, in words."""
    folders = [f"{one.host} as {one.guest}" for one in grants.directories]
    return "".join(f", may use {one}" for one in (*folders, *grants.http))


def pair(item: str, option: str, shape: str) -> tuple[str, str]:
    """Split `NAME=FILE` and the like, whose form is `shape`."""
    name, found, value = item.partition("=")
    if not found or not name:
        fail("APP4003", f"{option} takes {shape}, not `{item}`")
    return name, value


def load_links(folders: tuple[str, ...]) -> tuple[ClientLink, ...]:
    """The links of generated host stubs."""
    from runtime_shim.errors import LinkError
    from runtime_shim.link import load_link

    made = []
    for folder in folders:
        existing(folder, "the stub folder")
        try:
            made.append(load_link(folder))
        except LinkError as error:
            fail("APP4006", str(error), "give the `host` folder that `witgen generate` wrote")
    return tuple(made)
