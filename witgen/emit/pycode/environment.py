"""The template engine: the only place that knows jinja2.

Templates are compiled when witgen is built; what was not, as in a checkout whose templates have changed
since, is compiled once and kept in the user's cache.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from witgen import cache as kept
from witgen.emit.pycode.docstrings import docstring, escaped, inline

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.bccache import Bucket

COMPILED = "compiled"
"""The folder beside this module that has the templates, as jinja2 keeps them, when witgen was built."""
_PREFIX = "template-"
_MOST_ENTRIES = 100
_TEMPLATES = Path(__file__).parent.parent


def _name(bucket: Bucket) -> str:
    return f"{_PREFIX}{bucket.checksum}"


@cache
def _environment() -> Environment:
    from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined

    class Compiled(BytecodeCache):
        """Templates are compiled once; what is read is checked by jinja2's magic and the source."""

        def load_bytecode(self, bucket: Bucket) -> None:
            name = _name(bucket)
            with suppress(OSError):
                bucket.bytecode_from_string((Path(__file__).parent / COMPILED / name).read_bytes())
            if bucket.code is None and (stored := kept.read(name)):
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


def compiled() -> dict[str, bytes]:
    """What the folder `COMPILED` holds: names of files, and their contents."""
    from jinja2.bccache import Bucket, BytecodeCache

    environment, made = _environment(), {}
    for path in sorted(_TEMPLATES.glob("*/templates/*.j2")):
        name, source = path.relative_to(_TEMPLATES).as_posix(), path.read_text(encoding="utf-8")
        bucket = Bucket(environment, name, BytecodeCache().get_source_checksum(source))
        bucket.code = environment.compile(source, name, name)
        made[_name(bucket)] = bucket.bytecode_to_string()
    return made
