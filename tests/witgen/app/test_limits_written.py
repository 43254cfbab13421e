"""Limits as they are written in golem.yaml and on the command line."""

from __future__ import annotations

import pytest

from witgen.app.limits import parsed


@pytest.mark.parametrize(
    ("name", "text", "limit"),
    [
        ("memory", "65536", 65536),
        ("memory", "64KiB", 65536),
        ("memory", "512 MiB", 512 << 20),
        ("memory", "2GiB", 2 << 30),
        ("memory", "none", None),
        ("fuel", "1000000", 10**6),
        ("fuel", "none", None),
        ("deadline", "30", 30.0),
        ("deadline", "0.5", 0.5),
        ("deadline", "none", None),
    ],
)
def test_limits(name: str, text: str, limit: float | None) -> None:
    assert parsed(name, text) == limit


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("memory", text) for text in ("", "0", "-1", "1GB", "GiB", "1.5GiB", "9" * 18 + "GiB")),
        *(("memory", text) for text in ("1e9", "1 G", "²GiB", "None")),
        *(("fuel", text) for text in ("", "0", "-1", "1.5", "9" * 19, "9" * 5000, "1k")),
        *(("deadline", text) for text in ("", "0", "0.0", "-1", "inf", "nan", "1e3", "1s", ".5")),
    ],
)
def test_what_is_not_a_limit(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"must be a .*, or none, not"):
        parsed(name, text)
