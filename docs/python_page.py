"""The reference of the Python API, from signatures and docstrings.

They are read from the sources, so the page is the same whatever Python reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import black
import griffe

_ROOT = Path(__file__).parent.parent
_LINE = 100  # characters of a signature
_ALONE: Final = ()  # without its members
_DEPTH = 3  # of the heading of what is listed below

# Sections: a title, an introduction, and what it has: path → the members that are shown, None for all.
_SECTIONS: tuple[tuple[str, str, dict[str, tuple[str, ...] | None]], ...] = (
    (
        "Generating",
        "",
        {
            "witgen.load": None,
            "witgen.client": None,
            "witgen.generate": None,
            "witgen.bindings": None,
            "witgen.native_client": None,
            "witgen.compose": None,
            "witgen.deployments": None,
            "witgen.Resolve": ("to_dict", "to_wit"),
            "witgen.Client": _ALONE,
        },
    ),
    (
        "Input errors",
        "No other exception leaves the functions above, whatever the input.",
        {"witgen.WitError": None, "witgen.ComposeError": None, "witgen.Diagnostic": _ALONE},
    ),
    (
        "Composing",
        "",
        {
            "witgen.compose.composition": None,
            "witgen.compose.Composition": ("pieces", "plan"),
            "witgen.compose.Part": _ALONE,
            "witgen.compose.Connection": None,
            "witgen.compose.LeftOpen": None,
            "witgen.compose.targets.check_target": None,
            "witgen.wac.wac_composition": None,
            "witgen.wac.Dependency": None,
        },
    ),
    (
        "Tests",
        "The fixture `deploy_workers` is `runtime_shim.testing.Deploy`.",
        {
            "runtime_shim.testing": ("Deploy",),
            "runtime_shim.restartable.RestartableHost": None,
            "witgen.testing": ("strategy", "arguments", "boundaries", "named", "same"),
        },
    ),
    (
        "The host",
        "A program imports these names from `runtime_shim`; each is loaded when it is first used.",
        dict.fromkeys(
            f"runtime_shim.{name}"
            for name in (
                "Host",
                "Deployment",
                "Limits",
                "Instance",
                "Grants",
                "Directory",
                "WorkerId",
                "Update",
            )
        ),
    ),
    (
        "Engines",
        "",
        {
            "runtime_shim.SqliteEngine": _ALONE,
            "runtime_shim.MemoryEngine": _ALONE,
            "runtime_shim.DirectEngine": _ALONE,
            "runtime_shim.RetryPolicy": None,
            "runtime_shim.RetryPolicies": None,
        },
    ),
    (
        "Exceptions of the host",
        "",
        dict.fromkeys(
            f"runtime_shim.{name}"
            for name in (
                "ShimError",
                "BadArguments",
                "UnknownFunction",
                "KeyReused",
                "InvocationFailed",
                "Trap",
                "RpcError",
                "ResourceGone",
                "TimedOut",
                "UnwrapError",
                "Busy",
                "InvalidComponent",
                "LinkError",
                "StoreError",
            )
        ),
    ),
    (
        "Values",
        "",
        {
            "runtime_shim.values": _ALONE,
            "runtime_shim.Ok": None,
            "runtime_shim.Err": None,
            "runtime_shim.Result": None,
            "runtime_shim.Some": None,
        },
    ),
    (
        "What generated code stands on",
        "Generated code imports these from `runtime_shim.typed` and `runtime_shim.link`.",
        {
            **dict.fromkeys(
                f"runtime_shim.typed.{name}"
                for name in (
                    "Case",
                    "Handle",
                    "Environment",
                    "Invoker",
                    "Caller",
                    "HostImports",
                    "Members",
                    "Saves",
                    "Restores",
                    "Sent",
                )
            ),
            "runtime_shim.link": ("load_link", "ClientLink"),
        },
    ),
)
_ITEMS = {  # sections of a docstring, by what each item begins with
    "parameters": ("Arguments", "name"),
    "attributes": ("Attributes", "name"),
    "raises": ("Raises", "annotation"),
}
_RESULTS = {"returns": "Returns", "yields": "Yields"}


def python_page() -> str:
    """The public API: signatures, and what their docstrings say."""
    source = _Source()
    parts = [
        "# The Python API",
        "`witgen` needs no host, and `runtime_shim`, which runs components, needs no `witgen`.",
    ]
    for title, introduction, entries in _SECTIONS:
        parts.append(f"## {title}")
        parts += [introduction] * bool(introduction)
        for path, members in entries.items():
            parts += _entry(source, path, source.found(path), members, _DEPTH)
    return "\n\n".join(parts) + "\n"


class _Source:
    """The packages, as their sources are written."""

    def __init__(self) -> None:
        options: dict[str, Any] = {
            "docstring_parser": griffe.Parser.google,
            "docstring_options": {"returns_multiple_items": False},
        }
        loader = griffe.GriffeLoader(search_paths=[_ROOT], **options)
        self._packages: dict[str, Any] = {
            name: loader.load(name) for name in ("witgen", "runtime_shim")
        }
        loader.resolve_aliases(implicit=True)
        self._modules = loader.modules_collection
        # Once more by itself: three of its functions have the names of rooms, which hide them.
        file = _ROOT / "witgen/__init__.py"
        self._facade = griffe.visit("witgen", file, file.read_text("utf-8"), **options)

    def found(self, path: str) -> Any:
        """What a path names."""
        package, _, name = path.partition(".")
        own = self._facade.members.get(name) if package == "witgen" else None
        found: Any = own if own and not own.is_alias else self._packages[package][name]
        return found.final_target if found.is_alias else found

    def member(self, one: Any, name: str) -> Any:
        """A member, which a module of the same name may hide where it is imported."""
        found: Any = self._modules[one.imports[name]] if name in one.imports else one[name]
        return found.final_target if found.is_alias else found


def _entry(
    source: _Source, title: str, one: Any, members: tuple[str, ...] | None, depth: int
) -> Iterator[str]:
    yield f"{'#' * depth} {title}"
    if not one.is_module:
        yield f"```py\n{_signature(one)}\n```"  # `python` is for what can be run
    if one.docstring:
        for section in one.docstring.parsed:
            yield from _section(section)
    if members is None and one.is_class:
        members = tuple(name for name, member in one.members.items() if _is_told(name, member))
    for name in members or ():
        yield from _entry(source, f"{title}.{name}", source.member(one, name), None, depth + 1)


def _is_told(name: str, member: Any) -> bool:
    """Whether a member of a class has an entry: it is public and documented."""
    public = name == "__call__" or not name.startswith("_")
    return bool(public and member.docstring and _is_own(member))


def _is_own(member: Any) -> bool:
    """Whether a member needs an entry: its class shows fields."""
    return bool(member.is_function or member.is_class or "property" in member.labels)


def _signature(one: Any) -> str:
    """How something is called or defined, in lines of a readable length."""
    if one.is_attribute:
        kind = f": {one.annotation}" if one.annotation else ""
        return f"{one.name}{kind}" + ("" if "property" in one.labels else f" = {one.value}")
    if one.is_class and not one.signature():
        bases = ", ".join(map(str, one.bases))
        fields = [
            f"    {field.name}: {field.annotation}"
            for field in one.attributes.values()
            if field.annotation and not field.name.startswith("_") and not _is_own(field)
        ]
        head = f"class {one.name}({bases})" if bases else f"class {one.name}"
        return "\n".join([head + ":" * bool(fields), *fields])
    mode = black.Mode(line_length=_LINE)
    text = black.format_str(f"def {one.signature()}: ...", mode=mode)
    return text.removeprefix("def ").rstrip().removesuffix(": ...")


def _section(section: Any) -> Iterator[str]:
    """A section of a docstring."""
    match section.kind.value:
        case "text":
            yield re.sub(r"::$", ":", section.value, flags=re.MULTILINE)
        case "parameters" | "attributes" | "raises" as kind:
            title, head = _ITEMS[kind]
            items = [f"- `{getattr(one, head)}`: {_line(one.description)}" for one in section.value]
            yield f"**{title}**"
            yield "\n".join(items)
        case "returns" | "yields" as kind:
            said = " ".join(_line(one.description) for one in section.value)
            yield f"**{_RESULTS[kind]}**: {said}"
        case other:
            raise ValueError(f"a section of a docstring that the reference cannot show: {other}")


def _line(text: str) -> str:
    return " ".join(text.split())
