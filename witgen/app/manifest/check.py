"""Errors of an application as a whole, though each of its parts is valid."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from witgen.app.manifest.application import Application, Component
from witgen.diagnostics import Diagnostic, Label, Sink


def check(app: Application, sink: Sink) -> None:
    """Report contradictions: products with the same path, and endless compositions."""
    _outputs(app, sink)
    _cycles(app, sink)
    for component in app.components.values():
        _own_files(app, component, sink)


def _outputs(app: Application, sink: Sink) -> None:
    taken: dict[Path, tuple[str, Component]] = {}
    for component in app.components.values():
        made = {"linkedWasm": component.linked_wasm}
        if component.build:
            made |= {
                "componentWasm": component.component_wasm,
                "generatedWit": component.generated_wit,
            }
        for key, path in made.items():
            if path in taken:
                other_key, other = taken[path]
                labels = (Label(other.place, f"the `{other_key}` of this one"),)
                message = (
                    f"the `{key}` of `{component.name}` has the path of another: `{path.name}`"
                )
                hints = ("name it after the component: `{{ component_name | to_snake_case }}`",)
                sink.add(Diagnostic("APP4213", message, component.place, labels=labels, help=hints))
            else:
                taken[path] = key, component


def _own_files(app: Application, component: Component, sink: Sink) -> None:
    """Report what would overwrite the user's files."""
    source, generated = component.source_wit, component.generated_wit
    if generated == source or source in generated.parents or generated in source.parents:
        sink.add(
            Diagnostic(
                "APP4213",
                f"the `generatedWit` of `{component.name}` and its `sourceWit` overlap",
                component.place,
                help=("`generatedWit` needs its own folder, such as `wit-generated`",),
            )
        )
    if generated in {app.root, component.folder}:
        message = f"the `generatedWit` of `{component.name}` is the folder of a manifest"
        sink.add(Diagnostic("APP4213", message, component.place))


def _cycles(app: Application, sink: Sink) -> None:
    """Report compositions that contain themselves; clients may call in cycles."""
    graph = {
        name: [d.target for d in component.dependencies if d.type == "wasm" and d.target]
        for name, component in app.components.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        path = [str(name) for name in error.args[1]]
        first = app.components[path[0]]
        sink.add(
            Diagnostic(
                "APP4209",
                f"a component cannot be composed into itself: {' → '.join(path)}",
                first.place,
                help=("let components call each other through clients: `wasm-rpc`",),
            )
        )
