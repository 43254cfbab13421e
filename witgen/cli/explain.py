"""`witgen explain`: what a diagnostic code means, with an example."""

from __future__ import annotations

import click

from witgen.cli import completion
from witgen.cli.common import Talk, fail, product, talkative


@click.command(
    "explain",
    short_help="Explain a diagnostic code, with an example.",
    epilog="Example: witgen explain RES1017",
)
@click.argument("code", metavar="CODE", shell_complete=completion.codes)
@talkative
def command(*, code: str, talk: Talk) -> None:
    """Explain what CODE means and what to do about it, and show an input that produces it."""
    from witgen.diagnostics import did_you_mean
    from witgen.diagnostics.codes import CODES, explain
    from witgen.diagnostics.examples import example

    entry = explain(code)
    if entry is None:
        near = did_you_mean(code.upper(), CODES) or (f"codes look like {next(iter(CODES))}",)
        fail("APP4003", f"there is no code `{code}`", *near)
    import textwrap

    parts = [f"{entry.code}: {entry.slug.replace('-', ' ')}", textwrap.fill(entry.text, 88)]
    if shown := example(entry):
        for name, text in shown.files:
            parts += [f"For example, {name}:", _indented(text)]
        parts += ["It produces:", _indented(shown.rendered)]
    product("\n\n".join(parts) + "\n", None)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())
