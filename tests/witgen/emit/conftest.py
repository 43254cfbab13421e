"""What several tests of generated Python share."""

from __future__ import annotations

import pytest
from oracle import binary
from world_guest import guest


@pytest.fixture(scope="session")
def component(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The component of the world of `golden/worlds/mirror`."""
    if binary() is None:
        pytest.skip("wasm-tools is not installed")
    return guest(tmp_path_factory.mktemp("guest"))


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy knows of the standard library, from one test to the next."""
    return str(tmp_path_factory.mktemp("mypy"))
