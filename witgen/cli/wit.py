"""`witgen wit`: load and print."""

from __future__ import annotations

import click

from witgen.cli.common import Talk, existing, fail, product, talkative


@click.command(
    "wit",
    short_help="Load WIT and print it, as text or as a JSON document.",
    epilog="Example: witgen wit wit --json | jq '.packages[].name'",
)
@click.argument("path", metavar="PATH")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON document, not WIT text.")
@click.option("--features", multiple=True, metavar="F,…", help="Switch @unstable features on.")
@click.option("--all-features", is_flag=True, help="Switch all @unstable features on.")
@click.option("-w", "--write", is_flag=True, help="Format the files of PATH in place instead.")
@click.option("--check", is_flag=True, help="Exit 1 if -w would change anything.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of stdout.")
@talkative
def command(
    *,
    path: str,
    as_json: bool,
    features: tuple[str, ...],
    all_features: bool,
    output: str | None,
    write: bool,
    check: bool,
    talk: Talk,
) -> None:
    """Load PATH, a .wit file or a folder of them with its deps, and print what it means.

    With -w or --check the files themselves are formatted, every comment kept.
    """
    found = existing(path, "the WIT")
    if write or check:
        if as_json or output:
            fail("APP4003", "-w and --check format files; they do not go with --json or -o")
        from witgen.cli.formatting import format_files

        format_files(found, talk, write=write)
        return
    wanted = split(features)
    if as_json:
        # Without the model: a document that is cached is printed as it is.
        from witgen.load import load_json

        product(load_json(path, features=wanted, all_features=all_features) + "\n", output)
        return
    from witgen.load import load
    from witgen.resolve.printer import to_wit

    product(to_wit(load(path, features=wanted, all_features=all_features)), output)


def split(values: tuple[str, ...]) -> tuple[str, ...]:
    """`--features a,b --features c` → a, b, c."""
    return tuple(name for value in values for name in value.replace(",", " ").split())
