"""What is compiled only with care: components over which wasmtime ends the process."""

from __future__ import annotations

import pytest
from component_parts import parsed

from runtime_shim import Deployment, Host, MemoryEngine
from runtime_shim.errors import InvalidComponent
from witgen.component.validation import ends_wasmtime

# A component that imports a component; what the host could be given for it is never compared.
HARMLESS = """(import "c" (component $c (import "f" (func)))) (import "f" (func $f))
  (instance (instantiate $c (with "f" (func $f))))"""
# The types of what is exported differ behind an instance whose resource is another one.
ENDING = """(import "r" (type $r (sub resource)))
  (import "c" (instance $c (export "f" (func (param "p" (own $r)))) (export "e" {})))
  (component $d (import "r" (type $r (sub resource)))
    (import "c" (instance (export "f" (func (param "p" (own $r)))) (export "e" {}))))
  (instance (instantiate $d (with "r" (type $r)) (with "c" (instance $c))))"""
KINDS = {
    "components": ('(component (import "y" (func)))', '(component (import "z" (func)))'),
    "core modules": ('(core module (import "a" "b" (func)))', "(core module)"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_component_that_ends_wasmtime_does_not_end_the_host(kind: str) -> None:
    hostile = Deployment(parsed(ENDING.format(*KINDS[kind])))

    with pytest.raises(InvalidComponent, match="wasmtime crashes"):
        Host(engine=MemoryEngine(), components={"t:t": hostile})


def test_what_our_reader_does_not_take_is_looked_at_too() -> None:
    beyond = parsed(ENDING.format(*KINDS["components"]) + '(import "url=<a>" (func))')

    assert ends_wasmtime(beyond)


def test_a_harmless_component_is_compiled() -> None:
    assert not ends_wasmtime(parsed(HARMLESS))
    assert not ends_wasmtime(b"\0asm\x0d\0\x01\0\xff")
