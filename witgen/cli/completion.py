"""Shell completion of names that the command line knows. On any error nothing is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from runtime_shim.engines.records import InvocationInfo
    from runtime_shim.protocol.ids import WorkerId


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

            manifest = ctx.params.get("manifest")
            known = project(Path.cwd(), Path(manifest) if manifest else None).app.components
            file = known[component].linked_wasm
        return [
            one.short
            for one in offered(file)
            if one.problem is None and one.short.startswith(incomplete)
        ]
    except Exception:  # noqa: BLE001 -- likewise
        return []


def files(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files of any kind."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def workers(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The workers of the store that is given, without those already given."""
    return _stored(ctx, parameter, incomplete, str)


def worker_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of the component's workers in the store that is given."""
    component = _typed(ctx).get("component")
    return _stored(
        ctx,
        parameter,
        incomplete,
        lambda worker: worker.name if worker.component == component else None,
    )


def worker_components(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The components of the workers in the store that is given."""
    return _stored(ctx, parameter, incomplete, lambda worker: worker.component)


def keys(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The keys of a worker's calls from outside, without those already given."""
    return _keys(ctx, parameter, incomplete, lambda call: True)


def open_keys(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Those of calls that are not over."""
    return _keys(ctx, parameter, incomplete, lambda call: call.state == "pending")


def _keys(
    ctx: click.Context,
    parameter: click.Parameter,
    incomplete: str,
    wanted: Callable[[InvocationInfo], bool],
) -> list[str]:
    try:
        from runtime_shim.engines.sqlite.inspection import log
        from runtime_shim.protocol.ids import WorkerId

        typed = _typed(ctx)
        component, _, name = typed["name"].partition("/")
        found = log(typed["store"], WorkerId(component, name))
        return _offered(ctx, parameter, incomplete, [call.key for call in found if wanted(call)])
    except Exception:  # noqa: BLE001 -- likewise
        return []


def _stored(
    ctx: click.Context,
    parameter: click.Parameter,
    incomplete: str,
    told: Callable[[WorkerId], str | None],
) -> list[str]:
    try:
        from runtime_shim.engines.sqlite.inspection import workers

        found = [told(one.worker) for one in workers(_typed(ctx)["store"])]
        return _offered(ctx, parameter, incomplete, found)
    except Exception:  # noqa: BLE001 -- likewise
        return []


def _typed(ctx: click.Context) -> dict[str, Any]:
    """What was typed; click gives no arguments their names where an option has no value yet."""
    names = [one.name or "" for one in ctx.command.params if isinstance(one, click.Argument)]
    return ctx.params | dict(zip(names, ctx.args, strict=False))


def _offered(
    ctx: click.Context, parameter: click.Parameter, incomplete: str, found: Iterable[str | None]
) -> list[str]:
    """What begins with what was typed and can be typed, without what was given already."""
    given = ctx.params.get(parameter.name or "") or ()
    return [
        name
        for name in dict.fromkeys(found)
        if name and name.startswith(incomplete) and name.isprintable() and name not in given
    ]


def codes(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Diagnostic codes with this prefix, in either case."""
    from witgen.diagnostics.codes import CODES

    return [code for code in CODES if code.startswith(incomplete.upper())]


def steps(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Build steps with this prefix."""
    from witgen.app.steps import STEPS

    return [step for step in STEPS if step.startswith(incomplete)]
