"""Shell completion of component and step names. On any error nothing is offered."""

from __future__ import annotations

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
        given = ctx.params.get(parameter.name or "") or ()
        return [name for name in known if name.startswith(incomplete) and name not in given]
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
        return [
            one.short
            for one in offered(file)
            if one.problem is None and one.short.startswith(incomplete)
        ]
    except Exception:  # noqa: BLE001 -- likewise
        return []


def workers(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The workers of the store that is given, without those already given."""
    try:
        from runtime_shim.engines.sqlite.inspection import workers

        given = ctx.params.get(parameter.name or "") or ()
        known = (str(w.worker) for w in workers(ctx.params["store"]))
        return [
            name
            for name in dict.fromkeys(known)
            if name.startswith(incomplete) and name.isprintable() and name not in given
        ]
    except Exception:  # noqa: BLE001 -- likewise
        return []


def codes(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Diagnostic codes with this prefix, in either case."""
    from witgen.diagnostics.codes import CODES

    return [code for code in CODES if code.startswith(incomplete.upper())]


def steps(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Build steps with this prefix."""
    from witgen.app.steps import STEPS

    return [step for step in STEPS if step.startswith(incomplete)]
