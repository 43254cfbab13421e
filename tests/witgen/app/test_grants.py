"""Grants as they are written, and those of golem.yaml with those of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime_shim import Directory, Grants
from witgen.app import grants

BASE = Path("app")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("data", Directory("app/data", "data", writable=True)),
        ("data/:ro", Directory("app/data", "data/", writable=False)),
        ("data::/d", Directory("app/data", "/d", writable=True)),
        ("data::/d:ro", Directory("app/data", "/d", writable=False)),
        ("/abs::d", Directory("/abs", "d", writable=True)),
        ("../up", Directory("app/../up", "../up", writable=True)),
        ("data::", Directory("app/data", "data", writable=True)),
        ("ro", Directory("app/ro", "ro", writable=True)),
    ],
)
def test_a_folder(text: str, made: Directory) -> None:
    assert grants.directory(text, BASE) == made


@pytest.mark.parametrize("text", ["", ":ro", "::/d", "::", "a\0b"])
def test_what_is_not_a_folder(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be HOST\[::GUEST\]\[:ro\], not"):
        grants.directory(text, BASE)


@pytest.mark.parametrize("text", ["localhost", "localhost:80", "[::1]:80", "example.org"])
def test_a_host(text: str) -> None:
    assert grants.http(text) == text


@pytest.mark.parametrize("text", ["", "*", "http://x", "x:99999", "x/y", "x y", "x:"])
def test_what_is_not_a_host(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be HOST\[:PORT\], not"):
        grants.http(text)


def test_the_command_line_adds_to_the_manifest() -> None:
    data, more = Directory("a", "/data", writable=False), Directory("b", "/more", writable=False)
    over = Directory("c", "/data", writable=True)
    declared = Grants((data, more), ("one",))

    assert grants.joined(declared, Grants()) == declared
    assert grants.joined(Grants(), declared) == declared
    assert grants.joined(declared, Grants((over,), ("two",))) == Grants(
        (more, over), ("one", "two")
    ), "a folder that is given hides the declared one"
