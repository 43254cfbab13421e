"""Values for tests of workers: hypothesis strategies for the types of a WIT package.

Needs the extra `testing` (hypothesis). Values have the normal form, which `Host.invoke` takes and
gives::

    resolve = witgen.load.load("house/wit")
    bid = witgen.testing.named(resolve, "bid")

    @given(witgen.testing.strategy(resolve, bid))
    def test_any_bid(value): ...
"""

from __future__ import annotations

from witgen.testing.boundaries import boundaries
from witgen.testing.equality import same
from witgen.testing.lookup import named
from witgen.testing.strategies import arguments, strategy

__all__ = ["arguments", "boundaries", "named", "same", "strategy"]
