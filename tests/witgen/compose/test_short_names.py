"""What parts are called in reports."""

from __future__ import annotations

import pytest

from witgen.compose.views import short_names


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["/long/way/shop.wasm", "lib/log.wasm"], ["shop", "log"]),
        (["a/x.wasm", "b/x.wasm", "x"], ["a/x", "b/x", "x"]),
        (["in/a/x.wasm", "in/b/a/x.wat", "y.wasm"], ["in/a/x", "b/a/x", "y"]),
        (["x.wasm", "x.wat"], ["x.wasm", "x.wat"]),
        (["a.wasm", "client of a/wit", "client of b/wit"], ["a", "client of a", "client of b"]),
        (["client of stock.wit", "client of wit"], ["client of stock", "client of wit"]),
        (
            ["c (t:chain)", "t:caller", "shop:kv@1.0.0"],
            ["c (t:chain)", "t:caller", "shop:kv@1.0.0"],
        ),
        (
            ["", "/", ".wasm", "client of ", "v1.2/x", "."],
            ["", "/", ".wasm", "client of ", "x", "."],
        ),
    ],
)
def test_they_are_short_and_tell_apart(names: list[str], short: list[str]) -> None:
    assert list(short_names(names).values()) == short
