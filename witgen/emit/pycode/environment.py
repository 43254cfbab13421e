"""The template engine: the only place that knows jinja2."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from witgen import cache as kept
from witgen.emit.pycode.docstrings import docstring, escaped, inline

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.bccache import Bucket

_PREFIX = "template-"
_MOST_ENTRIES = 100


def _name(bucket: Bucket) -> str:
    source = f"{bucket.key} {bucket.checksum}".encode()
    return f"{_PREFIX}{blake2b(source, digest_size=16).hexdigest()}"


@cache
def _environment() -> Environment:
    from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined

    class Compiled(BytecodeCache):
        """Templates are compiled once; the cache is checked by jinja2's magic and the source."""

        def load_bytecode(self, bucket: Bucket) -> None:
            if stored := kept.read(_name(bucket)):
                bucket.bytecode_from_string(stored)

        def dump_bytecode(self, bucket: Bucket) -> None:
            kept.write(_name(bucket), bucket.bytecode_to_string())
            kept.prune(_PREFIX, _MOST_ENTRIES)

    environment = Environment(
        loader=PackageLoader("witgen.emit", package_path=""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=Compiled(),
        autoescape=False,  # noqa: S701  # the output is Python, not HTML
    )
    environment.filters["string"] = string
    environment.filters["docstring"] = lambda text, indent: "\n".join(docstring(text, indent))
    environment.filters["doc"] = inline
    environment.filters["indented"] = "\n".join
    return environment


def string(text: str) -> str:
    """A Python string literal, in the quotes that black chooses: double unless that escapes more."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = escaped(text.replace("\\", "\\\\")).replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def render(template: str, view: object) -> bytes:
    """Render a template, `<target>/templates/<file>`; it sees one frozen view, as `view`."""
    return _environment().get_template(template).render(view=view).encode()
