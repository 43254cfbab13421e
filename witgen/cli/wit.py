"""`witgen wit`: load and print."""

from __future__ import annotations

import click

from witgen.cli.common import Talk, existing, product, talkative


@click.command(
    "wit",
    short_help="Load WIT and print it, as text or as a JSON document.",
    epilog="Example: witgen wit wit --json | jq '.packages[].name'",
)
@click.argument("path", metavar="PATH")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON document, not WIT text.")
@click.option("--features", multiple=True, metavar="F,…", help="Switch @unstable features on.")
@click.option("--all-features", is_flag=True, help="Switch all @unstable features on.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of stdout.")
@talkative
def command(
    *,
    path: str,
    as_json: bool,
    features: tuple[str, ...],
    all_features: bool,
    output: str | None,
    talk: Talk,
) -> None:
    """Load PATH, a .wit file or a folder of them with its deps, and print what it means."""
    from witgen.load import load

    existing(path, "the WIT")
    resolve = load(path, features=split(features), all_features=all_features)
    if as_json:
        import json

        from witgen.resolve.document import to_dict

        product(json.dumps(to_dict(resolve), indent=2, ensure_ascii=False) + "\n", output)
        return
    from witgen.resolve.printer import to_wit

    product(to_wit(resolve), output)


def split(values: tuple[str, ...]) -> tuple[str, ...]:
    """`--features a,b --features c` → a, b, c."""
    return tuple(name for value in values for name in value.replace(",", " ").split())
