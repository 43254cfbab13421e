"""`witgen wit -w` and `--check`: WIT files formatted in place."""

from __future__ import annotations

from pathlib import Path

import click

from witgen.cli.common import FINDINGS, Talk, fail, surroundings


def format_files(path: Path, talk: Talk, *, write: bool) -> None:
    """Format a file, or the `.wit` files directly in a folder; its `deps` belong to others.

    With `write` false nothing is written, and the status is 1 if anything would change.

    Raises:
        WitError: A file is not WIT; then none is written.
    """
    from witgen.atomic import write_file
    from witgen.diagnostics import WitError
    from witgen.syntax.format import formatted
    from witgen.syntax.parser import parse_bytes
    from witgen.syntax.report import Reporter

    with surroundings():
        paths = [path] if path.is_file() else sorted(path.glob("*.wit"))
        texts = {file: file.read_bytes() for file in paths}
    if not texts:
        fail("APP4001", f"there are no .wit files in `{path}`")
    report = Reporter()
    for file, data in texts.items():
        parse_bytes(data, str(file), report)
    if report.sink.errors:
        raise WitError(report.sink.errors)
    changed = {}
    for file, data in texts.items():
        text = formatted(data.decode("utf-8")).encode()
        if text != data:
            changed[file] = text
    for file, data in changed.items():
        if write:
            with surroundings():
                write_file(file, data)
        talk.say(f"{'formatted' if write else 'would format'} {file}")
    talk.say(f"{len(changed)} of {len(texts)} files {'changed' if write else 'would change'}")
    if changed and not write:
        raise click.exceptions.Exit(FINDINGS)
