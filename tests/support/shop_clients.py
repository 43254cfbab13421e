"""Targets and their clients, in a line."""

from __future__ import annotations

import pytest

from witgen.client import Client, client
from witgen.client.package import caller_files
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve import model as m


def target(body: str, package: str = "acme:shop@1.0.0", **deps: str) -> m.Resolve:
    files = {"shop.wit": f"package {package};\n{body}"}
    files |= {f"deps/{name}/{name}.wit": text for name, text in deps.items()}
    return load_texts(files)


def make(body: str, package: str = "acme:shop@1.0.0", **options: object) -> Client:
    return client(target(body, package), **options)  # type: ignore[arg-type]


def text(made: Client) -> str:
    return caller_files(made)["client.wit"].decode()


def codes(made: Client) -> list[str]:
    return [warning.code for warning in made.warnings]


def refusal(body: str, package: str = "acme:shop@1.0.0", **options: object) -> WitError:
    with pytest.raises(WitError) as caught:
        make(body, package, **options)
    return caught.value


ONE = "interface api { add: func(value: u64); get: func() -> u64; } world shop { export api; }"
