"""golem.yaml as written: one dataclass per object, one field per key.

The decoder and the JSON schema both derive from these classes: a field's name in camelCase is the
key, its annotation the shape, and its metadata gives the rest. The names are those of Golem 1.2's
application manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from witgen.diagnostics import Place

DependencyType = Literal["wasm-rpc", "static-wasm-rpc", "wasm"]
ComponentType = Literal["durable", "ephemeral"]


@dataclass(frozen=True, slots=True)
class Word:
    """A string of the manifest and its place; words with equal text are equal.

    Attributes:
        text: The string.
        place: Its place.
    """

    text: str
    place: Place = field(compare=False, repr=False)

    def __str__(self) -> str:
        """The text."""
        return self.text


@dataclass(frozen=True, slots=True)
class Unused:
    """A part that only a Golem server uses: accepted whatever it contains."""

    place: Place = field(compare=False, repr=False)


Table = Mapping[Word, Any]
"""Keys are names that the user chose."""


def key(
    doc: str,
    *,
    choices: tuple[str, ...] = (),
    pattern: str = "",
    needed: bool = False,
    refused: bool = False,
) -> Any:
    """A key of an object.

    Args:
        doc: What it is for, shown by editors.
        choices: The words that it accepts.
        pattern: The pattern for the keys of a table.
        needed: Whether it is required.
        refused: Whether it is known only to say what to use instead.
    """
    about = {
        "doc": doc, "choices": choices, "pattern": pattern, "needed": needed, "refused": refused
    }  # fmt: skip
    return field(default=None, metadata=about)


TRUTH = ("true", "false")
NAME = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
PACKAGE = rf"{NAME}:{NAME}(@[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*)?"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a build, run without a shell."""

    place: Place = field(compare=False, repr=False)
    command: Word | None = key("The program and its arguments.", needed=True)
    dir: Word | None = key("Where it runs and what its paths are relative to.")
    rmdirs: tuple[Word, ...] | None = key("Folders to remove before it runs.")
    mkdirs: tuple[Word, ...] | None = key("Folders to create before it runs.")
    sources: tuple[Word, ...] | None = key(
        "Files, folders and globs that it reads. Without them it runs in every build."
    )
    targets: tuple[Word, ...] | None = key("Files, folders and globs that it makes.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the workers of a component may use."""

    place: Place = field(compare=False, repr=False)
    memory: Word | None = key("The most memory, such as `512MiB`, or `none`; by default 1GiB.")
    fuel: Word | None = key("The most instructions of a call, approximately, or `none`.")
    deadline: Word | None = key("The most seconds that a call may take, or `none`.")


@dataclass(frozen=True, slots=True)
class Grants:
    """What the workers of a component may do outside."""

    place: Place = field(compare=False, repr=False)
    directories: tuple[Word, ...] | None = key(
        "Folders that it may use, each `HOST[::GUEST][:ro]`, such as `data::/data:ro`."
    )
    http: tuple[Word, ...] | None = key(
        "Hosts that it may send HTTP requests to, each `HOST[:PORT]`."
    )


@dataclass(frozen=True, slots=True)
class Properties:
    """What a component, a template and a profile have in common."""

    place: Place = field(compare=False, repr=False)
    source_wit: Word | None = key("The component's own WIT: a folder, a file or a component.")
    generated_wit: Word | None = key(
        "The folder that witgen writes: the same WIT, importing the clients of the dependencies."
    )
    component_wasm: Word | None = key("The component that the build commands make.")
    linked_wasm: Word | None = key("The finished component, which is deployed.")
    build: tuple[Command, ...] | None = key("The commands that make `componentWasm`, in order.")
    custom_commands: Mapping[Word, tuple[Command, ...]] | None = key(
        "Commands for `witgen custom NAME`."
    )
    clean: tuple[Word, ...] | None = key("Files, folders and globs that `witgen clean` removes.")
    component_type: Word | None = key(
        "Whether workers keep their state; `durable` by default.", choices=("durable", "ephemeral")
    )
    env: Mapping[Word, Word] | None = key("The environment that its workers are created with.")
    limits: Limits | None = key("What its workers may use.")
    grants: Grants | None = key("What its workers may do outside; by default nothing.")
    files: Unused | None = key("Initial files. For a Golem server; not used by witgen.")
    plugins: Unused | None = key("Plugins. For a Golem server; not used by witgen.")


@dataclass(frozen=True, slots=True)
class Template(Properties):
    """Properties for several components, with variants."""

    profiles: Mapping[Word, Properties] | None = key("Variants, such as `debug` and `release`.")
    default_profile: Word | None = key(
        "The profile to build by default; required if there are profiles."
    )


@dataclass(frozen=True, slots=True)
class Component(Template):
    """One component of the application."""

    template: Word | None = key("The template that supplies what is not given here.")


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a component calls or has plugged in."""

    place: Place = field(compare=False, repr=False)
    type: Word | None = key(
        "`wasm-rpc` is linked by the host, `static-wasm-rpc` has the client composed in, `wasm` has"
        " the component itself composed in.",
        choices=("wasm-rpc", "static-wasm-rpc", "wasm"),
        needed=True,
    )
    target: Word | None = key("A component of this application; possibly the same one.")
    path: Word | None = key("A component from elsewhere, or, for clients, its WIT.")
    url: Word | None = key(
        "Not supported: witgen loads nothing from a network. Download it and use `path`.",
        refused=True,
    )


@dataclass(frozen=True, slots=True)
class Document:
    """One golem.yaml."""

    place: Place = field(compare=False, repr=False)
    includes: tuple[Word, ...] | None = key(
        "Globs of the other manifests of the application; `**/golem.yaml` by default. In one"
        " manifest only."
    )
    temp_dir: Word | None = key("Where intermediate files go; `golem-temp` by default.")
    wit_deps: tuple[Word, ...] | None = key(
        "Folders of WIT packages, used to complete a component's `deps`. In one manifest only."
    )
    backend: Word | None = key(
        "How the clients of `static-wasm-rpc` dependencies are built; `python` by default. In one"
        " manifest only.",
        choices=("python", "native"),
    )
    snapshots: Word | None = key(
        "Whether `witgen serve` keeps what workers are now and then; `false` by default. In one"
        " manifest only.",
        choices=TRUTH,
    )
    templates: Mapping[Word, Template] | None = key("Templates, by name.")
    components: Mapping[Word, Component] | None = key(
        "Components, by package name.", pattern=PACKAGE
    )
    dependencies: Mapping[Word, tuple[Dependency, ...]] | None = key(
        "What each component depends on.", pattern=PACKAGE
    )
    custom_commands: Mapping[Word, tuple[Command, ...]] | None = key(
        "Commands for `witgen custom NAME`."
    )
    clean: tuple[Word, ...] | None = key("Files, folders and globs that `witgen clean` removes.")
    http_api: Unused | None = key("HTTP APIs. For a Golem server; not used by witgen.")
    profiles: Unused | None = key("Servers to deploy to. For a Golem server; not used by witgen.")
