"""`witgen compose --wat`: a component as text, printed by wasm-tools."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from typing import TYPE_CHECKING

from witgen.cli.common import fail, surroundings
from witgen.component.wasm_tools import program

if TYPE_CHECKING:
    from witgen.component.cursor import Buffer


def printed(pieces: Iterable[Buffer]) -> bytes:
    """The text of a component; exit 2 without wasm-tools, which prints it.

    Args:
        pieces: The component.
    """
    tool = program()
    if tool is None:
        fail("APP4104", "--wat needs wasm-tools", "install it with `cargo install wasm-tools`")
    with surroundings():
        done = subprocess.run(
            [tool, "print"], input=b"".join(pieces), capture_output=True, check=False
        )
    if done.returncode:
        message = done.stderr.decode("utf-8", "replace").strip()
        fail("APP4104", f"wasm-tools cannot print the component: {message}")
    return done.stdout
