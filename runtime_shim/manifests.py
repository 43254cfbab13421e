"""What a manifest says of a host, read by whoever registered for it.

The host knows nothing of manifests, and imports nothing of those that do: a distribution names its
reader as an entry point of the group `runtime_shim.manifests`, and `witgen` does so for golem.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from os import PathLike
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from runtime_shim.program.deployment import Deployment
    from runtime_shim.wasi.cli import Output

GROUP, READER = "runtime_shim.manifests", "golem"


class Options(TypedDict, total=False):
    """What `Host` takes besides its engine and components; see there."""

    mode: Literal["dynamic", "static"]
    output: Output
    warm: int | None
    memory_budget: int | str | None
    snapshots: bool
    interruptible: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """What a manifest declares.

    Attributes:
        components: The deployments, by name.
        options: What else it says of the host.
    """

    components: Mapping[str, Deployment]
    options: Options


Reader = Callable[[str | PathLike[str]], Declared]
"""Reads a manifest, given by its path or by that of its folder."""


def read(manifest: str | PathLike[str], given: Options) -> Declared:
    """What a manifest declares; what is given goes before it.

    Raises:
        ModuleNotFoundError: Nothing that is installed reads manifests.
        Exception: What the reader raises: `witgen.WitError` for one with errors, or not built.
    """
    for found in entry_points(group=GROUP, name=READER):
        reader: Reader = found.load()
        declared = reader(manifest)
        return replace(declared, options={**declared.options, **given})
    raise ModuleNotFoundError(
        "a host from a manifest needs the package `witgen`, which reads golem.yaml: "
        "`pip install witgen`",
        name="witgen",
    )
