"""New applications from the package's templates.

A template is a folder of files whose names end in `.in`; `NAME` in them stands for the
application's namespace.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from witgen.app.manifest.cases import CASES
from witgen.app.manifest.find import shown
from witgen.diagnostics import Diagnostic, WitError

TEMPLATES: tuple[str, ...] = ("python", "javascript", "existing-component")
# Keywords, which a package cannot be named without escaping.
_KEYWORDS = frozenset(
    "as async bool borrow char constructor enum export f32 f64 flags from func future import include"  # noqa: SIM905 - a list of words
    " interface list map option own package record resource result s16 s32 s64 s8 static stream"
    " string tuple type u16 u32 u64 u8 use variant with world".split()
)


def namespace(folder: Path) -> str:
    """The namespace for an application in a folder: the folder's name, if valid in WIT."""
    name = CASES["to_kebab_case"](folder.name)
    good = name.isascii() and name[:1].isalpha() and name not in _KEYWORDS
    good = good and all(part[:1].isalpha() for part in name.split("-"))
    return name if good else "app"


def scaffold(folder: Path, template: str, component: Path | None) -> dict[str, bytes]:
    """The files of a new application.

    Args:
        folder: Where it will be; its name becomes the namespace.
        template: One of `TEMPLATES`.
        component: The component of `existing-component`.

    Raises:
        WitError: The file is not a component.
        OSError: It cannot be read.
    """
    values = {"NAME": namespace(folder)}
    made: dict[str, bytes] = {}
    if component is not None:
        from witgen.load import load

        resolve = load(component)
        data = component.read_bytes()
        values |= {"COMPONENT": _name(component, resolve), "FILE": component.name}
        made[f"components/{component.name}"] = data
    root = files("witgen.app") / "templates" / template
    for path, text in _texts(root, ""):
        for word, value in values.items():
            text = text.replace(word, value)
        made[path] = text.encode()
    return dict(sorted(made.items()))


def _name(component: Path, resolve: object) -> str:
    """The name a component is deployed under: the package of its exports."""
    from witgen.resolve import model as m

    assert isinstance(resolve, m.Resolve)
    worlds = resolve.packages[resolve.root].worlds
    for ref in worlds.values():
        for item in resolve.worlds[ref].exports.values():
            if isinstance(item, m.InterfaceItem):
                package = resolve.interfaces[item.id].package
                # The binary's own package says nothing: toolchains add such exports.
                if package != resolve.root:
                    name = resolve.packages[package].name
                    return f"{name.namespace}:{name.name}"
    return f"app:{namespace(Path(component.stem))}"


def _texts(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _texts(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".in"):
            name = entry.name.removesuffix(".in")
            found.append(
                (prefix + (".gitignore" if name == "gitignore" else name), entry.read_text("utf-8"))
            )
    return found


_BESIDE = "`witgen init` writes to a new folder or beside other files"


def refuse_existing(folder: Path, made: Mapping[str, bytes]) -> None:
    """Existing files are never overwritten.

    Raises:
        WitError: A file already exists.
    """
    taken = [path for path in made if (folder / path).exists()]
    if taken:
        raise WitError(
            [
                Diagnostic(
                    "APP4004",
                    f"`{shown(folder / path)}` already exists",
                    help=(_BESIDE,) if path == taken[-1] else (),
                )
                for path in taken
            ]
        )
