"""Shell completion of component and step names. On any error nothing is offered."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def components(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Components of the current application with this prefix, without those already given."""
    try:
        from witgen.app.building import project

        manifest = ctx.params.get("manifest")
        known = project(Path.cwd(), Path(manifest) if manifest else None).app.components
        begun, text = _whole(incomplete)
        given = ctx.params.get(parameter.name or "") or ()
        return [
            name.removeprefix(begun)
            for name in known
            if name.startswith(text) and name not in given
        ]
    except Exception:  # noqa: BLE001 -- a traceback would land in the command line being typed
        return []


def components_or_files(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Components and files."""
    from click.shell_completion import CompletionItem

    found = [CompletionItem(name) for name in components(ctx, parameter, incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


def functions(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The functions of the component that is given, by their shortest names."""
    try:
        from witgen.app.offered import offered

        component = ctx.params.get("component") or ""
        file = Path(component)
        if not file.is_file():
            from witgen.app.building import project

            file = project(Path.cwd()).app.components[component].linked_wasm
        return [one.short for one in offered(file) if one.short.startswith(incomplete)]
    except Exception:  # noqa: BLE001 -- likewise
        return []


def steps(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Build steps with this prefix."""
    from witgen.app.steps import STEPS

    return [step for step in STEPS if step.startswith(incomplete)]


def _whole(incomplete: str) -> tuple[str, str]:
    """Return what precedes the completed word, and the whole: Bash splits words at colons.

    To Bash `shop:ca` is three words, the last of which is completed; `shop:` is two.
    """
    if os.environ.get("_WITGEN_COMPLETE") != "bash_complete":
        return "", incomplete
    from click.shell_completion import split_arg_string

    at = int(os.environ["COMP_CWORD"])
    words = split_arg_string(os.environ["COMP_WORDS"])[: at + 1]
    if len(words) > 1 and words[-1] == ":":
        begun = f"{words[-2]}:"
        return begun, begun
    if len(words) > 2 and words[-2] == ":" and incomplete:
        begun = f"{words[-3]}:"
        return begun, begun + incomplete
    return "", incomplete
