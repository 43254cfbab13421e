"""`witgen wit`: load, transform and print."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from witgen.cli.common import Talk, existing, fail, product, split_features, talkative

if TYPE_CHECKING:
    from witgen.resolve import model as m


class Transforms(NamedTuple):
    """What to do between loading and printing: the options' values."""

    world: str | None
    importize: bool
    importize_world: str | None
    out_world: str | None
    merge_world: str | None

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return any(value not in (None, False) for value in self)

    def check(self) -> None:
        """End the command if the options conflict."""
        named = self.importize_world is not None
        if self.importize + named + (self.merge_world is not None) > 1:
            fail(
                "APP4003",
                "--importize, --importize-world and --merge-world-imports-based-on-semver exclude"
                " each other",
            )
        if self.out_world is not None and not (self.importize or named):
            fail("APP4003", "--importize-out-world-name requires --importize or --importize-world")


@click.command(
    "wit",
    short_help="Load WIT and print it, as text or as a JSON document.",
    epilog="Example: witgen wit wit --json | jq '.packages[].name'",
)
@click.argument("path", metavar="PATH")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON document, not WIT text.")
@click.option("--wasm", is_flag=True, help="Write the binary WIT package; needs -o.")
@click.option("--world", metavar="W", help="Print only this world and what it needs.")
@click.option("--importize", is_flag=True, help="Turn the exports of the only world into imports.")
@click.option("--importize-world", metavar="W", help="Turn the exports of this world into imports.")
@click.option("--importize-out-world-name", metavar="N", help="Name that world N.")
@click.option(
    "--merge-world-imports-based-on-semver",
    "merge_world",
    metavar="W",
    help="In this world, import only the newest of compatible versions.",
)
@click.option("--features", multiple=True, metavar="F,…", help="Enable @unstable features.")
@click.option("--all-features", is_flag=True, help="Enable all @unstable features.")
@click.option(
    "--breaking",
    metavar="OLD",
    help="Report changes that break users of OLD (a path, a git revision, or REVISION:PATH) and"
    " print the next version; exit 1 if PATH breaks them without having that version.",
)
@click.option("-w", "--write", is_flag=True, help="Format the files of PATH in place instead.")
@click.option("--check", is_flag=True, help="Exit 1 if -w would change anything.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of stdout.")
@talkative
def command(
    *,
    path: str,
    as_json: bool,
    wasm: bool,
    world: str | None,
    importize: bool,
    importize_world: str | None,
    importize_out_world_name: str | None,
    merge_world: str | None,
    features: tuple[str, ...],
    all_features: bool,
    output: str | None,
    breaking: str | None,
    write: bool,
    check: bool,
    talk: Talk,
) -> None:
    """Load PATH, a .wit file or a folder of them with its deps, and print it resolved.

    With -w or --check the files themselves are formatted; comments are kept.
    """
    found = existing(path, "the WIT")
    transforms = Transforms(
        world, importize, importize_world, importize_out_world_name, merge_world
    )
    if write or check:
        if as_json or wasm or output or breaking is not None or transforms.any:
            fail("APP4003", "-w and --check format files and cannot be combined with other options")
        from witgen.cli.formatting import format_files

        format_files(found, talk, write=write)
        return
    transforms.check()
    wanted = split_features(features)
    if breaking is not None:
        if as_json or wasm or transforms._replace(world=None).any:
            fail(
                "APP4003",
                "--breaking can be combined only with --world, --features and --all-features",
            )
        from witgen.cli.breaking import Gates, report_breaking

        report_breaking(breaking, found, world, Gates(wanted, all_features), talk, output)
        return
    if wasm and as_json:
        fail("APP4003", "--wasm and --json exclude each other")
    if wasm and not output:
        fail("APP4003", "--wasm writes a binary: say where with -o")
    if as_json and not transforms.any:
        # A cached document is printed as it is, without the model.
        from witgen.load import load_json

        product(load_json(path, features=wanted, all_features=all_features) + "\n", output)
        return
    from witgen.load import load

    resolve = transform(load(path, features=wanted, all_features=all_features), transforms)
    if wasm:
        from witgen.component.encoding import encode_package

        product(encode_package(resolve), output)
        return
    product(_text(resolve, as_json=as_json), output)


def transform(resolve: m.Resolve, wanted: Transforms) -> m.Resolve:
    """Apply the transformations, then choose the world by the name it has by then.

    Raises:
        WitError: There is no such world, or it cannot be transformed.
    """
    if not wanted.any:
        return resolve
    from witgen.resolve.select import select_world

    if wanted.importize or wanted.importize_world is not None:
        from witgen.resolve.importize import importize

        source = select_world(resolve, wanted.importize_world)
        resolve = importize(resolve, source, wanted.out_world)
    if wanted.merge_world is not None:
        from witgen.resolve.merge_semver import merge_world_imports_based_on_semver

        source = select_world(resolve, wanted.merge_world)
        resolve = merge_world_imports_based_on_semver(resolve, source)
    if wanted.world is not None:
        from witgen.resolve.prune import only_world

        resolve = only_world(resolve, select_world(resolve, wanted.world))
    return resolve


def _text(resolve: m.Resolve, *, as_json: bool) -> str:
    if as_json:
        import json

        from witgen.resolve.document import to_dict

        return json.dumps(to_dict(resolve), indent=2, ensure_ascii=False) + "\n"
    from witgen.resolve.printer import to_wit

    return to_wit(resolve)
